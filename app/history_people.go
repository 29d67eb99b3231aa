package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

// user is somebody who uses the service.
type user struct {
	address identity.Address
	account identity.AccountID
	secret  string // of their one device
	since   calendar.Date
	until   calendar.Date // zero: for good
	comes   int           // day of the month on which they are seen, if on no other
}

// person is a user who joins.
type person struct {
	user
	n       int
	name    string
	joins   calendar.Date
	way     way
	terms   billing.Terms
	card    practice.Card
	purse   practice.Account
	member  member.ID
	steps   []step // what is still to happen, in turn
	due     calendar.Date
	shared  bool // their standing order brought the share
	stopped bool // … and goes no more
	gone    bool
}

// way is how somebody pays.
type way string

const (
	byCard   way = "card"
	byDebit  way = "debit"
	byOrder  way = "standing order"
	noMoney  way = "nothing"
	inOffice     = 3 // the first members hold the offices
)

// ways are dealt round: so many of twenty.
var ways = []way{
	byCard, byDebit, byCard, byDebit, byCard, byOrder, byDebit, byCard, noMoney, byDebit,
	byCard, byDebit, byCard, byCard, byDebit, byCard, byDebit, byDebit, byCard, byDebit,
}

// guests are people who use the service without being members, for each member.
const guests = 4

// people makes everybody up.
func (h *history) people(members int) {
	months := 0
	for m := h.from.InMonth(); !h.until.InMonth().Before(m); m = m.Add(1) {
		months++
	}
	decks := map[way]*deck{byCard: {all: cardFates}, byDebit: {all: debitFates}, byOrder: {all: orderFates}, noMoney: {all: noMoneyFates}}
	for n := range members {
		p := &person{
			n: n, name: nameOf(n), way: ways[n%len(ways)], card: practice.CardWorks, purse: practice.AccountWorks,
			joins: h.joining(n, members, months),
		}
		p.user = h.user(fmt.Sprintf("member-%d", n+1), p.joins)
		p.terms = h.terms(p.way, n)
		if n < inOffice {
			p.terms = billing.Terms{Amount: billing.StandardDues, Interval: billing.Monthly}
		} else {
			fate := decks[p.way].deal(h.dice)
			p.card, p.purse = cardOr(fate.card), purseOr(fate.purse)
			p.steps = fate.steps
		}
		h.members = append(h.members, p)
	}
	// One who applied just now, for the secretary.
	last := &person{n: members, name: nameOf(members), way: noMoney, terms: billing.Terms{Interval: billing.Monthly}, joins: h.until}
	last.user = h.user(fmt.Sprintf("member-%d", members+1), last.joins)
	h.members = append(h.members, last)

	h.treasurer, h.secretary, h.steward = h.members[0], h.members[1], h.members[2]
	for _, p := range h.members {
		h.users = append(h.users, &p.user)
	}
	for n := range guests * members {
		g := h.user(fmt.Sprintf("guest-%d", n+1), h.joining(n, guests*members, months))
		if h.dice.IntN(4) == 0 {
			g.until = g.since.AddDays(30 + h.dice.IntN(200))
		}
		h.users = append(h.users, &g)
	}
}

func (h *history) user(name string, since calendar.Date) user {
	address, err := identity.ParseAddress(name + "@seed.invalid")
	if err != nil {
		panic(err) // they are made up above
	}
	return user{address: address, since: since, comes: 3 + h.dice.IntN(26)}
}

// joining is the day on which the nth comes: most when the society is founded, the officers first, the rest over the months.
func (h *history) joining(n, all, months int) calendar.Date {
	founders := all*3/5 + inOffice
	switch {
	case n < inOffice:
		return h.from.AddDays(n)
	case n < founders || months < 2:
		return h.from.AddDays(h.dice.IntN(latestDay))
	}
	month := h.from.InMonth().Add(1 + (n-founders)*(months-1)/max(1, all-founders))
	day := month.Day(1 + h.dice.IntN(latestDay))
	if day.After(h.until) {
		return h.until
	}
	return day
}

// terms are what somebody chooses: mostly the standard, some less, some more, some by the year.
func (h *history) terms(by way, n int) billing.Terms {
	t := billing.Terms{Amount: billing.StandardDues, Interval: billing.Monthly}
	switch roll := h.dice.IntN(20); {
	case by == noMoney:
		t.Amount = 0
	case by == byOrder:
	case roll < 4:
		t.Amount = money.Pence(300 + 100*h.dice.IntN(6))
	case roll < 8:
		t.Amount = money.Pence(1200 + 300*h.dice.IntN(7))
	}
	if (by == byCard || by == byDebit) && n%9 == 8 {
		t.Interval = billing.Annual
	}
	return t
}

func cardOr(c practice.Card) practice.Card {
	if c == "" {
		return practice.CardWorks
	}
	return c
}

func purseOr(a practice.Account) practice.Account {
	if a == "" {
		return practice.AccountWorks
	}
	return a
}

// fate is what becomes of somebody's dues.
type fate struct {
	times int // in a deck
	card  practice.Card
	purse practice.Account
	steps []step
}

// deck deals fates, each as often as it is in there before any comes again.
type deck struct {
	all  []fate
	left []fate
}

func (d *deck) deal(dice *rand.Rand) fate {
	if len(d.left) == 0 {
		for _, f := range d.all {
			for range f.times {
				d.left = append(d.left, f)
			}
		}
		dice.Shuffle(len(d.left), func(i, j int) { d.left[i], d.left[j] = d.left[j], d.left[i] })
	}
	f := d.left[0]
	d.left = d.left[1:]
	return f
}

var (
	firstNames = strings.Fields("Nia Ben Ann Tomos Priya Ewan Zofia Kofi Mairi Idris Leila Owen Ama Rhys Sadia Callum Ines Femi Bronwen Yusuf Hana Alasdair Chidi Elin " +
		"Tariq Morwenna Deepa Gareth Agata Samir Flora Kwame Sian Omar Petra Hamish Noor Lewis Ifeoma Catrin Mateus")
	lastNames = strings.Fields("Abara Bevan Carter Doyle Evans Fraser Griffiths Hughes Iqbal Jenkins Kowalska Llewellyn Mensah Nowak Okafor Pryce Quinn Rahman Sharma " +
		"Thomas Usman Vaughan Walsh Xavier Yates Zaman Ashworth Barrowclough Cadwallader Dunmore Eastwood Farrow Goodacre Hallam Inskip Jowett Kendrick Lister Marsden")
	towns = strings.Fields("Saltmarsh Ravensbeck Llanfair Millhaven Oxcombe Thornwick Abermawr Kirkdale Fenbridge Holmegarth")
)

// nameOf is the nth name; none comes twice. The lists' lengths have no divisor in common, and beyond all pairs a second name tells apart.
func nameOf(n int) string {
	first, last := firstNames[n%len(firstNames)], lastNames[n%len(lastNames)]
	if round := n / (len(firstNames) * len(lastNames)); round > 0 {
		first += " " + firstNames[(n+round)%len(firstNames)]
	}
	return first + " " + last
}

// postal is where the nth lives: nowhere that there is.
func postal(n int) (address, postcode string) {
	return fmt.Sprintf("%d Mill Lane\n%s", 1+n/len(towns), towns[n%len(towns)]), fmt.Sprintf("ZZ%d %dZZ", n%len(towns), n/len(towns)%10)
}

// visits has those use the service whose day it is.
func (h *history) visits(ctx context.Context) error {
	for _, u := range h.users {
		if h.today.Day == u.comes && !h.today.Before(u.since) && (u.until.IsZero() || h.today.Before(u.until)) {
			if err := h.visit(ctx, u); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit signs somebody in on their device.
func (h *history) visit(ctx context.Context, u *user) error {
	entry, err := h.accounts.Admit(ctx, u.address, u.secret, "Firefox on Linux")
	if err != nil {
		return err
	}
	u.account, u.secret = entry.Session.Account, entry.DeviceSecret
	return nil
}

// arrivals has those join whose day it is.
func (h *history) arrivals(ctx context.Context) error {
	for _, p := range h.members {
		if p.joins != h.today {
			continue
		}
		if err := h.join(ctx, p); err != nil {
			return fmt.Errorf("member %d joins: %w", p.n+1, err)
		}
		if err := h.follow(ctx); err != nil {
			return err
		}
	}
	return h.appoint(ctx)
}

// join is what somebody does on the pages from /join to the provider's page and back.
func (h *history) join(ctx context.Context, p *person) (err error) {
	if err := h.visit(ctx, &p.user); err != nil {
		return err
	}
	if err := h.accounts.Rename(ctx, p.account, strings.Fields(p.name)[0]); err != nil {
		return err
	}
	where, postcode := postal(p.n)
	p.member, err = h.register.Apply(ctx, p.account, member.Application{
		Name: p.name, Address: where, Postcode: postcode, Email: p.address.Typed, Age: 18 + (p.n*7)%60,
	})
	if err != nil {
		return err
	}
	h.next(p)
	switch p.way {
	case byCard:
		return h.authorise(ctx, p, billing.Stripe)
	case byDebit:
		return h.authorise(ctx, p, billing.GoCardless)
	case noMoney:
		return h.authorise(ctx, p, "")
	default: // the bank will tell
		return nil
	}
}

// authorise is what somebody does on a provider's page.
func (h *history) authorise(ctx context.Context, p *person, by billing.ProviderName) error {
	who := billing.Payer{Email: p.address.Typed, Name: p.name, Done: h.base + "/join/done", Quit: h.base + "/membership?said=quit"}
	if by == billing.Stripe {
		who.Done += "?stripe={CHECKOUT_SESSION_ID}"
	}
	to, err := h.dues.Begin(ctx, p.member, by, p.terms, who)
	if err != nil || to == "" {
		return err
	}
	page := path.Base(to)
	if by == billing.GoCardless {
		_, err := h.pay.practice.Authorise(ctx, page, p.purse)
		return err
	}
	if _, err := h.pay.practice.PayCheckout(ctx, page, p.card); err != nil {
		return err
	}
	return h.dues.Returned(ctx, by, page)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// bankAccount is the society's, at a bank that only its statement tells of.
type bankAccount struct {
	lines   []bankLine
	told    int // lines that the treasurer has imported
	payouts map[string]bool
}

type bankLine struct {
	on     calendar.Date
	words  string
	amount money.Pence
}

func (b *bankAccount) book(on calendar.Date, words string, amount money.Pence) {
	b.lines = append(b.lines, bankLine{on, words, amount})
}

// had is the balance at the end of a day.
func (b *bankAccount) had(on calendar.Date) (balance money.Pence) {
	for _, l := range b.lines {
		if !l.on.After(on) {
			balance += l.amount
		}
	}
	return balance
}

// statement is the file that the treasurer has not imported yet; nil if there is nothing new.
func (b *bankAccount) statement() []byte {
	if b.told == len(b.lines) {
		return nil
	}
	fresh := b.lines[b.told:]
	slices.SortStableFunc(fresh, func(a, b bankLine) int { return a.on.Compare(b.on) })
	var balance money.Pence
	for _, l := range b.lines[:b.told] {
		balance += l.amount
	}
	text := []byte("Date,Description,Amount,Balance\n")
	for _, l := range fresh {
		balance += l.amount
		text = fmt.Appendf(text, "%02d/%02d/%d,%s,%s,%s\n", l.on.Day, int(l.on.Month), l.on.Year, l.words, l.amount.Decimal(), balance.Decimal())
	}
	b.told = len(b.lines)
	return text
}

// Lines that nothing but the bank tells of.
const (
	bankCharge  = "ACCOUNT CHARGE"
	noReference = "FASTER PAYMENT NO REFERENCE"
)

// planned is a cost or an income that is to come on a day.
type planned struct {
	billing.Outlay
	at string // in the bank's words, before the reference
}

// orderDay is the day of the month on which a standing order goes.
func (p *person) orderDay() int { return 1 + p.n%latestDay }

// standingOrders has those come in that are due; the first brings the share beside it.
func (h *history) standingOrders(context.Context) error {
	for _, p := range h.members {
		if p.way != byOrder || p.member == "" || p.gone || p.stopped || h.today.Day != p.orderDay() {
			continue
		}
		words := strings.ToUpper("STANDING ORDER " + p.name + " " + billing.Reference(p.member))
		if !p.shared {
			p.shared = true
			h.bank.book(h.today, words+" SHARE", member.ShareNominal)
		}
		h.bank.book(h.today, words, p.terms.Amount)
	}
	return nil
}

// spend pays what is due today. On a month's first day it is made up what that month will cost.
func (h *history) spend(context.Context) error {
	if h.today.Day == 1 {
		h.plan()
	}
	for _, c := range h.costs {
		if c.Date != h.today {
			continue
		}
		amount := -c.Amount
		if c.Income() {
			amount = c.Amount
		}
		h.bank.book(h.today, strings.ToUpper(c.at+" "+c.Invoice), amount)
	}
	if h.today.Day == 20 {
		h.bank.book(h.today, bankCharge, -500)
	}
	if h.today == h.from.AddDays(40) {
		h.bank.book(h.today, noReference, 2500)
	}
	if h.today == h.until {
		h.bank.book(h.today, "CASH PAID IN", 1200) // for whoever looks at the treasurer's desk
	}
	return nil
}

// using is how many people use the service.
func (h *history) using() (n int) {
	for _, u := range h.users {
		if !u.since.After(h.today) && (u.until.IsZero() || u.until.After(h.today)) {
			n++
		}
	}
	return n
}

// plan makes up the costs of a month, which grow with the people, and what comes in beside dues.
func (h *history) plan() {
	month, n, people := h.today.InMonth(), 0, money.Pence(h.using())
	add := func(account billing.LedgerAccount, supplier, at string, day int, fixed, each money.Pence, over int) {
		n++
		about := (fixed + each*people) * money.Pence(90+h.dice.IntN(21)) / 100
		h.costs = append(h.costs, planned{billing.Outlay{
			Account: account, Supplier: supplier, Invoice: fmt.Sprintf("%s-%d", month, n), Date: month.Day(day), Amount: about, Over: over,
		}, at})
	}
	add(billing.CostServers, "Rackhouse Co-op", "RACKHOUSE COOP", 3, 4000, 34, 1)
	add(billing.CostBandwidth, "Longhaul Networks", "LONGHAUL NETWORKS", 9, 1200, 9, 1)
	add(billing.CostRegistration, "Textwell Ltd", "TEXTWELL LTD", 12, 900, 6, 1)
	add(billing.CostPush, "Doorbell Ltd", "DOORBELL LTD", 15, 700, 2, 1)
	add(billing.CostSupport, "moderators, by the hour", "PAYROLL", 25, 1000, 64, 1)
	add(billing.CostWages, "keeper of the systems, part time", "PAYROLL", 25, 1000, 51, 1)
	switch since := (month.Year-h.from.Year)*12 + int(month.Month-h.from.Month); since % 12 {
	case 0:
		add(billing.CostInsurance, "Mutual Cover", "MUTUAL COVER", 7, 6000, 90, 12)
		add(billing.IncomeGrants, "A fund for co-operatives", "COOP FUND", 2, 50000, 500, 1)
	case 1:
		add(billing.CostLegal, "Ledger and Sons", "LEDGER AND SONS", 18, 9000, 140, 12)
	case 2, 5, 8, 11:
		add(billing.IncomeDonations, "a friend", "GIFT", 11, 2000, 20, 1)
		add(billing.CostOther, "Friends' Meeting House", "FMH ROOM HIRE", 22, 3500, 0, 1)
	}
}

// office is what the officers do in the evening.
func (h *history) office(ctx context.Context) error {
	if h.from.Days(h.today)%7 == 6 || h.today.Day == closeOn || h.today == h.until {
		if err := errors.Join(h.payOut(ctx), h.keepBooks(ctx)); err != nil {
			return err
		}
	}
	switch h.today.Day {
	case closeOn:
		return h.closeMonth(ctx)
	case 21:
		return h.lapses(ctx)
	}
	return nil
}

// appoint makes the first three members officers: two by command, the third by the word of both.
func (h *history) appoint(ctx context.Context) error {
	const why = "founding meeting, minute 3"
	switch h.today {
	case h.treasurer.joins:
		return h.officers.Appoint(ctx, h.treasurer.account, member.Treasurer, why)
	case h.secretary.joins:
		return h.officers.Appoint(ctx, h.secretary.account, member.Secretary, why)
	case h.steward.joins:
		id, err := h.officers.Propose(ctx, h.secretary.account, h.steward.account, member.Steward, why)
		if err != nil {
			return err
		}
		return h.officers.Confirm(ctx, h.treasurer.account, id, why)
	}
	return nil
}

// payOut has Stripe pay out what it holds; GoCardless does so by itself. Whatever arrived is on the bank's statement.
func (h *history) payOut(ctx context.Context) error {
	things, err := h.pay.practice.Acts(ctx)
	if err != nil {
		return err
	}
	for _, t := range things {
		if t.Provider == billing.Stripe && slices.Contains(t.Acts, practice.ActPayOut) {
			if err := errors.Join(h.pay.practice.Do(ctx, t.Provider, t.ID, practice.ActPayOut), h.follow(ctx)); err != nil {
				return err
			}
		}
	}
	if things, err = h.pay.practice.Acts(ctx); err != nil {
		return err
	}
	for _, t := range slices.Backward(things) {
		if t.Kind == "payout" && !h.bank.payouts[t.ID] {
			h.bank.payouts[t.ID] = true
			h.bank.book(calendar.On(t.Made), fmt.Sprintf("%s %s", strings.ToUpper(string(t.Provider)), t.ID), t.Amount)
		}
	}
	return nil
}

func (h *history) as(why string) billing.TreasurerAct {
	return billing.TreasurerAct{By: h.treasurer.account, Why: why}
}

// keepBooks is the treasurer's evening: what was paid is recorded, the bank's statement is imported, and what nothing tells of is explained.
func (h *history) keepBooks(ctx context.Context) error {
	var paid []billing.Outlay
	h.costs = slices.DeleteFunc(h.costs, func(c planned) bool {
		due := !c.Date.After(h.today)
		if due {
			paid = append(paid, c.Outlay)
		}
		return due
	})
	if _, err := h.ledger.Record(ctx, h.as(""), paid...); err != nil {
		return err
	}
	if text := h.bank.statement(); text != nil {
		if _, err := h.ledger.ImportStatement(ctx, h.as(""), text); err != nil {
			return err
		}
	}
	if h.today == h.until {
		return nil // something is left to do
	}
	waiting, err := h.ledger.Unmatched(ctx, h.register.Beginning)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if err := h.explain(ctx, w); err != nil {
			return fmt.Errorf("%q of %s: %w", w.Line.Words, w.Line.Date, err)
		}
	}
	return errors.Join(h.sortOut(ctx), h.follow(ctx))
}

// explain says of a line what it is.
func (h *history) explain(ctx context.Context, w billing.Unmatched) error {
	if w.Member != "" {
		return h.ledger.Explain(ctx, h.as(""), w.Line.ID, billing.MemberCredit, w.Member)
	}
	if len(w.Entries) > 0 {
		named := slices.IndexFunc(w.Entries, func(e billing.Entry) bool { return e.Document != "" && strings.Contains(w.Line.Words, e.Document) })
		return h.ledger.Match(ctx, h.as(""), w.Line.ID, w.Entries[max(named, 0)].SourceKey)
	}
	switch w.Line.Words {
	case bankCharge:
		return h.ledger.Explain(ctx, h.as(""), w.Line.ID, billing.CostOther, "")
	case noReference:
		return h.ledger.Explain(ctx, h.as(""), w.Line.ID, billing.Suspense, "")
	default:
		return errors.New("nothing tells of that line")
	}
}

// sortOut finds out, some weeks later, what was in suspense.
func (h *history) sortOut(ctx context.Context) error {
	unknown, err := h.ledger.InSuspense(ctx)
	for _, l := range unknown {
		if err == nil && l.Date.AddDays(21).Before(h.today) {
			err = h.ledger.Sort(ctx, h.as("a friend's gift: they wrote"), l.ID, billing.IncomeDonations, "")
		}
	}
	return err
}

// closeMonth closes the month before.
func (h *history) closeMonth(ctx context.Context) error {
	next, err := h.ledger.NextToClose(ctx)
	if errors.Is(err, billing.ErrNothingToClose) {
		return nil
	}
	if err != nil || !next.Month.Before(h.today.InMonth()) {
		return err
	}
	if err := h.ledger.CloseMonth(ctx, h.as(""), next.Month, h.bank.had(next.Month.Last())); err != nil {
		return err
	}
	h.log.InfoContext(ctx, "month closed", "month", next.Month.String(), "people", h.using())
	return nil
}

// lapses has the steward look at who owes for long, and let every second of them lapse.
func (h *history) lapses(ctx context.Context) error {
	after := member.ID("")
	for {
		found, next, err := h.dues.ProposeLapses(ctx, after)
		if err != nil {
			return err
		}
		for _, l := range found {
			i := slices.IndexFunc(h.members, func(p *person) bool { return p.member == l.Member })
			if h.members[i].n%2 == 0 {
				if err := h.dues.Lapse(ctx, l.Member, h.steward.account, "no word for three months"); err != nil {
					return err
				}
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

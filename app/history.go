package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"folkmoot/app/work"
	"folkmoot/billing"
	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/mail"
)

// history is a society in the making. Its people do what people do on the pages, by the same verbs; the house's clock is moved from day to
// day, and what the verbs queue is done before it moves on. Nothing is decided by an id, which is never the same twice: only by the dice.
type history struct {
	*house
	pay  *payments
	desk *work.Desk
	at   *byHand
	dice *rand.Rand
	base string
	post *letters

	from, today, until calendar.Date

	members []*person // in the order in which they join
	users   []*user   // everybody who uses the service, members or not
	bank    bankAccount
	costs   []planned // that are not recorded yet

	treasurer, secretary, steward *person
}

// byHand is a clock that is moved by hand. The brokers' goroutines may look at it meanwhile.
type byHand struct{ micro atomic.Int64 }

func (c *byHand) now() time.Time { return time.UnixMicro(c.micro.Load()).UTC() }

func (c *byHand) set(t time.Time) { c.micro.Store(t.UnixMicro()) }

// letters counts mails. Their readers do not exist.
type letters struct{ n int }

// Send counts.
func (l *letters) Send(context.Context, mail.Letter) error {
	l.n++
	return nil
}

const (
	noon      = 12 * time.Hour // people do things
	evening   = 18 * time.Hour // the clock's jobs are done, and the officers' work
	closeOn   = 4              // day of the month on which the one before is closed
	latestDay = 26             // day of the month after which nobody joins: the month's last payments are to arrive in it
)

// span says from when to when the history goes.
func (s *Seed) span() (from, until calendar.Date, err error) {
	until = calendar.On(time.Now()).AddDays(-1)
	if s.Until != "" {
		last := until
		if until, err = calendar.ParseDate(s.Until); err != nil {
			return from, until, fmt.Errorf("--until: %w", err)
		}
		if until.After(last) {
			return from, until, errors.New("--until is yesterday or before: the future is yours")
		}
	}
	open := until.InMonth()
	if until.Day < closeOn {
		open = open.Add(-1)
	}
	return open.Add(-s.Months).First(), until, nil
}

// found makes the society.
func (s *Seed) found(ctx context.Context, c *Config) (err error) {
	if s.Members < 4 || s.Members > 20_000 || s.Months < 1 || s.Months > 60 {
		return errors.New("--members is from 4 to 20000, --months from 1 to 60")
	}
	if err := s.settle(); err != nil {
		return err
	}
	if !s.none() {
		return errors.New("payment keys are set up, and seed pays with play money only: unset them")
	}
	key, err := serverKey(c.Data, s.KeyFile)
	if err != nil {
		return err
	}
	h := &history{at: &byHand{}, base: s.Base, post: &letters{}, bank: bankAccount{payouts: map[string]bool{}}}
	if h.from, h.until, err = s.span(); err != nil {
		return err
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64N(1_000_000) + 1 //nolint:gosec // dice
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	h.dice = rand.New(rand.NewPCG(s.Seed, uint64(s.Members))) //nolint:gosec // dice
	h.at.set(h.from.Start())
	c.MailboxStock = 1
	if strings.HasPrefix(c.Database, "sqlite:") && !strings.Contains(c.Database, "?") {
		c.Database += "?synchronous=off" // after a power cut, seed again
	}
	if h.house, err = build(ctx, c, key, h.at.now); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	fmt.Fprintf(os.Stdout, "--seed %d --until %s: %d members, from %s on\n", s.Seed, h.until, s.Members, h.from)
	if err := h.begin(ctx, s.Members); err != nil {
		return err
	}
	for h.today = h.from; !h.today.After(h.until); h.today = h.today.AddDays(1) {
		if err := h.day(ctx); err != nil {
			return fmt.Errorf("on %s: %w", h.today, err)
		}
	}
	return h.tell(ctx, os.Stdout)
}

// begin opens practice mode and the book of dues on the house's clock, and makes everybody up.
func (h *history) begin(ctx context.Context, members int) error {
	_, err := h.ledger.NextToClose(ctx)
	officers, errOfficers := h.officers.List(ctx)
	switch {
	case errOfficers != nil:
		return errOfficers
	case err == nil || len(officers) > 0:
		return errors.New("this database has books or officers already: seed a new one, in another --data directory")
	case !errors.Is(err, billing.ErrNothingToClose):
		return err
	}
	h.pay = &payments{now: h.at.now}
	if err := h.pay.practise(ctx, h.db, h.queue, h.base); err != nil {
		return err
	}
	h.openDues(h.pay)
	h.dues.Hurry()
	if h.work, err = contribution.NewBook(ctx, h.db, h.queue, h.register, h.officers, contribution.BookOptions{Base: h.base, Now: h.at.now}); err != nil {
		return err
	}
	h.desk = h.workers(h.pay, h.post, h.base)
	h.desk.Sparing, h.desk.Log = true, slog.New(slog.DiscardHandler)
	h.desk.Register(h.queue)
	h.people(members)
	return nil
}

// day is one day of everybody's.
func (h *history) day(ctx context.Context) error {
	h.at.set(h.today.Start().Add(noon))
	for _, part := range []func(context.Context) error{h.visits, h.arrivals, h.deeds, h.standingOrders, h.spend} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	h.at.set(h.today.Start().Add(evening))
	if err := errors.Join(h.turn(ctx), h.queue.Drain(ctx)); err != nil {
		return err
	}
	return h.office(ctx)
}

// turn queues what the clock asks for: all of it once a week and at a month's end, and each day what dues and their providers cannot wait for.
func (h *history) turn(ctx context.Context) error {
	if h.from.Days(h.today)%7 == 6 || h.today == h.today.InMonth().Last() {
		return h.queue.Turn(ctx)
	}
	return errors.Join(h.pay.practice.Tick(ctx), h.dues.BeginDay(ctx, h.today))
}

// follow does what was queued, and lets a minute go by.
func (h *history) follow(ctx context.Context) error {
	err := h.queue.Drain(ctx)
	h.at.set(h.at.now().Add(time.Minute))
	return err
}

// tell says what there is to see and how to sign in.
func (h *history) tell(ctx context.Context, to io.Writer) error {
	closed, err := h.ledger.ClosedMonths(ctx)
	if err != nil {
		return err
	}
	states, err := h.register.Count(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "%d months are closed; the register has %d members, %d who apply, and %d who have left; the bank has %s; %d letters were written.\n\n", len(closed), states[member.Admitted], states[member.Applied], states[member.Ended], h.bank.had(h.until), h.post.n)
	fmt.Fprintf(to, "Serve it with the same --data (and --database), and sign in at %s as one of these; codes are at %s/maildrop.\n\n", h.base, h.base)
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, who := range []struct {
		p         *person
		what, see string
	}{
		{h.treasurer, "treasurer", "/treasury"},
		{h.secretary, "secretary", "/register"},
		{h.steward, "steward", "/register"},
		{h.example(byCard), "member who pays by card", "/membership, /impact"},
		{h.example(byDebit), "member who pays by Direct Debit", "/membership, /impact"},
	} {
		if who.p != nil {
			fmt.Fprintf(out, "%s\t%s\t%s\n", who.p.address.Typed, who.what, who.see)
		}
	}
	return out.Flush()
}

// example is somebody to look at: not an officer, with some months behind them, still there, and if possible paying the standard dues.
func (h *history) example(by way) (found *person) {
	standard := billing.Terms{Amount: billing.StandardDues, Interval: billing.Monthly}
	for _, p := range h.members[inOffice:] {
		if p.way != by || p.gone || p.joins.InMonth() != h.from.InMonth() {
			continue
		}
		if p.terms == standard {
			return p
		}
		if found == nil {
			found = p
		}
	}
	return found
}

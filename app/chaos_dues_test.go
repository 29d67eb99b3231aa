package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/gocardless"
	"folkmoot/billing/practice"
	"folkmoot/billing/stripe"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

func TestChaosOfDuesOnEmbeddedBrokers(t *testing.T) { chaosOfDues(t, embeddedStack()) }

func TestChaosOfDuesOnApacheKafka(t *testing.T) { chaosOfDues(t, apacheStack(t)) }

const (
	monthlyCrop = 8 // members of last month whose next period has begun when a round starts
	newcomers   = 6 // people who may join in a round
	deskCount   = 6 // people at the site at once
	bankCount   = 2 // hands that play bank
)

// chaosOfDues kills the program while people join and pay, webhooks come and the monthly run is under way; then practice mode's own books
// say what must be in ours.
func chaosOfDues(t *testing.T, s stack) {
	t.Helper()
	rounds, rnd := chaosSettings(t)
	srv := newServer(t, s)
	people := srv.seed((monthlyCrop + newcomers) * rounds)
	crops, fresh := people[:monthlyCrop*rounds], people[monthlyCrop*rounds:]
	crowd := newCrowd(srv)
	var next atomic.Int64
	for range deskCount {
		crowd.comes("", rnd.Uint64(), func(v *visitor) error { return sit(v, fresh, &next) })
	}
	for range bankCount {
		crowd.comes(people[0].Token, rnd.Uint64(), func(v *visitor) error {
			for !v.stopped() {
				if err := v.playBank(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	cut := 0
	for round := range rounds {
		srv.aMonthPasses(t, crops[round*monthlyCrop:][:monthlyCrop])
		srv.start()
		calm, dark := time.Duration(rnd.IntN(4000))*time.Millisecond, time.Duration(rnd.IntN(500))*time.Millisecond
		<-time.After(calm) // how long things run before they die is the dice's to say, not an event's
		srv.kill()
		left := srv.leftUndone(t)
		t.Logf("round %d: killed after %s with %v; then dead for %s", round+1, calm, left, dark)
		cut += left.Jobs
		<-time.After(dark)
	}
	if cut == 0 {
		t.Error("nothing was ever under way when it was killed: that was no chaos")
	}
	srv.start()
	srv.await(5*time.Minute, "everybody to have been there", func() bool { return int(next.Load()) >= len(fresh) })
	if err := crowd.goes(); err != nil {
		t.Error(err)
	}
	srv.untilQuiet(t)
	srv.stop()
	db := testdb.Open(t, srv.databaseURL())
	judgeDues(t, db)
}

// sit has somebody sit at the site: one after the other joins, and does this and that.
func sit(v *visitor, people []seeded, next *atomic.Int64) error {
	for !v.stopped() {
		n := next.Add(1) - 1
		if int(n) >= len(people) {
			return nil
		}
		v.token = people[n].Token
		if err := v.join(int(n)); err != nil {
			return err
		}
		for range 1 + v.rnd.IntN(6) {
			if err := v.wander(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) databaseURL() string {
	if s.stack.database != "" {
		return s.stack.database
	}
	return "sqlite:" + s.data + "/folkmoot.db"
}

// undone is what a killed program left for the next one.
type undone struct{ Jobs, Running, Asked, Untold int }

// leftUndone looks into the database of a program that is dead.
func (s *server) leftUndone(t *testing.T) undone {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	return countUndone(t, db)
}

func countUndone(t *testing.T, db *database.DB) (u undone) {
	t.Helper()
	err := db.Read(t.Context()).Raw(`SELECT
		(SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending')) AS jobs,
		(SELECT count(*) FROM river_job WHERE state = 'running') AS running,
		(SELECT count(*) FROM dues_attempts WHERE live AND state IN ('planned', 'asked')) AS asked,
		(SELECT count(*) FROM practice_events WHERE sent_at IS NULL) AS untold`).Scan(&u).Error
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// untilQuiet waits until all that was queued is done. A job whose process was killed is taken up again within a minute, one that failed comes
// again when its pause is over, and who leads the queue is found anew when the dead leader's word has run out.
func (s *server) untilQuiet(t *testing.T) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	var left undone
	defer func() { t.Logf("still undone: %+v", left) }()
	s.await(5*time.Minute, "everything that was queued to be done", func() bool {
		left = countUndone(t, db)
		return left == undone{}
	})
}

func openFor(t *testing.T, s *server) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), s.databaseURL())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func closeAfter(t *testing.T, db *database.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// lastMonth is the society as it was: the verbs that the program has, by a clock of the test's.
type lastMonth struct {
	t        *testing.T
	db       *database.DB
	now      time.Time
	practice *practice.House
	register *member.Register
	dues     *billing.Dues
}

// aMonthPasses has people join a month ago, half by card and half by Direct Debit, and pay for their first period. When the program starts
// again their second has begun: what the clock would queue on that day is queued, and practice mode has charged the cards.
func (s *server) aMonthPasses(t *testing.T, people []seeded) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	then := openLastMonth(t, db, s.base)
	began := time.Now().AddDate(0, -1, -2)
	for i, p := range people {
		then.now = began
		m := then.applies(p.Account, i)
		if i%2 == 0 {
			then.paysByCard(m)
		} else {
			then.paysByDebit(m)
		}
	}
	then.now = time.Now()
	then.must(then.practice.Tick(t.Context()))
	then.must(then.dues.BeginDay(t.Context(), calendar.On(then.now)))
}

func openLastMonth(t *testing.T, db *database.DB, site string) *lastMonth {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l := &lastMonth{t: t, db: db}
	now := func() time.Time { return l.now }
	l.register = member.NewRegister(db, queue, now)
	if l.practice, err = practice.Open(t.Context(), db, queue, site, now, nil); err != nil { // the program tells, later
		t.Fatal(err)
	}
	card, err1 := stripe.New(stripe.Options{
		Key: "sk_test_practice", Secret: "unused", URL: "http://practice.stripe.invalid", Now: now,
		HTTP: &http.Client{Transport: practice.Transport(l.practice.Stripe())},
	})
	debit, err2 := gocardless.New(gocardless.Config{
		Token: "sandbox_practice", Secret: "unused", Endpoint: "http://practice.gocardless.invalid", Now: now,
		HTTP: &http.Client{Transport: practice.Transport(l.practice.GoCardless())},
	})
	l.must(errors.Join(err1, err2))
	providers := map[billing.ProviderName]billing.Provider{billing.Stripe: card, billing.GoCardless: debit}
	l.dues = billing.NewDues(db, queue, billing.NewLedger(db, now), providers, false, now)
	return l
}

func (l *lastMonth) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// one is the only line of an answer.
func (l *lastMonth) one(ask string, args ...any) (line string) {
	l.t.Helper()
	l.must(l.db.Read(l.t.Context()).Raw(ask, args...).Scan(&line).Error)
	return line
}

func (l *lastMonth) applies(account identity.AccountID, i int) member.ID {
	l.t.Helper()
	name := "Member " + strings.ToLower(newID()[:12])
	m, err := l.register.Apply(l.t.Context(), account, member.Application{
		Name: name, Address: name + "'s house\nYork", Postcode: "YO1 7HH", Email: newID() + "@example.org", Age: 30 + i,
	})
	l.must(err)
	return m
}

// begins opens a provider's page, and returns its number in the address.
func (l *lastMonth) begins(m member.ID, p billing.ProviderName) (page string) {
	l.t.Helper()
	to, err := l.dues.Begin(l.t.Context(), m, p, billing.Terms{Amount: billing.StandardDues, Interval: billing.Monthly},
		billing.Payer{Email: "payer@example.org", Name: "A Payer", Done: "http://localhost/join/done", Quit: "http://localhost/join"})
	l.must(err)
	return to[strings.LastIndex(to, "/")+1:]
}

func (l *lastMonth) comesBack(m member.ID, p billing.ProviderName) {
	l.t.Helper()
	l.must(l.dues.Returned(l.t.Context(), p, l.one("SELECT id FROM dues_flows WHERE member = ?", m)))
}

func (l *lastMonth) paysByCard(m member.ID) {
	l.t.Helper()
	_, err := l.practice.PayCheckout(l.t.Context(), l.begins(m, billing.Stripe), practice.CardWorks)
	l.must(err)
	l.comesBack(m, billing.Stripe)
}

func (l *lastMonth) paysByDebit(m member.ID) {
	l.t.Helper()
	ctx := l.t.Context()
	_, err := l.practice.Authorise(ctx, l.begins(m, billing.GoCardless), practice.AccountWorks)
	l.must(err)
	l.comesBack(m, billing.GoCardless)
	mandate := l.one("SELECT ref FROM dues_methods WHERE member = ?", m)
	l.must(l.practice.Do(ctx, billing.GoCardless, mandate, practice.ActConfirm))
	l.must(l.dues.Converge(ctx, billing.GoCardless, billing.Ref{Kind: billing.RefMethod, Ref: mandate}))
	l.must(l.dues.PlanOne(ctx, m))
	l.must(l.dues.Collect(ctx, l.one("SELECT id FROM dues_attempts WHERE member = ? AND live", m)))
	l.now = l.now.AddDate(0, 0, 10)
	payment := l.one("SELECT payment FROM dues_attempts WHERE member = ?", m)
	l.must(l.practice.Do(ctx, billing.GoCardless, payment, practice.ActConfirm))
	l.must(l.dues.Converge(ctx, billing.GoCardless, billing.Ref{Kind: billing.RefPayment, Ref: payment}))
}

package practice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/billing"
	"folkmoot/billing/gocardless"
	"folkmoot/billing/providertest"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// bank is practice mode's GoCardless with an adapter that believes in it.
type bank struct {
	t     *testing.T
	ctx   context.Context // the test's
	house *House
	clock *providertest.Clock
	*gocardless.Provider
	told []providertest.Webhook
}

// gcMonday is an ordinary one, before four in the afternoon.
var gcMonday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func openBank(t *testing.T, db *database.DB, at time.Time) *bank {
	t.Helper()
	b := &bank{t: t, ctx: t.Context(), clock: providertest.NewClock(at)}
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	b.ok(err)
	tell := func(_ context.Context, _ billing.ProviderName, header http.Header, body []byte) error {
		b.told = append(b.told, providertest.Webhook{Header: header, Body: body})
		return nil
	}
	b.house, err = Open(t.Context(), db, queue, "http://localhost:8080", b.clock.Now, tell)
	b.ok(err)
	b.Provider = b.adapter(b.house.Secret(billing.GoCardless), Transport(b.house.GoCardless()))
	return b
}

func (b *bank) adapter(secret string, line http.RoundTripper) *gocardless.Provider {
	b.t.Helper()
	p, err := gocardless.New(gocardless.Config{
		Token: "sandbox_practice", Secret: secret, Endpoint: "http://practice.gocardless.invalid", HTTP: &http.Client{Transport: line}, Now: b.clock.Now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bank) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bank) wants(what string, got, want error) {
	b.t.Helper()
	if !errors.Is(got, want) {
		b.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (b *bank) do(id string, act Act) {
	b.t.Helper()
	b.ok(b.house.Do(b.ctx, billing.GoCardless, id, act))
}

// authorise signs a mandate and returns its reference.
func (b *bank) authorise(s billing.Setup, account Account) string {
	b.t.Helper()
	flow, err := b.Begin(b.ctx, s)
	b.ok(err)
	b.sign(flow, account)
	flow, err = b.Flow(b.ctx, flow.ID)
	b.ok(err)
	return flow.Method
}

func (b *bank) sign(flow billing.Flow, account Account) {
	b.t.Helper()
	page := flow.URL[strings.LastIndex(flow.URL, "/")+1:]
	_, err := b.house.Authorise(b.ctx, page, account)
	b.ok(err)
}

func (b *bank) collect(c billing.Collection) billing.Payment {
	b.t.Helper()
	p, err := b.Collect(b.ctx, c)
	b.ok(err)
	return p
}

func (b *bank) payment(ref string) billing.Payment {
	b.t.Helper()
	p, err := b.Payment(b.ctx, ref)
	b.ok(err)
	return p
}

// until lets the days pass, each with what it brings.
func (b *bank) until(on string) {
	b.t.Helper()
	end := gcDay(b.t, on)
	for calendar.On(b.clock.Now()).Before(end) {
		b.clock.Pass(24 * time.Hour)
		b.ok(b.house.Tick(b.ctx))
	}
}

func gcDay(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var gcAlice = billing.Setup{
	Key: "begin:alice:1", Member: "alice", Email: "alice@example.org", Name: "Alice Example", Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly},
	Done: "https://folkmoot.example/done", Quit: "https://folkmoot.example/quit",
}

func gcDues(n int, method string) billing.Collection {
	return billing.Collection{Key: fmt.Sprintf("dues:alice:%d:1", n), Member: "alice", Method: method, Amount: 1000, Words: "Dues"}
}

func TestGoCardlessDoesWhatProvidersDo(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		providertest.Run(t, func(t *testing.T) providertest.Subject {
			if db.Dialect() == database.SQLite {
				db = testdb.Open(t, testdb.SQLiteURL(t))
			} else {
				db = testdb.Open(t, testdb.PostgresURL(t))
			}
			return openBank(t, db, gcMonday).subject()
		})
	})
}

func (b *bank) subject() providertest.Subject {
	another := 1
	next := func(method string) billing.Payment {
		another++
		c := gcDues(another, method)
		c.Member = "member-alice"
		return b.collect(c)
	}
	return providertest.Subject{
		Provider: b.Provider, Stranger: b.adapter("another secret", Transport(b.house.GoCardless())), Clock: b.clock,
		Over: func(line http.RoundTripper) billing.Provider { return b.adapter("secret", line) },
		Pay: func(_ context.Context, s billing.Setup) string {
			c := billing.Collection{
				Key: "dues:" + s.Key, Member: s.Member, Method: b.authorise(s, AccountWorks), Amount: s.Terms.Price() + s.Share, Share: s.Share,
			}
			p := b.collect(c)
			b.do(p.Ref, ActConfirm)
			return p.Ref
		},
		Agree: func(_ context.Context, f billing.Flow) { b.sign(f, AccountWorks) },
		Another: func(_ context.Context, method string) string {
			p := next(method)
			b.do(p.Ref, ActConfirm)
			return p.Ref
		},
		Waiting: func(_ context.Context, method string) string { return next(method).Ref },
		Reverse: func(_ context.Context, payment string) { b.do(payment, ActLateFailure) },
		PayOut: func(ctx context.Context) string {
			b.do(gcBalance, ActPayOut)
			things, err := b.house.Acts(ctx)
			b.ok(err)
			b.clock.Pass(8 * 24 * time.Hour)
			i := slices.IndexFunc(things, func(t Thing) bool { return t.Kind == "payout" })
			return things[i].ID
		},
		Leave: func(_ context.Context, method string) { b.do(method, ActCancelAtBank) },
		Told: func(ctx context.Context) []providertest.Webhook {
			b.told = nil
			b.deliver(ctx)
			return b.told
		},
	}
}

// deliver tells of all that was not told.
func (b *bank) deliver(ctx context.Context) {
	b.t.Helper()
	jobs, err := b.house.Untold(ctx)
	b.ok(err)
	for _, job := range jobs {
		b.ok(b.house.Send(ctx, job))
	}
}

// A new mandate and its first payment, by GoCardless' page on timings: charged on the fourth working day, confirmed on the fifth, paid out
// on the sixth; across Easter, and across Christmas.
func TestDirectDebitTakesWorkingDays(t *testing.T) {
	for _, c := range []struct{ signed, submitted, charged, confirmed, paid string }{
		{"2026-11-23", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"},
		{"2026-03-31", "2026-04-02", "2026-04-08", "2026-04-09", "2026-04-10"},
		{"2026-12-22", "2026-12-24", "2026-12-30", "2026-12-31", "2027-01-04"},
	} {
		t.Run(c.signed, func(t *testing.T) {
			b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcDay(t, c.signed).Start().Add(10*time.Hour))
			md := b.authorise(gcAlice, AccountWorks)
			p := b.collect(gcDues(1, md))
			if p.ChargeOn != gcDay(t, c.charged) {
				t.Errorf("charged on %s, want %s", p.ChargeOn, c.charged)
			}
			b.until(gcDay(t, c.submitted).AddDays(-1).String())
			b.is(p.Ref, billing.PaymentPending)
			b.until(c.submitted)
			b.is(p.Ref, billing.PaymentSubmitted)
			b.until(gcDay(t, c.confirmed).AddDays(-1).String())
			b.is(p.Ref, billing.PaymentSubmitted)
			b.until(c.confirmed)
			b.is(p.Ref, billing.PaymentPaid)
			if m, err := b.Method(t.Context(), md); err != nil || m.State != billing.MethodActive || m.Description != "account ending 11" {
				t.Errorf("mandate %+v, %v", m, err)
			}
			b.until(gcDay(t, c.paid).AddDays(-1).String())
			if got := b.payment(p.Ref); got.Payout != "" {
				t.Errorf("paid out already")
			}
			b.until(c.paid)
			out, err := b.Payout(t.Context(), b.payment(p.Ref).Payout)
			b.ok(err)
			if out.Arrives != gcDay(t, c.paid) || out.Amount != 970 {
				t.Errorf("payout %+v", out)
			}
		})
	}
}

func (b *bank) is(ref string, want billing.PaymentState) {
	b.t.Helper()
	if got := b.payment(ref); got.State != want {
		b.t.Errorf("on %s the payment is %s, want %s", calendar.On(b.clock.Now()), got.State, want)
	}
}

func TestAChargeDateThatComesTooSoonBecomesTheFirstPossible(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcDay(t, "2026-04-01").Start().Add(10*time.Hour))
	md := b.authorise(gcAlice, AccountWorks)
	for wished, want := range map[string]string{
		"2026-04-02": "2026-04-09", // the day before Good Friday
		"2026-04-12": "2026-04-13", // a Sunday
		"2026-05-04": "2026-05-05", // a bank holiday
		"2026-12-25": "2026-12-29",
	} {
		c := gcDues(1, md)
		c.Key, c.On = wished, gcDay(t, wished)
		if p := b.collect(c); p.ChargeOn != gcDay(t, want) {
			t.Errorf("wished %s: got %s, want %s", wished, p.ChargeOn, want)
		}
	}
}

func TestAskedManyTimesAtOnceTheBankCollectsOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		b := openBank(t, db, gcMonday)
		order := gcDues(1, b.authorise(gcAlice, AccountWorks))
		var wg sync.WaitGroup
		made := make([]billing.Payment, 20)
		errs := make([]error, len(made))
		for i := range made {
			wg.Go(func() { made[i], errs[i] = b.Collect(t.Context(), order) })
		}
		wg.Wait()
		for i := range made {
			if errs[i] != nil || made[i].Ref != made[0].Ref {
				t.Errorf("asked for %q, %v; first was %q", made[i].Ref, errs[i], made[0].Ref)
			}
		}
	})
}

func TestAFailedDirectDebitIsTriedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		b := openBank(t, db, gcMonday)
		p := b.collect(gcDues(1, b.authorise(gcAlice, AccountWorks)))
		b.do(p.Ref, ActFailRetry)
		failed := b.payment(p.Ref)
		if failed.State != billing.PaymentFailed || failed.NextTry.IsZero() || failed.Reason != "insufficient_funds" {
			t.Errorf("failed: %+v", failed)
		}
		b.until("2026-11-24")
		b.is(p.Ref, billing.PaymentPending)
		b.until("2026-12-04")
		b.is(p.Ref, billing.PaymentPaid)
	})
}

func TestAnEmptyAccountFailsAndAClosedOneEndsTheMandate(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
	empty := b.collect(gcDues(1, b.authorise(gcAlice, AccountEmpty)))
	second := gcAlice
	second.Key = "begin:alice:2"
	md := b.authorise(second, AccountClosed)
	closed := b.collect(gcDues(2, md))
	c := gcDues(3, md)
	c.On = gcDay(t, "2026-12-21")
	later := b.collect(c)
	b.until("2026-12-01")
	if got := b.payment(empty.Ref); got.State != billing.PaymentFailed || !got.NextTry.IsZero() {
		t.Errorf("from an empty account: %+v", got)
	}
	b.is(closed.Ref, billing.PaymentFailed)
	b.is(later.Ref, billing.PaymentCancelled)
	if m, err := b.Method(t.Context(), md); err != nil || m.State != billing.MethodEnded {
		t.Errorf("mandate on a closed account: %+v, %v", m, err)
	}
	if _, err := b.Collect(t.Context(), gcDues(4, md)); err == nil {
		t.Error("a mandate that has ended was collected under")
	}
}

func TestWhatTheBankTakesBackAndGivesAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		b := openBank(t, db, gcMonday)
		md := b.authorise(gcAlice, AccountWorks)
		p := b.collect(gcDues(1, md))
		b.do(p.Ref, ActConfirm)
		b.do(gcBalance, ActPayOut)
		b.do(p.Ref, ActChargeBack)
		if got := b.payment(p.Ref); got.State != billing.PaymentReversed || got.Reason != "authorisation_disputed" || got.PaidAt.IsZero() {
			t.Errorf("charged back: %+v", got)
		}
		b.do(p.Ref, ActChargeBackUndo)
		b.is(p.Ref, billing.PaymentPaid)
		b.do(p.Ref, ActLateFailure)
		b.is(p.Ref, billing.PaymentReversed)
		if err := b.house.Do(t.Context(), billing.GoCardless, gcBalance, ActPayOut); err == nil {
			t.Error("less than nothing was paid out")
		}
		b.do(p.Ref, ActTryAgain)
		b.is(p.Ref, billing.PaymentPending)
		b.do(p.Ref, ActFail)
		b.is(p.Ref, billing.PaymentFailed)
	})
}

func TestAReplacedMandateIsFollowed(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
	md := b.authorise(gcAlice, AccountWorks)
	p := b.collect(gcDues(1, md))
	b.do(md, ActConfirm)
	b.do(md, ActReplace)
	old, err := b.Method(t.Context(), md)
	b.ok(err)
	next, err := b.Method(t.Context(), old.ReplacedBy)
	b.ok(err)
	if old.State != billing.MethodEnded || next.State != billing.MethodActive || next.Customer != old.Customer {
		t.Errorf("replaced: %+v by %+v", old, next)
	}
	if got := b.payment(p.Ref); got.Method != next.Ref || got.State != billing.PaymentPending {
		t.Errorf("what waited under it: %+v", got)
	}
}

func TestARefundWaitsForThePayoutAndAWeek(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
	p := b.collect(gcDues(1, b.authorise(gcAlice, AccountWorks)))
	order := billing.RefundOrder{Key: "refund:1", Payment: p.Ref, Amount: 1000, Total: 1000}
	refund := func() error {
		_, err := b.Refund(b.ctx, order)
		return err
	}
	b.wants("asked for", refund(), billing.ErrNoRefund)
	b.do(p.Ref, ActConfirm)
	b.wants("confirmed", refund(), billing.ErrNoRefund)
	b.do(gcBalance, ActPayOut)
	b.clock.Pass(6 * 24 * time.Hour)
	b.wants("paid out six days ago", refund(), billing.ErrNoRefund)
	b.clock.Pass(24 * time.Hour)
	b.ok(refund())
	if got := b.payment(p.Ref); got.Refunded != 1000 {
		t.Errorf("refunded %s", got.Refunded)
	}
	b.do(p.Ref, ActChargeBack)
	b.ok(refund()) // its answer may have been lost: it is told again, and not made
	things, err := b.house.Acts(t.Context())
	b.ok(err)
	i := slices.IndexFunc(things, func(t Thing) bool { return t.Kind == "refund" })
	b.do(things[i].ID, ActFail)
	if got := b.payment(things[i].ID); got.Ref != p.Ref || got.Refunded != 0 {
		t.Errorf("after the money came back: %+v", got)
	}
}

func TestGoCardlessPagesAreUsedOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		b := openBank(t, db, gcMonday)
		flow, err := b.Begin(t.Context(), gcAlice)
		b.ok(err)
		id := flow.URL[strings.LastIndex(flow.URL, "/")+1:]
		page, err := b.house.MandatePage(t.Context(), id)
		b.ok(err)
		want := MandatePage{
			ID: id, Open: true, Words: "Membership dues", Name: "Alice Example", Email: "alice@example.org", Done: gcAlice.Done, Quit: gcAlice.Quit,
		}
		if diff := cmp.Diff(want, page); diff != "" {
			t.Error(diff)
		}
		quit, err := b.house.QuitFlow(t.Context(), id)
		if err != nil || quit != gcAlice.Quit {
			t.Errorf("quit to %q, %v", quit, err)
		}
		b.sign(flow, AccountWorks)
		_, err = b.house.Authorise(t.Context(), id, AccountWorks)
		b.wants("sign again", err, ErrNotNow)
		late := gcAlice
		late.Key, late.Member = "begin:bob:1", member.ID("bob")
		flow, err = b.Begin(t.Context(), late)
		b.ok(err)
		b.clock.Pass(7*24*time.Hour + time.Second)
		_, err = b.house.Authorise(t.Context(), flow.URL[strings.LastIndex(flow.URL, "/")+1:], AccountWorks)
		b.wants("sign after a week", err, ErrNotNow)
		if read, err := b.Flow(t.Context(), flow.ID); err != nil || read.State != billing.FlowExpired {
			t.Errorf("after a week the page is %+v, %v", read, err)
		}
	})
}

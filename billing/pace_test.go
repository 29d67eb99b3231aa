package billing

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/testdb"
)

func TestWhatIsAskedInBulkIsSpacedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{gap: paceGap}
		began := time.Now()
		went := make(chan time.Duration, 20)
		for range cap(went) {
			go func() {
				if err := p.wait(t.Context()); err != nil {
					t.Error(err)
				}
				went <- time.Since(began)
			}()
		}
		for i := range cap(went) {
			if got, want := <-went, time.Duration(i)*paceGap; got != want {
				t.Errorf("number %d went after %s, want %s", i+1, got, want)
			}
		}
	})
}

func TestAfterA429NobodyAsksBeforeItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{gap: paceGap}
		p.hold(3 * time.Second)
		p.hold(time.Second) // a shorter word does not take back the longer one
		began := time.Now()
		if err := p.wait(t.Context()); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("went after %s, %v", time.Since(began), err)
		}
		p.hold(time.Minute)
		var busy *BusyError
		if err := p.wait(t.Context()); !errors.As(err, &busy) || busy.After != time.Minute {
			t.Errorf("rather than sit there for a minute: %v", err)
		}
		time.Sleep(time.Minute) // of the bubble's own
		if err := p.wait(t.Context()); err != nil {
			t.Errorf("a minute later: %v", err)
		}
		p.hold(4 * time.Second)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.wait(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("somebody who has gone: %v", err)
		}
	})
}

// The daily run plans, the provider says 429 to the third question, and all the rest comes in when it may, each once.
func TestARunThatMetA429IsTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		names := crowd
		for _, m := range names {
			s.join(m, GoCardless, 1000, Monthly)
			s.confirmed(m)
		}
		s.later(31)
		if done, err := s.dues.Plan(t.Context(), s.today()); err != nil || done.Attempts != len(names) {
			t.Fatalf("planned %v, %v", done, err)
		}
		asked := 0
		s.bank.refuse = func() error {
			if asked++; asked == 3 {
				return &BusyError{After: time.Nanosecond, Cause: errLine}
			}
			return nil
		}
		s.work() // leaves what met a busy provider
		s.work()
		for _, m := range names {
			if pays := s.bank.of(m); len(pays) != 2 {
				t.Errorf("%s was asked for %d payments", m, len(pays))
			}
		}
	})
}

// SQLite has one writer: who asks a provider inside a transaction holds everybody up for as long as that takes, and here for ever.
func TestNoProviderIsAskedInsideATransaction(t *testing.T) {
	s := found(t, testdb.Open(t, testdb.SQLiteURL(t)), "2026-01-31")
	free := func() error {
		ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
		defer cancel()
		err := s.db.Write(ctx, func(*gorm.DB) error { return nil })
		if err != nil {
			t.Errorf("a provider was asked while the database was held: %v", err)
		}
		return err
	}
	asked := 0
	s.card.refuse = func() error { asked++; return free() }
	s.bank.refuse = s.card.refuse
	s.join("ann", Stripe, 1000, Monthly)
	s.tell(s.card)
	s.join("bob", GoCardless, 1000, Monthly)
	s.confirmed("bob")
	s.join("ann", GoCardless, 1500, Monthly) // switches
	s.must(s.dues.Change(s.ctx, "bob", Terms{2500, Annual}))
	s.must(s.dues.RefundPayment(s.ctx, "stripe:p1", "ann", 1100, By{}, "changed my mind"))
	s.work()
	s.bank.payOut()
	s.tell(s.bank)
	s.tell(s.card)
	s.later(40)
	_, err := s.dues.Plan(s.ctx, s.today())
	s.must(err)
	s.work()
	s.must(s.dues.BeginReconcile(s.ctx))
	s.work()
	s.must(s.dues.Reconcile(s.ctx, s.clock.AddDate(-1, 0, 0)))
	s.must(s.dues.Leave(s.ctx, "bob"))
	s.work()
	if asked < 30 {
		t.Errorf("providers were asked %d times only", asked)
	}
}

// Good Friday of 2026 is 3 April and Easter Monday the 6th. The bank has six working days' notice of a charge, and so has planning.
func TestChargesAreAskedForInTimeAcrossEaster(t *testing.T) {
	for starts, from := range map[string]string{
		"2026-04-02": "2026-03-25", // the last working day before
		"2026-04-03": "2026-03-26", // Good Friday itself: six working days from here end on the Tuesday, after it
		"2026-04-07": "2026-03-26", // the first working day after
		"2026-04-09": "2026-03-30",
		"2026-04-16": "2026-04-08", // not across it
	} {
		t.Run(starts, func(t *testing.T) {
			s := found(t, testdb.Open(t, testdb.SQLiteURL(t)), starts)
			s.clock = s.clock.AddDate(0, -1, 0)
			s.join("bob", GoCardless, 1000, Monthly)
			s.confirmed("bob")
			for s.clock = noon(day(t, "2026-03-20")); s.today().Before(day(t, starts)); s.later(1) {
				done, err := s.dues.Plan(t.Context(), s.today())
				s.must(err)
				if done.Attempts == 0 {
					continue
				}
				if got := s.today(); got != day(t, from) {
					t.Errorf("asked for on %s, want %s", got, from)
				}
				s.work()
				pays := s.bank.of("bob")
				if last := pays[len(pays)-1]; last.ChargeOn != day(t, starts) {
					t.Errorf("to be charged on %s", last.ChargeOn)
				}
				return
			}
			t.Error("never asked for")
		})
	}
}

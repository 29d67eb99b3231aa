package billing

import (
	"errors"
	"testing"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

func (s *society) wantNext(st Statement, on string, amount money.Pence, asked bool) {
	s.Helper()
	if st.Next == nil {
		s.Fatalf("nothing is collected next: %+v", st)
	}
	if got := written(st.Next.On); got != on || st.Next.Amount != amount || st.Next.Asked != asked {
		s.Errorf("next is %+v, want %s on %q, asked %t", st.Next, amount, on, asked)
	}
}

func TestAPaymentOnItsWayIsNoArrears(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.open("bob", GoCardless, 1000, Monthly) // the jobs have not asked the bank yet
		st := s.statement("bob")
		s.wantNext(st, "", 1100, false)
		if !st.OnItsWay || !st.ShareComes {
			t.Errorf("authorised: %+v", st)
		}
		s.work()
		s.tell(s.bank)
		st = s.statement("bob")
		s.wantNext(st, "", 1100, true)
		if !st.OnItsWay || !st.ShareComes {
			t.Errorf("asked for: %+v", st)
		}
		s.bank.happens(func(p *Payment) { p.State = PaymentAction })
		s.tell(s.bank)
		if st = s.statement("bob"); st.OnItsWay {
			t.Errorf("their bank waits for their word: %+v", st)
		}
		s.confirmed("bob")
		st = s.statement("bob")
		s.wantNext(st, "2026-02-15", 1000, false)
		if st.OnItsWay || st.ShareComes || !st.SharePaid {
			t.Errorf("paid, nothing is owed: %+v", st)
		}
	})
}

// What failed once is tried again, which is said; after the last try nothing is on its way.
func TestWhatFailedAndIsTriedAgainIsSaidToBe(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.bank.happens(func(p *Payment) { p.State, p.Reason = PaymentFailed, "insufficient_funds" })
		s.tell(s.bank)
		st := s.statement("bob")
		s.wantNext(st, "2026-01-22", 1100, true)
		if !st.OnItsWay || !st.Next.Again {
			t.Errorf("tried again: %+v, %+v", st, st.Next)
		}
		s.bank.mu.Lock()
		s.bank.payments["p2"].State = PaymentFailed
		s.bank.tell("payment.changed", Ref{RefPayment, "p2"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		st = s.statement("bob")
		if s.wantNext(st, "2026-02-15", 1100, false); st.OnItsWay {
			t.Errorf("tried twice: %+v", st)
		}
	})
}

func TestACardThatIsTriedAgainIsSaidToBe(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.later(31)
		s.card.mu.Lock()
		s.card.invoice(s.card.methods["m1"], false)
		s.card.mu.Unlock()
		s.tell(s.card)
		st := s.statement("ann")
		s.wantNext(st, "2026-02-18", 1000, false)
		if !st.OnItsWay || !st.Next.Again {
			t.Errorf("%+v, %+v", st, st.Next)
		}
	})
}

func TestAfterARefundTheAmountChosenForNextTimeStands(t *testing.T) {
	for _, name := range []ProviderName{Stripe, GoCardless} {
		each(t, func(t *testing.T, s *society) {
			s.join("ann", name, 1000, Monthly)
			s.confirmed("ann")
			s.tell(s.card)
			s.bank.payOut()
			s.tell(s.bank)
			s.must(s.dues.Change(s.ctx, "ann", Terms{500, Monthly}))
			s.work()
			s.later(8)
			s.must(s.dues.RefundPayment(s.ctx, paymentID(name, "p1"), "ann", 1100, By{}, ""))
			s.work()
			st := s.statement("ann")
			if st.Terms != (Terms{500, Monthly}) || st.ShareComes || st.OnItsWay {
				t.Errorf("%s: %+v", name, st)
			}
			s.wantNext(st, "2026-02-15", 500, false)
		})
	}
}

// A Direct Debit that was stopped before it was taken is not asked for again: whoever stopped it said no, be it for a month or for a year.
func TestNobodyIsChargedAgainForWhatTheyStopped(t *testing.T) {
	for _, c := range []struct {
		paid   Interval
		amount money.Pence
		days   int
		next   string
	}{{Monthly, 1100, 5, "2026-02-15"}, {Annual, 12100, 70, "2027-01-15"}} {
		each(t, func(t *testing.T, s *society) {
			s.join("bob", GoCardless, 1000, c.paid)
			s.must(s.dues.RefundPayment(s.ctx, "gocardless:p1", "bob", c.amount, By{}, ""))
			s.work()
			s.tell(s.bank)
			for range c.days {
				s.later(1)
				_, err := s.dues.Plan(s.ctx, s.today())
				s.must(err)
				s.work()
			}
			if pays := s.bank.of("bob"); len(pays) != 1 {
				t.Errorf("%s: asked again: %+v", c.paid, pays)
			}
			st := s.statement("bob")
			if s.wantNext(st, c.next, c.amount, false); st.OnItsWay {
				t.Errorf("%s: %+v", c.paid, st)
			}
		})
	}
}

// A card is charged at some hour of the day on which a month begins, and we hear of it later still.
func TestACardIsNotInArrearsOnTheDayOnWhichItIsCharged(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		due := s.statement("ann").Next.On
		s.clock = noon(due)
		if st := s.statement("ann"); st.Standing.State != member.Grace || !st.OnItsWay {
			t.Errorf("on the day: %+v", st)
		}
		s.clock = noon(due.AddDays(lateDays + 1))
		if st := s.statement("ann"); st.OnItsWay {
			t.Errorf("nobody told of it for days: %+v", st)
		}
	})
}

// What is on its way is the share alone: the dues are still to pay.
func TestAShareOnItsWayIsNotDuesOnTheirWay(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.bank.end("m1")
		s.tell(s.bank)
		row := paymentRow{
			Provider: Stripe, Ref: "share", Member: "bob", State: PaymentSubmitted, Amount: member.ShareNominal, Share: member.ShareNominal,
			Periods: 1, MadeAt: s.clock,
		}
		s.must(s.db.Write(s.ctx, func(tx *gorm.DB) error {
			return errors.Join(tx.Exec("UPDATE dues_attempts SET live = ?", false).Error, tx.Exec("UPDATE dues_payments SET state = ?", PaymentFailed).Error, tx.Create(&row).Error)
		}))
		if st := s.statement("bob"); st.OnItsWay || !st.ShareComes {
			t.Errorf("%+v", st)
		}
	})
}

func TestWhileANewWayIsSetUpTheOldOneIsStillTold(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.join("ann", GoCardless, 1000, Monthly)
		st := s.statement("ann")
		if st.Provider != GoCardless || st.Method.State != MethodPending || len(st.Until) != 1 || st.Until[0].Provider != Stripe || st.Until[0].State != MethodActive {
			t.Errorf("%+v, until then %+v", st.Method, st.Until)
		}
		s.wantNext(st, "2026-02-15", 1000, false)
		s.bank.mu.Lock()
		s.bank.methods["m1"].State = MethodActive
		s.bank.tell("method.active", Ref{RefMethod, "m1"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		if st = s.statement("ann"); st.Method.State != MethodActive || len(st.Until) != 0 {
			t.Errorf("%+v, until then %+v", st.Method, st.Until)
		}
	})
}

func TestWhoLeftIsAskedForNothing(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.bank.end("m1")
		s.tell(s.bank)
		s.must(s.dues.Leave(s.ctx, "bob"))
		s.work()
		st := s.statement("bob")
		if len(st.Periods) != 1 || st.Periods[0].State != PeriodForgone || st.Next != nil || st.OnItsWay {
			t.Errorf("%+v", st)
		}
	})
}

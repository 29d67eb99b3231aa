package billing

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

func (s *society) exceptions() Exceptions {
	s.Helper()
	e, err := s.dues.Exceptions(s.ctx, "")
	s.must(err)
	return e
}

// wantWaiting checks how much waits for the treasurer in all.
func (s *society) wantWaiting(want int) {
	s.Helper()
	if got, more := s.exceptions().Count(); got != want || more {
		s.Errorf("on %s %d exceptions wait, more %v, want %d: %+v", s.today(), got, more, want, s.exceptions())
	}
}

// bankFails has a payment of the till that makes Direct Debits fail.
func (s *society) bankFails(ref, reason string) {
	s.Helper()
	s.bank.mu.Lock()
	p := s.bank.payments[ref]
	p.State, p.Reason = PaymentFailed, reason
	s.bank.tell("payment.failed", Ref{RefPayment, ref})
	s.bank.mu.Unlock()
	s.tell(s.bank)
}

func TestNothingWaitsWhileAllGoesWell(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.wantWaiting(0)
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.wantWaiting(0)
	})
}

func TestAFailedChargeWaitsUntilItsPeriodIsPaidOrWaived(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		s.later(1)
		s.bankFails("p1", "insufficient_funds")
		failed := s.exceptions().Failed.First
		if len(failed) != 1 || failed[0].Member != "bob" || failed[0].Payment != "gocardless:p1" || failed[0].Reason != "insufficient_funds" || failed[0].Amount != 1100 {
			t.Fatalf("waits %+v", failed)
		}
		if f := failed[0]; !f.Again || f.NextTry != s.today().AddDays(retryDays) || f.Remedy != RemedyNone {
			t.Errorf("next try %+v", f)
		}
		s.bankFails("p2", "insufficient_funds")
		failed = s.exceptions().Failed.First
		if len(failed) != 1 || failed[0].Payment != "gocardless:p2" || failed[0].Again || failed[0].Remedy != RemedyLater {
			t.Errorf("after the last try: %+v", failed)
		}
		s.bank.end("m1")
		s.tell(s.bank)
		if failed = s.exceptions().Failed.First; len(failed) != 1 || failed[0].Remedy != RemedyWay {
			t.Errorf("without a mandate: %+v", failed)
		}
		s.must(s.dues.Waive(t.Context(), "bob", 1, "acc", "illness"))
		s.work()
		s.wantWaiting(0)
	})
}

func TestOnlyWhatNeedsSomebodyIsCountedAsWaiting(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		s.later(1)
		s.bankFails("p1", "insufficient_funds") // and is tried again by itself
		s.wantWaiting(0)
		e := s.exceptions()
		if waiting, more := e.Failed.Waiting(); len(waiting) != 0 || more != 0 || len(e.Failed.Going()) != 1 || e.Known() != 1 {
			t.Errorf("while it is tried again: %+v", e)
		}
		s.bank.end("m1")
		s.tell(s.bank)
		s.wantWaiting(1)
		e = s.exceptions()
		if waiting, _ := e.Failed.Waiting(); len(waiting) != 1 || len(e.Failed.Going()) != 0 || e.Known() != 0 {
			t.Errorf("without a mandate: %+v", e)
		}
	})
}

func TestWhatWaitsStandsBeforeWhatGoesOnByItself(t *testing.T) {
	var found []int
	for n := range shownFew * 2 {
		found = append(found, n)
	}
	odd := func(n int) bool { return n%2 == 1 }
	f := few(found, true, odd)
	waiting, more := f.Waiting()
	if f.Count() != shownFew || len(waiting) != shownFew || more != 0 || waiting[0] != 1 || waiting[1] != 3 || f.Known != shownFew || len(f.Going()) != 0 {
		t.Errorf("half of them: %+v", f)
	}
	if f = few(found[:4], true, odd); f.Count() != 2 || len(f.Going()) != 2 || f.Going()[0] != 0 {
		t.Errorf("a few of them: %+v", f)
	}
	if f = few(found, false, func(int) bool { return true }); f.Count() != 2*shownFew || f.More != shownFew || !f.Open {
		t.Errorf("all of them: %+v", f)
	}
}

func TestAChargeThatTheProviderWouldNotMakeWaits(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.bank.mu.Lock()
		s.bank.methods["m1"].State = MethodEnded // and nobody told us
		s.bank.mu.Unlock()
		s.clock = noon(day(t, "2026-02-12"))
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		failed := s.exceptions().Failed.First
		if len(failed) != 1 || failed[0].Payment != "" || failed[0].Reason != "refused" || failed[0].Remedy != RemedyWay {
			t.Errorf("waits %+v", failed)
		}
	})
}

func TestACardThatIsDeclinedWaitsUntilTheNextCharge(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.clock = noon(day(t, "2026-02-15"))
		s.card.mu.Lock()
		s.card.invoice(s.card.methods["m1"], false)
		s.card.mu.Unlock()
		s.tell(s.card)
		failed := s.exceptions().Failed.First
		if len(failed) != 1 || failed[0].Reason != "card_declined" || !failed[0].Again || failed[0].NextTry != s.today().AddDays(3) || failed[0].Remedy != RemedyNone {
			t.Fatalf("waits %+v", failed)
		}
		s.card.mu.Lock()
		p := s.card.payments["p2"]
		p.State, p.Action, p.NextTry = PaymentAction, "https://bank.invalid", failed[0].NextTry
		s.card.tell("action", Ref{RefPayment, "p2"})
		s.card.mu.Unlock()
		s.tell(s.card)
		if failed = s.exceptions().Failed.First; len(failed) != 1 || failed[0].Remedy != RemedyApprove {
			t.Errorf("with approval: %+v", failed)
		}
		s.card.mu.Lock()
		s.card.paid(p)
		s.card.mu.Unlock()
		s.tell(s.card)
		s.wantWaiting(0)
	})
}

func TestWaivingCallsOffWhatIsAboutToBeCollected(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		s.must(s.dues.Waive(t.Context(), "bob", 1, "acc", "illness"))
		s.work()
		if p := s.bank.of("bob")[0]; p.State != PaymentCancelled {
			t.Errorf("the payment for a waived period is %s", p.State)
		}
		s.clock = noon(day(t, "2026-02-12"))
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		if pays := s.bank.of("bob"); len(pays) != 2 || pays[1].Key != "dues:bob:2:1" {
			t.Errorf("asked for %+v", pays)
		}
	})
}

func TestWhatWasTakenToTheBankBeforeAWaiverPaysForTheNextPeriod(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		s.bank.mu.Lock()
		s.bank.payments["p1"].State = PaymentSubmitted
		s.bank.tell("payment.submitted", Ref{RefPayment, "p1"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		s.must(s.dues.Waive(t.Context(), "bob", 1, "acc", "illness"))
		s.work()
		s.clock = noon(day(t, "2026-02-03"))
		s.confirmed("bob")
		if st := s.statement("bob"); st.PaidUntil != day(t, "2026-03-14") || st.Credit != 0 {
			t.Errorf("paid until %s, credit %s", st.PaidUntil, st.Credit)
		}
	})
}

func TestAWaiverStopsACardThatIsBeingTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.clock = noon(day(t, "2026-02-15"))
		s.card.mu.Lock()
		s.card.invoice(s.card.methods["m1"], false)
		s.card.mu.Unlock()
		s.tell(s.card)
		s.must(s.dues.Waive(t.Context(), "ann", 2, "acc", "illness"))
		s.work()
		if p := s.card.of("ann")[1]; p.State != PaymentCancelled {
			t.Errorf("the invoice is %s", p.State)
		}
		if m := s.card.methods["m1"]; m.State != MethodActive {
			t.Errorf("the subscription is %s", m.State)
		}
	})
}

func TestAnOfficerWhoDoesNotSayWhyDoesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.later(120)
		for what, err := range map[string]error{
			"waive":  s.dues.Waive(t.Context(), "bob", 1, "acc", " "),
			"lapse":  s.dues.Lapse(t.Context(), "bob", "acc", ""),
			"spare":  s.dues.Spare(t.Context(), "bob", "acc", "…"),
			"refund": s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 100, By{"acc", member.Treasurer}, ""),
			"aside":  s.dues.PutAside(t.Context(), MatterEvent, Stripe, "ev1", TreasurerAct{By: "acc"}),
		} {
			if !errors.Is(err, member.ErrNoWhy) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if acts, _, err := audit.NewLog(s.db).List(t.Context(), audit.Wanted{}); err != nil || len(acts) != 0 {
			t.Errorf("the log says %+v, %v", acts, err)
		}
	})
}

func TestArrearsAreThreePeriodsAndEachCanBeWaived(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		s.bankFails("p1", "refer_to_payer")
		s.bank.end("m1")
		s.tell(s.bank)
		s.later(200)
		a := s.exceptions().Arrears.First
		if len(a) != 1 || a[0].Member != "bob" || len(a[0].Periods) != member.MostArrears || a[0].Owed() != 3000 || a[0].OnItsWay || a[0].Standing.State != member.Arrears {
			t.Fatalf("in arrears %+v", a)
		}
		for i, p := range a[0].Periods {
			s.must(s.dues.Waive(t.Context(), "bob", p.N, "acc", "illness"))
			left := s.exceptions().Arrears.First
			if i < 2 && (len(left) != 1 || slices.ContainsFunc(left[0].Periods, func(o PeriodLine) bool { return o.N == p.N })) || i == 2 && len(left) != 0 {
				t.Errorf("after waiving %d: %+v", p.N, left)
			}
		}
		acts, _, err := audit.NewLog(s.db).List(t.Context(), audit.Wanted{})
		if err != nil || len(acts) != 3 || acts[0].What != "dues waived" || acts[0].Why != "illness" || acts[0].By != "acc" || acts[0].As != "treasurer" {
			t.Errorf("the log says %+v, %v", acts, err)
		}
	})
}

func TestWhoLeftOrLapsedIsNobodysException(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		for _, m := range []member.ID{"bob", "dan"} {
			s.join(m, GoCardless, 1000, Monthly)
			s.tell(s.bank)
		}
		s.bankFails("p1", "refer_to_payer")
		s.bankFails("p2", "refer_to_payer")
		s.later(100)
		s.wantWaiting(2) // each is in arrears
		if n := s.exceptions().Known(); n != 2 {
			t.Errorf("%d charges that failed are tried again, not 2", n)
		}
		s.must(s.dues.Leave(t.Context(), "bob"))
		s.must(s.dues.Lapse(t.Context(), "dan", "acc", "three months"))
		s.wantWaiting(0)
		if n := s.exceptions().Known(); n != 0 {
			t.Errorf("%d charges of people who left or lapsed are told", n)
		}
	})
}

func TestAListOfArrearsGoesOnWhereItEnded(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		const all = shownFew + 3
		for n := range all {
			m := member.ID(fmt.Sprintf("m%02d", n))
			s.join(m, GoCardless, 1000, Monthly)
			s.bank.end(fmt.Sprintf("m%d", n+1))
		}
		s.tell(s.bank)
		s.later(60)
		first := s.exceptions()
		if n, more := first.Count(); n != shownFew || !more || first.Arrears.Next == "" {
			t.Fatalf("%d, more %v, next %q", n, more, first.Arrears.Next)
		}
		rest, err := s.dues.Exceptions(t.Context(), first.Arrears.Next)
		if err != nil || len(rest.Arrears.First) != all-shownFew || rest.Arrears.Next != "" || rest.Arrears.First[0].Member <= first.Arrears.Next {
			t.Errorf("the rest: %+v, %v", rest.Arrears, err)
		}
	})
}

func TestADisputeWaitsWhileItIsOpenAndIfItIsLostUntilTheDuesArePaid(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		set := func(disputed bool, state PaymentState) {
			s.card.mu.Lock()
			s.card.payments["p1"].Disputed, s.card.payments["p1"].State = disputed, state
			s.card.tell("dispute", Ref{RefPayment, "p1"})
			s.card.mu.Unlock()
			s.tell(s.card)
		}
		set(true, PaymentPaid)
		c := s.exceptions().Contested.First
		if len(c) != 1 || c[0].Member != "ann" || !c[0].Lost.IsZero() || c[0].Amount != 1100 || len(c[0].Open) != 0 {
			t.Errorf("disputed: %+v", c)
		}
		set(false, PaymentPaid)
		s.wantWaiting(0)
		s.later(3)
		set(false, PaymentReversed)
		c = s.exceptions().Contested.First
		if len(c) != 1 || c[0].Lost != s.today() || len(c[0].Open) != 1 || c[0].Open[0].N != 1 {
			t.Errorf("lost: %+v", c)
		}
		s.must(s.dues.Waive(t.Context(), "ann", 1, "acc", "settled with them"))
		s.wantWaiting(0)
	})
}

func TestARefundThatIsRefusedWaitsUntilItIsOrderedAnewOrPutAside(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		treasurer := By{"acc", member.Treasurer}
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.must(s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 500, treasurer, "asked"))
		r := s.exceptions().Refunds.First
		if len(r) != 1 || r[0].Amount != 500 || r[0].Member != "ann" || r[0].Reason != "" {
			t.Fatalf("under way: %+v", r)
		}
		s.card.mu.Lock()
		s.card.payments["p1"].Refunded = 700 // elsewhere, and we have not heard
		s.card.mu.Unlock()
		s.work()
		r = s.exceptions().Refunds.First
		if len(r) != 1 || r[0].Reason == "" {
			t.Fatalf("refused: %+v", r)
		}
		if err := s.dues.LookAgain(t.Context(), MatterRefund, Stripe, r[0].ID, TreasurerAct{By: "acc"}); !errors.Is(err, ErrNotWaiting) {
			t.Errorf("looked at again: %v", err)
		}
		s.must(s.dues.PutAside(t.Context(), MatterRefund, Stripe, r[0].ID, TreasurerAct{"acc", "paid back elsewhere"}))
		s.wantWaiting(0)
		if err := s.dues.PutAside(t.Context(), MatterRefund, Stripe, r[0].ID, TreasurerAct{"acc", "again"}); !errors.Is(err, ErrNotWaiting) {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestMoneyOfNobodysWaitsUntilItsOwnerIsKnown(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.card.mu.Lock()
		s.card.paid(s.card.pay(&Payment{Amount: 1000}))
		s.card.mu.Unlock()
		s.tell(s.card)
		n := s.exceptions().Nobodys.First
		if len(n) != 1 || n[0].Payment != "stripe:p1" || n[0].Amount != 1000 {
			t.Fatalf("nobody's: %+v", n)
		}
		s.card.mu.Lock()
		s.card.payments["p1"].Member = "ann" // written in its metadata at the provider
		s.card.mu.Unlock()
		s.must(s.dues.LookAgain(t.Context(), MatterPayment, Stripe, "p1", TreasurerAct{By: "acc"}))
		s.work()
		s.wantWaiting(0)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 965, PaymentFees: 35, IncomeDues: -1000})
	})
}

func TestAnEventThatCouldNotBeWorkedIsTriedAgainOrPutAside(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		act := TreasurerAct{"acc", "made by hand at the provider"}
		_, err := s.deliver(Stripe, Event{ID: "evt", Kind: "invoice.paid", At: s.clock, About: Ref{RefPayment, "p1"}})
		s.must(err)
		s.wantWaiting(0) // it has just come
		s.work()
		e := s.exceptions().Events.First
		if len(e) != 1 || e[0].Event != "evt" || e[0].Kind != "invoice.paid" || e[0].About.Ref != "p1" || e[0].Reason == "" || e[0].Tries != 1 {
			t.Fatalf("stuck: %+v", e)
		}
		s.must(s.dues.PutAside(t.Context(), MatterEvent, Stripe, "evt", act))
		s.wantWaiting(0)
		if err := s.dues.LookAgain(t.Context(), MatterEvent, Stripe, "evt", act); !errors.Is(err, ErrNotWaiting) {
			t.Errorf("what was put aside: %v", err)
		}

		_, err = s.deliver(Stripe, Event{ID: "evt2", Kind: "invoice.paid", At: s.clock, About: Ref{RefPayment, "p1"}})
		s.must(err)
		s.work()
		s.card.mu.Lock()
		s.card.paid(s.card.pay(&Payment{Member: "ann", Amount: 1000}))
		s.card.mu.Unlock()
		s.must(s.dues.LookAgain(t.Context(), MatterEvent, Stripe, "evt2", act))
		s.work()
		s.wantWaiting(0)
		s.wantState("ann", member.Current)
		acts, _, err := audit.NewLog(s.db).List(t.Context(), audit.Wanted{})
		if err != nil || len(acts) != 2 || acts[0].What != "looked at again" || acts[1].What != "put aside" || acts[1].About != "event stripe:evt" || acts[1].Why != act.Why {
			t.Errorf("the log says %+v, %v", acts, err)
		}
	})
}

func TestAnEventThatNobodyTriedForAnHourWaits(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		_, err := s.deliver(Stripe, Event{ID: "evt", Kind: "invoice.paid", At: s.clock, About: Ref{RefPayment, "p1"}})
		s.must(err)
		s.clock = s.clock.Add(stuckFor)
		s.wantWaiting(0)
		s.clock = s.clock.Add(1e9)
		s.wantWaiting(1)
	})
}

func TestAPayoutThatIsOddWaitsAndWithAnotherTroubleAgain(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.card.payOut()
		s.tell(s.card)
		s.wantWaiting(0)
		s.card.mu.Lock()
		s.card.payouts["po1"].State = PayoutFailed
		s.card.tell("payout.failed", Ref{RefPayout, "po1"})
		s.card.mu.Unlock()
		s.tell(s.card)
		p := s.exceptions().Payouts.First
		if len(p) != 1 || p[0].Ref != "po1" || p[0].Trouble != troubleBack {
			t.Fatalf("odd: %+v", p)
		}
		s.must(s.dues.PutAside(t.Context(), MatterPayout, Stripe, "po1", TreasurerAct{"acc", "Stripe pays it again"}))
		s.wantWaiting(0)
		s.card.mu.Lock()
		s.card.payouts["po1"].Amount++
		s.card.tell("payout.updated", Ref{RefPayout, "po1"})
		s.card.mu.Unlock()
		s.tell(s.card)
		if p = s.exceptions().Payouts.First; len(p) != 1 || p[0].Trouble != troubleItems {
			t.Errorf("odd again: %+v", p)
		}
	})
}

func TestStewardsLeaveSomebodyAsTheyAreForThreeMonths(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.bank.end("m1")
		s.tell(s.bank)
		proposed := func() int {
			found, _, err := s.dues.ProposeLapses(t.Context(), "")
			s.must(err)
			return len(found)
		}
		if err := s.dues.Spare(t.Context(), "bob", "acc", "ill"); !errors.Is(err, ErrLapse) {
			t.Errorf("in grace: %v", err)
		}
		s.later(200)
		s.must(s.dues.Spare(t.Context(), "bob", "acc", "ill"))
		if n := proposed(); n != 0 {
			t.Error("proposed on the same day")
		}
		s.wantState("bob", member.Arrears)
		s.later(spareDays - 1)
		if n := proposed(); n != 0 {
			t.Error("proposed before three months are over")
		}
		s.later(1)
		if n := proposed(); n != 1 {
			t.Error("not proposed again")
		}
		s.must(s.dues.Spare(t.Context(), "bob", "acc", "still ill"))
		if n := proposed(); n != 0 {
			t.Error("proposed although left as they are again")
		}
	})
}

func TestWhoLapsedIsListedWithWhyUntilRestored(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		for _, m := range []member.ID{"ann", "bob"} {
			s.join(m, GoCardless, 1000, Monthly)
		}
		s.bank.end("m1")
		s.bank.end("m2")
		s.tell(s.bank)
		s.later(200)
		s.must(s.dues.Lapse(t.Context(), "bob", "acc", "three months"))
		s.must(s.dues.Restore(t.Context(), "bob", "acc", "a mistake"))
		s.must(s.dues.Lapse(t.Context(), "bob", "acc", "three months, again"))
		all, next, err := s.dues.Lapsed(t.Context(), "")
		if err != nil || next != "" || len(all) != 1 || all[0] != (Lapse{"bob", s.today(), "three months, again"}) {
			t.Errorf("lapsed %+v, %q, %v", all, next, err)
		}
		s.must(s.dues.Restore(t.Context(), "bob", "acc", "came back"))
		if all, _, err := s.dues.Lapsed(t.Context(), ""); err != nil || len(all) != 0 {
			t.Errorf("lapsed %+v, %v", all, err)
		}
	})
}

func TestTheTreasurerIsToldWhatCanGoBack(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.join("bob", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		refund := func(id PaymentID) ToRefund {
			r, err := s.dues.ToRefund(t.Context(), id)
			s.must(err)
			all, err := s.dues.Refundable(t.Context(), r.Member)
			s.must(err)
			if all[id] != r.Refundable {
				t.Errorf("%s: alone %+v, among all %+v", id, r.Refundable, all[id])
			}
			return r
		}
		if r := refund("gocardless:p1"); r.Most != 1100 || !r.Whole || r.Warn != nil || r.Member != "bob" {
			t.Errorf("before it is taken: %+v", r)
		}
		s.confirmed("bob")
		if r := refund("gocardless:p1"); r.Most != 0 || !r.Early || !r.From.IsZero() {
			t.Errorf("before its payout: %+v", r)
		}
		s.bank.payOut()
		s.tell(s.bank)
		paidOut := s.today()
		if r := refund("gocardless:p1"); r.Most != 0 || !r.Early || r.From != paidOut.AddDays(safetyDays) {
			t.Errorf("in its safety period: %+v", r)
		}
		s.later(safetyDays)
		if r := refund("gocardless:p1"); r.Most != 1100 || r.Early || !errors.Is(r.Warn, ErrPaidTwice) {
			t.Errorf("after it: %+v", r)
		}
		s.later(300) // long after the member's own right is over
		s.must(s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 300, By{"acc", member.Treasurer}, "asked"))
		if r := refund("stripe:p1"); r.Most != 0 || !r.UnderWay {
			t.Errorf("under way: %+v", r)
		}
		s.work()
		if r := refund("stripe:p1"); r.Most != 800 || r.UnderWay || r.Warn != nil {
			t.Errorf("a part is left: %+v", r)
		}
		if _, err := s.dues.ToRefund(t.Context(), "stripe:p9"); !errors.Is(err, ErrNoPayment) {
			t.Errorf("none: %v", err)
		}
	})
}

func TestAStandingOrderGoesBackAtTheBankAndNotHere(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.must(s.dues.settle(t.Context(), Payment{
			Provider: ByBank, Ref: "bank:1", Member: "bob", State: PaymentPaid, Amount: 1000, Made: s.clock, PaidAt: s.clock, ChargeOn: s.today(),
		}, 0))
		if r, err := s.dues.ToRefund(t.Context(), "bank:bank:1"); err != nil || r.Most != 0 || r.Early {
			t.Errorf("to refund %+v, %v", r, err)
		}
		if err := s.dues.RefundPayment(t.Context(), "bank:bank:1", "bob", 1000, By{"acc", member.Treasurer}, "asked"); !errors.Is(err, ErrNoProvider) {
			t.Errorf("ordered: %v", err)
		}
	})
}

// TestArrearsAreListedFromTheirVeryFirstDay has members who joined at the ends of months pay all periods but the last.
func TestArrearsAreListedFromTheirVeryFirstDay(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		owing := map[member.ID]calendar.Date{} // and from when on they are in arrears
		s.must(s.db.Write(t.Context(), func(tx *gorm.DB) error {
			for on := 27; on <= 31; on++ {
				for paid := range 4 {
					m := member.ID(fmt.Sprintf("m%d-%d", on, paid))
					joined := calendar.Date{Year: 2025, Month: 12, Day: on}
					rows := []factRow{{Member: m, Kind: factJoined, Day: written(joined), RecordedAt: s.clock}}
					for n := range paid {
						rows = append(rows, factRow{Member: m, Kind: factSettled, Period: n + 1, Day: written(periodOf(joined, n+1).Starts), RecordedAt: s.clock})
					}
					owing[m] = periodOf(joined, paid+1).Starts.AddDays(member.GraceDays + 1)
					err := errors.Join(
						tx.Create(&memberRow{Member: m, Joined: written(joined), Since: s.clock}).Error,
						tx.Create(&termsRow{Member: m, N: 1, Amount: 1000, Paid: Monthly, FromPeriod: 1, ChosenAt: s.clock}).Error,
						tx.Create(&rows).Error,
					)
					if err != nil {
						return err
					}
				}
			}
			return nil
		}))
		for ; s.today().Before(day(t, "2026-05-10")); s.later(1) {
			listed, err := s.dues.inArrears(t.Context(), "")
			s.must(err)
			var may []member.ID
			s.must(s.dues.behind(s.db.Read(t.Context()).Model(&memberRow{})).Pluck("member", &may).Error)
			for m, from := range owing {
				owes := !s.today().Before(from)
				if slices.ContainsFunc(listed.First, func(a InArrears) bool { return a.Member == m }) != owes || slices.Contains(may, m) != owes {
					t.Errorf("on %s %s owes since %s: listed %v, looked at %v", s.today(), m, from, listed.First, slices.Contains(may, m))
				}
			}
		}
	})
}

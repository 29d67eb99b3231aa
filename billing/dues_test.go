package billing

import (
	"errors"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

func each(t *testing.T, f func(t *testing.T, s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { f(t, found(t, db, "2026-01-15")) })
}

func TestJoiningByCardPaysThePeriodAndTheShare(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.wantState("ann", member.Current)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 1064, PaymentFees: 36, IncomeDues: -1000, ShareCapital: -100})
		if s.done["first_settled"] != 1 || s.done["share_paid"] != 1 {
			t.Errorf("told others %v", s.done)
		}
		st := s.statement("ann")
		if !st.SharePaid || st.PaidUntil.String() != "2026-02-14" || len(st.Payments) != 1 || st.Payments[0].Receipt == nil || st.Payments[0].Receipt.Number() != "2026-00001" {
			t.Errorf("statement %+v", st)
		}
		if st.Next == nil || st.Next.On.String() != "2026-02-15" || st.Next.Amount != 1000 {
			t.Errorf("next charge %+v", st.Next)
		}
	})
}

func TestJoiningByDirectDebitIsAskedForAtOnceAndSettledWhenConfirmed(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 300, Monthly)
		s.tell(s.bank)
		if pays := s.bank.of("bob"); len(pays) != 1 || pays[0].Amount != 400 || pays[0].Key != "dues:bob:1:1" {
			t.Fatalf("asked for %+v", pays)
		}
		s.wantState("bob", member.Grace)
		s.confirmed("bob")
		s.wantState("bob", member.Current)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingGoCardless: 400, IncomeDues: -300, ShareCapital: -100})
		s.later(6)
		s.bank.payOut()
		s.tell(s.bank)
		s.wantBooks(map[LedgerAccount]money.Pence{Bank: 376, PaymentFees: 24, IncomeDues: -300, ShareCapital: -100})
	})
}

func TestAYearsDuesBecomeIncomeMonthByMonth(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Annual)
		s.tell(s.card)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 11899, PaymentFees: 201, IncomeDues: -1000, DuesInAdvance: -11000, ShareCapital: -100})
		for range 2 {
			if _, err := s.dues.Release(t.Context(), month(t, "2026-03")); err != nil {
				t.Fatal(err)
			}
			if got := s.balances(); got[IncomeDues] != -3000 || got[DuesInAdvance] != -9000 {
				t.Errorf("income %s, in advance %s", got[IncomeDues], got[DuesInAdvance])
			}
		}
		s.clock = noon(day(t, "2027-01-14"))
		s.wantState("ann", member.Current)
		// A refund of three months' worth takes back the latest three.
		s.must(s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 3000, By{"acc", member.Treasurer}, "moved away"))
		s.work()
		if got := s.balances(); got[DuesInAdvance] != -6000 || got[IncomeDues] != -3000 {
			t.Errorf("in advance %s, income %s", got[DuesInAdvance], got[IncomeDues])
		}
		s.wantState("ann", member.Grace)
	})
}

func TestAFailedAttemptNeverWorsensASettledPeriod(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.card.mu.Lock()
		s.card.pay(&Payment{Member: "ann", Method: "m1", Amount: 1000, State: PaymentFailed, Reason: "card_declined"})
		s.card.mu.Unlock()
		s.tell(s.card)
		s.wantState("ann", member.Current)
	})
}

func TestALateFailureReopensThePeriodAndTheShare(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		closeMonth(t, s.db, "2026-01")
		s.clock = noon(day(t, "2026-02-10"))
		s.bank.mu.Lock()
		s.bank.payments["p1"].State = PaymentReversed
		s.bank.tell("late", Ref{RefPayment, "p1"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		s.wantState("bob", member.Grace)
		if until := s.standing("bob").Until.String(); until != "2026-03-10" {
			t.Errorf("grace until %s", until)
		}
		if st, err := s.dues.Standing(t.Context(), "bob", day(t, "2026-02-09"), s.clock); err != nil || st.State != member.Current {
			t.Errorf("the day before: %+v %v", st, err)
		}
		s.wantBooks(map[LedgerAccount]money.Pence{})
		if got, err := s.ledger.Balances(t.Context(), day(t, "2026-01-31")); err != nil || got[IncomeDues] != -1000 {
			t.Errorf("the closed month holds %v %v", got, err)
		}
		if s.done["share_unpaid"] != 1 {
			t.Errorf("told others %v", s.done)
		}
		// Nobody is charged again by itself for what they had taken back.
		for range 40 {
			s.later(1)
			_, err := s.dues.Plan(t.Context(), s.today())
			s.must(err)
			s.work()
		}
		for _, p := range s.bank.of("bob")[1:] {
			if p.Key == "dues:bob:1:2" {
				t.Errorf("charged again: %+v", p)
			}
		}
	})
}

func TestADisputeHoldsTheMoneyBackAndSettlesNothingAnew(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		set := func(disputed bool, state PaymentState) {
			s.card.mu.Lock()
			p := s.card.payments["p1"]
			p.Disputed, p.State = disputed, state
			s.card.tell("dispute", Ref{RefPayment, "p1"})
			s.card.mu.Unlock()
			s.tell(s.card)
		}
		set(true, PaymentPaid)
		s.wantState("ann", member.Current)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: -36, DisputedStripe: 1100, PaymentFees: 36, IncomeDues: -1000, ShareCapital: -100})
		set(false, PaymentReversed)
		s.wantState("ann", member.Grace)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: -36, PaymentFees: 36})
		set(false, PaymentPaid)
		s.wantState("ann", member.Current)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 1064, PaymentFees: 36, IncomeDues: -1000, ShareCapital: -100})
	})
}

func TestWhatComesInTwiceIsCreditAndPaysTheNextPeriod(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.bank.mu.Lock()
		s.bank.paid(s.bank.pay(&Payment{Member: "bob", Method: "m1", Amount: 1000}))
		s.bank.mu.Unlock()
		s.tell(s.bank)
		if c := s.statement("bob").Credit; c != 1000 {
			t.Errorf("credit %s", c)
		}
		s.clock = noon(day(t, "2026-02-15"))
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		s.wantState("bob", member.Current)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingGoCardless: 2100, IncomeDues: -2000, ShareCapital: -100})
		if n := len(s.bank.of("bob")); n != 2 {
			t.Errorf("%d payments", n)
		}
	})
}

func TestSwitchingNeitherLosesNorPaysAPeriodTwice(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		s.later(5)
		s.join("ann", GoCardless, 1000, Monthly)
		s.tell(s.bank)
		if a := s.card.methods["m1"]; a.State == MethodEnded {
			t.Error("the old method was ended before the new one worked")
		}
		s.bank.mu.Lock()
		s.bank.methods["m1"].State = MethodActive
		s.bank.tell("active", Ref{RefMethod, "m1"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		if a := s.card.methods["m1"]; a.State != MethodEnded {
			t.Error("the old method still collects")
		}
		for range 40 {
			s.later(1)
			_, err := s.dues.Plan(t.Context(), s.today())
			s.must(err)
			s.work()
		}
		if pays := s.bank.of("ann"); len(pays) != 1 || pays[0].Key != "dues:ann:2:1" {
			t.Fatalf("asked for %+v", pays)
		}
		s.confirmed("ann")
		// And back, while the next payment is in flight.
		s.clock = noon(day(t, "2026-03-10"))
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		if m := s.bank.methods["m1"]; m.State == MethodEnded {
			t.Error("the mandate was ended with a payment in flight")
		}
		if next := s.card.methods["m2"].next.String(); next != "2026-04-15" {
			t.Errorf("the card starts on %s", next)
		}
		s.confirmed("ann")
		if m := s.bank.methods["m1"]; m.State != MethodEnded {
			t.Error("the mandate was not ended after its last payment")
		}
	})
}

func TestLeavingStopsCollectingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.must(s.dues.Leave(t.Context(), "bob"))
		s.must(s.dues.Leave(t.Context(), "bob"))
		s.work()
		s.tell(s.bank)
		if p := s.bank.of("bob")[0]; p.State != PaymentCancelled {
			t.Errorf("the payment is %s", p.State)
		}
		s.later(300)
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		if n := len(s.bank.of("bob")); n != 1 || s.done["dues_notice"] != 0 {
			t.Errorf("%d payments, %d notices", n, s.done["dues_notice"])
		}
	})
}

func TestHardshipIsCollectedFromNobody(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		if url, err := s.dues.Begin(t.Context(), "cat", "", Terms{0, Monthly}, Payer{}); url != "" || err != nil {
			t.Errorf("%q %v", url, err)
		}
		s.later(400)
		s.wantState("cat", member.Current)
		if _, err := s.dues.Begin(t.Context(), "cat", Stripe, Terms{200, Monthly}, Payer{}); !errors.Is(err, ErrTerms) {
			t.Errorf("£2: %v", err)
		}
	})
}

func TestChangingTheAmountHoldsFromTheNextFreePeriod(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.must(s.dues.Change(t.Context(), "bob", Terms{2500, Monthly}))
		s.work()
		s.confirmed("bob")
		s.clock = noon(day(t, "2026-02-10"))
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		if pays := s.bank.of("bob"); len(pays) != 2 || pays[1].Amount != 2500 {
			t.Errorf("asked for %+v", pays)
		}
	})
}

// The member's bank ended the subscription, and nobody has told us yet.
func TestAChangeOfWhatNoLongerCollectsIsNotAskedForEver(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.card.mu.Lock()
		s.card.end("m1")
		s.card.mu.Unlock()
		s.must(s.dues.Change(t.Context(), "ann", Terms{1500, Monthly}))
		s.work()
		if st := s.statement("ann"); st.Method != nil {
			t.Errorf("she still pays by %+v", st.Method)
		}
	})
}

func TestRefundsWithinFourteenDaysAreTheMembersRight(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		if err := s.dues.RefundPayment(t.Context(), "stripe:p1", "eve", 1100, By{}, ""); !errors.Is(err, ErrNoPayment) {
			t.Errorf("somebody else's: %v", err)
		}
		s.later(15)
		if err := s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 1100, By{}, ""); !errors.Is(err, ErrNoRight) {
			t.Errorf("on the fifteenth day: %v", err)
		}
		s.later(-1)
		s.card.lose = 1
		s.must(s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 1100, By{}, "changed my mind"))
		if err := s.dues.RefundPayment(t.Context(), "stripe:p1", "ann", 1100, By{}, ""); !errors.Is(err, ErrUnderWay) {
			t.Errorf("twice: %v", err)
		}
		s.work()
		s.work()
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: -36, PaymentFees: 36})
		if st := s.statement("ann"); st.SharePaid || st.Payments[0].Refunded != 1100 || st.Payments[0].Receipt.Refunded != 1100 {
			t.Errorf("statement %+v", st)
		}
	})
}

func TestADirectDebitIsCancelledOrRefundedOnlyAfterItsSafetyPeriod(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		treasurer := By{"acc", member.Treasurer}
		s.join("bob", GoCardless, 1000, Monthly)
		s.join("dan", GoCardless, 1000, Monthly)
		s.must(s.dues.RefundPayment(t.Context(), "gocardless:p1", "bob", 1100, By{}, "no"))
		s.work()
		if p := s.bank.of("bob")[0]; p.State != PaymentCancelled {
			t.Errorf("an unsubmitted payment is %s", p.State)
		}
		s.confirmed("dan")
		if err := s.dues.RefundPayment(t.Context(), "gocardless:p2", "dan", 500, treasurer, "no"); !errors.Is(err, ErrNoRefund) {
			t.Errorf("before the payout: %v", err)
		}
		s.bank.payOut()
		s.tell(s.bank)
		s.later(6)
		if err := s.dues.RefundPayment(t.Context(), "gocardless:p2", "dan", 500, treasurer, "no"); !errors.Is(err, ErrNoRefund) {
			t.Errorf("six days after: %v", err)
		}
		s.later(1)
		s.must(s.dues.RefundPayment(t.Context(), "gocardless:p2", "dan", 500, treasurer, "no"))
		s.work()
		if got := s.balances()[IncomeDues]; got != -500 {
			t.Errorf("income %s", got)
		}
		s.wantState("dan", member.Current) // half a month's dues are still here
	})
}

func TestWaivingAndLapsingAreOfficersActs(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		if err := s.dues.Lapse(t.Context(), "bob", "acc", "arrears"); !errors.Is(err, ErrLapse) {
			t.Errorf("in grace: %v", err)
		}
		s.bank.end("m1")
		s.tell(s.bank)
		s.later(200)
		found, next, err := s.dues.ProposeLapses(t.Context(), "")
		if err != nil || next != "" || len(found) != 1 || found[0].Standing.Owed != 3 {
			t.Fatalf("proposed %+v %v", found, err)
		}
		s.must(s.dues.Lapse(t.Context(), "bob", "acc", "arrears"))
		s.wantState("bob", member.Lapsed)
		s.must(s.dues.Restore(t.Context(), "bob", "acc", "came back"))
		if s.work(); s.done["tell_standing"] != 2 {
			t.Errorf("told of both: %v", s.done)
		}
		if err := s.dues.Restore(t.Context(), "bob", "acc", "again"); !errors.Is(err, ErrNotLapsed) {
			t.Errorf("twice: %v", err)
		}
		for n := 1; n <= 7; n++ {
			s.must(s.dues.Waive(t.Context(), "bob", n, "acc", "illness"))
		}
		if err := s.dues.Waive(t.Context(), "bob", 1, "acc", "again"); !errors.Is(err, ErrNoPeriod) {
			t.Errorf("twice: %v", err)
		}
		s.wantState("bob", member.Current)
	})
}

func TestANextChargeIsNeverOnADayThatIsOver(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		if next := s.statement("bob").Next; next == nil || next.On != day(t, "2026-02-15") || !next.Due.IsZero() {
			t.Errorf("what is to come: %+v", next)
		}
		s.clock = noon(day(t, "2026-02-17")) // and nobody has planned yet
		if next := s.statement("bob").Next; next == nil || !next.On.IsZero() || next.Due != day(t, "2026-02-15") {
			t.Errorf("what should have come: %+v", next)
		}
		_, err := s.dues.Plan(t.Context(), s.today())
		s.must(err)
		s.work()
		s.bankFails("p2", "insufficient_funds")
		if next := s.statement("bob").Next; next == nil || next.On.Before(s.today()) {
			t.Errorf("what is tried again: %+v", next)
		}
		s.bankFails("p3", "insufficient_funds")
		if next := s.statement("bob").Next; next == nil || next.On != day(t, "2026-03-15") {
			t.Errorf("after the last try: %+v", next)
		}
		s.bank.end("m1")
		s.tell(s.bank)
		if next := s.statement("bob").Next; next != nil {
			t.Errorf("without a mandate: %+v", next)
		}
	})
}

func TestWhatBecomesOfACardThatIsLateIsTold(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		due := s.statement("ann").Next.On
		s.clock = noon(due.AddDays(1))
		if next := s.statement("ann").Next; next == nil || !next.On.IsZero() || next.Due != due || next.Asked {
			t.Errorf("before anybody tells: %+v", next)
		}
		s.card.mu.Lock()
		s.card.invoice(s.card.methods["m1"], false)
		s.card.mu.Unlock()
		s.tell(s.card)
		next := s.statement("ann").Next
		if next == nil || next.Due != due || next.On != s.today().AddDays(3) || next.Approve {
			t.Fatalf("while it is tried again: %+v", next)
		}
		s.card.mu.Lock()
		p := s.card.payments["p2"]
		p.State, p.Action, p.NextTry = PaymentAction, "https://bank.invalid", next.On
		s.card.tell("action", Ref{RefPayment, "p2"})
		s.card.mu.Unlock()
		s.tell(s.card)
		if next = s.statement("ann").Next; next == nil || next.Due != due || !next.Approve {
			t.Errorf("while the bank waits for approval: %+v", next)
		}
	})
}

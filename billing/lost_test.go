package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhoseDirectDebitEndsAtTheBankIsToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		if s.statement("bob").Lost != nil {
			t.Error("it is lost while it collects")
		}
		s.bank.end("m1")
		s.tell(s.bank)
		s.bank.tell("ended", Ref{RefMethod, "m1"}) // once more
		s.tell(s.bank)
		if n := s.done["way_lost"]; n != 1 {
			t.Errorf("told %d times", n)
		}
		want := &Lost{Provider: GoCardless, From: day(t, "2026-02-15")}
		if diff := cmp.Diff(want, s.statement("bob").Lost); diff != "" {
			t.Error(diff)
		}
		s.clock = noon(day(t, "2026-02-15"))
		lost, err := s.dues.LostWay(t.Context(), "bob")
		s.must(err)
		if lost == nil || !lost.Begun {
			t.Errorf("when dues are due: %+v", lost)
		}
		s.join("bob", Stripe, 1000, Monthly)
		if lost := s.statement("bob").Lost; lost != nil {
			t.Errorf("with another way: %+v", lost)
		}
	})
}

func TestWhoEndedTheirDirectDebitHereIsNotToldSo(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.later(1)
		s.must(s.dues.Change(t.Context(), "bob", Terms{0, Monthly}))
		s.work()
		s.tell(s.bank)
		s.must(s.dues.Change(t.Context(), "bob", Terms{1000, Monthly})) // again, and nothing collects
		s.join("cat", GoCardless, 1000, Monthly)
		s.must(s.dues.Leave(t.Context(), "cat"))
		s.work()
		s.tell(s.bank)
		if m := s.bank.methods["m1"]; m.State != MethodEnded {
			t.Fatalf("the mandate is %s", m.State)
		}
		if n := s.done["way_lost"]; n != 0 || s.statement("bob").Lost != nil || s.statement("cat").Lost != nil {
			t.Errorf("told %d times, %+v, %+v", n, s.statement("bob").Lost, s.statement("cat").Lost)
		}
	})
}

func TestWhoseOldWayStillCollectsHasLostNone(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", Stripe, 1000, Monthly)
		s.later(1)
		s.open("bob", GoCardless, 1000, Monthly) // which the bank refuses, before it works
		s.bank.end("m1")
		s.tell(s.bank)
		if m := s.bank.methods["m1"]; m.State != MethodEnded {
			t.Fatalf("the mandate is %s", m.State)
		}
		if lost := s.statement("bob").Lost; lost != nil {
			t.Errorf("lost %+v", lost)
		}
	})
}

func TestWhoSendsTheirDuesByTheBankHasLostNoWay(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.bank.end("m1")
		s.tell(s.bank)
		s.later(40)
		s.must(s.dues.settle(t.Context(), Payment{
			Provider: ByBank, Ref: "bank:1", Member: "bob", State: PaymentPaid, Amount: 1000, Made: s.clock, PaidAt: s.clock, ChargeOn: s.today(),
		}, 0))
		if lost := s.statement("bob").Lost; lost != nil {
			t.Errorf("lost %+v", lost)
		}
	})
}

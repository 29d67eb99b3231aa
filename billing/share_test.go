package billing

import (
	"errors"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// payShare has somebody pay their share alone on the page that is opened for it.
func (s *society) payShare(m member.ID) {
	s.Helper()
	url, err := s.dues.BeginShare(s.ctx, m, Payer{Done: "https://folkmoot.invalid/done"})
	s.must(err)
	id := url[len("https://till.invalid/"):]
	s.card.authorise(id)
	s.must(s.dues.Returned(s.ctx, Stripe, id))
	s.tell(s.card)
	s.work()
}

func TestTheShareAloneIsPaidByCardAndBeginsNoDues(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.payShare("ann")
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 79, PaymentFees: 21, ShareCapital: -100})
		if s.done["share_paid"] != 1 || s.done["first_settled"] != 0 {
			t.Errorf("jobs %v", s.done)
		}
		got := s.statement("ann")
		if !got.SharePaid || got.Begun || got.Credit != 0 || len(got.Payments) != 1 || got.Payments[0].Receipt == nil {
			t.Errorf("%+v", got)
		}
		receipt, err := s.dues.Receipt(s.ctx, "ann", 2026, 1)
		if err != nil || receipt.Amount != 100 || receipt.Share != 100 || len(receipt.For) != 0 {
			t.Errorf("%+v, %v", receipt, err)
		}
		if _, err := s.dues.BeginShare(s.ctx, "ann", Payer{}); !errors.Is(err, ErrShareHeld) {
			t.Errorf("asked to pay it again: %v", err)
		}
	})
}

func TestTheShareAloneOpensOnePage(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		first, err := s.dues.BeginShare(s.ctx, "ann", Payer{})
		s.must(err)
		again, err := s.dues.BeginShare(s.ctx, "ann", Payer{})
		if err != nil || first != again {
			t.Errorf("%q and %q, %v", first, again, err)
		}
	})
}

// Who pays no dues stays one who pays none, and who pays some is not asked for the share a second time.
func TestTheShareAloneLeavesDuesAsTheyAre(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		_, err := s.dues.Begin(s.ctx, "bob", "", Terms{0, Monthly}, Payer{})
		s.must(err)
		s.work()
		s.payShare("bob")
		if got := s.statement("bob"); got.Terms != (Terms{0, Monthly}) || !got.SharePaid || !got.PaidUntil.IsZero() || got.Credit != 0 || got.Next != nil {
			t.Errorf("%+v", got)
		}
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 79, PaymentFees: 21, ShareCapital: -100})

		s.join("cat", GoCardless, 1000, Monthly)
		if _, err := s.dues.BeginShare(s.ctx, "cat", Payer{}); !errors.Is(err, ErrShareAsked) {
			t.Errorf("the share is on its way with the first dues: %v", err)
		}
	})
}

// A page for dues that was left open says what dues are to be; the share that was paid beside it does not.
func TestTheShareAloneIsNotTakenForDuesOfAnOpenPage(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		url, err := s.dues.Begin(s.ctx, "ann", Stripe, Terms{1000, Monthly}, Payer{})
		s.must(err)
		s.later(1)
		s.payShare("ann")
		if got := s.statement("ann"); got.Begun {
			t.Errorf("the share alone began dues: %+v", got)
		}
		again, err := s.dues.Begin(s.ctx, "ann", Stripe, Terms{1000, Monthly}, Payer{})
		if err != nil || again == url {
			t.Errorf("the share would be asked for again on the page %q, %v", again, err)
		}
		s.later(1)
		s.card.authorise(again[len("https://till.invalid/"):])
		// The payment is told before the page is: it must find the terms all the same.
		s.must(s.dues.Converge(s.ctx, Stripe, Ref{RefPayment, "p2"}))
		s.tell(s.card)
		s.work()
		if got := s.statement("ann"); got.Terms != (Terms{1000, Monthly}) || got.PaidUntil.IsZero() || got.Credit != 0 {
			t.Errorf("%+v", got)
		}
	})
}

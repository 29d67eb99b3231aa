package billing

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"folkmoot/internal/money"
)

func TestFortyDeliveriesOfOneEventPostOnce(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.open("ann", Stripe, 1000, Monthly)
		event := Event{ID: "evt", Kind: "invoice.paid", At: s.clock, About: Ref{RefPayment, "p1"}}
		var all sync.WaitGroup
		kept := make([]int, 40)
		for i := range kept {
			all.Go(func() {
				body, err := json.Marshal([]Event{event})
				if err == nil {
					kept[i], err = s.inbox.Receive(t.Context(), Stripe, http.Header{"Signature": {"good"}}, body)
				}
				if err != nil {
					t.Error(err)
				}
			})
			all.Go(func() { // and forty other looks at the same payment
				if err := s.dues.Converge(t.Context(), Stripe, Ref{RefPayment, "p1"}); err != nil && !errors.Is(err, errMoved) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.work()
		sum := 0
		for _, n := range kept {
			sum += n
		}
		if sum != 1 {
			t.Errorf("kept %d times", sum)
		}
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 1064, PaymentFees: 36, IncomeDues: -1000, ShareCapital: -100})
		entries, err := s.ledger.EntriesOf(t.Context(), "ann")
		if err != nil || len(entries) != 3 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
		if s.done["first_settled"] != 1 || s.done["share_paid"] != 1 {
			t.Errorf("told others %v", s.done)
		}
	})
}

func TestAWebhookThatIsNotTheirsKeepsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		if _, err := s.inbox.Receive(t.Context(), Stripe, http.Header{}, []byte("[]")); !errors.Is(err, ErrSignature) {
			t.Errorf("unsigned: %v", err)
		}
		if _, err := s.inbox.Receive(t.Context(), "paypal", http.Header{}, nil); !errors.Is(err, ErrNoProvider) {
			t.Errorf("unknown provider: %v", err)
		}
		if _, err := s.deliver(Stripe, Event{ID: "a", At: s.clock, About: Ref{RefPayment, "p1"}}, Event{ID: "b", Live: true, At: s.clock, About: Ref{RefPayment, "p1"}}); !errors.Is(err, ErrMode) {
			t.Errorf("live among test: %v", err)
		}
		var rows []inboxRow
		if err := s.db.Read(t.Context()).Find(&rows).Error; err != nil || len(rows) != 0 {
			t.Errorf("kept %+v, %v", rows, err)
		}
	})
}

func TestAYearOldEventToldAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.tell(s.card)
		before := s.balances()
		s.later(365)
		for _, id := range []string{"ev1", "ev2", "ev3", "replayed"} {
			_, err := s.deliver(Stripe, Event{ID: id, Kind: "invoice.payment_failed", At: s.clock.AddDate(-1, 0, 0), About: Ref{RefPayment, "p1"}})
			s.must(err)
		}
		s.work()
		if after := s.balances(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}

func TestAnEventAboutWhatTheProviderDoesNotKnowIsNotedAndLeft(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		_, err := s.deliver(Stripe, Event{ID: "evt", At: s.clock, About: Ref{RefPayment, "gone"}})
		s.must(err)
		s.work()
		var row inboxRow
		if err := s.db.Read(t.Context()).Take(&row).Error; err != nil || row.State != inboxFailed || row.Reason == "" {
			t.Errorf("%+v %v", row, err)
		}
	})
}

func TestAPaymentOfNobodysIsInSuspenseUntilItsOwnerIsKnown(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.card.mu.Lock()
		s.card.paid(s.card.pay(&Payment{Amount: 1000}))
		s.card.mu.Unlock()
		s.tell(s.card)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 965, PaymentFees: 35, Suspense: -1000})
		s.card.mu.Lock()
		s.card.payments["p1"].Member = "ann"
		s.card.tell("payment.updated", Ref{RefPayment, "p1"})
		s.card.mu.Unlock()
		s.tell(s.card)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 965, PaymentFees: 35, IncomeDues: -1000})
	})
}

func TestAnAnswerThatIsLostIsAskedForAgainAndChargedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.bank.lose = 1 // the page is opened, and we do not hear
		if _, err := s.dues.Begin(t.Context(), "bob", GoCardless, Terms{1000, Monthly}, Payer{}); !errors.Is(err, ErrBusy) {
			t.Errorf("got %v", err)
		}
		s.open("bob", GoCardless, 1000, Monthly)
		if n := len(s.bank.flows); n != 1 {
			t.Errorf("%d pages", n)
		}
		s.bank.busy, s.bank.lose = 2, 3
		for range 6 {
			s.work()
		}
		if pays := s.bank.of("bob"); len(pays) != 1 || pays[0].Key != "dues:bob:1:1" {
			t.Errorf("asked for %+v", pays)
		}
	})
}

package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

func (s *story) settle(on string, amount, share money.Pence, sharePaid bool, periods int) []part {
	return s.h.on(day(s.t, on)).settle(amount, share, sharePaid, periods)
}

func period(t testing.TB, n int, begins string) part {
	return part{partPeriod, n, month(t, begins), 1000}
}

func TestAPaymentSettlesTheEarliestOpenPeriod(t *testing.T) {
	fresh := func() *story { return joined(t, 1000) }
	for name, c := range map[string]struct{ got, want []part }{
		"the first, with the share": {fresh().settle("2026-01-15", 1100, 100, false, 1), []part{{kind: partShare, amount: 100}, period(t, 1, "2026-01")}},
		"a share paid twice is credit": {
			fresh().settle("2026-01-15", 1100, 100, true, 1),
			[]part{period(t, 1, "2026-01"), {kind: partCredit, amount: 100}},
		},
		"the earliest open one, not the newest": {
			fresh().then(factSettled, 1, "2026-01-15").settle("2026-03-20", 1000, 0, true, 1),
			[]part{period(t, 2, "2026-02")},
		},
		"not one that is no longer asked for": {fresh().settle("2026-08-01", 1000, 0, true, 1), []part{period(t, 4, "2026-04")}},
		"the one about to begin":              {fresh().then(factSettled, 1, "2026-01-15").settle("2026-02-01", 1000, 0, true, 1), []part{period(t, 2, "2026-02")}},
		"what comes in twice is credit":       {fresh().then(factSettled, 1, "2026-01-15").settle("2026-01-16", 1000, 0, true, 1), []part{{kind: partCredit, amount: 1000}}},
		"after leaving, credit":               {fresh().then(factLeft, 0, "2026-02-01").then(factSettled, 1, "2026-02-01").settle("2026-02-14", 1000, 0, true, 1), []part{{kind: partCredit, amount: 1000}}},
		"before joining, credit":              {(&story{t: t}).settle("2026-02-14", 1000, 0, true, 1), []part{{kind: partCredit, amount: 1000}}},
		"a share alone":                       {fresh().settle("2026-01-15", 100, 100, false, 1), []part{{kind: partShare, amount: 100}}},
	} {
		if diff := cmp.Diff(c.want, c.got, cmp.AllowUnexported(part{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAYearIsTwelvePeriodsFromTheEarliestOpenOn(t *testing.T) {
	s := joined(t, 1000).then(factSettled, 1, "2026-01-15")
	parts := s.settle("2026-03-20", 12000, 0, true, 12)
	if len(parts) != 12 || parts[0].period != 2 || parts[11].period != 13 || parts[11].month.String() != "2027-01" {
		t.Errorf("got %+v", parts)
	}
}

func TestMoneyIsNeitherMadeNorLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := facts(t)
		p := h.on(h.facts[0].on.AddDays(rapid.IntRange(0, 900).Draw(t, "on")))
		amount := money.Pence(rapid.IntRange(1, 20000).Draw(t, "amount"))
		parts := p.settle(amount, money.Pence(rapid.SampledFrom([]int{0, 100}).Draw(t, "share")), rapid.Bool().Draw(t, "paid"), rapid.SampledFrom([]int{1, 12}).Draw(t, "periods"))
		if got := total(parts); got != amount {
			t.Fatalf("%s in, %s shared out: %+v", amount, got, parts)
		}
		seen := map[int]bool{}
		for _, part := range parts {
			if part.amount <= 0 || part.kind == partPeriod && (seen[part.period] || p.closed[part.period]) {
				t.Fatalf("a part that cannot be: %+v of %+v", part, parts)
			}
			seen[part.period] = true
		}
		back := money.Pence(rapid.IntRange(0, int(amount)).Draw(t, "back"))
		if lost := undo(parts, back); total(lost) != back {
			t.Fatalf("%s back, %s taken out of parts", back, total(lost))
		}
	})
}

func total(parts []part) (sum money.Pence) {
	for _, p := range parts {
		sum += p.amount
	}
	return sum
}

func TestARefundTakesCreditFirstThenTheLatestMonthsAndTheShareLast(t *testing.T) {
	jan := calendar.Month{Year: 2026, Month: 1}
	parts := []part{{kind: partShare, amount: 100}, {partPeriod, 1, jan, 1000}, {partPeriod, 2, jan.Add(1), 1000}, {kind: partCredit, amount: 500}}
	want := []part{{kind: partCredit, amount: 500}, {partPeriod, 2, jan.Add(1), 1000}, {partPeriod, 1, jan, 250}}
	if diff := cmp.Diff(want, undo(parts, 1750), cmp.AllowUnexported(part{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestANewMethodStartsAtTheFirstPeriodNeitherPaidNorInFlight(t *testing.T) {
	p := joined(t, 1000).then(factSettled, 1, "2026-01-15").then(factSettled, 2, "2026-02-15").h.on(day(t, "2026-02-20"))
	if n := p.firstFree(nil); n != 3 {
		t.Errorf("starts at %d, want 3", n)
	}
	if n := p.firstFree(map[int]bool{3: true}); n != 4 {
		t.Errorf("with the third in flight it starts at %d, want 4", n)
	}
}

// The payer's bank gives back whatever the payer asks, at any time, and asks it of us: also what we have given back already.
func TestADirectDebitTakenBackAfterItWasPaidBackIsALoss(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.bank.happens(func(p *Payment) { p.Refunded = 500 })
		s.tell(s.bank)
		s.bank.happens(func(p *Payment) { p.State = PaymentReversed })
		s.tell(s.bank)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingGoCardless: -500, CostOther: 500})
		s.bank.happens(func(p *Payment) { p.State = PaymentPaid }) // the bank gave it up again
		s.tell(s.bank)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingGoCardless: 600, ShareCapital: -100, IncomeDues: -500})
	})
}

func TestAPayoutThatCameBackGoesOutAgainAndIsCountedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("ann", Stripe, 1000, Monthly)
		s.card.payOut()
		s.tell(s.card)
		s.card.bounce("po1")
		s.tell(s.card)
		s.wantBooks(map[LedgerAccount]money.Pence{ClearingStripe: 1064, PaymentFees: 36, ShareCapital: -100, IncomeDues: -1000})
		s.card.payOut()
		s.tell(s.card)
		s.wantBooks(map[LedgerAccount]money.Pence{Bank: 1064, PaymentFees: 36, ShareCapital: -100, IncomeDues: -1000})
	})
}

func TestAFeeGivenBackInALaterPayoutIsBooked(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.join("dan", GoCardless, 1000, Monthly)
		s.confirmed("bob")
		s.bank.payOut()
		s.tell(s.bank)
		s.confirmed("dan")
		s.bank.happens(func(p *Payment) { p.State = PaymentReversed })
		s.bank.mu.Lock()
		s.bank.payouts["later"] = &Payout{
			Provider: GoCardless, Ref: "later", Amount: 2200 - 1100 - 31 + 31 - 1100, Arrives: s.today(), State: PayoutPaid,
			Items: []PayoutItem{
				{ItemPayment, "p2", 1100}, {ItemFee, "p2", -31}, {ItemReversal, "p1", -1100}, {ItemFee, "p1", 31},
			},
		}
		s.bank.tell("payout.paid", Ref{RefPayout, "later"})
		s.bank.mu.Unlock()
		s.tell(s.bank)
		s.wantBooks(map[LedgerAccount]money.Pence{Bank: 1069, PaymentFees: 31, ShareCapital: -100, IncomeDues: -1000})
	})
}

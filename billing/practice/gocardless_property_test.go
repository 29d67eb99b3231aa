package practice

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

// Whatever happens, in whatever order: what GoCardless paid us or holds for us is what members paid, less what went back and the fees; and
// the adapter sees each payment as it is.
func TestNoPennyIsMadeOrLost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
		method := b.authorise(gcAlice, AccountWorks)
		want := map[string]billing.PaymentState{}
		for n := range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				c := gcDues(n, method)
				c.Amount = money.Pence(rapid.Int64Range(300, 15000).Draw(r, "amount"))
				want[b.collect(c).Ref] = billing.PaymentPending
			case 1:
				b.until(calendar.On(b.clock.Now()).AddDays(rapid.IntRange(1, 6).Draw(r, "days")).String())
				for ref := range want {
					want[ref] = "" // the clock's doing: read below
				}
			default:
				b.happen(r, want)
			}
		}
		b.balances(r, want)
	})
}

// becomes is what an act makes of a payment.
var becomes = map[Act]billing.PaymentState{
	ActSubmit: billing.PaymentSubmitted, ActConfirm: billing.PaymentPaid, ActFail: billing.PaymentFailed, ActFailRetry: billing.PaymentFailed,
	ActLateFailure: billing.PaymentReversed, ActChargeBack: billing.PaymentReversed, ActChargeBackUndo: billing.PaymentPaid,
	ActTryAgain: billing.PaymentPending, ActRefundElsewhere: billing.PaymentPaid,
}

// happen has one of the things that can happen now happen; the mandate stays.
func (b *bank) happen(r *rapid.T, want map[string]billing.PaymentState) {
	things, err := b.house.Acts(b.ctx)
	b.ok(err)
	for _, i := range rapid.Permutation(indices(len(things))).Draw(r, "things") {
		thing := things[i]
		if thing.Kind == "mandate" || len(thing.Acts) == 0 {
			continue
		}
		act := rapid.SampledFrom(thing.Acts).Draw(r, "act")
		b.do(thing.ID, act)
		if thing.Kind == "payment" {
			want[thing.ID] = becomes[act]
		}
		return
	}
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func (b *bank) balances(r *rapid.T, want map[string]billing.PaymentState) {
	tenths := map[string]int64{} // by payment, from what waits and what was paid out
	payouts := map[string]bool{}
	b.ok(b.house.books.read(b.ctx, billing.GoCardless, func(books *book) error {
		if err := books.each(gcPayouts, "", func(body json.RawMessage) error {
			var out gcPayout
			err := json.Unmarshal(body, &out)
			payouts[out.ID] = true
			return err
		}); err != nil {
			return err
		}
		return books.each(gcItems, "", func(body json.RawMessage) error {
			var i gcItem
			err := json.Unmarshal(body, &i)
			tenths[i.Links.Payment] += i.Tenths
			return err
		})
	}))
	for ref, state := range want {
		p := b.payment(ref)
		if state != "" && p.State != state {
			r.Errorf("payment %s is %s, want %s", ref, p.State, state)
		}
		held := -10 * int64(p.Refunded)
		if p.State == billing.PaymentPaid {
			held += 10*int64(p.Amount) - gcFee(int64(p.Amount))
		}
		if tenths[ref] != held {
			r.Errorf("payment %s is %s of %s, %s given back: held are %s pence, want %s", ref, p.State, p.Amount, p.Refunded, inPence(tenths[ref]), inPence(held))
		}
	}
	for ref := range payouts {
		out, err := b.Payout(b.ctx, ref)
		b.ok(err)
		sum := money.Pence(0)
		for _, i := range out.Items {
			sum += i.Amount
			if i.Kind == billing.ItemOther || i.Payment == "" {
				r.Errorf("payout %s holds %s of kind %s about %q", ref, i.Amount, i.Kind, i.Payment)
			}
		}
		if sum != out.Amount || out.Amount <= 0 {
			r.Errorf("payout %s is %s, its items %s", ref, out.Amount, sum)
		}
	}
}

package gocardless

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

func TestAPaymentInBillingsWords(t *testing.T) {
	paidThenFailed := history("failed no", "paid_out", "confirmed", "submitted", "created")
	for _, c := range []struct {
		name, status, payout string
		history              []Event
		want                 billing.PaymentState
		reason, next         string
	}{
		{name: "asked for", status: "pending_submission", want: billing.PaymentPending},
		{name: "two must sign", status: "pending_customer_approval", want: billing.PaymentPending},
		{name: "one did not sign", status: "customer_approval_denied", want: billing.PaymentFailed, reason: "customer_approval_denied"},
		{name: "on its way", status: "submitted", want: billing.PaymentSubmitted},
		{name: "confirmed", status: "confirmed", want: billing.PaymentPaid},
		{name: "paid out", status: "paid_out", payout: "PO1", want: billing.PaymentPaid},
		{name: "cancelled", status: "cancelled", want: billing.PaymentCancelled},
		{name: "failed", status: "failed", history: history("failed no", "submitted", "created"), want: billing.PaymentFailed, reason: "refer_to_payer"},
		{
			name: "failed, tried again over Easter", status: "failed", history: history("failed yes", "submitted", "created"), want: billing.PaymentFailed,
			reason: "refer_to_payer", next: "2026-04-08",
		},
		{name: "failed late", status: "failed", payout: "PO1", history: paidThenFailed, want: billing.PaymentReversed, reason: "refer_to_payer"},
		{
			name: "failed late and settled", status: "failed", payout: "PO1",
			history: append(history("late_failure_settled"), paidThenFailed...), want: billing.PaymentReversed, reason: "refer_to_payer",
		},
		{
			name: "failed late, tried again, failed", status: "failed",
			history: append(history("failed no", "submitted", "resubmission_requested"), paidThenFailed...), want: billing.PaymentFailed,
			reason: "refer_to_payer",
		},
		{name: "failed, its events gone", status: "failed", payout: "PO1", want: billing.PaymentReversed},
		{
			name: "charged back", status: "charged_back", payout: "PO1", history: history("charged_back no", "paid_out", "confirmed"),
			want: billing.PaymentReversed, reason: "refer_to_payer",
		},
		{name: "charge-back given up", status: "paid_out", payout: "PO1", want: billing.PaymentPaid},
	} {
		found := &Payment{Id: "PM1", Amount: 1100, Currency: "GBP", Status: c.status, ChargeDate: "2026-04-01"}
		found.Metadata = map[string]string{"member": "m1", "key": "dues:m1:1:1", "share": "100"}
		found.Links.Payout = c.payout
		got, err := provider(t, Config{}).payment(found, c.history)
		check(t, c.name, err)
		next := ""
		if !got.NextTry.IsZero() {
			next = got.NextTry.String()
		}
		if got.State != c.want || got.Reason != c.reason || next != c.next || got.Share != 100 || got.Member != "m1" || got.Fee != nil {
			t.Errorf("%s: got %+v", c.name, got)
		}
		if paid := got.State == billing.PaymentPaid || got.State == billing.PaymentReversed; paid == got.PaidAt.IsZero() {
			t.Errorf("%s: paid at %s", c.name, got.PaidAt)
		}
	}
	if _, err := provider(t, Config{}).payment(&Payment{Id: "PM1", Currency: "GBP", Status: "teleported"}, nil); err == nil {
		t.Error("a status that we do not know was taken for one that we do")
	}
	if _, err := provider(t, Config{}).payment(&Payment{Id: "PM1", Currency: "EUR", Status: "confirmed"}, nil); err == nil {
		t.Error("euros were taken for pounds")
	}
}

// history is events as GoCardless lists them, newest first; a word after an action says whether it will be tried again.
func history(actions ...string) []Event {
	all := make([]Event, len(actions))
	for i, a := range actions {
		e := Event{Action: a, CreatedAt: "2026-04-01T10:00:00.000Z"}
		for suffix, retry := range map[string]bool{" yes": true, " no": false} {
			if n := len(a) - len(suffix); n > 0 && a[n:] == suffix {
				e.Action, e.Details.WillAttemptRetry, e.Details.Cause = a[:n], retry, "refer_to_payer"
			}
		}
		all[i] = e
	}
	return all
}

func TestTheNextTryIsTheDayThatIsNamed(t *testing.T) {
	failed := calendar.Date{Year: 2026, Month: time.April, Day: 2}
	if got := nextTry(failed.AddDays(12), failed).String(); got != "2026-04-14" {
		t.Errorf("got %s", got)
	}
}

func TestItemsOfAPayoutSumToItInWholePence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []PayoutItem
		var exact int64
		var payments money.Pence
		for range rapid.IntRange(0, 60).Draw(t, "payments") {
			amount := rapid.Int64Range(100, 20000).Draw(t, "amount")
			fee := rapid.Int64Range(1, 2000).Draw(t, "fee in tenths")
			items = append(items, item("payment_paid_out", amount*10), item("gocardless_fee", -fee))
			exact += amount*10 - fee
			payments += money.Pence(amount)
		}
		total := rounded(exact)
		all, err := wholePence(items, total)
		if err != nil {
			t.Fatal(err)
		}
		var sum, collected money.Pence
		for _, i := range all {
			sum += i.Amount
			switch i.Kind {
			case billing.ItemPayment:
				collected += i.Amount
			case billing.ItemFee:
			default:
				t.Fatalf("something that was not in it: %+v", i)
			}
		}
		if sum != total || collected != payments {
			t.Fatalf("got %s of which payments %s; want %s of which %s", sum, collected, total, payments)
		}
	})
}

func TestTenthsAreRoundedToTheNearestPenny(t *testing.T) {
	for tenths, want := range map[int64]money.Pence{-16: -2, -15: -1, -14: -1, -6: -1, -5: 0, -4: 0, 0: 0, 4: 0, 5: 1, 14: 1, 15: 2, 9795: 980} {
		if got := rounded(tenths); got != want {
			t.Errorf("%d tenths: got %d, want %d", tenths, got, want)
		}
	}
}

func TestWhatAPayoutHoldsBesidesItsItemsIsNamed(t *testing.T) {
	all, err := wholePence([]PayoutItem{item("payment_paid_out", 10000), item("gocardless_fee", -250)}, 955)
	check(t, "whole", err)
	if last := all[len(all)-1]; last.Kind != billing.ItemOther || last.Amount != -20 {
		t.Errorf("got %+v", all)
	}
	for _, amount := range []string{"", ".5", "1.25", "1,5", "x", "--1.0", "1.-"} {
		if n, err := inTenths(amount); err == nil {
			t.Errorf("%q is %d", amount, n)
		}
	}
}

func item(kind string, tenths int64) PayoutItem {
	sign := ""
	if tenths < 0 {
		sign, tenths = "-", -tenths
	}
	return PayoutItem{Type: kind, Amount: sign + digits(money.Pence(tenths/10)) + "." + string(rune('0'+tenths%10))}
}

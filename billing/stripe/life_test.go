package stripe_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

func joining() billing.Setup {
	return billing.Setup{
		Key: "begin:alice:1", Member: "member-alice", Email: "alice@example.org", Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly},
		Done: "http://localhost:8080/join/done", Quit: "http://localhost:8080/join",
	}
}

func (d *desk) payment(ref string) billing.Payment {
	d.Helper()
	p, err := d.account().Payment(d.Context(), ref)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *desk) method(ref string) billing.Method {
	d.Helper()
	m, err := d.account().Method(d.Context(), ref)
	if err != nil {
		d.Fatal(err)
	}
	return m
}

func (d *desk) tick() {
	d.Helper()
	if err := d.house.Tick(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func each(t *testing.T, f func(d *desk)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { f(newDesk(t, db)) })
}

func TestWhoSwitchesToACardPaysFromTheFirstOpenPeriodOn(t *testing.T) {
	each(t, func(d *desk) {
		setup := joining()
		setup.First = calendar.Date{Year: 2026, Month: time.December, Day: 24}
		flow := d.pay(d.Context(), setup)
		if flow.Payment != "" || flow.Method == "" {
			d.Fatalf("a page that waits is %+v", flow)
		}
		if m := d.method(flow.Method); m.State != billing.MethodActive || m.PaidTo != setup.First {
			d.Errorf("until then the subscription is %+v", m)
		}
		d.clock.Pass(30 * 24 * time.Hour)
		d.tick()
		if got := d.newest(d.Context(), "invoice"); got.Amount != 0 {
			d.Errorf("on 23 December it asked for %s", got.Amount)
		}
		d.clock.Pass(24 * time.Hour)
		d.tick()
		p := d.payment(d.newest(d.Context(), "invoice").ID)
		want := [2]calendar.Date{setup.First, {Year: 2027, Month: time.January, Day: 24}}
		if p.State != billing.PaymentPaid || p.Amount != 1000 || p.Covers != want {
			d.Errorf("on 24 December came %+v", p)
		}
	})
}

func TestASubscriptionOfThe31stChargesOnEachMonthsLastDay(t *testing.T) {
	each(t, func(d *desk) {
		setup := joining()
		setup.First = calendar.Date{Year: 2027, Month: time.January, Day: 31}
		flow := d.pay(d.Context(), setup)
		for _, want := range []string{"2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"} {
			d.later()
			d.do(d.Context(), flow.Method, practice.ActNextInvoice)
			if got := d.payment(d.newest(d.Context(), "invoice").ID).Covers[1].String(); got != want {
				d.Errorf("a period ends on %s, not %s", got, want)
			}
		}
	})
}

func TestTheShareCanBePaidAlone(t *testing.T) {
	each(t, func(d *desk) {
		setup := joining()
		setup.Terms.Amount, setup.Share = 0, 100
		flow := d.pay(d.Context(), setup)
		p := d.payment(flow.Payment)
		if flow.Method != "" || p.State != billing.PaymentPaid || p.Amount != 100 || p.Share != 100 || p.Member != "member-alice" || !p.Covers[0].IsZero() {
			d.Errorf("page %+v, payment %+v", flow, p)
		}
	})
}

func TestAYearCostsTwelveMonthsAndAChangeOfIntervalWaits(t *testing.T) {
	each(t, func(d *desk) {
		flow := d.pay(d.Context(), joining())
		before := d.method(flow.Method)
		if err := d.account().Change(d.Context(), flow.Method, billing.Terms{Amount: 1000, Interval: billing.Annual}, "change:1"); err != nil {
			d.Fatal(err)
		}
		if after := d.method(flow.Method); after.PaidTo != before.PaidTo || after.State != billing.MethodActive {
			d.Errorf("the change made %+v of %+v", after, before)
		}
		if got := d.newest(d.Context(), "invoice").ID; got != flow.Payment {
			d.Errorf("the change charged at once")
		}
		d.clock.Pass(31 * 24 * time.Hour)
		d.tick()
		p := d.payment(d.newest(d.Context(), "invoice").ID)
		if p.Amount != 12000 || p.Covers != [2]calendar.Date{before.PaidTo, {Year: 2027, Month: time.December, Day: 23}} {
			d.Errorf("the year is %+v", p)
		}
	})
}

func TestACardThatIsDeclinedIsTriedFourTimesAndMayRecover(t *testing.T) {
	each(t, func(d *desk) {
		flow, err := d.account().Begin(d.Context(), joining())
		if err != nil {
			d.Fatal(err)
		}
		if _, err := d.house.PayCheckout(d.Context(), flow.ID, practice.CardDeclined); !errors.Is(err, practice.ErrDeclined) {
			d.Errorf("a declined card: %v", err)
		}
		if _, err := d.house.PayCheckout(d.Context(), flow.ID, practice.CardFails); err != nil {
			d.Fatal(err)
		}
		flow, err = d.account().Flow(d.Context(), flow.ID)
		if err != nil {
			d.Fatal(err)
		}
		d.clock.Pass(31 * 24 * time.Hour)
		d.tick()
		second := d.newest(d.Context(), "invoice").ID
		for n := range 4 {
			p := d.payment(second)
			if p.State != billing.PaymentFailed || p.Reason != "insufficient_funds" || p.NextTry.IsZero() != (n == 3) {
				d.Errorf("after attempt %d it is %+v", n+1, p)
			}
			d.clock.Pass(73 * time.Hour)
			d.tick()
		}
		if m := d.method(flow.Method); m.State != billing.MethodFailing || m.PaidTo != (calendar.Date{Year: 2026, Month: time.December, Day: 23}) {
			d.Errorf("the subscription is %+v", m)
		}
		d.do(d.Context(), second, practice.ActTryAgain)
		if p, m := d.payment(second), d.method(flow.Method); p.State != billing.PaymentPaid || m.State != billing.MethodActive {
			d.Errorf("after it worked: %+v, %+v", p, m)
		}
	})
}

func TestABankThatWantsApprovalIsToldWhere(t *testing.T) {
	each(t, func(d *desk) {
		flow := d.pay(d.Context(), joining())
		d.later()
		d.do(d.Context(), flow.Method, practice.ActNextApproval)
		ref := d.newest(d.Context(), "invoice").ID
		if p := d.payment(ref); p.State != billing.PaymentAction || !strings.HasPrefix(p.Action, "http") {
			d.Errorf("it is %+v", p)
		}
		d.do(d.Context(), ref, practice.ActApprove)
		if p := d.payment(ref); p.State != billing.PaymentPaid || p.Action != "" {
			d.Errorf("after approval it is %+v", p)
		}
	})
}

func TestADisputeHoldsMoneyBackAndAWonOneGivesItBack(t *testing.T) {
	each(t, func(d *desk) {
		flow := d.pay(d.Context(), joining())
		d.do(d.Context(), flow.Payment, practice.ActDispute)
		if p := d.payment(flow.Payment); p.State != billing.PaymentPaid || !p.Disputed {
			d.Errorf("while it is disputed it is %+v", p)
		}
		_, err := d.account().Refund(d.Context(), billing.RefundOrder{Key: "refund:1", Payment: flow.Payment, Amount: 1000, Total: 1000})
		if !errors.Is(err, billing.ErrRefused) { // it would be paid back twice
			d.Errorf("a refund of what is disputed: %v", err)
		}
		if err := d.house.Do(d.Context(), billing.Stripe, flow.Payment, practice.ActRefundElsewhere); !errors.Is(err, practice.ErrNotNow) {
			d.Errorf("the same by hand: %v", err)
		}
		d.do(d.Context(), d.newest(d.Context(), "dispute").ID, practice.ActWinDispute)
		if p := d.payment(flow.Payment); p.State != billing.PaymentPaid || p.Disputed {
			d.Errorf("once it is won it is %+v", p)
		}
		second := joining()
		second.Key, second.Terms.Amount = "begin:alice:2", 5000
		d.pay(d.Context(), second)
		d.do(d.Context(), d.newest(d.Context(), "balance").ID, practice.ActPayOut)
		out, err := d.account().Payout(d.Context(), d.newest(d.Context(), "payout").ID)
		if err != nil {
			d.Fatal(err)
		}
		sums := map[billing.ItemKind]money.Pence{}
		for _, item := range out.Items {
			sums[item.Kind] += item.Amount
		}
		if sums[billing.ItemReversal] != -1000 || sums[billing.ItemRestored] != 1000 || sums[billing.ItemPayment] != 6000 || sums[billing.ItemFee] != -2000-35-95 {
			d.Errorf("the payout holds %v", sums)
		}
	})
}

func TestARefundThatFailsComesBack(t *testing.T) {
	each(t, func(d *desk) {
		flow := d.pay(d.Context(), joining())
		refund, err := d.account().Refund(d.Context(), billing.RefundOrder{Key: "refund:1", Payment: flow.Payment, Amount: 400, Total: 400})
		if err != nil {
			d.Fatal(err)
		}
		d.do(d.Context(), refund.Ref, practice.ActFail)
		if p := d.payment(flow.Payment); p.Refunded != 0 {
			d.Errorf("it is %+v", p)
		}
	})
}

func TestAPayoutThatFailsIsPaidWithTheNext(t *testing.T) {
	each(t, func(d *desk) {
		d.pay(d.Context(), joining())
		d.do(d.Context(), d.newest(d.Context(), "balance").ID, practice.ActPayOut)
		first := d.newest(d.Context(), "payout").ID
		d.do(d.Context(), first, practice.ActFail)
		lost, err := d.account().Payout(d.Context(), first)
		if err != nil || lost.State != billing.PayoutFailed || lost.Amount != 965 {
			d.Errorf("the first is %+v, %v", lost, err)
		}
		d.later()
		d.do(d.Context(), d.newest(d.Context(), "balance").ID, practice.ActPayOut)
		again, err := d.account().Payout(d.Context(), d.newest(d.Context(), "payout").ID)
		if err != nil || again.State != billing.PayoutPaid || again.Amount != 965 || again.Ref == first {
			d.Errorf("the second is %+v, %v", again, err)
		}
		if want := []billing.PayoutItem{{Kind: billing.ItemReturned, Amount: 965}}; !slices.Equal(again.Items, want) {
			d.Errorf("the second holds %+v", again.Items)
		}
	})
}

func TestAPageThatNobodyUsesExpires(t *testing.T) {
	each(t, func(d *desk) {
		flow, err := d.account().Begin(d.Context(), joining())
		if err != nil {
			d.Fatal(err)
		}
		d.clock.Pass(25 * time.Hour)
		if _, err := d.house.PayCheckout(d.Context(), flow.ID, practice.CardWorks); !errors.Is(err, practice.ErrNotNow) {
			d.Errorf("paid a day late: %v", err)
		}
		d.tick()
		if flow, err = d.account().Flow(d.Context(), flow.ID); err != nil || flow.State != billing.FlowExpired || flow.URL != "" {
			d.Errorf("it is %+v, %v", flow, err)
		}
	})
}

func TestTheLookAlikeRemembersOverARestart(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		first := newDesk(t, db)
		flow := first.pay(t.Context(), joining())
		told := first.webhooks(t.Context())
		again := newDesk(t, db)
		if p := again.payment(flow.Payment); p.State != billing.PaymentPaid {
			t.Errorf("it forgot the payment: %+v", p)
		}
		if _, err := again.account().Open(told[0].Header, told[0].Body, november); err != nil {
			t.Errorf("it has another secret now: %v", err)
		}
		if left := again.webhooks(t.Context()); len(left) != 0 {
			t.Errorf("it tells %d events again", len(left))
		}
	})
}

func TestAWebhookThatIsNotTakenIsToldAgain(t *testing.T) {
	each(t, func(d *desk) {
		d.pay(d.Context(), joining())
		untold, err := d.house.Untold(d.Context())
		if err != nil || len(untold) == 0 {
			d.Fatal(untold, err)
		}
		d.deaf = true
		if err := d.house.Send(d.Context(), untold[0]); err == nil {
			d.Error("nobody took it and nobody says so")
		}
		d.deaf = false
		if got := len(d.webhooks(d.Context())); got != len(untold) {
			d.Errorf("%d were told, of %d", got, len(untold))
		}
	})
}

// What the adapter does not send, the look-alike has not learnt to take: it would not be like Stripe's.
func TestTheLookAlikeRefusesWhatItDoesNotKnow(t *testing.T) {
	each(t, func(d *desk) {
		ask := func(method, path, key, idempotency string, form url.Values) int {
			r, err := http.NewRequestWithContext(d.Context(), method, "http://practice.stripe.invalid/v1/"+path, strings.NewReader(form.Encode()))
			if err != nil {
				d.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+key)
			r.Header.Set("Stripe-Version", "2023-10-16")
			if idempotency != "" {
				r.Header.Set("Idempotency-Key", idempotency)
			}
			answer, err := practice.Transport(d.house.Stripe()).RoundTrip(r)
			if err != nil {
				d.Fatal(err)
			}
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		charge := url.Values{"charge": {"ch_unknown"}}
		flow := d.pay(d.Context(), joining())
		for what, c := range map[string]struct{ got, want int }{
			"no such address":      {ask("GET", "coupons", practiceKey, "", nil), 404},
			"no such object":       {ask("GET", "invoices/in_unknown", practiceKey, "", nil), 404},
			"an unknown parameter": {ask("POST", "refunds", practiceKey, "", url.Values{"charge": {"ch_1"}, "colour": {"red"}}), 400},
			"no such charge":       {ask("POST", "refunds", practiceKey, "", charge), 404},
			"a live key":           {ask("GET", "invoices/"+flow.Payment, "sk_live_1", "", nil), 401},
			"no page":              {ask("POST", "checkout/sessions", practiceKey, "", url.Values{"mode": {"subscription"}}), 400},
			"what is not expanded": {ask("GET", "invoices/"+flow.Payment+"?expand[]=colour", practiceKey, "", nil), 400},
			"what is":              {ask("GET", "invoices/"+flow.Payment+"?expand[]=charge", practiceKey, "", nil), 200},
		} {
			if c.got != c.want {
				d.Errorf("%s: %d, not %d", what, c.got, c.want)
			}
		}
		setup := joining()
		setup.Key, setup.Terms.Amount = "begin:alice:1", 2000
		if _, err := d.account().Begin(d.Context(), setup); !errors.Is(err, billing.ErrRefused) {
			d.Errorf("a key was used again for something else: %v", err)
		}
	})
}

func TestTheBillingPortalIsTheCustomers(t *testing.T) {
	each(t, func(d *desk) {
		flow := d.pay(d.Context(), joining())
		at, err := d.account().Portal(d.Context(), flow.Customer, "http://localhost:8080/membership")
		if err != nil || !strings.HasPrefix(at, "http") {
			d.Errorf("got %q, %v", at, err)
		}
		if _, err := d.account().Portal(d.Context(), "cus_unknown", "http://localhost:8080/membership"); !errors.Is(err, billing.ErrNotFound) {
			d.Errorf("a stranger's: %v", err)
		}
	})
}

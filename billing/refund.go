package billing

import (
	"errors"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// refundOrderState is how far a refund that was ordered has come.
type refundOrderState string

const (
	refundOrdered   refundOrderState = "ordered"
	refundSent      refundOrderState = "sent"
	refundCancelled refundOrderState = "cancelled" // the payment was stopped before it was taken
	refundRefused   refundOrderState = "refused"   // by the provider, with its reason
)

const (
	// RightDays is how long members may have a payment back without giving a reason.
	RightDays = 14
	// safetyDays is how long after its payout a Direct Debit is not refunded: its payer's bank could take it back as well.
	safetyDays = 7
)

// ErrPaidTwice warns who refunds a Direct Debit: the payer's bank may give it back too, at any time, and asks it from us then.
var ErrPaidTwice = errors.New("an indemnity claim may follow a refund of a Direct Debit: the society would pay twice")

// refundable says how much of a payment can go back now. payoutOn is the day its payout came to the bank; zero: not yet.
func (r paymentRow) refundable(on, payoutOn calendar.Date) (money.Pence, error) {
	left := r.Amount - r.Refunded
	switch {
	case r.Provider == GoCardless && r.State == PaymentPending:
		return left, nil // it is cancelled
	case r.State != PaymentPaid, left <= 0, r.Disputed:
		return 0, ErrAmount
	case r.Provider == GoCardless && (payoutOn.IsZero() || on.Before(payoutOn.AddDays(safetyDays))):
		return 0, ErrNoRefund
	default:
		return left, nil
	}
}

// Refundable is what the treasurer can give back of a payment now.
type Refundable struct {
	Most     money.Pence   // 0: nothing
	Whole    bool          // it was not taken yet: it is stopped, all of it or nothing
	Early    bool          // not yet
	From     calendar.Date // but from that day on; zero while nobody knows
	UnderWay bool          // some of it is on its way back
	Warn     error         // ErrPaidTwice
}

// giveable is what can go back of a payment on a day, by the treasurer.
func (r paymentRow) giveable(on, payoutOn calendar.Date, underWay bool) Refundable {
	if r.Provider == ByBank { // that is paid back at the bank
		return Refundable{}
	}
	most, err := r.refundable(on, payoutOn)
	f := Refundable{Most: most, Whole: r.State == PaymentPending, Early: errors.Is(err, ErrNoRefund), UnderWay: underWay}
	if f.Early && !payoutOn.IsZero() {
		f.From = payoutOn.AddDays(safetyDays)
	}
	if underWay {
		f.Most = 0
	}
	if r.Provider == GoCardless && !f.Whole {
		f.Warn = ErrPaidTwice
	}
	return f
}

// byRight reports whether the member may have a payment back without asking anybody: until the fourteenth day after it was paid is over.
func (r paymentRow) byRight(now time.Time) bool {
	return r.PaidAt == nil || !calendar.On(now).After(calendar.On(*r.PaidAt).AddDays(RightDays))
}

package gocardless

import (
	"context"
	"fmt"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
)

// safetyDays is how long after a payout GoCardless asks to wait before a refund: until then the payer's bank may still take the money
// back by itself, and they would be paid twice.
const safetyDays = 7

// refundStates are billing's words for a refund's status.
var refundStates = map[string]billing.RefundState{
	"created":            billing.RefundPending,
	"pending_submission": billing.RefundPending,
	"submitted":          billing.RefundPending,
	"paid":               billing.RefundPaid,
	"cancelled":          billing.RefundFailed,
	"bounced":            billing.RefundFailed,
	"funds_returned":     billing.RefundFailed,
}

// Refund gives money back once for a key, and only when it has been paid out for a week.
func (p *Provider) Refund(ctx context.Context, r billing.RefundOrder) (billing.Refund, error) {
	// Looked for before the rules are asked: it may have been made under this key when they allowed it, and the answer been lost.
	made, err := p.refundFor(ctx, r)
	if err == nil && made == nil {
		if err = p.refundable(ctx, r.Payment); err == nil {
			made, err = p.api.Refunds.Create(ctx, RefundCreateParams{
				Amount: int(r.Amount), Links: RefundCreateParamsLinks{r.Payment}, Metadata: map[string]string{keyKey: r.Key},
				TotalAmountConfirmation: int(r.Total),
			}, r.Key)
		}
	}
	if refused(err, "refund_payment_invalid_state") {
		err = billing.ErrNoRefund
	}
	if err != nil {
		return billing.Refund{}, fmt.Errorf("refund %s: %w", r.Key, err)
	}
	state, ok := refundStates[made.Status]
	if !ok {
		return billing.Refund{}, fmt.Errorf("refund %s is %q, which we do not know", made.Id, made.Status)
	}
	return billing.Refund{Ref: made.Id, Payment: r.Payment, Amount: pence(made.Amount), State: state, Made: moment(made.CreatedAt)}, nil
}

// mostRefunds is more than GoCardless allows of one payment.
const mostRefunds = 50

func (p *Provider) refundFor(ctx context.Context, r billing.RefundOrder) (*Refund, error) {
	if _, err := identity("payments", r.Payment); err != nil {
		return nil, err
	}
	page, err := p.api.Refunds.List(ctx, RefundListParams{Limit: mostRefunds, Payment: r.Payment})
	if err != nil {
		return nil, err
	}
	for i := range page.Refunds {
		if page.Refunds[i].Metadata[keyKey] == r.Key {
			return &page.Refunds[i], nil
		}
	}
	return nil, nil //nolint:nilnil // none, and that is no error
}

func (p *Provider) refundable(ctx context.Context, ref string) error {
	payment, err := p.api.Payments.Get(ctx, ref)
	if err != nil {
		return err
	}
	switch payment.Status {
	case "paid_out":
	case "pending_customer_approval", "pending_submission", "submitted", "confirmed":
		return fmt.Errorf("%w: it is %s", billing.ErrNoRefund, payment.Status)
	default:
		return fmt.Errorf("%w: the payment is %s", billing.ErrRefused, payment.Status)
	}
	payout, err := p.api.Payouts.Get(ctx, payment.Links.Payout)
	if err != nil {
		return err
	}
	arrived := day(payout.ArrivalDate)
	if arrived.IsZero() || calendar.On(p.now()).Before(arrived.AddDays(safetyDays)) {
		return fmt.Errorf("%w: paid out on %s", billing.ErrNoRefund, arrived)
	}
	return nil
}

package stripe

import (
	"context"

	api "github.com/stripe/stripe-go/v76"

	"folkmoot/billing"
	"folkmoot/internal/money"
)

// Payout reads what Stripe paid to the bank, and what it was made of. A fee with a payment is what its card cost and is told in that
// Payment, too; a fee without one is the account's own, a dispute's for instance.
func (a *Account) Payout(ctx context.Context, ref string) (billing.Payout, error) {
	p, err := a.api.Payouts.Get(ref, &api.PayoutParams{Params: params(ctx, "")})
	if err != nil {
		return billing.Payout{}, told(ctx, "read payout "+ref, err)
	}
	if err := a.sameMode(p.Livemode); err != nil {
		return billing.Payout{}, err
	}
	out := billing.Payout{
		Provider: billing.Stripe, Ref: p.ID, Amount: money.Pence(p.Amount), Arrives: day(p.ArrivalDate), State: payoutState(p.Status), Words: p.StatementDescriptor,
	}
	if p.Automatic { // of a payout made by hand Stripe does not know what was in it
		if out.Items, err = a.items(ctx, ref); err != nil {
			return billing.Payout{}, err
		}
	}
	left := out.Amount
	for _, item := range out.Items {
		left -= item.Amount
	}
	if left != 0 {
		out.Items = append(out.Items, billing.PayoutItem{Kind: billing.ItemOther, Amount: left})
	}
	return out, nil
}

func payoutState(s api.PayoutStatus) billing.PayoutState {
	switch s {
	case api.PayoutStatusPaid:
		return billing.PayoutPaid
	case api.PayoutStatusFailed, api.PayoutStatusCanceled:
		return billing.PayoutFailed
	default:
		return billing.PayoutPending
	}
}

func (a *Account) items(ctx context.Context, payout string) ([]billing.PayoutItem, error) {
	p := &api.BalanceTransactionListParams{Payout: &payout}
	p.Context, p.Limit = ctx, new(int64(page))
	p.AddExpand("data.source")
	var items []billing.PayoutItem
	charges := map[string]string{} // to their invoices: a refund's charge is often in the same payout
	all := a.api.BalanceTransactions.List(p)
	for all.Next() {
		t := all.BalanceTransaction()
		if t.Type == api.BalanceTransactionTypePayout {
			continue // its own line
		}
		kind := itemKind(t)
		payment, err := a.paymentOf(ctx, t.Source, charges)
		if err != nil {
			return nil, err
		}
		if t.Amount != 0 {
			items = append(items, billing.PayoutItem{Kind: kind, Payment: payment, Amount: money.Pence(t.Amount)})
		}
		if t.Fee != 0 {
			if kind != billing.ItemPayment {
				payment = ""
			}
			items = append(items, billing.PayoutItem{Kind: billing.ItemFee, Payment: payment, Amount: money.Pence(-t.Fee)})
		}
	}
	return items, told(ctx, "list payout "+payout, all.Err())
}

func itemKind(t *api.BalanceTransaction) billing.ItemKind {
	switch t.Type {
	case api.BalanceTransactionTypeCharge, api.BalanceTransactionTypePayment:
		return billing.ItemPayment
	case api.BalanceTransactionTypeRefund, api.BalanceTransactionTypePaymentRefund,
		api.BalanceTransactionTypeRefundFailure, api.BalanceTransactionTypePaymentFailureRefund:
		return billing.ItemRefund
	case api.BalanceTransactionTypeStripeFee, api.BalanceTransactionTypeStripeFxFee, api.BalanceTransactionTypeTaxFee:
		return billing.ItemFee
	case api.BalanceTransactionTypePayoutFailure, api.BalanceTransactionTypePayoutCancel:
		return billing.ItemReturned
	case api.BalanceTransactionTypeAdjustment:
		switch {
		case t.Source == nil || t.Source.Dispute == nil:
			return billing.ItemOther
		case t.Amount < 0:
			return billing.ItemReversal
		default:
			return billing.ItemRestored
		}
	default:
		return billing.ItemOther
	}
}

// paymentOf is the invoice that a movement of money is about. A charge that somebody made by hand has none.
func (a *Account) paymentOf(ctx context.Context, source *api.BalanceTransactionSource, charges map[string]string) (string, error) {
	if source == nil {
		return "", nil
	}
	var charge *api.Charge
	switch {
	case source.Charge != nil:
		charge = source.Charge
	case source.Refund != nil:
		charge = source.Refund.Charge
	case source.Dispute != nil:
		charge = source.Dispute.Charge
	}
	if charge == nil {
		return "", nil
	}
	invoice, known := charges[charge.ID]
	if known {
		return invoice, nil
	}
	if source.Charge == nil { // only its id was told
		var err error
		if charge, err = a.api.Charges.Get(charge.ID, &api.ChargeParams{Params: params(ctx, "")}); err != nil {
			return "", told(ctx, "read a charge of a payout", err)
		}
	}
	if charge.Invoice != nil {
		invoice = charge.Invoice.ID
	}
	charges[charge.ID] = invoice
	return invoice, nil
}

package stripe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Payment reads an invoice. ref may also name a charge, as disputes and refunds do: then it is the charge's invoice.
func (a *Account) Payment(ctx context.Context, ref string) (billing.Payment, error) {
	ref, err := a.invoiceOf(ctx, ref)
	if err != nil {
		return billing.Payment{}, err
	}
	p := &api.InvoiceParams{Params: params(ctx, "")}
	for _, part := range []string{"charge.balance_transaction", "payment_intent", "lines.data.price.product"} {
		p.AddExpand(part)
	}
	invoice, err := a.api.Invoices.Get(ref, p)
	if err != nil {
		return billing.Payment{}, told(ctx, "read invoice "+ref, err)
	}
	if err := a.sameMode(invoice.Livemode); err != nil {
		return billing.Payment{}, err
	}
	payment := paymentFrom(invoice)
	if invoice.Charge == nil || !invoice.Charge.Disputed {
		return payment, nil
	}
	return a.disputed(ctx, payment, invoice.Charge.ID)
}

// invoiceOf is the invoice that a charge paid. What is no charge is taken for an invoice.
func (a *Account) invoiceOf(ctx context.Context, ref string) (string, error) {
	if !strings.HasPrefix(ref, "ch_") && !strings.HasPrefix(ref, "py_") {
		return ref, nil
	}
	charge, err := a.api.Charges.Get(ref, &api.ChargeParams{Params: params(ctx, "")})
	if err != nil {
		return "", told(ctx, "read charge "+ref, err)
	}
	if charge.Invoice == nil {
		return "", fmt.Errorf("charge %s is for no invoice: %w", ref, billing.ErrNotFound)
	}
	return charge.Invoice.ID, nil
}

func paymentFrom(i *api.Invoice) billing.Payment {
	p := billing.Payment{
		Provider: billing.Stripe, Ref: i.ID, Member: memberOf(i), Amount: money.Pence(i.Total), State: invoiceState(i),
		Made: time.Unix(i.Created, 0).UTC(), ChargeOn: day(i.Created), Live: i.Livemode,
	}
	if i.Subscription != nil {
		p.Method = i.Subscription.ID
	}
	if t := i.StatusTransitions; t != nil && t.PaidAt > 0 {
		p.PaidAt, p.ChargeOn = time.Unix(t.PaidAt, 0).UTC(), day(t.PaidAt)
	}
	if c := i.Charge; c != nil && i.Paid {
		p.Refunded = money.Pence(c.AmountRefunded)
		if t := c.BalanceTransaction; t != nil && t.Type != "" { // only when it was written out
			p.Fee = new(money.Pence(t.Fee))
		}
	}
	p.Share, p.Covers = linesOf(i)
	switch p.State {
	case billing.PaymentAction:
		p.Action, p.NextTry = i.HostedInvoiceURL, day(i.NextPaymentAttempt)
	case billing.PaymentFailed:
		p.Reason, p.NextTry = reason(i), day(i.NextPaymentAttempt)
	default:
	}
	return p
}

func memberOf(i *api.Invoice) member.ID {
	if i.SubscriptionDetails != nil {
		if id := i.SubscriptionDetails.Metadata[memberField]; id != "" {
			return member.ID(id)
		}
	}
	return member.ID(i.Metadata[memberField])
}

func invoiceState(i *api.Invoice) billing.PaymentState {
	switch i.Status {
	case api.InvoiceStatusPaid:
		return billing.PaymentPaid
	case api.InvoiceStatusVoid:
		return billing.PaymentCancelled
	case api.InvoiceStatusUncollectible:
		return billing.PaymentFailed
	default: // draft and open
	}
	var intent api.PaymentIntentStatus
	if i.PaymentIntent != nil {
		intent = i.PaymentIntent.Status
	}
	switch {
	case intent == api.PaymentIntentStatusRequiresAction:
		return billing.PaymentAction
	case intent == api.PaymentIntentStatusProcessing:
		return billing.PaymentSubmitted
	case i.Status == api.InvoiceStatusOpen && i.Attempted:
		return billing.PaymentFailed
	default:
		return billing.PaymentPending
	}
}

// reason is Stripe's fixed word for why a card was not charged.
func reason(i *api.Invoice) string {
	if i.PaymentIntent != nil && i.PaymentIntent.LastPaymentError != nil {
		if e := i.PaymentIntent.LastPaymentError; e.DeclineCode != "" {
			return string(e.DeclineCode)
		} else if e.Code != "" {
			return string(e.Code)
		}
	}
	if i.Charge != nil {
		return i.Charge.FailureCode
	}
	return ""
}

// linesOf is what of an invoice is for the share, and the period that its dues are for. A trial is a period that costs nothing: none.
func linesOf(i *api.Invoice) (share money.Pence, covers [2]calendar.Date) {
	if i.Lines == nil {
		return 0, covers
	}
	for _, l := range i.Lines.Data {
		if l.Price != nil && l.Price.Product != nil && l.Price.Product.Metadata[purposeField] == shareWord {
			share += money.Pence(l.Amount)
			continue
		}
		if l.Type == api.InvoiceLineItemTypeSubscription && !l.Proration && l.Amount > 0 && l.Period != nil {
			covers = [2]calendar.Date{day(l.Period.Start), day(l.Period.End)}
		}
	}
	return share, covers
}

// disputed says how the disputes of a charge stand. While one is open Stripe holds the money back; one that is lost takes it away.
func (a *Account) disputed(ctx context.Context, payment billing.Payment, charge string) (billing.Payment, error) {
	p := &api.DisputeListParams{Charge: &charge}
	p.Context, p.Limit = ctx, new(int64(page))
	all := a.api.Disputes.List(p)
	for all.Next() {
		switch all.Dispute().Status {
		case api.DisputeStatusLost:
			payment.State = billing.PaymentReversed
		case api.DisputeStatusNeedsResponse, api.DisputeStatusUnderReview:
			payment.Disputed = true
		default: // won, or a mere question, for which no money is held back
		}
	}
	return payment, told(ctx, "read the disputes of "+charge, all.Err())
}

// page is how many Stripe is asked for at once.
const page = 100

// Cancel voids an invoice that is not paid.
func (a *Account) Cancel(ctx context.Context, ref string) error {
	_, err := a.api.Invoices.VoidInvoice(ref, &api.InvoiceVoidInvoiceParams{Params: params(ctx, "")})
	err = told(ctx, "void invoice "+ref, err)
	if err == nil || !errors.Is(err, billing.ErrRefused) {
		return err
	}
	payment, again := a.Payment(ctx, ref)
	switch {
	case again != nil:
		return again
	case payment.State == billing.PaymentCancelled:
		return nil
	case payment.State == billing.PaymentPaid, payment.State == billing.PaymentReversed, payment.State == billing.PaymentSubmitted:
		return fmt.Errorf("void invoice %s: %w", ref, billing.ErrTooLate)
	}
	return err
}

// Refund gives back what an invoice's charge took, or a part of it.
func (a *Account) Refund(ctx context.Context, r billing.RefundOrder) (billing.Refund, error) {
	invoice, err := a.api.Invoices.Get(r.Payment, &api.InvoiceParams{Params: params(ctx, "")})
	if err != nil {
		return billing.Refund{}, told(ctx, "read invoice "+r.Payment, err)
	}
	if err := a.sameMode(invoice.Livemode); err != nil {
		return billing.Refund{}, err
	}
	if invoice.Charge == nil || r.Amount <= 0 {
		return billing.Refund{}, fmt.Errorf("refund invoice %s: nothing was charged: %w", r.Payment, billing.ErrRefused)
	}
	refund, err := a.api.Refunds.New(&api.RefundParams{
		Params: params(ctx, r.Key), Charge: &invoice.Charge.ID, Amount: new(int64(r.Amount)),
	})
	if err != nil {
		return billing.Refund{}, told(ctx, "refund invoice "+r.Payment, err)
	}
	return billing.Refund{
		Ref: refund.ID, Payment: r.Payment, Amount: money.Pence(refund.Amount), State: refundState(refund.Status), Made: time.Unix(refund.Created, 0).UTC(),
	}, nil
}

func refundState(s api.RefundStatus) billing.RefundState {
	switch s {
	case api.RefundStatusSucceeded:
		return billing.RefundPaid
	case api.RefundStatusFailed, api.RefundStatusCanceled:
		return billing.RefundFailed
	default:
		return billing.RefundPending
	}
}

package gocardless

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Collect asks for one payment under a mandate. A day that comes too soon for the bank becomes the first possible one.
func (p *Provider) Collect(ctx context.Context, c billing.Collection) (billing.Payment, error) {
	params := PaymentCreateParams{
		Amount: int(c.Amount), Currency: money.Currency, Description: c.Words, Links: PaymentCreateParamsLinks{c.Method},
		Metadata: metadata(map[string]string{memberKey: string(c.Member), keyKey: c.Key, shareKey: digits(c.Share)}),
	}
	if !c.On.IsZero() {
		params.ChargeDate = c.On.String()
	}
	made, err := p.api.Payments.Create(ctx, params, c.Key)
	if params.ChargeDate != "" && refusedField(err, "charge_date") { // nothing was made, so the key is still good
		params.ChargeDate = ""
		made, err = p.api.Payments.Create(ctx, params, c.Key)
	}
	if err != nil {
		return billing.Payment{}, fmt.Errorf("collect %s: %w", c.Key, err)
	}
	return p.whole(ctx, made)
}

// Payment reads again a payment, by its own reference or a refund's: events about refunds name nothing else.
func (p *Provider) Payment(ctx context.Context, ref string) (billing.Payment, error) {
	if strings.HasPrefix(ref, "RF") {
		refund, err := p.api.Refunds.Get(ctx, ref)
		if err != nil {
			return billing.Payment{}, fmt.Errorf("read refund %s: %w", ref, err)
		}
		ref = refund.Links.Payment
	}
	found, err := p.api.Payments.Get(ctx, ref)
	if err != nil {
		return billing.Payment{}, fmt.Errorf("read payment %s: %w", ref, err)
	}
	return p.whole(ctx, found)
}

// Cancel stops a payment that has not gone to the bank. Cancelling one that was cancelled is no error.
func (p *Provider) Cancel(ctx context.Context, ref string) error {
	_, err := p.api.Payments.Cancel(ctx, ref, PaymentCancelParams{})
	if err == nil {
		return nil
	}
	if refused(err, "cancellation_failed") {
		found, again := p.api.Payments.Get(ctx, ref)
		if again == nil && found.Status == "cancelled" {
			return nil
		}
		return fmt.Errorf("cancel payment %s: %w", ref, billing.ErrTooLate)
	}
	return fmt.Errorf("cancel payment %s: %w", ref, err)
}

// whole is a payment with what only its events tell: why it failed, whether it is tried again, and whether it had been paid before.
// Events are asked for only where they are needed; most payments never are.
func (p *Provider) whole(ctx context.Context, found *Payment) (billing.Payment, error) {
	var history []Event
	if found.Status == "failed" || found.Status == "charged_back" {
		page, err := p.api.Events.List(ctx, EventListParams{Limit: mostHistory, Payment: found.Id})
		if err != nil {
			return billing.Payment{}, fmt.Errorf("read what happened to payment %s: %w", found.Id, err)
		}
		history = page.Events
	}
	return p.payment(found, history)
}

// mostHistory is more than happens to a payment that is tried four times.
const mostHistory = 100

// payment puts a payment and its events, newest first, into billing's words.
func (p *Provider) payment(f *Payment, history []Event) (billing.Payment, error) {
	b := billing.Payment{
		Provider: billing.GoCardless, Ref: f.Id, Key: f.Metadata[keyKey], Member: member.ID(f.Metadata[memberKey]), Method: f.Links.Mandate,
		Amount: pence(f.Amount), Refunded: pence(f.AmountRefunded), Made: moment(f.CreatedAt), ChargeOn: day(f.ChargeDate),
		Payout: f.Links.Payout, Live: p.live,
	}
	if share, err := strconv.ParseInt(f.Metadata[shareKey], 10, 64); err == nil && share > 0 && share <= int64(f.Amount) {
		b.Share = money.Pence(share)
	}
	if f.Currency != money.Currency {
		return b, fmt.Errorf("payment %s is in %q", f.Id, f.Currency)
	}
	switch f.Status {
	case "pending_customer_approval", "pending_submission":
		b.State = billing.PaymentPending
	case "submitted":
		b.State = billing.PaymentSubmitted
	case "confirmed", "paid_out":
		b.State = billing.PaymentPaid
	case "cancelled":
		b.State = billing.PaymentCancelled
	case "customer_approval_denied":
		b.State, b.Reason = billing.PaymentFailed, f.Status
	case "failed", "charged_back":
		fell(&b, f.Status, history)
	default:
		return b, fmt.Errorf("payment %s is %q, which we do not know", f.Id, f.Status)
	}
	if b.State == billing.PaymentPaid || b.State == billing.PaymentReversed {
		b.PaidAt = b.ChargeOn.Start().UTC() // the day that the payer sees; when the bank said so is in no object
	}
	return b, nil
}

// fell tells a payment that failed from one that was paid and taken back: by what had happened since it was last sent to the bank.
func fell(b *billing.Payment, status string, history []Event) {
	b.State = billing.PaymentFailed
	if status == "charged_back" {
		b.State = billing.PaymentReversed
	}
	found := false
	for _, e := range history {
		switch {
		case !found:
			if found = e.Action == status; found { // "failed" or "charged_back": actions are named as the status they lead to
				b.Reason = e.Details.Cause
				if e.Details.WillAttemptRetry {
					b.NextTry = nextTry(b.ChargeOn, calendar.On(moment(e.CreatedAt)))
				}
			}
		case e.Action == "confirmed" || e.Action == "paid_out":
			b.State = billing.PaymentReversed
			return
		case e.Action == "submitted" || e.Action == "resubmission_requested" || e.Action == "created":
			return
		}
	}
	if !found && b.Payout != "" { // no events, but it has been in a payout
		b.State = billing.PaymentReversed
	}
}

// leadTime is how many working days before the charge GoCardless sends a payment under an existing mandate to the bank.
const leadTime = 3

// nextTry is the day that GoCardless names for another try, or before it names one the first on which it can be.
func nextTry(charge, failed calendar.Date) calendar.Date {
	if charge.After(failed) {
		return charge
	}
	return failed.AddWorkingDays(leadTime)
}

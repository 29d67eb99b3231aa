package practice

import (
	"folkmoot/internal/calendar"
)

type gcPaymentParams struct {
	Amount      int64    `json:"amount"`
	ChargeDate  string   `json:"charge_date"`
	Currency    string   `json:"currency"`
	Description string   `json:"description"`
	Metadata    metadata `json:"metadata"`
	Links       struct {
		Mandate string `json:"mandate"`
	} `json:"links"`
}

// farthest is how many days ahead a charge may be asked for.
const farthest = 365

func (g gcHalf) collect(b *book, p gcPaymentParams) (string, error) {
	var m gcMandate
	if err := b.get(gcMandates, p.Links.Mandate, &m); err != nil {
		return "", err
	}
	switch {
	case m.Links.NewMandate != "":
		return "", &gcError{Status: 422, Type: "invalid_state", Reason: "mandate_replaced", Links: map[string]string{"new_mandate": m.Links.NewMandate}}
	case m.ended():
		return "", gcState("mandate_is_inactive")
	case p.Amount <= 0:
		return "", gcInvalid("amount")
	case p.Currency != "GBP":
		return "", gcInvalid("currency")
	case len(p.Description) > 140:
		return "", gcInvalid("description")
	case !gcMetadata(p.Metadata):
		return "", gcInvalid("metadata")
	}
	charge, err := chargeDate(p.ChargeDate, m.firstCharge(b.today()))
	if err != nil {
		return "", err
	}
	made := gcPayment{
		ID: gcID("PM"), CreatedAt: gcTime(b.now), Amount: p.Amount, ChargeDate: charge.String(), Currency: "GBP", Description: maybe(p.Description),
		Reference: gcID("PRAC"), Scheme: "bacs", Metadata: p.Metadata, Links: gcPaymentLinks{Creditor: gcCreditor, Mandate: m.ID},
	}
	if made.Metadata == nil {
		made.Metadata = metadata{}
	}
	why := gcDetails{Origin: "api", Cause: "payment_created", Description: "Payment created via the API."}
	return made.ID, g.paymentIs(b, &made, "pending_submission", "created", why)
}

// chargeDate is the wished day or the working day after it. One that comes too soon, or is too far off, is refused.
func chargeDate(wished string, first calendar.Date) (calendar.Date, error) {
	if wished == "" {
		return first, nil
	}
	d, err := calendar.ParseDate(wished)
	if err != nil || d.Before(first) || d.After(first.AddDays(farthest)) {
		return calendar.Date{}, gcInvalid("charge_date")
	}
	if !d.WorkingDay() {
		d = d.AddWorkingDays(1)
	}
	return d, nil
}

func (g gcHalf) cancelPayment(b *book, id string) (string, error) {
	var p gcPayment
	if err := b.get(gcPayments, id, &p); err != nil {
		return "", err
	}
	if p.Status != "pending_submission" {
		return "", gcState("cancellation_failed")
	}
	why := gcDetails{Origin: "api", Cause: "payment_cancelled", Description: "The payment was cancelled at your request."}
	return gcPayments, g.paymentIs(b, &p, "cancelled", "cancelled", why)
}

// paymentIs changes a payment's status and tells of it.
func (g gcHalf) paymentIs(b *book, p *gcPayment, status, action string, why gcDetails) error {
	p.Status = status
	about := gcStill
	if status == "pending_submission" || status == "submitted" || p.RetryOn != "" {
		about = gcMoving
	}
	if err := b.put(gcPayments, p.ID, about, p); err != nil {
		return err
	}
	return g.tell(b, gcPayments, action, p.ID, why)
}

func (g gcHalf) submit(b *book, p *gcPayment) error {
	return g.paymentIs(b, p, "submitted", "submitted",
		gcDetails{Origin: "gocardless", Cause: "payment_submitted", Description: "The payment has been submitted to the banks."})
}

// confirm has the bank not say no in time. By hand that may be before the day of the charge, which then becomes today.
func (g gcHalf) confirm(b *book, p *gcPayment) error {
	if today := b.today().String(); p.ChargeDate > today {
		p.ChargeDate = today
	}
	if err := g.item(b, "payment_paid_out", p.Amount*10, *p, ""); err != nil {
		return err
	}
	if err := g.item(b, "gocardless_fee", -gcFee(p.Amount), *p, ""); err != nil {
		return err
	}
	return g.paymentIs(b, p, "confirmed", "confirmed",
		gcDetails{Origin: "gocardless", Cause: "payment_confirmed", Description: "Enough time has passed for the banks to return an error."})
}

// fail has the payer's bank refuse.
func (g gcHalf) fail(b *book, p *gcPayment, again bool) error {
	p.RetryOn = ""
	if again {
		p.RetryOn = b.today().AddWorkingDays(retryDays).String()
	}
	return g.paymentIs(b, p, "failed", "failed", gcDetails{
		Origin: "bank", Cause: "insufficient_funds", Description: "The payer's account had insufficient funds.", Scheme: "bacs", ReasonCode: "ARUDD-0",
		WillAttemptRetry: &again,
	})
}

// resubmit sends a payment that failed to the bank once more.
func (g gcHalf) resubmit(b *book, p *gcPayment) error {
	var m gcMandate
	if err := b.get(gcMandates, p.Links.Mandate, &m); err != nil {
		return err
	}
	if m.ended() {
		return ErrNotNow
	}
	p.RetryOn, p.ChargeDate = "", m.firstCharge(b.today()).String()
	p.Links.Payout = ""
	return g.paymentIs(b, p, "pending_submission", "resubmission_requested",
		gcDetails{Origin: "gocardless", Cause: "payment_retried", Description: "The payment is tried again."})
}

// takenBack is a late failure or a charge-back: what was collected is taken from the next payout, and so is the fee for it.
func (g gcHalf) takenBack(b *book, p *gcPayment, status, kind string, why gcDetails) error {
	if err := g.item(b, kind, -p.Amount*10, *p, ""); err != nil {
		return err
	}
	if err := g.item(b, "gocardless_fee", gcFee(p.Amount), *p, ""); err != nil {
		return err
	}
	return g.paymentIs(b, p, status, status, why)
}

func (g gcHalf) lateFailure(b *book, p *gcPayment) error {
	return g.takenBack(b, p, "failed", "payment_failed", gcDetails{
		Origin: "bank", Cause: "insufficient_funds", Description: "The bank said so late.", Scheme: "bacs", ReasonCode: "ARUDD-0", WillAttemptRetry: new(false),
	})
}

func (g gcHalf) chargeBack(b *book, p *gcPayment) error {
	return g.takenBack(b, p, "charged_back", "payment_charged_back", gcDetails{
		Origin: "bank", Cause: "authorisation_disputed", Description: "The payer asked their bank for the money back.", Scheme: "bacs", ReasonCode: "DDICA-3",
	})
}

// chargeBackUndone gives the money back to us.
func (g gcHalf) chargeBackUndone(b *book, p *gcPayment) error {
	if err := g.item(b, "payment_paid_out", p.Amount*10, *p, ""); err != nil {
		return err
	}
	if err := g.item(b, "gocardless_fee", -gcFee(p.Amount), *p, ""); err != nil {
		return err
	}
	status := "confirmed"
	if p.Links.Payout != "" {
		status = "paid_out"
	}
	return g.paymentIs(b, p, status, "chargeback_cancelled",
		gcDetails{Origin: "bank", Cause: "payment_confirmed", Description: "The charge-back was cancelled.", Scheme: "bacs"})
}

// movePayment does what the days bring.
func (g gcHalf) movePayment(b *book, id string) error {
	var p gcPayment
	if err := b.get(gcPayments, id, &p); err != nil {
		return err
	}
	if p.Status == "failed" && p.RetryOn != "" && p.RetryOn <= b.today().String() {
		return g.resubmit(b, &p)
	}
	charge, err := calendar.ParseDate(p.ChargeDate)
	if err != nil {
		return err
	}
	if p.Status == "pending_submission" && !b.today().Before(charge.AddWorkingDays(-submitLead)) {
		if err := g.submit(b, &p); err != nil {
			return err
		}
	}
	if p.Status != "submitted" || b.today().Before(charge.AddWorkingDays(confirmDays)) {
		return nil
	}
	var m gcMandate
	if err := b.get(gcMandates, p.Links.Mandate, &m); err != nil {
		return err
	}
	is, err := accountOf(b, m)
	switch {
	case err != nil:
		return err
	case is == AccountWorks && m.Status != "failed":
		return g.confirm(b, &p)
	}
	return g.fail(b, &p, false)
}

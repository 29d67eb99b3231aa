package practice

import (
	"encoding/json"
	"errors"
	"fmt"

	"folkmoot/internal/calendar"
)

// gcFee is 1 % and 20p, £4 at most, in tenths of a penny.
func gcFee(amount int64) int64 { return min(amount/10+200, 4000) }

// item notes what the next payout will hold.
func (g gcHalf) item(b *book, kind string, tenths int64, p gcPayment, refund string) error {
	i := gcItem{
		ID: gcID("PI"), Amount: inPence(tenths), Type: kind, Taxes: []string{}, Tenths: tenths, Made: b.today().String(),
		Links: gcItemLinks{Mandate: p.Links.Mandate, Payment: p.ID, Refund: refund},
	}
	return b.put(gcItems, i.ID, gcWaiting, i)
}

// inPence writes tenths of a penny as GoCardless does: "-20.5".
func inPence(tenths int64) string {
	if tenths < 0 {
		return "-" + inPence(-tenths)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// waiting are the items that wait for a payout: all, or those that were made before a day.
func (g gcHalf) waiting(b *book, before calendar.Date) (items []gcItem, tenths int64, err error) {
	err = b.each(gcItems, gcWaiting, func(body json.RawMessage) error {
		var i gcItem
		if err := json.Unmarshal(body, &i); err != nil {
			return err
		}
		if before.IsZero() || i.Made < before.String() {
			items, tenths = append(items, i), tenths+i.Tenths
		}
		return nil
	})
	return items, tenths, err
}

// payOut sends what waits to the society's bank. ErrNotNow: nothing does, or less than nothing.
func (g gcHalf) payOut(b *book, before calendar.Date) error {
	items, tenths, err := g.waiting(b, before)
	if err != nil {
		return err
	}
	if tenths < 10 {
		return ErrNotNow
	}
	out := gcPayout{
		ID: gcID("PO"), CreatedAt: gcTime(b.now), Amount: (tenths + 5) / 10, ArrivalDate: b.today().String(), Currency: "GBP",
		PayoutType: "merchant", Reference: "PRACTICE-" + gcID("")[:6], Status: "paid", Links: gcPayoutLinks{gcCreditor, "BA00000000PRAC"},
	}
	var fees int64
	for _, i := range items {
		if i.Type == "gocardless_fee" {
			fees -= i.Tenths
		}
		if err := b.put(gcItems, i.ID, out.ID, i); err != nil {
			return err
		}
		if err := g.settled(b, i, out.ID); err != nil {
			return err
		}
	}
	out.DeductedFees = (fees + 5) / 10
	if err := b.put(gcPayouts, out.ID, "", out); err != nil {
		return err
	}
	return g.tell(b, gcPayouts, "paid", out.ID, gcDetails{Origin: "gocardless", Cause: "payout_paid", Description: "GoCardless has transferred the payout."})
}

// settled tells of what a payout held.
func (g gcHalf) settled(b *book, i gcItem, payout string) error {
	var p gcPayment
	if i.Links.Payment == "" || i.Type == "gocardless_fee" {
		return nil
	}
	if err := b.get(gcPayments, i.Links.Payment, &p); err != nil {
		return err
	}
	why := gcDetails{Origin: "gocardless", Cause: "payment_paid_out", Description: "It was part of a payout."}
	switch i.Type {
	case "payment_paid_out":
		if p.Status != "confirmed" {
			return nil // taken back before it was paid out: both are in this payout
		}
		p.Links.Payout = payout
		return g.paymentIs(b, &p, "paid_out", "paid_out", why)
	case "payment_failed":
		why.Cause = "late_failure_settled"
		return g.tell(b, gcPayments, "late_failure_settled", p.ID, why)
	case "payment_charged_back":
		why.Cause = "chargeback_settled"
		return g.tell(b, gcPayments, "chargeback_settled", p.ID, why)
	case "payment_refunded":
		why.Cause = "refund_settled"
		return g.tell(b, gcRefunds, "refund_settled", i.Links.Refund, why)
	default:
		return nil
	}
}

type gcRefundParams struct {
	Amount                  int64         `json:"amount"`
	Links                   gcRefundLinks `json:"links"`
	Metadata                metadata      `json:"metadata"`
	TotalAmountConfirmation int64         `json:"total_amount_confirmation"`
}

func (g gcHalf) refund(b *book, r gcRefundParams) (string, error) {
	var p gcPayment
	if err := b.get(gcPayments, r.Links.Payment, &p); err != nil {
		return "", err
	}
	switch {
	case p.Status != "confirmed" && p.Status != "paid_out":
		return "", gcState("refund_payment_invalid_state")
	case r.Amount <= 0 || p.AmountRefunded+r.Amount > p.Amount:
		return "", gcInvalid("amount")
	case r.TotalAmountConfirmation != p.AmountRefunded+r.Amount:
		return "", gcState("total_amount_confirmation_invalid")
	case !gcMetadata(r.Metadata):
		return "", gcInvalid("metadata")
	}
	return g.giveBack(b, p, r.Amount, r.Metadata, "api")
}

func (g gcHalf) giveBack(b *book, p gcPayment, amount int64, of metadata, origin string) (string, error) {
	r := gcRefund{
		ID: gcID("RF"), CreatedAt: gcTime(b.now), Amount: amount, Currency: "GBP", Status: "created", Metadata: of,
		Links: gcRefundLinks{Payment: p.ID, Mandate: p.Links.Mandate}, Made: b.today().String(),
	}
	if r.Metadata == nil {
		r.Metadata = metadata{}
	}
	if err := b.put(gcRefunds, r.ID, p.ID, r); err != nil {
		return "", err
	}
	p.AmountRefunded += amount
	if err := b.put(gcPayments, p.ID, gcStill, p); err != nil {
		return "", err
	}
	if err := g.item(b, "payment_refunded", -amount*10, p, r.ID); err != nil {
		return "", err
	}
	return r.ID, g.tell(b, gcRefunds, "created", r.ID, gcDetails{Origin: origin, Cause: "refund_created", Description: "The refund has been created."})
}

// moveRefund does what the days bring.
func (g gcHalf) moveRefund(b *book, id string) error {
	var r gcRefund
	if err := b.get(gcRefunds, id, &r); err != nil {
		return err
	}
	made, err := calendar.ParseDate(r.Made)
	if err != nil || r.Status != "created" || b.today().Before(made.AddWorkingDays(refundDays)) {
		return err
	}
	return g.refundPaid(b, &r)
}

// refundPaid has the money reach the payer.
func (g gcHalf) refundPaid(b *book, r *gcRefund) error {
	r.Status = "paid"
	if err := b.put(gcRefunds, r.ID, r.Links.Payment, r); err != nil {
		return err
	}
	return g.tell(b, gcRefunds, "paid", r.ID, gcDetails{Origin: "gocardless", Cause: "refund_paid", Description: "The refund has been paid to the payer."})
}

// refundReturned has the payer's bank send it back.
func (g gcHalf) refundReturned(b *book, r *gcRefund) error {
	var p gcPayment
	if err := b.get(gcPayments, r.Links.Payment, &p); err != nil {
		return err
	}
	r.Status = "funds_returned"
	p.AmountRefunded -= r.Amount
	why := gcDetails{Origin: "bank", Cause: "refund_failed", Description: "The refund did not reach the payer's account."}
	return errors.Join(
		b.put(gcRefunds, r.ID, r.Links.Payment, r),
		b.put(gcPayments, p.ID, gcStill, p),
		g.item(b, "refund_funds_returned", r.Amount*10, p, r.ID),
		g.tell(b, gcRefunds, "failed", r.ID, why),
		g.tell(b, gcRefunds, "funds_returned", r.ID, why),
	)
}

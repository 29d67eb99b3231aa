package practice

import (
	"encoding/json"
)

const (
	refundTakes = "charge amount reason metadata[]"
	disputeFee  = 2000
)

// balance notes money coming to the society's balance at Stripe, or going from it.
func (s stripeHalf) balance(b *book, kind, source string, amount, fee int64) (stripeBalance, error) {
	t := stripeBalance{
		common: b.common("txn", kindBalance), Amount: amount, Fee: fee, Net: amount - fee, Currency: "gbp", Type: kind, Source: source, Status: "available",
	}
	return t, b.put(kindBalance, t.ID, waiting, t)
}

// waiting is what a balance transaction belongs to until it is paid out.
const waiting = "balance"

// refund gives back, as asked by the API.
func (s stripeHalf) refund(b *book, c stripeCall) (any, error) {
	amount, err := number(c.form, "amount")
	if err != nil {
		return nil, err
	}
	var charge stripeCharge
	if err := b.get(kindCharge, c.form.Get("charge"), &charge); err != nil {
		return nil, missing(err, kindCharge, c.form.Get("charge"))
	}
	return s.giveBack(b, charge, amount, fields(c.form, "metadata"))
}

func (s stripeHalf) giveBack(b *book, charge stripeCharge, amount int64, of metadata) (stripeRefund, error) {
	left := charge.Amount - charge.AmountRefunded
	switch {
	case !charge.Paid:
		return stripeRefund{}, invalid("", "charge", "This charge did not succeed.")
	case charge.Disputed:
		return stripeRefund{}, invalid("charge_disputed", "charge", "Charge has been charged back; cannot issue a refund.")
	case left == 0:
		return stripeRefund{}, invalid("charge_already_refunded", "charge", "Charge has already been refunded.")
	case amount < 0 || amount > left:
		return stripeRefund{}, invalid("", "amount", "Refund amount is greater than unrefunded amount on charge.")
	case amount == 0:
		amount = left
	}
	r := stripeRefund{
		common: b.common("re", kindRefund), Amount: amount, Charge: charge.ID, PaymentIntent: charge.PaymentIntent, Currency: "gbp",
		Metadata: of, Status: "succeeded",
	}
	balance, err := s.balance(b, "refund", r.ID, -amount, 0)
	if err != nil {
		return r, err
	}
	r.BalanceTransaction = balance.ID
	if err := b.put(kindRefund, r.ID, charge.ID, r); err != nil {
		return r, err
	}
	charge.AmountRefunded += amount
	charge.Refunded = charge.AmountRefunded == charge.Amount
	if err := b.put(kindCharge, charge.ID, charge.Invoice, charge); err != nil {
		return r, err
	}
	return r, s.tell(b, "charge.refunded", charge.ID, charge)
}

// refundFails has the money come back from a card that is no more.
func (s stripeHalf) refundFails(b *book, id string) error {
	var r stripeRefund
	if err := b.get(kindRefund, id, &r); err != nil {
		return err
	}
	var charge stripeCharge
	if err := b.get(kindCharge, r.Charge, &charge); err != nil {
		return err
	}
	if r.Status != "succeeded" {
		return ErrNotNow
	}
	r.Status = "failed"
	charge.AmountRefunded -= r.Amount
	charge.Refunded = false
	if _, err := s.balance(b, "refund_failure", r.ID, r.Amount, 0); err != nil {
		return err
	}
	if err := b.put(kindRefund, r.ID, charge.ID, r); err != nil {
		return err
	}
	if err := b.put(kindCharge, charge.ID, charge.Invoice, charge); err != nil {
		return err
	}
	return s.tell(b, "charge.refund.updated", r.ID, r)
}

// dispute has a payer say to their bank that they did not agree: the money is taken back at once, with a fee.
func (s stripeHalf) dispute(b *book, invoice stripeInvoice) error {
	var charge stripeCharge
	if invoice.Charge == nil {
		return ErrNotNow
	}
	if err := b.get(kindCharge, *invoice.Charge, &charge); err != nil {
		return err
	}
	left := charge.Amount - charge.AmountRefunded
	if !charge.Paid || charge.Disputed || left == 0 {
		return ErrNotNow
	}
	d := stripeDispute{
		common: b.common("dp", kindDispute), Amount: left, Charge: charge.ID, PaymentIntent: charge.PaymentIntent, Currency: "gbp",
		Reason: "product_not_received", Status: "needs_response",
	}
	charge.Disputed = true
	if err := b.put(kindCharge, charge.ID, charge.Invoice, charge); err != nil {
		return err
	}
	if err := b.put(kindDispute, d.ID, charge.ID, d); err != nil {
		return err
	}
	if _, err := s.balance(b, "adjustment", d.ID, -left, disputeFee); err != nil {
		return err
	}
	if err := s.tell(b, "charge.dispute.created", d.ID, d); err != nil {
		return err
	}
	return s.tell(b, "charge.dispute.funds_withdrawn", d.ID, d)
}

// closeDispute decides a dispute. Won, the money comes back; the fee does not.
func (s stripeHalf) closeDispute(b *book, id, status string) error {
	var d stripeDispute
	if err := b.get(kindDispute, id, &d); err != nil {
		return err
	}
	if d.Status != "needs_response" {
		return ErrNotNow
	}
	d.Status = status
	if err := b.put(kindDispute, d.ID, d.Charge, d); err != nil {
		return err
	}
	if err := s.tell(b, "charge.dispute.closed", d.ID, d); err != nil || status == "lost" {
		return err
	}
	if _, err := s.balance(b, "adjustment", d.ID, d.Amount, 0); err != nil {
		return err
	}
	return s.tell(b, "charge.dispute.funds_reinstated", d.ID, d)
}

// payOut sends all that waits to the society's bank.
func (s stripeHalf) payOut(b *book) error {
	var all []stripeBalance
	var sum int64
	err := b.each(kindBalance, waiting, func(body json.RawMessage) error {
		var t stripeBalance
		err := json.Unmarshal(body, &t)
		all, sum = append(all, t), sum+t.Net
		return err
	})
	if err != nil {
		return err
	}
	if sum <= 0 {
		return ErrNotNow
	}
	p := stripePayout{
		common: b.common("po", kindPayout), Amount: sum, ArrivalDate: b.now.Unix(), Automatic: true, Currency: "gbp", Method: "standard",
		Type: "bank_account", StatementDescriptor: "STRIPE PRACTICE", Status: "paid",
	}
	own, err := s.balance(b, "payout", p.ID, -sum, 0)
	if err != nil {
		return err
	}
	p.BalanceTransaction = own.ID
	if err := b.put(kindPayout, p.ID, "", p); err != nil {
		return err
	}
	for _, t := range append(all, own) {
		if err := b.put(kindBalance, t.ID, p.ID, t); err != nil {
			return err
		}
	}
	for _, kind := range []string{"payout.paid", "payout.reconciliation_completed"} {
		if err := s.tell(b, kind, p.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// payoutFails has the bank send a payout back to the balance.
func (s stripeHalf) payoutFails(b *book, id string) error {
	var p stripePayout
	if err := b.get(kindPayout, id, &p); err != nil {
		return err
	}
	if p.Status != "paid" {
		return ErrNotNow
	}
	p.Status = "failed"
	if _, err := s.balance(b, "payout_failure", p.ID, p.Amount, 0); err != nil {
		return err
	}
	if err := b.put(kindPayout, p.ID, "", p); err != nil {
		return err
	}
	return s.tell(b, "payout.failed", p.ID, p)
}

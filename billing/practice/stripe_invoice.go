package practice

import (
	"time"
)

const (
	mostAttempts = 4                  // to charge an invoice
	betweenTries = 3 * 24 * time.Hour // before it is charged again
)

func newInvoice(b *book, customer string, sub *stripeSubscription, lines []invoiceLine) stripeInvoice {
	i := stripeInvoice{
		common: b.common("in", kindInvoice), Customer: customer, Status: "draft", BillingReason: "manual",
		CollectionMethod: "charge_automatically", Currency: "gbp", AutoAdvance: true, Metadata: metadata{},
	}
	for _, l := range lines {
		i.Total += l.Amount
	}
	i.Subtotal, i.AmountDue, i.AmountRemaining = i.Total, i.Total, i.Total
	i.Lines = listOf("/v1/invoices/"+i.ID+"/lines", lines...)
	if sub != nil {
		i.Subscription, i.SubscriptionDetails = &sub.ID, &details{sub.Metadata}
	}
	return i
}

func oneTimeLine(b *book, l orderLine, price stripePrice) invoiceLine {
	return invoiceLine{
		ID: stripeID("il"), Object: "line_item", Amount: l.Amount, Currency: "gbp", Description: l.Name, Type: "invoiceitem", Quantity: 1,
		Period: period{b.now.Unix(), b.now.Unix()}, Price: price,
	}
}

// subscriptionLine is for a subscription's period as it is now; free while it is on trial.
func subscriptionLine(sub stripeSubscription, trial bool) invoiceLine {
	price := sub.Items.Data[0].Price
	l := invoiceLine{
		ID: stripeID("il"), Object: "line_item", Amount: price.UnitAmount, Currency: "gbp", Description: "Dues", Type: "subscription", Quantity: 1,
		Period: period{sub.CurrentPeriodStart, sub.CurrentPeriodEnd}, Price: price, Subscription: &sub.ID,
	}
	if trial {
		l.Amount = 0
	}
	return l
}

// belongs is what an invoice belongs to.
func (i stripeInvoice) belongs() string {
	if i.Subscription != nil {
		return *i.Subscription
	}
	return i.Customer
}

// issue finalizes an invoice and charges it for the first time.
func (s stripeHalf) issue(b *book, i *stripeInvoice, card Card) error {
	i.Status, i.StatusTransitions.FinalizedAt = "open", new(b.now.Unix())
	i.HostedInvoiceURL = new(s.house.site + "/practice#" + i.ID) // where the payer approves
	if i.Total == 0 {
		i.Status, i.Paid, i.Attempted, i.StatusTransitions.PaidAt = "paid", true, true, new(b.now.Unix())
		if err := b.put(kindInvoice, i.ID, i.belongs(), i); err != nil {
			return err
		}
		return s.tell(b, "invoice.paid", i.ID, i)
	}
	intent := stripeIntent{
		common: b.common("pi", kindIntent), Amount: i.Total, Currency: "gbp", Customer: i.Customer, Invoice: i.ID, Status: "requires_confirmation",
	}
	i.PaymentIntent = &intent.ID
	if err := b.put(kindIntent, intent.ID, i.ID, intent); err != nil {
		return err
	}
	if err := b.put(kindInvoice, i.ID, i.belongs(), i); err != nil {
		return err
	}
	if err := s.tell(b, "invoice.finalized", i.ID, i); err != nil {
		return err
	}
	return s.charge(b, i, card)
}

// charge tries an invoice's card.
func (s stripeHalf) charge(b *book, i *stripeInvoice, card Card) error {
	if i.Status != "open" || i.PaymentIntent == nil {
		return ErrNotNow
	}
	i.Attempted, i.NextPaymentAttempt = true, nil
	i.AttemptCount++
	switch card {
	case CardApproval:
		return s.wantsApproval(b, i)
	case CardFails, CardDeclined:
		return s.declines(b, i)
	default:
		return s.pays(b, i)
	}
}

func (s stripeHalf) pays(b *book, i *stripeInvoice) error {
	charge := stripeCharge{
		common: b.common("ch", kindCharge), Amount: i.Total, Currency: "gbp", Customer: i.Customer, Invoice: i.ID,
		PaymentIntent: *i.PaymentIntent, Paid: true, Status: "succeeded",
	}
	balance, err := s.balance(b, "charge", charge.ID, i.Total, fee(i.Total))
	if err != nil {
		return err
	}
	charge.BalanceTransaction = &balance.ID
	if err := b.put(kindCharge, charge.ID, i.ID, charge); err != nil {
		return err
	}
	if err := s.intend(b, i, "succeeded", nil, &charge.ID); err != nil {
		return err
	}
	i.Status, i.Paid, i.AmountPaid, i.AmountRemaining, i.Charge = "paid", true, i.Total, 0, &charge.ID
	i.StatusTransitions.PaidAt, i.NextPaymentAttempt = new(b.now.Unix()), nil
	if err := b.put(kindInvoice, i.ID, i.belongs(), i); err != nil {
		return err
	}
	if err := s.tell(b, "charge.succeeded", charge.ID, charge); err != nil {
		return err
	}
	if err := s.tell(b, "invoice.paid", i.ID, i); err != nil {
		return err
	}
	return s.subscriptionIs(b, i, "past_due", "active")
}

func (s stripeHalf) declines(b *book, i *stripeInvoice) error {
	charge := stripeCharge{
		common: b.common("ch", kindCharge), Amount: i.Total, Currency: "gbp", Customer: i.Customer, Invoice: i.ID,
		PaymentIntent: *i.PaymentIntent, Status: "failed", FailureCode: new("card_declined"),
	}
	if err := b.put(kindCharge, charge.ID, i.ID, charge); err != nil {
		return err
	}
	why := &declined{"card_error", "card_declined", "insufficient_funds", "Your card has insufficient funds."}
	if err := s.intend(b, i, "requires_payment_method", why, &charge.ID); err != nil {
		return err
	}
	i.Charge = &charge.ID
	return s.notPaid(b, i)
}

func (s stripeHalf) wantsApproval(b *book, i *stripeInvoice) error {
	if err := s.intend(b, i, "requires_action", nil, nil); err != nil {
		return err
	}
	if err := s.notPaid(b, i); err != nil {
		return err
	}
	return s.tell(b, "invoice.payment_action_required", i.ID, i)
}

// notPaid leaves an invoice open, to be tried again some days later unless that was the last time.
func (s stripeHalf) notPaid(b *book, i *stripeInvoice) error {
	if i.AttemptCount < mostAttempts && i.Subscription != nil {
		i.NextPaymentAttempt = new(b.now.Add(betweenTries).Unix())
	}
	if err := b.put(kindInvoice, i.ID, i.belongs(), i); err != nil {
		return err
	}
	if err := s.tell(b, "invoice.payment_failed", i.ID, i); err != nil {
		return err
	}
	return s.subscriptionIs(b, i, "active", "past_due")
}

func (s stripeHalf) intend(b *book, i *stripeInvoice, status string, why *declined, charge *string) error {
	var intent stripeIntent
	if err := b.get(kindIntent, *i.PaymentIntent, &intent); err != nil {
		return err
	}
	intent.Status, intent.LastPaymentError, intent.LatestCharge = status, why, charge
	return b.put(kindIntent, intent.ID, i.ID, intent)
}

// subscriptionIs changes the state of an invoice's subscription, if it is what it was and this is its latest invoice.
func (s stripeHalf) subscriptionIs(b *book, i *stripeInvoice, was, is string) error {
	if i.Subscription == nil {
		return nil
	}
	var sub stripeSubscription
	if err := b.get(kindSubscription, *i.Subscription, &sub); err != nil {
		return err
	}
	if sub.Status != was || sub.LatestInvoice == nil || *sub.LatestInvoice != i.ID {
		return nil
	}
	sub.Status = is
	return s.changed(b, &sub, "customer.subscription.updated")
}

func (s stripeHalf) voidInvoice(b *book, c stripeCall) (any, error) {
	var i stripeInvoice
	if err := b.get(kindInvoice, c.id(), &i); err != nil {
		return nil, missing(err, kindInvoice, c.id())
	}
	if i.Status != "open" {
		return nil, invalid("", "", "You can only pass in open invoices. This invoice isn't open.")
	}
	i.Status, i.NextPaymentAttempt, i.StatusTransitions.VoidedAt = "void", nil, new(b.now.Unix())
	if err := b.put(kindInvoice, i.ID, i.belongs(), i); err != nil {
		return nil, err
	}
	return i, s.tell(b, "invoice.voided", i.ID, i)
}

// fee is what Stripe keeps of a card payment in the United Kingdom: 1.5 % and 20p.
func fee(amount int64) int64 { return (amount*15+500)/1000 + 20 }

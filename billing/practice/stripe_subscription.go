package practice

import (
	"time"
)

const subscriptionTakes = "proration_behavior trial_end metadata[] items[][id] items[][quantity] items[][price_data][currency] items[][price_data][product] " +
	"items[][price_data][unit_amount] items[][price_data][recurring][interval]"

func newSubscription(b *book, session *stripeSession, order stripeOrder, price stripePrice, card string) *stripeSubscription {
	sub := &stripeSubscription{
		common: b.common("sub", kindSubscription), Customer: *session.Customer, Status: "active", Currency: "gbp", Metadata: order.Metadata,
		CurrentPeriodStart: b.now.Unix(), BillingCycleAnchor: b.now.Unix(), DefaultPaymentMethod: &card, CollectionMethod: "charge_automatically",
	}
	sub.CurrentPeriodEnd = after(sub.BillingCycleAnchor, sub.CurrentPeriodStart, price.Recurring.Interval)
	if order.TrialEnd > 0 {
		sub.Status, sub.TrialEnd = "trialing", &order.TrialEnd
		sub.CurrentPeriodEnd, sub.BillingCycleAnchor = order.TrialEnd, order.TrialEnd
	}
	item := subscriptionItem{common: b.common("si", "subscription_item"), Subscription: sub.ID, Quantity: 1, Price: price}
	sub.Items = listOf("/v1/subscription_items?subscription="+sub.ID, item)
	return sub
}

// after is when the period that begins at start ends: on the anchor's day of the month, or its last one when it has fewer.
func after(anchor, start int64, interval string) int64 {
	months := 1
	if interval == "year" {
		months = 12
	}
	first, from := time.Unix(anchor, 0).UTC(), time.Unix(start, 0).UTC()
	month := time.Date(from.Year(), from.Month()+time.Month(months), 1, first.Hour(), first.Minute(), first.Second(), 0, time.UTC)
	last := month.AddDate(0, 1, -1).Day()
	return month.AddDate(0, 0, min(first.Day(), last)-1).Unix()
}

// changeSubscription takes another price from the next period on. What would be charged at once is refused here: we never ask for it.
func (s stripeHalf) changeSubscription(b *book, c stripeCall) (any, error) {
	var sub stripeSubscription
	if err := b.get(kindSubscription, c.id(), &sub); err != nil {
		return nil, missing(err, kindSubscription, c.id())
	}
	item := &sub.Items.Data[0]
	amount, err := number(c.form, "items[0][price_data][unit_amount]")
	if err != nil {
		return nil, err
	}
	trial, err := number(c.form, "trial_end")
	if err != nil {
		return nil, err
	}
	interval := c.form.Get("items[0][price_data][recurring][interval]")
	switch {
	case sub.Status == "canceled":
		return nil, invalid("", "", "A canceled subscription can only update its cancellation_details and metadata.")
	case c.form.Get("proration_behavior") != "none":
		return nil, invalid("", "proration_behavior", "Practice mode takes none only.")
	case c.form.Get("items[0][id]") != item.ID:
		return nil, missing(ErrNoSuchThing, "subscription_item", c.form.Get("items[0][id]"))
	case amount < 1 || c.form.Get("items[0][price_data][product]") != item.Price.Product || c.form.Get("items[0][price_data][currency]") != "gbp":
		return nil, invalid("", "items[0][price_data]", "A price has its product's id, the currency gbp and an amount.")
	case interval != "month" && interval != "year":
		return nil, invalid("", "items[0][price_data][recurring][interval]", "Invalid interval: it is month or year here.")
	case interval != item.Price.Recurring.Interval && trial != sub.CurrentPeriodEnd:
		return nil, invalid("", "trial_end", "Another interval begins at once, unless a trial lasts until the period's end.")
	}
	item.Price = stripePrice{
		common: b.common("price", "price"), Currency: "gbp", Product: item.Price.Product, Type: "recurring", UnitAmount: amount,
		Recurring: &recurring{interval, 1},
	}
	if trial > 0 {
		sub.Status, sub.TrialEnd, sub.BillingCycleAnchor, sub.CurrentPeriodEnd = "trialing", &trial, trial, trial
	}
	return sub, s.changed(b, &sub, "customer.subscription.updated")
}

func (s stripeHalf) cancelSubscription(b *book, c stripeCall) (any, error) {
	var sub stripeSubscription
	err := b.get(kindSubscription, c.id(), &sub)
	if err == nil && sub.Status == "canceled" {
		err = ErrNoSuchThing // Stripe says so, too
	}
	if err != nil {
		return nil, missing(err, kindSubscription, c.id())
	}
	return sub, s.cancel(b, &sub)
}

// cancel ends a subscription; its open invoices stay, and are not tried again.
func (s stripeHalf) cancel(b *book, sub *stripeSubscription) error {
	sub.Status, sub.CanceledAt, sub.EndedAt = "canceled", new(b.now.Unix()), new(b.now.Unix())
	if sub.LatestInvoice != nil {
		var invoice stripeInvoice
		if err := b.get(kindInvoice, *sub.LatestInvoice, &invoice); err != nil {
			return err
		}
		if invoice.Status == "open" {
			invoice.NextPaymentAttempt, invoice.AutoAdvance = nil, false
			if err := b.put(kindInvoice, invoice.ID, sub.ID, invoice); err != nil {
				return err
			}
		}
	}
	return s.changed(b, sub, "customer.subscription.deleted")
}

func (s stripeHalf) changed(b *book, sub *stripeSubscription, kind string) error {
	if err := b.put(kindSubscription, sub.ID, sub.Customer, sub); err != nil {
		return err
	}
	return s.tell(b, kind, sub.ID, sub)
}

// renew begins a subscription's next period and charges its card, which does as told.
func (s stripeHalf) renew(b *book, sub *stripeSubscription, card Card) error {
	price := sub.Items.Data[0].Price
	sub.CurrentPeriodStart = sub.CurrentPeriodEnd
	sub.CurrentPeriodEnd = after(sub.BillingCycleAnchor, sub.CurrentPeriodStart, price.Recurring.Interval)
	if sub.Status == "trialing" {
		sub.Status = "active"
	}
	invoice := newInvoice(b, sub.Customer, sub, []invoiceLine{subscriptionLine(*sub, false)})
	invoice.BillingReason, sub.LatestInvoice = "subscription_cycle", &invoice.ID
	if err := s.changed(b, sub, "customer.subscription.updated"); err != nil {
		return err
	}
	return s.issue(b, &invoice, card)
}

// cardOf is what the card of a subscription does.
func (s stripeHalf) cardOf(b *book, sub stripeSubscription) (Card, error) {
	if sub.DefaultPaymentMethod == nil {
		return CardFails, nil
	}
	var card stripeCard
	err := b.get(kindCard, *sub.DefaultPaymentMethod, &card)
	return Card(card.Card.Last4), err
}

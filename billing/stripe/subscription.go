package stripe

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// Method reads a subscription.
func (a *Account) Method(ctx context.Context, ref string) (billing.Method, error) {
	p := &api.SubscriptionParams{Params: params(ctx, "")}
	p.AddExpand("default_payment_method")
	sub, err := a.api.Subscriptions.Get(ref, p)
	if err != nil {
		return billing.Method{}, told(ctx, "read subscription "+ref, err)
	}
	m := billing.Method{
		Ref: sub.ID, State: methodState(sub.Status), Member: member.ID(sub.Metadata[memberField]), Description: describe(sub.DefaultPaymentMethod),
	}
	if sub.Customer != nil {
		m.Customer = sub.Customer.ID
	}
	switch m.State {
	case billing.MethodActive:
		m.PaidTo = day(sub.CurrentPeriodEnd)
	case billing.MethodFailing:
		m.PaidTo = day(sub.CurrentPeriodStart) // the period that has begun is the one that is not paid
	case billing.MethodPending, billing.MethodEnded:
	}
	return m, a.sameMode(sub.Livemode)
}

func methodState(s api.SubscriptionStatus) billing.MethodState {
	switch s {
	case api.SubscriptionStatusActive, api.SubscriptionStatusTrialing:
		return billing.MethodActive
	case api.SubscriptionStatusIncomplete:
		return billing.MethodPending
	case api.SubscriptionStatusPastDue, api.SubscriptionStatusUnpaid, api.SubscriptionStatusPaused:
		return billing.MethodFailing
	case api.SubscriptionStatusCanceled, api.SubscriptionStatusIncompleteExpired:
		return billing.MethodEnded
	default:
		return billing.MethodFailing // a state that we do not know is not one to rely on
	}
}

var brands = map[api.PaymentMethodCardBrand]string{
	api.PaymentMethodCardBrandVisa: "Visa", api.PaymentMethodCardBrandMastercard: "Mastercard", api.PaymentMethodCardBrandAmex: "American Express",
	api.PaymentMethodCardBrandDiscover: "Discover", api.PaymentMethodCardBrandDiners: "Diners Club", api.PaymentMethodCardBrandJCB: "JCB",
	api.PaymentMethodCardBrandUnionpay: "UnionPay",
}

// describe is what the owner recognises a card by.
func describe(m *api.PaymentMethod) string {
	if m == nil || m.Card == nil || m.Card.Last4 == "" {
		return ""
	}
	brand, known := brands[m.Card.Brand]
	if !known {
		brand = "Card"
	}
	return brand + " ending " + m.Card.Last4
}

// day is the day in London of a moment that Stripe tells; 0 is none.
func day(seconds int64) calendar.Date {
	if seconds == 0 {
		return calendar.Date{}
	}
	return calendar.On(time.Unix(seconds, 0))
}

// End cancels a subscription at once, without a last invoice.
func (a *Account) End(ctx context.Context, ref string) error {
	_, err := a.api.Subscriptions.Cancel(ref, &api.SubscriptionCancelParams{Params: params(ctx, "")})
	err = told(ctx, "end subscription "+ref, err)
	if err == nil || !errors.Is(err, billing.ErrNotFound) {
		return err
	}
	// Stripe does not find what is cancelled already when it is to be cancelled.
	m, again := a.Method(ctx, ref)
	if again != nil {
		return again
	}
	if m.State != billing.MethodEnded {
		return err
	}
	return nil
}

// Change has a subscription cost something else from its next period on. Nothing is charged or given back for the present one.
func (a *Account) Change(ctx context.Context, ref string, terms billing.Terms, key string) error {
	if terms.Price() == 0 {
		return fmt.Errorf("change subscription %s to nothing: end it: %w", ref, billing.ErrRefused)
	}
	sub, err := a.api.Subscriptions.Get(ref, &api.SubscriptionParams{Params: params(ctx, "")})
	if err != nil {
		return told(ctx, "read subscription "+ref, err)
	}
	if err := a.sameMode(sub.Livemode); err != nil {
		return err
	}
	item, err := onlyItem(sub)
	if err != nil {
		return err
	}
	p := &api.SubscriptionParams{
		Params: params(ctx, key), ProrationBehavior: new(string(api.SubscriptionSchedulePhaseProrationBehaviorNone)),
		Items: []*api.SubscriptionItemsParams{{
			ID: &item.ID,
			PriceData: &api.SubscriptionItemPriceDataParams{
				Currency: new(string(api.CurrencyGBP)), Product: &item.Price.Product.ID, UnitAmount: new(int64(terms.Price())),
				Recurring: &api.SubscriptionItemPriceDataRecurringParams{Interval: new(interval(terms.Interval))},
			},
		}},
	}
	// Another interval would begin, and charge, at once; a trial until the present period ends makes it wait.
	if item.Price.Recurring != nil && string(item.Price.Recurring.Interval) != interval(terms.Interval) {
		p.TrialEnd = &sub.CurrentPeriodEnd
	}
	_, err = a.api.Subscriptions.Update(ref, p)
	return told(ctx, "change subscription "+ref, err)
}

func onlyItem(sub *api.Subscription) (*api.SubscriptionItem, error) {
	if sub.Items == nil || len(sub.Items.Data) != 1 || sub.Items.Data[0].Price == nil || sub.Items.Data[0].Price.Product == nil {
		return nil, fmt.Errorf("subscription %s is not one of ours: it has other things in it than dues: %w", sub.ID, billing.ErrRefused)
	}
	return sub.Items.Data[0], nil
}

// Collect is refused: a subscription makes each payment by itself.
func (a *Account) Collect(context.Context, billing.Collection) (billing.Payment, error) {
	return billing.Payment{}, fmt.Errorf("ask for a payment: a subscription asks by itself: %w", billing.ErrRefused)
}

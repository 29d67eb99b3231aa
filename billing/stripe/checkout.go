package stripe

import (
	"context"
	"fmt"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

const (
	duesName     = "Membership dues"
	shareName    = "One share in the society"
	purposeField = "purpose" // in a product's metadata
	shareWord    = "share"

	// soonest is how far off a first payment must be for Checkout to wait for it. What is nearer is paid at once.
	soonest = 48 * time.Hour
)

// Begin opens a Checkout page: a subscription, with the share as a thing paid once, or the share alone.
func (a *Account) Begin(ctx context.Context, s billing.Setup) (billing.Flow, error) {
	if s.Terms.Price() == 0 && s.Share == 0 {
		return billing.Flow{}, fmt.Errorf("open checkout: nothing to pay: %w", billing.ErrRefused)
	}
	ours := map[string]string{memberField: string(s.Member)}
	p := &api.CheckoutSessionParams{
		Params:            params(ctx, s.Key),
		ClientReferenceID: new(string(s.Member)), Metadata: ours,
		SuccessURL: &s.Done, CancelURL: &s.Quit,
		PaymentMethodTypes: []*string{new("card")},
	}
	if s.Email != "" {
		p.CustomerEmail = &s.Email
	}
	if s.Terms.Price() > 0 {
		p.Mode = new(string(api.CheckoutSessionModeSubscription))
		p.LineItems = append(p.LineItems, line(duesName, s.Terms.Price(), recurring(s.Terms.Interval)))
		p.SubscriptionData = &api.CheckoutSessionSubscriptionDataParams{Metadata: ours, TrialEnd: a.first(s.First)}
	} else {
		p.Mode = new(string(api.CheckoutSessionModePayment))
		p.InvoiceCreation = &api.CheckoutSessionInvoiceCreationParams{
			Enabled: new(true), InvoiceData: &api.CheckoutSessionInvoiceCreationInvoiceDataParams{Metadata: ours},
		}
	}
	if s.Share > 0 {
		share := line(shareName, s.Share, nil)
		share.PriceData.ProductData.Metadata = map[string]string{purposeField: shareWord}
		p.LineItems = append(p.LineItems, share)
	}
	session, err := a.api.CheckoutSessions.New(p)
	if err != nil {
		return billing.Flow{}, told(ctx, "open checkout", err)
	}
	return a.flow(session)
}

// first is when a subscription that is to wait charges for the first time: at noon, which is the same day in London and in UTC,
// by which Stripe counts months.
func (a *Account) first(on calendar.Date) *int64 {
	if on.IsZero() {
		return nil
	}
	noon := on.Start().Add(12 * time.Hour)
	if noon.Before(a.now().Add(soonest)) {
		return nil
	}
	return new(noon.Unix())
}

func line(name string, amount money.Pence, every *api.CheckoutSessionLineItemPriceDataRecurringParams) *api.CheckoutSessionLineItemParams {
	return &api.CheckoutSessionLineItemParams{
		Quantity: new(int64(1)),
		PriceData: &api.CheckoutSessionLineItemPriceDataParams{
			Currency: new(string(api.CurrencyGBP)), UnitAmount: new(int64(amount)), Recurring: every,
			ProductData: &api.CheckoutSessionLineItemPriceDataProductDataParams{Name: &name},
		},
	}
}

func recurring(i billing.Interval) *api.CheckoutSessionLineItemPriceDataRecurringParams {
	return &api.CheckoutSessionLineItemPriceDataRecurringParams{Interval: new(interval(i))}
}

func interval(i billing.Interval) string {
	if i == billing.Annual {
		return string(api.PriceRecurringIntervalYear)
	}
	return string(api.PriceRecurringIntervalMonth)
}

// Flow reads a Checkout page again.
func (a *Account) Flow(ctx context.Context, id string) (billing.Flow, error) {
	session, err := a.api.CheckoutSessions.Get(id, &api.CheckoutSessionParams{Params: params(ctx, "")})
	if err != nil {
		return billing.Flow{}, told(ctx, "read checkout "+id, err)
	}
	return a.flow(session)
}

func (a *Account) flow(s *api.CheckoutSession) (billing.Flow, error) {
	f := billing.Flow{ID: s.ID, URL: s.URL, State: billing.FlowExpired, Member: member.ID(s.ClientReferenceID)}
	switch s.Status {
	case api.CheckoutSessionStatusOpen:
		f.State = billing.FlowOpen
	case api.CheckoutSessionStatusComplete:
		f.State = billing.FlowDone
	case api.CheckoutSessionStatusExpired:
	}
	if f.Member == "" {
		f.Member = member.ID(s.Metadata[memberField])
	}
	if s.Customer != nil {
		f.Customer = s.Customer.ID
	}
	if s.Subscription != nil {
		f.Method = s.Subscription.ID
	}
	if s.Invoice != nil && s.AmountTotal > 0 { // a trial begins with an invoice of nothing
		f.Payment = s.Invoice.ID
	}
	return f, a.sameMode(s.Livemode)
}

// Portal opens Stripe's page on which a customer sees to their card, and says where it is. back is where it leads afterwards.
func (a *Account) Portal(ctx context.Context, customer, back string) (string, error) {
	session, err := a.api.BillingPortalSessions.New(&api.BillingPortalSessionParams{
		Params: params(ctx, ""), Customer: &customer, ReturnURL: &back,
	})
	if err != nil {
		return "", told(ctx, "open the billing portal", err)
	}
	return session.URL, nil
}

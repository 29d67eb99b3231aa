package stripe

import (
	"context"

	api "github.com/stripe/stripe-go/v76"
)

// Events are what our webhook endpoint is told of.
var Events = []string{
	"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
	"invoice.paid", "invoice.payment_failed", "invoice.payment_action_required", "invoice.finalized", "invoice.voided", "invoice.marked_uncollectible",
	"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
	"customer.subscription.paused", "customer.subscription.resumed",
	"charge.refunded", "charge.refund.updated",
	"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
	"payout.paid", "payout.failed", "payout.reconciliation_completed",
	"radar.early_fraud_warning.created",
}

// Endpoint is a webhook endpoint as Stripe has it.
type Endpoint struct {
	ID      string
	URL     string
	Version string // of the API; "" is the account's own, which is newer than ours
	Enabled bool
	Events  []string
}

// MakeEndpoint makes a webhook endpoint at url with our version of the API, which the dashboard cannot. The secret is told this once.
func (a *Account) MakeEndpoint(ctx context.Context, url string) (id, secret string, err error) {
	p := &api.WebhookEndpointParams{Params: params(ctx, ""), URL: &url, APIVersion: new(APIVersion)}
	for _, kind := range Events {
		p.EnabledEvents = append(p.EnabledEvents, &kind)
	}
	made, err := a.api.WebhookEndpoints.New(p)
	if err != nil {
		return "", "", told(ctx, "make a webhook endpoint", err)
	}
	return made.ID, made.Secret, a.sameMode(made.Livemode)
}

// Endpoints lists the account's webhook endpoints.
func (a *Account) Endpoints(ctx context.Context) ([]Endpoint, error) {
	p := &api.WebhookEndpointListParams{}
	p.Context, p.Limit = ctx, new(int64(page))
	var found []Endpoint
	all := a.api.WebhookEndpoints.List(p)
	for all.Next() {
		e := all.WebhookEndpoint()
		found = append(found, Endpoint{ID: e.ID, URL: e.URL, Version: e.APIVersion, Enabled: e.Status == "enabled", Events: e.EnabledEvents})
	}
	return found, told(ctx, "list webhook endpoints", all.Err())
}

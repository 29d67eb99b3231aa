//nolint:staticcheck // Id, Uri, Url: these are the official client's names
package gocardless

import (
	"context"
	"strconv"
)

// This file is the part of GoCardless' API that we call, under the names that its official Go client (v6) gives things. When that client can
// be had, an import of it takes the place of this file and of call.go: see docs/decisions/0007-a-gocardless-client-of-our-own.md.

type client struct {
	BillingRequests      billingRequests
	BillingRequestFlows  billingRequestFlows
	CustomerBankAccounts customerBankAccounts
	Mandates             mandates
	Payments             payments
	Refunds              refunds
	Payouts              payouts
	PayoutItems          payoutItems
	Events               events
}

func newClient(l *line) *client {
	return &client{
		billingRequests{l}, billingRequestFlows{l}, customerBankAccounts{l}, mandates{l}, payments{l}, refunds{l}, payouts{l}, payoutItems{l}, events{l},
	}
}

// BillingRequest asks a payer for a mandate.
type BillingRequest struct {
	Id        string            `json:"id,omitempty"`
	CreatedAt string            `json:"created_at,omitempty"`
	Status    string            `json:"status,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Links     struct {
		Customer              string `json:"customer,omitempty"`
		MandateRequestMandate string `json:"mandate_request_mandate,omitempty"`
	} `json:"links"`
}

// BillingRequestCreateParams ask for one.
type BillingRequestCreateParams struct {
	MandateRequest BillingRequestCreateParamsMandateRequest `json:"mandate_request"`
	Metadata       map[string]string                        `json:"metadata,omitempty"`
}

// BillingRequestCreateParamsMandateRequest says what mandate is asked for.
type BillingRequestCreateParamsMandateRequest struct {
	Currency    string            `json:"currency,omitempty"`
	Description string            `json:"description,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Scheme      string            `json:"scheme,omitempty"`
}

type billingRequests struct{ *line }

func (s billingRequests) Create(ctx context.Context, p BillingRequestCreateParams, key string) (*BillingRequest, error) {
	return create[BillingRequest](ctx, s.line, "billing_requests", p, key)
}

func (s billingRequests) Get(ctx context.Context, id string) (*BillingRequest, error) {
	return get[BillingRequest](ctx, s.line, "billing_requests", id)
}

// BillingRequestFlow is the hosted page on which a payer answers a billing request.
type BillingRequestFlow struct {
	Id               string `json:"id,omitempty"`
	AuthorisationUrl string `json:"authorisation_url,omitempty"`
	ExpiresAt        string `json:"expires_at,omitempty"`
}

// BillingRequestFlowCreateParams ask for one.
type BillingRequestFlowCreateParams struct {
	ExitUri           string                                           `json:"exit_uri,omitempty"`
	Links             BillingRequestFlowCreateParamsLinks              `json:"links"`
	PrefilledCustomer *BillingRequestFlowCreateParamsPrefilledCustomer `json:"prefilled_customer,omitempty"`
	RedirectUri       string                                           `json:"redirect_uri,omitempty"`
}

// BillingRequestFlowCreateParamsLinks name the billing request.
type BillingRequestFlowCreateParamsLinks struct {
	BillingRequest string `json:"billing_request"`
}

// BillingRequestFlowCreateParamsPrefilledCustomer is what the payer need not type again.
type BillingRequestFlowCreateParamsPrefilledCustomer struct {
	Email      string `json:"email,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
}

type billingRequestFlows struct{ *line }

func (s billingRequestFlows) Create(ctx context.Context, p BillingRequestFlowCreateParams, key string) (*BillingRequestFlow, error) {
	return create[BillingRequestFlow](ctx, s.line, "billing_request_flows", p, key)
}

// Initialise gives a flow again that exists already: there is no other way to read one.
func (s billingRequestFlows) Initialise(ctx context.Context, id string) (*BillingRequestFlow, error) {
	return act[BillingRequestFlow](ctx, s.line, "billing_request_flows", id, "initialise", struct{}{})
}

// CustomerBankAccount is the account that a mandate draws on.
type CustomerBankAccount struct {
	Id                  string `json:"id,omitempty"`
	AccountNumberEnding string `json:"account_number_ending,omitempty"`
}

type customerBankAccounts struct{ *line }

func (s customerBankAccounts) Get(ctx context.Context, id string) (*CustomerBankAccount, error) {
	return get[CustomerBankAccount](ctx, s.line, "customer_bank_accounts", id)
}

// Mandate lets us collect from an account.
type Mandate struct {
	Id        string            `json:"id,omitempty"`
	CreatedAt string            `json:"created_at,omitempty"`
	Status    string            `json:"status,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Links     struct {
		Customer            string `json:"customer,omitempty"`
		CustomerBankAccount string `json:"customer_bank_account,omitempty"`
		NewMandate          string `json:"new_mandate,omitempty"`
	} `json:"links"`
}

// MandateCancelParams say nothing.
type MandateCancelParams struct{}

type mandates struct{ *line }

func (s mandates) Get(ctx context.Context, id string) (*Mandate, error) {
	return get[Mandate](ctx, s.line, "mandates", id)
}

func (s mandates) Cancel(ctx context.Context, id string, p MandateCancelParams) (*Mandate, error) {
	return act[Mandate](ctx, s.line, "mandates", id, "cancel", p)
}

// Payment is one collection.
type Payment struct {
	Id             string            `json:"id,omitempty"`
	CreatedAt      string            `json:"created_at,omitempty"`
	Amount         int               `json:"amount,omitempty"`
	AmountRefunded int               `json:"amount_refunded,omitempty"`
	ChargeDate     string            `json:"charge_date,omitempty"`
	Currency       string            `json:"currency,omitempty"`
	Status         string            `json:"status,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Links          struct {
		Mandate string `json:"mandate,omitempty"`
		Payout  string `json:"payout,omitempty"`
	} `json:"links"`
}

// PaymentCreateParams ask for one.
type PaymentCreateParams struct {
	Amount      int                      `json:"amount"`
	ChargeDate  string                   `json:"charge_date,omitempty"`
	Currency    string                   `json:"currency,omitempty"`
	Description string                   `json:"description,omitempty"`
	Links       PaymentCreateParamsLinks `json:"links"`
	Metadata    map[string]string        `json:"metadata,omitempty"`
}

// PaymentCreateParamsLinks name the mandate.
type PaymentCreateParamsLinks struct {
	Mandate string `json:"mandate"`
}

// PaymentCancelParams say nothing.
type PaymentCancelParams struct{}

type payments struct{ *line }

func (s payments) Create(ctx context.Context, p PaymentCreateParams, key string) (*Payment, error) {
	return create[Payment](ctx, s.line, "payments", p, key)
}

func (s payments) Get(ctx context.Context, id string) (*Payment, error) {
	return get[Payment](ctx, s.line, "payments", id)
}

func (s payments) Cancel(ctx context.Context, id string, p PaymentCancelParams) (*Payment, error) {
	return act[Payment](ctx, s.line, "payments", id, "cancel", p)
}

// Refund is money on its way back to a payer.
type Refund struct {
	Id        string            `json:"id,omitempty"`
	CreatedAt string            `json:"created_at,omitempty"`
	Amount    int               `json:"amount,omitempty"`
	Status    string            `json:"status,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Links     struct {
		Payment string `json:"payment,omitempty"`
	} `json:"links"`
}

// RefundCreateParams ask for one.
type RefundCreateParams struct {
	Amount                  int                     `json:"amount"`
	Links                   RefundCreateParamsLinks `json:"links"`
	Metadata                map[string]string       `json:"metadata,omitempty"`
	TotalAmountConfirmation int                     `json:"total_amount_confirmation"`
}

// RefundCreateParamsLinks name the payment.
type RefundCreateParamsLinks struct {
	Payment string `json:"payment"`
}

// RefundListParams choose among them.
type RefundListParams struct {
	Limit   int
	Payment string
}

// RefundListResult is a page of them.
type RefundListResult struct {
	Refunds []Refund `json:"refunds"`
}

type refunds struct{ *line }

func (s refunds) Create(ctx context.Context, p RefundCreateParams, key string) (*Refund, error) {
	return create[Refund](ctx, s.line, "refunds", p, key)
}

func (s refunds) Get(ctx context.Context, id string) (*Refund, error) {
	return get[Refund](ctx, s.line, "refunds", id)
}

func (s refunds) List(ctx context.Context, p RefundListParams) (*RefundListResult, error) {
	return list[RefundListResult](ctx, s.line, "refunds", values{"limit": number(p.Limit), "payment": p.Payment})
}

// Payout is money on its way to our bank.
type Payout struct {
	Id           string `json:"id,omitempty"`
	Amount       int    `json:"amount,omitempty"`
	ArrivalDate  string `json:"arrival_date,omitempty"`
	Currency     string `json:"currency,omitempty"`
	DeductedFees int    `json:"deducted_fees,omitempty"`
	Reference    string `json:"reference,omitempty"`
	Status       string `json:"status,omitempty"`
}

type payouts struct{ *line }

func (s payouts) Get(ctx context.Context, id string) (*Payout, error) {
	return get[Payout](ctx, s.line, "payouts", id)
}

// PayoutItem is a part of a payout. Its amount is in pence, with one decimal place.
type PayoutItem struct {
	Amount string `json:"amount,omitempty"`
	Type   string `json:"type,omitempty"`
	Links  struct {
		Payment string `json:"payment,omitempty"`
		Refund  string `json:"refund,omitempty"`
	} `json:"links"`
}

// PayoutItemListParams choose among them.
type PayoutItemListParams struct {
	After  string
	Limit  int
	Payout string
}

// PayoutItemListResult is a page of them.
type PayoutItemListResult struct {
	PayoutItems []PayoutItem `json:"payout_items"`
	Meta        ListMeta     `json:"meta"`
}

type payoutItems struct{ *line }

func (s payoutItems) List(ctx context.Context, p PayoutItemListParams) (*PayoutItemListResult, error) {
	return list[PayoutItemListResult](ctx, s.line, "payout_items", values{"after": p.After, "limit": number(p.Limit), "payout": p.Payout})
}

// Event is something that happened.
type Event struct {
	Id           string `json:"id,omitempty"`
	CreatedAt    string `json:"created_at,omitempty"`
	Action       string `json:"action,omitempty"`
	ResourceType string `json:"resource_type,omitempty"`
	Details      struct {
		Cause            string `json:"cause,omitempty"`
		WillAttemptRetry bool   `json:"will_attempt_retry,omitempty"`
	} `json:"details"`
	Links struct {
		BillingRequest string `json:"billing_request,omitempty"`
		Mandate        string `json:"mandate,omitempty"`
		Payment        string `json:"payment,omitempty"`
		Payout         string `json:"payout,omitempty"`
		Refund         string `json:"refund,omitempty"`
	} `json:"links"`
}

// EventListParams choose among them.
type EventListParams struct {
	After     string
	CreatedAt EventListParamsCreatedAt
	Limit     int
	Payment   string
}

// EventListParamsCreatedAt is a span of time.
type EventListParamsCreatedAt struct{ Gte string }

// EventListResult is a page of them, newest first.
type EventListResult struct {
	Events []Event  `json:"events"`
	Meta   ListMeta `json:"meta"`
}

// ListMeta says where a list goes on.
type ListMeta struct {
	Cursors struct {
		After  string `json:"after,omitempty"`
		Before string `json:"before,omitempty"`
	} `json:"cursors"`
	Limit int `json:"limit,omitempty"`
}

type events struct{ *line }

func (s events) List(ctx context.Context, p EventListParams) (*EventListResult, error) {
	return list[EventListResult](ctx, s.line, "events", values{
		"after": p.After, "created_at[gte]": p.CreatedAt.Gte, "limit": number(p.Limit), "payment": p.Payment,
	})
}

// values are a query; those that are empty are not sent.
type values map[string]string

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

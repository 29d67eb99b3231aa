package practice

// The objects of Stripe's API, with the fields that mean something here. Pointers are null where Stripe says null.

const (
	kindCustomer     = "customer"
	kindSession      = "checkout.session"
	kindOrder        = "checkout.order" // ours: what a session was opened for, which Stripe does not show
	kindProduct      = "product"
	kindCard         = "payment_method"
	kindSubscription = "subscription"
	kindInvoice      = "invoice"
	kindIntent       = "payment_intent"
	kindCharge       = "charge"
	kindBalance      = "balance_transaction"
	kindRefund       = "refund"
	kindDispute      = "dispute"
	kindPayout       = "payout"
	kindPortal       = "billing_portal.session"
)

// common is what all of them begin with.
type common struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Created  int64  `json:"created"`
	Livemode bool   `json:"livemode"`
}

func (b *book) common(prefix, kind string) common {
	return common{ID: stripeID(prefix), Object: kind, Created: b.now.Unix()}
}

type metadata map[string]string

type stripeList[T any] struct {
	Object  string `json:"object"`
	Data    []T    `json:"data"`
	HasMore bool   `json:"has_more"`
	URL     string `json:"url"`
}

func listOf[T any](url string, data ...T) stripeList[T] {
	return stripeList[T]{Object: "list", Data: data, URL: url}
}

type stripeCustomer struct {
	common
	Email    *string  `json:"email"`
	Name     *string  `json:"name"`
	Metadata metadata `json:"metadata"`
}

type stripeSession struct {
	common
	Mode              string   `json:"mode"`
	Status            string   `json:"status"`
	PaymentStatus     string   `json:"payment_status"`
	URL               *string  `json:"url"`
	ClientReferenceID *string  `json:"client_reference_id"`
	Customer          *string  `json:"customer"`
	CustomerEmail     *string  `json:"customer_email"`
	Subscription      *string  `json:"subscription"`
	Invoice           *string  `json:"invoice"`
	PaymentIntent     *string  `json:"payment_intent"`
	Metadata          metadata `json:"metadata"`
	Currency          string   `json:"currency"`
	AmountTotal       int64    `json:"amount_total"`
	SuccessURL        string   `json:"success_url"`
	CancelURL         string   `json:"cancel_url"`
	ExpiresAt         int64    `json:"expires_at"`
}

// stripeOrder is what a session was opened for.
type stripeOrder struct {
	Lines    []orderLine `json:"lines"`
	TrialEnd int64       `json:"trial_end"`
	Metadata metadata    `json:"metadata"` // for the subscription, or the invoice
}

type orderLine struct {
	Name     string   `json:"name"`
	Metadata metadata `json:"metadata"`
	Amount   int64    `json:"amount"`
	Interval string   `json:"interval"` // "": once
}

type stripeProduct struct {
	common
	Name     string   `json:"name"`
	Active   bool     `json:"active"`
	Metadata metadata `json:"metadata"`
}

type stripePrice struct {
	common
	Currency   string     `json:"currency"`
	Product    string     `json:"product"`
	Type       string     `json:"type"`
	UnitAmount int64      `json:"unit_amount"`
	Recurring  *recurring `json:"recurring"`
}

type recurring struct {
	Interval      string `json:"interval"`
	IntervalCount int64  `json:"interval_count"`
}

type stripeCard struct {
	common
	Type     string  `json:"type"`
	Card     cardFor `json:"card"`
	Customer string  `json:"customer"`
}

type cardFor struct {
	Brand    string `json:"brand"`
	Last4    string `json:"last4"`
	ExpMonth int    `json:"exp_month"`
	ExpYear  int    `json:"exp_year"`
}

type stripeSubscription struct {
	common
	Customer             string                       `json:"customer"`
	Status               string                       `json:"status"`
	Currency             string                       `json:"currency"`
	Metadata             metadata                     `json:"metadata"`
	Items                stripeList[subscriptionItem] `json:"items"`
	BillingCycleAnchor   int64                        `json:"billing_cycle_anchor"`
	CurrentPeriodStart   int64                        `json:"current_period_start"`
	CurrentPeriodEnd     int64                        `json:"current_period_end"`
	TrialEnd             *int64                       `json:"trial_end"`
	CancelAtPeriodEnd    bool                         `json:"cancel_at_period_end"`
	CanceledAt           *int64                       `json:"canceled_at"`
	EndedAt              *int64                       `json:"ended_at"`
	DefaultPaymentMethod *string                      `json:"default_payment_method"`
	LatestInvoice        *string                      `json:"latest_invoice"`
	CollectionMethod     string                       `json:"collection_method"`
}

type subscriptionItem struct {
	common
	Subscription string      `json:"subscription"`
	Quantity     int64       `json:"quantity"`
	Price        stripePrice `json:"price"`
}

type stripeInvoice struct {
	common
	Customer            string                  `json:"customer"`
	Subscription        *string                 `json:"subscription"`
	SubscriptionDetails *details                `json:"subscription_details"`
	Metadata            metadata                `json:"metadata"`
	Status              string                  `json:"status"`
	BillingReason       string                  `json:"billing_reason"`
	CollectionMethod    string                  `json:"collection_method"`
	Currency            string                  `json:"currency"`
	AmountDue           int64                   `json:"amount_due"`
	AmountPaid          int64                   `json:"amount_paid"`
	AmountRemaining     int64                   `json:"amount_remaining"`
	Subtotal            int64                   `json:"subtotal"`
	Total               int64                   `json:"total"`
	Paid                bool                    `json:"paid"`
	Charge              *string                 `json:"charge"`
	PaymentIntent       *string                 `json:"payment_intent"`
	Lines               stripeList[invoiceLine] `json:"lines"`
	HostedInvoiceURL    *string                 `json:"hosted_invoice_url"`
	AttemptCount        int64                   `json:"attempt_count"`
	Attempted           bool                    `json:"attempted"`
	AutoAdvance         bool                    `json:"auto_advance"`
	NextPaymentAttempt  *int64                  `json:"next_payment_attempt"`
	StatusTransitions   transitions             `json:"status_transitions"`
}

type details struct {
	Metadata metadata `json:"metadata"`
}

type transitions struct {
	FinalizedAt *int64 `json:"finalized_at"`
	PaidAt      *int64 `json:"paid_at"`
	VoidedAt    *int64 `json:"voided_at"`
}

type invoiceLine struct {
	ID           string      `json:"id"`
	Object       string      `json:"object"`
	Amount       int64       `json:"amount"`
	Currency     string      `json:"currency"`
	Description  string      `json:"description"`
	Type         string      `json:"type"`
	Proration    bool        `json:"proration"`
	Quantity     int64       `json:"quantity"`
	Period       period      `json:"period"`
	Price        stripePrice `json:"price"`
	Subscription *string     `json:"subscription"`
}

type period struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

type stripeIntent struct {
	common
	Amount           int64     `json:"amount"`
	Currency         string    `json:"currency"`
	Customer         string    `json:"customer"`
	Invoice          string    `json:"invoice"`
	Status           string    `json:"status"`
	LastPaymentError *declined `json:"last_payment_error"`
	LatestCharge     *string   `json:"latest_charge"`
}

type declined struct {
	Type        string `json:"type"`
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code"`
	Message     string `json:"message"`
}

type stripeCharge struct {
	common
	Amount             int64   `json:"amount"`
	AmountRefunded     int64   `json:"amount_refunded"`
	Refunded           bool    `json:"refunded"`
	Currency           string  `json:"currency"`
	Customer           string  `json:"customer"`
	Invoice            string  `json:"invoice"`
	PaymentIntent      string  `json:"payment_intent"`
	BalanceTransaction *string `json:"balance_transaction"`
	Disputed           bool    `json:"disputed"`
	Paid               bool    `json:"paid"`
	Status             string  `json:"status"`
	FailureCode        *string `json:"failure_code"`
}

type stripeBalance struct {
	common
	Amount   int64  `json:"amount"`
	Fee      int64  `json:"fee"`
	Net      int64  `json:"net"`
	Currency string `json:"currency"`
	Type     string `json:"type"`
	Source   string `json:"source"`
	Status   string `json:"status"`
}

type stripeRefund struct {
	common
	Amount             int64    `json:"amount"`
	Charge             string   `json:"charge"`
	PaymentIntent      string   `json:"payment_intent"`
	BalanceTransaction string   `json:"balance_transaction"`
	Currency           string   `json:"currency"`
	Metadata           metadata `json:"metadata"`
	Status             string   `json:"status"`
}

type stripeDispute struct {
	common
	Amount        int64  `json:"amount"`
	Charge        string `json:"charge"`
	PaymentIntent string `json:"payment_intent"`
	Currency      string `json:"currency"`
	Reason        string `json:"reason"`
	Status        string `json:"status"`
}

type stripePayout struct {
	common
	Amount              int64  `json:"amount"`
	ArrivalDate         int64  `json:"arrival_date"`
	Automatic           bool   `json:"automatic"`
	BalanceTransaction  string `json:"balance_transaction"`
	Currency            string `json:"currency"`
	Method              string `json:"method"`
	Type                string `json:"type"`
	StatementDescriptor string `json:"statement_descriptor"`
	Status              string `json:"status"`
}

type stripePortal struct {
	common
	Customer  string `json:"customer"`
	ReturnURL string `json:"return_url"`
	URL       string `json:"url"`
}

// maybe is null for the zero value.
func maybe[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

package practice

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"folkmoot/internal/calendar"
)

// The objects of GoCardless' API, with the fields that mean something here. What begins with an underscore is ours, and is not shown.

const (
	gcRequests  = "billing_requests"
	gcFlows     = "billing_request_flows"
	gcCustomers = "customers"
	gcAccounts  = "customer_bank_accounts"
	gcMandates  = "mandates"
	gcPayments  = "payments"
	gcRefunds   = "refunds"
	gcPayouts   = "payouts"
	gcItems     = "payout_items"
	gcEvents    = "events"
)

// What objects are about, so that the clock finds those that it may move.
const (
	gcMoving  = "moving"
	gcStill   = "still"
	gcWaiting = "waiting" // items, for a payout
)

const gcCreditor = "CR00000000PRAC"

type gcRequest struct {
	ID             string           `json:"id"`
	CreatedAt      string           `json:"created_at"`
	Status         string           `json:"status"`
	MandateRequest gcMandateRequest `json:"mandate_request"`
	Metadata       metadata         `json:"metadata"`
	Links          gcRequestLinks   `json:"links"`
}

type gcMandateRequest struct {
	Currency    string   `json:"currency"`
	Description string   `json:"description,omitempty"`
	Scheme      string   `json:"scheme,omitempty"`
	Metadata    metadata `json:"metadata,omitempty"`
}

type gcRequestLinks struct {
	Creditor              string `json:"creditor"`
	Customer              string `json:"customer,omitempty"`
	CustomerBankAccount   string `json:"customer_bank_account,omitempty"`
	MandateRequestMandate string `json:"mandate_request_mandate,omitempty"`
}

type gcFlow struct {
	ID               string      `json:"id"`
	AuthorisationURL string      `json:"authorisation_url"`
	AutoFulfil       bool        `json:"auto_fulfil"`
	CreatedAt        string      `json:"created_at"`
	ExpiresAt        string      `json:"expires_at"`
	ExitURI          string      `json:"exit_uri"`
	RedirectURI      string      `json:"redirect_uri"`
	Prefilled        *gcPerson   `json:"prefilled_customer"`
	Links            gcFlowLinks `json:"links"`
}

type gcPerson struct {
	Email      string `json:"email,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
}

type gcFlowLinks struct {
	BillingRequest string `json:"billing_request"`
}

type gcCustomer struct {
	ID        string `json:"id"`
	CreatedAt string `json:"created_at"`
	gcPerson
}

type gcAccount struct {
	ID                  string         `json:"id"`
	CreatedAt           string         `json:"created_at"`
	AccountNumberEnding string         `json:"account_number_ending"`
	BankName            string         `json:"bank_name"`
	CountryCode         string         `json:"country_code"`
	Currency            string         `json:"currency"`
	Enabled             bool           `json:"enabled"`
	Links               gcAccountLinks `json:"links"`
	Is                  Account        `json:"_is"`
}

type gcAccountLinks struct {
	Customer string `json:"customer"`
}

type gcMandate struct {
	ID                     string         `json:"id"`
	CreatedAt              string         `json:"created_at"`
	Reference              string         `json:"reference"`
	Scheme                 string         `json:"scheme"`
	Status                 string         `json:"status"`
	NextPossibleChargeDate *string        `json:"next_possible_charge_date"`
	Metadata               metadata       `json:"metadata"`
	Links                  gcMandateLinks `json:"links"`
	Made                   string         `json:"_made"` // the day
}

type gcMandateLinks struct {
	Creditor            string `json:"creditor"`
	Customer            string `json:"customer"`
	CustomerBankAccount string `json:"customer_bank_account"`
	NewMandate          string `json:"new_mandate,omitempty"`
}

type gcPayment struct {
	ID             string         `json:"id"`
	CreatedAt      string         `json:"created_at"`
	Amount         int64          `json:"amount"`
	AmountRefunded int64          `json:"amount_refunded"`
	ChargeDate     string         `json:"charge_date"`
	Currency       string         `json:"currency"`
	Description    *string        `json:"description"`
	Reference      string         `json:"reference"`
	Scheme         string         `json:"scheme"`
	Status         string         `json:"status"`
	Metadata       metadata       `json:"metadata"`
	Links          gcPaymentLinks `json:"links"`
	RetryOn        string         `json:"_retry_on,omitempty"` // failed, and tried again then
}

type gcPaymentLinks struct {
	Creditor string `json:"creditor"`
	Mandate  string `json:"mandate"`
	Payout   string `json:"payout,omitempty"`
}

type gcRefund struct {
	ID        string        `json:"id"`
	CreatedAt string        `json:"created_at"`
	Amount    int64         `json:"amount"`
	Currency  string        `json:"currency"`
	Reference *string       `json:"reference"`
	Status    string        `json:"status"`
	Metadata  metadata      `json:"metadata"`
	Links     gcRefundLinks `json:"links"`
	Made      string        `json:"_made"` // the day
}

type gcRefundLinks struct {
	Payment string `json:"payment"`
	Mandate string `json:"mandate"`
}

type gcPayout struct {
	ID           string        `json:"id"`
	CreatedAt    string        `json:"created_at"`
	Amount       int64         `json:"amount"`
	ArrivalDate  string        `json:"arrival_date"`
	Currency     string        `json:"currency"`
	DeductedFees int64         `json:"deducted_fees"`
	PayoutType   string        `json:"payout_type"`
	Reference    string        `json:"reference"`
	Status       string        `json:"status"`
	Links        gcPayoutLinks `json:"links"`
}

type gcPayoutLinks struct {
	Creditor            string `json:"creditor"`
	CreditorBankAccount string `json:"creditor_bank_account"`
}

// gcItem is a part of a payout, or waits to be one. Its API shows no id.
type gcItem struct {
	ID     string      `json:"id"`
	Amount string      `json:"amount"` // pence, with one decimal place
	Type   string      `json:"type"`
	Taxes  []string    `json:"taxes"`
	Links  gcItemLinks `json:"links"`
	Tenths int64       `json:"_tenths"`
	Made   string      `json:"_made"` // the day
}

type gcItemLinks struct {
	Mandate string `json:"mandate,omitempty"`
	Payment string `json:"payment,omitempty"`
	Refund  string `json:"refund,omitempty"`
}

// gcDetails say why something happened.
type gcDetails struct {
	Origin           string `json:"origin"`
	Cause            string `json:"cause"`
	Description      string `json:"description"`
	Scheme           string `json:"scheme,omitempty"`
	ReasonCode       string `json:"reason_code,omitempty"`
	WillAttemptRetry *bool  `json:"will_attempt_retry,omitempty"`
}

func gcID(prefix string) string { return prefix + rand.Text()[:14] }

func gcTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// today is the day that it is by the house's clock.
func (b *book) today() calendar.Date { return calendar.On(b.now) }

// gcShown is an object without what is ours.
func gcShown(body []byte) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	for name := range all {
		if strings.HasPrefix(name, "_") {
			delete(all, name)
		}
	}
	return all, nil
}

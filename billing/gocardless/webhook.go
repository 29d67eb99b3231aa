package gocardless

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"folkmoot/billing"
)

// mostEvents is how many GoCardless puts into one delivery.
const mostEvents = 250

// signatureHeader is the hex HMAC-SHA256 of the raw body. It carries no time: a delivery that is told again much later is as genuine as
// the first, and does no harm, since what it names is read again.
const signatureHeader = "Webhook-Signature"

// Open verifies a delivery over its raw body and tells what each of its events is about.
func (p *Provider) Open(header http.Header, body []byte, _ time.Time) ([]billing.Event, error) {
	if !p.signed(header, body) {
		return nil, billing.ErrSignature
	}
	var delivery struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal(body, &delivery); err != nil {
		return nil, errors.New("a signed delivery that is not JSON of events")
	}
	if len(delivery.Events) > mostEvents {
		return nil, fmt.Errorf("a delivery of %d events; %d is the most", len(delivery.Events), mostEvents)
	}
	told := make([]billing.Event, 0, len(delivery.Events))
	for i := range delivery.Events {
		e := &delivery.Events[i]
		if e.Id == "" {
			return nil, errors.New("an event without an id")
		}
		told = append(told, billing.Event{
			ID: e.Id, Kind: e.ResourceType + "." + e.Action, Live: p.live, At: moment(e.CreatedAt), About: about(e),
		})
	}
	return told, nil
}

func (p *Provider) signed(header http.Header, body []byte) bool {
	said := header.Values(signatureHeader)
	if len(said) != 1 {
		return false
	}
	signature, err := hex.DecodeString(said[0])
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, p.secret)
	mac.Write(body)
	return hmac.Equal(signature, mac.Sum(nil))
}

// about is what to read again. A payment that was paid out is not: thousands are at once, its payout's items tell of all of them together,
// and it stays paid.
func about(e *Event) billing.Ref {
	ref := billing.Ref{Kind: billing.RefNothing}
	switch e.ResourceType + "." + e.Action {
	case "billing_requests.fulfilled", "billing_requests.cancelled", "billing_requests.failed":
		ref = billing.Ref{Kind: billing.RefFlow, Ref: e.Links.BillingRequest}
	case "payments.paid_out", "payments.surcharge_fee_debited", "payouts.fx_rate_confirmed", "payouts.tax_exchange_rates_confirmed":
	default:
		switch e.ResourceType {
		case "mandates":
			ref = billing.Ref{Kind: billing.RefMethod, Ref: e.Links.Mandate}
		case "payments":
			ref = billing.Ref{Kind: billing.RefPayment, Ref: e.Links.Payment}
		case "refunds":
			ref = billing.Ref{Kind: billing.RefPayment, Ref: e.Links.Refund} // Payment follows it
		case "payouts":
			ref = billing.Ref{Kind: billing.RefPayout, Ref: e.Links.Payout}
		}
	}
	if ref.Ref == "" {
		return billing.Ref{Kind: billing.RefNothing}
	}
	return ref
}

package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"folkmoot/billing"
)

// tolerance is how far a signature's time may be from ours, before or after.
const tolerance = 5 * time.Minute

// Open verifies a webhook and tells what it is about.
func (a *Account) Open(header http.Header, body []byte, now time.Time) ([]billing.Event, error) {
	if a.secret == "" { // the library would take an empty secret for one
		return nil, fmt.Errorf("no webhook secret is set: %w", billing.ErrSignature)
	}
	signature := header.Get("Stripe-Signature")
	// Its time is judged below, by our clock and in both directions: the library takes one of the future. So is the version,
	// which must be told apart from a bad signature.
	event, err := webhook.ConstructEventWithOptions(body, signature, a.secret, webhook.ConstructEventOptions{
		IgnoreTolerance: true, IgnoreAPIVersionMismatch: true,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", billing.ErrSignature, signatureFault(err))
	}
	if err := inTime(signature, now); err != nil {
		return nil, err
	}
	if event.APIVersion != APIVersion {
		return nil, fmt.Errorf("%w: %q", billing.ErrVersion, event.APIVersion)
	}
	if err := a.sameMode(event.Livemode); err != nil {
		return nil, err
	}
	if event.ID == "" || event.Data == nil {
		return nil, fmt.Errorf("an event without an id or an object: %w", billing.ErrSignature)
	}
	return []billing.Event{{
		ID: event.ID, Kind: string(event.Type), Live: event.Livemode, At: time.Unix(event.Created, 0).UTC(), About: about(&event),
	}}, nil
}

// signatureFault keeps what the body said out of the error: a decoder may quote it.
func signatureFault(err error) error {
	for _, known := range []error{webhook.ErrNotSigned, webhook.ErrInvalidHeader, webhook.ErrNoValidSignature} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("signed, but no event")
}

func inTime(signature string, now time.Time) error {
	var signed []int64
	for part := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(part, "t="); ok {
			at, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return fmt.Errorf("%w: its time is no number", billing.ErrSignature)
			}
			signed = append(signed, at)
		}
	}
	if len(signed) != 1 {
		return fmt.Errorf("%w: it has no one time", billing.ErrSignature)
	}
	if off := now.Sub(time.Unix(signed[0], 0)); off > tolerance || off < -tolerance {
		return fmt.Errorf("%w: it is not of now", billing.ErrSignature)
	}
	return nil
}

// about is what an event has us read again. Names of objects are the same in every version of the API; their fields are not, so of a
// refund or a dispute it is the charge, whose invoice Payment finds.
func about(event *api.Event) billing.Ref {
	var object struct {
		ID     string          `json:"id"`
		Charge json.RawMessage `json:"charge"`
	}
	if event.Data == nil || json.Unmarshal(event.Data.Raw, &object) != nil {
		return billing.Ref{Kind: billing.RefNothing}
	}
	kind := string(event.Type)
	switch {
	case kind == "invoice.upcoming", kind == "invoice.deleted": // of which there is none to read
		return billing.Ref{Kind: billing.RefNothing}
	case strings.HasPrefix(kind, "checkout.session."):
		return billing.Ref{Kind: billing.RefFlow, Ref: object.ID}
	case strings.HasPrefix(kind, "invoice."):
		return billing.Ref{Kind: billing.RefPayment, Ref: object.ID}
	case strings.HasPrefix(kind, "customer.subscription."):
		return billing.Ref{Kind: billing.RefMethod, Ref: object.ID}
	case strings.HasPrefix(kind, "payout."):
		return billing.Ref{Kind: billing.RefPayout, Ref: object.ID}
	case kind == "charge.refunded":
		return billing.Ref{Kind: billing.RefPayment, Ref: object.ID}
	case strings.HasPrefix(kind, "charge.dispute."), strings.HasPrefix(kind, "charge.refund."), strings.HasPrefix(kind, "refund."),
		strings.HasPrefix(kind, "radar.early_fraud_warning."):
		if charge := idOf(object.Charge); charge != "" {
			return billing.Ref{Kind: billing.RefPayment, Ref: charge}
		}
	}
	return billing.Ref{Kind: billing.RefNothing}
}

// idOf is the id of an object that is told by its id or written out.
func idOf(told json.RawMessage) string {
	var id string
	if json.Unmarshal(told, &id) == nil {
		return id
	}
	var object struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(told, &object) // what is neither has no id
	return object.ID
}

// Changed lists what Stripe's events of the last 30 days are about, the newest first.
func (a *Account) Changed(ctx context.Context, since time.Time, after string) (refs []billing.Ref, next string, err error) {
	p := &api.EventListParams{CreatedRange: &api.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	p.Context, p.Limit, p.Single = ctx, new(int64(page)), true
	if after != "" {
		p.StartingAfter = &after
	}
	seen := map[billing.Ref]bool{}
	all := a.api.Events.List(p)
	for all.Next() {
		event := all.Event()
		if err := a.sameMode(event.Livemode); err != nil {
			return nil, "", err
		}
		next = event.ID
		if ref := about(event); ref.Kind != billing.RefNothing && !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
	}
	if err := all.Err(); err != nil {
		return nil, "", told(ctx, "list events", err)
	}
	if !all.Meta().HasMore {
		next = ""
	}
	return refs, next, nil
}

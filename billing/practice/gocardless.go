package practice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"folkmoot/billing"
)

// gcHalf looks like GoCardless, as far as billing/gocardless asks of it.
type gcHalf struct{ house *House }

const (
	gcVersion = "2015-07-06"
	gcMost    = 1 << 20 // bytes of a request
)

// GoCardless is the look-alike of GoCardless' API.
func (h *House) GoCardless() http.Handler {
	g := gcHalf{h}
	mux := http.NewServeMux()
	mux.Handle("POST /billing_requests", gcCreate(g, gcRequests, g.openRequest))
	mux.Handle("POST /billing_request_flows", gcCreate(g, gcFlows, g.openFlow))
	mux.Handle("POST /billing_request_flows/{id}/actions/initialise", g.act(g.initialise))
	mux.Handle("POST /mandates/{id}/actions/cancel", g.act(g.cancelMandate))
	mux.Handle("POST /payments", gcCreate(g, gcPayments, g.collect))
	mux.Handle("POST /payments/{id}/actions/cancel", g.act(g.cancelPayment))
	mux.Handle("POST /refunds", gcCreate(g, gcRefunds, g.refund))
	for _, kind := range []string{gcRequests, gcCustomers, gcAccounts, gcMandates, gcPayments, gcRefunds, gcPayouts} {
		mux.Handle("GET /"+kind+"/{id}", g.read(func(b *book, r *http.Request) (any, error) { return g.show(b, kind, r.PathValue("id")) }))
	}
	mux.Handle("GET /refunds", g.read(g.listRefunds))
	mux.Handle("GET /payout_items", g.read(g.listItems))
	mux.Handle("GET /events", g.read(g.listEvents))
	mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { gcRefuse(w, gcUnknown()) }))
	return gcDoor(mux)
}

// gcError is a refusal as GoCardless writes it.
type gcError struct {
	Status int
	Type   string
	Reason string
	Field  string
	Links  map[string]string
}

func (e *gcError) Error() string { return e.Type + " " + e.Reason + e.Field }

func gcUnknown() *gcError {
	return &gcError{Status: 404, Type: "invalid_api_usage", Reason: "resource_not_found"}
}

func gcInvalid(field string) *gcError {
	return &gcError{Status: 422, Type: "validation_failed", Field: field}
}

func gcState(reason string) *gcError {
	return &gcError{Status: 422, Type: "invalid_state", Reason: reason}
}

func gcMalformed(reason string) *gcError {
	return &gcError{Status: 400, Type: "invalid_api_usage", Reason: reason}
}

func gcRefuse(w http.ResponseWriter, err error) {
	var e *gcError
	switch {
	case errors.As(err, &e):
	case errors.Is(err, ErrNoSuchThing):
		e = gcUnknown()
	default:
		e = &gcError{Status: 500, Type: "gocardless", Reason: "internal_server_error"}
	}
	detail := map[string]any{"message": "Practice mode refuses this"}
	if e.Reason != "" {
		detail["reason"] = e.Reason
	}
	if e.Field != "" {
		detail["field"] = e.Field
	}
	if e.Links != nil {
		detail["links"] = e.Links
	}
	gcReply(w, e.Status, map[string]any{"error": map[string]any{
		"message": "Practice mode refuses this", "type": e.Type, "code": e.Status, "request_id": gcID("practice-"), "errors": []any{detail},
		"documentation_url": "https://developer.gocardless.com/api-reference#" + e.Reason,
	}})
}

func gcReply(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		status, body = 500, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// gcDoor lets in who has a token that is not for real money and speaks our version.
func gcDoor(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case !ok || token == "" || strings.HasPrefix(token, "live_"):
			gcRefuse(w, &gcError{Status: 401, Type: "invalid_api_usage", Reason: "access_token_not_found"})
		case r.Header.Get("GoCardless-Version") != gcVersion:
			gcRefuse(w, gcMalformed("version_not_found"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (g gcHalf) read(verb func(*book, *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any
		err := g.house.books.read(r.Context(), billing.GoCardless, func(b *book) (err error) {
			answer, err = verb(b, r)
			return err
		})
		if err != nil {
			gcRefuse(w, err)
			return
		}
		gcReply(w, http.StatusOK, answer)
	})
}

// show is an object in the envelope that names its kind.
func (g gcHalf) show(b *book, kind, id string) (any, error) {
	var body json.RawMessage
	if err := b.get(kind, id, &body); err != nil {
		return nil, err
	}
	if kind == gcMandates {
		var m gcMandate
		if err := json.Unmarshal(body, &m); err != nil {
			return nil, err
		}
		m.dates(b.today())
		body, _ = json.Marshal(m)
	}
	object, err := gcShown(body)
	return map[string]any{kind: object}, err
}

// act does something to an object and shows it then.
func (g gcHalf) act(verb func(b *book, id string) (kind string, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Data map[string]any `json:"data"`
		}
		if err := gcBody(r, &sent); err != nil {
			gcRefuse(w, err)
			return
		}
		var answer any
		err := g.write(r.Context(), func(b *book) error {
			kind, err := verb(b, r.PathValue("id"))
			if err != nil {
				return err
			}
			answer, err = g.show(b, kind, r.PathValue("id"))
			return err
		})
		if err != nil {
			gcRefuse(w, err)
			return
		}
		gcReply(w, http.StatusOK, answer)
	})
}

func (g gcHalf) write(ctx context.Context, f func(*book) error) error {
	return g.house.books.write(ctx, billing.GoCardless, f)
}

// gcCreate makes an object once for a key. A second time the key is refused, whatever is asked, and the answer names what it made.
func gcCreate[T any](g gcHalf, kind string, verb func(*book, T) (id string, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent map[string]json.RawMessage
		var params T
		err := gcBody(r, &sent)
		if err == nil && (len(sent) != 1 || sent[kind] == nil) {
			err = gcMalformed("missing_resource_wrapper")
		}
		if err == nil {
			err = gcStrict(bytes.NewReader(sent[kind]), &params)
		}
		var answer any
		if err == nil {
			err = g.write(r.Context(), func(b *book) error {
				id, err := gcOnce(b, kind, r.Header.Get("Idempotency-Key"), func() (string, error) { return verb(b, params) })
				if err != nil {
					return err
				}
				answer, err = g.show(b, kind, id)
				return err
			})
		}
		if err != nil {
			gcRefuse(w, err)
			return
		}
		gcReply(w, http.StatusCreated, answer)
	})
}

func gcOnce(b *book, kind, key string, do func() (string, error)) (string, error) {
	if key == "" {
		return do()
	}
	made, _, known, err := b.kept(kind + " " + key)
	if err != nil {
		return "", err
	}
	if known {
		return "", &gcError{Status: 409, Type: "invalid_state", Reason: "idempotent_creation_conflict", Links: map[string]string{"conflicting_resource_id": made}}
	}
	if made, err = do(); err != nil {
		return "", err
	}
	return made, b.keep(kind+" "+key, made, http.StatusCreated, nil)
}

func gcBody(r *http.Request, into any) error {
	return gcStrict(io.LimitReader(r.Body, gcMost), into)
}

func gcStrict(from io.Reader, into any) error {
	d := json.NewDecoder(from)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return gcMalformed("invalid_document_structure")
	}
	return nil
}

// sign writes GoCardless' header for a webhook.
func (g gcHalf) sign(body []byte, _ time.Time) http.Header {
	mac := hmac.New(sha256.New, []byte(g.house.Secret(billing.GoCardless)))
	mac.Write(body)
	return http.Header{"Content-Type": {"application/json"}, "Webhook-Signature": {hex.EncodeToString(mac.Sum(nil))}}
}

// envelope is a webhook's body.
func (g gcHalf) envelope(events []event) ([]byte, error) {
	told := make([]json.RawMessage, len(events))
	for i, e := range events {
		told[i] = e.Body
	}
	return json.Marshal(map[string]any{"events": told, "meta": map[string]string{"webhook_id": gcID("WB")}})
}

// tell notes that something happened to an object. links name more than the object itself.
func (g gcHalf) tell(b *book, kind, action, id string, why gcDetails, links ...string) error {
	all := map[string]string{strings.TrimSuffix(kind, "s"): id}
	for i := 1; i < len(links); i += 2 {
		all[links[i-1]] = links[i]
	}
	event := gcID("EV")
	return b.happened(event, kind+"."+action, id, map[string]any{
		"id": event, "created_at": gcTime(b.now), "resource_type": kind, "action": action, "details": why, "links": all, "metadata": map[string]string{},
	})
}

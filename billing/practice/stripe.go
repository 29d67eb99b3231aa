package practice

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"folkmoot/billing"
)

// stripeHalf looks like Stripe, API version 2023-10-16, as far as billing/stripe asks of it.
type stripeHalf struct{ house *House }

const (
	stripeVersion = "2023-10-16"
	stripeMost    = 1 << 20 // bytes of a request
)

// Stripe is the look-alike of Stripe's API.
func (h *House) Stripe() http.Handler {
	s := stripeHalf{h}
	mux := http.NewServeMux()
	route := func(pattern string, takes string, verb stripeVerb) {
		mux.Handle(pattern, s.serve(takes, verb))
	}
	route("POST /v1/checkout/sessions", sessionTakes, s.openSession)
	route("GET /v1/checkout/sessions/{id}", "", s.show(kindSession))
	route("POST /v1/checkout/sessions/{id}/expire", "", s.expireSession)
	route("GET /v1/customers/{id}", "", s.show(kindCustomer))
	route("GET /v1/subscriptions/{id}", "", s.show(kindSubscription))
	route("POST /v1/subscriptions/{id}", subscriptionTakes, s.changeSubscription)
	route("DELETE /v1/subscriptions/{id}", "invoice_now prorate", s.cancelSubscription)
	route("GET /v1/invoices/{id}", "", s.show(kindInvoice))
	route("POST /v1/invoices/{id}/void", "", s.voidInvoice)
	route("GET /v1/charges/{id}", "", s.show(kindCharge))
	route("GET /v1/payment_intents/{id}", "", s.show(kindIntent))
	route("GET /v1/disputes", "charge limit starting_after", s.list(kindDispute, "charge"))
	route("POST /v1/refunds", refundTakes, s.refund)
	route("GET /v1/refunds/{id}", "", s.show(kindRefund))
	route("GET /v1/payouts/{id}", "", s.show(kindPayout))
	route("GET /v1/balance_transactions", "payout limit starting_after", s.list(kindBalance, "payout"))
	route("GET /v1/events", "created[gte] limit starting_after", s.listEvents)
	route("POST /v1/webhook_endpoints", endpointTakes, s.makeEndpoint)
	route("GET /v1/webhook_endpoints", "limit starting_after", s.listEndpoints)
	route("POST /v1/billing_portal/sessions", "customer return_url", s.openPortal)
	mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, &stripeError{http.StatusNotFound, "invalid_request_error", "", "", "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + ")."})
	}))
	return mux
}

// stripeCall is one request.
type stripeCall struct {
	path func(string) string
	form url.Values
}

// id is the id in the address.
func (c stripeCall) id() string { return c.path("id") }

type stripeVerb func(b *book, c stripeCall) (any, error)

// stripeError is a refusal as Stripe writes it.
type stripeError struct {
	Status  int    `json:"-"`
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	Param   string `json:"param,omitempty"`
	Message string `json:"message"`
}

func (e *stripeError) Error() string { return e.Message }

func invalid(code, param, message string) *stripeError {
	return &stripeError{http.StatusBadRequest, "invalid_request_error", code, param, message}
}

func refuse(w http.ResponseWriter, e *stripeError) {
	body, _ := json.Marshal(map[string]any{"error": e})
	reply(w, e.Status, body)
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", stripeID("req"))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// serve reads a request, has it done once for each idempotency key, and answers. takes lists the parameters that are known.
func (s stripeHalf) serve(takes string, verb stripeVerb) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, err := stripeForm(r, takes)
		if err != nil {
			refuse(w, asStripe(err))
			return
		}
		call := stripeCall{path: r.PathValue, form: form}
		body, err := s.run(r.Context(), r, call, verb)
		if err != nil {
			refuse(w, asStripe(err))
			return
		}
		reply(w, http.StatusOK, body)
	})
}

func (s stripeHalf) run(ctx context.Context, r *http.Request, call stripeCall, verb stripeVerb) (body []byte, err error) {
	if r.Method == http.MethodGet {
		err = s.house.books.read(ctx, billing.Stripe, func(b *book) error {
			body, err = done(b, call, verb)
			return err
		})
		return body, err
	}
	mark := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "\n" + call.form.Encode()))
	err = s.house.books.write(ctx, billing.Stripe, func(b *book) error {
		body, err = once(b, r.Header.Get("Idempotency-Key"), hex.EncodeToString(mark[:]), func() ([]byte, error) { return done(b, call, verb) })
		return err
	})
	return body, err
}

// once answers as before what was asked before with the same key, and refuses the key for anything else.
func once(b *book, key, mark string, do func() ([]byte, error)) ([]byte, error) {
	if key == "" {
		return do()
	}
	before, kept, ok, err := b.kept(key)
	switch {
	case err != nil:
		return nil, err
	case ok && before != mark:
		return nil, &stripeError{
			http.StatusBadRequest, "idempotency_error", "", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with.",
		}
	case ok:
		return kept, nil
	}
	body, err := do()
	if err != nil {
		return nil, err // nothing was done, so the key is free
	}
	return body, b.keep(key, mark, http.StatusOK, body)
}

func done(b *book, call stripeCall, verb stripeVerb) ([]byte, error) {
	object, err := verb(b, call)
	if err != nil {
		return nil, err
	}
	return expanded(b, object, call.form)
}

func asStripe(err error) *stripeError {
	var refusal *stripeError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, ErrNoSuchThing):
		return &stripeError{http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "No such thing."}
	default:
		return &stripeError{http.StatusInternalServerError, "api_error", "", "", "Practice mode failed."}
	}
}

// stripeForm reads the parameters of a request that carries a test key.
func stripeForm(r *http.Request, takes string) (url.Values, error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !strings.HasPrefix(key, "sk_test_") {
		return nil, &stripeError{http.StatusUnauthorized, "invalid_request_error", "", "", "Invalid API Key provided."}
	}
	if v := r.Header.Get("Stripe-Version"); v != stripeVersion {
		return nil, invalid("", "", "Practice mode speaks version "+stripeVersion+" only.")
	}
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(r.Body, stripeMost))
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, invalid("", "", "The body is no form.")
		}
	}
	known := map[string]bool{"expand[]": true}
	for name := range strings.FieldsSeq(takes) {
		known[name] = true
	}
	for name := range form {
		if !known[unnumbered(name)] {
			return nil, invalid("parameter_unknown", name, "Received unknown parameter: "+name)
		}
	}
	return form, nil
}

// unnumbered is a parameter's name without the places in lists, and without metadata's own names: "line_items[][quantity]", "metadata[]".
func unnumbered(name string) string {
	parts := strings.Split(name, "[")
	for i, part := range parts[1:] {
		word := strings.TrimSuffix(part, "]")
		if strings.Trim(word, "0123456789") == "" || strings.TrimSuffix(parts[i], "]") == "metadata" {
			parts[i+1] = "]"
		}
	}
	return strings.Join(parts, "[")
}

func stripeID(prefix string) string { return prefix + "_" + rand.Text()[:24] }

// sign writes Stripe's header for a webhook.
func (s stripeHalf) sign(body []byte, at time.Time) http.Header {
	mac := hmac.New(sha256.New, []byte(s.house.Secret(billing.Stripe)))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return http.Header{
		"Content-Type":     {"application/json; charset=utf-8"},
		"Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))},
	}
}

// envelope is a webhook's body: Stripe tells of one event at a time.
func (s stripeHalf) envelope(events []event) ([]byte, error) {
	if len(events) != 1 {
		return nil, errors.New("stripe tells of one event at a time")
	}
	return events[0].Body, nil
}

// tell notes that something happened to an object as it is now.
func (s stripeHalf) tell(b *book, kind, id string, object any) error {
	event := stripeID("evt")
	return b.happened(event, kind, id, map[string]any{
		"id": event, "object": "event", "type": kind, "api_version": stripeVersion, "created": b.now.Unix(), "livemode": false,
		"pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "data": map[string]any{"object": object},
	})
}

// due runs f in a transaction of its own for each of a kind that is due, so that one bad thing does not stop the rest.
func (s stripeHalf) due(ctx context.Context, kind string, isDue func(json.RawMessage) (string, bool, error), f func(*book, string) error) error {
	var ids []string
	err := s.house.books.read(ctx, billing.Stripe, func(b *book) error {
		return b.each(kind, "", func(body json.RawMessage) error {
			id, now, err := isDue(body)
			if now {
				ids = append(ids, id)
			}
			return err
		})
	})
	for _, id := range ids {
		err = errors.Join(err, s.house.books.write(ctx, billing.Stripe, func(b *book) error { return f(b, id) }))
	}
	return err
}

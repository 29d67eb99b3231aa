package stripe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/providertest"
	"folkmoot/billing/stripe"
	"folkmoot/internal/calendar"
)

const signingSecret = "whsec_test_only" //nolint:gosec // of no endpoint

func onMock(t *testing.T) (*stripe.Account, string) {
	t.Helper()
	url := providertest.StripeMock(t)
	account, err := stripe.New(stripe.Options{Key: "sk_test_mock", Secret: signingSecret, URL: url, HTTP: &http.Client{Transport: bridged{t}}, Now: func() time.Time { return november }})
	if err != nil {
		t.Fatal(err)
	}
	return account, url
}

// bridged makes up for two things that the mock is short of: it is of the version before ours, and its invoice was never charged.
type bridged struct{ t *testing.T }

func (b bridged) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/v1/webhook_endpoints" && r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		older := strings.Replace(string(body), "api_version=2023-10-16", "api_version=2022-11-15", 1)
		for _, kind := range []string{"customer.subscription.paused", "customer.subscription.resumed", "payout.reconciliation_completed"} {
			older = strings.Replace(older, "="+kind, "=payout.updated", 1) // these are younger than the mock
		}
		if older == string(body) {
			b.t.Errorf("an endpoint was asked for without our version: %s", body)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(older)), int64(len(older))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || r.URL.Path != "/v1/invoices/in_1" || strings.Contains(r.URL.RawQuery, "expand") {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	charged := strings.Replace(string(body), `"charge":null`, `"charge":"ch_1"`, 1)
	answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(charged)), int64(len(charged))
	return answer, nil
}

// Stripe's own description of its API refuses unknown parameters, wrong types and missing ones.
func TestStripeTakesTheShapeOfEveryCall(t *testing.T) {
	account, _ := onMock(t)
	monthly := billing.Setup{
		Key: "begin:1", Member: "member-alice", Email: "alice@example.org", Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly}, Share: 100,
		Done: "https://folkmoot.example/done", Quit: "https://folkmoot.example/quit",
	}
	later := monthly
	later.Key, later.Terms.Interval, later.First = "begin:2", billing.Annual, calendar.On(november).AddDays(20)
	share := monthly
	share.Key, share.Terms.Amount = "begin:3", 0
	for what, call := range map[string]func(ctx context.Context) error{
		"begin at once":  func(ctx context.Context) error { _, err := account.Begin(ctx, monthly); return err },
		"begin later":    func(ctx context.Context) error { _, err := account.Begin(ctx, later); return err },
		"the share only": func(ctx context.Context) error { _, err := account.Begin(ctx, share); return err },
		"flow":           func(ctx context.Context) error { _, err := account.Flow(ctx, "cs_test_1"); return err },
		"portal": func(ctx context.Context) error {
			_, err := account.Portal(ctx, "cus_1", "https://folkmoot.example/membership")
			return err
		},
		"method": func(ctx context.Context) error { _, err := account.Method(ctx, "sub_1"); return err },
		"end":    func(ctx context.Context) error { return account.End(ctx, "sub_1") },
		"change": func(ctx context.Context) error {
			return account.Change(ctx, "sub_1", billing.Terms{Amount: 1500, Interval: billing.Annual}, "change:1")
		},
		"payment": func(ctx context.Context) error { _, err := account.Payment(ctx, "in_1"); return err },
		"cancel":  func(ctx context.Context) error { return account.Cancel(ctx, "in_1") },
		"refund": func(ctx context.Context) error {
			_, err := account.Refund(ctx, billing.RefundOrder{Key: "refund:1", Payment: "in_1", Amount: 100, Total: 100})
			return err
		},
		"payout":  func(ctx context.Context) error { _, err := account.Payout(ctx, "po_1"); return err },
		"changed": func(ctx context.Context) error { _, _, err := account.Changed(ctx, november, "evt_1"); return err },
		"endpoint": func(ctx context.Context) error {
			_, _, err := account.MakeEndpoint(ctx, "https://folkmoot.example/h")
			return err
		},
		"endpoints": func(ctx context.Context) error { _, err := account.Endpoints(ctx); return err },
	} {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Objects as Stripe writes them, signed by Stripe's own client.
func TestStripesOwnEventsAreOpened(t *testing.T) {
	account, url := onMock(t)
	for kind, example := range map[string]struct {
		object string
		about  billing.RefKind
	}{
		"checkout.session.completed":        {"checkout/sessions/cs_test_1", billing.RefFlow},
		"invoice.paid":                      {"invoices/in_1", billing.RefPayment},
		"invoice.payment_failed":            {"invoices/in_1", billing.RefPayment},
		"invoice.payment_action_required":   {"invoices/in_1", billing.RefPayment},
		"invoice.upcoming":                  {"invoices/in_1", billing.RefNothing},
		"customer.subscription.updated":     {"subscriptions/sub_1", billing.RefMethod},
		"customer.subscription.deleted":     {"subscriptions/sub_1", billing.RefMethod},
		"customer.updated":                  {"customers/cus_1", billing.RefNothing},
		"charge.refunded":                   {"charges/ch_1", billing.RefPayment},
		"charge.refund.updated":             {"refunds/re_1", billing.RefPayment},
		"charge.dispute.created":            {"disputes/dp_1", billing.RefPayment},
		"charge.dispute.closed":             {"disputes/dp_1", billing.RefPayment},
		"payout.paid":                       {"payouts/po_1", billing.RefPayout},
		"radar.early_fraud_warning.created": {"radar/early_fraud_warnings/issfr_1", billing.RefPayment},
	} {
		object := exampleOf(t, url, example.object)
		body := event(t, kind, stripe.APIVersion, object)
		got, err := account.Open(signed(t, body, november), body, november)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if len(got) != 1 || got[0].Kind != kind || got[0].About.Kind != example.about || example.about != billing.RefNothing && got[0].About.Ref == "" {
			t.Errorf("%s became %+v", kind, got)
		}
	}
}

func TestAWebhookOfAnotherVersionOrModeIsToldApart(t *testing.T) {
	account, url := onMock(t)
	object := exampleOf(t, url, "invoices/in_1")
	for version, want := range map[string]error{stripe.APIVersion: nil, "2026-08-26.dahlia": billing.ErrVersion, "": billing.ErrVersion} {
		body := event(t, "invoice.paid", version, object)
		if _, err := account.Open(signed(t, body, november), body, november); !errors.Is(err, want) {
			t.Errorf("version %q: got %v, want %v", version, err, want)
		}
	}
	live := []byte(strings.Replace(string(event(t, "invoice.paid", stripe.APIVersion, object)), `"livemode":false,"type"`, `"livemode":true,"type"`, 1))
	if _, err := account.Open(signed(t, live, november), live, november); !errors.Is(err, billing.ErrMode) {
		t.Errorf("a live event with a test key: got %v", err)
	}
	future := november.Add(time.Hour)
	body := event(t, "invoice.paid", stripe.APIVersion, object)
	if _, err := account.Open(signed(t, body, future), body, november); !errors.Is(err, billing.ErrSignature) {
		t.Errorf("signed an hour from now: got %v", err)
	}
}

// event is Stripe's wrapping of an object; its fields come in the order that the test replaces them by.
func event(t *testing.T, kind, version string, object json.RawMessage) []byte {
	t.Helper()
	return fmt.Appendf(nil, `{"id":"evt_1","object":"event","api_version":%q,"created":%d,"livemode":false,"type":%q,"data":{"object":%s}}`,
		version, november.Unix(), kind, object)
}

// signed is the header that Stripe's own client makes.
func signed(t *testing.T, body []byte, at time.Time) http.Header {
	t.Helper()
	t.Setenv("STRIPE_SECRET", signingSecret)
	t.Setenv("STRIPE_TIMESTAMP", strconv.FormatInt(at.Unix(), 10))
	return http.Header{"Stripe-Signature": {string(providertest.Node(t, body, "sign.mjs"))}}
}

// exampleOf is an object as the mock shows it.
func exampleOf(t *testing.T, url, path string) json.RawMessage {
	t.Helper()
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Authorization", "Bearer sk_test_mock")
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, answer.Status, err)
	}
	return body
}

package gocardless

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/billing"
	"folkmoot/billing/providertest"
	"folkmoot/internal/calendar"
)

// call is one request as it arrived.
type call struct {
	Method, Path string
	Query        map[string][]string
	Headers      map[string]string
	JSON         any
}

// recorder notes requests and answers them from a table.
type recorder struct {
	mu    sync.Mutex
	calls []call // guarded by mu
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := call{Method: req.Method, Path: req.URL.Path, Query: req.URL.Query(), Headers: map[string]string{}}
	for _, name := range []string{"Accept", "Authorization", "Content-Type", "GoCardless-Version", "Idempotency-Key"} {
		c.Headers[name] = req.Header.Get(name)
	}
	if strings.Contains(c.Path, "/actions/") && c.Headers["Idempotency-Key"] != "" {
		c.Headers["Idempotency-Key"] = "of chance" // nothing is made, and both clients make one up
	}
	body, err := io.ReadAll(req.Body)
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &c.JSON)
	}
	if err != nil {
		c.JSON = err.Error()
	}
	r.mu.Lock()
	r.calls = append(r.calls, c)
	r.mu.Unlock()
	answer, ok := answers[req.Method+" "+req.URL.RequestURI()]
	if !ok {
		answer, ok = answers[req.Method+" "+req.URL.Path]
	}
	if !ok {
		answer = `404 {"error":{"type":"invalid_api_usage","code":404,"errors":[{"reason":"resource_not_found"}]}}`
	}
	status, text, _ := strings.Cut(answer, " ")
	var code int
	_, _ = fmt.Sscan(status, &code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

const conflict = `409 {"error":{"type":"invalid_state","code":409,"errors":[{"reason":"idempotent_creation_conflict","links":{"conflicting_resource_id":"%s"}}]}}`

var answers = map[string]string{
	"POST /billing_requests":                              `201 {"billing_requests":{"id":"BRQ1","status":"pending","created_at":"2026-11-23T09:00:00.000Z","links":{}}}`,
	"POST /billing_request_flows":                         fmt.Sprintf(conflict, "BRF1"),
	"POST /billing_request_flows/BRF1/actions/initialise": `200 {"billing_request_flows":{"id":"BRF1","authorisation_url":"https://pay.example/BRF1"}}`,
	"GET /billing_requests/BRQ1":                          `200 {"billing_requests":{"id":"BRQ1","status":"fulfilled","links":{"customer":"CU1","mandate_request_mandate":"MD1"}}}`,
	"GET /mandates/MD1":                                   `200 {"mandates":{"id":"MD1","status":"active","links":{"customer":"CU1","customer_bank_account":"BA1"}}}`,
	"GET /customer_bank_accounts/BA1":                     `200 {"customer_bank_accounts":{"id":"BA1","account_number_ending":"11"}}`,
	"POST /mandates/MD1/actions/cancel":                   `200 {"mandates":{"id":"MD1","status":"cancelled"}}`,
	"POST /payments":                                      fmt.Sprintf(conflict, "PM1"),
	"GET /payments/PM1":                                   `200 {"payments":{"id":"PM1","amount":1000,"currency":"GBP","status":"paid_out","links":{"mandate":"MD1","payout":"PO1"}}}`,
	"GET /payments/PM2":                                   `200 {"payments":{"id":"PM2","amount":1000,"currency":"GBP","status":"failed","links":{"mandate":"MD1"}}}`,
	"GET /events":                                         `200 {"events":[],"meta":{"cursors":{"after":null,"before":null},"limit":100}}`,
	"POST /payments/PM1/actions/cancel":                   `200 {"payments":{"id":"PM1","status":"cancelled"}}`,
	"GET /refunds":                                        `200 {"refunds":[],"meta":{"cursors":{},"limit":50}}`,
	"POST /refunds":                                       `201 {"refunds":{"id":"RF1","amount":400,"status":"created","links":{"payment":"PM1"}}}`,
	"GET /payouts/PO1":                                    `200 {"payouts":{"id":"PO1","amount":975,"currency":"GBP","arrival_date":"2026-11-02","status":"paid"}}`,
	"GET /payout_items?limit=500&payout=PO1":              `200 {"payout_items":[{"type":"payment_paid_out","amount":"1000.0","links":{"payment":"PM1"}}],"meta":{"cursors":{"after":"PI2"},"limit":500}}`,
	"GET /payout_items?after=PI2&limit=500&payout=PO1":    `200 {"payout_items":[{"type":"gocardless_fee","amount":"-25.0","links":{"payment":"PM1"}}],"meta":{"cursors":{"after":null},"limit":500}}`,
}

// What we send, and what GoCardless' own client sends for the same, must be equal.
func TestWeCallAsTheOfficialClientDoes(t *testing.T) {
	official := &recorder{}
	server := httptest.NewServer(official)
	defer server.Close()
	out := providertest.Node(t, []byte(strings.TrimSpace(officialCalls)), "record.mjs", server.URL)
	if strings.Count(string(out), `"error"`) != 1 { // that of a flow whose key was used: the official client leaves it to its caller
		t.Fatalf("the official client could not read our answers: %s", out)
	}

	ours := &recorder{}
	own := httptest.NewServer(ours)
	defer own.Close()
	callAll(t, own.URL)

	if diff := cmp.Diff(official.calls, ours.calls); diff != "" {
		t.Errorf("official -, ours +:\n%s", diff)
	}
}

// officialCalls is what callAll comes to, in the words of the official client. A 409 it resolves by itself, but for a flow's.
const officialCalls = `
["billingRequests","create",{"mandate_request":{"currency":"GBP","description":"Membership dues","metadata":{"member":"m1"},"scheme":"bacs"},"metadata":{"key":"begin:m1:1","member":"m1","share":"100"}},"begin:m1:1"]
["billingRequestFlows","create",{"exit_uri":"https://folkmoot.example/quit","links":{"billing_request":"BRQ1"},"prefilled_customer":{"email":"ada@example.org","given_name":"Ada King","family_name":"Lovelace"},"redirect_uri":"https://folkmoot.example/done"},"begin:m1:1:page"]
["billingRequestFlows","initialise","BRF1"]
["billingRequests","find","BRQ1"]
["mandates","find","MD1"]
["customerBankAccounts","find","BA1"]
["mandates","cancel","MD1",{}]
["payments","create",{"amount":1000,"charge_date":"2026-12-01","currency":"GBP","description":"December","links":{"mandate":"MD1"},"metadata":{"key":"dues:m1:1:1","member":"m1","share":"100"}},"dues:m1:1:1"]
["payments","find","PM2"]
["events","list",{"limit":100,"payment":"PM2"}]
["payments","cancel","PM1",{}]
["refunds","list",{"limit":50,"payment":"PM1"}]
["payments","find","PM1"]
["payouts","find","PO1"]
["refunds","create",{"amount":400,"links":{"payment":"PM1"},"metadata":{"key":"refund:PM1:1"},"total_amount_confirmation":400},"refund:PM1:1"]
["payouts","find","PO1"]
["payoutItems","list",{"limit":500,"payout":"PO1"}]
["payoutItems","list",{"after":"PI2","limit":500,"payout":"PO1"}]
["events","list",{"created_at":{"gte":"2026-11-01T00:00:00.000Z"},"limit":500}]
["events","list",{"after":"EV9","created_at":{"gte":"2026-11-01T00:00:00.000Z"},"limit":500}]
`

// What we send has the types that the official client declares for it.
func TestOurCallsHaveTheOfficialTypes(t *testing.T) {
	source := "import { GoCardlessClient } from \"gocardless-nodejs\";\ndeclare const client: GoCardlessClient;\n"
	for line := range strings.Lines(strings.TrimSpace(officialCalls)) {
		var parts []json.RawMessage
		var service, verb string
		check(t, line, json.Unmarshal([]byte(line), &parts))
		check(t, line, json.Unmarshal(parts[0], &service))
		check(t, line, json.Unmarshal(parts[1], &verb))
		source += "client." + service + "." + verb + "("
		for _, argument := range parts[2:] {
			source += string(argument) + ", "
		}
		source += ");\n"
	}
	if said := providertest.TypeCheck(t, source); said != "" {
		t.Error(said)
	}
	if providertest.TypeCheck(t, strings.Replace(source, `"charge_date"`, `"charged_on"`, 1)) == "" {
		t.Error("a name that GoCardless does not know is not noticed")
	}
}

func callAll(t *testing.T, endpoint string) {
	t.Helper()
	p := provider(t, Config{Endpoint: endpoint})
	ctx := t.Context()
	flow, err := p.Begin(ctx, billing.Setup{
		Key: "begin:m1:1", Member: "m1", Email: "ada@example.org", Name: "Ada King Lovelace", Share: 100,
		Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly},
		Done:  "https://folkmoot.example/done", Quit: "https://folkmoot.example/quit",
	})
	check(t, "begin", err)
	if flow.URL != "https://pay.example/BRF1" || flow.ID != "BRQ1" {
		t.Errorf("begun: %+v", flow)
	}
	_, err = p.Flow(ctx, "BRQ1")
	check(t, "flow", err)
	method, err := p.Method(ctx, "MD1")
	check(t, "method", err)
	if method.Description != "account ending 11" {
		t.Errorf("method: %+v", method)
	}
	check(t, "end", p.End(ctx, "MD1"))
	again, err := p.Collect(ctx, billing.Collection{
		Key: "dues:m1:1:1", Member: "m1", Method: "MD1", Amount: 1000, Share: 100, On: calendar.Date{Year: 2026, Month: 12, Day: 1}, Words: "December",
	})
	check(t, "collect", err)
	if again.Ref != "PM1" {
		t.Errorf("a key used twice should give the payment that it made; got %+v", again)
	}
	_, err = p.Payment(ctx, "PM2")
	check(t, "payment", err)
	check(t, "cancel", p.Cancel(ctx, "PM1"))
	_, err = p.Refund(ctx, billing.RefundOrder{Key: "refund:PM1:1", Payment: "PM1", Amount: 400, Total: 400})
	check(t, "refund", err)
	payout, err := p.Payout(ctx, "PO1")
	check(t, "payout", err)
	if len(payout.Items) != 2 {
		t.Errorf("payout: %+v", payout)
	}
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	_, _, err = p.Changed(ctx, since, "")
	check(t, "changed", err)
	_, _, err = p.Changed(ctx, since, "EV9")
	check(t, "changed", err)
}

// provider is one whose clock stands at noon on 23 November 2026.
func provider(t testing.TB, c Config) *Provider {
	t.Helper()
	c.Token, c.Secret = "sandbox_token", "webhook secret"
	c.Now = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	p, err := New(c)
	check(t, "new", err)
	return p
}

func check(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Signed by GoCardless' own code, taken by ours; and the other way round.
func TestSignaturesAgreeWithTheOfficialClient(t *testing.T) {
	body := `{"events":[{"id":"EV1","created_at":"2026-11-23T09:00:00.000Z","resource_type":"payments","action":"confirmed","links":{"payment":"PM1"}}],"meta":{"webhook_id":"£"}}` + strings.Repeat(" ", 9000)
	p := provider(t, Config{})
	ask := map[string]string{"body": body, "secret": "webhook secret"}
	signature := string(providertest.Node(t, asJSON(t, ask), "verify.mjs", "sign"))
	header := http.Header{}
	header.Set(signatureHeader, signature)
	told, err := p.Open(header, []byte(body), time.Now())
	check(t, "open", err)
	if len(told) != 1 || told[0].About != (billing.Ref{Kind: billing.RefPayment, Ref: "PM1"}) {
		t.Errorf("told: %+v", told)
	}

	right := maps.Clone(ask)
	right["signature"] = sign(p.secret, []byte(body))
	if got := string(providertest.Node(t, asJSON(t, right), "verify.mjs", "verify")); !strings.Contains(got, `"EV1"`) {
		t.Errorf("the official client says %s to our signature", got)
	}
	right["signature"] = sign([]byte("another"), []byte(body))
	if got := string(providertest.Node(t, asJSON(t, right), "verify.mjs", "verify")); got != "refused" {
		t.Errorf("the official client says %s to another's signature", got)
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, "json", err)
	return text
}

package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/providertest"
	"folkmoot/internal/testdb"
)

// What practice mode answers, GoCardless' own client must be able to read, its way with a key that was used included.
func TestTheOfficialClientCanUsePracticeMode(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
	md := b.authorise(gcAlice, AccountWorks)
	paid := b.collect(gcDues(1, md))
	b.do(paid.Ref, ActConfirm)
	b.do(gcBalance, ActPayOut)
	out := b.payment(paid.Ref).Payout
	server := httptest.NewServer(b.house.GoCardless())
	defer server.Close()
	calls := strings.NewReplacer("MD1", md, "PM1", paid.Ref, "PO1", out).Replace(`
["payments","create",{"amount":1500,"currency":"GBP","links":{"mandate":"MD1"},"metadata":{"key":"k"}},"once"]
["payments","create",{"amount":1500,"currency":"GBP","links":{"mandate":"MD1"},"metadata":{"key":"k"}},"once"]
["payments","cancel","$0.id",{}]
["payments","cancel","$0.id",{}]
["billingRequests","create",{"mandate_request":{"currency":"GBP","scheme":"bacs"}},"ask"]
["billingRequestFlows","create",{"links":{"billing_request":"$4.id"},"redirect_uri":"https://folkmoot.example/","exit_uri":"https://folkmoot.example/"},"page"]
["billingRequestFlows","initialise","$5.id"]
["mandates","find","MD1"]
["refunds","create",{"amount":400,"links":{"payment":"PM1"},"total_amount_confirmation":400},"back"]
["refunds","find","$8.id"]
["payouts","find","PO1"]
["payoutItems","list",{"payout":"PO1"}]
["events","list",{"payment":"PM1","limit":2}]
["events","list",{"payment":"PM1","limit":2,"after":"$12.meta.cursors.after"}]
["payments","find","PMnone"]
["payments","create",{"amount":1500,"currency":"GBP","charge_date":"2026-11-24","links":{"mandate":"MD1"}},"soon"]
["mandates","cancel","MD1",{}]
["payments","create",{"amount":1500,"currency":"GBP","links":{"mandate":"MD1"}},"late"]`)
	var answers []map[string]any
	b.ok(json.Unmarshal(providertest.Node(t, []byte(strings.TrimSpace(calls)), "record.mjs", server.URL), &answers))
	if answers[0]["id"] == "" || answers[0]["id"] != answers[1]["id"] {
		t.Errorf("the same key twice: %v and %v", answers[0], answers[1])
	}
	for i, want := range map[int]string{
		2: `"status":"cancelled"`, 3: `"error":"InvalidStateError"`, 5: "/practice/gocardless/flow/BRF", 6: "/practice/gocardless/flow/BRF",
		7: `"status":"pending_submission"`, 9: `"status":"created"`, 10: `"deducted_fees":30`, 11: `"amount":"-30.0"`, 12: `"action":"paid_out"`,
		13: `"action":"submitted"`, 14: `"error":"InvalidApiUsageError"`, 15: `"error":"ValidationFailedError"`, 16: `"status":"cancelled"`,
		17: "mandate_is_inactive",
	} {
		text, err := json.Marshal(answers[i])
		b.ok(err)
		if !strings.Contains(string(text), want) {
			t.Errorf("call %d: got %s, want %s in it", i, text, want)
		}
	}
}

// Everything that practice mode answers and tells has the types that GoCardless' own client declares.
func TestWhatPracticeModeSaysHasTheOfficialTypes(t *testing.T) {
	b := openBank(t, testdb.Open(t, testdb.SQLiteURL(t)), gcMonday)
	var source strings.Builder
	source.WriteString("import type * as gc from \"gocardless-nodejs\";\n")
	n := 0
	b.Provider = b.adapter(b.house.Secret(billing.GoCardless), overheard{Transport(b.house.GoCardless()), func(body []byte) {
		n += declare(t, &source, n, body)
	}})
	md := b.authorise(gcAlice, AccountWorks)
	first := ""
	for i, act := range []Act{ActConfirm, ActFail, ActFailRetry, ActSubmit} {
		p := b.collect(gcDues(i, md))
		if i == 0 {
			first = p.Ref
		}
		b.do(p.Ref, act)
		b.payment(p.Ref)
	}
	b.do(gcBalance, ActPayOut)
	paid := b.payment(first)
	_, err := b.Payout(t.Context(), paid.Payout)
	b.ok(err)
	b.clock.Pass(8 * 24 * time.Hour)
	_, err = b.Refund(t.Context(), billing.RefundOrder{Key: "refund:1", Payment: first, Amount: 1, Total: 1})
	b.ok(err)
	b.do(first, ActChargeBack)
	b.ok(b.house.Tick(t.Context()))
	b.deliver(t.Context())
	for _, hook := range b.told {
		n += declare(t, &source, n, hook.Body)
	}
	if n < 20 {
		t.Fatalf("only %d objects were seen", n)
	}
	if said := providertest.TypeCheck(t, source.String()); said != "" {
		t.Errorf("%s", said)
	}
	for right, wrong := range map[string]string{`"resource_type":"payments"`: `"resource_type":"payment"`, `"status":"confirmed"`: `"status":"settled"`} {
		if providertest.TypeCheck(t, strings.ReplaceAll(source.String(), right, wrong)) == "" {
			t.Errorf("%s is not noticed", wrong)
		}
	}
}

var types = map[string]string{
	gcRequests: "BillingRequest", gcFlows: "BillingRequestFlow", gcAccounts: "CustomerBankAccount", gcMandates: "Mandate", gcPayments: "Payment",
	gcRefunds: "Refund", gcPayouts: "Payout", gcItems: "PayoutItem", gcEvents: "Event",
}

// declare writes what an answer holds as constants of the official types, and returns how many.
func declare(t *testing.T, source *strings.Builder, n int, body []byte) (more int) {
	t.Helper()
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	for _, kind := range slices.Sorted(maps.Keys(answer)) {
		if types[kind] == "" {
			continue
		}
		list := ""
		if answer[kind][0] == '[' {
			list = "[]"
		}
		fmt.Fprintf(source, "export const x%d: gc.%s%s = %s;\n", n+more, types[kind], list, answer[kind])
		more++
	}
	return more
}

// overheard is a line on which somebody listens.
type overheard struct {
	line http.RoundTripper
	hear func(body []byte)
}

func (o overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := o.line.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	o.hear(body)
	return res, err
}

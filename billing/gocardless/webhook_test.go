package gocardless

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/billing"
)

func sign(secret, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func TestUnsignedWebhooksAreRefused(t *testing.T) {
	p := provider(t, Config{})
	body := []byte(`{"events":[]}`)
	good := sign(p.secret, body)
	for name, c := range map[string]struct {
		signatures []string
		body       string
	}{
		"none":             {nil, string(body)},
		"empty":            {[]string{""}, string(body)},
		"another secret":   {[]string{sign([]byte("x"), body)}, string(body)},
		"empty secret":     {[]string{sign(nil, body)}, string(body)},
		"one space more":   {[]string{good}, string(body) + " "},
		"cut short":        {[]string{good[:32]}, string(body)},
		"not hex":          {[]string{"zz" + good[2:]}, string(body)},
		"two of them":      {[]string{good, good}, string(body)},
		"comma in between": {[]string{good + "," + good}, string(body)},
	} {
		_, err := p.Open(http.Header{signatureHeader: c.signatures}, []byte(c.body), time.Now())
		if !errors.Is(err, billing.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := p.Open(http.Header{signatureHeader: {strings.ToUpper(good)}}, body, time.Now()); err != nil {
		t.Errorf("the same digits in capitals: %v", err)
	}
}

func TestAWebhookNamesWhatToReadAgain(t *testing.T) {
	for kind, want := range map[string]billing.Ref{
		"payments.confirmed":              {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.late_failure_settled":   {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.charged_back":           {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.chargeback_cancelled":   {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.resubmission_requested": {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.something_new":          {Kind: billing.RefPayment, Ref: "PM1"},
		"payments.paid_out":               {Kind: billing.RefNothing},
		"mandates.replaced":               {Kind: billing.RefMethod, Ref: "MD1"},
		"mandates.reinstated":             {Kind: billing.RefMethod, Ref: "MD1"},
		"refunds.funds_returned":          {Kind: billing.RefPayment, Ref: "RF1"},
		"payouts.paid":                    {Kind: billing.RefPayout, Ref: "PO1"},
		"billing_requests.fulfilled":      {Kind: billing.RefFlow, Ref: "BRQ1"},
		"billing_requests.created":        {Kind: billing.RefNothing},
		"creditors.updated":               {Kind: billing.RefNothing},
	} {
		resource, action, _ := strings.Cut(kind, ".")
		body := fmt.Appendf(nil, `{"events":[{"id":"EV1","created_at":"2019-09-16T11:45:03.927Z","resource_type":%q,"action":%q,
			"links":{"payment":"PM1","mandate":"MD1","refund":"RF1","payout":"PO1","billing_request":"BRQ1"}}]}`, resource, action)
		p := provider(t, Config{})
		told, err := p.Open(http.Header{signatureHeader: {sign(p.secret, body)}}, body, time.Now())
		check(t, kind, err)
		wanted := []billing.Event{{ID: "EV1", Kind: kind, At: time.Date(2019, 9, 16, 11, 45, 3, 927e6, time.UTC), About: want}}
		if diff := cmp.Diff(wanted, told); diff != "" {
			t.Errorf("%s:\n%s", kind, diff)
		}
	}
}

func TestADeliveryHoldsWhatGoCardlessPutsIntoOne(t *testing.T) {
	p := provider(t, Config{})
	for n, ok := range map[int]bool{0: true, 250: true, 251: false} {
		events := make([]map[string]string, n)
		for i := range events {
			events[i] = map[string]string{"id": fmt.Sprintf("EV%d", i)}
		}
		body, err := json.Marshal(map[string]any{"events": events})
		check(t, "json", err)
		told, err := p.Open(http.Header{signatureHeader: {sign(p.secret, body)}}, body, time.Now())
		if ok != (err == nil) || ok && len(told) != n {
			t.Errorf("%d events: %d told, %v", n, len(told), err)
		}
	}
}

func FuzzWebhook(f *testing.F) {
	for _, body := range []string{
		`{"events":[]}`,
		`{"events":[{"id":"EV1","created_at":"2026-11-23T09:00:00.000Z","resource_type":"payments","action":"failed","details":{"origin":"bank","cause":"refer_to_payer","scheme":"bacs","reason_code":"ARUDD-0","will_attempt_retry":true},"links":{"payment":"PM1"},"metadata":{}}],"meta":{"webhook_id":"WB1"}}`,
		`{"events":[{"id":"EV2","resource_type":"mandates","action":"replaced","links":{"mandate":"MD1","new_mandate":"MD2"}}]}`,
		`{"events":[{"id":"EV3","resource_type":"refunds","action":"paid","links":{"refund":"RF1"}},{"id":"EV3"}]}`,
		`{"events":null}`, `{}`, `[]`, `null`, ``, `{"events":[{"id":1}]}`, `{"events":[{"id":"EV1","links":{"payment":"../payouts"}}]}`,
	} {
		f.Add([]byte(body))
	}
	p := provider(f, Config{})
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := p.Open(http.Header{signatureHeader: {sign([]byte("x"), body)}}, body, time.Time{}); !errors.Is(err, billing.ErrSignature) {
			t.Fatalf("not signed by GoCardless: %v", err)
		}
		told, err := p.Open(http.Header{signatureHeader: {sign(p.secret, body)}}, body, time.Time{})
		if err != nil {
			if told != nil {
				t.Fatal("told something of a delivery that it refuses")
			}
			return
		}
		for _, e := range told {
			if e.ID == "" || (e.About.Ref == "") != (e.About.Kind == billing.RefNothing) {
				t.Fatalf("half an event: %+v", e)
			}
		}
	})
}

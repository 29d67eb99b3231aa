package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/gocardless"
	"folkmoot/billing/stripe"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

const hookSecret = "a secret of the tests"

// hooks is the door for webhooks, with the real adapters behind it. Nobody does what is queued, so no provider is asked for anything.
type hooks struct {
	*testing.T
	db  *database.DB
	url string
}

func eachHooks(t *testing.T, story func(h *hooks)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		quiet := slog.New(slog.DiscardHandler)
		queue, err := jobs.New(db, quiet)
		if err != nil {
			t.Fatal(err)
		}
		card, err := stripe.New(stripe.Options{Key: "sk_test_1", Secret: hookSecret})
		if err != nil {
			t.Fatal(err)
		}
		debit, err := gocardless.New(gocardless.Config{Token: "sandbox_1", Secret: hookSecret})
		if err != nil {
			t.Fatal(err)
		}
		dues := billing.NewDues(db, queue, billing.NewLedger(db, time.Now), map[billing.ProviderName]billing.Provider{
			billing.Stripe: card, billing.GoCardless: debit,
		}, false, time.Now)
		site := httptest.NewServer((&Site{Inbox: billing.NewInbox(dues), Assets: http.NotFoundHandler(), Now: time.Now, Log: quiet}).Handler())
		t.Cleanup(site.Close)
		story(&hooks{t, db, site.URL})
	})
}

func mac(text string) string {
	h := hmac.New(sha256.New, []byte(hookSecret))
	_, _ = io.WriteString(h, text)
	return hex.EncodeToString(h.Sum(nil))
}

func byStripe(body string, at time.Time) http.Header {
	return http.Header{"Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", at.Unix(), mac(fmt.Sprintf("%d.%s", at.Unix(), body)))}}
}

func byGoCardless(body string) http.Header { return http.Header{"Webhook-Signature": {mac(body)}} }

func (h *hooks) deliver(provider, body string, header http.Header) (status int) {
	h.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(h.Context()), http.MethodPost, h.url+"/webhooks/"+provider, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	r.Header = header
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.Error(err)
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func (h *hooks) kept() (n int) {
	h.Helper()
	if err := h.db.Read(h.Context()).Raw("SELECT count(*) FROM dues_inbox").Scan(&n).Error; err != nil {
		h.Fatal(err)
	}
	return n
}

func stripeEvent(version string, live bool) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","api_version":%q,"created":1700000000,"livemode":%v,"type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice"}}}`,
		version, live)
}

func TestWebhooksThatAreRefusedAreToldHowAndKeptNowhere(t *testing.T) {
	eachHooks(t, func(h *hooks) {
		good, now := stripeEvent(stripe.APIVersion, false), time.Now()
		live := stripeEvent(stripe.APIVersion, true)
		newer, unversioned := stripeEvent("2026-08-26.dahlia", false), stripeEvent("", false)
		debit := `{"events":[]}`
		for what, c := range map[string]struct {
			provider, body string
			header         http.Header
			want           int
		}{
			"nobody's":                    {"paypal", good, byStripe(good, now), http.StatusNotFound},
			"not signed":                  {"stripe", good, http.Header{}, http.StatusBadRequest},
			"signed for another body":     {"stripe", good + " ", byStripe(good, now), http.StatusBadRequest},
			"signed an hour from now":     {"stripe", good, byStripe(good, now.Add(time.Hour)), http.StatusBadRequest},
			"signed a year ago":           {"stripe", good, byStripe(good, now.AddDate(-1, 0, 0)), http.StatusBadRequest},
			"live money and test keys":    {"stripe", live, byStripe(live, now), http.StatusBadRequest},
			"of a newer version":          {"stripe", newer, byStripe(newer, now), http.StatusBadRequest},
			"of no version":               {"stripe", unversioned, byStripe(unversioned, now), http.StatusBadRequest},
			"not signed, as GoCardless":   {"gocardless", debit, http.Header{}, statusBadSignature},
			"one provider's at another's": {"gocardless", good, byStripe(good, now), statusBadSignature},
		} {
			if got := h.deliver(c.provider, c.body, c.header); got != c.want {
				t.Errorf("%s: answered %d, want %d", what, got, c.want)
			}
		}
		if n := h.kept(); n != 0 {
			t.Errorf("%d were kept", n)
		}
	})
}

func TestAWebhookOverAMebibyteIsNotReadToItsEnd(t *testing.T) {
	eachHooks(t, func(h *hooks) {
		for size, want := range map[int]int{maxWebhook: http.StatusNoContent, maxWebhook + 1: http.StatusRequestEntityTooLarge} {
			body := `{"events":[{"id":"EV1","created_at":"2026-11-23T09:00:00.000Z","resource_type":"payments","action":"confirmed","links":{"payment":"PM1"}}]}`
			body += string(bytes.Repeat([]byte(" "), size-len(body)))
			if got := h.deliver("gocardless", body, byGoCardless(body)); got != want {
				t.Errorf("%d bytes: answered %d, want %d", size, got, want)
			}
		}
		if n := h.kept(); n != 1 {
			t.Errorf("%d were kept", n)
		}
	})
}

func TestFortyDeliveriesAtTheDoorAreKeptOnce(t *testing.T) {
	eachHooks(t, func(h *hooks) {
		body := stripeEvent(stripe.APIVersion, false)
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				if got := h.deliver("stripe", body, byStripe(body, time.Now())); got != http.StatusNoContent {
					h.Errorf("answered %d", got)
				}
			})
		}
		all.Wait()
		var queued int
		if err := h.db.Read(h.Context()).Raw("SELECT count(*) FROM river_job").Scan(&queued).Error; err != nil || h.kept() != 1 || queued != 1 {
			t.Errorf("kept %d, queued %d, %v", h.kept(), queued, err)
		}
	})
}

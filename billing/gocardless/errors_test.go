package gocardless

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
)

func TestHalfAConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]Config{
		"no token":                     {Secret: "s"},
		"no webhook secret":            {Token: "sandbox_x"},
		"live token, live not set":     {Token: "live_x", Secret: "s"},
		"sandbox token where it's due": {Token: "sandbox_x", Secret: "s", Live: true},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if p, err := New(Config{Token: "live_x", Secret: "s", Live: true}); err != nil || p.api.Payments.endpoint != LiveEndpoint {
		t.Errorf("live: %v", err)
	}
}

func TestRefusalsInBillingsWords(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		want   error
		after  time.Duration
	}{
		{"unknown", 404, nil, `{"error":{"type":"invalid_api_usage","errors":[{"reason":"resource_not_found"}]}}`, billing.ErrNotFound, 0},
		{"items of an old payout", 410, nil, `{}`, billing.ErrNotFound, 0},
		{"token revoked", 401, nil, `{"error":{"type":"invalid_api_usage","errors":[{"reason":"access_token_revoked"}]}}`, billing.ErrRefused, 0},
		{"forbidden", 403, nil, `{}`, billing.ErrRefused, 0},
		{"sent elsewhere", 302, map[string]string{"Location": "https://elsewhere.example/"}, ``, billing.ErrRefused, 0},
		{"mandate gone", 422, nil, `{"error":{"type":"invalid_state","errors":[{"reason":"mandate_is_inactive"}]}}`, billing.ErrRefused, 0},
		{"down", 500, nil, `<html>`, billing.ErrBusy, 0},
		{"being mended", 503, map[string]string{"Retry-After": "30"}, ``, billing.ErrBusy, 30 * time.Second},
		{
			"too many", 429,
			map[string]string{"Date": "Mon, 23 Nov 2026 12:00:00 GMT", "RateLimit-Reset": "Mon, 23 Nov 2026 12:00:48 GMT"},
			`{}`, billing.ErrBusy, 48 * time.Second,
		},
		{
			"too many, reset before now", 429,
			map[string]string{"Date": "Mon, 23 Nov 2026 12:00:00 GMT", "RateLimit-Reset": "Mon, 23 Nov 2026 11:59:59 GMT"},
			`{}`, billing.ErrBusy, 0,
		},
		{
			"sent away for a year", 429,
			map[string]string{"Date": "Mon, 23 Nov 2026 12:00:00 GMT", "RateLimit-Reset": "Tue, 23 Nov 2027 12:00:00 GMT"},
			`{}`, billing.ErrBusy, time.Hour,
		},
	} {
		p := answering(t, c.status, c.header, c.body)
		_, err := p.Payment(t.Context(), "PM1")
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
		var busy *billing.BusyError
		if errors.As(err, &busy) && busy.After != c.after {
			t.Errorf("%s: after %s, want %s", c.name, busy.After, c.after)
		}
	}
}

func TestWhatAPersonTypedIsInNoError(t *testing.T) {
	p := answering(t, 422, nil, `{"error":{"message":"ada@example.org is invalid","type":"validation_failed","request_id":"r-1",
		"errors":[{"field":"email","message":"ada@example.org is invalid","request_pointer":"/x"}]}}`)
	_, err := p.Begin(t.Context(), billing.Setup{Key: "begin:m1:1", Member: "m1", Email: "ada@example.org", Name: "Ada Lovelace", Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly}})
	if err == nil || strings.Contains(err.Error(), "ada@") || strings.Contains(err.Error(), "Lovelace") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(err.Error(), "email") || !strings.Contains(err.Error(), "r-1") {
		t.Errorf("nobody could find out what it was: %v", err)
	}
}

func TestAnIdThatIsNoneGoesIntoNoAddress(t *testing.T) {
	p := provider(t, Config{Endpoint: "http://gocardless.invalid", HTTP: &http.Client{Transport: nobody{t}}})
	ctx := t.Context()
	for _, id := range []string{"", "../payouts", "PM1?x", "PM 1", "PM1/actions/cancel"} {
		_, payment := p.Payment(ctx, id)
		_, method := p.Method(ctx, id)
		_, payout := p.Payout(ctx, id)
		_, flow := p.Flow(ctx, id)
		_, refund := p.Refund(ctx, billing.RefundOrder{Key: "k", Payment: id, Amount: 1, Total: 1})
		for what, err := range map[string]error{
			"payment": payment, "method": method, "payout": payout, "flow": flow, "refund": refund, "cancel": p.Cancel(ctx, id), "end": p.End(ctx, id),
		} {
			if !errors.Is(err, billing.ErrNotFound) {
				t.Errorf("%s %q: got %v", what, id, err)
			}
		}
	}
}

type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("asked for %s", r.URL)
	return nil, errors.New("nobody is here")
}

func TestALineThatBreaksMayBeTriedAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"payments":`)
	}))
	defer server.Close()
	p := provider(t, Config{Endpoint: server.URL})
	if _, err := p.Payment(t.Context(), "PM1"); !errors.Is(err, billing.ErrBusy) {
		t.Errorf("cut off: got %v", err)
	}
	server.Close()
	if _, err := p.Payment(t.Context(), "PM1"); !errors.Is(err, billing.ErrBusy) {
		t.Errorf("nobody there: got %v", err)
	}
}

func TestACallGivesUpWithItsContext(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := provider(t, Config{Endpoint: server.URL}).Payment(ctx, "PM1")
	if !errors.Is(err, context.Canceled) || !errors.Is(err, billing.ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	p := answering(t, 200, nil, `{"payments":{"id":"`+strings.Repeat("x", mostAnswer)+`"}}`)
	if _, err := p.Payment(t.Context(), "PM1"); !errors.Is(err, billing.ErrRefused) {
		t.Errorf("got %v", err)
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"payments":null}`, `{"payments":[]}`} {
		if got, err := answering(t, 200, nil, body).Payment(t.Context(), "PM1"); err == nil {
			t.Errorf("%q was taken for %+v", body, got)
		}
	}
}

func answering(t *testing.T, status int, header map[string]string, body string) *Provider {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return provider(t, Config{Endpoint: server.URL})
}

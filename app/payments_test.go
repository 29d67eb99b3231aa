package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/billing/stripe"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// Whoever pays by half a provider pays without our ever hearing of it.
func TestHalfAProviderStopsTheProgram(t *testing.T) {
	for what, c := range map[string]PaymentConfig{
		"a key without a secret":     {StripeKey: "sk_test_1"},
		"a secret without a key":     {StripeWebhookSecret: "whsec_1"},
		"a token without a secret":   {GoCardlessToken: "sandbox_1"},
		"a secret without a token":   {GoCardlessWebhookSecret: "secret"},
		"live without a token":       {GoCardlessLive: true},
		"live cards and play debits": {StripeKey: "sk_live_1", StripeWebhookSecret: "whsec_1", GoCardlessToken: "sandbox_1", GoCardlessWebhookSecret: "secret"},
	} {
		if err := c.whole(); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	for what, c := range map[string]PaymentConfig{
		"nothing":  {},
		"one":      {StripeKey: "sk_test_1", StripeWebhookSecret: "whsec_1"},
		"both":     {StripeKey: "sk_test_1", StripeWebhookSecret: "whsec_1", GoCardlessToken: "sandbox_1", GoCardlessWebhookSecret: "secret"},
		"the real": {StripeKey: "sk_live_1", StripeWebhookSecret: "whsec_1", GoCardlessToken: "live_1", GoCardlessWebhookSecret: "secret", GoCardlessLive: true},
	} {
		if err := c.whole(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestPaymentSecretsComeFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("sk_test_1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := PaymentConfig{StripeKeyFile: file}
	if err := c.settle(); err != nil || c.StripeKey != "sk_test_1" {
		t.Errorf("read %q, %v", c.StripeKey, err)
	}
	if err := c.settle(); err == nil {
		t.Error("a key and a file are both accepted")
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := PaymentConfig{StripeWebhookSecretFile: file}
	if err := empty.settle(); err == nil {
		t.Error("an empty file is accepted for a secret")
	}
}

var livePayments = &PaymentConfig{StripeKey: "sk_live_1", StripeWebhookSecret: "whsec_1"}

func TestPlayMoneyAndRealMoneyNeverShareADatabase(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue := paymentQueue(t, db)
		if p, err := openPayments(t.Context(), db, queue, &PaymentConfig{}, false, "http://localhost:8080", time.Now); err != nil || p.practice == nil || len(p.providers) != 2 {
			t.Fatalf("with nothing set up: %+v, %v", p, err)
		}
		for _, production := range []bool{false, true} {
			if _, err := openPayments(t.Context(), db, queue, livePayments, production, "", time.Now); !errors.Is(err, errPractised) {
				t.Errorf("live keys on a database of play money: %v", err)
			}
		}
	})
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue := paymentQueue(t, db)
		if p, err := openPayments(t.Context(), db, queue, livePayments, false, "", time.Now); err != nil || p.practice != nil || !p.live {
			t.Fatalf("live keys: %+v, %v", p, err)
		}
		if _, err := openPayments(t.Context(), db, queue, &PaymentConfig{}, false, "", time.Now); !errors.Is(err, practice.ErrReal) {
			t.Errorf("practice on a database of real money: %v", err)
		}
	})
}

func TestProductionNeverPractises(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p, err := openPayments(t.Context(), db, paymentQueue(t, db), &PaymentConfig{}, true, "", time.Now)
		if err != nil || p.practice != nil || len(p.providers) != 0 {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}

func paymentQueue(t *testing.T, db *database.DB) *jobs.Queue {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return queue
}

func TestPracticeModesWebhooksAreGenuine(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p, err := openPayments(t.Context(), db, paymentQueue(t, db), &PaymentConfig{}, false, "http://localhost:8080", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		opened := 0
		p.receive = func(_ context.Context, name billing.ProviderName, header http.Header, body []byte) (int, error) {
			events, err := p.providers[name].Open(header, body, time.Now())
			opened += len(events)
			return len(events), err
		}
		see := &finding{to: &bytes.Buffer{}}
		for _, provider := range p.providers {
			tryPage(t.Context(), see, provider)
		}
		if see.bad > 0 {
			t.Errorf("the doctor: %s", see.to)
		}
		flow, err := p.providers[billing.Stripe].Begin(t.Context(), billing.Setup{
			Key: "begin:1", Member: "m", Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly}, Done: "http://localhost/done", Quit: "http://localhost/quit",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.practice.PayCheckout(t.Context(), flow.ID, practice.CardWorks); err != nil {
			t.Fatal(err)
		}
		untold, err := p.practice.Untold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, hook := range untold {
			if err := p.practice.Send(t.Context(), hook); err != nil {
				t.Error(err)
			}
		}
		if opened < 4 {
			t.Errorf("%d events came", opened)
		}
		readPage(t.Context(), see, p.providers[billing.Stripe], flow.ID)
		if see.bad > 0 {
			t.Errorf("the doctor: %s", see.to)
		}
	})
}

func TestTheDoctorKnowsOurEndpoint(t *testing.T) {
	const at = "https://folkmoot.example/webhooks/stripe"
	good := stripe.Endpoint{ID: "we_1", URL: at, Version: stripe.APIVersion, Enabled: true, Events: stripe.Events}
	old, off, deaf := good, good, good
	old.Version, off.Enabled, deaf.Events = "", false, stripe.Events[1:]
	other := stripe.Endpoint{ID: "we_2", URL: "https://elsewhere.example/", Enabled: true}
	for what, c := range map[string]struct {
		has  []stripe.Endpoint
		well bool
	}{
		"ours": {[]stripe.Endpoint{other, good}, true}, "none": {[]stripe.Endpoint{other}, false}, "two": {[]stripe.Endpoint{good, good}, false},
		"made in the dashboard": {[]stripe.Endpoint{old}, false}, "disabled": {[]stripe.Endpoint{off}, false}, "deaf to one event": {[]stripe.Endpoint{deaf}, false},
	} {
		see := &finding{to: &bytes.Buffer{}}
		judgeEndpoints(see, c.has, at)
		if (see.verdict() == nil) != c.well {
			t.Errorf("%s: %s", what, see.to)
		}
	}
}

func TestTheWebhookCommandMakesOneEndpointAndPrintsItsSecret(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p, err := openPayments(t.Context(), db, paymentQueue(t, db), &PaymentConfig{}, false, "http://localhost:8080", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		account, ok := p.providers[billing.Stripe].(*stripe.Account)
		if !ok {
			t.Fatal("no stripe")
		}
		var out bytes.Buffer
		w := PaymentsWebhook{URL: "https://folkmoot.example/webhooks/stripe"}
		if err := w.make(t.Context(), account, &out); err != nil || !strings.Contains(out.String(), "\n"+p.practice.Secret(billing.Stripe)+"\n") {
			t.Errorf("printed %q, %v", out.String(), err)
		}
		if err := w.make(t.Context(), account, &out); err == nil {
			t.Error("made a second one at the same address")
		}
		see := &finding{to: &out}
		doctor := DoctorPayments{Base: "https://folkmoot.example"}
		if doctor.examineEndpoints(t.Context(), see, account); see.bad > 0 {
			t.Errorf("the doctor finds fault with it: %s", &out)
		}
		for _, wrong := range []string{"", "http://folkmoot.example/webhooks/stripe", "https://folkmoot.example/", "https://folkmoot.example/webhooks/stripe?x=1"} {
			w.URL = wrong
			if err := w.make(t.Context(), account, &out); err == nil {
				t.Errorf("made one at %q", wrong)
			}
		}
	})
}

// A dispute is told by its charge, which the books know by its invoice.
func TestADisputeReachesTheBooks(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p, err := openPayments(t.Context(), db, paymentQueue(t, db), &PaymentConfig{}, false, "http://localhost:8080", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		h := &house{db: db, queue: paymentQueue(t, db), ledger: billing.NewLedger(db, time.Now)}
		h.openDues(p)
		p.receive = func(ctx context.Context, name billing.ProviderName, header http.Header, body []byte) (int, error) {
			events, err := p.providers[name].Open(header, body, time.Now())
			for _, e := range events {
				err = errors.Join(err, h.dues.Converge(ctx, name, e.About))
			}
			return len(events), err
		}
		happen := func() {
			t.Helper()
			untold, err := p.practice.Untold(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, hook := range untold {
				if err := p.practice.Send(t.Context(), hook); err != nil {
					t.Error(err)
				}
			}
		}
		url, err := h.dues.Begin(t.Context(), "member-ann", billing.Stripe, billing.Terms{Amount: 1000, Interval: billing.Monthly}, billing.Payer{
			Email: "ann@example.org", Done: "http://localhost:8080/join/done", Quit: "http://localhost:8080/join",
		})
		if err != nil {
			t.Fatal(err)
		}
		page := url[strings.LastIndex(url, "/")+1:]
		if _, err := p.practice.PayCheckout(t.Context(), page, practice.CardWorks); err != nil {
			t.Fatal(err)
		}
		happen()
		flow, err := p.providers[billing.Stripe].Flow(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.practice.Do(t.Context(), billing.Stripe, flow.Payment, practice.ActDispute); err != nil {
			t.Fatal(err)
		}
		happen()
		things, err := p.practice.Acts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(things, func(thing practice.Thing) bool { return thing.Kind == "dispute" })
		if err := p.practice.Do(t.Context(), billing.Stripe, things[i].ID, practice.ActLoseDispute); err != nil {
			t.Fatal(err)
		}
		happen()
		statement, err := h.dues.Statement(t.Context(), "member-ann")
		if err != nil {
			t.Fatal(err)
		}
		if len(statement.Payments) != 1 || statement.Payments[0].State != billing.PaymentReversed {
			t.Errorf("after the dispute was lost: %+v", statement.Payments)
		}
	})
}

// Whoever presses Join twice, or comes back to a page that they left, is led to the page that is open for them.
func TestWhoAsksAgainIsLedToTheSamePage(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p, err := openPayments(t.Context(), db, paymentQueue(t, db), &PaymentConfig{}, false, "http://localhost:8080", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		h := &house{db: db, queue: paymentQueue(t, db), ledger: billing.NewLedger(db, time.Now)}
		h.openDues(p)
		for _, name := range h.dues.Providers() {
			var pages [2]string
			for i := range pages {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				pages[i], err = h.dues.Begin(ctx, "member-ann", name, billing.Terms{Amount: 1000, Interval: billing.Monthly}, billing.Payer{
					Email: "ann@example.org", Done: "http://localhost:8080/join/done", Quit: "http://localhost:8080/join",
				})
				cancel()
				if err != nil {
					t.Fatalf("%s, time %d: %v", name, i+1, err)
				}
			}
			if pages[0] == "" || pages[0] != pages[1] {
				t.Errorf("%s: led to %q, then to %q", name, pages[0], pages[1])
			}
		}
	})
}

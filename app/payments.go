package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/gocardless"
	"folkmoot/billing/practice"
	"folkmoot/billing/stripe"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
)

// PaymentConfig says through whom dues are paid. A provider is wholly set up or off.
type PaymentConfig struct {
	StripeKey               string `help:"Stripe's secret key; better in a file, see --stripe-key-file. With no provider at all, dues are practised with play money, but not in production." env:"FOLKMOOT_STRIPE_KEY"`
	StripeKeyFile           string `help:"File that holds Stripe's secret key." env:"FOLKMOOT_STRIPE_KEY_FILE" type:"path"`
	StripeWebhookSecret     string `help:"Secret of the webhook endpoint at Stripe, as payments webhook prints it; better in a file." env:"FOLKMOOT_STRIPE_WEBHOOK_SECRET"`
	StripeWebhookSecretFile string `help:"File that holds the secret of the webhook endpoint at Stripe." env:"FOLKMOOT_STRIPE_WEBHOOK_SECRET_FILE" type:"path"`

	GoCardlessToken             string `name:"gocardless-token" help:"GoCardless' access token; better in a file." env:"FOLKMOOT_GOCARDLESS_TOKEN"`
	GoCardlessTokenFile         string `name:"gocardless-token-file" help:"File that holds GoCardless' access token." env:"FOLKMOOT_GOCARDLESS_TOKEN_FILE" type:"path"`
	GoCardlessWebhookSecret     string `name:"gocardless-webhook-secret" help:"Secret of the webhook endpoint at GoCardless; better in a file." env:"FOLKMOOT_GOCARDLESS_WEBHOOK_SECRET"`
	GoCardlessWebhookSecretFile string `name:"gocardless-webhook-secret-file" help:"File that holds the secret of the webhook endpoint at GoCardless." env:"FOLKMOOT_GOCARDLESS_WEBHOOK_SECRET_FILE" type:"path"`
	GoCardlessLive              bool   `name:"gocardless-live" help:"GoCardless moves real money, and not its sandbox's." env:"FOLKMOOT_GOCARDLESS_LIVE"`
}

// settle reads the secrets that are in files.
func (p *PaymentConfig) settle() error {
	return readSecrets(
		secret{&p.StripeKey, p.StripeKeyFile, "--stripe-key"},
		secret{&p.StripeWebhookSecret, p.StripeWebhookSecretFile, "--stripe-webhook-secret"},
		secret{&p.GoCardlessToken, p.GoCardlessTokenFile, "--gocardless-token"},
		secret{&p.GoCardlessWebhookSecret, p.GoCardlessWebhookSecretFile, "--gocardless-webhook-secret"},
	)
}

// whole refuses half of a provider, which would take money and never hear of it, and live beside test keys.
func (p *PaymentConfig) whole() error {
	switch {
	case p.StripeKey != "" && p.StripeWebhookSecret == "":
		return errors.New("--stripe-key needs --stripe-webhook-secret: without it we never hear that somebody paid. `folkmoot payments webhook` makes the endpoint and prints its secret")
	case p.StripeKey == "" && p.StripeWebhookSecret != "":
		return errors.New("--stripe-webhook-secret needs --stripe-key")
	case p.GoCardlessToken != "" && p.GoCardlessWebhookSecret == "":
		return errors.New("--gocardless-token needs --gocardless-webhook-secret: make a webhook endpoint in GoCardless' dashboard and copy its secret")
	case p.GoCardlessToken == "" && (p.GoCardlessWebhookSecret != "" || p.GoCardlessLive):
		return errors.New("--gocardless-webhook-secret and --gocardless-live need --gocardless-token")
	case p.StripeKey != "" && p.GoCardlessToken != "" && stripe.Live(p.StripeKey) != p.GoCardlessLive:
		return errors.New("one provider is live and the other is not: play money must not get into real books. Use test keys of both, or live ones of both")
	}
	return nil
}

// live reports whether real money moves.
func (p *PaymentConfig) live() bool { return stripe.Live(p.StripeKey) || p.GoCardlessLive }

// none reports whether nothing is set up.
func (p *PaymentConfig) none() bool { return p.StripeKey == "" && p.GoCardlessToken == "" }

// adapters are the providers that are set up, as they are.
func (p *PaymentConfig) adapters() (map[billing.ProviderName]billing.Provider, error) {
	all := map[billing.ProviderName]billing.Provider{}
	if p.StripeKey != "" {
		account, err := stripe.New(stripe.Options{Key: p.StripeKey, Secret: p.StripeWebhookSecret})
		if err != nil {
			return nil, fmt.Errorf("--stripe-key: %w", err)
		}
		all[billing.Stripe] = account
	}
	if p.GoCardlessToken != "" {
		account, err := gocardless.New(gocardless.Config{Token: p.GoCardlessToken, Secret: p.GoCardlessWebhookSecret, Live: p.GoCardlessLive})
		if err != nil {
			return nil, fmt.Errorf("--gocardless-token: %w", err)
		}
		all[billing.GoCardless] = account
	}
	return all, nil
}

// payments are the providers by which dues are paid: real ones, or their look-alikes, or none.
type payments struct {
	providers map[billing.ProviderName]billing.Provider
	live      bool
	practice  *practice.House // nil unless we practise
	now       func() time.Time

	// receive takes the look-alikes' webhooks, set before the queue runs: who takes them needs the providers first.
	receive func(ctx context.Context, p billing.ProviderName, header http.Header, body []byte) (int, error)
}

var errPractised = errors.New("this database was used in practice mode, so its books are of play money, and live keys are refused: start with a new database")

// openPayments sets up the providers. With none, and not in production, it is practice mode.
func openPayments(ctx context.Context, db *database.DB, queue *jobs.Queue, c *PaymentConfig, production bool, base string, now func() time.Time) (*payments, error) {
	if err := c.whole(); err != nil {
		return nil, err
	}
	p := &payments{live: c.live(), now: now}
	if c.none() && !production {
		return p, p.practise(ctx, db, queue, base)
	}
	if p.live || production {
		switch err := practice.Forbid(ctx, db); {
		case errors.Is(err, practice.ErrUsed):
			return nil, errPractised
		case err != nil:
			return nil, err
		}
	}
	var err error
	p.providers, err = c.adapters()
	return p, err
}

// practise points the real adapters at the look-alikes in this process.
func (p *payments) practise(ctx context.Context, db *database.DB, queue *jobs.Queue, base string) (err error) {
	tell := func(ctx context.Context, name billing.ProviderName, header http.Header, body []byte) error {
		_, err := p.receive(ctx, name, header, body)
		return err
	}
	if p.practice, err = practice.Open(ctx, db, queue, base, p.now, tell); err != nil {
		return err
	}
	card, err := stripe.New(stripe.Options{
		Key: "sk_test_practice", Secret: p.practice.Secret(billing.Stripe), URL: "http://practice.stripe.invalid",
		HTTP: &http.Client{Transport: practice.Transport(p.practice.Stripe())}, Now: p.now,
	})
	if err != nil {
		return err
	}
	debit, err := gocardless.New(gocardless.Config{
		Token: "sandbox_practice", Secret: p.practice.Secret(billing.GoCardless), Endpoint: "http://practice.gocardless.invalid",
		HTTP: &http.Client{Transport: practice.Transport(p.practice.GoCardless())}, Now: p.now,
	})
	p.providers = map[billing.ProviderName]billing.Provider{billing.Stripe: card, billing.GoCardless: debit}
	return err
}

// openDues opens the book of dues over the providers, and has their look-alikes tell it what happens.
func (h *house) openDues(p *payments) {
	h.dues = billing.NewDues(h.db, h.queue, h.ledger, p.providers, p.live, p.now)
	h.inbox = billing.NewInbox(h.dues)
	p.receive = h.inbox.Receive
}

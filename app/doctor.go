package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/stripe"
	"folkmoot/governance/member"
)

// Doctor is the command that tries out what the program depends on.
type Doctor struct {
	Payments DoctorPayments `cmd:"" help:"Try out the keys of the payment providers. With sandbox keys it opens a page for you to pay on; nothing is collected with live ones."`
}

// DoctorPayments tries out payment providers.
type DoctorPayments struct {
	PaymentConfig

	Base string   `help:"Address that people type, as for serve: the webhook endpoints must lead there." env:"FOLKMOOT_BASE"`
	Page []string `help:"Id of a page that an earlier run opened and you have paid on: reads what became of it."`
}

var errUnwell = errors.New("not all is well")

// Run tries.
func (d *DoctorPayments) Run(ctx context.Context, _ *Config) error {
	if err := d.settle(); err != nil {
		return err
	}
	if err := d.whole(); err != nil {
		return err
	}
	providers, err := d.adapters()
	if err != nil {
		return err
	}
	if len(providers) == 0 {
		return errors.New("no payment provider is set up: give the settings that serve gets")
	}
	see := &finding{to: os.Stdout}
	for _, name := range []billing.ProviderName{billing.Stripe, billing.GoCardless} {
		if p, ok := providers[name]; ok {
			d.examine(ctx, see, p)
		}
	}
	return see.verdict()
}

// finding tells what was found, and remembers whether anything was bad.
type finding struct {
	to  io.Writer
	bad int
}

func (f *finding) well(format string, args ...any) { fmt.Fprintf(f.to, "well  "+format+"\n", args...) }

func (f *finding) ill(format string, args ...any) {
	f.bad++
	fmt.Fprintf(f.to, "ILL   "+format+"\n", args...)
}

func (f *finding) verdict() error {
	if f.bad > 0 {
		return errUnwell
	}
	return nil
}

func (d *DoctorPayments) examine(ctx context.Context, see *finding, p billing.Provider) {
	refs, _, err := p.Changed(ctx, time.Now().Add(-24*time.Hour), "")
	if err != nil {
		see.ill("%s: %v", p.Name(), err)
		return
	}
	see.well("%s: the key is accepted (real money: %t); %d changes on the first page of the last day", p.Name(), d.live(), len(refs))
	if account, ok := p.(*stripe.Account); ok {
		d.examineEndpoints(ctx, see, account)
	}
	for _, id := range d.Page {
		readPage(ctx, see, p, id)
	}
	if !d.live() && len(d.Page) == 0 {
		tryPage(ctx, see, p)
	}
}

func (d *DoctorPayments) examineEndpoints(ctx context.Context, see *finding, account *stripe.Account) {
	endpoints, err := account.Endpoints(ctx)
	if err != nil {
		see.ill("stripe: %v", err)
		return
	}
	if d.Base == "" {
		see.well("stripe: has %d webhook endpoints; give --base and they are looked at", len(endpoints))
		return
	}
	judgeEndpoints(see, endpoints, d.Base+"/webhooks/stripe")
}

// judgeEndpoints looks for the one endpoint that is ours.
func judgeEndpoints(see *finding, endpoints []stripe.Endpoint, at string) {
	ours := slices.DeleteFunc(slices.Clone(endpoints), func(e stripe.Endpoint) bool { return e.URL != at })
	switch {
	case len(ours) == 0:
		see.ill("stripe: has no webhook endpoint at %s: make one with `folkmoot payments webhook`", at)
		return
	case len(ours) > 1:
		see.ill("stripe: has %d webhook endpoints at %s, with a secret each: delete all but ours in the dashboard", len(ours), at)
		return
	}
	e, bad := ours[0], see.bad
	if e.Version != stripe.APIVersion {
		see.ill("stripe: endpoint %s speaks version %q, and we %s: delete it and make one with `folkmoot payments webhook`", e.ID, e.Version, stripe.APIVersion)
	}
	if !e.Enabled {
		see.ill("stripe: endpoint %s is disabled", e.ID)
	}
	if !slices.Contains(e.Events, "*") {
		for _, kind := range stripe.Events {
			if !slices.Contains(e.Events, kind) {
				see.ill("stripe: endpoint %s is not told of %s", e.ID, kind)
			}
		}
	}
	if see.bad == bad {
		see.well("stripe: endpoint %s is as it must be", e.ID)
	}
}

// doctorsPatient is a member that nobody is.
const doctorsPatient member.ID = "doctor"

// tryPage opens a page as somebody who joins gets it.
func tryPage(ctx context.Context, see *finding, p billing.Provider) {
	flow, err := p.Begin(ctx, billing.Setup{
		Key: fmt.Sprintf("begin:doctor:%d", time.Now().Unix()), Member: doctorsPatient, Name: "Test Patient", Email: "test@example.org",
		Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly}, Share: member.ShareNominal,
		Done: "https://example.org/done", Quit: "https://example.org/quit",
	})
	if err != nil {
		see.ill("%s: no page could be opened: %v", p.Name(), err)
		return
	}
	see.well("%s: opened %s. Pay there as a test (card 4242 4242 4242 4242; sort code 20-00-00, account 55779911):", p.Name(), flow.ID)
	fmt.Fprintf(see.to, "      %s\n      then: folkmoot doctor payments --page %s\n", flow.URL, flow.ID)
}

// readPage tells what became of a page. A page of the other provider's is none of this one's.
func readPage(ctx context.Context, see *finding, p billing.Provider, id string) {
	flow, err := p.Flow(ctx, id)
	if errors.Is(err, billing.ErrNotFound) {
		return
	}
	if err != nil {
		see.ill("%s: page %s: %v", p.Name(), id, err)
		return
	}
	see.well("%s: page %s is %s", p.Name(), id, flow.State)
	if flow.Method != "" {
		m, err := p.Method(ctx, flow.Method)
		if err != nil {
			see.ill("%s: %v", p.Name(), err)
			return
		}
		see.well("%s: authority %s is %s", p.Name(), m.Ref, m.State)
	}
	if flow.Payment != "" {
		paid, err := p.Payment(ctx, flow.Payment)
		if err != nil {
			see.ill("%s: %v", p.Name(), err)
			return
		}
		see.well("%s: payment %s of %s, %s of it for the share, is %s", p.Name(), paid.Ref, paid.Amount, paid.Share, paid.State)
	}
}

// Payments is the command that sets providers up.
type Payments struct {
	Webhook PaymentsWebhook `cmd:"" help:"Make the webhook endpoint at Stripe, with the version of its API that this program speaks. The dashboard cannot. It prints the endpoint's secret, once."`
}

// PaymentsWebhook makes the webhook endpoint at Stripe.
type PaymentsWebhook struct {
	StripeKey     string `help:"Stripe's secret key; better in a file." env:"FOLKMOOT_STRIPE_KEY"`
	StripeKeyFile string `help:"File that holds Stripe's secret key." env:"FOLKMOOT_STRIPE_KEY_FILE" type:"path"`
	URL           string `name:"url" help:"Where Stripe is to send, as in https://folkmoot.example/webhooks/stripe." required:""`
}

// Run makes it.
func (w *PaymentsWebhook) Run(ctx context.Context, _ *Config) error {
	conf := PaymentConfig{StripeKey: w.StripeKey, StripeKeyFile: w.StripeKeyFile}
	if err := conf.settle(); err != nil {
		return err
	}
	account, err := stripe.New(stripe.Options{Key: conf.StripeKey})
	if err != nil {
		return fmt.Errorf("--stripe-key: %w", err)
	}
	return w.make(ctx, account, os.Stdout)
}

func (w *PaymentsWebhook) make(ctx context.Context, account *stripe.Account, to io.Writer) error {
	if u, err := url.Parse(w.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "/webhooks/stripe" || u.RawQuery != "" {
		return fmt.Errorf("--url is like https://folkmoot.example/webhooks/stripe, not %q", w.URL)
	}
	// A second endpoint would tell everything twice, with another secret.
	endpoints, err := account.Endpoints(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(endpoints, func(e stripe.Endpoint) bool { return e.URL == w.URL }) {
		return errors.New("stripe has a webhook endpoint at that address already: delete it in the dashboard first, if its secret is lost")
	}
	id, secret, err := account.MakeEndpoint(ctx, w.URL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "Made webhook endpoint %s.\nIts secret, which is not shown again:\n\n%s\n\n"+
		"Put it in a file that only the program can read, and name that in --stripe-webhook-secret-file (FOLKMOOT_STRIPE_WEBHOOK_SECRET_FILE).\n", id, secret)
	return err
}

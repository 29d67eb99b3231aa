package stripe_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/billing/providertest"
	"folkmoot/billing/stripe"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

const practiceKey = "sk_test_practice"

// november is a Monday noon.
var november = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// desk is Stripe's adapter on practice mode's look-alike, with the webhooks that came of it.
type desk struct {
	*testing.T
	house *practice.House
	clock *providertest.Clock
	told  []providertest.Webhook
	deaf  bool // it takes no webhooks
}

var errDeaf = errors.New("503")

func newDesk(t *testing.T, db *database.DB) *desk {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, clock: providertest.NewClock(november)}
	tell := func(_ context.Context, _ billing.ProviderName, header http.Header, body []byte) error {
		if d.deaf {
			return errDeaf
		}
		d.told = append(d.told, providertest.Webhook{Header: header, Body: body})
		return nil
	}
	if d.house, err = practice.Open(t.Context(), db, queue, "http://localhost:8080", d.clock.Now, tell); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) over(line http.RoundTripper, secret string) *stripe.Account {
	d.Helper()
	account, err := stripe.New(stripe.Options{
		Key: practiceKey, Secret: secret, HTTP: &http.Client{Transport: line}, URL: "http://practice.stripe.invalid", Now: d.clock.Now,
	})
	if err != nil {
		d.Fatal(err)
	}
	return account
}

func (d *desk) account() *stripe.Account {
	return d.over(practice.Transport(d.house.Stripe()), d.house.Secret(billing.Stripe))
}

func (d *desk) do(ctx context.Context, id string, act practice.Act) {
	d.Helper()
	if err := d.house.Do(ctx, billing.Stripe, id, act); err != nil {
		d.Fatalf("%s of %s: %v", act, id, err)
	}
}

// newest is the thing of a kind that was made last, and after some time the next is newer.
func (d *desk) newest(ctx context.Context, kind string) practice.Thing {
	d.Helper()
	things, err := d.house.Acts(ctx)
	if err != nil {
		d.Fatal(err)
	}
	for _, thing := range things {
		if thing.Kind == kind {
			return thing
		}
	}
	d.Fatalf("there is no %s", kind)
	return practice.Thing{}
}

func (d *desk) later() { d.clock.Pass(time.Second) }

func (d *desk) pay(ctx context.Context, setup billing.Setup) billing.Flow {
	d.Helper()
	d.later()
	account := d.account()
	flow, err := account.Begin(ctx, setup)
	if err != nil {
		d.Fatal(err)
	}
	if _, err := d.house.PayCheckout(ctx, flow.ID, practice.CardWorks); err != nil {
		d.Fatal(err)
	}
	if flow, err = account.Flow(ctx, flow.ID); err != nil {
		d.Fatal(err)
	}
	return flow
}

func (d *desk) webhooks(ctx context.Context) []providertest.Webhook {
	d.Helper()
	untold, err := d.house.Untold(ctx)
	if err != nil {
		d.Fatal(err)
	}
	d.told = nil
	for _, hook := range untold {
		if err := d.house.Send(ctx, hook); err != nil {
			d.Fatal(err)
		}
	}
	return d.told
}

func (d *desk) subject() providertest.Subject {
	return providertest.Subject{
		Provider: d.account(),
		Stranger: d.over(practice.Transport(d.house.Stripe()), "whsec_of_somebody_else"),
		Over:     func(line http.RoundTripper) billing.Provider { return d.over(line, "whsec_unused") },
		Clock:    d.clock,
		Dated:    true,
		Agree: func(ctx context.Context, f billing.Flow) {
			if _, err := d.house.PayCheckout(ctx, f.ID, practice.CardWorks); err != nil {
				d.Fatal(err)
			}
		},
		Pay: func(ctx context.Context, s billing.Setup) string { return d.pay(ctx, s).Payment },
		Another: func(ctx context.Context, method string) string {
			d.later()
			d.do(ctx, method, practice.ActNextInvoice)
			return d.newest(ctx, "invoice").ID
		},
		Waiting: func(ctx context.Context, method string) string {
			d.later()
			d.do(ctx, method, practice.ActNextDeclined)
			return d.newest(ctx, "invoice").ID
		},
		Reverse: func(ctx context.Context, payment string) {
			d.later()
			d.do(ctx, payment, practice.ActDispute)
			d.do(ctx, d.newest(ctx, "dispute").ID, practice.ActLoseDispute)
		},
		PayOut: func(ctx context.Context) string {
			d.later()
			d.do(ctx, d.newest(ctx, "balance").ID, practice.ActPayOut)
			return d.newest(ctx, "payout").ID
		},
		Leave: func(ctx context.Context, method string) { d.do(ctx, method, practice.ActCancelAtBank) },
		Told:  d.webhooks,
	}
}

func TestStripeOnPractice(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": testdb.SQLiteURL, "postgres": testdb.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			url(t) // skips once, and not in every test
			providertest.Run(t, func(t *testing.T) providertest.Subject {
				return newDesk(t, testdb.Open(t, url(t))).subject()
			})
		})
	}
}

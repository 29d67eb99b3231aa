// Package stripe has cards charged by Stripe: Checkout in subscription mode, one subscription a member, one invoice a period.
// What comes of a payment is read again from Stripe; nothing is believed because a webhook says so.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"folkmoot/billing"
)

// APIVersion is the version of Stripe's API that this program speaks. A webhook endpoint must be made with it; see MakeEndpoint.
const APIVersion = api.APIVersion

const (
	answerWithin = 20 * time.Second // one request to Stripe, so that a job of several fits into its time
	memberField  = "member"         // in metadata: whose it is
)

// Options are what an Account needs.
type Options struct {
	Key    string           // secret or restricted API key; live or test is read from it
	Secret string           // of the webhook endpoint. "" opens no webhooks at all: only commands may do without
	HTTP   *http.Client     // nil: the network
	URL    string           // "": Stripe's own
	Now    func() time.Time // nil: time.Now
}

// Account is the society's account at Stripe.
type Account struct {
	api    *client.API
	secret string
	live   bool
	now    func() time.Time
}

var _ billing.Provider = (*Account)(nil)

// New speaks to Stripe with a key. It refuses what is no secret key, and asks nothing of Stripe yet.
func New(o Options) (*Account, error) {
	live, err := liveKey(o.Key)
	if err != nil {
		return nil, err
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: answerWithin}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	conf := &api.BackendConfig{
		EnableTelemetry:   new(false),
		HTTPClient:        o.HTTP,
		LeveledLogger:     &api.LeveledLogger{Level: api.LevelNull}, // its own would write answers on stderr
		MaxNetworkRetries: new(int64(0)),                            // jobs try again, later each time
	}
	if o.URL != "" {
		conf.URL = &o.URL
	}
	backend := api.GetBackendWithConfig(api.APIBackend, conf)
	return &Account{
		api: client.New(o.Key, &api.Backends{API: backend, Connect: backend, Uploads: backend}), secret: o.Secret, live: live, now: o.Now,
	}, nil
}

// ErrKey says that a key is none that a server can use.
var ErrKey = errors.New("a Stripe key is a secret or restricted one: sk_test_…, sk_live_…, rk_test_… or rk_live_…")

func liveKey(key string) (live bool, err error) {
	for _, kind := range []string{"sk_", "rk_"} {
		mode, ok := strings.CutPrefix(key, kind)
		switch {
		case ok && strings.HasPrefix(mode, "live_"):
			return true, nil
		case ok && strings.HasPrefix(mode, "test_"):
			return false, nil
		}
	}
	return false, ErrKey
}

// Live reports whether a key moves real money.
func Live(key string) bool {
	live, err := liveKey(key)
	return err == nil && live
}

// Name is stripe.
func (a *Account) Name() billing.ProviderName { return billing.Stripe }

// CollectsItself is true: a subscription makes its own invoices.
func (a *Account) CollectsItself() bool { return true }

// params are what every request carries.
func params(ctx context.Context, key string) api.Params {
	p := api.Params{Context: ctx}
	if key != "" {
		p.SetIdempotencyKey(key)
	}
	return p
}

// told puts Stripe's refusal into billing's words. Of what Stripe wrote it keeps codes only: its sentences may quote a person.
func told(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if gone := ctx.Err(); gone != nil {
		return fmt.Errorf("%s: %w", what, gone)
	}
	var refusal *api.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf("%s: %w", what, &billing.BusyError{Cause: broken(err)})
	}
	said := fmt.Errorf("stripe answered %d %s %s %s, request %s",
		refusal.HTTPStatusCode, refusal.Type, refusal.Code, refusal.Param, refusal.RequestID)
	switch status := refusal.HTTPStatusCode; {
	case status == http.StatusTooManyRequests, status == http.StatusConflict, status >= 500:
		return fmt.Errorf("%s: %w", what, &billing.BusyError{After: retryAfter(refusal), Cause: said})
	case status == http.StatusNotFound, refusal.Code == api.ErrorCodeResourceMissing:
		return fmt.Errorf("%s: %w: %w", what, billing.ErrNotFound, said)
	default:
		return fmt.Errorf("%s: %w: %w", what, billing.ErrRefused, said)
	}
}

// broken says what happened to the line, without what came over it.
func broken(err error) error {
	if line, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("the line to stripe: %w", line.Err)
	}
	return errors.New("an answer that is not stripe's")
}

func retryAfter(refusal *api.Error) time.Duration {
	if refusal.LastResponse == nil {
		return 0
	}
	seconds, err := strconv.Atoi(refusal.LastResponse.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// sameMode refuses an object of the other mode.
func (a *Account) sameMode(live bool) error {
	if live != a.live {
		return billing.ErrMode
	}
	return nil
}

// Package gocardless collects dues by Direct Debit through GoCardless: a mandate by its hosted page, then one payment a period, which we
// ask for ourselves.
package gocardless

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Where the API is.
const (
	LiveEndpoint    = "https://api.gocardless.com"
	SandboxEndpoint = "https://api-sandbox.gocardless.com"
)

// Config is how to reach an account at GoCardless. It is whole or New refuses it.
type Config struct {
	Token    string // access token; the dashboard calls those for real money live_…
	Secret   string // of the webhook endpoint
	Live     bool   // real money
	Endpoint string // "": GoCardless' own, live or sandbox
	HTTP     *http.Client
	Now      func() time.Time
}

// Provider is billing's Provider over GoCardless.
type Provider struct {
	api    *client
	secret []byte
	live   bool
	now    func() time.Time
}

var _ billing.Provider = (*Provider)(nil)

// callTime is how long one call may take when its context sets no nearer end.
const callTime = 30 * time.Second

// New makes a Provider.
func New(c Config) (*Provider, error) {
	switch {
	case c.Token == "":
		return nil, errors.New("gocardless: an access token is needed")
	case c.Secret == "": // anybody can sign with an empty secret
		return nil, errors.New("gocardless: the webhook endpoint's secret is needed")
	case strings.HasPrefix(c.Token, "live_") != c.Live:
		return nil, fmt.Errorf("gocardless: %w: the access token and the setting disagree", billing.ErrMode)
	}
	l := &line{token: c.Token, endpoint: strings.TrimSuffix(c.Endpoint, "/"), http: &http.Client{Timeout: callTime}}
	if c.HTTP != nil {
		own := *c.HTTP
		l.http = &own
	}
	l.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the token goes nowhere else
	switch {
	case l.endpoint != "":
	case c.Live:
		l.endpoint = LiveEndpoint
	default:
		l.endpoint = SandboxEndpoint
	}
	p := &Provider{api: newClient(l), secret: []byte(c.Secret), live: c.Live, now: c.Now}
	if p.now == nil {
		p.now = time.Now
	}
	return p, nil
}

// Name says who this is.
func (p *Provider) Name() billing.ProviderName { return billing.GoCardless }

// CollectsItself is false: GoCardless' subscriptions may be changed ten times only, so we ask for every payment ourselves.
func (p *Provider) CollectsItself() bool { return false }

// Change does nothing: the next Collect names the new amount.
func (p *Provider) Change(context.Context, string, billing.Terms, string) error { return nil }

// What we write on GoCardless' objects; it keeps three names at most on each.
const (
	memberKey = "member"
	keyKey    = "key"
	shareKey  = "share"
)

// metadata leaves out what is empty: GoCardless refuses it.
func metadata(m map[string]string) map[string]string {
	maps.DeleteFunc(m, func(_, value string) bool { return value == "" })
	return m
}

// digits is an amount as metadata holds it: "100", or nothing.
func digits(p money.Pence) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatInt(int64(p), 10)
}

func pence(n int) money.Pence { return money.Pence(n) }

// moment reads a time; one that is missing or malformed is the zero Time.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// day reads a day; one that is missing or malformed is the zero Date.
func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		return calendar.Date{}
	}
	return d
}

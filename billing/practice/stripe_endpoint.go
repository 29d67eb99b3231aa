package practice

import (
	"net/url"
	"slices"
	"strings"
)

const (
	kindEndpoint  = "webhook_endpoint"
	endpointTakes = "url api_version enabled_events[]"
)

type stripeEndpoint struct {
	common
	APIVersion    string   `json:"api_version"`
	EnabledEvents []string `json:"enabled_events"`
	Secret        string   `json:"secret,omitempty"`
	Status        string   `json:"status"`
	URL           string   `json:"url"`
}

// makeEndpoint notes an endpoint and tells its secret once. Practice mode's own webhooks need none.
func (s stripeHalf) makeEndpoint(b *book, c stripeCall) (any, error) {
	e := stripeEndpoint{common: b.common("we", kindEndpoint), APIVersion: c.form.Get("api_version"), Status: "enabled", URL: c.form.Get("url")}
	for name, values := range c.form {
		if unnumbered(name) == "enabled_events[]" {
			e.EnabledEvents = append(e.EnabledEvents, values...)
		}
	}
	slices.Sort(e.EnabledEvents)
	if at, err := url.Parse(e.URL); err != nil || at.Scheme != "https" && !strings.HasPrefix(at.Host, "localhost") {
		return nil, invalid("url_invalid", "url", "Invalid URL: webhook endpoints are https.")
	}
	if len(e.EnabledEvents) == 0 {
		return nil, invalid("parameter_missing", "enabled_events", "Missing required param: enabled_events.")
	}
	if err := b.put(kindEndpoint, e.ID, "", e); err != nil {
		return nil, err
	}
	e.Secret = s.house.Secret(b.provider)
	return e, nil
}

func (s stripeHalf) listEndpoints(b *book, c stripeCall) (any, error) {
	most, err := pageSize(c.form)
	if err != nil {
		return nil, err
	}
	found, err := b.list(shelf{Kind: kindEndpoint, After: c.form.Get("starting_after"), Most: most + 1})
	if err != nil {
		return nil, err
	}
	return paged("/v1/webhook_endpoints", found, most), nil
}

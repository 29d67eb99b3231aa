package practice

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	gcPage     = 50 // of a list, unless asked otherwise
	gcMostPage = 500
)

// gcQuery reads a list's parameters; those that are not known are refused.
func gcQuery(r *http.Request, takes ...string) (q url.Values, limit int, err error) {
	q, limit = r.URL.Query(), gcPage
	known := map[string]bool{"after": true, "limit": true}
	for _, name := range takes {
		known[name] = true
	}
	for name, values := range q {
		if !known[name] || len(values) != 1 {
			return nil, 0, gcMalformed("invalid_filters")
		}
	}
	if q.Has("limit") {
		if limit, err = strconv.Atoi(q.Get("limit")); err != nil || limit < 1 || limit > gcMostPage {
			return nil, 0, gcInvalid("limit")
		}
	}
	return q, limit, nil
}

// gcList is a page; one object more than limit says that there are others.
func gcList(kind string, found []json.RawMessage, limit int, last string) map[string]any {
	cursors := map[string]any{"before": nil, "after": nil}
	if len(found) > limit {
		found, cursors["after"] = found[:limit], last
	}
	return map[string]any{kind: found, "meta": map[string]any{"cursors": cursors, "limit": limit}}
}

// listRefunds lists a payment's, newest first.
func (g gcHalf) listRefunds(b *book, r *http.Request) (any, error) {
	q, limit, err := gcQuery(r, "payment")
	if err != nil {
		return nil, err
	}
	return g.listed(b, gcRefunds, shelf{Kind: gcRefunds, About: q.Get("payment"), After: q.Get("after"), Most: limit + 1}, limit)
}

// listItems lists a payout's.
func (g gcHalf) listItems(b *book, r *http.Request) (any, error) {
	q, limit, err := gcQuery(r, "payout")
	if err != nil {
		return nil, err
	}
	if err := b.get(gcPayouts, q.Get("payout"), &gcPayout{}); err != nil {
		return nil, err
	}
	return g.listed(b, gcItems, shelf{Kind: gcItems, About: q.Get("payout"), After: q.Get("after"), Most: limit + 1}, limit)
}

func (g gcHalf) listed(b *book, kind string, s shelf, limit int) (any, error) {
	bodies, err := b.list(s)
	if err != nil {
		return nil, err
	}
	last := ""
	for i, body := range bodies {
		object, err := gcShown(body)
		if err != nil {
			return nil, err
		}
		if i == limit-1 {
			if err := json.Unmarshal(object["id"], &last); err != nil {
				return nil, err
			}
		}
		if kind == gcItems {
			delete(object, "id")
		}
		if bodies[i], err = json.Marshal(object); err != nil {
			return nil, err
		}
	}
	return gcList(kind, bodies, limit, last), nil
}

// listEvents lists what happened, newest first: of all, or of one thing.
func (g gcHalf) listEvents(b *book, r *http.Request) (any, error) {
	q, limit, err := gcQuery(r, "created_at[gte]", "payment", "mandate", "refund", "payout", "billing_request")
	if err != nil {
		return nil, err
	}
	var since time.Time
	if at := q.Get("created_at[gte]"); at != "" {
		if since, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, gcInvalid("created_at")
		}
	}
	about := ""
	for _, kind := range []string{"payment", "mandate", "refund", "payout", "billing_request"} {
		if id := q.Get(kind); id != "" {
			about = id
		}
	}
	found, err := b.eventsAbout(about, since, q.Get("after"), limit+1)
	if err != nil {
		return nil, err
	}
	bodies := make([]json.RawMessage, len(found))
	last := ""
	for i, e := range found {
		bodies[i] = e.Body
		if i == limit-1 {
			last = e.ID
		}
	}
	return gcList(gcEvents, bodies, limit, last), nil
}

package practice

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	stripePage     = 10  // of a list, unless asked otherwise
	stripeMostPage = 100 // as Stripe's
)

func (s stripeHalf) show(kind string) stripeVerb {
	return func(b *book, c stripeCall) (any, error) {
		var object json.RawMessage
		if err := b.get(kind, c.id(), &object); err != nil {
			return nil, missing(err, kind, c.id())
		}
		return object, nil
	}
}

// missing is Stripe's way of saying that there is no such object.
func missing(err error, kind, id string) error {
	if errors.Is(err, ErrNoSuchThing) {
		return &stripeError{404, "invalid_request_error", "resource_missing", "id", "No such " + kind + ": '" + id + "'"}
	}
	return err
}

// list lists a kind, newest first; about is the parameter that says of what.
func (s stripeHalf) list(kind, about string) stripeVerb {
	return func(b *book, c stripeCall) (any, error) {
		most, err := pageSize(c.form)
		if err != nil {
			return nil, err
		}
		of := c.form.Get(about)
		if of == "" {
			return nil, invalid("parameter_missing", about, "Practice mode lists them by "+about+" only.")
		}
		found, err := b.list(shelf{Kind: kind, About: of, After: c.form.Get("starting_after"), Most: most + 1})
		if err != nil {
			return nil, err
		}
		return paged("/v1/"+kind+"s", found, most), nil
	}
}

// listEvents lists what happened, newest first.
func (s stripeHalf) listEvents(b *book, c stripeCall) (any, error) {
	most, err := pageSize(c.form)
	if err != nil {
		return nil, err
	}
	since, err := number(c.form, "created[gte]")
	if err != nil {
		return nil, err
	}
	happened, err := b.events(time.Unix(since, 0), c.form.Get("starting_after"), most+1)
	if err != nil {
		return nil, err
	}
	bodies := make([]json.RawMessage, len(happened))
	for i, e := range happened {
		bodies[i] = e.Body
	}
	return paged("/v1/events", bodies, most), nil
}

func paged(at string, found []json.RawMessage, most int) stripeList[json.RawMessage] {
	page := listOf(at, found[:min(most, len(found))]...)
	page.HasMore = len(found) > most
	if page.Data == nil {
		page.Data = []json.RawMessage{}
	}
	return page
}

func pageSize(form url.Values) (int, error) {
	n, err := number(form, "limit")
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return stripePage, nil
	case n < 0 || n > stripeMostPage:
		return 0, invalid("parameter_invalid_integer", "limit", "A page has from 1 to 100.")
	}
	return int(n), nil
}

// number reads a whole number; 0 when it was not sent.
func number(form url.Values, name string) (int64, error) {
	text := form.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: "+name)
	}
	return n, nil
}

// openPortal makes a page on which a customer sees to their card. Here it is the control page.
func (s stripeHalf) openPortal(b *book, c stripeCall) (any, error) {
	var customer stripeCustomer
	if err := b.get(kindCustomer, c.form.Get("customer"), &customer); err != nil {
		return nil, missing(err, kindCustomer, c.form.Get("customer"))
	}
	portal := stripePortal{
		common: b.common("bps", kindPortal), Customer: customer.ID, ReturnURL: c.form.Get("return_url"), URL: s.house.site + "/practice",
	}
	return portal, b.put(kindPortal, portal.ID, customer.ID, portal)
}

// expanded writes an object with what the request asks to have written out in place of its id.
func expanded(b *book, object any, form url.Values) ([]byte, error) {
	body, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var paths []string
	for name, values := range form {
		if unnumbered(name) == "expand[]" {
			paths = append(paths, values...)
		}
	}
	if len(paths) == 0 {
		return body, nil
	}
	slices.Sort(paths) // a path comes before what is under it
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		return nil, err
	}
	for _, path := range paths {
		if err := expand(b, tree, strings.Split(path, ".")); err != nil {
			return nil, err
		}
	}
	return json.Marshal(tree)
}

func expand(b *book, node any, path []string) error {
	if len(path) == 0 {
		return nil
	}
	if all, ok := node.([]any); ok {
		for _, one := range all {
			if err := expand(b, one, path); err != nil {
				return err
			}
		}
		return nil
	}
	object, ok := node.(map[string]any)
	if !ok {
		return nil // null: there is nothing to write out
	}
	value, known := object[path[0]]
	if !known {
		return invalid("", "expand", "This property cannot be expanded ("+path[0]+").")
	}
	if id, ok := value.(string); ok {
		_, body, err := b.find(id)
		if err != nil {
			return invalid("", "expand", "This property cannot be expanded ("+path[0]+").")
		}
		if err := json.Unmarshal(body, &value); err != nil {
			return err
		}
		object[path[0]] = value
	}
	return expand(b, value, path[1:])
}

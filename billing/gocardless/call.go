package gocardless

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"folkmoot/billing"
)

// apiVersion is the only one there has been.
const apiVersion = "2015-07-06"

// mostAnswer caps what is read of an answer: a page of 500 events or items is well under 1 MiB.
const mostAnswer = 4 << 20

// line is how we reach the API.
type line struct {
	token    string
	endpoint string
	http     *http.Client
}

// create makes a thing once for a key: when the key was used already, it gives what was made then.
func create[T any](ctx context.Context, l *line, plural string, params any, key string) (*T, error) {
	made, err := one[T](l.do(ctx, http.MethodPost, "/"+plural, nil, map[string]any{plural: params}, key))(plural)
	var conflict *conflictError
	if !errors.As(err, &conflict) {
		return made, err
	}
	if plural == "billing_request_flows" { // these alone cannot be got
		return act[T](ctx, l, plural, conflict.made, "initialise", struct{}{})
	}
	return get[T](ctx, l, plural, conflict.made)
}

func get[T any](ctx context.Context, l *line, plural, id string) (*T, error) {
	path, err := identity(plural, id)
	if err != nil {
		return nil, err
	}
	return one[T](l.do(ctx, http.MethodGet, path, nil, nil, ""))(plural)
}

// act does something to a thing. The official clients send a key of chance with every POST; nothing is made here, so any will do.
func act[T any](ctx context.Context, l *line, plural, id, action string, params any) (*T, error) {
	path, err := identity(plural, id)
	if err != nil {
		return nil, err
	}
	return one[T](l.do(ctx, http.MethodPost, path+"/actions/"+action, nil, map[string]any{"data": params}, rand.Text()))(plural)
}

func list[T any](ctx context.Context, l *line, plural string, query values) (*T, error) {
	answer, err := l.do(ctx, http.MethodGet, "/"+plural, query, nil, "")
	if err != nil {
		return nil, err
	}
	page := new(T)
	if err := json.Unmarshal(answer, page); err != nil {
		return nil, fmt.Errorf("read a list of %s: %w", plural, err)
	}
	return page, nil
}

// one takes a thing out of the envelope that names its kind.
func one[T any](answer []byte, err error) func(plural string) (*T, error) {
	return func(plural string) (*T, error) {
		if err != nil {
			return nil, err
		}
		var envelope map[string]json.RawMessage
		thing := new(T)
		if err := json.Unmarshal(answer, &envelope); err != nil {
			return nil, fmt.Errorf("read an answer about %s: %w", plural, err)
		}
		if len(envelope[plural]) == 0 {
			return nil, fmt.Errorf("an answer without %s", plural)
		}
		if err := json.Unmarshal(envelope[plural], thing); err != nil {
			return nil, fmt.Errorf("read one of %s: %w", plural, err)
		}
		return thing, nil
	}
}

var ids = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// identity is a thing's path. An id that cannot be one is never put into an address: an empty one would list everything.
func identity(plural, id string) (string, error) {
	if !ids.MatchString(id) {
		return "", fmt.Errorf("%w: %q is no id of %s", billing.ErrNotFound, id, plural)
	}
	return "/" + plural + "/" + id, nil
}

func (v values) encode() string {
	q := url.Values{}
	for name, value := range v {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

func (l *line) do(ctx context.Context, method, path string, query values, body any, key string) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	address := l.endpoint + path
	if len(query) > 0 {
		address += "?" + query.encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.token)
	req.Header.Set("GoCardless-Version", apiVersion)
	req.Header.Set("User-Agent", "folkmoot")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := l.http.Do(req)
	if err != nil {
		return nil, &billing.BusyError{Cause: err}
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer+1))
	switch {
	case err != nil:
		return nil, &billing.BusyError{Cause: err}
	case len(answer) > mostAnswer:
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", billing.ErrRefused, mostAnswer)
	case res.StatusCode/100 != 2:
		return nil, refusal(res, answer)
	}
	return answer, nil
}

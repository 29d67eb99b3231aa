package gocardless

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"folkmoot/billing"
)

// apiError is what the API says when it does not do what it was asked. Its prose is left out: it may repeat what a person typed.
type apiError struct {
	Status    int
	Type      string
	Details   []errorDetail
	RequestID string
}

type errorDetail struct {
	Reason string `json:"reason"`
	Field  string `json:"field"`
	Links  struct {
		Conflicting string `json:"conflicting_resource_id"`
	} `json:"links"`
}

func (e *apiError) Error() string {
	words := []string{strconv.Itoa(e.Status), e.Type}
	for _, d := range e.Details {
		if d.Reason != "" {
			words = append(words, d.Reason)
		}
		if d.Field != "" {
			words = append(words, d.Field)
		}
	}
	if e.RequestID != "" {
		words = append(words, "request "+e.RequestID)
	}
	return strings.Join(words, " ")
}

// conflictError says that a key was used already, and what was made then.
type conflictError struct {
	made string
	*apiError
}

// refused reports whether an error is the API's, for one of these reasons.
func refused(err error, reasons ...string) bool {
	var said *apiError
	if !errors.As(err, &said) {
		return false
	}
	for _, d := range said.Details {
		if slices.Contains(reasons, d.Reason) {
			return true
		}
	}
	return false
}

// refusedField reports whether the API finds fault with a field.
func refusedField(err error, field string) bool {
	var said *apiError
	if !errors.As(err, &said) || said.Type != "validation_failed" {
		return false
	}
	for _, d := range said.Details {
		if d.Field == field {
			return true
		}
	}
	return false
}

// refusal puts an answer that is not 2xx into the words of billing.
func refusal(res *http.Response, answer []byte) error {
	said := &apiError{Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id")}
	var body struct {
		Error struct {
			Type      string        `json:"type"`
			RequestID string        `json:"request_id"`
			Errors    []errorDetail `json:"errors"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &body) == nil { // a proxy on the way may answer in HTML: then the status alone speaks
		said.Type, said.Details = body.Error.Type, body.Error.Errors
		if body.Error.RequestID != "" {
			said.RequestID = body.Error.RequestID
		}
	}
	switch {
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		return &billing.BusyError{After: wait(res.Header), Cause: said}
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone: // items of payouts older than six months are gone
		return fmt.Errorf("%w: %w", billing.ErrNotFound, said)
	}
	for _, d := range said.Details {
		if d.Reason == "idempotent_creation_conflict" && d.Links.Conflicting != "" {
			return &conflictError{d.Links.Conflicting, said}
		}
	}
	return fmt.Errorf("%w: %w", billing.ErrRefused, said)
}

// mostWait caps how long we let ourselves be sent away; the limit of calls is for a minute.
const mostWait = time.Hour

// wait is how long until calls are taken again, by the server's own clock; 0 when it does not say.
func wait(h http.Header) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	for _, name := range []string{"Ratelimit-Reset", "Retry-After"} {
		said := h.Get(name)
		if at, err := http.ParseTime(said); err == nil {
			return min(max(at.Sub(now), 0), mostWait)
		}
		if seconds, err := strconv.Atoi(said); err == nil && seconds >= 0 && seconds <= int(mostWait/time.Second) {
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}

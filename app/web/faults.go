package web

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// parts are the errors that a verb joined because it found several things amiss, or the one that it is.
func parts(err error) (all []error) {
	joined, is := err.(interface{ Unwrap() []error })
	if !is {
		return []error{err}
	}
	for _, part := range joined.Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

// problems are all that the visitor can mend of what a verb said, in the words of amiss, one a field. None: it is not the visitor's to mend.
func problems(c echo.Context, err error, amiss func(error) (field, words string, ok bool)) (all templates.Problems) {
	said := map[string]bool{}
	for _, part := range parts(err) {
		if field, words, ok := amiss(part); ok && !said[field] {
			said[field] = true
			all = append(all, templates.Problem{Field: field, Text: wording(c.Request().Context(), part, words)})
		}
	}
	return all
}

// problemsIn are problems by a list of what is known, in its order.
func problemsIn(ctx context.Context, err error, known []faulty) (all templates.Problems) {
	for _, k := range known {
		told := func(p templates.Problem) bool { return p.Field == k.field }
		for _, part := range parts(err) {
			if errors.Is(part, k.err) && !slices.ContainsFunc(all, told) {
				all = append(all, templates.Problem{Field: k.field, Text: wording(ctx, part, k.words)})
			}
		}
	}
	return all
}

// wording is how a page tells an error: in the words of a key, unless a text cannot be kept; then it says the same of every text.
func wording(ctx context.Context, err error, key string) string {
	return unkeptOr(ctx, err, text.T(ctx, key))
}

// unkeptOr is wording with words that are there already.
func unkeptOr(ctx context.Context, err error, words string) string {
	if unkept, is := errors.AsType[member.UnkeptError](err); is {
		return templates.Unkept(ctx, unkept)
	}
	return words
}

// failedIn is failed for a form in which several things may be wrong.
func (s *Site) failedIn(c echo.Context, f url.Values, which string, wrong templates.Problems) templates.Desk {
	d := s.desk(c)
	d.Failed, d.Typed, d.Problems = which, typed(f), wrong
	return d
}

package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) exceptions(c echo.Context) error {
	d := s.desk(c)
	if c.QueryParam("said") == "again" {
		d.Said = "exceptions.said_again"
	}
	return s.showExceptions(c, http.StatusOK, d)
}

func (s *Site) showExceptions(c echo.Context, status int, d templates.Desk) error {
	ctx, after := c.Request().Context(), member.ID(c.QueryParam("after"))
	if after != "" && !messaging.ValidID(string(after)) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	all, err := s.Dues.Exceptions(ctx, after)
	if err != nil {
		return err
	}
	names, err := s.Register.Names(ctx, signedIn(c).Account, all.Members())
	if err != nil {
		return err
	}
	d.Here = "/treasury/exceptions"
	return show(c, status, templates.TreasuryExceptionsPage(templates.TreasuryExceptions{
		Desk: d, All: all, Names: names, Begun: after != "", Practice: s.Practice != nil,
	}))
}

func matterSaid(f url.Values) (what billing.Matter, provider billing.ProviderName, ref string, err error) {
	what, provider, ref = billing.Matter(f.Get("matter")), billing.ProviderName(f.Get("provider")), f.Get("ref")
	if !plain(string(provider) + ref) {
		err = echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	return what, provider, ref, err
}

func (s *Site) lookAgain(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	what, provider, ref, err := matterSaid(f)
	if err != nil {
		return err
	}
	err = s.Dues.LookAgain(c.Request().Context(), what, provider, ref, treasurer(c, ""))
	if field, words, ok := amiss(err, ""); ok {
		return s.showExceptions(c, http.StatusUnprocessableEntity, s.failed(c, f, "", field, words))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/treasury/exceptions?said=again")
}

func (s *Site) putAside(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	what, provider, ref, err := matterSaid(f)
	if err != nil {
		return err
	}
	why := templates.AsideWhy(what, ref)
	err = s.Dues.PutAside(c.Request().Context(), what, provider, ref, treasurer(c, f.Get(why)))
	if field, words, ok := amissOr(err, why); ok {
		return s.showExceptions(c, http.StatusUnprocessableEntity, s.failed(c, f, "", field, words))
	}
	if err != nil {
		return err
	}
	return done(c, "/treasury/exceptions")
}

// amissOr is amiss for a page with many forms, of which this one has the reason in a field of its own.
func amissOr(err error, why string) (field, words string, ok bool) {
	field, words, ok = amiss(err, "")
	if whyless(err) {
		field = why
	}
	return field, words, ok
}

// whyless reports whether an officer did not say why, or not in words that can be kept.
func whyless(err error) bool {
	return errors.Is(err, member.ErrNoWhy) || errors.Is(err, member.ErrBadWords)
}

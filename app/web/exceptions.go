package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) exceptions(c echo.Context) error { return s.showExceptions(c, http.StatusOK, s.desk(c)) }

func (s *Site) showExceptions(c echo.Context, status int, d templates.Desk) error {
	return s.showFound(c, status, d, nil)
}

// showFound is the page with those whom a search on it may mean.
func (s *Site) showFound(c echo.Context, status int, d templates.Desk, found []member.Member) error {
	ctx, after := c.Request().Context(), member.ID(c.QueryParam("after"))
	if after != "" && !messaging.ValidID(string(after)) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	all, err := s.Dues.Exceptions(ctx, after)
	if err != nil {
		return err
	}
	ids := all.Members()
	if d.About != "" {
		ids = append(ids, member.ID(d.About))
	}
	names, err := s.Register.Names(ctx, signedIn(c).Account, ids)
	if err != nil {
		return err
	}
	d.Here = "/treasury/exceptions"
	saysWhom(c, &d, names[member.ID(d.About)])
	return show(c, status, templates.TreasuryExceptionsPage(templates.TreasuryExceptions{
		Desk: d, All: all, Today: calendar.On(s.Now()), Page: pageQuery(c, "after"), Names: names, Begun: after != "", Practice: s.Practice != nil, Found: found,
	}))
}

// matterSaid is what a button of the form is about: its address says so.
func matterSaid(c echo.Context) (what billing.Matter, provider billing.ProviderName, ref string, err error) {
	what, provider, ref = billing.Matter(c.QueryParam("matter")), billing.ProviderName(c.QueryParam("provider")), c.QueryParam("ref")
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
	what, provider, ref, err := matterSaid(c)
	if err != nil {
		return err
	}
	err = s.Dues.LookAgain(c.Request().Context(), what, provider, ref, treasurer(c, ""))
	if field, words, ok := amiss(err, ""); ok {
		return s.showExceptions(c, http.StatusUnprocessableEntity, s.failed(c, f, "", err, field, words))
	}
	if err != nil {
		return err
	}
	return s.doneBeside(c, f, "", "/treasury/exceptions", "", s.showExceptions)
}

func (s *Site) putAside(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	what, provider, ref, err := matterSaid(c)
	if err != nil {
		return err
	}
	why := templates.AsideWhy(what, ref)
	err = s.Dues.PutAside(c.Request().Context(), what, provider, ref, treasurer(c, f.Get(why)))
	if field, words, ok := amissOr(err, why); ok {
		return s.showExceptions(c, http.StatusUnprocessableEntity, s.failed(c, f, "", err, field, words))
	}
	if err != nil {
		return err
	}
	return s.doneBeside(c, f, why, "/treasury/exceptions", "", s.showExceptions)
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

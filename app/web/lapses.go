package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) lapses(c echo.Context) error { return s.showLapses(c, http.StatusOK, s.desk(c)) }

func (s *Site) showLapses(c echo.Context, status int, d templates.Desk) error {
	ctx, after, behind := c.Request().Context(), member.ID(c.QueryParam("after")), member.ID(c.QueryParam("lapsed"))
	for _, id := range []member.ID{after, behind} {
		if id != "" && !messaging.ValidID(string(id)) {
			return echo.NewHTTPError(http.StatusUnprocessableEntity)
		}
	}
	d.Here = "/register/lapses"
	page := templates.RegisterLapses{Desk: d, Page: pageQuery(c, "after", "lapsed")}
	var next, others member.ID
	var err error
	if page.Proposed, next, err = s.Dues.ProposeLapses(ctx, after); err != nil {
		return err
	}
	if page.Lapsed, others, err = s.Dues.Lapsed(ctx, behind); err != nil {
		return err
	}
	if next != "" {
		page.Further = "/register/lapses?" + url.Values{"after": {string(next)}, "lapsed": {string(behind)}}.Encode()
	}
	if others != "" {
		page.Others = "/register/lapses?" + url.Values{"after": {string(after)}, "lapsed": {string(others)}}.Encode() + "#lapsed"
	}
	var ids []member.ID
	for _, p := range page.Proposed {
		ids = append(ids, p.Member)
	}
	for _, l := range page.Lapsed {
		ids = append(ids, l.Member)
	}
	if d.About != "" {
		ids = append(ids, member.ID(d.About))
	}
	if page.Names, err = s.Register.Names(ctx, signedIn(c).Account, ids); err != nil {
		return err
	}
	saysWhom(c, &page.Desk, page.Names[member.ID(d.About)])
	return show(c, status, templates.RegisterLapsesPage(page))
}

// pageQuery is what says which page of a list this is: a form that fails comes back on the same one.
func pageQuery(c echo.Context, names ...string) string {
	page := url.Values{}
	for _, name := range names {
		if id := c.QueryParam(name); id != "" {
			page.Set(name, id)
		}
	}
	if len(page) == 0 {
		return ""
	}
	return "?" + page.Encode()
}

func (s *Site) lapse(c echo.Context) error   { return s.onStanding(c, s.Dues.Lapse) }
func (s *Site) spare(c echo.Context) error   { return s.onStanding(c, s.Dues.Spare) }
func (s *Site) restore(c echo.Context) error { return s.onStanding(c, s.Dues.Restore) }

// onStanding has a steward decide about a member's ordinary standing, and say why.
func (s *Site) onStanding(c echo.Context, decide func(ctx context.Context, m member.ID, by identity.AccountID, why string) error) error {
	id := member.ID(c.Param("id"))
	if !messaging.ValidID(string(id)) {
		return member.ErrNoMember
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	why := "why_" + string(id)
	err = decide(c.Request().Context(), id, signedIn(c).Account, f.Get(why))
	if field, words, ok := amissOr(err, why); ok {
		return s.showLapses(c, http.StatusUnprocessableEntity, s.failed(c, f, "", err, field, words))
	}
	if err != nil {
		return err
	}
	return s.doneBeside(c, f, why, "/register/lapses", string(id), s.showLapses)
}

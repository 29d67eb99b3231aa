package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
)

func (s *Site) askTakeDown(c echo.Context) error {
	return s.showTakeDown(c, http.StatusOK, s.public(c, ""))
}

func (s *Site) showTakeDown(c echo.Context, status int, d templates.Desk) error {
	p, err := s.proposalOf(c)
	if err == nil && !p.TakenDownAt.IsZero() {
		return c.Redirect(http.StatusSeeOther, "/proposals/"+p.ID)
	}
	if err != nil {
		return err
	}
	d.Here = ""
	return show(c, status, templates.TakeDownPage(templates.TakeDown{Desk: d, Proposal: p}))
}

func (s *Site) takeDownProposal(c echo.Context) error {
	p, err := s.proposalOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInProposal(err, "take_down_why") }
	return s.filled(c, "/proposals/"+p.ID+"?said=taken_down", "", amiss, s.showTakeDown, func(ctx context.Context, f url.Values) error {
		return s.Proposals.TakeDown(ctx, signedIn(c).Account, p.ID, seenVersion(f), f.Get("take_down_why"))
	})
}

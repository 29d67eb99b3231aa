package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) askName(c echo.Context) error {
	next := c.QueryParam("next")
	if c.QueryParam("said") != "" {
		return s.showWelcome(c, http.StatusOK, templates.Welcome{Name: signedIn(c).Name, Next: local(next), Renamed: true})
	}
	return s.askNameAgain(c, http.StatusOK, url.Values{"name": {signedIn(c).Name}, "next": {next}}, "")
}

func (s *Site) askNameAgain(c echo.Context, status int, typed url.Values, problem string) error {
	return s.showWelcome(c, status, templates.Welcome{
		Name: typed.Get("name"), Next: local(typed.Get("next")), Notice: firstWish(typed), Problem: templates.Problem{Field: "name", Text: problem},
	})
}

func (s *Site) showWelcome(c echo.Context, status int, page templates.Welcome) error {
	page.Frame, page.Again = s.frame(c), signedIn(c).Name != ""
	return show(c, status, templates.WelcomePage(page))
}

func (s *Site) chooseName(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	name, next := strings.TrimSpace(said.Get("name")), said.Get("next")
	if name == "" {
		return s.askNameAgain(c, http.StatusUnprocessableEntity, said, text.T(ctx, "welcome.missing"))
	}
	err = s.Accounts.Rename(ctx, signedIn(c).Account, name)
	if errors.Is(err, identity.ErrBadName) {
		return s.askNameAgain(c, http.StatusUnprocessableEntity, said, text.T(ctx, "welcome.bad"))
	}
	if err != nil {
		return err
	}
	if next = local(next); signedIn(c).Name != "" {
		return c.Redirect(http.StatusSeeOther, "/welcome?"+url.Values{"said": {"renamed"}, "next": {next}}.Encode())
	}
	if err := s.Notices.Choose(ctx, signedIn(c).Account, firstWish(said)); err != nil {
		return err
	}
	if next == "" {
		next = "/chat"
	}
	return c.Redirect(http.StatusSeeOther, next)
}

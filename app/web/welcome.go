package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) askName(c echo.Context) error {
	return s.askNameAgain(c, http.StatusOK, signedIn(c).Name, c.QueryParam("next"), "")
}

func (s *Site) askNameAgain(c echo.Context, status int, typed, next, problem string) error {
	return show(c, status, templates.WelcomePage(templates.Welcome{
		Frame: s.frame(c), Name: typed, Next: local(next), Again: signedIn(c).Name != "",
		Problem: templates.Problem{Field: "name", Text: problem},
	}))
}

func (s *Site) chooseName(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	name, next := strings.TrimSpace(said.Get("name")), said.Get("next")
	if name == "" {
		return s.askNameAgain(c, http.StatusUnprocessableEntity, name, next, text.T(ctx, "welcome.missing"))
	}
	err = s.Accounts.Rename(ctx, signedIn(c).Account, name)
	if errors.Is(err, identity.ErrBadName) {
		return s.askNameAgain(c, http.StatusUnprocessableEntity, name, next, text.T(ctx, "welcome.bad"))
	}
	if err != nil {
		return err
	}
	if next = local(next); next == "" {
		next = "/chat"
	}
	return c.Redirect(http.StatusSeeOther, next)
}

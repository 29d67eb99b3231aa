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
	return s.askNameAgain(c, http.StatusOK, url.Values{"name": {signedIn(c).Name}, "next": {c.QueryParam("next")}}, "")
}

func (s *Site) askNameAgain(c echo.Context, status int, typed url.Values, problem string) error {
	return show(c, status, templates.WelcomePage(templates.Welcome{
		Frame: s.frame(c), Name: typed.Get("name"), Next: local(typed.Get("next")), Again: signedIn(c).Name != "", Notice: firstWish(typed),
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
		return s.askNameAgain(c, http.StatusUnprocessableEntity, said, text.T(ctx, "welcome.missing"))
	}
	err = s.Accounts.Rename(ctx, signedIn(c).Account, name)
	if errors.Is(err, identity.ErrBadName) {
		return s.askNameAgain(c, http.StatusUnprocessableEntity, said, text.T(ctx, "welcome.bad"))
	}
	if err == nil && signedIn(c).Name == "" { // who only changes their name is not asked again
		err = s.Notices.Choose(ctx, signedIn(c).Account, firstWish(said))
	}
	if err != nil {
		return err
	}
	if next = local(next); next == "" {
		next = "/chat"
	}
	return c.Redirect(http.StatusSeeOther, next)
}

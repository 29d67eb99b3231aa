package web

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) askAddress(c echo.Context) error {
	if _, in := visitor(c); in {
		return c.Redirect(http.StatusSeeOther, cmp.Or(local(c.QueryParam("next")), "/"))
	}
	return s.askAddressAgain(c, http.StatusOK, "", c.QueryParam("next"), "")
}

func (s *Site) askAddressAgain(c echo.Context, status int, typed, next, problem string) error {
	return show(c, status, templates.SignInPage(templates.SignIn{
		Frame: s.frame(c), Address: typed, Next: local(next),
		Problem: templates.Problem{Field: "address", Text: problem},
	}))
}

// sendCode answers the same whether anybody has that address or not.
func (s *Site) sendCode(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	typed, next := strings.TrimSpace(said.Get("address")), said.Get("next")
	if typed == "" {
		return s.askAddressAgain(c, http.StatusUnprocessableEntity, typed, next, text.T(ctx, "sign_in.no_address"))
	}
	to, err := identity.ParseAddress(typed)
	if err != nil {
		return s.askAddressAgain(c, http.StatusUnprocessableEntity, typed, next, text.T(ctx, "sign_in.bad_address"))
	}
	id, err := s.Accounts.Challenge(ctx, to, source(c), text.From(ctx).Lang)
	if tooMany := (*identity.TooManyError)(nil); errors.As(err, &tooMany) {
		retryAfter(c, tooMany.RetryAfter)
		problem := text.N(ctx, "sign_in.too_many", minutes(tooMany.RetryAfter))
		return s.askAddressAgain(c, http.StatusTooManyRequests, typed, next, problem)
	}
	if err != nil {
		return err
	}
	keep(c, challengeCookie, string(id), ChallengeFor)
	return c.Redirect(http.StatusSeeOther, withNext("/sign-in/code", local(next)))
}

// signedOut is the front page, which says so.
const signedOut = "/?said=signed_out"

func (s *Site) signOut(c echo.Context) error {
	if token := tokenOf(c); token != "" {
		if err := s.Accounts.SignOut(c.Request().Context(), token); err != nil && !errors.Is(err, identity.ErrNoSession) {
			return err
		}
	}
	if session, in := visitor(c); in {
		s.HangUp(session.Device)
	}
	forget(c, sessionCookie)
	return c.Redirect(http.StatusSeeOther, signedOut)
}

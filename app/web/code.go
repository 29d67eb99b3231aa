package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// anotherAfter is how long a mail may take before somebody may ask for the next.
const anotherAfter = 30 * time.Second

func (s *Site) askCode(c echo.Context) error {
	return s.askCodeAgain(c, http.StatusOK, c.QueryParam("next"), "")
}

// askCodeAgain shows the page for the code this browser waits for, or starts over when it waits for none.
func (s *Site) askCodeAgain(c echo.Context, status int, next, problem string) error {
	ctx := c.Request().Context()
	waiting, err := s.Accounts.Challenged(ctx, identity.ChallengeID(cookie(c, challengeCookie)))
	if errors.Is(err, identity.ErrCodeExpired) || errors.Is(err, identity.ErrCodeSpent) {
		return s.askAddressAgain(c, http.StatusUnprocessableEntity, "", next, text.T(ctx, "code.gone"))
	}
	if err != nil {
		return err
	}
	page := templates.Code{
		Frame: s.frame(c), Address: waiting.Address.Typed, Next: local(next), Change: withNext("/sign-in", local(next)),
		Sent: problem == "" && c.QueryParams().Has("another"), Maildrop: s.mayReadMaildrop(c),
		Problem: templates.Problem{Field: "code", Text: problem},
	}
	if left := waiting.Expires.Sub(s.Now()); left > 0 && !waiting.Spent {
		page.Minutes = minutes(left)
	} else if problem == "" {
		status, page.Problem.Text = http.StatusUnprocessableEntity, text.T(ctx, "code.expired")
	}
	return show(c, status, templates.CodePage(page))
}

func (s *Site) enter(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	next := said.Get("next")
	code := digits(said.Get("code"))
	if problem := whatIsMissing(code); problem != "" {
		return s.askCodeAgain(c, http.StatusUnprocessableEntity, next, text.T(ctx, problem))
	}
	id := identity.ChallengeID(cookie(c, challengeCookie))
	entry, err := s.Accounts.Enter(ctx, id, code, cookie(c, deviceCookie), deviceName(c.Request().UserAgent()))
	if err != nil {
		return s.askCodeAfter(c, next, err)
	}
	keep(c, sessionCookie, entry.Token, DeviceFor) // how long a session lasts, the server decides
	keep(c, deviceCookie, entry.DeviceSecret, DeviceFor)
	forget(c, challengeCookie)
	return c.Redirect(http.StatusSeeOther, afterEntering(entry.Session, local(next)))
}

// askCodeAfter says what was wrong with a code and what to do about it.
func (s *Site) askCodeAfter(c echo.Context, next string, err error) error {
	ctx := c.Request().Context()
	var (
		wrong   *identity.WrongCodeError
		tooMany *identity.TooManyError
	)
	switch {
	case errors.As(err, &wrong) && wrong.Left > 0:
		return s.askCodeAgain(c, http.StatusUnprocessableEntity, next, text.N(ctx, "code.wrong", wrong.Left))
	case errors.As(err, &wrong), errors.Is(err, identity.ErrCodeSpent):
		return s.askCodeAgain(c, http.StatusUnprocessableEntity, next, text.T(ctx, "code.spent"))
	case errors.Is(err, identity.ErrCodeExpired):
		return s.askCodeAgain(c, http.StatusUnprocessableEntity, next, text.T(ctx, "code.expired"))
	case errors.As(err, &tooMany):
		return s.tooManyCodes(c, next, tooMany)
	default:
		return err
	}
}

func (s *Site) tooManyCodes(c echo.Context, next string, e *identity.TooManyError) error {
	retryAfter(c, e.RetryAfter)
	problem := text.N(c.Request().Context(), "code.too_many", minutes(e.RetryAfter))
	return s.askCodeAgain(c, http.StatusTooManyRequests, next, problem)
}

// sendAnother sends a new code to the same address.
func (s *Site) sendAnother(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	next := said.Get("next")
	waiting, err := s.Accounts.Challenged(ctx, identity.ChallengeID(cookie(c, challengeCookie)))
	if err != nil {
		return s.askCodeAgain(c, http.StatusUnprocessableEntity, next, "")
	}
	if wait := anotherAfter - s.Now().Sub(waiting.Since); wait > 0 {
		retryAfter(c, wait)
		return s.askCodeAgain(c, http.StatusTooManyRequests, next, text.N(ctx, "code.wait", seconds(wait)))
	}
	id, err := s.Accounts.Challenge(ctx, waiting.Address, source(c), text.From(ctx).Lang)
	if tooMany := (*identity.TooManyError)(nil); errors.As(err, &tooMany) {
		return s.tooManyCodes(c, next, tooMany)
	}
	if err != nil {
		return err
	}
	keep(c, challengeCookie, string(id), ChallengeFor)
	path := "/sign-in/code?another"
	if next = local(next); next != "" {
		path = withNext("/sign-in/code", next) + "&another"
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// afterEntering is where a person goes from the door: to choose a name first, then where they were going.
func afterEntering(session identity.Session, next string) string {
	if session.Name == "" {
		return withNext("/welcome", next)
	}
	if next == "" {
		return "/chat"
	}
	return next
}

// digits forgives how a code was typed: mails show it as 123 456.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, typed)
}

// whatIsMissing keeps what cannot be a code from using up a try.
func whatIsMissing(code string) (problem string) {
	if code == "" {
		return "code.missing"
	}
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return "code.malformed"
	}
	return ""
}

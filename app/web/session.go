package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
)

// The __Host- prefix has browsers refuse a cookie that another host or a page without TLS tries to plant.
// They count http://localhost as safe.
const (
	sessionCookie   = "__Host-session"
	deviceCookie    = "__Host-device"    // a device stays the same one when somebody signs in to it again
	challengeCookie = "__Host-challenge" // which code this browser is waiting for
	saidCookie      = "__Host-said"      // the page that may say what was done: see saidOnce

	DeviceFor    = 400 * 24 * time.Hour // the longest that browsers keep one
	ChallengeFor = 30 * time.Minute     // longer than a code works, so that the page can say that it ran out
)

var errSignIn = errors.New("nobody is signed in")

const sessionKey = "session"

// recognised finds out who the visitor is, if they say so. A program's Authorization header goes before any cookie.
func (s *Site) recognised(next echo.HandlerFunc) echo.HandlerFunc {
	return recognisedBy(s.Accounts.Session, next)
}

// glimpsed is recognised for what a page asks by itself: that it is open somewhere prolongs no session.
func (s *Site) glimpsed(next echo.HandlerFunc) echo.HandlerFunc {
	return recognisedBy(s.Accounts.Glimpse, next)
}

func recognisedBy(look func(ctx context.Context, token string) (identity.Session, error), next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		token := tokenOf(c)
		if token == "" {
			return next(c)
		}
		session, err := look(c.Request().Context(), token)
		if err != nil && !errors.Is(err, identity.ErrNoSession) {
			return err
		}
		if err == nil {
			c.Set(sessionKey, session)
		}
		return next(c)
	}
}

func tokenOf(c echo.Context) string {
	if token, program := bearer(c); program {
		return token
	}
	return cookie(c, sessionCookie)
}

// bearer is the token that a program presents. With any Authorization header at all, cookies count for nothing.
func bearer(c echo.Context) (token string, program bool) {
	said := c.Request().Header.Get(echo.HeaderAuthorization)
	if said == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(said, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// visitor is who is signed in, if anybody is.
func visitor(c echo.Context) (identity.Session, bool) {
	session, in := c.Get(sessionKey).(identity.Session)
	return session, in
}

// signedIn is who acts, behind signedInOnly.
func signedIn(c echo.Context) identity.Session {
	session, _ := visitor(c)
	return session
}

// signedInOnly sends others to sign in, and back afterwards.
func signedInOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, in := visitor(c); !in {
			return errSignIn
		}
		return next(c)
	}
}

// named sends people to choose a name before others see them.
func named(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if signedIn(c).Name == "" {
			return c.Redirect(http.StatusSeeOther, withNext("/welcome", c.Request().URL.Path))
		}
		return next(c)
	}
}

func cookie(c echo.Context, name string) string {
	k, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return k.Value
}

// keep sets a cookie that scripts cannot read and other sites cannot send with a form.
func keep(c echo.Context, name, value string, lasts time.Duration) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func forget(c echo.Context, name string) {
	c.SetCookie(&http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

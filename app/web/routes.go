package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Handler is the whole site. This is its map: find the address, follow the method.
func (s *Site) Handler() http.Handler {
	e := echo.New()
	e.HideBanner = true
	e.IPExtractor = s.sourceOf()
	e.HTTPErrorHandler = s.refuse
	e.Use(s.logged, headers(s.Production), speaking, recovered, middleware.BodyLimit(maxBody), s.sameSite)

	e.Match([]string{http.MethodGet, http.MethodHead}, "/assets/*", echo.WrapHandler(s.Assets))

	known := []echo.MiddlewareFunc{middleware.ContextTimeout(patience), s.recognised}
	anyone := func(method, path string, do echo.HandlerFunc, also ...echo.MiddlewareFunc) {
		e.Add(method, path, do, slices.Concat(known, also)...)
		if method == http.MethodGet {
			e.HEAD(path, do, slices.Concat(known, also)...)
		}
	}
	person := func(method, path string, do echo.HandlerFunc, also ...echo.MiddlewareFunc) {
		anyone(method, path, do, slices.Concat([]echo.MiddlewareFunc{signedInOnly}, also)...)
	}
	paced := s.paced()
	api := func(method, path string, do echo.HandlerFunc) { person(method, path, do, paced) }
	const get, post = http.MethodGet, http.MethodPost

	anyone(get, "/", s.front)
	anyone(get, "/how-it-works", s.howItWorks)
	anyone(get, "/sign-in", s.askAddress)
	anyone(post, "/sign-in", s.sendCode)
	anyone(get, "/sign-in/code", s.askCode)
	anyone(post, "/sign-in/code", s.enter)
	anyone(post, "/sign-in/another", s.sendAnother)
	anyone(post, "/sign-out", s.signOut)
	anyone(get, "/i/:token", s.invitation)
	anyone(get, "/maildrop", s.maildrop, s.onlyHere)

	person(post, "/i/:token", s.acceptInvitation)
	person(get, "/welcome", s.askName)
	person(post, "/welcome", s.chooseName)
	person(get, "/chat", s.chat, named)
	person(get, "/devices", s.devices)
	person(get, "/devices/:id/revoke", s.askRevoke)
	person(post, "/devices/:id/revoke", s.revoke)

	person(get, "/ws", s.socket)
	person(post, "/api/people", s.addPerson)
	api(get, "/api/me", s.me)
	api(get, "/api/people", s.people)
	api(post, "/api/people/:account/accept", s.acceptPerson)
	api(post, "/api/people/:account/decline", s.declinePerson)
	api(post, "/api/people/:account/block", s.blockPerson)
	api(post, "/api/people/:account/unblock", s.unblockPerson)
	api(post, "/api/people/:account/remove", s.removePerson)
	api(post, "/api/invitations", s.invite)

	return e
}

package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
)

var (
	// ErrNoInvitation means that a link has run out, was used up, or never was one.
	ErrNoInvitation = errors.New("no such invitation")
	// ErrOwnInvitation means that its maker opened it.
	ErrOwnInvitation = errors.New("that is your own invitation")
)

func (s *Site) invitation(c echo.Context) error {
	page := templates.Invitation{Frame: s.frame(c), Path: "/i/" + c.Param("token")}
	status := http.StatusOK
	inviter, err := s.Invited(c.Request().Context(), c.Param("token"))
	switch {
	case errors.Is(err, ErrNoInvitation):
		page.Gone, status = true, http.StatusNotFound
	case err != nil:
		return err
	}
	me, in := visitor(c)
	if page.Own = !page.Gone && in && me.Account == inviter.ID; page.Own {
		page.Link, page.Script = s.Base+page.Path, s.asset("copy.js")
	}
	page.Inviter, page.SignIn = inviter.Name, withNext("/sign-in", local(page.Path))
	return show(c, status, templates.InvitationPage(page))
}

func (s *Site) acceptInvitation(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c)
	if me.Name == "" { // the other person should see who accepted
		return c.Redirect(http.StatusSeeOther, withNext("/welcome", local("/i/"+c.Param("token"))))
	}
	talk, err := s.AcceptInvitation(ctx, c.Param("token"), me.Account)
	switch {
	case errors.Is(err, ErrNoInvitation), errors.Is(err, ErrOwnInvitation):
		return s.invitation(c) // it says so
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/chat#/with/"+talk)
}

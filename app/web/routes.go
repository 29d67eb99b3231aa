package web

import (
	"net/http"

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

	e.GET("/assets/*", echo.WrapHandler(s.Assets))

	anyone := e.Group("", middleware.ContextTimeout(patience), s.recognised)
	anyone.GET("/", s.front)
	anyone.GET("/how-it-works", s.howItWorks)
	anyone.GET("/sign-in", s.askAddress)
	anyone.POST("/sign-in", s.sendCode)
	anyone.GET("/sign-in/code", s.askCode)
	anyone.POST("/sign-in/code", s.enter)
	anyone.POST("/sign-in/another", s.sendAnother)
	anyone.POST("/sign-out", s.signOut)
	anyone.GET("/i/:token", s.invitation)
	anyone.GET("/maildrop", s.maildrop, s.onlyHere)

	person := anyone.Group("", signedInOnly)
	person.POST("/i/:token", s.acceptInvitation)
	person.GET("/welcome", s.askName)
	person.POST("/welcome", s.chooseName)
	person.GET("/chat", s.chat, named)
	person.GET("/devices", s.devices)
	person.GET("/devices/:id/revoke", s.askRevoke)
	person.POST("/devices/:id/revoke", s.revoke)

	person.GET("/ws", s.socket)
	person.GET("/api/me", s.me)
	person.GET("/api/people", s.people)
	person.POST("/api/people", s.addPerson)
	person.POST("/api/people/:account/accept", s.acceptPerson)
	person.POST("/api/people/:account/decline", s.declinePerson)
	person.POST("/api/people/:account/block", s.blockPerson)
	person.POST("/api/people/:account/unblock", s.unblockPerson)
	person.POST("/api/people/:account/remove", s.removePerson)
	person.POST("/api/invitations", s.invite)

	return e
}

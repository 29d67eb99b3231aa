package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) chat(c echo.Context) error {
	me, script := signedIn(c), s.asset("chat.js")
	if script.URL == "" {
		return show(c, http.StatusServiceUnavailable, templates.UnbuiltPage(s.frame(c)))
	}
	lang := text.From(c.Request().Context()).Lang
	return show(c, http.StatusOK, templates.ChatPage(templates.Chat{
		Frame: s.frame(c), Script: script, ClientStyles: s.asset("chat.css"),
		Client: templates.Client{
			Account: string(me.Account), Device: string(me.Device), Name: me.Name, Language: lang, Now: s.Now(),
			Society: string(messaging.SocietyAccount), Words: text.Client(lang),
		},
	}))
}

package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
)

// mayReadMaildrop: codes are in there, so only this machine's own user, and never in production.
func (s *Site) mayReadMaildrop(c echo.Context) bool {
	return s.Drop != nil && !s.Production && here(c)
}

// onlyHere lets others find nothing at all.
func (s *Site) onlyHere(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.mayReadMaildrop(c) {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

func (s *Site) maildrop(c echo.Context) error {
	page := templates.Maildrop{Frame: s.frame(c)}
	for _, l := range s.Drop.Letters() {
		page.Mails = append(page.Mails, templates.Mail{
			Time: l.At.UTC().Format("15:04:05 UTC"), At: l.At.UTC().Format(time.RFC3339),
			To: l.To, Subject: l.Subject, Text: l.Text,
		})
	}
	return show(c, http.StatusOK, templates.MaildropPage(page))
}

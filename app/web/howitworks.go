package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
)

func (s *Site) howItWorks(c echo.Context) error {
	sits, err := s.boardSits(c.Request().Context())
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.HowItWorksPage(templates.HowItWorks{Frame: s.frame(c), Sits: sits}))
}

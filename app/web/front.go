package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
)

func (s *Site) front(c echo.Context) error {
	return show(c, http.StatusOK, templates.FrontPage(templates.Front{Frame: s.frame(c)}))
}

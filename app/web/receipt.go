package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
	"folkmoot/templates/pdf"
)

// paper answers with a receipt to keep.
func (s *Site) paper(c echo.Context, page templates.Receipt) error {
	file, err := pdf.Receipt(c.Request().Context(), page)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="folkmoot-receipt-`+page.Number+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

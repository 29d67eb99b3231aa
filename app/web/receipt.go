package web

import (
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
	return download(c, "folkmoot-receipt-"+page.Number+".pdf", file)
}

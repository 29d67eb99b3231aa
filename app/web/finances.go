package web

import (
	"context"
	"mime"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

// active is how many people used the service in a month.
func (s *Site) active(ctx context.Context, m calendar.Month) (int, bool, error) {
	return s.Accounts.ActivePeople(ctx, m.String())
}

func (s *Site) finances(c echo.Context) error {
	books, err := s.Ledger.Finances(c.Request().Context(), s.active)
	if err != nil {
		return err
	}
	page := templates.Finances{
		Frame: s.frame(c), Month: books.Month, In: books.In, Out: books.Out, Income: partLines(books.Income), Costs: partLines(books.Costs),
		Reserves: books.Reserves, Runway: books.Runway, Active: books.Active, PerPerson: books.PerPerson, Needed: books.Needed,
		Payers: books.Payers, Standard: billing.StandardDues, Head: books.Head, Practice: s.Practice != nil, SmallestSum: billing.FewestMembers,
	}
	for _, m := range books.Months {
		page.Months = append(page.Months, templates.InOut{Month: m.Month, In: m.In, Out: m.Out})
	}
	for _, e := range books.Editions {
		month := templates.BookFiles{Month: e.Month}
		for _, f := range e.Files {
			month.Files = append(month.Files, templates.BookFile{Name: f.Name, Kind: f.Form})
		}
		page.Files = append(page.Files, month)
	}
	return show(c, http.StatusOK, templates.FinancesPage(page))
}

func partLines(parts []billing.Part) []templates.Part {
	lines := make([]templates.Part, len(parts))
	for i, p := range parts {
		lines[i] = templates.Part{Key: templates.AccountKey(p.Account), Amount: p.Amount}
	}
	return lines
}

// bookFile hands out one file of the published books, or the chain.
func (s *Site) bookFile(c echo.Context) error {
	editions, err := s.Ledger.Editions(c.Request().Context())
	if err != nil {
		return err
	}
	if c.Param("file") == billing.ChainFile && len(editions) > 0 {
		return download(c, billing.ChainFile, billing.Chain(editions))
	}
	for _, e := range editions {
		for _, f := range e.Files {
			if f.Name == c.Param("file") {
				return download(c, f.Name, f.Text)
			}
		}
	}
	return echo.ErrNotFound
}

// kinds are the media types of files that people keep, by the ends of their names. Others are plain text.
var kinds = map[string]string{".csv": "text/csv; charset=utf-8", ".json": echo.MIMEApplicationJSON, ".pdf": "application/pdf"}

// download sends a file that people keep.
func download(c echo.Context, name string, text []byte) error {
	kind, known := kinds[strings.ToLower(filepath.Ext(name))]
	if !known {
		kind = echo.MIMETextPlainCharsetUTF8
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return c.Blob(http.StatusOK, kind, text)
}

package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

// yearsBack is for how many years the treasurer chooses the month in which one ends.
const yearsBack = 6

// movement is the register's answer to the annual return.
func (s *Site) movement(ctx context.Context, from, to calendar.Date) (billing.Membership, error) {
	m, err := s.Register.Movement(ctx, from, to)
	return billing.Membership{Start: m.Start, Joined: m.Joined, Left: m.Left}, err
}

// yearWanted are the figures of the year that ends in the month of the address; without one, in the month that was closed last.
func (s *Site) yearWanted(c echo.Context) (billing.YearEnd, error) {
	ctx, now := c.Request().Context(), calendar.MonthOf(s.Now())
	to := now
	closed, err := s.Ledger.ClosedMonths(ctx)
	if err != nil {
		return billing.YearEnd{}, err
	}
	if len(closed) > 0 {
		to = closed[len(closed)-1].Month
	}
	if typed := c.QueryParam("to"); typed != "" {
		from, err := s.yearsFrom(ctx)
		if err != nil {
			return billing.YearEnd{}, err
		}
		if to, err = calendar.ParseMonth(typed); err != nil || now.Before(to) || to.Before(from) {
			return billing.YearEnd{}, echo.NewHTTPError(http.StatusUnprocessableEntity).SetInternal(err)
		}
	}
	return s.Ledger.YearEnd(ctx, to, s.movement)
}

// yearsFrom is the first month in which a year can end: that in which the books begin, and some years back at most.
func (s *Site) yearsFrom(ctx context.Context) (calendar.Month, error) {
	now := calendar.MonthOf(s.Now())
	begun, err := s.Ledger.Begun(ctx)
	if errors.Is(err, billing.ErrNothingToClose) {
		begun, err = now, nil
	}
	if back := now.Add(-12 * yearsBack); begun.Before(back) {
		begun = back
	}
	return begun, err
}

func (s *Site) year(c echo.Context) error {
	year, err := s.yearWanted(c)
	if err != nil {
		return err
	}
	page := templates.TreasuryYear{Desk: s.desk(c), Year: year, Practice: s.Practice != nil}
	from, err := s.yearsFrom(c.Request().Context())
	if err != nil {
		return err
	}
	for m := calendar.MonthOf(s.Now()); !m.Before(from); m = m.Add(-1) {
		page.Months = append(page.Months, m)
	}
	return show(c, http.StatusOK, templates.TreasuryYearPage(page))
}

func (s *Site) yearFile(c echo.Context) error {
	year, err := s.yearWanted(c)
	if err != nil {
		return err
	}
	file, err := year.CSV()
	if err != nil {
		return err
	}
	return download(c, "year-to-"+year.To.String()+".csv", file)
}

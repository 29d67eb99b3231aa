package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/calendar"
	"folkmoot/internal/clock"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

const clockPath = "/practice/clock"

// mayMoveClock: everybody here lives by it, so only this machine's own user, and never in production.
func (s *Site) mayMoveClock(c echo.Context) bool {
	return s.Clock != nil && !s.Production && here(c)
}

// clockMoves lets others find nothing at all.
func (s *Site) clockMoves(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.mayMoveClock(c) {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

// practised is what a page tells of a clock that can be moved.
func (s *Site) practised(c echo.Context) templates.Practised {
	p := templates.Practised{MayMove: s.mayMoveClock(c)}
	if s.Clock != nil && s.Clock.Ahead() > 0 {
		p.Now = s.Clock.Now()
	}
	return p
}

func (s *Site) practiceClock(c echo.Context) error {
	return s.showClock(c, http.StatusOK, templates.PracticeClock{Moved: c.QueryParam("moved") != ""})
}

func (s *Site) showClock(c echo.Context, status int, page templates.PracticeClock) error {
	page.Frame, page.Now = s.frame(c), s.Clock.Now()
	return show(c, status, templates.PracticeClockPage(page))
}

// errNoTime says that somebody named no time to move the clock to.
var errNoTime = errors.New("no time to move the clock to")

func (s *Site) moveClock(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	to, err := movesTo(f, s.Clock.Now())
	if err == nil {
		err = s.Clock.Move(to)
	}
	if field, words, ok := fault(err, []faulty{
		{errNoTime, "to", "clock.no_time"},
		{clock.ErrBackwards, "to", "clock.backwards"},
		{clock.ErrTooFar, "to", "clock.too_far"},
	}); ok {
		return s.showClock(c, http.StatusUnprocessableEntity, templates.PracticeClock{
			To: f.Get("to"), Problem: templates.Problem{Field: field, Text: text.T(c.Request().Context(), words)},
		})
	}
	if err != nil {
		return err
	}
	if err := s.Turn(c.Request().Context()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, clockPath+"?moved=1")
}

// movesTo is the time that a form names, or that is a day or a week after now by London's clocks.
func movesTo(f url.Values, now time.Time) (time.Time, error) {
	switch f.Get("by") {
	case "day":
		return now.In(calendar.London).AddDate(0, 0, 1), nil
	case "week":
		return now.In(calendar.London).AddDate(0, 0, 7), nil
	}
	to := readMoment(f.Get("to"))
	if to.IsZero() {
		return to, errNoTime
	}
	return to, nil
}

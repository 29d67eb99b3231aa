package web

import (
	"context"
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
	page := templates.PracticeClock{Moved: c.QueryParam("moved") != ""}
	if page.Moved {
		page.Left = readMoment(c.QueryParam("left"))
	}
	return s.showClock(c, http.StatusOK, page)
}

func (s *Site) showClock(c echo.Context, status int, page templates.PracticeClock) error {
	page.Frame, page.Now = s.frame(c), s.Clock.Now()
	return show(c, status, templates.PracticeClockPage(page))
}

var (
	errNoTime   = errors.New("no time to move the clock to")
	errOnTheWay = errors.New("the clock has come a part of the way")
)

func (s *Site) moveClock(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	to, err := movesTo(f, s.Clock.Now())
	if err == nil {
		err = s.Clock.May(to)
	}
	if err == nil {
		err = s.liveUntil(context.WithoutCancel(c.Request().Context()), to) // whoever leaves meanwhile leaves no day half done
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
	if errors.Is(err, errOnTheWay) && s.Clock.Now().Before(to) {
		return c.Redirect(http.StatusSeeOther, clockPath+"?"+url.Values{"moved": {"1"}, "left": {to.In(calendar.London).Format(momentField)}}.Encode())
	}
	if err != nil && !errors.Is(err, errOnTheWay) {
		return err
	}
	return c.Redirect(http.StatusSeeOther, clockPath+"?moved=1")
}

const (
	clockPatience = 45 * time.Second // for a move: browsers wait longer, people hardly
	dayPatience   = time.Minute      // for what is due on one day; one try of a job may take most of it
	eveningBefore = 15 * time.Minute // before midnight: what a day asks for has come by then, and there is time to do it on that day

	momentField = "2006-01-02T15:04" // as a field for a day and a time has it
)

// liveUntil moves the clock from evening to evening and then to a time. At each all is done that is due, as if the days had gone by: an election's
// notice goes out on its day or not at all. When people would wait too long, the clock stays on a day on the way. errOnTheWay.
func (s *Site) liveUntil(ctx context.Context, to time.Time) error {
	s.moving.Lock() // two who move it would jump over each other's days
	defer s.moving.Unlock()
	began := time.Now()
	for at := nextEvening(s.Clock.Now()); at.Before(to); at = nextEvening(at) {
		if err := s.live(ctx, at); err != nil {
			return err
		}
		if time.Since(began) > clockPatience {
			return errOnTheWay
		}
	}
	return s.live(ctx, to)
}

// live is one step of the clock, with all that is due then.
func (s *Site) live(ctx context.Context, at time.Time) error {
	if err := s.Clock.Move(at); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dayPatience)
	defer cancel()
	err := s.Turn(ctx)
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return errOnTheWay
	}
	return err
}

// nextEvening is the next one after a moment, by London's clocks.
func nextEvening(after time.Time) time.Time {
	day := calendar.On(after)
	if at := day.AddDays(1).Start().Add(-eveningBefore); at.After(after) {
		return at
	}
	return day.AddDays(2).Start().Add(-eveningBefore)
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

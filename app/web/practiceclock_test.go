package web

import (
	"context"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/billing/practice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/clock"
)

// clocked gives a site a clock that can be moved; turns counts how often all was done that is due.
func clocked(t *testing.T, turns *int) func(*Site) {
	return func(s *Site) {
		wall, err := clock.Open(filepath.Join(t.TempDir(), "clock"))
		if err != nil {
			t.Fatal(err)
		}
		s.Practice, s.Clock = new(practice.House), wall
		s.Turn = func(context.Context) error { *turns++; return nil }
	}
}

func TestWhoeverPractisesMovesTheClock(t *testing.T) {
	var turns int
	each(t, func(h *house) {
		turns = 0
		b, wall := h.browser(), h.site.Clock
		if page := b.get(clockPath); strings.Contains(page.page, "somebody moved the clock") {
			t.Errorf("it was not moved:\n%s", page.page)
		}
		to := calendar.On(wall.Now()).AddDays(30).Start().Add(9 * time.Hour)
		b.goes(b.post(clockPath, "to", to.In(calendar.London).Format("2006-01-02T15:04")), clockPath+"?moved=1")
		b.says(b.get(clockPath+"?moved=1"), 200, "Moved.", "09:00 here: somebody moved the clock.", `datetime="`+to.UTC().Format("2006-01-02T15:04"))
		b.says(b.get("/how-it-works"), 200, "somebody moved the clock", `href="/practice/clock"`)
		before := wall.Now().In(calendar.London)
		b.goes(b.post(clockPath, "by", "day"), clockPath+"?moved=1")
		b.goes(b.post(clockPath, "by", "week"), clockPath+"?moved=1")
		if got, want := wall.Now(), before.AddDate(0, 0, 8); got.Before(want) || got.Sub(want) > time.Minute {
			t.Errorf("a day and a week on it is %s, want %s", got, want)
		}
		if want := 30 + 1 + 1 + 1 + 7 + 1; turns < want-1 || turns > want { // late at night there is one evening less
			t.Errorf("%d times all was done that is due, want %d: each evening on the way, and after each move", turns, want)
		}
	}, clocked(t, &turns))
}

func TestAClockIsNotMovedToNowhere(t *testing.T) {
	var turns int
	each(t, func(h *house) {
		turns = 0
		b := h.browser()
		for to, words := range map[string]string{
			"":                 "Enter a day and a time",
			"tomorrow":         "Enter a day and a time",
			"2001-01-01T09:00": "That time is over already",
			"9999-12-31T09:00": "at most ten years ahead",
		} {
			b.says(b.post(clockPath, "to", to), 422, words)
		}
		b.says(b.post(clockPath, "to", "2001-01-01T09:00"), 422, `value="2001-01-01T09:00"`)
		if turns != 0 || h.site.Clock.Ahead() != 0 {
			t.Errorf("it moved by %s, %d times", h.site.Clock.Ahead(), turns)
		}
	}, clocked(t, &turns))
}

func TestTheClockIsMovedInPracticeAlone(t *testing.T) {
	var turns int
	for what, settle := range map[string]func(*Site){
		"in production":   func(s *Site) { s.Production = true },
		"with real dues":  func(s *Site) { s.Practice = nil },
		"without a clock": func(s *Site) { s.Clock = nil },
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *house) {
				b := h.browser()
				b.says(b.get(clockPath), 404, "There is nothing here")
				b.says(b.post(clockPath, "by", "day"), 404)
			}, clocked(t, &turns), settle)
		})
	}
	each(t, func(h *house) {
		b := h.browser()
		b.from = "cross-site"
		b.says(b.post(clockPath, "by", "day"), 403)
	}, clocked(t, &turns))
	if turns != 0 {
		t.Errorf("the clock was moved %d times", turns)
	}
}

func TestAJumpLivesThroughEachDayOnItsWay(t *testing.T) {
	var lived []calendar.Date
	each(t, func(h *house) {
		lived = nil
		today := calendar.On(h.site.Clock.Now())
		h.browser().post(clockPath, "to", today.AddDays(40).Start().Add(9*time.Hour).Format(momentField))
		for i := 1; i <= 40; i++ { // over a change of the clocks, in two of six months
			if day := today.AddDays(i); !slices.Contains(lived, day) {
				t.Errorf("nothing was done on %s", day)
			}
		}
		if !slices.IsSortedFunc(lived, func(a, b calendar.Date) int { return b.Days(a) }) || len(lived) > 42 {
			t.Errorf("it lived through %v", lived)
		}
	}, func(s *Site) {
		wall, err := clock.Open(filepath.Join(t.TempDir(), "clock"))
		if err != nil {
			t.Fatal(err)
		}
		s.Practice, s.Clock = new(practice.House), wall
		s.Turn = func(context.Context) error { lived = append(lived, calendar.On(wall.Now())); return nil }
	})
}

func TestAnEveningIsTheNextOneByLondonsClocks(t *testing.T) {
	for after, want := range map[string]string{
		"2026-12-06T09:00": "2026-12-06T23:45",
		"2026-12-06T23:44": "2026-12-06T23:45",
		"2026-12-06T23:45": "2026-12-07T23:45",
		"2026-12-06T23:59": "2026-12-07T23:45",
		"2027-03-27T23:50": "2027-03-28T23:45", // the clocks go forward that day
		"2026-10-25T00:30": "2026-10-25T23:45", // and back
	} {
		if got := nextEvening(readMoment(after)); got.In(calendar.London).Format(momentField) != want {
			t.Errorf("after %s comes %s, want %s", after, got, want)
		}
	}
}

func TestAMoveThatTakesTooLongSaysHowFarItCame(t *testing.T) {
	var turns int
	each(t, func(h *house) {
		turns = 0
		b := h.browser()
		to := calendar.On(h.site.Clock.Now()).AddDays(40).Start().Add(9 * time.Hour).Format(momentField)
		h.site.Turn = func(context.Context) error { return context.DeadlineExceeded }
		answer := b.post(clockPath, "to", to)
		b.goes(answer, clockPath+"?left="+url.QueryEscape(to)+"&moved=1")
		b.says(b.get(clockPath+"?left="+url.QueryEscape(to)+"&moved=1"), 200, "press “Move the clock” to go on", `value="`+to+`"`)
		if ahead := h.site.Clock.Ahead(); ahead > 48*time.Hour {
			t.Errorf("it went on by %s over a day on which not all was done", ahead)
		}
	}, clocked(t, &turns))
}

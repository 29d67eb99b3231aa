package web

import (
	"context"
	"path/filepath"
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
		if turns != 3 {
			t.Errorf("moved 3 times, and %d times all was done that is due", turns)
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

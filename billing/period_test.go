package billing

import (
	"testing"

	"pgregory.net/rapid"

	"folkmoot/internal/calendar"
)

func TestPeriodsBeginOnTheDayOfJoiningOrTheMonthsLast(t *testing.T) {
	for joined, starts := range map[string][]string{
		"2026-01-15": {"2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"},
		"2026-01-29": {"2026-01-29", "2026-02-28", "2026-03-29", "2026-04-29"},
		"2028-01-31": {"2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"},
		"2026-11-30": {"2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28"},
	} {
		periods := periodsFrom(day(t, joined), len(starts))
		for i, p := range periods {
			if p.N != i+1 || p.Starts.String() != starts[i] {
				t.Errorf("joined %s: period %d starts %s, want %s", joined, p.N, p.Starts, starts[i])
			}
			if i > 0 && periods[i-1].Ends != p.Starts {
				t.Errorf("joined %s: period %d ends %s, the next starts %s", joined, i, periods[i-1].Ends, p.Starts)
			}
		}
	}
}

func TestEveryDayIsInOnePeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		joined := calendar.Date{Year: 2024, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 800).Draw(t, "joined"))
		on := joined.AddDays(rapid.IntRange(0, 4000).Draw(t, "later"))
		p := periodOf(joined, periodAt(joined, on))
		if on.Before(p.Starts) || !on.Before(p.Ends) {
			t.Fatalf("joined %s: %s is not in period %d, %s to %s", joined, on, p.N, p.Starts, p.Ends)
		}
	})
	if n := periodAt(calendar.Date{Year: 2026, Month: 2, Day: 1}, calendar.Date{Year: 2026, Month: 1, Day: 31}); n != 0 {
		t.Errorf("the day before joining is in period %d", n)
	}
}

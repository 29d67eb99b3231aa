package billing

import "folkmoot/internal/calendar"

// Period is one of a member's own months. It begins on the day of the month on which they joined, or on a short month's last.
type Period struct {
	N            int // from 1
	Starts, Ends calendar.Date
}

// periodOf is the nth period of somebody who joined on a day. Ends is the day after its last.
func periodOf(joined calendar.Date, n int) Period {
	return Period{n, monthsOn(joined, n-1), monthsOn(joined, n)}
}

// periodsFrom are n periods, the first beginning on the day of joining.
func periodsFrom(joined calendar.Date, n int) []Period {
	all := make([]Period, n)
	for i := range all {
		all[i] = periodOf(joined, i+1)
	}
	return all
}

// periodAt is the number of the period that a day is in; 0 before the first.
func periodAt(joined, on calendar.Date) int {
	if on.Before(joined) {
		return 0
	}
	n := (on.Year-joined.Year)*12 + int(on.Month-joined.Month) + 1
	if on.Before(monthsOn(joined, n-1)) {
		n--
	}
	return n
}

// monthsOn is the same day n months on, or that month's last.
func monthsOn(d calendar.Date, n int) calendar.Date { return d.InMonth().Add(n).Day(d.Day) }

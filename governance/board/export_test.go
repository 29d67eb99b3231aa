package board

import "folkmoot/internal/calendar"

// Rules that tests hold against the calendar.
var (
	AfterMonths = afterMonths
	Longest     = func(v Vacancy, since calendar.Date) calendar.Date { return v.longest(since) }
)

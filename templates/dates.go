package templates

import (
	"context"
	"fmt"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

// day is a date as people write it: "14 November 2026".
func day(ctx context.Context, d calendar.Date) string {
	return text.T(ctx, "calendar.day", "Day", d.Day, "Month", monthName(ctx, d.Month), "Year", d.Year)
}

// minute is a moment in London as a field for one has it: "2027-01-12T17:00".
func minute(t time.Time) string { return t.In(calendar.London).Format("2006-01-02T15:04") }

// month is "November 2026".
// MonthWords is a month in words: "October 2026".
func MonthWords(ctx context.Context, m calendar.Month) string { return month(ctx, m) }

func month(ctx context.Context, m calendar.Month) string {
	return text.T(ctx, "calendar.month", "Month", monthName(ctx, m.Month), "Year", m.Year)
}

func monthName(ctx context.Context, m time.Month) string {
	return text.T(ctx, "calendar."+fmt.Sprintf("month_%d", int(m)))
}

// shortMonth fits under a column of a chart: "Nov".
func shortMonth(ctx context.Context, m time.Month) string {
	return text.T(ctx, "calendar."+fmt.Sprintf("short_%d", int(m)))
}

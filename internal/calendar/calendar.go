// Package calendar knows days and months as people in the United Kingdom count them.
package calendar

import (
	"fmt"
	"time"
)

// London is where the society's days begin and end.
var London = mustLoad("Europe/London")

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

// Date is a day. The zero Date is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// On is the day that it is in London at a moment.
func On(t time.Time) Date {
	y, m, d := t.In(London).Date()
	return Date{y, m, d}
}

// ParseDate reads "2026-11-23".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day like 2026-11-23", s)
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

// String is "2026-11-23".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsZero reports whether it is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Start is the day's first moment in London.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, London) }

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is n days later, or earlier.
func (d Date) AddDays(n int) Date {
	y, m, day := d.utc().AddDate(0, 0, n).Date()
	return Date{y, m, day}
}

// Days is how many days from d to later.
func (d Date) Days(later Date) int { return int(later.utc().Sub(d.utc()) / (24 * time.Hour)) }

// Before reports whether d comes before o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d comes after o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Compare is -1, 0 or +1.
func (d Date) Compare(o Date) int { return d.utc().Compare(o.utc()) }

// InMonth is the month that the day is in.
func (d Date) InMonth() Month { return Month{d.Year, d.Month} }

// Month is a calendar month, the books' unit.
type Month struct {
	Year  int
	Month time.Month
}

// MonthOf is the month that it is in London at a moment.
func MonthOf(t time.Time) Month { return On(t).InMonth() }

// ParseMonth reads "2026-11".
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("%q is not a month like 2026-11", s)
	}
	return Month{t.Year(), t.Month()}, nil
}

// String is "2026-11".
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// IsZero reports whether it is no month.
func (m Month) IsZero() bool { return m == Month{} }

// Add is n months later, or earlier.
func (m Month) Add(n int) Month {
	t := time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	return Month{t.Year(), t.Month()}
}

// First is its first day.
func (m Month) First() Date { return Date{m.Year, m.Month, 1} }

// Last is its last day.
func (m Month) Last() Date { return m.Add(1).First().AddDays(-1) }

// Day is its nth day, or its last one when it has fewer.
func (m Month) Day(n int) Date {
	if last := m.Last(); n > last.Day {
		return last
	}
	return Date{m.Year, m.Month, n}
}

// Before reports whether m comes before o.
func (m Month) Before(o Month) bool { return m.First().Before(o.First()) }

package calendar

import "time"

// changed are the years in which England and Wales had a day off that the rules do not give, or another one in its place.
var changed = map[Date]bool{
	{2020, time.May, 4}:        false, // the early May holiday went to the 8th,
	{2020, time.May, 8}:        true,  // seventy-five years after the war in Europe
	{2022, time.May, 30}:       false, // the spring holiday went to 2 June,
	{2022, time.June, 2}:       true,  // beside the Queen's platinum jubilee
	{2022, time.June, 3}:       true,  //
	{2022, time.September, 19}: true,  // her funeral
	{2023, time.May, 8}:        true,  // the King's coronation
}

// WorkingDay reports whether banks in England and Wales are open: not on Saturdays, Sundays and bank holidays, their substitutes among them.
// A holiday that is proclaimed for once is known only if it is in the table above; those before 2020 are not.
func (d Date) WorkingDay() bool { return d.weekday() && !d.BankHoliday() }

// AddWorkingDays is the nth working day after d, or with a negative n before it; with 0 it is d, whatever day that is.
func (d Date) AddWorkingDays(n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		if d = d.AddDays(step); d.WorkingDay() {
			n--
		}
	}
	return d
}

// BankHoliday reports whether it is a weekday off in England and Wales. 25 December on a Sunday is not one: its substitute is.
func (d Date) BankHoliday() bool {
	if off, known := changed[d]; known {
		return off
	}
	if !d.weekday() {
		return false
	}
	switch d.Month {
	case time.January:
		return d == firstWeekdays(d.Year, time.January, 1, 1)[0]
	case time.March, time.April:
		easter := Easter(d.Year)
		return d == easter.AddDays(-2) || d == easter.AddDays(1)
	case time.May:
		return d.monday() && (d.Day <= 7 || d.Day > 24)
	case time.August:
		return d.monday() && d.Day > 24
	case time.December:
		off := firstWeekdays(d.Year, time.December, 25, 2)
		return d == off[0] || d == off[1]
	default:
		return false
	}
}

// Easter is Easter Sunday, by the anonymous Gregorian computation (Meeus, Astronomical Algorithms, chapter 8).
func Easter(year int) Date {
	golden, century, rest := year%19, year/100, year%100
	correction := (century - (century+8)/25 + 1) / 3
	epact := (19*golden + century - century/4 - correction + 15) % 30
	sunday := (32 + 2*(century%4) + 2*(rest/4) - epact - rest%4) % 7
	late := (golden + 11*epact + 22*sunday) / 451
	n := epact + sunday - 7*late + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}

// firstWeekdays are the first n days from one on that are not in a weekend: a holiday in one is made good on the next that is free.
func firstWeekdays(year int, month time.Month, day, n int) []Date {
	days := make([]Date, 0, n)
	for d := (Date{year, month, day}); len(days) < n; d = d.AddDays(1) {
		if d.weekday() {
			days = append(days, d)
		}
	}
	return days
}

func (d Date) weekday() bool {
	w := d.utc().Weekday()
	return w != time.Saturday && w != time.Sunday
}

func (d Date) monday() bool { return d.utc().Weekday() == time.Monday }

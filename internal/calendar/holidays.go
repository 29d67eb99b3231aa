package calendar

import "time"

// changed are the days off that the rules do not give, and "" for those that the rules give and that were moved.
// Source: royal proclamations under the Banking and Financial Dealings Act 1971, as gov.uk/bank-holidays lists them.
var changed = map[Date]string{
	{2020, time.May, 4}:        "", // moved to the 8th, seventy-five years after the war in Europe
	{2020, time.May, 8}:        earlyMay,
	{2022, time.May, 30}:       "", // moved to 2 June, beside the Queen's platinum jubilee
	{2022, time.June, 2}:       spring,
	{2022, time.June, 3}:       "Platinum Jubilee bank holiday",
	{2022, time.September, 19}: "Bank Holiday for the State Funeral of Queen Elizabeth II",
	{2023, time.May, 8}:        "Bank holiday for the coronation of King Charles III",
}

const (
	earlyMay = "Early May bank holiday"
	spring   = "Spring bank holiday"
)

// WorkingDay reports whether banks in England and Wales are open: not on Saturdays, Sundays and bank holidays, their substitutes among them.
// A holiday that is proclaimed for once is known only if it is in the table above; those before 2020 are not.
func (d Date) WorkingDay() bool { return d.weekday() && d.BankHoliday() == "" }

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

// BankHoliday is the name, as gov.uk writes it, of a weekday off in England and Wales; "" if it is none. 25 December on a Sunday is none: its
// substitute is, and has its name. The days are those of the Banking and Financial Dealings Act 1971, schedule 1, of its proclamations (New
// Year's Day, early May), and of the common law (Good Friday, Christmas Day).
func (d Date) BankHoliday() string {
	if name, known := changed[d]; known {
		return name
	}
	easter := Easter(d.Year)
	switch {
	case !d.weekday():
		return ""
	case d == firstWeekdays(d.Year, time.January, 1, 1)[0]:
		return "New Year’s Day"
	case d == easter.AddDays(-2):
		return "Good Friday"
	case d == easter.AddDays(1):
		return "Easter Monday"
	case d.Month == time.May && d.monday() && d.Day <= 7:
		return earlyMay
	case d.Month == time.May && d.monday() && d.Day > 24:
		return spring
	case d.Month == time.August && d.monday() && d.Day > 24:
		return "Summer bank holiday"
	case d.Month == time.December && d.Day >= 25:
		return d.christmas()
	default:
		return ""
	}
}

// christmas names a weekday from 25 December on. Only Boxing Day is ever made good on the 28th, only Christmas Day on the 27th: when both are
// in the weekend, in this order.
func (d Date) christmas() string {
	switch off := firstWeekdays(d.Year, time.December, 25, 2); {
	case d != off[0] && d != off[1]:
		return ""
	case d.Day == 25 || d.Day == 27:
		return "Christmas Day"
	default:
		return "Boxing Day"
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

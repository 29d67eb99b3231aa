package calendar

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// As gov.uk/bank-holidays publishes them for England and Wales.
var published = map[int]string{
	2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
	2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
	2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
	2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
	2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
	2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
	2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
	2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
	2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}

func TestBankHolidaysAreThePublishedOnes(t *testing.T) {
	for year, want := range published {
		var got []string
		for d := (Date{year, 1, 1}); d.Year == year; d = d.AddDays(1) {
			if d.BankHoliday() != "" {
				got = append(got, d.String()[5:])
			}
		}
		if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
			t.Errorf("%d:\n%s", year, diff)
		}
	}
}

func TestBankHolidaysHaveTheirPublishedNames(t *testing.T) {
	for _, c := range []struct{ day, want string }{
		{"2027-01-01", "New Year’s Day"},
		{"2028-01-03", "New Year’s Day"}, // the 1st is a Saturday
		{"2028-01-01", ""},
		{"2027-03-26", "Good Friday"},
		{"2027-03-29", "Easter Monday"},
		{"2027-05-03", "Early May bank holiday"},
		{"2027-05-31", "Spring bank holiday"},
		{"2027-08-30", "Summer bank holiday"},
		{"2025-12-25", "Christmas Day"},
		{"2025-12-26", "Boxing Day"},
		{"2026-12-25", "Christmas Day"},
		{"2026-12-28", "Boxing Day"},    // the 26th is a Saturday
		{"2027-12-27", "Christmas Day"}, // and here the 25th
		{"2027-12-28", "Boxing Day"},
		{"2022-12-26", "Boxing Day"},
		{"2022-12-27", "Christmas Day"}, // the 25th is a Sunday
		{"2020-05-04", ""},
		{"2020-05-08", "Early May bank holiday"},
		{"2022-05-30", ""},
		{"2022-06-02", "Spring bank holiday"},
		{"2022-06-03", "Platinum Jubilee bank holiday"},
		{"2022-09-19", "Bank Holiday for the State Funeral of Queen Elizabeth II"},
		{"2023-05-08", "Bank holiday for the coronation of King Charles III"},
		{"2026-11-23", ""},
	} {
		if got := day(t, c.day).BankHoliday(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.day, got, c.want)
		}
	}
}

func TestEaster(t *testing.T) {
	for _, want := range []string{
		"1818-03-22", "1943-04-25", "1981-04-19", "2000-04-23", "2008-03-23", "2019-04-21", "2024-03-31",
		"2026-04-05", "2027-03-28", "2038-04-25", "2049-04-18", "2285-03-22",
	} {
		d := day(t, want)
		if got := Easter(d.Year); got != d {
			t.Errorf("Easter of %d: got %s, want %s", d.Year, got, d)
		}
	}
}

func TestWorkingDaysStepOverHolidays(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-23", 1, "2026-11-24"},
		{"2026-11-20", 1, "2026-11-23"},  // Friday
		{"2026-11-21", 1, "2026-11-23"},  // Saturday
		{"2026-11-21", 0, "2026-11-21"},  // no step is no step
		{"2026-11-23", -1, "2026-11-20"}, //
		{"2026-04-01", 2, "2026-04-07"},  // over Good Friday and Easter Monday
		{"2026-04-01", 4, "2026-04-09"},  //
		{"2024-03-28", 1, "2024-04-02"},  // Easter across the turn of a month
		{"2024-04-02", -1, "2024-03-28"}, //
		{"2020-12-24", 1, "2020-12-29"},  // Boxing Day made good on the 28th
		{"2021-12-24", 1, "2021-12-29"},  // both made good
		{"2022-12-23", 1, "2022-12-28"},  // Christmas Day made good after Boxing Day
		{"2022-12-30", 1, "2023-01-03"},  // New Year made good
		{"2025-12-24", 3, "2025-12-31"},  //
		{"2026-12-24", 1, "2026-12-29"},  //
		{"2026-12-31", 1, "2027-01-04"},  //
		{"2022-06-01", 1, "2022-06-06"},  // two days for the jubilee
		{"2022-05-27", 1, "2022-05-30"},  // and the old spring holiday worked
		{"2022-09-16", 1, "2022-09-20"},  //
		{"2023-05-05", 1, "2023-05-09"},  //
		{"2020-05-01", 1, "2020-05-04"},  // the Monday before the moved holiday was worked
		{"2020-05-07", 1, "2020-05-11"},  //
	} {
		if got := day(t, c.from).AddWorkingDays(c.n); got != day(t, c.want) {
			t.Errorf("%s and %d working days: got %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestWorkingDaysThereAndBack(t *testing.T) {
	for d := (Date{2020, 1, 1}); d.Year < 2030; d = d.AddDays(1) {
		for n := 1; d.WorkingDay() && n < 12; n++ {
			if got := d.AddWorkingDays(n).AddWorkingDays(-n); got != d {
				t.Fatalf("%s, %d on and back: got %s", d, n, got)
			}
		}
	}
}

func day(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

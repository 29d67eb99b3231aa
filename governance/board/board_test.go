package board_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func day(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// sat is a seat of the ordinary class. ended is the last day of one that was left early.
func sat(number int, way board.Way, who member.ID, since, until, ended string) board.Seat {
	s := board.Seat{Class: member.ClassOrdinary, Number: number, Way: way, Member: who, Since: day(since), Until: day(until), Ended: day(ended)}
	if ended != "" {
		s.EndedAt = s.Ended.Start()
	}
	return s
}

func TestASeatIsHeldUpToAndWithItsLastDay(t *testing.T) {
	whole := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "")
	left := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "2028-01-10")
	never := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "2027-05-31") // left before it began
	for _, c := range []struct {
		name string
		seat board.Seat
		on   string
		held bool
	}{
		{"the day before", whole, "2027-05-31", false},
		{"the first day", whole, "2027-06-01", true},
		{"the last day", whole, "2030-05-31", true},
		{"the day after", whole, "2030-06-01", false},
		{"the last day of one left early", left, "2028-01-10", true},
		{"the day after that", left, "2028-01-11", false},
		{"left before it began, the day before", never, "2027-05-31", false},
		{"left before it began, its first day", never, "2027-06-01", false},
	} {
		if got := c.seat.Held(day(c.on)); got != c.held {
			t.Errorf("%s: %v, want %v", c.name, got, c.held)
		}
	}
}

func TestASeatIsVacantWhenNobodyHoldsItOrHasTakenIt(t *testing.T) {
	ann := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "")
	left := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "2028-01-10")
	never := sat(1, board.Elected, "ann", "2027-06-01", "2030-05-31", "2027-05-31")
	for _, c := range []struct {
		name        string
		all         []board.Seat
		on          string
		vacant      bool
		left, since string
	}{
		{"nobody ever sat", nil, "2027-06-01", true, "", ""},
		{"on the last day", []board.Seat{ann}, "2030-05-31", false, "", ""},
		{"the day after", []board.Seat{ann}, "2030-06-01", true, "", "2030-06-01"},
		{"taken for a later day", []board.Seat{ann}, "2027-01-01", false, "", ""},
		{"on the last day of one left early", []board.Seat{left}, "2028-01-10", false, "", ""},
		{"the day after that", []board.Seat{left}, "2028-01-11", true, "2030-05-31", "2028-01-11"},
		{"on the last day of the term that was left", []board.Seat{left}, "2030-05-31", true, "2030-05-31", "2028-01-11"},
		{"when that term is over", []board.Seat{left}, "2030-06-01", true, "", "2028-01-11"},
		{"left before it began", []board.Seat{never}, "2027-06-01", true, "", ""},
		{
			"left early, filled by a co-option that has ended",
			[]board.Seat{left, sat(1, board.CoOpted, "eve", "2028-02-01", "2029-01-31", "")},
			"2029-02-01", true, "2030-05-31", "2029-02-01",
		},
		{
			"left early, filled by a co-option that was left, too",
			[]board.Seat{left, sat(1, board.CoOpted, "eve", "2028-02-01", "2029-01-31", "2028-03-31")},
			"2028-04-01", true, "2030-05-31", "2028-04-01",
		},
		{
			"a co-option that was left is no term that anybody serves out",
			[]board.Seat{sat(1, board.CoOpted, "eve", "2028-02-01", "2029-01-31", "2028-03-31")},
			"2028-04-01", true, "", "2028-04-01",
		},
		{"another class's seat of that number", []board.Seat{{Class: member.ClassOperator, Number: 1, Since: day("2027-06-01"), Until: day("2030-05-31")}}, "2027-06-01", true, "", ""},
	} {
		free := board.Vacant(c.all, member.ClassOrdinary, 1, day(c.on))
		want := []board.Vacancy{{Class: member.ClassOrdinary, Number: 1, Left: day(c.left), Since: day(c.since)}}
		if !c.vacant {
			want = nil
		}
		if diff := cmp.Diff(want, free); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestTheSeatWithTheLongestTermIsFilledFirst(t *testing.T) {
	free := board.Vacant([]board.Seat{
		sat(1, board.Elected, "ann", "2027-06-01", "2028-05-31", "2027-08-31"),
		sat(2, board.Elected, "ben", "2027-06-01", "2030-05-31", "2027-08-31"),
		sat(3, board.Elected, "cat", "2027-06-01", "2029-05-31", ""),
		sat(5, board.Elected, "dan", "2027-06-01", "2029-05-31", "2027-08-31"),
	}, member.ClassOrdinary, 6, day("2027-09-01"))
	var order []int
	for _, v := range free {
		order = append(order, v.Number)
	}
	if diff := cmp.Diff([]int{4, 6, 2, 5, 1}, order); diff != "" {
		t.Error(diff)
	}
	if free := board.Vacant(nil, member.ClassOrdinary, 0, day("2027-09-01")); len(free) != 0 {
		t.Errorf("of no seats %v are vacant", free)
	}
}

func TestTermsInARowAreTheElectedOnesWithLessThanAYearBetween(t *testing.T) {
	first, second := sat(1, board.Elected, "ann", "2021-06-01", "2024-05-31", ""), sat(2, board.Elected, "ann", "2024-06-01", "2027-05-31", "")
	for _, c := range []struct {
		name   string
		all    []board.Seat
		before string
		want   int
	}{
		{"none", nil, "2027-06-01", 0},
		{"somebody else's", []board.Seat{sat(1, board.Elected, "ben", "2024-06-01", "2027-05-31", "")}, "2027-06-01", 0},
		{"one", []board.Seat{second}, "2027-06-01", 1},
		{"two, whatever their order", []board.Seat{first, second}, "2027-06-01", 2},
		{"two, whatever their order", []board.Seat{second, first}, "2027-06-01", 2},
		{"the one that is to begin is none before", []board.Seat{first, second}, "2024-06-01", 1},
		{"a year away less a day", []board.Seat{second}, "2028-05-30", 1},
		{"a year away", []board.Seat{second}, "2028-05-31", 0},
		{"a year away between", []board.Seat{sat(1, board.Elected, "ann", "2020-06-01", "2023-05-31", ""), second}, "2027-06-01", 1},
		{"a co-option is none", []board.Seat{first, sat(1, board.CoOpted, "ann", "2024-06-01", "2025-05-31", "")}, "2025-06-01", 0},
		{"one left early counts", []board.Seat{first, sat(1, board.Elected, "ann", "2024-06-01", "2027-05-31", "2024-12-31")}, "2025-06-01", 2},
		{"one left long ago does not", []board.Seat{sat(1, board.Elected, "ann", "2024-06-01", "2027-05-31", "2024-12-31")}, "2027-06-01", 0},
		{"one left before it began was never served", []board.Seat{first, sat(1, board.Elected, "ann", "2024-06-01", "2027-05-31", "2024-05-31")}, "2025-01-01", 1},
	} {
		if got := board.TermsInRow(c.all, "ann", day(c.before)); got != c.want {
			t.Errorf("%s, before %s: %d, want %d", c.name, c.before, got, c.want)
		}
	}
}

// TestATermEndsOnTheDayBeforeTheSameDayOfAMonth: where a month has no such day, it ends with that month.
func TestATermEndsOnTheDayBeforeTheSameDayOfAMonth(t *testing.T) {
	for _, c := range []struct {
		since  string
		months int
		last   string
	}{
		{"2027-06-01", 36, "2030-05-31"},
		{"2027-06-15", 12, "2028-06-14"},
		{"2027-01-01", 12, "2027-12-31"},
		{"2027-12-31", 12, "2028-12-30"},
		{"2028-02-29", 48, "2032-02-28"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2027-08-31", 6, "2028-02-29"},
		{"2026-08-31", 6, "2027-02-28"},
		{"2026-08-30", 6, "2027-02-28"},
		{"2026-08-29", 6, "2027-02-28"},
		{"2026-08-28", 6, "2027-02-27"},
		{"2027-03-31", 1, "2027-04-30"},
		{"2027-03-30", 1, "2027-04-29"},
	} {
		if got := board.AfterMonths(day(c.since), c.months); got != day(c.last) {
			t.Errorf("%d months from %s: up to %s, want %s", c.months, c.since, got, c.last)
		}
	}
}

func TestACoOptionLastsAYearOrAsLongAsTheTermThatWasLeft(t *testing.T) {
	for _, c := range []struct{ left, since, last string }{
		{"", "2028-02-01", "2029-01-31"},
		{"2030-05-31", "2028-02-01", "2029-01-31"},
		{"2029-01-31", "2028-02-01", "2029-01-31"},
		{"2029-01-30", "2028-02-01", "2029-01-30"},
		{"2028-02-01", "2028-02-01", "2028-02-01"},
		{"", "2028-02-29", "2029-02-28"},
	} {
		if got := board.Longest(board.Vacancy{Left: day(c.left)}, day(c.since)); got != day(c.last) {
			t.Errorf("of a term up to %q, from %s: up to %s, want %s", c.left, c.since, got, c.last)
		}
	}
}

package election_test

import (
	"testing"

	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
)

func TestWhenANoticeIsServed(t *testing.T) {
	for _, c := range []struct {
		sent       string
		mail, post string
		why        string
	}{
		{"2026-11-23", "2026-11-24", "2026-11-25", "Monday"},
		{"2026-11-26", "2026-11-27", "2026-11-30", "Thursday: the second working day is Monday"},
		{"2026-11-27", "2026-11-28", "2026-12-01", "Friday: mail is served on a Saturday"},
		{"2026-11-28", "2026-11-29", "2026-12-01", "Saturday"},
		{"2026-12-23", "2026-12-24", "2026-12-29", "over Christmas, with Boxing Day made good on the 28th"},
		{"2026-12-31", "2027-01-01", "2027-01-05", "over New Year"},
		{"2027-03-24", "2027-03-25", "2027-03-30", "over Easter"},
		{"2027-03-27", "2027-03-28", "2027-03-31", "the eve of summer time"},
		{"2027-10-30", "2027-10-31", "2027-11-02", "the eve of winter time"},
	} {
		if got := election.Served(date(c.sent), election.ByMail); got != date(c.mail) {
			t.Errorf("%s by mail: got %s, want %s (%s)", c.sent, got, c.mail, c.why)
		}
		if got := election.Served(date(c.sent), election.ByPost); got != date(c.post) {
			t.Errorf("%s by post: got %s, want %s (%s)", c.sent, got, c.post, c.why)
		}
	}
	if got := election.Served(calendar.Date{}, election.ByPost); !got.IsZero() {
		t.Errorf("what was not sent is served on %s", got)
	}
}

func TestClearDaysCountNeitherEnd(t *testing.T) {
	for _, c := range []struct {
		served, event string
		want          int
	}{
		{"2027-01-01", "2027-01-01", 0},
		{"2027-01-01", "2027-01-02", 0},
		{"2027-01-01", "2027-01-03", 1},
		{"2027-01-01", "2027-01-30", 28},
		{"2027-01-30", "2027-01-01", 0},
		{"2027-03-27", "2027-03-29", 1}, // a day of 23 hours
		{"2027-10-30", "2027-11-01", 1}, // and one of 25
		{"2028-02-28", "2028-03-01", 1},
	} {
		if got := election.ClearDays(date(c.served), date(c.event)); got != c.want {
			t.Errorf("%s to %s: got %d, want %d", c.served, c.event, got, c.want)
		}
	}
	if got := election.ClearDays(calendar.Date{}, date("2027-01-01")) + election.ClearDays(date("2027-01-01"), calendar.Date{}); got != 0 {
		t.Errorf("no day: got %d", got)
	}
}

func TestTheRollIsPublishedTheDayAfterTheRecordDate(t *testing.T) {
	if got := (election.Timetable{Record: date("2027-03-31")}).Published(); got != date("2027-04-01") {
		t.Errorf("got %s", got)
	}
	if got := (election.Timetable{}).Published(); !got.IsZero() {
		t.Errorf("no record date: got %s", got)
	}
}

// Who moves one thing in a proposal by a day need not move the others.
func TestWhatIsProposedKeepsEveryRuleWithADayToSpare(t *testing.T) {
	b := rules(t)
	for notice := date("2026-11-23"); notice.Before(date("2028-11-23")); notice = notice.AddDays(1) {
		proposed := b.Propose(notice)
		if fs := b.Check(proposed, notice); len(fs) > 0 {
			t.Fatalf("%s: %+v", notice, fs)
		}
		for _, field := range fields {
			for _, days := range []int{-1, 1} {
				moved := proposed
				move(&moved, field, days)
				if moved.Notice.Before(b.Registered) {
					continue
				}
				if fs := b.Check(moved, notice.AddDays(-1)); election.Refused(fs) {
					t.Errorf("%s, %s moved by %d: %v", notice, field, days, refusals(fs))
				}
			}
		}
	}
}

func TestDeadlinesAreProposedAtFiveInLondon(t *testing.T) {
	b := rules(t)
	for _, notice := range []string{"2027-03-01", "2027-10-01"} { // over a change of the clocks
		p := b.Propose(date(notice))
		for _, closes := range []string{
			p.NominationsClose.Format("15:04"), p.ObjectionsClose.Format("15:04"), p.HustingsClose.Format("15:04"), p.PollCloses.Format("15:04"),
		} {
			if closes != "17:00" {
				t.Errorf("%s: a deadline at %s", notice, closes)
			}
		}
	}
	if got := b.Propose(calendar.Date{}); got != (election.Timetable{}) {
		t.Errorf("for no day: got %+v", got)
	}
}

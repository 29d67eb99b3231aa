package election_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
)

// limit is one rule's last permitted day or minute. set brings a proposal to it, or with beyond past it by that day or minute, and moves out
// of the way what stands there.
type limit struct {
	name   string
	breaks string // rule and field
	set    func(tt *election.Timetable, beyond bool)
}

// pick is the permitted one, or that beyond.
func pick[T any](beyond bool, permitted, past T) T {
	if beyond {
		return past
	}
	return permitted
}

// postpone moves the poll and what hangs on it.
func postpone(tt *election.Timetable, days int) {
	for _, field := range []string{"ObjectionsClose", "HustingsClose", "PollOpens", "PollCloses", "Count", "TermsBegin"} {
		move(tt, field, days)
	}
}

// endAt closes the poll at a moment, and brings the end after it.
func endAt(tt *election.Timetable, closes time.Time) {
	tt.PollCloses = closes
	tt.Count = calendar.On(closes)
	tt.TermsBegin = tt.Count.AddDays(15)
}

var limits = []limit{
	{"poll opens 28 clear days after the letters", "14.2 PollOpens", func(tt *election.Timetable, beyond bool) {
		letters := election.Served(tt.Notice, election.ByPost)
		tt.NominationsOpen, tt.NominationsClose = noon(tt.Notice.AddDays(1)), noon(tt.Notice.AddDays(16))
		tt.Record, tt.ObjectionsClose = letters.AddDays(1), noon(letters.AddDays(20))
		tt.HustingsOpen, tt.HustingsClose = noon(tt.Notice.AddDays(17)), noon(letters.AddDays(26))
		tt.PollOpens = pick(beyond, midnight(letters.AddDays(29)), eve(letters.AddDays(29)))
		endAt(tt, noon(letters.AddDays(50)))
	}},
	{"nominations open with the mail", "14.6 NominationsOpen", func(tt *election.Timetable, beyond bool) {
		tt.NominationsOpen = pick(beyond, midnight(tt.Notice.AddDays(1)), eve(tt.Notice.AddDays(1)))
	}},
	{"nominations open for 14 clear days", "14.6 NominationsClose", func(tt *election.Timetable, beyond bool) {
		first := calendar.On(tt.NominationsOpen).AddDays(15)
		tt.NominationsClose = pick(beyond, midnight(first), eve(first))
		tt.Record = first.AddDays(-2)
	}},
	{"nominations close 10 clear days before the poll", "14.7 NominationsClose", func(tt *election.Timetable, beyond bool) {
		poll := calendar.On(tt.PollOpens)
		tt.NominationsClose = pick(beyond, eve(poll.AddDays(-10)), midnight(poll.AddDays(-10)))
		tt.HustingsOpen, tt.HustingsClose = noon(poll.AddDays(-10)), noon(poll.AddDays(-1))
	}},
	{"record date after the letters", "14.8 Record", func(tt *election.Timetable, beyond bool) {
		letters := election.Served(tt.Notice, election.ByPost)
		tt.Record = pick(beyond, letters.AddDays(1), letters)
	}},
	{"record date when nominations close", "14.8 Record", func(tt *election.Timetable, beyond bool) {
		postpone(tt, 28)
		closes := calendar.On(tt.NominationsClose)
		tt.Record = pick(beyond, closes, closes.AddDays(1))
	}},
	{"record date 14 clear days before the poll", "14.8 Record", func(tt *election.Timetable, beyond bool) {
		poll := calendar.On(tt.PollOpens)
		tt.NominationsClose, tt.ObjectionsClose = noon(poll.AddDays(-11)), noon(poll.AddDays(-4))
		tt.HustingsOpen, tt.HustingsClose = noon(poll.AddDays(-10)), noon(poll.AddDays(-1))
		tt.Record = pick(beyond, poll.AddDays(-15), poll.AddDays(-14))
	}},
	{"roll open to objections for 7 clear days", "14.9 ObjectionsClose", func(tt *election.Timetable, beyond bool) {
		first := tt.Record.AddDays(1 + 8)
		tt.ObjectionsClose = pick(beyond, midnight(first), eve(first))
	}},
	{"objections close 2 clear days before the poll", "14.10 ObjectionsClose", func(tt *election.Timetable, beyond bool) {
		past := calendar.On(tt.PollOpens).AddDays(-2)
		tt.ObjectionsClose = pick(beyond, eve(past), midnight(past))
	}},
	{"hustings open when nominations close", "14.11 HustingsOpen", func(tt *election.Timetable, beyond bool) {
		tt.HustingsOpen = pick(beyond, tt.NominationsClose, tt.NominationsClose.Add(-time.Minute))
	}},
	{"hustings for 5 clear days", "14.11 HustingsClose", func(tt *election.Timetable, beyond bool) {
		first := calendar.On(tt.HustingsOpen).AddDays(6)
		tt.HustingsClose = pick(beyond, midnight(first), eve(first))
	}},
	{"hustings close when the poll opens", "14.11 HustingsClose", func(tt *election.Timetable, beyond bool) {
		tt.HustingsClose = pick(beyond, tt.PollOpens, tt.PollOpens.Add(time.Minute))
	}},
	{"poll for 14 full days", "14.12 PollCloses", func(tt *election.Timetable, beyond bool) {
		first := tt.PollOpens.AddDate(0, 0, 14)
		endAt(tt, pick(beyond, first, first.Add(-time.Minute)))
	}},
	{"poll for 42 days", "14.12 PollCloses", func(tt *election.Timetable, beyond bool) {
		last := tt.PollOpens.AddDate(0, 0, 42)
		endAt(tt, pick(beyond, last, last.Add(time.Minute)))
	}},
	{"count when the poll closes", "14.13 Count", func(tt *election.Timetable, beyond bool) {
		closes := calendar.On(tt.PollCloses)
		tt.Count = pick(beyond, closes, closes.AddDays(-1))
	}},
	{"count within 7 days", "14.13 Count", func(tt *election.Timetable, beyond bool) {
		closes := calendar.On(tt.PollCloses)
		tt.Count = pick(beyond, closes.AddDays(7), closes.AddDays(8))
		tt.TermsBegin = closes.AddDays(30)
	}},
	{"terms begin when nobody can challenge", "14.15 TermsBegin", func(tt *election.Timetable, beyond bool) {
		tt.TermsBegin = pick(beyond, tt.Count.AddDays(15), tt.Count.AddDays(14))
	}},
}

// Every rule, with the change of the clocks in each part of the timetable.
func TestTheLastMinuteIsPermittedAndTheNextIsNot(t *testing.T) {
	b := rules(t)
	for _, change := range []string{"2027-03-28", "2027-10-31"} {
		for before := range 80 {
			notice := date(change).AddDays(-before)
			for _, l := range limits {
				tt := b.Propose(notice)
				l.set(&tt, false)
				if fs := b.Check(tt, notice); election.Refused(fs) {
					t.Errorf("notice on %s, %s: refused %v", notice, l.name, refusals(fs))
				}
				tt = b.Propose(notice)
				l.set(&tt, true)
				fs := b.Check(tt, notice)
				if diff := cmp.Diff([]string{l.breaks}, refusals(fs)); diff != "" {
					t.Errorf("notice on %s, beyond: %s:\n%s", notice, l.name, diff)
				}
				wellSaid(t, fs)
			}
		}
	}
}

func TestNoNoticeGoesOutInThePast(t *testing.T) {
	b := rules(t)
	tt := b.Propose(date("2027-03-01"))
	for today, want := range map[string][]string{"2027-02-01": nil, "2027-03-01": nil, "2027-03-02": {"14.3 Notice"}} {
		if diff := cmp.Diff(want, refusals(b.Check(tt, date(today)))); diff != "" {
			t.Errorf("on %s:\n%s", today, diff)
		}
	}
}

func TestTheRulesOfTheDayOfTheNoticeGovern(t *testing.T) {
	b := rules(t)
	day := b.Registered
	if fs := b.Check(b.Propose(day), day); len(fs) > 0 {
		t.Errorf("the day of registration: %+v", fs)
	}
	day = day.AddDays(-1)
	if diff := cmp.Diff([]string{"14.3 Notice"}, refusals(b.Check(b.Propose(day), day))); diff != "" {
		t.Errorf("the day before:\n%s", diff)
	}
	other := b
	other.Version = 2
	fs := other.Check(b.Propose(date("2027-03-01")), date("2027-03-01"))
	if diff := cmp.Diff([]string{"14.3 Notice"}, refusals(fs)); diff != "" {
		t.Errorf("another version:\n%s", diff)
	}
	wellSaid(t, fs)
}

// A day of the clocks' change has 23 hours or 25. A full day is over when the clocks show the same time again.
func TestPollsAreMeasuredByTheClocksOnTheWall(t *testing.T) {
	b := rules(t)
	for _, c := range []struct {
		opens  string
		hours  time.Duration // from then to the first moment at which it may close
		closes string
	}{
		{"2027-03-01 09:00", 336, "2027-03-15 09:00"},
		{"2027-03-20 09:00", 335, "2027-04-03 09:00"},
		{"2027-10-25 09:00", 337, "2027-11-08 09:00"},
		{"2027-03-14 01:30", 335, "2027-03-28 02:00"}, // 01:30 is skipped: half an hour is lost
		{"2027-10-17 01:30", 336, "2027-10-31 01:30"}, // and here it comes twice: the first will do
	} {
		tt := election.Timetable{PollOpens: clock(c.opens), PollCloses: clock(c.opens).Add(c.hours * time.Hour)}
		if c.closes == "2027-03-28 02:00" {
			tt.PollCloses = clock(c.closes)
		}
		if got := tt.PollCloses.Format("2006-01-02 15:04"); got != c.closes {
			t.Fatalf("%s: got %s, want %s", c.opens, got, c.closes)
		}
		if got := refusals(b.Check(tt, date("2027-01-01"))); slices.Contains(got, "14.12 PollCloses") {
			t.Errorf("from %s to %s: %v", c.opens, c.closes, got)
		}
		tt.PollCloses = tt.PollCloses.Add(-time.Minute)
		if got := refusals(b.Check(tt, date("2027-01-01"))); !slices.Contains(got, "14.12 PollCloses") {
			t.Errorf("from %s to a minute before %s: %v", c.opens, c.closes, got)
		}
	}
}

func TestRefusalsSayWhatToChange(t *testing.T) {
	b := rules(t)
	tt := b.Propose(date("2026-12-09")) // letters are served on the 11th
	tt.PollOpens = clock("2027-01-08 12:00")
	tt.PollCloses = clock("2027-01-22 11:59")
	var got []string
	for _, f := range b.Check(tt, date("2026-12-10")) {
		if !f.Warning {
			got = append(got, f.Words)
		}
	}
	want := []string{
		"The notice must not go out before today, 10 December 2026: 9 December 2026 is over (rule 14.3).",
		"Nominations must not close after 28 December 2026: the poll opens on 8 January 2027, and 10 clear days must lie between (rule 14.7).",
		"The record date must not be after 24 December 2026: the poll opens on 8 January 2027, and 14 clear days must lie between (rule 14.8).",
		"Objections to the roll must not close after 5 January 2027: the poll opens on 8 January 2027, and 2 clear days must lie between to settle them (rule 14.10).",
		"The hustings must close by 12:00 on 8 January 2027: then the poll opens (rule 14.11).",
		"The poll must not open before 9 January 2027: the notice, sent on 9 December 2026, is deemed served on 11 December 2026, and 28 clear days must lie between (rule 14.2).",
		"The poll must not close before 12:00 on 22 January 2027: it opens at 12:00 on 8 January 2027, and is open for at least 14 full days (rule 14.12).",
		"The votes must be counted by 29 January 2027: the poll closes on 22 January 2027 (rule 14.13).",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeadlinesWhenPeopleAreAwayAreWarnedOf(t *testing.T) {
	b := rules(t)
	for _, c := range []struct{ closes, want string }{
		{"2027-03-25 17:00", ""},
		{"2027-03-25 08:00", ""},
		{"2027-03-25 20:00", ""},
		{"2027-03-25 07:59", "The poll closes at 07:59 on 25 March 2027, which is not between 08:00 and 20:00"},
		{"2027-03-25 20:01", "The poll closes at 20:01 on 25 March 2027, which is not between 08:00 and 20:00"},
		{"2027-03-30 08:00", ""}, // summer time
		{"2027-03-30 20:01", "The poll closes at 20:01 on 30 March 2027, which is not between 08:00 and 20:00"},
		{"2027-03-26 17:00", "The poll closes on 26 March 2027, a bank holiday (Good Friday)"},
		{"2027-03-27 17:00", "The poll closes on 27 March 2027, a Saturday"},
		{"2027-12-27 17:00", "The poll closes on 27 December 2027, a bank holiday (Christmas Day)"},
		{"2027-10-31 17:00", "The poll closes on 31 October 2027, a Sunday"},
	} {
		want := []string{"PollCloses: " + c.want + " (rule 14.17)."}
		if c.want == "" {
			want = nil
		}
		fs := b.Check(election.Timetable{PollCloses: clock(c.closes)}, date("2027-01-01"))
		if diff := cmp.Diff(want, warnings(fs)); diff != "" {
			t.Errorf("%s:\n%s", c.closes, diff)
		}
	}
}

func TestEveryDeadlineIsWarnedOf(t *testing.T) {
	sunday := clock("2027-06-06 17:00")
	fs := rules(t).Check(election.Timetable{
		NominationsOpen: sunday, NominationsClose: sunday, ObjectionsClose: sunday,
		HustingsOpen: sunday, HustingsClose: sunday, PollOpens: sunday, PollCloses: sunday,
	}, date("2027-01-01"))
	var got []string
	for _, f := range fs {
		if f.Warning {
			got = append(got, f.Field)
		}
	}
	if diff := cmp.Diff([]string{"NominationsClose", "ObjectionsClose", "HustingsClose", "PollCloses"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHoursThatAreSkippedOrComeTwiceAreWarnedOf(t *testing.T) {
	const twice, skipped = "comes twice", "that there is not"
	for _, c := range []struct{ moment, want string }{ // in UTC: at 01:00 both clocks change
		{"2027-03-27T23:59:00Z", ""},
		{"2027-03-28T00:00:00Z", skipped},
		{"2027-03-28T00:59:00Z", skipped},
		{"2027-03-28T01:00:00Z", skipped},
		{"2027-03-28T01:59:00Z", skipped},
		{"2027-03-28T02:00:00Z", ""},
		{"2027-10-30T23:59:00Z", ""},
		{"2027-10-31T00:00:00Z", twice},
		{"2027-10-31T00:59:00Z", twice},
		{"2027-10-31T01:00:00Z", twice},
		{"2027-10-31T01:59:00Z", twice},
		{"2027-10-31T02:00:00Z", ""},
	} {
		moment, err := time.Parse(time.RFC3339, c.moment)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(warnings(rules(t).Check(election.Timetable{PollOpens: moment}, date("2027-01-01"))), "\n")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", c.moment, got, c.want)
		}
	}
	for _, typed := range []string{"2027-03-28 01:00", "2027-03-28 01:30", "2027-03-28 01:59"} {
		if got := warnings(rules(t).Check(election.Timetable{PollOpens: clock(typed)}, date("2027-01-01"))); len(got) != 1 {
			t.Errorf("who types %s, which there is not: got %v", typed, got)
		}
	}
}

func TestWhatIsLeftOutIsAskedForAndNothingIsMeasuredFromIt(t *testing.T) {
	b := rules(t)
	notice := date("2027-03-01")
	for _, field := range fields {
		tt := b.Propose(notice)
		leaveOut(&tt, field)
		fs := b.Check(tt, notice)
		if len(fs) != 1 || fs[0].Field != field || fs[0].Warning {
			t.Errorf("%s: got %+v", field, fs)
		}
		wellSaid(t, fs)
	}
	var asked []string
	for _, f := range b.Check(election.Timetable{}, notice) {
		asked = append(asked, f.Field)
	}
	if diff := cmp.Diff(fields, asked); diff != "" {
		t.Error(diff)
	}
	election.RuleBook{}.Check(election.Timetable{}, calendar.Date{})
	election.RuleBook{}.Check(b.Propose(notice), calendar.Date{})
}

func TestAWarningRefusesNothing(t *testing.T) {
	if election.Refused(nil) || election.Refused([]election.Finding{{Warning: true}}) || !election.Refused([]election.Finding{{Warning: true}, {}}) {
		t.Error("only what is no warning refuses")
	}
}

// drawTimetable is a proposal with its parts shaken, and sometimes left out.
func drawTimetable(t *rapid.T, b election.RuleBook) election.Timetable {
	tt := b.Propose(date("2027-01-01").AddDays(rapid.IntRange(0, 700).Draw(t, "notice")))
	most := rapid.SampledFrom([]int{2, 30, 500_000}).Draw(t, "most")
	for _, field := range fields {
		move(&tt, field, rapid.IntRange(-most, most).Draw(t, field))
		if rapid.IntRange(0, 20).Draw(t, "left out") == 0 {
			leaveOut(&tt, field)
		}
	}
	for _, moment := range []*time.Time{&tt.NominationsOpen, &tt.NominationsClose, &tt.ObjectionsClose, &tt.HustingsOpen, &tt.HustingsClose, &tt.PollOpens, &tt.PollCloses} {
		if !moment.IsZero() {
			*moment = moment.Add(time.Duration(rapid.IntRange(-1440, 1440).Draw(t, "minutes")) * time.Minute)
		}
	}
	return tt
}

// intervals have a least length, and a rule that says so at a field, in words that no other refusal there has.
var intervals = []struct{ from, to, rule, field, words string }{
	{"Notice", "PollOpens", "14.2", "PollOpens", "clear days"},
	{"Notice", "NominationsOpen", "14.6", "NominationsOpen", "not deemed served by email"},
	{"NominationsOpen", "NominationsClose", "14.6", "NominationsClose", "clear days"},
	{"NominationsClose", "PollOpens", "14.7", "NominationsClose", "clear days"},
	{"Notice", "Record", "14.8", "Record", "deemed served"},
	{"Record", "PollOpens", "14.8", "Record", "clear days"},
	{"Record", "ObjectionsClose", "14.9", "ObjectionsClose", "clear days"},
	{"ObjectionsClose", "PollOpens", "14.10", "ObjectionsClose", "clear days"},
	{"NominationsClose", "HustingsOpen", "14.11", "HustingsOpen", "until then"},
	{"HustingsOpen", "HustingsClose", "14.11", "HustingsClose", "clear days"},
	{"HustingsClose", "PollOpens", "14.11", "HustingsClose", "then the poll opens"},
	{"PollOpens", "PollCloses", "14.12", "PollCloses", "full days"},
	{"PollCloses", "Count", "14.13", "Count", "on that day the poll closes"},
	{"Count", "TermsBegin", "14.15", "TermsBegin", "clear days"},
}

func TestMoreTimeIsNeverTooLittle(t *testing.T) {
	b := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.SampledFrom(intervals).Draw(t, "interval")
		tooShort := func(tt election.Timetable) bool {
			return slices.ContainsFunc(b.Check(tt, date("2027-01-01")), func(f election.Finding) bool {
				return f.Rule == i.rule && f.Field == i.field && strings.Contains(f.Words, i.words)
			})
		}
		tt := drawTimetable(t, b)
		if leftOut(tt, i.from) || leftOut(tt, i.to) || tooShort(tt) {
			return
		}
		move(&tt, i.from, -rapid.IntRange(0, 60).Draw(t, "earlier"))
		move(&tt, i.to, rapid.IntRange(0, 60).Draw(t, "later"))
		if tooShort(tt) {
			t.Fatalf("rule %s refuses what is longer than what it permitted: %+v", i.rule, tt)
		}
	})
}

func TestAnyTimetableIsAnsweredInItsOrder(t *testing.T) {
	b := rules(t)
	rapid.Check(t, func(t *rapid.T) { wellSaid(t, b.Check(drawTimetable(t, b), date("2027-01-01"))) })
}

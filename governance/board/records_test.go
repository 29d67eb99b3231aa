package board_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// house is a society with a board of two, a secretary who does not sit, a member, and somebody who is none.
type house struct {
	*testing.T
	db       *database.DB
	register *member.Register
	board    *board.Board
	now      time.Time
	people   map[string]member.ID
	seats    map[string]string
}

func each(t *testing.T, story func(s *house)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := &house{T: t, db: db, now: time.Date(2027, 6, 10, 12, 0, 0, 0, time.UTC), people: map[string]member.ID{}, seats: map[string]string{}}
		now := func() time.Time { return s.now }
		officers := member.NewOfficers(db, now)
		s.register = member.NewRegister(db, queue, now)
		ordinary := func(_ context.Context, _ member.ID, on calendar.Date, _ time.Time) (member.Standing, error) {
			return member.Standing{State: member.Current, On: on}, nil
		}
		none := func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return false, nil }
		classes := member.NewClasses(s.register, member.NewOperators(db, now), ordinary, none)
		three := func(calendar.Date) (map[member.Class]int, error) {
			return map[member.Class]int{member.ClassOrdinary: 3}, nil
		}
		s.board = board.New(db, s.register, officers, classes, three, now)
		s.must(officers.Appoint(t.Context(), "sec", member.Secretary, "the first meeting"))
		s.must(officers.Appoint(t.Context(), "stew", member.Steward, "the first meeting"))
		for i, name := range []string{"ann", "ben", "mia"} {
			s.people[name], err = s.register.Apply(t.Context(), identity.AccountID(name), member.Application{
				Name: "Person " + name, Address: fmt.Sprintf("%d Long Road\nLeeds", i+1), Postcode: fmt.Sprintf("LS1 %dAA", i), Email: name + "@example.org", Age: 40,
			})
			s.must(err)
			s.must(s.register.Admit(t.Context(), s.people[name], "sec", "welcome"))
		}
		s.sits("ann", "2027-06-01")
		s.sits("ben", "2027-06-01")
		story(s)
	})
}

func (s *house) sits(name, since string) {
	s.Helper()
	id, err := s.board.CoOpt(s.Context(), "sec", board.CoOption{
		Person: board.Person{Member: s.people[name], Name: "Person " + name, Interests: "None."}, Class: member.ClassOrdinary, Since: day(since), Minute: "minute 1",
	})
	s.must(err)
	s.seats[name] = id
}

func (s *house) must(err error, want ...error) {
	s.Helper()
	if len(want) == 0 && err != nil || len(want) == 1 && !errors.Is(err, want[0]) {
		s.Fatalf("%v, want %v", err, want)
	}
}

// decision is one for which Ann voted, and Ben voted so.
func (s *house) decision(ben board.Vote) board.Decision {
	return board.Decision{
		Entry: board.Entry{Day: day("2027-06-09"), Minute: "minute 7"}, Words: "Rent a second server.", Reasons: "The first one is full.",
		Votes: map[string]board.Vote{s.seats["ann"]: board.For, s.seats["ben"]: ben},
	}
}

func (s *house) acts(about string) (what []string) {
	s.Helper()
	acts, _, err := audit.NewLog(s.db).List(s.Context(), audit.Wanted{About: about})
	s.must(err)
	for _, a := range acts {
		what = append(what, a.As+": "+a.What)
	}
	return what
}

func TestADecisionIsRecordedWithHowEachWhoSatVoted(t *testing.T) {
	each(t, func(s *house) {
		d := s.decision(board.Interested)
		id, err := s.board.Decide(s.Context(), "sec", d)
		s.must(err)
		all, err := s.board.Decisions(s.Context(), 9)
		s.must(err)
		d.ID, d.RecordedBy, d.RecordedAt, d.Said = id, "sec", s.now, map[string]board.Voucher{}
		if diff := cmp.Diff([]board.Decision{d}, all); diff != "" {
			s.Error(diff)
		}
		if diff := cmp.Diff([]string{"secretary: board's decision recorded"}, s.acts(id)); diff != "" {
			s.Error(diff)
		}
	})
}

func TestWhoMayKeepTheBoardsRecords(t *testing.T) {
	each(t, func(s *house) {
		for by, want := range map[identity.AccountID]error{"sec": nil, "ann": nil, "stew": board.ErrNotRecorder, "mia": board.ErrNotRecorder, "nobody": board.ErrNotRecorder} {
			_, err := s.board.Decide(s.Context(), by, s.decision(board.For))
			s.must(err, want)
			_, err = s.board.Meet(s.Context(), by, s.meeting("2027-06-09", board.Attended, board.Attended))
			s.must(err, want)
			if may, err := s.board.Records(s.Context(), by); err != nil || may != (want == nil) {
				s.Errorf("%s: may %v, %v", by, may, err)
			}
		}
		s.must(s.board.Leave(s.Context(), "sec", s.seats["ann"], day("2027-06-09"), "resigned"))
		_, err := s.board.Decide(s.Context(), "ann", s.decision(board.For))
		s.must(err, board.ErrNotRecorder)
	})
}

func TestADecisionThatCannotBeIsRefused(t *testing.T) {
	each(t, func(s *house) {
		for name, c := range map[string]struct {
			spoil func(d *board.Decision)
			want  error
		}{
			"without a minute":        {func(d *board.Decision) { d.Minute = " " }, board.ErrNoMinute},
			"without words":           {func(d *board.Decision) { d.Words = "…" }, board.ErrNoDecision},
			"without reasons":         {func(d *board.Decision) { d.Reasons = "" }, board.ErrNoReasons},
			"tomorrow":                {func(d *board.Decision) { d.Day = day("2027-06-11") }, board.ErrBadDay},
			"on no day":               {func(d *board.Decision) { d.Day = calendar.Date{} }, board.ErrBadDay},
			"years ago":               {func(d *board.Decision) { d.Day = day("2025-06-09") }, board.ErrBadDay},
			"when nobody sat":         {func(d *board.Decision) { d.Day = day("2027-05-31") }, board.ErrNobodySat},
			"a vote is missing":       {func(d *board.Decision) { delete(d.Votes, s.seats["ben"]) }, board.ErrVotes},
			"a vote that is none":     {func(d *board.Decision) { d.Votes[s.seats["ben"]] = "perhaps" }, board.ErrVotes},
			"a vote of somebody else": {func(d *board.Decision) { d.Votes["00000000-0000-7000-8000-000000000000"] = board.For }, board.ErrVotes},
			"corrects nothing":        {func(d *board.Decision) { d.Corrects = "00000000-0000-7000-8000-000000000000" }, board.ErrNoEntry},
		} {
			d := s.decision(board.Against)
			c.spoil(&d)
			if _, err := s.board.Decide(s.Context(), "sec", d); !errors.Is(err, c.want) {
				s.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if all, err := s.board.Decisions(s.Context(), 9); err != nil || len(all) != 0 {
			s.Errorf("%d were recorded, %v", len(all), err)
		}
	})
}

func TestAllThatIsAmissWithAnEntryIsToldAtOnce(t *testing.T) {
	each(t, func(s *house) {
		d := s.decision("perhaps")
		d.Words, d.Reasons, d.Minute = "", "", ""
		_, err := s.board.Decide(s.Context(), "sec", d)
		for _, want := range []error{board.ErrNoDecision, board.ErrNoReasons, board.ErrNoMinute, board.ErrVotes} {
			s.must(err, want)
		}
		m := s.meeting("2027-06-09", board.Attended, "perhaps")
		m.Minute = ""
		_, err = s.board.Meet(s.Context(), "sec", m)
		for _, want := range []error{board.ErrNoMinute, board.ErrVotes} {
			s.must(err, want)
		}
	})
}

// away has an entry refused because Ben votes in a decision of a day on which he was not there.
func (s *house) away(err error) {
	s.Helper()
	amiss, is := errors.AsType[*board.NotThereError](err)
	if !is || !cmp.Equal(amiss.Seats, []string{s.seats["ben"]}) {
		s.Fatalf("got %v, want that Ben was not there", err)
	}
}

func TestWhoSentApologiesHasNoVoteInADecisionOfThatDay(t *testing.T) {
	each(t, func(s *house) {
		met, err := s.board.Meet(s.Context(), "sec", s.meeting("2027-06-09", board.Attended, board.Apologies))
		s.must(err)
		for _, v := range []board.Vote{board.For, board.Against, board.Abstained} {
			_, err = s.board.Decide(s.Context(), "sec", s.decision(v))
			s.away(err)
		}
		for _, v := range []board.Vote{board.Absent, board.Interested} {
			_, err = s.board.Decide(s.Context(), "sec", s.decision(v))
			s.must(err)
		}
		other := s.decision(board.For) // on a day on which no meeting is recorded
		other.Day = day("2027-06-08")
		_, err = s.board.Decide(s.Context(), "sec", other)
		s.must(err)
		right := s.meeting("2027-06-09", board.Attended, board.Attended)
		right.Corrects = met
		_, err = s.board.Meet(s.Context(), "sec", right)
		s.must(err)
		_, err = s.board.Decide(s.Context(), "sec", s.decision(board.For))
		s.must(err)
	})
}

func TestNobodyIsRecordedAsAwayWhereADecisionHasThemVoting(t *testing.T) {
	each(t, func(s *house) {
		decided, err := s.board.Decide(s.Context(), "sec", s.decision(board.For))
		s.must(err)
		_, err = s.board.Meet(s.Context(), "sec", s.meeting("2027-06-09", board.Attended, board.Away))
		s.away(err)
		if all, err := s.board.Meetings(s.Context()); err != nil || len(all) != 0 {
			s.Errorf("%d were recorded, %v", len(all), err)
		}
		morning, err := s.board.Meet(s.Context(), "sec", s.meeting("2027-06-09", board.Attended, board.Attended))
		s.must(err)
		_, err = s.board.Meet(s.Context(), "sec", s.meeting("2027-06-09", board.Attended, board.Apologies)) // of the evening: the vote may have been in the morning
		s.must(err)
		elsewhen := s.meeting("2027-06-08", board.Attended, board.Attended) // and then only the evening is left
		elsewhen.Corrects = morning
		_, err = s.board.Meet(s.Context(), "sec", elsewhen)
		s.away(err)
		right := s.decision(board.Absent)
		right.Corrects = decided
		_, err = s.board.Decide(s.Context(), "sec", right)
		s.must(err)
		_, err = s.board.Meet(s.Context(), "sec", elsewhen)
		s.must(err)
	})
}

func TestAnEntryIsCorrectedByAFurtherOneAlone(t *testing.T) {
	each(t, func(s *house) {
		first, err := s.board.Decide(s.Context(), "sec", s.decision(board.For))
		s.must(err)
		s.now = s.now.Add(time.Hour)
		better := s.decision(board.Against)
		better.Corrects = first
		second, err := s.board.Decide(s.Context(), "ann", better)
		s.must(err)
		_, err = s.board.Decide(s.Context(), "ben", better)
		s.must(err, board.ErrNoEntry) // an entry has one that takes its place
		all, err := s.board.Decisions(s.Context(), 9)
		s.must(err)
		if len(all) != 2 || all[0].ID != second || !all[0].Stands() || all[1].ID != first || all[1].CorrectedBy != second || all[1].Votes[s.seats["ben"]] != board.For {
			s.Errorf("got %+v", all)
		}
		if diff := cmp.Diff([]string{"board: board's decision corrected"}, s.acts(second)); diff != "" {
			s.Error(diff)
		}
		for _, change := range []string{
			"UPDATE board_decisions SET words = 'x'", "DELETE FROM board_decisions", "UPDATE board_votes SET vote = 'for'", "DELETE FROM board_votes",
			"UPDATE board_meetings SET minute = 'x'", "UPDATE board_attendance SET here = 'attended'", "UPDATE board_interests SET words = 'x'", "UPDATE board_answers SET words = 'x'",
			"UPDATE board_vouchers SET holds = TRUE", "DELETE FROM board_vouchers",
		} {
			s.fill()
			if err := s.db.Write(s.Context(), func(tx *gorm.DB) error { return tx.Exec(change).Error }); err == nil {
				s.Errorf("%s: was let", change)
			}
		}
	})
}

func TestWhoSatSaysWhetherThatIsHowTheyVoted(t *testing.T) {
	each(t, func(s *house) {
		first, err := s.board.Decide(s.Context(), "ann", s.decision(board.Against))
		s.must(err)
		waits := func(who string) int {
			n, err := s.board.Unvouched(s.Context(), s.people[who])
			s.must(err)
			return n
		}
		if waits("ann") != 1 || waits("ben") != 1 || waits("mia") != 0 {
			s.Errorf("ann %d, ben %d, mia %d", waits("ann"), waits("ben"), waits("mia"))
		}
		s.must(s.board.Vouch(s.Context(), "ann", first, true, "dropped"))
		for by, want := range map[identity.AccountID]error{"ann": board.ErrVouched, "mia": board.ErrNotVoter, "sec": board.ErrNotVoter, "nobody": board.ErrNotVoter} {
			s.must(s.board.Vouch(s.Context(), by, first, true, ""), want)
		}
		s.must(s.board.Vouch(s.Context(), "ben", first, false, " "), board.ErrNoReason)
		s.must(s.board.Vouch(s.Context(), "ben", "", true, ""), board.ErrNoEntry)
		s.must(s.board.Vouch(s.Context(), "ben", first, false, "I was for it."))
		d, err := s.board.Decision(s.Context(), first)
		s.must(err)
		want := map[string]board.Voucher{s.seats["ann"]: {Holds: true, SaidAt: s.now}, s.seats["ben"]: {Words: "I was for it.", SaidAt: s.now}}
		if diff := cmp.Diff(want, d.Said); diff != "" {
			s.Error(diff)
		}
		if diff := cmp.Diff([]string{"board: own vote disputed", "board: own vote confirmed", "board: board's decision recorded"}, s.acts(first)); diff != "" {
			s.Error(diff)
		}

		s.now = s.now.Add(time.Hour)
		better := s.decision(board.For)
		better.Corrects = first
		second, err := s.board.Decide(s.Context(), "sec", better)
		s.must(err)
		s.must(s.board.Vouch(s.Context(), "ben", first, true, ""), board.ErrNoEntry)
		if waits("ann") != 1 || waits("ben") != 1 {
			s.Errorf("of the entry that corrects the first: ann %d, ben %d", waits("ann"), waits("ben"))
		}
		s.must(s.board.Leave(s.Context(), "sec", s.seats["ben"], day("2027-06-10"), "resigned"))
		s.must(s.board.Vouch(s.Context(), "ben", second, true, "")) // they sat on that day
	})
}

// fill puts a row in every table that is only added to, so that a change has something to change.
func (s *house) fill() {
	s.Helper()
	if meetings, err := s.board.Meetings(s.Context()); err != nil || len(meetings) > 0 {
		s.must(err)
		return
	}
	_, err := s.board.Meet(s.Context(), "sec", s.meeting("2027-06-08", board.Attended, board.Away))
	s.must(err)
	decided, err := s.board.Decisions(s.Context(), 9)
	s.must(err)
	s.must(s.board.Vouch(s.Context(), "ben", decided[0].ID, false, "I was for it."))
	s.must(s.board.Declare(s.Context(), "ann", "A host is a client of mine."))
	s.must(s.board.Ask(s.Context(), "mia", "Why so slow?", ""))
	s.must(s.board.Reply(s.Context(), "sec", s.questions()[0].ID, "It is full."))
}

func (s *house) meeting(on string, ann, ben board.Here) board.Meeting {
	return board.Meeting{Entry: board.Entry{Day: day(on), Minute: "minutes of " + on}, Here: map[string]board.Here{s.seats["ann"]: ann, s.seats["ben"]: ben}}
}

func TestAttendanceIsOfTheMeetingsOfOnesOwnSeat(t *testing.T) {
	each(t, func(s *house) {
		_, err := s.board.Meet(s.Context(), "sec", s.meeting("2027-06-02", board.Attended, board.Apologies))
		s.must(err)
		wrong, err := s.board.Meet(s.Context(), "sec", s.meeting("2027-06-03", board.Away, board.Away))
		s.must(err)
		right := s.meeting("2027-06-03", board.Attended, board.Attended)
		right.Corrects = wrong
		_, err = s.board.Meet(s.Context(), "sec", right)
		s.must(err)
		s.sits("mia", "2027-06-09")
		late := s.meeting("2027-06-10", board.Attended, board.Away)
		_, err = s.board.Meet(s.Context(), "sec", late)
		s.must(err, board.ErrVotes) // nobody said where Mia was
		late.Here[s.seats["mia"]] = board.Attended
		_, err = s.board.Meet(s.Context(), "sec", late)
		s.must(err)
		meetings, err := s.board.Meetings(s.Context())
		s.must(err)
		for name, want := range map[string][2]int{"ann": {3, 3}, "ben": {1, 3}, "mia": {1, 1}} {
			if was, of := board.Attendance(meetings, s.seats[name]); was != want[0] || of != want[1] {
				s.Errorf("%s: %d of %d, want %v", name, was, of, want)
			}
		}
	})
}

func TestWhoSitsDeclaresTheirInterestsAndAllWordsStay(t *testing.T) {
	each(t, func(s *house) {
		s.now = s.now.Add(time.Hour)
		s.must(s.board.Declare(s.Context(), "mia", "I do not sit."), board.ErrNotSitting)
		s.must(s.board.Declare(s.Context(), "sec", "I do not sit."), board.ErrNotSitting)
		s.must(s.board.Declare(s.Context(), "ann", " "), board.ErrNoReason)
		s.must(s.board.Declare(s.Context(), "ann", "None."), board.ErrSameInterests)
		s.must(s.board.Declare(s.Context(), "ann", "A host is a client of mine."))
		s.now = s.now.Add(time.Hour)
		s.must(s.board.Declare(s.Context(), "ann", "None."))
		declared, err := s.board.Declarations(s.Context())
		s.must(err)
		want := []board.Declaration{{s.people["ann"], "None.", s.now}, {s.people["ann"], "A host is a client of mine.", s.now.Add(-time.Hour)}}
		if diff := cmp.Diff(want, declared); diff != "" {
			s.Error(diff)
		}
	})
}

func TestALaterSeatsInterestsTakeThePlaceOfEarlierDeclarations(t *testing.T) {
	at := day("2027-06-01").Start()
	declared := []board.Declaration{{"ben", "Ben's", at.Add(9)}, {"ann", "Ann's last", at.Add(3)}, {"ann", "Ann's first", at.Add(1)}}
	for _, c := range []struct {
		recorded time.Time
		want     string
	}{{at, "Ann's last"}, {at.Add(3), "Ann's last"}, {at.Add(4), "of the seat"}} {
		if got := board.Interests(declared, board.Seat{Member: "ann", Interests: "of the seat", RecordedAt: c.recorded}); got != c.want {
			t.Errorf("a seat of %v: %s, want %s", c.recorded, got, c.want)
		}
	}
}

// questions are those that wait, and then all others.
func (s *house) questions() []board.Question {
	s.Helper()
	waiting, _, err := s.board.Questions(s.Context(), true, 1)
	s.must(err)
	others, _, err := s.board.Questions(s.Context(), false, 1)
	s.must(err)
	return append(waiting, others...)
}

func TestAMembersQuestionIsAnsweredInPublic(t *testing.T) {
	each(t, func(s *house) {
		s.must(s.board.Ask(s.Context(), "mia", "Why so slow?", "Mia"))
		q := s.questions()[0]
		s.must(s.board.Reply(s.Context(), "mia", q.ID, "I know."), board.ErrNotRecorder)
		s.must(s.board.Reply(s.Context(), "stew", q.ID, "I know."), board.ErrNotRecorder)
		s.must(s.board.Reply(s.Context(), "ann", q.ID, ""), member.ErrNoWhy)
		s.must(s.board.Reply(s.Context(), "ann", "00000000-0000-7000-8000-000000000000", "Which?"), board.ErrNoQuestion)
		s.must(s.board.Reply(s.Context(), "ann", q.ID, "The server is full."))
		s.now = s.now.Add(time.Hour)
		s.must(s.board.Reply(s.Context(), "sec", q.ID, "A second one comes in July."))
		want := []board.Question{{
			Member: s.people["mia"], ShownAs: "Mia", Words: "Why so slow?", AskedAt: s.now.Add(-time.Hour), Due: day("2027-07-08"),
			Answers: []board.Answer{{Seat: s.seats["ann"], Words: "The server is full.", AnsweredAt: s.now.Add(-time.Hour)}, {Words: "A second one comes in July.", AnsweredAt: s.now}},
		}}
		if diff := cmp.Diff(want, s.questions(), cmpopts.IgnoreFields(board.Question{}, "ID"), cmpopts.IgnoreFields(board.Answer{}, "ID")); diff != "" {
			s.Error(diff)
		}
		for range board.MostAnswers - 2 {
			s.must(s.board.Reply(s.Context(), "sec", q.ID, "And more."))
		}
		s.must(s.board.Reply(s.Context(), "sec", q.ID, "And more."), board.ErrManyAnswers)
	})
}

func TestWhoMayAskAndHowMuch(t *testing.T) {
	each(t, func(s *house) {
		s.must(s.board.Ask(s.Context(), "nobody", "Why?", ""), board.ErrNotMember)
		s.must(s.board.Ask(s.Context(), "sec", "Why?", ""), board.ErrNotMember) // holds an office, and is no member
		_, err := s.register.Apply(s.Context(), "new", member.Application{Name: "Noor New", Address: "9 Long Road\nLeeds", Postcode: "LS1 9AA", Email: "new@example.org", Age: 40})
		s.must(err)
		s.must(s.board.Ask(s.Context(), "new", "Why?", ""), board.ErrNotMember) // not admitted yet
		s.must(s.board.Ask(s.Context(), "mia", "?", ""), member.ErrNoWhy)
		s.must(s.board.Ask(s.Context(), "mia", strings.Repeat("é", board.LongestQuestion+1), ""), member.ErrBadWords)
		s.must(s.board.Ask(s.Context(), "mia", "Why?", "two\nlines"), board.ErrNoName)
		s.must(s.board.Ask(s.Context(), "mia", strings.Repeat("é", board.LongestQuestion), ""))
		for range board.MostQuestions - 1 {
			s.must(s.board.Ask(s.Context(), "mia", "Why?", ""))
		}
		s.must(s.board.Ask(s.Context(), "mia", "Why?", ""), board.ErrManyQuestions)
		s.must(s.board.Hide(s.Context(), "stew", s.questions()[0].ID, "It names a neighbour."))
		s.must(s.board.Ask(s.Context(), "mia", "Why?", ""), board.ErrManyQuestions) // what was taken down was asked all the same
		s.must(s.board.Ask(s.Context(), "ann", "Why?", ""))
		s.now = day("2027-06-30").Start().Add(23*time.Hour + 59*time.Minute)
		s.must(s.board.Ask(s.Context(), "mia", "Why?", ""), board.ErrManyQuestions)
		s.now = day("2027-07-01").Start()
		s.must(s.board.Ask(s.Context(), "mia", "Why?", ""))
	})
}

func TestAQuestionIsOverdueOnTheDayAfterTheRuleBooksTime(t *testing.T) {
	each(t, func(s *house) {
		s.must(s.board.Ask(s.Context(), "mia", "Why so slow?", ""))
		strict := member.FirstRules
		strict.AnswerDays = 7
		s.must(s.register.SetRules(s.Context(), strict, "sec", "minute 8"))
		s.must(s.board.Ask(s.Context(), "mia", "Why so dear?", ""))
		for _, c := range []struct {
			on            string
			open, overdue int
		}{{"2027-06-10", 2, 0}, {"2027-06-17", 2, 0}, {"2027-06-18", 2, 1}, {"2027-07-08", 2, 1}, {"2027-07-09", 2, 2}} {
			s.now = day(c.on).Start().Add(time.Hour)
			if open, overdue, err := s.board.Waiting(s.Context()); err != nil || open != c.open || overdue != c.overdue {
				s.Errorf("on %s: %d open, %d overdue, %v; want %d and %d", c.on, open, overdue, err, c.open, c.overdue)
			}
			late := 0
			waiting, _, err := s.board.Questions(s.Context(), true, 1)
			s.must(err)
			for _, q := range waiting {
				if q.State(day(c.on)) == board.Overdue {
					late++
				}
			}
			if len(waiting) != c.open || late != c.overdue {
				s.Errorf("on %s: %d wait, %d of them too long", c.on, len(waiting), late)
			}
		}
		s.must(s.board.Reply(s.Context(), "ann", s.questions()[0].ID, "We are looking."))
		if open, overdue, err := s.board.Waiting(s.Context()); err != nil || open != 1 || overdue != 1 {
			s.Errorf("after an answer: %d open, %d overdue, %v", open, overdue, err)
		}
	})
}

func TestAQuestionIsTakenDownWithAReasonInItsPlace(t *testing.T) {
	each(t, func(s *house) {
		s.must(s.board.Ask(s.Context(), "mia", "Why does Bob, 4 Mill Lane, never pay?", "Mia"))
		id := s.questions()[0].ID
		s.must(s.board.Reply(s.Context(), "ann", id, "Bob is a fine man."))
		for _, by := range []identity.AccountID{"mia", "ann", "nobody"} { // who sits answers, and an officer moderates
			s.must(s.board.Hide(s.Context(), by, id, "It names somebody."), board.ErrNotOfficer)
		}
		s.must(s.board.Hide(s.Context(), "stew", id, ""), board.ErrNoReason)
		s.must(s.board.Hide(s.Context(), "stew", id, "It names somebody."))
		q := s.questions()[0]
		if q.State(day("2027-06-10")) != board.Hidden || q.HiddenWhy != "It names somebody." || q.Words != "" || q.ShownAs != "" || len(q.Answers) != 0 {
			s.Errorf("got %+v", q)
		}
		s.must(s.board.Reply(s.Context(), "ann", id, "Still."), board.ErrNoQuestion)
		s.must(s.board.Hide(s.Context(), "stew", id, "Again."), board.ErrNoQuestion)
		if diff := cmp.Diff([]string{"steward: question to the board taken down", "board: question to the board answered"}, s.acts(id)); diff != "" {
			s.Error(diff)
		}
	})
}

func TestAnAnswerIsTakenDownAlone(t *testing.T) {
	each(t, func(s *house) {
		s.must(s.board.Ask(s.Context(), "mia", "Why so slow?", ""))
		id := s.questions()[0].ID
		s.must(s.board.Reply(s.Context(), "ann", id, "Because of Bob, 4 Mill Lane."))
		first := s.questions()[0].Answers[0]
		s.must(s.board.HideAnswer(s.Context(), "ann", id, first.ID, "It names somebody."), board.ErrNotOfficer)
		s.must(s.board.HideAnswer(s.Context(), "stew", id, first.ID, ""), board.ErrNoReason)
		s.must(s.board.HideAnswer(s.Context(), "stew", "nowhere", first.ID, "It names somebody."), board.ErrNoQuestion)
		s.must(s.board.HideAnswer(s.Context(), "stew", id, "nothing", "It names somebody."), board.ErrNoAnswer)
		s.must(s.board.HideAnswer(s.Context(), "stew", id, first.ID, "It names somebody."))
		s.must(s.board.HideAnswer(s.Context(), "stew", id, first.ID, "Again."), board.ErrNoAnswer)
		q := s.questions()[0]
		if len(q.Answers) != 1 || q.Answers[0].Words != "" || q.Answers[0].HiddenWhy != "It names somebody." || q.Words == "" {
			s.Errorf("%+v", q)
		}
		if open, _, err := s.board.Waiting(s.Context()); err != nil || open != 1 || q.State(day("2027-06-10")) != board.Open {
			s.Errorf("%d wait, %v: %s", open, err, q.State(day("2027-06-10")))
		}
		s.must(s.board.Reply(s.Context(), "sec", id, "Without the name: yes."))
		if open, _, err := s.board.Waiting(s.Context()); err != nil || open != 0 {
			s.Errorf("%d wait, %v", open, err)
		}
	})
}

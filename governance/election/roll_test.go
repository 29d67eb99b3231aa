package election_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func TestTheRollIsMadeWhenTheRecordDateIsOver(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		e := s.noticed()
		s.now = e.Timetable.Record.AddDays(1).Start().Add(-time.Minute).UTC()
		s.must(s.elections.MakeRolls(s.Context()))
		if _, err := s.elections.Roll(s.Context(), e.ID); !errors.Is(err, election.ErrNoRoll) {
			s.Fatalf("the record date was not over: %v", err)
		}
		s.now = s.now.Add(2 * time.Minute)
		s.joins("cat") // a minute too late
		s.must(s.elections.MakeRolls(s.Context()))
		s.must(s.elections.MakeRolls(s.Context()))
		want := map[string]member.Class{"ann": member.ClassOrdinary, "ben": member.ClassOrdinary}
		if diff := cmp.Diff(want, s.roll(e.ID, 1)); diff != "" {
			s.Error(diff)
		}
		rolls, err := s.elections.Rolls(s.Context(), e.ID)
		s.must(err)
		if len(rolls) != 1 || rolls[0].Voters() != 2 || len(rolls[0].Hash) != 64 {
			s.Errorf("got %+v", rolls)
		}
	})
}

func TestNobodyVotesInTwoClasses(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		ctx := s.Context()
		for _, name := range []string{"ann", "ben", "dan"} {
			s.contributors[s.people[name]] = true
		}
		runs := func(name string) {
			_, err := s.operators.Appoint(ctx, "sec", member.Appointment{
				Member: s.people[name], Name: name, Runs: "the mail relay of " + name, Since: calendar.On(s.now), Minute: "item 2", Why: "runs it well",
			})
			s.must(err)
		}
		runs("ann")
		s.lapsed[s.people["dan"]] = true
		s.must(s.classes.Choose(ctx, s.people["ben"], member.ClassContributor))
		s.must(s.classes.Choose(ctx, s.people["ann"], member.ClassContributor))
		e := s.noticed()
		s.now = s.now.AddDate(0, 0, 1)
		runs("cat") // appointed after the notice: too late for this election
		s.must(s.classes.Choose(ctx, s.people["ann"], member.ClassOperator))
		s.now = e.Timetable.Record.AddDays(1).Start().Add(time.Hour).UTC()
		s.must(s.classes.Choose(ctx, s.people["ben"], member.ClassOrdinary)) // after the record date: for the next one
		s.must(s.elections.MakeRolls(ctx))
		want := map[string]member.Class{
			"ann": member.ClassOperator, "ben": member.ClassContributor, "cat": member.ClassOrdinary, "dan": member.ClassContributor, "eve": member.ClassOrdinary,
		}
		if diff := cmp.Diff(want, s.roll(e.ID, 0)); diff != "" {
			s.Error(diff)
		}
		r, err := s.elections.Roll(ctx, e.ID)
		s.must(err)
		if diff := cmp.Diff(map[member.Class]int{member.ClassOrdinary: 2, member.ClassOperator: 1, member.ClassContributor: 2}, r.Size); diff != "" {
			s.Error(diff)
		}
	})
}

func TestACorrectionTakesTwoAndMakesAVersion(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "ro", "sec")
		e := s.rolled()
		ctx := s.Context()
		first, err := s.elections.Roll(ctx, e.ID)
		s.must(err)
		off, err := s.elections.Correct(ctx, "ro", e.ID, s.people["ann"], "", "not a member on the day")
		s.must(err)
		if _, err := s.elections.Correct(ctx, "sec", e.ID, s.people["ann"], member.ClassOperator, "no, runs it"); !errors.Is(err, election.ErrProposed) {
			s.Errorf("two corrections of one line: %v", err)
		}
		if err := s.elections.ConfirmCorrection(ctx, "ro", e.ID, off); !errors.Is(err, election.ErrTakesTwo) {
			s.Errorf("one alone: %v", err)
		}
		if err := s.elections.ConfirmCorrection(ctx, "ben", e.ID, off); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("a member: %v", err)
		}
		if got := s.roll(e.ID, 0); got["ann"] != member.ClassOrdinary {
			s.Errorf("what is only proposed changed the roll: %v", got)
		}
		s.must(s.elections.ConfirmCorrection(ctx, "sec", e.ID, off))
		back, err := s.elections.Correct(ctx, "sec", e.ID, s.people["ann"], member.ClassContributor, "was a contributor on the day")
		s.must(err)
		s.must(s.elections.ConfirmCorrection(ctx, "stew", e.ID, back))
		if err := s.elections.ConfirmCorrection(ctx, "ro", e.ID, back); !errors.Is(err, election.ErrNoCorrection) {
			s.Errorf("twice: %v", err)
		}
		want := []member.Class{member.ClassOrdinary, "", member.ClassContributor}
		for i, class := range want {
			if got := s.roll(e.ID, i+1); got["ann"] != class || got["ben"] != member.ClassOrdinary || len(got) != map[bool]int{true: 3, false: 4}[class == ""] {
				s.Errorf("version %d: %v, want ann %q", i+1, got, class)
			}
		}
		rolls, err := s.elections.Rolls(ctx, e.ID)
		s.must(err)
		if len(rolls) != 3 || rolls[0].Hash != first.Hash || rolls[1].Hash == rolls[0].Hash || rolls[2].Hash == rolls[0].Hash || rolls[1].Correction != off {
			s.Errorf("versions %+v", rolls)
		}
		for i, r := range rolls {
			voters, err := s.elections.Voters(ctx, e.ID, i+1)
			s.must(err)
			if election.Hash(voters) != r.Hash {
				s.Errorf("the hash of version %d is another one", i+1)
			}
		}
	})
}

func TestNobodyCorrectsTheirOwnLine(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ro", "stew", "ann")
		e := s.rolled()
		if _, err := s.elections.Correct(s.Context(), "ro", e.ID, s.people["ro"], member.ClassOperator, "runs much"); !errors.Is(err, election.ErrOwnLine) {
			s.Errorf("proposed: %v", err)
		}
		id, err := s.elections.Correct(s.Context(), "ro", e.ID, s.people["stew"], "", "left")
		s.must(err)
		if err := s.elections.ConfirmCorrection(s.Context(), "stew", e.ID, id); !errors.Is(err, election.ErrOwnLine) {
			s.Errorf("confirmed: %v", err)
		}
	})
}

func TestWhatTheRollCannotSayIsRefused(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		e := s.noticed()
		ctx := s.Context()
		if _, err := s.elections.Correct(ctx, "ro", e.ID, s.people["ann"], "", "left"); !errors.Is(err, election.ErrNoRoll) {
			s.Errorf("before there is a roll: %v", err)
		}
		s.must(s.register.ResignedByLetter(ctx, s.people["ben"], member.ShareGiven, calendar.On(s.now), "sec", "wrote to us"))
		s.now = e.Timetable.Record.AddDays(1).Start().Add(time.Hour).UTC()
		s.must(s.elections.MakeRolls(ctx))
		for name, want := range map[string]struct {
			m     member.ID
			class member.Class
			why   string
			err   error
		}{
			"the same":           {s.people["ann"], member.ClassOrdinary, "so be it", election.ErrSameLine},
			"no reason":          {s.people["ann"], "", " ", member.ErrNoWhy},
			"no class":           {s.people["ann"], "friends", "is a friend", member.ErrNotInClass},
			"a former member":    {s.people["ben"], member.ClassOrdinary, "came back", election.ErrNotMember},
			"somebody not there": {"aaaaaaaaaaaaaaaaaaaaaaaaaa", member.ClassOrdinary, "is there", election.ErrNotMember},
		} {
			if _, err := s.elections.Correct(ctx, "ro", e.ID, want.m, want.class, want.why); !errors.Is(err, want.err) {
				s.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestTheRollIsFixedWhenThePollOpens(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.rolled()
		ctx := s.Context()
		s.now = e.Timetable.PollOpens.Add(-time.Minute)
		before, err := s.elections.Correct(ctx, "ro", e.ID, s.people["ann"], "", "was no member")
		s.must(err)
		late, err := s.elections.Correct(ctx, "ro", e.ID, s.people["ben"], "", "was no member")
		s.must(err)
		s.must(s.elections.ConfirmCorrection(ctx, "sec", e.ID, before))
		s.now = e.Timetable.PollOpens
		if err := s.elections.ConfirmCorrection(ctx, "sec", e.ID, late); !errors.Is(err, election.ErrOpened) {
			s.Errorf("confirmed: %v", err)
		}
		if _, err := s.elections.Correct(ctx, "ro", e.ID, s.people["cat"], "", "was no member"); !errors.Is(err, election.ErrOpened) {
			s.Errorf("proposed: %v", err)
		}
		if r, err := s.elections.Roll(ctx, e.ID); err != nil || r.Version != 2 {
			s.Errorf("version %d, %v", r.Version, err)
		}
	})
}

func TestNobodyRewritesAVersion(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		s.rolled()
		for _, change := range []string{
			"UPDATE rolls SET hash = ''", "DELETE FROM rolls", "UPDATE roll_entries SET class = 'operator'", "DELETE FROM roll_entries",
		} {
			if err := s.db.Write(s.Context(), func(tx *gorm.DB) error { return tx.Exec(change).Error }); err == nil || !strings.Contains(err.Error(), "only ever added to") {
				s.Errorf("%s: %v", change, err)
			}
		}
	})
}

func TestAMemberObjectsAndIsAnswered(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		e := s.noticed()
		ctx := s.Context()
		if err := s.elections.Object(ctx, "ann", e.ID, "I am not on it"); !errors.Is(err, election.ErrNoRoll) {
			s.Errorf("before there is a roll: %v", err)
		}
		s.now = e.Timetable.Record.AddDays(1).Start().Add(time.Hour).UTC()
		s.must(s.elections.MakeRolls(ctx))
		if err := s.elections.Object(ctx, "stranger", e.ID, "I am not on it"); !errors.Is(err, election.ErrNotMember) {
			s.Errorf("a stranger: %v", err)
		}
		if err := s.elections.Object(ctx, "ann", e.ID, " "); !errors.Is(err, member.ErrNoWhy) {
			s.Errorf("without words: %v", err)
		}
		s.must(s.elections.Object(ctx, "ann", e.ID, "I run a node, too"))
		if err := s.elections.Object(ctx, "ann", e.ID, "I said so"); !errors.Is(err, election.ErrObjected) {
			s.Errorf("twice: %v", err)
		}
		open, err := s.elections.Objections(ctx, e.ID, "")
		s.must(err)
		if len(open) != 1 || open[0].Member != s.people["ann"] || open[0].Words != "I run a node, too" {
			s.Fatalf("objections: %+v", open)
		}
		if err := s.elections.Answer(ctx, "ben", e.ID, open[0].ID, "no"); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("answered by a member: %v", err)
		}
		s.must(s.elections.Answer(ctx, "ro", e.ID, open[0].ID, "You were appointed after the notice."))
		if err := s.elections.Answer(ctx, "sec", e.ID, open[0].ID, "Yes!"); !errors.Is(err, election.ErrNoObjection) {
			s.Errorf("answered twice: %v", err)
		}
		s.must(s.elections.Object(ctx, "ann", e.ID, "Before it, I think"))
		s.now = e.Timetable.ObjectionsClose
		if err := s.elections.Object(ctx, "ben", e.ID, "Me too"); !errors.Is(err, election.ErrTooLate) {
			s.Errorf("a minute late: %v", err)
		}
		mine, err := s.elections.Objections(ctx, e.ID, s.people["ann"])
		s.must(err)
		if len(mine) != 2 || mine[1].Answer != "You were appointed after the notice." {
			s.Errorf("ann reads %+v", mine)
		}
	})
}

// TestARollThatTakesManyJobsIsTheOneThatOneJobMakes: whatever happens between the jobs, what was known when the record date was over decides.
func TestARollThatTakesManyJobsIsTheOneThatOneJobMakes(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		e := s.noticed()
		s.now = e.Timetable.Published().Start().Add(12 * time.Hour).UTC()
		s.elections.LookUp(2)
		for range 2 {
			s.must(s.elections.MakeRolls(s.Context()))
			if _, err := s.elections.Roll(s.Context(), e.ID); !errors.Is(err, election.ErrNoRoll) {
				s.Fatalf("a roll of a part of the members: %v", err)
			}
			s.now = s.now.Add(time.Minute)
			s.must(s.classes.Choose(s.Context(), s.people["eve"], member.ClassOrdinary))
		}
		s.joins("fay")
		s.must(s.elections.MakeRolls(s.Context()))
		s.must(s.elections.MakeRolls(s.Context()))
		want := map[string]member.Class{}
		for _, name := range []string{"ann", "ben", "cat", "dan", "eve"} {
			want[name] = member.ClassOrdinary
		}
		if diff := cmp.Diff(want, s.roll(e.ID, 0)); diff != "" {
			s.Error(diff)
		}
		rolls, err := s.elections.Rolls(s.Context(), e.ID)
		s.must(err)
		if len(rolls) != 1 {
			s.Errorf("%d versions", len(rolls))
		}
	})
}

package election_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestAnElectionTakesTwoOfficers(t *testing.T) {
	each(t, func(s *society) {
		call := s.call()
		if _, err := s.elections.Call(s.Context(), "nobody", call); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("nobody called it: %v", err)
		}
		id, err := s.elections.Call(s.Context(), "sec", call)
		s.must(err)
		if got := s.election(id).State(s.now); got != election.Proposed {
			s.Errorf("it is %s", got)
		}
		if err := s.elections.Confirm(s.Context(), "sec", id); !errors.Is(err, election.ErrTakesTwo) {
			s.Errorf("one officer alone: %v", err)
		}
		if err := s.elections.Confirm(s.Context(), "ro", id); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("the returning officer: %v", err)
		}
		s.must(s.elections.Confirm(s.Context(), "stew", id))
		if err := s.elections.Confirm(s.Context(), "stew", id); !errors.Is(err, election.ErrNotOpen) {
			s.Errorf("twice: %v", err)
		}
		got := s.election(id)
		if diff := cmp.Diff(call, got.Call, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
			s.Errorf("what was called is not what was proposed: %s", diff)
		}
		want := []string{"sec as secretary: election proposed (2027-01-02, item 4)", "stew as steward: election called ()"}
		if diff := cmp.Diff(want, s.acts(id)); diff != "" {
			s.Error(diff)
		}
	})
}

func TestAProposalFallsWithTheOfficeOfWhoeverMadeIt(t *testing.T) {
	each(t, func(s *society) {
		id, err := s.elections.Call(s.Context(), "sec", s.call())
		s.must(err)
		offices, err := s.officers.List(s.Context())
		s.must(err)
		for _, o := range offices {
			if o.Account == "sec" {
				s.must(s.officers.Withdraw(s.Context(), "sec", o.ID, "moves away"))
			}
		}
		if err := s.elections.Confirm(s.Context(), "stew", id); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("got %v", err)
		}
	})
}

func TestAnIncompleteCallIsRefused(t *testing.T) {
	each(t, func(s *society) {
		for name, want := range map[string]struct {
			change func(*election.Call)
			err    error
		}{
			"no title":              {func(c *election.Call) { c.Title = " " }, election.ErrNoTitle},
			"no minute":             {func(c *election.Call) { c.Minute = "" }, election.ErrNoMinute},
			"no rule":               {func(c *election.Call) { c.Rule = "first past the post" }, election.ErrNoCounting},
			"no seats":              {func(c *election.Call) { c.Seats = nil }, election.ErrNoSeats},
			"too many seats":        {func(c *election.Call) { c.Seats[member.ClassOperator] = 3 }, election.ErrNoSeats},
			"fewer than no seats":   {func(c *election.Call) { c.Seats[member.ClassOperator] = -1 }, election.ErrNoSeats},
			"nobody returns":        {func(c *election.Call) { c.Returning = "" }, election.ErrNoReturning},
			"one scrutineer":        {func(c *election.Call) { c.Scrutineers = c.Scrutineers[:1] }, election.ErrNoScrutineer},
			"one scrutineer, twice": {func(c *election.Call) { c.Scrutineers[1] = "scr1" }, election.ErrNoScrutineer},
			"who returns watches":   {func(c *election.Call) { c.Scrutineers[1] = "ro" }, election.ErrNoScrutineer},
			"no rule book yet":      {func(c *election.Call) { c.Timetable.Notice = calendar.Date{Year: 2001, Month: 1, Day: 1} }, election.ErrNoRuleBook},
		} {
			call := s.call()
			call.Scrutineers = append([]identity.AccountID{}, call.Scrutineers...)
			want.change(&call)
			if _, err := s.elections.Call(s.Context(), "sec", call); !errors.Is(err, want.err) {
				s.Errorf("%s: got %v", name, err)
			}
		}
		if all, err := s.elections.List(s.Context()); err != nil || len(all) != 0 {
			s.Errorf("something was kept: %v, %v", all, err)
		}
	})
}

func TestAllThatIsAmissInACallIsNamedAtOnce(t *testing.T) {
	each(t, func(s *society) {
		call := s.call()
		call.Title, call.Minute, call.Seats, call.Scrutineers = "", "", nil, nil
		call.Timetable.PollCloses = call.Timetable.PollOpens.Add(time.Hour)
		_, err := s.elections.Call(s.Context(), "sec", call)
		for _, want := range []error{election.ErrNoTitle, election.ErrNoMinute, election.ErrNoSeats, election.ErrNoScrutineer} {
			if !errors.Is(err, want) || !errors.Is(s.elections.Amiss(call), want) {
				s.Errorf("%v is not in %v", want, err)
			}
		}
		if _, is := errors.AsType[*election.TimetableError](err); !is || errors.Is(err, election.ErrNoReturning) {
			s.Errorf("got %v", err)
		}
	})
}

func TestATimetableThatBreaksTheRulesIsRefusedWithAllItBreaks(t *testing.T) {
	each(t, func(s *society) {
		call := s.call()
		call.Timetable.PollCloses = call.Timetable.PollOpens.Add(time.Hour)
		_, err := s.elections.Call(s.Context(), "sec", call)
		broken, is := errors.AsType[*election.TimetableError](err)
		if !is || len(broken.Findings) == 0 || broken.Error() == "" {
			s.Fatalf("got %v", err)
		}
		for _, f := range broken.Findings {
			if f.Rule == "" || f.Words == "" || f.Field == "" {
				s.Errorf("a refusal cites no rule: %+v", f)
			}
		}
	})
}

func TestAProposalThatHasBecomeTooLateIsNotCalled(t *testing.T) {
	each(t, func(s *society) {
		call := s.call()
		id, err := s.elections.Call(s.Context(), "sec", call)
		s.must(err)
		s.now = call.Timetable.Notice.AddDays(1).Start().Add(time.Hour)
		err = s.elections.Confirm(s.Context(), "stew", id)
		if _, is := errors.AsType[*election.TimetableError](err); !is {
			s.Errorf("the day of the notice is over: %v", err)
		}
	})
}

func TestCallingOffIsForTheBoardUntilThePollOpens(t *testing.T) {
	each(t, func(s *society) {
		proposed, err := s.elections.Call(s.Context(), "sec", s.call())
		s.must(err)
		s.must(s.elections.CallOff(s.Context(), "stew", proposed, "", "the wrong year"))
		if got := s.election(proposed).State(s.now); got != election.CalledOff {
			s.Errorf("it is %s", got)
		}
		if err := s.elections.Confirm(s.Context(), "stew", proposed); !errors.Is(err, election.ErrNotOpen) {
			s.Errorf("it was called all the same: %v", err)
		}
		e := s.called()
		if err := s.elections.CallOff(s.Context(), "sec", e.ID, "", "too few candidates"); !errors.Is(err, election.ErrNoMinute) {
			s.Errorf("without the board: %v", err)
		}
		s.now = e.Timetable.PollCloses // its day of notice was missed, so no poll ever opened
		s.must(s.elections.CallOff(s.Context(), "sec", e.ID, "2027-02-01, item 1", "too few candidates"))
		if got := s.election(e.ID).EndedWhy; got != "2027-02-01, item 1: too few candidates" {
			s.Errorf("it was called off because of %q", got)
		}
		s.joins("ann")
		opened := s.polling(1, "ann")
		if err := s.elections.CallOff(s.Context(), "sec", opened.ID, "2027-02-01, item 1", "too few candidates"); !errors.Is(err, election.ErrNotOpen) {
			s.Errorf("the poll was open: %v", err)
		}
	})
}

func TestAnElectionPassesThroughItsStates(t *testing.T) {
	each(t, func(s *society) {
		e := s.noticed()
		table := e.Timetable
		for _, step := range []struct {
			at   time.Time
			want election.State
		}{
			{table.NominationsOpen.Add(-time.Minute), election.Noticed},
			{table.NominationsOpen, election.Nominations},
			{table.NominationsClose.Add(-time.Minute), election.Nominations},
			{table.NominationsClose, election.Hustings},
			{table.PollOpens.Add(-time.Minute), election.Hustings},
			{table.PollOpens, election.Polling},
			{table.PollCloses.Add(-time.Minute), election.Polling},
			{table.PollCloses, election.Counting},
		} {
			if got := e.State(step.at); got != step.want {
				s.Errorf("at %s it is %s, want %s", step.at, got, step.want)
			}
		}
	})
}

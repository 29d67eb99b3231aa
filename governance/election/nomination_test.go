package election_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

var paper = election.Paper{Name: "Ann Hill", Statement: "I keep promises.", Interests: "None."}

// nominating is an election whose nominations are open.
func (s *society) nominating() election.Election {
	s.Helper()
	e := s.noticed()
	s.now = e.Timetable.NominationsOpen
	return e
}

func (s *society) lacks(id string) []election.Lack {
	s.Helper()
	elections, err := s.elections.List(s.Context())
	s.must(err)
	all, err := s.elections.Nominations(s.Context(), elections[0].ID) // the only one
	s.must(err)
	for _, n := range all {
		if n.ID == id {
			lacks, err := s.elections.Lacks(s.Context(), n)
			s.must(err)
			return lacks
		}
	}
	s.Fatalf("there is no nomination %s", id)
	return nil
}

func (s *society) candidates(id string, class member.Class) (names []string) {
	s.Helper()
	all, err := s.elections.Candidates(s.Context(), id, class)
	s.must(err)
	for _, n := range all {
		names = append(names, n.Name)
	}
	return names
}

func TestACandidateNeedsConsentAndTwoSecondersOfTheirClass(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		s.contributors[s.people["eve"]] = true
		s.must(s.classes.Choose(s.Context(), s.people["eve"], member.ClassContributor))
		e, ctx := s.nominating(), s.Context()
		id, err := s.elections.Nominate(ctx, "ben", e.ID, s.people["ann"])
		s.must(err)
		if diff := cmp.Diff([]election.Lack{election.LacksConsent, election.LacksSeconders}, s.lacks(id)); diff != "" {
			s.Error(diff)
		}
		if err := s.elections.Accept(ctx, "ben", id, paper); !errors.Is(err, election.ErrNotYours) {
			s.Errorf("somebody else consented: %v", err)
		}
		s.must(s.elections.Accept(ctx, "ann", id, paper))
		for account, want := range map[string]error{"ann": election.ErrOwnNomination, "eve": election.ErrOtherClass, "stranger": election.ErrNotMember} {
			if err := s.elections.Second(ctx, identity.AccountID(account), id); !errors.Is(err, want) {
				s.Errorf("%s seconded: %v, want %v", account, err, want)
			}
		}
		s.must(s.elections.Second(ctx, "ben", id))
		if err := s.elections.Second(ctx, "ben", id); !errors.Is(err, election.ErrSeconded) {
			s.Errorf("twice: %v", err)
		}
		if got := s.candidates(e.ID, member.ClassOrdinary); len(got) != 0 {
			s.Errorf("one seconder was enough: %v", got)
		}
		s.must(s.elections.Second(ctx, "cat", id))
		if diff := cmp.Diff([]string{"Ann Hill"}, s.candidates(e.ID, member.ClassOrdinary)); diff != "" || len(s.lacks(id)) != 0 {
			s.Errorf("%s, lacks %v", diff, s.lacks(id))
		}
		if _, err := s.elections.Stand(ctx, "ann", e.ID, paper); !errors.Is(err, election.ErrStands) {
			s.Errorf("she stands twice: %v", err)
		}
	})
}

// TestTheRollDecidesWhoStandsAndWhoSupports: who has left the class by the record date counts no more.
func TestTheRollDecidesWhoStandsAndWhoSupports(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e, ctx := s.nominating(), s.Context()
		ann, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		other := paper
		other.Name = "Dan"
		dan, err := s.elections.Stand(ctx, "dan", e.ID, other)
		s.must(err)
		for _, n := range []string{ann, dan} {
			s.must(s.elections.Second(ctx, "ben", n))
			s.must(s.elections.Second(ctx, "cat", n))
		}
		s.lapsed[s.people["dan"]] = true
		s.now = e.Timetable.Record.AddDays(1).Start().Add(time.Hour).UTC()
		s.must(s.elections.MakeRolls(ctx))
		if diff := cmp.Diff([]string{"Ann Hill"}, s.candidates(e.ID, member.ClassOrdinary)); diff != "" {
			s.Error(diff)
		}
		if diff := cmp.Diff([]election.Lack{election.LacksRoll}, s.lacks(dan)); diff != "" {
			s.Error(diff)
		}
		off, err := s.elections.Correct(ctx, "ro", e.ID, s.people["cat"], "", "was no member")
		s.must(err)
		s.must(s.elections.ConfirmCorrection(ctx, "sec", e.ID, off))
		if diff := cmp.Diff([]election.Lack{election.LacksSeconders}, s.lacks(ann)); diff != "" {
			s.Error(diff)
		}
	})
}

func TestWhoRunsAnElectionNeitherStandsNorSupports(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ro", "scr1")
		e, ctx := s.nominating(), s.Context()
		if _, err := s.elections.Stand(ctx, "ro", e.ID, paper); !errors.Is(err, election.ErrHasDuty) {
			s.Errorf("the returning officer stands: %v", err)
		}
		if _, err := s.elections.Nominate(ctx, "ann", e.ID, s.people["scr1"]); !errors.Is(err, election.ErrHasDuty) {
			s.Errorf("a scrutineer is nominated: %v", err)
		}
		if _, err := s.elections.Nominate(ctx, "scr1", e.ID, s.people["ann"]); !errors.Is(err, election.ErrHasDuty) {
			s.Errorf("a scrutineer nominates: %v", err)
		}
		id, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		if err := s.elections.Second(ctx, "scr1", id); !errors.Is(err, election.ErrHasDuty) {
			s.Errorf("a scrutineer seconds: %v", err)
		}
	})
}

func TestNominationsAreOpenFromTheFirstMinuteToTheLast(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		e, ctx := s.noticed(), s.Context()
		table := e.Timetable
		for _, at := range []time.Time{table.NominationsOpen.Add(-time.Minute), table.NominationsClose} {
			s.now = at
			if _, err := s.elections.Stand(ctx, "ann", e.ID, paper); !errors.Is(err, election.ErrNominationsShut) {
				s.Errorf("at %s: %v", at, err)
			}
		}
		s.now = table.NominationsClose.Add(-time.Minute)
		id, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		s.now = table.NominationsClose
		if err := s.elections.Second(ctx, "ben", id); !errors.Is(err, election.ErrNominationsShut) {
			s.Errorf("seconded a minute late: %v", err)
		}
		if err := s.elections.Accept(ctx, "ann", id, paper); !errors.Is(err, election.ErrNominationsShut) {
			s.Errorf("a new statement a minute late: %v", err)
		}
	})
}

func TestAStatementHasAsManyWordsAsTheRuleBookGivesIt(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		e, ctx := s.nominating(), s.Context()
		book, err := election.RuleBookOn(e.Timetable.Notice)
		s.must(err)
		words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
		for name, c := range map[string]struct {
			p    election.Paper
			want error
		}{
			"a word too many":      {election.Paper{Name: "Ann", Statement: words(book.StatementWords + 1), Interests: "None."}, election.ErrStatementLong},
			"one word without end": {election.Paper{Name: "Ann", Statement: strings.Repeat("w", election.LongestStatement+1), Interests: "None."}, election.ErrStatementLong},
			"hidden characters":    {election.Paper{Name: "Ann", Statement: "Trust \u202eme.", Interests: "None."}, election.ErrStatementLong},
			"no statement":         {election.Paper{Name: "Ann", Interests: "None."}, election.ErrNoStatement},
			"no interests":         {election.Paper{Name: "Ann", Statement: "Trust me."}, election.ErrNoInterests},
			"no name":              {election.Paper{Statement: "Trust me.", Interests: "None."}, election.ErrNoName},
		} {
			if _, err := s.elections.Stand(ctx, "ann", e.ID, c.p); !errors.Is(err, c.want) {
				s.Errorf("%s: %v", name, err)
			}
		}
		long := strings.ReplaceAll(words(book.StatementWords), "word", "wordlessness") // more than a reason may have
		_, err = s.elections.Stand(ctx, "ann", e.ID, election.Paper{Name: "Ann", Statement: long, Interests: "None."})
		s.must(err)
	})
}

func TestACandidateWithdrawsUntilThePollOpens(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e, ctx := s.nominating(), s.Context()
		first, err := s.elections.Nominate(ctx, "ben", e.ID, s.people["ann"])
		s.must(err)
		s.must(s.elections.Withdraw(ctx, "ann", first)) // declines
		again, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		if err := s.elections.Withdraw(ctx, "ben", again); !errors.Is(err, election.ErrNotYours) {
			s.Errorf("somebody else withdrew her: %v", err)
		}
		if err := s.elections.Withdraw(ctx, "ann", first); !errors.Is(err, election.ErrNoNomination) {
			s.Errorf("twice: %v", err)
		}
		s.now = e.Timetable.PollOpens
		if err := s.elections.Withdraw(ctx, "ann", again); !errors.Is(err, election.ErrTooLateToLeave) {
			s.Errorf("the poll was open: %v", err)
		}
		s.now = e.Timetable.PollOpens.Add(-time.Minute)
		s.must(s.elections.Withdraw(ctx, "ann", again))
	})
}

func TestAMemberSupportsAsManyAsThereAreSeats(t *testing.T) {
	each(t, func(s *society) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		s.joins(append(names, "zoe")...)
		e, ctx := s.nominating(), s.Context()
		for i, name := range names {
			id, err := s.elections.Stand(ctx, identity.AccountID(name), e.ID, election.Paper{Name: "Person " + name, Statement: "Me.", Interests: "None."})
			s.must(err)
			err = s.elections.Second(ctx, "zoe", id)
			if full := i == e.Seats[member.ClassOrdinary]; full != errors.Is(err, election.ErrSeconded) || !full && err != nil {
				s.Errorf("the %dth support: %v", i+1, err)
			}
		}
	})
}

func TestNobodyIsNominatedWithoutEnd(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "zoe", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
		e, ctx := s.nominating(), s.Context()
		id, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"} {
			err := s.elections.Second(ctx, identity.AccountID(name), id)
			if full := i == election.MostSeconders; full != errors.Is(err, election.ErrEnoughSeconders) || !full && err != nil {
				s.Errorf("seconder %d: %v", i+1, err)
			}
		}
		for i := range e.Seats[member.ClassOrdinary] + 1 {
			n, err := s.elections.Nominate(ctx, "zoe", e.ID, s.people["a"])
			if full := i == e.Seats[member.ClassOrdinary]; full != errors.Is(err, election.ErrManyProposed) || !full && err != nil {
				s.Errorf("proposal %d: %v", i+1, err)
			}
			if err == nil {
				s.must(s.elections.Withdraw(ctx, "a", n))
			}
		}
	})
}

func TestEveryCandidateOfAClassIsAskedTheSame(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "eve")
		s.contributors[s.people["eve"]] = true
		s.must(s.classes.Choose(s.Context(), s.people["eve"], member.ClassContributor))
		e, ctx := s.nominating(), s.Context()
		ann, err := s.elections.Stand(ctx, "ann", e.ID, paper)
		s.must(err)
		eve, err := s.elections.Stand(ctx, "eve", e.ID, paper)
		s.must(err)
		if err := s.elections.Ask(ctx, "ben", e.ID, "Why?"); !errors.Is(err, election.ErrHustingsShut) {
			s.Errorf("before questions are open: %v", err)
		}
		s.now = e.Timetable.HustingsOpen
		for range election.MostQuestions {
			s.must(s.elections.Ask(ctx, "ben", e.ID, "Why <you>?"))
		}
		if err := s.elections.Ask(ctx, "ben", e.ID, "And why?"); !errors.Is(err, election.ErrManyQuestions) {
			s.Errorf("one too many: %v", err)
		}
		asked, err := s.elections.Questions(ctx, e.ID, member.ClassOrdinary)
		s.must(err)
		if len(asked) != election.MostQuestions || asked[0].Words != "Why <you>?" {
			s.Fatalf("questions: %+v", asked)
		}
		q := asked[0].ID
		s.must(s.elections.Reply(ctx, "ann", q, "Because."))
		s.must(s.elections.Reply(ctx, "ann", q, "Because I can."))
		for _, account := range []string{"eve", "ben", "stranger"} { // a candidate of another class, a member, nobody
			if err := s.elections.Reply(ctx, identity.AccountID(account), q, "Me too."); !errors.Is(err, election.ErrNotYours) {
				s.Errorf("%s answered: %v", account, err)
			}
		}
		if err := s.elections.Hide(ctx, "ben", e.ID, asked[1].ID, "rude"); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("a member took a question down: %v", err)
		}
		s.must(s.elections.Hide(ctx, "ro", e.ID, asked[1].ID, "It names somebody."))
		if err := s.elections.Reply(ctx, "ann", asked[1].ID, "But."); !errors.Is(err, election.ErrNoQuestion) {
			s.Errorf("an answer to what was taken down: %v", err)
		}
		asked, err = s.elections.Questions(ctx, e.ID, member.ClassOrdinary)
		s.must(err)
		if diff := cmp.Diff(map[string]string{ann: "Because I can."}, asked[0].Answers); diff != "" || asked[1].HiddenWhy != "It names somebody." {
			s.Errorf("%s, hidden %q", diff, asked[1].HiddenWhy)
		}
		if theirs, err := s.elections.Questions(ctx, e.ID, member.ClassContributor); err != nil || len(theirs) != 0 || eve == "" {
			s.Errorf("the other class is asked %+v, %v", theirs, err)
		}
		s.now = e.Timetable.HustingsClose
		if err := s.elections.Reply(ctx, "ann", q, "Late."); !errors.Is(err, election.ErrHustingsShut) {
			s.Errorf("after questions are closed: %v", err)
		}
	})
}

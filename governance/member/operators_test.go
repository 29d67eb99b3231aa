package member_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func (s *society) operators() *member.Operators {
	return member.NewOperators(s.db, func() time.Time { return s.now })
}

func (s *society) operates(m member.ID, on, notice string, want bool) {
	s.Helper()
	got, err := s.operators().Counts(s.Context(), m, date(on), date(notice), s.now)
	s.must(err)
	if got != want {
		s.Errorf("an operator on %s, notice %q: %v, want %v", on, notice, got, want)
	}
}

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if s != "" && err != nil {
		panic(err)
	}
	return d
}

func relay(m member.ID) member.Appointment {
	return member.Appointment{Member: m, Name: "Nia O.", Runs: "the mail relay", Since: date("2026-01-01"), Why: "runs it well"}
}

func TestTheBoardAppointsAnOperatorAtOnce(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id := s.joins("nia", nia)
		a := relay(id)
		a.Minute = "2026-11-20, item 3"
		line, err := s.operators().Appoint(s.Context(), "sec", a)
		s.must(err)
		s.operates(id, "2026-11-22", "", false)
		s.operates(id, "2026-11-23", "", true)
		if acts := s.acts(line); !slices.Equal(acts, []string{"sec as secretary: operator appointed (2026-11-20, item 3: runs it well)"}) {
			s.Error(acts)
		}
		_, err = s.operators().Appoint(s.Context(), "sec", a)
		s.refuses(err, member.ErrRunsIt)
		s.days(10)
		s.must(s.operators().End(s.Context(), "tre", line, "2026-12-03, item 1", "moved away"))
		s.operates(id, "2026-12-02", "", true)
		s.operates(id, "2026-12-03", "", false)
		s.refuses(s.operators().End(s.Context(), "tre", line, "", "again"), member.ErrNoOperator)
	})
}

func TestWithoutTheBoardTwoOfficersAppoint(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id := s.joins("nia", nia)
		_, err := s.operators().Appoint(s.Context(), "nia", relay(id))
		s.refuses(err, member.ErrNotOfficer)
		_, err = s.operators().Appoint(s.Context(), "sec", relay(s.applies("ben", person(1))))
		s.refuses(err, member.ErrNotMember)
		line, err := s.operators().Appoint(s.Context(), "sec", relay(id))
		s.must(err)
		s.operates(id, "2026-11-23", "", false)
		s.refuses(s.operators().Confirm(s.Context(), "sec", line), member.ErrTakesTwo)
		s.must(s.operators().Confirm(s.Context(), "tre", line))
		s.operates(id, "2026-11-23", "", true)
		s.refuses(s.operators().Confirm(s.Context(), "tre", line), member.ErrNoOperator)

		s.must(s.operators().End(s.Context(), "sec", line, "", "moves away"))
		s.operates(id, "2026-11-24", "", true)
		s.refuses(s.operators().Confirm(s.Context(), "sec", line), member.ErrTakesTwo)
		s.must(s.operators().End(s.Context(), "sec", line, "", "stays after all"))
		s.refuses(s.operators().Confirm(s.Context(), "tre", line), member.ErrNoOperator)
		s.must(s.operators().End(s.Context(), "sec", line, "", "goes after all"))
		s.days(1)
		s.must(s.operators().Confirm(s.Context(), "tre", line))
		s.operates(id, "2026-11-23", "", true)
		s.operates(id, "2026-11-24", "", false)
		all, err := s.operators().List(s.Context())
		if s.must(err); len(all) != 1 || all[0].State() != member.Former {
			s.Errorf("%+v", all)
		}
	})
}

func TestWhoIsAppointedAfterTheNoticeIsNoOperatorForThatElection(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id := s.joins("nia", nia)
		a := relay(id)
		a.Minute = "item 3"
		_, err := s.operators().Appoint(s.Context(), "sec", a)
		s.must(err)
		s.operates(id, "2026-12-10", "2026-11-22", false)
		s.operates(id, "2026-12-10", "2026-11-23", true)
		known, err := s.operators().Counts(s.Context(), id, date("2026-12-10"), date(""), s.now.Add(-time.Second))
		if s.must(err); known {
			s.Error("an appointment counts before it was made")
		}
	})
}

func TestAnAppointmentSaysWhatAndSinceWhen(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id := s.joins("nia", nia)
		for want, change := range map[error]func(*member.Appointment){
			member.ErrNoListName: func(a *member.Appointment) { a.Name = " " },
			member.ErrNoRuns:     func(a *member.Appointment) { a.Runs = "two\nlines" },
			member.ErrBadSince:   func(a *member.Appointment) { a.Since = date("2026-11-24") },
			member.ErrNoWhy:      func(a *member.Appointment) { a.Why = "" },
		} {
			a := relay(id)
			change(&a)
			_, err := s.operators().Appoint(s.Context(), "sec", a)
			s.refuses(err, want)
		}
	})
}

// classes are those of a society in which billing and contribution answer as told.
func (s *society) classes(standing member.StandingState, contributor bool) *member.Classes {
	return member.NewClasses(s.register, s.operators(),
		func(context.Context, member.ID, calendar.Date, time.Time) (member.Standing, error) {
			return member.Standing{State: standing}, nil
		},
		func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return contributor, nil })
}

func (s *society) isIn(c *member.Classes, id member.ID, on string, chosen member.Class, want ...member.Class) {
	s.Helper()
	got, err := c.Of(s.Context(), id, member.Asked{On: date(on), KnownAt: s.now})
	s.must(err)
	if !slices.Equal(got.In, want) || got.Chosen != chosen {
		s.Errorf("on %s in %v and votes as %q, want %v and %q", on, got.In, got.Chosen, want, chosen)
	}
}

func TestAMemberInSeveralClassesVotesInOne(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id := s.joins("nia", nia)
		s.must(s.register.SharePaid(s.Context(), id, date("2026-11-23")))
		a := relay(id)
		a.Minute = "item 3"
		_, err := s.operators().Appoint(s.Context(), "sec", a)
		s.must(err)
		c := s.classes(member.Current, true)
		s.isIn(c, id, "2026-11-23", member.ClassOrdinary, member.AllClasses...)
		s.refuses(c.Choose(s.Context(), id, "king"), member.ErrNotInClass)
		s.must(c.Choose(s.Context(), id, member.ClassContributor))
		record := s.now
		s.days(1)
		s.must(c.Choose(s.Context(), id, member.ClassOperator))
		s.isIn(c, id, "2026-11-24", member.ClassOperator, member.AllClasses...)
		then, err := c.Of(s.Context(), id, member.Asked{On: date("2026-11-23"), KnownAt: record})
		if s.must(err); then.Chosen != member.ClassContributor {
			s.Errorf("a later choice changed the roll: %+v", then)
		}
		// Who leaves the class they chose votes in the first that is left.
		s.isIn(s.classes(member.Lapsed, true), id, "2026-11-22", "")
		late, err := s.classes(member.Current, false).Of(s.Context(), id, member.Asked{On: date("2026-11-24"), Notice: date("2026-11-22"), KnownAt: s.now})
		if s.must(err); late.Chosen != member.ClassOrdinary || !slices.Equal(late.In, []member.Class{member.ClassOrdinary}) {
			s.Errorf("%+v", late)
		}
	})
}

func TestWithoutAShareOrAnEntryNobodyVotes(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		applicant := s.applies("ben", person(1))
		s.isIn(s.classes(member.Current, true), applicant, "2026-11-23", "")
		id := s.joins("nia", nia)
		s.isIn(s.classes("", true), id, "2026-11-23", "") // pays no dues, and no share yet
		s.isIn(s.classes(member.Current, true), id, "2026-11-23", member.ClassOrdinary, member.ClassOrdinary)
		s.must(s.register.SharePaid(s.Context(), id, date("2026-11-24")))
		s.isIn(s.classes("", true), id, "2026-11-23", "")
		s.isIn(s.classes("", true), id, "2026-11-24", member.ClassContributor, member.ClassContributor)
		s.isIn(s.classes(member.Lapsed, true), id, "2026-11-24", member.ClassContributor, member.ClassContributor)
		rules := member.FirstRules
		rules.MinimumMembership = 28
		s.must(s.register.SetRules(s.Context(), rules, "sec", "minute 4"))
		s.isIn(s.classes(member.Current, true), id, "2026-12-20", "")
		s.isIn(s.classes(member.Current, true), id, "2026-12-21", member.ClassOrdinary, member.ClassOrdinary, member.ClassContributor)
		s.must(s.register.ResignedByLetter(s.Context(), id, member.ShareGiven, date("2026-11-23"), "sec", "letter 3"))
		s.isIn(s.classes(member.Current, true), id, "2026-12-21", "")
	})
}

package member_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func TestTheYearCountsWhoCameAndWent(t *testing.T) {
	each(t, func(s *society) {
		count := func(from, to calendar.Date, want member.Movement) {
			s.Helper()
			if got, err := s.register.Movement(s.Context(), from, to); got != want || err != nil {
				s.Errorf("from %s to %s: %+v, %v, want %+v", from, to, got, err, want)
			}
		}
		first := calendar.On(s.now)
		count(first, first, member.Movement{})
		s.applies("waits", person(0))
		stays, leaves := s.applies("stays", person(1)), s.applies("leaves", person(2))
		s.must(s.register.Admit(s.Context(), stays, "sec", "board"))
		s.must(s.register.Admit(s.Context(), leaves, "sec", "board"))
		s.days(10)
		s.must(s.register.Resign(s.Context(), leaves, member.ShareGiven))
		last := calendar.On(s.now)
		count(first, first, member.Movement{Joined: 2})
		count(first, last.AddDays(-1), member.Movement{Joined: 2})
		count(first, last, member.Movement{Joined: 2, Left: 1})
		count(first.AddDays(1), last, member.Movement{Start: 2, Left: 1})
		count(last, last, member.Movement{Start: 2, Left: 1})
		count(last.AddDays(1), last.AddDays(1), member.Movement{Start: 1})
		count(first.AddDays(-5), first.AddDays(-1), member.Movement{})
	})
}

func TestWhoIsNamedToAnOfficerCanSeeThatOnceADay(t *testing.T) {
	each(t, func(s *society) {
		one, two := s.applies("one", person(1)), s.applies("two", person(2))
		for range 2 {
			names, err := s.register.Names(s.Context(), "tre", []member.ID{one, two, "nobody"})
			s.must(err)
			if diff := cmp.Diff(map[member.ID]string{one: "Person B", two: "Person C"}, names); diff != "" {
				s.Error(diff)
			}
		}
		for _, id := range []member.ID{one, two} {
			looks, err := s.register.Looks(s.Context(), id)
			s.must(err)
			if len(looks) != 1 || looks[0].By != "tre" || looks[0].Purpose != member.ForOffice {
				s.Errorf("%+v", looks)
			}
		}
		if names, err := s.register.Names(s.Context(), "tre", nil); err != nil || len(names) != 0 {
			s.Errorf("nobody asked for: %v, %v", names, err)
		}
	})
}

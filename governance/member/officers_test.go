package member_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

func (s *society) holds(account identity.AccountID, role member.Role, want bool) {
	s.Helper()
	got, err := s.officers.Holds(s.Context(), account, role)
	s.must(err)
	if got != want {
		s.Errorf("%s is %s: %v", account, role, got)
	}
}

func (s *society) refuses(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

// founded has a treasurer and a secretary.
func (s *society) founded() {
	s.Helper()
	s.must(s.officers.Appoint(s.Context(), "tre", member.Treasurer, "first board"))
	s.must(s.officers.Appoint(s.Context(), "sec", member.Secretary, "first board"))
}

func TestTheCommandLineAppointsTwoOfficersAndNoMore(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		s.holds("tre", member.Treasurer, true)
		s.holds("tre", member.Secretary, false)
		s.refuses(s.officers.Appoint(s.Context(), "ste", member.Steward, "first board"), member.ErrEnoughToVote)
		s.refuses(s.officers.Appoint(s.Context(), "tre", member.Steward, "first board"), member.ErrEnoughToVote)
	})
}

func TestOnePersonWithTwoOfficesIsOneOfficer(t *testing.T) {
	each(t, func(s *society) {
		s.must(s.officers.Appoint(s.Context(), "tre", member.Treasurer, "first board"))
		s.must(s.officers.Appoint(s.Context(), "tre", member.Secretary, "first board"))
		s.refuses(s.officers.Appoint(s.Context(), "tre", member.Secretary, "first board"), member.ErrHeld)
		s.must(s.officers.Appoint(s.Context(), "sec", member.Secretary, "first board"))
		roles, err := s.officers.Offices(s.Context(), "tre")
		s.must(err)
		if !slices.Equal(roles, []member.Role{member.Secretary, member.Treasurer}) {
			s.Error(roles)
		}
	})
}

func TestTwoCommandsAtOnceAppointNoThird(t *testing.T) {
	each(t, func(s *society) {
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				err := s.officers.Appoint(s.Context(), idOf(n), member.Steward, "first board")
				if err != nil && !errors.Is(err, member.ErrEnoughToVote) {
					s.Error(err)
				}
			})
		}
		all.Wait()
		offices, err := s.officers.List(s.Context())
		s.must(err)
		if len(offices) != member.FirstOfficers {
			s.Errorf("%d officers", len(offices))
		}
	})
}

func TestAGrantTakesTwoOfficers(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		_, err := s.officers.Propose(s.Context(), "ann", "ann", member.Steward, "I would like to")
		s.refuses(err, member.ErrNotOfficer)
		_, err = s.officers.Propose(s.Context(), "tre", "ann", "emperor", "board")
		s.refuses(err, member.ErrNoRole)
		_, err = s.officers.Propose(s.Context(), "tre", "ann", member.Steward, " ")
		s.refuses(err, member.ErrNoWhy)
		id, err := s.officers.Propose(s.Context(), "tre", "ann", member.Steward, "board minute 7")
		s.must(err)
		s.holds("ann", member.Steward, false)
		_, err = s.officers.Propose(s.Context(), "sec", "ann", member.Steward, "board minute 7")
		s.refuses(err, member.ErrHeld)
		s.refuses(s.officers.Confirm(s.Context(), "tre", id, ""), member.ErrTakesTwo)
		s.refuses(s.officers.Confirm(s.Context(), "ann", id, ""), member.ErrNotOfficer)
		s.must(s.officers.Confirm(s.Context(), "sec", id, "I was there"))
		s.holds("ann", member.Steward, true)
		s.refuses(s.officers.Confirm(s.Context(), "sec", id, ""), member.ErrNoOffice)
		acts := s.acts(id)
		if !slices.Equal(acts, []string{"tre as treasurer: officer proposed (board minute 7)", "sec as secretary: officer confirmed (I was there)"}) {
			s.Error(acts)
		}
	})
}

func TestNobodyConfirmsTheirOwnOffice(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id, err := s.officers.Propose(s.Context(), "tre", "sec", member.Steward, "board minute 7")
		s.must(err)
		s.refuses(s.officers.Confirm(s.Context(), "sec", id, ""), member.ErrTakesTwo)
		own, err := s.officers.Propose(s.Context(), "tre", "tre", member.Steward, "board minute 7")
		s.must(err)
		s.must(s.officers.Confirm(s.Context(), "sec", own, ""))
		s.holds("tre", member.Steward, true)
	})
}

func TestAProposalFallsWithTheOfficeOfWhoeverMadeIt(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id, err := s.officers.Propose(s.Context(), "tre", "ann", member.Steward, "board minute 7")
		s.must(err)
		offices, err := s.officers.List(s.Context())
		s.must(err)
		mine := slices.IndexFunc(offices, func(o member.Office) bool { return o.Account == "tre" })
		s.must(s.officers.Withdraw(s.Context(), "tre", offices[mine].ID, "moving away"))
		s.holds("tre", member.Treasurer, false)
		s.refuses(s.officers.Confirm(s.Context(), "sec", id, ""), member.ErrNotOfficer)
		s.must(s.officers.Withdraw(s.Context(), "sec", id, "fallen"))
		s.must(s.officers.Appoint(s.Context(), "ann", member.Treasurer, "one officer is left"))
	})
}

func TestToEndAnothersOfficeTakesTwo(t *testing.T) {
	each(t, func(s *society) {
		s.founded()
		id, err := s.officers.Propose(s.Context(), "tre", "ann", member.Steward, "board minute 7")
		s.must(err)
		s.must(s.officers.Confirm(s.Context(), "sec", id, ""))
		s.refuses(s.officers.Withdraw(s.Context(), "tre", id, ""), member.ErrNoWhy)
		s.must(s.officers.Withdraw(s.Context(), "tre", id, "board minute 9"))
		s.holds("ann", member.Steward, true)
		s.refuses(s.officers.Confirm(s.Context(), "tre", id, ""), member.ErrTakesTwo)
		s.must(s.officers.Withdraw(s.Context(), "tre", id, "a mistake"))
		s.refuses(s.officers.Confirm(s.Context(), "sec", id, ""), member.ErrNoOffice)
		s.must(s.officers.Withdraw(s.Context(), "tre", id, "no mistake"))
		s.days(1)
		s.must(s.officers.Confirm(s.Context(), "sec", id, ""))
		s.holds("ann", member.Steward, false)
		all, err := s.officers.List(s.Context())
		s.must(err)
		last := all[len(all)-1]
		if last.ID != id || last.State() != member.Former || !last.Until.Equal(s.now) || last.EndWhy != "no mistake" || len(all) != 3 {
			s.Errorf("%+v", last)
		}
		again, err := s.officers.Propose(s.Context(), "tre", "ann", member.Steward, "came back")
		s.must(err)
		s.must(s.officers.Confirm(s.Context(), "sec", again, ""))
		s.holds("ann", member.Steward, true)
	})
}

package contribution_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
)

func TestAnExceptionTakesTwoOfficersAndReasons(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		eve := s.joins("eve")
		s.knows(eve, contribution.GitHub, "105")
		s.delivers(contribution.GitHub, "d1", fixture(s.T, "github", "6-revert"))
		const of = "folkmoot/folkmoot #6"
		for _, bad := range []string{"", "folkmoot/folkmoot", "folkmoot/folkmoot #66", "else/where #6"} {
			_, err := s.book.ProposeOnChange(s.Context(), "sec", contribution.Counted, bad, "a week's work")
			s.refuses(err, contribution.ErrNoChange)
		}
		_, err := s.book.ProposeOnChange(s.Context(), "sec", contribution.Counted, of, " ")
		s.refuses(err, contribution.ErrNoWhy)
		_, err = s.book.ProposeOnChange(s.Context(), "eve", contribution.Counted, of, "mine")
		s.refuses(err, member.ErrNotOfficer)
		id, err := s.book.ProposeOnChange(s.Context(), "sec", contribution.Counted, of, "a week's work")
		s.must(err)
		_, err = s.book.ProposeOnChange(s.Context(), "tre", contribution.Counted, of, "a week's work")
		s.refuses(err, contribution.ErrStands)
		s.isContributor(eve, false)
		s.refuses(s.book.ConfirmException(s.Context(), "sec", id), contribution.ErrTakesTwo)
		s.refuses(s.book.ConfirmException(s.Context(), "eve", id), member.ErrNotOfficer)
		before := s.now
		s.now = s.now.AddDate(0, 0, 1)
		s.must(s.book.ConfirmException(s.Context(), "tre", id))
		s.refuses(s.book.ConfirmException(s.Context(), "tre", id), contribution.ErrNotOpen)
		s.isContributor(eve, true)
		st, err := s.book.Contributor(s.Context(), eve, calendar.On(before), before)
		if s.must(err); st.Contributor() {
			s.Error("counted before it was confirmed")
		}
		s.refuses(s.book.EndException(s.Context(), "tre", id, ""), contribution.ErrNoWhy)
		s.must(s.book.EndException(s.Context(), "tre", id, "not a week's work"))
		s.isContributor(eve, false)
		s.refuses(s.book.EndException(s.Context(), "tre", id, "again"), contribution.ErrNotOpen)

		acts, _, err := audit.NewLog(s.db).List(s.Context(), audit.Wanted{About: id})
		s.must(err)
		var said []string
		for _, a := range slices.Backward(acts) {
			said = append(said, fmt.Sprintf("%s as %s: %s", a.By, a.As, a.What))
		}
		if got, want := strings.Join(said, "; "), "sec as secretary: exception proposed; tre as treasurer: exception confirmed; tre as treasurer: exception ended"; got != want {
			s.Errorf("%s, want %s", got, want)
		}
		all, err := s.book.Exceptions(s.Context())
		if s.must(err); len(all) != 1 || all[0].Of != of || all[0].EndedWhy != "not a week's work" {
			s.Errorf("%+v", all)
		}
	})
}

func TestAChangeCanBeStruck(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		ann := s.joins("ann")
		s.knows(ann, contribution.GitHub, "101")
		s.delivers(contribution.GitHub, "d1", fixture(s.T, "github", "1-squashed"))
		id, err := s.book.ProposeOnChange(s.Context(), "sec", contribution.Struck, "folkmoot/folkmoot #1", "two typing errors in a comment")
		s.must(err)
		s.isContributor(ann, true)
		s.must(s.book.ConfirmException(s.Context(), "tre", id))
		s.isContributor(ann, false)
	})
}

func TestAMemberCanBeAContributorForOtherWork(t *testing.T) {
	each(t, func(s *society) {
		ann := s.joins("ann")
		propose := func(first, last string) (string, error) {
			return s.book.ProposeMember(s.Context(), "sec", ann, day(first), day(last), "translates everything")
		}
		_, err := propose("2026-11-23", "2026-11-22")
		s.refuses(err, contribution.ErrBadDays)
		_, err = propose("2026-11-23", "2029-11-23")
		s.refuses(err, contribution.ErrBadDays)
		_, err = s.book.ProposeMember(s.Context(), "sec", "nobody", day("2026-11-23"), day("2026-11-24"), "translates")
		s.refuses(err, member.ErrNoMember)
		id, err := propose("2026-11-24", "2026-12-31")
		s.must(err)
		s.must(s.book.ConfirmException(s.Context(), "tre", id))
		for on, want := range map[string]bool{"2026-11-23": false, "2026-11-24": true, "2026-12-31": true, "2027-01-01": false} {
			st, err := s.book.Contributor(s.Context(), ann, day(on), s.now)
			if s.must(err); st.Contributor() != want {
				s.Errorf("on %s: %v", on, st.Contributor())
			}
		}
	})
}

func TestAnExceptionFallsWithTheOfficeOfWhoeverProposedIt(t *testing.T) {
	each(t, func(s *society) {
		ann := s.joins("ann")
		id, err := s.book.ProposeMember(s.Context(), "sec", ann, day("2026-11-23"), day("2026-11-24"), "translates")
		s.must(err)
		offices, err := s.officers.List(s.Context())
		s.must(err)
		for _, o := range offices {
			if o.Account == "sec" {
				s.must(s.officers.Withdraw(s.Context(), "sec", o.ID, "moving away"))
			}
		}
		s.refuses(s.book.ConfirmException(s.Context(), "tre", id), member.ErrNotOfficer)
		s.isContributor(ann, false)
	})
}

func TestFullTimeIsTheMembersWordAndTheSecretarys(t *testing.T) {
	each(t, func(s *society) {
		ann := s.joins("ann")
		s.refuses(s.book.Declare(s.Context(), ann, "", day("2026-11-01"), day("2027-10-31")), contribution.ErrNoWhy)
		s.refuses(s.book.Declare(s.Context(), ann, "the router", day("2026-11-01"), day("2026-10-31")), contribution.ErrBadDays)
		s.must(s.book.Declare(s.Context(), ann, "the rooter", day("2026-11-01"), day("2027-10-31")))
		s.must(s.book.Declare(s.Context(), ann, "the router", day("2026-11-01"), day("2027-10-31"))) // in its place
		all, err := s.book.Declarations(s.Context(), ann)
		if s.must(err); len(all) != 2 || all[0].Words != "the router" || !all[0].Ended.IsZero() || all[1].Ended.IsZero() {
			s.Fatalf("%+v", all)
		}
		id := all[0].ID
		s.isContributor(ann, false)
		s.refuses(s.book.ConfirmDeclaration(s.Context(), "tre", id), member.ErrNotOfficer)
		s.must(s.book.ConfirmDeclaration(s.Context(), "sec", id))
		s.refuses(s.book.ConfirmDeclaration(s.Context(), "sec", id), contribution.ErrNotOpen)
		for on, want := range map[string]bool{"2026-10-31": false, "2026-11-01": true, "2027-10-31": true, "2027-11-01": false} {
			st, err := s.book.Contributor(s.Context(), ann, day(on), s.now)
			if s.must(err); st.Contributor() != want || (st.FullTime != nil) != want {
				s.Errorf("on %s: %v", on, st.Contributor())
			}
		}
		s.isContributor("", false) // another's declaration is nobody else's
		confirmed := s.now
		s.now = s.now.AddDate(0, 0, 1)
		s.must(s.book.EndDeclaration(s.Context(), "sec", id, "took other work"))
		s.isContributor(ann, false)
		st, err := s.book.Contributor(s.Context(), ann, calendar.On(confirmed), confirmed)
		if s.must(err); !st.Contributor() {
			s.Error("what was known then has changed")
		}
	})
}

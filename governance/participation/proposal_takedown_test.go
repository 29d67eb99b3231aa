package participation_test

import (
	"slices"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
)

func TestAProposalIsTakenDownWithAReason(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		id, err := s.proposals.Propose(s.Context(), "ann", "Ann", lamps)
		s.must(err)
		s.supported(id, "ben")
		worse := lamps
		worse.Problem = "Benedict pushed me."
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), worse, "Benedict did it", true))
		s.must(s.proposals.Comment(s.Context(), "ann", id, "", "I wrote that in anger."))
		s.must(s.proposals.TakeDown(s.Context(), "stew", id, 1, "words of before"), participation.ErrAmended)
		s.must(s.proposals.TakeDown(s.Context(), "ann", id, s.version(id), "hers"), participation.ErrNotOfficer)
		s.must(s.proposals.TakeDown(s.Context(), "ben", id, s.version(id), "untrue"), participation.ErrNotOfficer)
		s.must(s.proposals.TakeDown(s.Context(), "stew", id, s.version(id), " "), member.ErrNoWhy)
		s.must(s.proposals.TakeDown(s.Context(), "stew", "nowhere", 1, "untrue"), participation.ErrNoProposal)
		s.must(s.proposals.TakeDown(s.Context(), "stew", id, s.version(id), "untrue of a person"))
		s.must(s.proposals.TakeDown(s.Context(), "stew", id, s.version(id), "again"), participation.ErrTakenDown)

		s.is(id, participation.TakenDown)
		p := s.proposal(id)
		if p.Draft != (participation.Draft{}) || p.ShownAs != "" || p.TakenDownWhy != "untrue of a person" || !p.TakenDownAt.Equal(s.now) || p.Supporters != 2 {
			s.Errorf("%+v", p)
		}
		versions, err := s.proposals.Versions(s.Context(), id)
		s.must(err)
		for _, v := range versions {
			if v.Draft != (participation.Draft{}) || v.Why != "" {
				s.Errorf("still readable: %+v", v)
			}
		}
		for _, sought := range []string{"benedict", "lamps", "dark"} {
			if found, err := s.proposals.Search(s.Context(), sought); err != nil || len(found) != 0 {
				s.Errorf("%s still finds %+v, %v", sought, found, err)
			}
		}
		comments, err := s.proposals.Comments(s.Context(), p)
		if err != nil || len(comments) != 1 || comments[0].ShownAs != "" || comments[0].Words == "" {
			s.Errorf("the author's comment: %+v, %v", comments, err)
		}
		if acts := s.acts(id); !slices.Equal(acts, []string{"stew as steward: proposal taken down (untrue of a person)"}) {
			s.Error(acts)
		}
		if told := s.queued("proposal_taken_down"); len(told) != 1 {
			s.Errorf("the author is told %d times", len(told))
		}
		s.must(s.proposals.Support(s.Context(), "cat", id, s.version(id)), participation.ErrNotGathering)
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), lamps, "back", true), participation.ErrNotAmendable)
		s.must(s.proposals.Withdraw(s.Context(), "ann", id), participation.ErrNotGathering)
		s.must(s.proposals.Comment(s.Context(), "cat", id, "", "Why?"), participation.ErrClosed)
		if open, _, err := s.proposals.Open(s.Context(), ""); err != nil || len(open) != 0 {
			s.Errorf("%+v, %v", open, err)
		}
	})
}

func TestWhatTheBoardAnsweredStaysWhenAProposalIsTakenDown(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
		s.must(s.proposals.TakeDown(s.Context(), "stew", id, s.version(id), "a neighbour's address"))
		s.is(id, participation.TakenDown)
		if p := s.proposal(id); len(p.Answers) != 1 || p.Answers[0].Reasons != yes.Reasons || p.Outcome != participation.Accepted {
			s.Errorf("%+v", p)
		}
		waiting := s.reachedBy("fay", "gus", "hal", "ida", "joe")
		s.must(s.proposals.TakeDown(s.Context(), "stew", waiting, s.version(waiting), "the same"))
		s.must(s.proposals.Answer(s.Context(), "sec", waiting, s.version(waiting), yes), participation.ErrNotWaiting)
		if due, err := s.proposals.Unanswered(s.Context()); err != nil || len(due) != 0 {
			s.Errorf("the board still owes %+v, %v", due, err)
		}
	})
}

func TestWhoProposesAndWithdrawsHasALimit(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		for range participation.MostProposed {
			s.must(s.proposals.Withdraw(s.Context(), "ann", s.proposes("ann", lamps)))
		}
		_, err := s.proposals.Propose(s.Context(), "ann", "", lamps)
		s.must(err, participation.ErrManyProposed)
		s.proposes("ben", lamps)
		s.days(participation.ProposedDays - 1)
		_, err = s.proposals.Propose(s.Context(), "ann", "", lamps)
		s.must(err, participation.ErrManyProposed)
		s.days(1)
		s.proposes("ann", lamps)
	})
}

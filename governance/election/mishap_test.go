package election_test

import (
	"testing"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// TestAPollWithHardlyAnythingToCountStillHasAResult: a returning officer must be able to certify whatever became of a poll.
func TestAPollWithHardlyAnythingToCountStillHasAResult(t *testing.T) {
	for _, c := range []struct {
		name   string
		rule   election.Rule
		papers []string
		struck []int
		spoilt int
	}{
		{"no envelope", election.Scottish, nil, nil, 0},
		{"no envelope, by Meek's rule", election.Meek, nil, nil, 0},
		{"every paper spoiled", election.Scottish, []string{"- - - -", "1 1 - -"}, nil, 2},
		{"every paper spoiled, by Meek's rule", election.Meek, []string{"- - - -", "1 1 - -"}, nil, 2},
		{"everybody struck off", election.Scottish, []string{"1 2 3 -", "1 2 3 4"}, []int{1, 2, 3}, 1},
		{"everybody struck off, by Meek's rule", election.Meek, []string{"1 2 3 -", "1 2 3 4"}, []int{1, 2, 3}, 1},
		{"one is left for two seats", election.Scottish, []string{"1 2 - -", "- 1 - -"}, []int{1, 3}, 0},
		{"one is left for two seats, by Meek's rule", election.Meek, []string{"1 2 - -", "- 1 - -"}, []int{1, 3}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(s *society) {
				s.joins("ann", "ben", "cat")
				s.joins("dan", "eve", "fay", "gil", "hal", "ida") // who second them
				call := s.call()
				call.Rule, call.Seats = c.rule, map[member.Class]int{ordinary: 2}
				e := s.opened(call, func(e election.Election) { s.stand(e, "ann", "ben", "cat") })
				s.vote(e, ordinary, len(c.papers), []string{"ann", "ben"}[:len(c.papers)]...)
				s.read(e, ordinary, c.papers...)
				for _, n := range c.struck {
					s.must(s.polls.Strike(s.Context(), "ro", e.ID, ordinary, n, "died"))
				}
				s.hear(e)
				i := s.certified(e, "")
				got := i.Classes[0]
				if got.Spoiled != c.spoilt || len(got.Elected)+got.Reopened > 2 {
					t.Errorf("%+v", got)
				}
				if _, err := i.Recount(got, i.Files[ordinary]); err != nil {
					t.Errorf("counted again: %v", err)
				}
			})
		})
	}
}

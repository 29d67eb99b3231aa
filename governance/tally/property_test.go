package tally

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// paper is one kind of paper, for tests to shuffle.
type paper struct {
	n           int64
	preferences []int
}

// drawn is an election that rapid makes up: small, so that ties, exhausted papers and surpluses on surpluses are common.
type drawn struct {
	candidates, seats int
	papers            []paper
	withdrawn         []int
	lot               Lot
}

func drawElection(t *rapid.T) drawn {
	d := drawn{candidates: rapid.IntRange(1, 8).Draw(t, "candidates"), seats: rapid.IntRange(1, 5).Draw(t, "seats")}
	numbers := make([]int, d.candidates)
	for i := range numbers {
		numbers[i] = i + 1
	}
	for range rapid.IntRange(0, 30).Draw(t, "papers") {
		order := rapid.Permutation(numbers).Draw(t, "order")
		many := rapid.SampledFrom([]int64{1, 1, 1, 2, 7, 100, 30_000_000}).Draw(t, "n")
		d.papers = append(d.papers, paper{many, order[:rapid.IntRange(0, d.candidates).Draw(t, "length")]})
	}
	if rapid.IntRange(0, 3).Draw(t, "withdraws") == 0 {
		d.withdrawn = []int{rapid.IntRange(1, d.candidates).Draw(t, "withdrawn")}
	}
	d.lot = rapid.Permutation(numbers).Draw(t, "lot")
	return d
}

func (d drawn) election(t *rapid.T) *Election {
	e := &Election{Seats: d.seats, Withdrawn: d.withdrawn}
	for c := range d.candidates {
		e.Candidates = append(e.Candidates, fmt.Sprint("C", c+1))
	}
	for _, p := range d.papers {
		if err := e.Ballots.Add(p.n, p.preferences...); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

var bothRules = []Rule{Scottish, Meek}

func TestTheOrderOfThePapersChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		other := d
		other.papers = rapid.Permutation(d.papers).Draw(t, "shuffled")
		for _, rule := range bothRules {
			want := mustCount(t, d.election(t), rule, Options{Lot: d.lot})
			got := mustCount(t, other.election(t), rule, Options{Lot: d.lot})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", rule, diff)
			}
		}
	})
}

func TestSamePapersOnOneLineOrOnManyChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		other := d
		other.papers = nil
		for _, p := range d.papers {
			if p.n > 1 {
				other.papers = append(other.papers, paper{p.n - 1, p.preferences})
			}
			other.papers = append(other.papers, paper{1, p.preferences})
		}
		for _, rule := range bothRules {
			want := mustCount(t, d.election(t), rule, Options{Lot: d.lot})
			got := mustCount(t, other.election(t), rule, Options{Lot: d.lot})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", rule, diff)
			}
		}
	})
}

func TestNamesAndNumbersOfCandidatesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		numbers := slices.Sorted(slices.Values(d.lot))
		to := append([]int{0}, rapid.Permutation(numbers).Draw(t, "renumbered")...)
		renumber := func(all []int) []int {
			var out []int
			for _, c := range all {
				out = append(out, to[c])
			}
			return out
		}
		other := d
		other.lot, other.withdrawn, other.papers = renumber(d.lot), renumber(d.withdrawn), nil
		for _, p := range d.papers {
			other.papers = append(other.papers, paper{p.n, renumber(p.preferences)})
		}
		for _, rule := range bothRules {
			want := mustCount(t, d.election(t), rule, Options{Lot: d.lot})
			e := other.election(t)
			for i := range e.Candidates {
				e.Candidates[i] = "somebody else"
			}
			got := mustCount(t, e, rule, Options{Lot: other.lot})
			for c := 1; c <= d.candidates; c++ {
				if want.ElectedAt[c-1] != got.ElectedAt[to[c]-1] || want.ExcludedAt[c-1] != got.ExcludedAt[to[c]-1] {
					t.Fatalf("%s: %d fares otherwise as %d", rule, c, to[c])
				}
			}
			for i, stage := range want.Stages {
				for c := 1; c <= d.candidates; c++ {
					if stage.Totals[c-1] != got.Stages[i].Totals[to[c]-1] {
						t.Fatalf("stage %d: %d has another total as %d", i+1, c, to[c])
					}
				}
			}
			for i, round := range want.Rounds {
				for c := 1; c <= d.candidates; c++ {
					if round.Votes[c-1] != got.Rounds[i].Votes[to[c]-1] {
						t.Fatalf("round %d: %d has another vote as %d", i+1, c, to[c])
					}
				}
			}
		}
	})
}

func TestWhatComesInGoesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		e := d.election(t)
		r := mustCount(t, e, Scottish, Options{Lot: d.lot})
		if r.Valid+r.Invalid != e.Ballots.Papers() {
			t.Fatalf("%d valid and %d invalid of %d", r.Valid, r.Invalid, e.Ballots.Papers())
		}
		before := make([]int64, d.candidates+1)
		for _, stage := range r.Stages {
			sum := stage.NonTransferable.Units + stage.Rounding.Units
			for _, total := range stage.Totals {
				sum += total.Units
			}
			if sum != r.Valid*scottishOne || stage.Rounding.Units < 0 {
				t.Fatalf("stage %d has %d votes of %d, %s of them lost by rounding", stage.Number, sum, r.Valid*scottishOne, stage.Rounding)
			}
			for _, m := range stage.Transfers {
				if m.Value.Units*m.Papers != m.Votes.Units {
					t.Fatalf("stage %d: %d papers at %s are not %s", stage.Number, m.Papers, m.Value, m.Votes)
				}
				before[m.To] += m.Votes.Units
			}
			if c := stage.Candidate; c != 0 {
				before[c] = stage.Totals[c-1].Units
			}
			for c, total := range stage.Totals {
				if before[c+1] != total.Units {
					t.Fatalf("stage %d: the transfers bring %d to %d, not to %d", stage.Number, c+1, before[c+1], total.Units)
				}
			}
			if before[0] != stage.NonTransferable.Units {
				t.Fatalf("stage %d: %d non-transferable, by the transfers %d", stage.Number, stage.NonTransferable.Units, before[0])
			}
		}
		if want := min(d.seats, d.candidates-len(d.withdrawn)); len(r.Elected) != want {
			t.Fatalf("%d elected, want %d", len(r.Elected), want)
		}
	})
}

func TestARecountWithoutSomebodyIsACountOfPapersWithoutTheirName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		out := rapid.IntRange(1, d.candidates).Draw(t, "out")
		without := d
		without.papers = nil
		for _, p := range d.papers {
			without.papers = append(without.papers, paper{p.n, slices.DeleteFunc(slices.Clone(p.preferences), func(c int) bool { return c == out })})
		}
		for _, rule := range bothRules {
			got := mustCount(t, d.election(t), rule, Options{Lot: d.lot, Withdrawn: []int{out}})
			e := without.election(t)
			e.Withdrawn = append(slices.Clone(e.Withdrawn), out)
			want := mustCount(t, e, rule, Options{Lot: d.lot})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", rule, diff)
			}
		}
	})
}

// The piles and the tree are for speed. These two count paper by paper, as the rules are written, and must agree.
func TestPilesCountAsSinglePapersWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawElection(t)
		scottish := mustCount(t, d.election(t), Scottish, Options{Lot: d.lot})
		if diff := cmp.Diff(slowScottish(d, scottish), totals(scottish)); diff != "" {
			t.Fatalf("scottish (-single papers +piles):\n%s", diff)
		}
		meek := mustCount(t, d.election(t), Meek, Options{Lot: d.lot})
		for _, round := range meek.Rounds {
			for c, votes := range slowMeek(d, round) {
				if !round.Out[c] && round.Votes[c].Units != votes {
					t.Fatalf("meek round %d: %d has %d, by single papers %d", round.Number, c+1, round.Votes[c].Units, votes)
				}
			}
		}
	})
}

func totals(r *Result) [][]int64 {
	var all [][]int64
	for _, stage := range r.Stages {
		var of []int64
		for _, total := range stage.Totals {
			of = append(of, total.Units)
		}
		all = append(all, of)
	}
	return all
}

// slowScottish follows the decisions of a count and works the totals out again: every stage from every paper.
func slowScottish(d drawn, r *Result) [][]int64 {
	type single struct {
		paper
		with  int
		value int64
	}
	out := map[int]bool{}
	for _, c := range d.withdrawn {
		out[c] = true
	}
	next := func(s *single) {
		for len(s.preferences) > 0 && (out[s.preferences[0]] || s.preferences[0] == s.with) {
			s.preferences = s.preferences[1:]
		}
		s.with = 0
		if len(s.preferences) > 0 {
			s.with = s.preferences[0]
		}
	}
	var all [][]int64
	papers := make([]*single, 0, len(d.papers))
	kept := map[int]int64{}
	for _, p := range d.papers {
		s := &single{paper: p, value: scottishOne}
		next(s)
		papers = append(papers, s)
	}
	sum := func() []int64 {
		of := make([]int64, d.candidates)
		for _, s := range papers {
			if s.with > 0 {
				of[s.with-1] += s.n * s.value
			}
		}
		for c, votes := range kept {
			of[c-1] = votes
		}
		return of
	}
	for i, stage := range r.Stages {
		if i > 0 {
			had := all[i-1][stage.Candidate-1]
			out[stage.Candidate] = true
			for _, s := range papers {
				if s.with != stage.Candidate {
					continue
				}
				if stage.Action == Surplus {
					s.value = share(s.value, had-r.Quota.Units*scottishOne, had)
				}
				next(s)
			}
			if stage.Action == Surplus {
				kept[stage.Candidate] = r.Quota.Units * scottishOne
			}
		}
		all = append(all, sum())
		for _, c := range stage.Elected {
			out[c] = true
		}
	}
	return all
}

// slowMeek shares every paper out by the keep factors of a round.
func slowMeek(d drawn, round Round) []int64 {
	of := make([]int64, d.candidates)
	for _, p := range d.papers {
		left := int64(meekOne)
		for _, c := range p.preferences {
			kept := shareUp(left, round.KeepFactors[c-1].Units, meekOne)
			of[c-1] += kept * p.n
			left -= kept
		}
	}
	return of
}

func TestAMotionNeedsItsMajority(t *testing.T) {
	for _, c := range []struct {
		motion  Motion
		by      Majority
		carried bool
	}{
		{Motion{Yes: 2, No: 1}, SimpleMajority, true},
		{Motion{Yes: 2, No: 2, Abstain: 9}, SimpleMajority, false},
		{Motion{Yes: 1, Abstain: 9}, SimpleMajority, true},
		{Motion{Abstain: 9}, SimpleMajority, false},
		{Motion{Yes: 2, No: 1}, TwoThirds, true},
		{Motion{Yes: 199, No: 100}, TwoThirds, false},
		{Motion{Abstain: 1}, TwoThirds, false},
		{Motion{Yes: 3, No: 1}, ThreeQuarters, true},
		{Motion{Yes: 299, No: 100}, ThreeQuarters, false},
	} {
		if c.motion.Carried(c.by) != c.carried {
			t.Errorf("%+v by %+v: carried %t, want %t", c.motion, c.by, !c.carried, c.carried)
		}
	}
}

func TestApprovalElectsWhoHasMostMarks(t *testing.T) {
	e := parse(t, "4 2\n3 1 2 0\n2 3 2 0\n1 4 0\n2 3 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"D\"\n")
	r := mustCount(t, e, Approval, Options{})
	if diff := cmp.Diff([]int64{3, 5, 4, 1}, r.Approvals); diff != "" {
		t.Errorf("approvals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 3}, r.Elected); diff != "" {
		t.Errorf("elected (-want +got):\n%s", diff)
	}
	e.Seats = 3
	if err := e.Ballots.Add(2, 4); err != nil {
		t.Fatal(err)
	}
	if r = mustCount(t, e, Approval, Options{}); r.LotNeeded == nil || !slices.Equal(r.LotNeeded.Between, []int{1, 4}) {
		t.Errorf("1 and 4 tie for the third seat, but the lot needed is %+v", r.LotNeeded)
	}
	if r = mustCount(t, e, Approval, Options{Lot: Lot{4, 1}}); !slices.Equal(r.Elected, []int{2, 3, 4}) {
		t.Errorf("elected %v with 4 first in the lot", r.Elected)
	}
}

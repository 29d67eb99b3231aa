package tally

import (
	"fmt"
	"slices"
)

// Rule is a way to count.
type Rule string

// The rules there are.
const (
	Scottish Rule = "scottish" // Scottish Local Government Elections Order 2011, schedule 1, rules 46 to 53
	Meek     Rule = "meek"     // the Proportional Representation Foundation's reference rule
	Approval Rule = "approval" // the options with the most marks
)

// Options are what a count needs besides the papers.
type Options struct {
	Withdrawn []int // besides those of the election: a recount without them
	Lot       Lot   // nil: the count stops where it needs one
}

// Result is a count with every number on the way. Slices that go by candidate have candidate 1 first.
type Result struct {
	Rule       Rule
	Seats      int
	Withdrawn  []int  // numbers of those who did not stand any longer
	Valid      int64  // papers with a first preference for somebody who stands
	Invalid    int64  // the others
	Quota      Amount // whole votes in the Scottish rule; in Meek's that of the last round
	Elected    []int  // candidates' numbers in the order of election
	ElectedAt  []int  // by candidate: the stage or round at which they were elected; 0: they were not
	ExcludedAt []int  // by candidate: likewise
	Lots       []DrawnLot
	LotNeeded  *LotNeeded // the count stopped here

	Stages      []Stage  // of the Scottish rule
	Rounds      []Round  // of Meek's
	KeepFactors []Amount // of Meek's, by candidate: what share of a paper each kept at the end
	Approvals   []int64  // by candidate
}

// Count counts an election by a rule. It leaves the election as it was.
func Count(e *Election, rule Rule, o Options) (*Result, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	t, err := newTable(e, rule, o)
	if err != nil {
		return nil, err
	}
	switch rule {
	case Scottish:
		countScottish(t)
	case Meek:
		countMeek(t)
	case Approval:
		countApproval(t)
	default:
		return nil, fmt.Errorf("there is no rule %q", rule)
	}
	return t.result, nil
}

// standing is what has become of a candidate.
type standing uint8

const (
	continuing standing = iota
	elected
	excluded
	withdrawn
)

// table is where papers lie while they are counted, and what has been decided. Candidates are kept by number; 0 is nobody.
type table struct {
	election *Election
	ballots  *Ballots
	lot      Lot
	standing [MaxCandidates + 1]standing
	at       []uint32 // by kind of paper: the preference that it lies at
	shelf    *shelf
	result   *Result
}

func newTable(e *Election, rule Rule, o Options) (*table, error) {
	n := len(e.Candidates)
	if err := o.Lot.check(n); err != nil {
		return nil, err
	}
	t := &table{election: e, ballots: &e.Ballots, lot: o.Lot, result: &Result{
		Rule: rule, Seats: e.Seats, ElectedAt: make([]int, n), ExcludedAt: make([]int, n),
	}}
	for _, c := range slices.Concat(e.Withdrawn, o.Withdrawn) {
		if c < 1 || c > n {
			return nil, fmt.Errorf("candidate %d withdrew, but there are %d candidates", c, n)
		}
		t.standing[c] = withdrawn
	}
	t.result.Withdrawn = t.candidates(withdrawn)
	return t, nil
}

// layOut makes the table ready for papers to be moved on it.
func (t *table) layOut() {
	t.at = slices.Clone(t.ballots.starts)
	t.shelf = newShelf(len(t.at))
}

// candidates are the numbers of those of a standing.
func (t *table) candidates(s standing) []int {
	var of []int
	for c := 1; c <= len(t.election.Candidates); c++ {
		if t.standing[c] == s {
			of = append(of, c)
		}
	}
	return of
}

func (t *table) vacancies() int { return t.election.Seats - len(t.result.Elected) }

// elect deems candidates elected at a stage, those with more votes first.
func (t *table) elect(stage int, votes []int64, who []int) {
	slices.SortStableFunc(who, func(a, b int) int {
		switch {
		case votes[a] > votes[b]:
			return -1
		case votes[a] < votes[b]:
			return 1
		}
		return a - b
	})
	for _, c := range who {
		t.standing[c] = elected
		t.result.Elected = append(t.result.Elected, c)
		t.result.ElectedAt[c-1] = stage
	}
}

func (t *table) exclude(stage, c int) {
	t.standing[c] = excluded
	t.result.ExcludedAt[c-1] = stage
}

package tally

import (
	"cmp"
	"slices"
)

// Action is what a stage does.
type Action string

// The actions there are.
const (
	FirstPreferences Action = "first_preferences"
	Surplus          Action = "surplus"
	Exclusion        Action = "exclusion"
)

// Stage is one stage of a count by the Scottish rules.
type Stage struct {
	Number          int
	Action          Action
	Candidate       int      // whose papers were transferred; 0 at the first stage
	Surplus         Amount   // what they had above the quota, where it was transferred
	Totals          []Amount // by candidate, at the end of the stage
	NonTransferable Amount   // of all stages so far
	Rounding        Amount   // what was lost, of all stages so far, because a paper's value has five places
	Transfers       []Transfer
	Elected         []int // deemed elected at the end of the stage, in order
}

// Transfer is a parcel of papers that one stage moved.
type Transfer struct {
	To     int    // the candidate; 0: nobody, for want of a next available preference
	Value  Amount // of each paper
	Papers int64
	Votes  Amount
}

// parcel is a pile of papers of one value, all with the same candidate.
type parcel struct {
	value  int64
	papers int64
	pile   pile
}

// scottishCount counts by the Scottish Local Government Elections Order 2011 (SSI 2011/399), schedule 1. Its rules are cited by number.
//
// Three points the Order leaves soft are settled as the official electronic count settles them: who has exactly the quota has no surplus and
// makes no stage; the papers of the last who is excluded are transferred before rule 53 is looked at; and once all seats are filled nothing
// more is transferred.
type scottishCount struct {
	*table
	quota   int64
	piles   [MaxCandidates + 1][]parcel
	totals  [MaxCandidates + 1]int64
	pending []int // elected, with a surplus not yet transferred
	out     int64 // non-transferable
	lost    int64 // by rounding
}

func countScottish(t *table) {
	t.layOut()
	s := &scottishCount{table: t}
	s.firstStage()
	for !s.complete() {
		if !s.nextStage() {
			return
		}
	}
}

// nextStage transfers a surplus, or excludes somebody where there is none. It reports false when it needs a lot that is not there.
func (s *scottishCount) nextStage() bool {
	if who := s.largestSurplus(); len(who) > 0 {
		c := s.pick(highest, who)
		if c != 0 {
			s.transferSurplus(c)
		}
		return c != 0
	}
	c := s.pick(lowest, s.fewestVotes())
	if c != 0 {
		s.excludeOne(c)
	}
	return c != 0
}

// firstStage sorts the papers by first preference (rule 46) and works out the quota (rule 47).
func (s *scottishCount) firstStage() {
	first := parcel{value: scottishOne}
	for i := range s.at {
		s.shelf.put(&first.pile, uint32(i))
	}
	moved := s.move([]parcel{first}, func(value int64) int64 { return value })
	for _, m := range moved {
		if m.To == 0 {
			s.result.Invalid = m.Papers
			s.out = 0
		} else {
			s.result.Valid += m.Papers
		}
	}
	s.result.Invalid += s.ballots.blank
	s.quota = s.result.Valid/int64(s.election.Seats+1) + 1
	s.result.Quota = Amount{Units: s.quota}
	s.record(Stage{Action: FirstPreferences, Transfers: slices.DeleteFunc(moved, func(m Transfer) bool { return m.To == 0 })})
}

// complete reports whether all is decided, having filled the last vacancies where there are no more candidates than those (rule 53).
func (s *scottishCount) complete() bool {
	if s.vacancies() <= 0 {
		return true
	}
	left := s.candidates(continuing)
	if len(left) > s.vacancies() {
		return false
	}
	last := &s.result.Stages[len(s.result.Stages)-1]
	s.elect(last.Number, s.totals[:], left)
	last.Elected = append(last.Elected, left...)
	return true
}

// largestSurplus are those whose surplus is transferred next (rules 49(1) and 50(1)).
func (s *scottishCount) largestSurplus() []int {
	if len(s.pending) == 0 {
		return nil
	}
	return narrow(highest, s.pending, s.total)
}

// fewestVotes are those of whom one is excluded next (rules 51(1) and 52(1)).
func (s *scottishCount) fewestVotes() []int {
	return narrow(lowest, s.candidates(continuing), s.total)
}

func (s *scottishCount) total(c int) int64 { return s.totals[c] }

// pick decides between equals by the most recent stage at which they were unequal, and then by lot (rules 50(2) and (3) and 52(2)).
func (s *scottishCount) pick(e extreme, tied []int) int {
	done := len(s.result.Stages)
	var earlier []func(int) int64
	for _, stage := range slices.Backward(s.result.Stages) {
		earlier = append(earlier, func(c int) int64 { return stage.Totals[c-1].Units })
	}
	return s.decide(e, tied, done+1, done, earlier)
}

// transferSurplus transfers the papers of somebody elected, each at its value × surplus / votes, to five places (rule 49(2) and (3)).
func (s *scottishCount) transferSurplus(c int) {
	surplus := s.totals[c] - s.quota*scottishOne
	whole := s.totals[c]
	moved := s.move(s.lift(c), func(value int64) int64 { return share(value, surplus, whole) })
	s.pending = slices.DeleteFunc(s.pending, func(p int) bool { return p == c })
	s.totals[c] -= surplus
	s.lost += surplus
	for _, m := range moved {
		s.lost -= m.Votes.Units
	}
	s.record(Stage{Action: Surplus, Candidate: c, Surplus: votes(surplus), Transfers: moved})
}

// excludeOne excludes a candidate and transfers their papers at the values that they had (rule 51).
func (s *scottishCount) excludeOne(c int) {
	s.exclude(len(s.result.Stages)+1, c)
	moved := s.move(s.lift(c), func(value int64) int64 { return value })
	s.totals[c] = 0
	s.record(Stage{Action: Exclusion, Candidate: c, Transfers: moved})
}

func (s *scottishCount) lift(c int) []parcel {
	taken := s.piles[c]
	s.piles[c] = nil
	return taken
}

// record ends a stage, and deems elected who has reached the quota (rule 48(1)).
func (s *scottishCount) record(stage Stage) {
	stage.Number = len(s.result.Stages) + 1
	stage.NonTransferable, stage.Rounding = votes(s.out), votes(s.lost)
	var reached []int
	for c := 1; c <= len(s.election.Candidates); c++ {
		stage.Totals = append(stage.Totals, votes(s.totals[c]))
		if s.standing[c] == continuing && s.totals[c] >= s.quota*scottishOne {
			reached = append(reached, c)
		}
	}
	s.elect(stage.Number, s.totals[:], reached)
	for _, c := range reached {
		if s.totals[c] > s.quota*scottishOne {
			s.pending = append(s.pending, c)
		}
	}
	stage.Elected = reached
	s.result.Stages = append(s.result.Stages, stage)
}

// move transfers parcels, each paper to its next available preference and at a new value, and says what went where.
func (s *scottishCount) move(from []parcel, revalue func(int64) int64) []Transfer {
	var all []Transfer
	for _, p := range from {
		value := revalue(p.value)
		var into [MaxCandidates + 1]parcel
		s.take(p.pile, func(kind uint32, at byte, papers int64) {
			to := &into[s.forward(kind, at)]
			to.papers += papers
			s.shelf.put(&to.pile, kind)
		})
		for c := range into {
			if into[c].papers == 0 {
				continue
			}
			into[c].value = value
			v := value * into[c].papers
			if c == 0 {
				s.out += v
			} else {
				s.totals[c] += v
				s.put(c, into[c])
			}
			all = append(all, Transfer{To: c, Value: votes(value), Papers: into[c].papers, Votes: votes(v)})
		}
	}
	return merged(all)
}

// forward takes a paper from the preference that it lies at to its next available preference: the next for somebody who continues. 0 is none.
func (s *scottishCount) forward(kind uint32, c byte) byte {
	for c != 0 && s.standing[c] != continuing {
		s.at[kind]++
		c = s.ballots.preferences[s.at[kind]]
	}
	return c
}

// put gives a candidate a parcel, with papers of the same value where there are any.
func (s *scottishCount) put(c int, p parcel) {
	for k := range s.piles[c] {
		if same := &s.piles[c][k]; same.value == p.value {
			same.pile = s.shelf.join(p.pile, same.pile)
			same.papers += p.papers
			return
		}
	}
	s.piles[c] = append(s.piles[c], p)
}

// merged are transfers by candidate, nobody last, and the more valuable papers first; those of one value are one.
func merged(all []Transfer) []Transfer {
	nobodyLast := func(c int) int {
		if c == 0 {
			return MaxCandidates + 1
		}
		return c
	}
	slices.SortFunc(all, func(a, b Transfer) int {
		return cmp.Or(cmp.Compare(nobodyLast(a.To), nobodyLast(b.To)), cmp.Compare(b.Value.Units, a.Value.Units))
	})
	var one []Transfer
	for _, m := range all {
		if last := len(one) - 1; last >= 0 && one[last].To == m.To && one[last].Value == m.Value {
			one[last].Papers += m.Papers
			one[last].Votes.Units += m.Votes.Units
			continue
		}
		one = append(one, m)
	}
	return one
}

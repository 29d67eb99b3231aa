package tally

import (
	"math"
	"slices"
)

// omega is the surplus below which a round of Meek's rule is settled: a millionth of a vote.
const omega = meekOne / 1_000_000

// Round is one round of a count by Meek's rule.
type Round struct {
	Number      int
	Votes       []Amount // by candidate; meaningless for those whom Out names
	Out         []bool   // by candidate: defeated earlier, or withdrawn
	Quota       Amount
	Surplus     Amount
	Iterations  int
	KeepFactors []Amount // by candidate, as the last iteration used them
	Elected     []int    // in this round, in order
	Defeated    int      // at its end; 0: nobody
}

// meekCount counts by the reference rule for Meek's method of the Proportional Representation Foundation, whose steps are cited by letter.
type meekCount struct {
	*table
	tree  *tree
	keep  [MaxCandidates + 1]int64
	votes [MaxCandidates + 1]int64
	quota int64
}

func countMeek(t *table) {
	t.layOut()
	m := &meekCount{table: t, tree: newTree(t)}
	t.result.Valid = m.tree.branches[root].papers
	t.result.Invalid = t.ballots.papers - t.result.Valid
	for _, c := range t.candidates(continuing) { // step A
		m.keep[c] = meekOne
	}
	m.setQuota(t.result.Valid * meekOne)
	for !m.complete() {
		if !m.round() {
			break
		}
	}
	for c := 1; c <= len(t.election.Candidates); c++ {
		t.result.KeepFactors = append(t.result.KeepFactors, billionths(m.keep[c]))
	}
	t.result.Quota = billionths(m.quota)
}

// complete is steps B.1 and C: all seats are filled, or there is one for everybody who is left.
func (m *meekCount) complete() bool {
	if m.vacancies() <= 0 {
		return true
	}
	left := m.candidates(continuing)
	if len(left) > m.vacancies() {
		return false
	}
	last := len(m.result.Rounds)
	m.elect(max(1, last), m.votes[:], left)
	if last > 0 {
		m.result.Rounds[last-1].Elected = append(m.result.Rounds[last-1].Elected, left...)
	}
	return true
}

// round is step B. It reports false when it needs a lot that is not there.
func (m *meekCount) round() bool {
	r := Round{Number: len(m.result.Rounds) + 1}
	surplus := int64(math.MaxInt64)
	for {
		r.Iterations++
		used := m.keep
		m.distribute()
		r.Elected = m.reached(r.Number)
		before := surplus
		surplus = m.surplus()
		settled := len(r.Elected) > 0 || surplus < omega || r.Iterations > 1 && surplus >= before // step B.2.e
		if settled {
			m.record(&r, used, surplus)
			break
		}
		m.updateKeep()
	}
	if len(r.Elected) > 0 {
		for _, c := range r.Elected {
			m.tree.branchOut(c)
		}
		return true
	}
	return m.defeat(surplus)
}

// distribute is steps B.2.a and B.2.b: it shares every paper out by the keep factors, and sets the quota.
func (m *meekCount) distribute() {
	m.votes = [MaxCandidates + 1]int64{}
	m.tree.share(&m.keep, &m.votes)
	var all int64
	for _, v := range m.votes {
		all += v
	}
	m.setQuota(all)
}

func (m *meekCount) setQuota(votes int64) { m.quota = votes/int64(m.election.Seats+1) + 1 }

// reached is step B.2.c.
func (m *meekCount) reached(round int) []int {
	who := slices.DeleteFunc(m.candidates(continuing), func(c int) bool { return m.votes[c] < m.quota })
	m.elect(round, m.votes[:], who)
	return who
}

// surplus is step B.2.d.
func (m *meekCount) surplus() int64 {
	var sum int64
	for _, c := range m.candidates(elected) {
		sum += m.votes[c] - m.quota
	}
	return max(0, sum)
}

// updateKeep is step B.2.f. A keep factor is never more than 1: nobody keeps more of a paper than there is.
func (m *meekCount) updateKeep() {
	for _, c := range m.candidates(elected) {
		m.keep[c] = min(meekOne, shareUp(shareUp(m.keep[c], m.quota, meekOne), meekOne, m.votes[c]))
	}
}

func (m *meekCount) record(r *Round, used [MaxCandidates + 1]int64, surplus int64) {
	r.Quota, r.Surplus = billionths(m.quota), billionths(surplus)
	for c := 1; c <= len(m.election.Candidates); c++ {
		r.Votes = append(r.Votes, billionths(m.votes[c]))
		r.Out = append(r.Out, m.standing[c] == excluded || m.standing[c] == withdrawn)
		r.KeepFactors = append(r.KeepFactors, billionths(used[c]))
	}
	m.result.Rounds = append(m.result.Rounds, *r)
}

// defeat is steps B.3 and T: the candidate with the lowest vote, with whom all tie who have no more than the total surplus above it.
func (m *meekCount) defeat(surplus int64) bool {
	left := m.candidates(continuing)
	low := int64(math.MaxInt64)
	for _, c := range left {
		low = min(low, m.votes[c])
	}
	tied := slices.DeleteFunc(left, func(c int) bool { return m.votes[c] > low+surplus })
	done := len(m.result.Rounds)
	var earlier []func(int) int64
	for _, r := range slices.Backward(m.result.Rounds[:done-1]) {
		earlier = append(earlier, func(c int) int64 { return r.Votes[c-1].Units })
	}
	c := m.decide(lowest, tied, done, done, earlier)
	if c == 0 {
		return false
	}
	m.exclude(done, c)
	m.result.Rounds[done-1].Defeated = c
	m.keep[c] = 0
	m.tree.cut(c)
	return true
}

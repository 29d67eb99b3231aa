package tally

// tree holds the papers of a count by Meek's rule by the way that they go: through candidates who are elected, each keeping a share, to the
// first who is not, who keeps the rest. Papers that go one way are one branch, so an iteration costs as much as there are ways, and a paper
// is touched again only when the candidate at its end is elected or defeated.
type tree struct {
	*table
	branches []branch
	ends     [MaxCandidates + 1][]int32 // branches that have ended at a candidate
	weights  []int64                    // by branch: what is left of each of its papers, in billionths; reused
}

// branch is the papers that came the same way to one candidate. A branch stands after the one that it grew from.
type branch struct {
	papers    int64
	pile      uint32 // kinds of paper that end here, linked by table.next, plus 1
	parent    int32
	child     int32 // the latest; 0: none, for the root is nobody's child
	sibling   int32 // the one before
	candidate byte
}

const root int32 = 0

// newTree lays every paper at the first preference for somebody who stands.
func newTree(t *table) *tree {
	tr := &tree{table: t, branches: make([]branch, 1)}
	for i := range t.at {
		if tr.grow(root, uint32(i)) { //nolint:gosec // as many as starts, which are counted in 32 bits
			tr.branches[root].papers += int64(t.ballots.weights[i])
		}
	}
	return tr
}

// grow takes a paper onwards from a branch, beginning with the preference that it lies at. It reports whether anybody was there.
func (tr *tree) grow(from int32, i uint32) bool {
	somebody := false
	for {
		c := tr.ballots.preferences[tr.at[i]]
		switch {
		case c == 0:
			return somebody
		case tr.standing[c] == excluded || tr.standing[c] == withdrawn:
			tr.at[i]++
			continue
		}
		somebody = true
		to := tr.to(from, c)
		b := &tr.branches[to]
		b.papers += int64(tr.ballots.weights[i])
		if tr.standing[c] == continuing {
			tr.next[i] = b.pile
			b.pile = i + 1
			return true
		}
		from = to
		tr.at[i]++
	}
}

// to is the branch that goes on to a candidate.
func (tr *tree) to(from int32, c byte) int32 {
	for k := tr.branches[from].child; k != 0; k = tr.branches[k].sibling {
		if tr.branches[k].candidate == c {
			return k
		}
	}
	k := int32(len(tr.branches)) //nolint:gosec // fewer than preferences
	tr.branches = append(tr.branches, branch{parent: from, sibling: tr.branches[from].child, candidate: c})
	tr.branches[from].child = k
	if tr.standing[c] == continuing {
		tr.ends[c] = append(tr.ends[c], k)
	}
	return k
}

// branchOut lets the papers that ended at a candidate go on, for they were elected and keep only a share.
func (tr *tree) branchOut(c int) {
	for _, k := range tr.ends[c] {
		for kind := tr.lift(k); kind != 0; {
			i := kind - 1
			kind = tr.next[i]
			tr.at[i]++
			tr.grow(k, i)
		}
	}
	tr.ends[c] = nil
}

// cut lets the papers that ended at a candidate go past them, for they were defeated.
func (tr *tree) cut(c int) {
	for _, k := range tr.ends[c] {
		tr.branches[k].papers = 0
		for kind := tr.lift(k); kind != 0; {
			i := kind - 1
			kind = tr.next[i]
			tr.grow(tr.branches[k].parent, i)
		}
	}
	tr.ends[c] = nil
}

func (tr *tree) lift(k int32) (pile uint32) {
	pile = tr.branches[k].pile
	tr.branches[k].pile = 0
	return pile
}

// share gives each candidate on the way their part of each paper, to nine places and rounded up, and passes on what is left (step B.2.a).
func (tr *tree) share(keep, votes *[MaxCandidates + 1]int64) {
	tr.weights = append(tr.weights[:0], meekOne)
	for _, b := range tr.branches[1:] {
		left := tr.weights[b.parent]
		kept := (left*keep[b.candidate] + meekOne - 1) / meekOne // both at most 1: the product fits
		votes[b.candidate] += kept * b.papers
		tr.weights = append(tr.weights, left-kept)
	}
}

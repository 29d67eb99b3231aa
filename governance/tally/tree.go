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
	pile      pile // papers that end here
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
		papers := int64(t.ballots.weights[i])
		if tr.grow(root, uint32(i), t.ballots.preferences[t.at[i]], papers) {
			tr.branches[root].papers += papers
		}
	}
	return tr
}

// grow takes papers onwards from a branch, beginning with the preference that they lie at. It reports whether anybody was there.
func (tr *tree) grow(from int32, kind uint32, c byte, papers int64) bool {
	somebody := false
	for c != 0 {
		if s := tr.standing[c]; s == continuing || s == elected {
			somebody = true
			from = tr.to(from, c)
			b := &tr.branches[from]
			b.papers += papers
			if s == continuing {
				tr.shelf.put(&b.pile, kind)
				return true
			}
		}
		tr.at[kind]++
		c = tr.ballots.preferences[tr.at[kind]]
	}
	return somebody
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
		tr.take(tr.lift(k), func(kind uint32, _ byte, papers int64) {
			tr.at[kind]++
			tr.grow(k, kind, tr.ballots.preferences[tr.at[kind]], papers)
		})
	}
	tr.ends[c] = nil
}

// cut lets the papers that ended at a candidate go past them, for they were defeated.
func (tr *tree) cut(c int) {
	for _, k := range tr.ends[c] {
		tr.branches[k].papers = 0
		parent := tr.branches[k].parent
		tr.take(tr.lift(k), func(kind uint32, at byte, papers int64) {
			tr.grow(parent, kind, at, papers)
		})
	}
	tr.ends[c] = nil
}

func (tr *tree) lift(k int32) pile {
	p := tr.branches[k].pile
	tr.branches[k].pile = 0
	return p
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

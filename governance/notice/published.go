package notice

import "slices"

// FewestPeople is how many people a published number stands for at least.
const FewestPeople = 10

// farthest is the last degree that has a cell of its own; those beyond are in it.
const farthest Told = 5

// cells are always the same, so that a cell that is missing tells nothing.
var cells = []Told{Pays, 1, 2, 3, 4, farthest, ThreeOrMore}

// Cell is how many people are told the same.
type Cell struct {
	Told   Told
	Last   bool // this many steps, or more
	Hidden bool // fewer than FewestPeople, or hidden so that these cannot be worked out
	People int  // 0 when hidden
}

// cellOf is the cell that somebody is counted in.
func cellOf(t Told) Told { return min(t, farthest) }

// published is a histogram as everybody may see it. Where one small cell is hidden, others go with it until there are at least two and at
// least FewestPeople in them: whoever knows how many people there are in all must not get a small one by taking away.
func published(people map[Told]int) []Cell {
	counted := map[Told]int{}
	for t, n := range people {
		counted[cellOf(t)] += n
	}
	all := make([]Cell, len(cells))
	order := make([]int, len(cells)) // of cells, the smallest first
	for i, t := range cells {
		all[i], order[i] = Cell{Told: t, Last: t == farthest, People: counted[t]}, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return all[a].People - all[b].People })
	hidden, among := 0, 0
	for _, i := range order {
		if c := &all[i]; c.People < FewestPeople || hidden > 0 && (hidden < 2 || among < FewestPeople) {
			hidden, among = hidden+1, among+c.People
			c.Hidden, c.People = true, 0
		}
	}
	return all
}

package participation

import (
	"slices"

	"folkmoot/governance/member"
)

// Stand is what a member says to somebody else's comment.
type Stand string

const (
	Agree    Stand = "agree"
	Disagree Stand = "disagree"
	Pass     Stand = "pass"
)

// Stands are all that there are.
var Stands = []Stand{Agree, Disagree, Pass}

// Smallest is the smallest number that is told of what members answered. Whatever is smaller could be somebody.
const Smallest = 10

// Hidden stands for a number that is not told.
const Hidden = -1

// Tally is how members answered a comment: a number, or Hidden.
type Tally struct {
	All     map[Stand]int
	ByClass map[member.Class]map[Stand]int // "": members who vote in no class
}

// Silent reports whether nothing of it is told.
func (t Tally) Silent() bool {
	for _, n := range t.All {
		if n != Hidden {
			return false
		}
	}
	return true
}

var noClass member.Class // of members who vote in none

// tallied are all whose numbers are told apart.
var tallied = append(slices.Clone(member.AllClasses), noClass)

// publishable hides what could be worked out about few people. All numbers of one answer, over the classes, are told, or some are hidden: then they are two
// at least, and together no fewer than Smallest, so that taking the others from the total gives nobody away.
func publishable(counted map[member.Class]map[Stand]int) Tally {
	t := Tally{All: map[Stand]int{}, ByClass: map[member.Class]map[Stand]int{}}
	for _, class := range tallied {
		t.ByClass[class] = map[Stand]int{}
	}
	for _, stand := range Stands {
		cells, all := make([]int, len(tallied)), 0
		for i, class := range tallied {
			cells[i] = counted[class][stand]
			all += cells[i]
		}
		if all < Smallest {
			all = Hidden
		}
		t.All[stand] = all
		for i, hides := range hidden(cells) {
			t.ByClass[tallied[i]][stand] = cells[i]
			if hides {
				t.ByClass[tallied[i]][stand] = Hidden
			}
		}
	}
	return t
}

// hidden says which cells of a sum that is told are not to be.
func hidden(cells []int) []bool {
	hides, n, sum := make([]bool, len(cells)), 0, 0
	hide := func(i int) {
		hides[i] = true
		n, sum = n+1, sum+cells[i]
	}
	for i, c := range cells {
		if c < Smallest {
			hide(i)
		}
	}
	for n > 0 && n < len(cells) && (n == 1 || sum < Smallest) {
		least := -1
		for i, c := range cells {
			if !hides[i] && (least < 0 || c < cells[least]) {
				least = i
			}
		}
		hide(least)
	}
	return hides
}

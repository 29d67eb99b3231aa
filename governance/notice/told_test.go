package notice

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// old is a place of an account that is told what it is: old, with contacts enough.
func old(counted, hidden int32) place {
	return place{counted: counted, hidden: hidden, contacts: LeastContacts, age: LeastAge}
}

func TestWhatEachIsTold(t *testing.T) {
	young, lonely := old(1, 1), old(1, 1)
	young.age--
	lonely.contacts--
	youngPayer := place{counted: 4, hidden: 0}
	for _, c := range []struct {
		what string
		at   place
		want Told
	}{
		{"who pays and lets contacts know", old(0, 3), Pays},
		{"who pays and does not", old(3, 0), Pays},
		{"who pays, and has just come", youngPayer, Pays},
		{"who has a contact who agreed", old(1, 1), 1},
		{"who has a contact who did not agree", old(-1, 1), 2},
		{"who has a contact who did not agree, and one two steps away who did", old(2, 1), 2},
		{"who is two steps from somebody who agreed", old(2, 5), 2},
		{"who is two steps from somebody who did not agree", old(-1, 2), 3},
		{"who is far away", old(9, -1), 9},
		{"who reaches nobody", old(-1, -1), ThreeOrMore},
		{"whose account is 89 days old", young, ThreeOrMore},
		{"who has four contacts", lonely, ThreeOrMore},
	} {
		if got := c.at.told(); got != c.want {
			t.Errorf("%s is told %d, want %d", c.what, got, c.want)
		}
	}
}

// world is who knows whom, who pays, and who lets contacts know it.
type world struct {
	nodes  int
	edges  [][2]uint32
	pays   map[uint32]bool
	agrees map[uint32]bool
}

// tell is what each is told, all of them old enough.
func (w world) tell(t *testing.T) []Told { return w.by(t, place.told) }

func (w world) by(t *testing.T, say func(place) Told) []Told {
	t.Helper()
	g, err := NewGraph(w.nodes, func(yield func(a, b uint32) bool) error {
		for _, e := range w.edges {
			if !yield(e[0], e[1]) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var counted, hidden []uint32
	for n := range uint32(w.nodes) { //nolint:gosec // small
		switch {
		case w.pays[n] && w.agrees[n]:
			counted = append(counted, n)
		case w.pays[n]:
			hidden = append(hidden, n)
		}
	}
	near, far := g.Degrees(counted), g.Degrees(hidden)
	all := make([]Told, w.nodes)
	for n := range all {
		all[n] = say(place{near[n], far[n], int(g.Neighbours()[n]), LeastAge})
	}
	return all
}

// TestNobodyCanTellWhoPaysWithoutAgreeing is the attack with sibling accounts: somebody has k accounts, makes them contacts of each other as
// they like, of the one they are curious about, and of whom else they can get; has some of them pay; and compares all that they are told.
//
// What the rules let them learn of a target who takes part is how far it is, as by their accounts next to it: "agreed to be counted and pays",
// "pays without agreeing, or has a contact who pays and agreed", two steps, and so on. What they must not learn is which of the two in the
// second: so every world in which the target pays and did not agree has a twin in which it does not pay, and has a contact of its own who
// does and agreed; and whatever the attacker's accounts and everybody else are told is the same in both.
func TestNobodyCanTellWhoPaysWithoutAgreeing(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	told := map[Told]int{}
	for range 2000 {
		const target, friend = 0, 1 // the friend is a contact of nobody else, and in the first world of nobody
		w := world{nodes: 2 + 10 + rnd.IntN(30), pays: map[uint32]bool{}, agrees: map[uint32]bool{}}
		others := w.nodes - 2
		for range others * (1 + rnd.IntN(4)) {
			a, b := 2+rnd.IntN(others), 2+rnd.IntN(others)
			w.edges = append(w.edges, [2]uint32{uint32(a), uint32(b)}) //nolint:gosec // small
		}
		for range 1 + rnd.IntN(4) {
			w.edges = append(w.edges, [2]uint32{target, uint32(2 + rnd.IntN(others))}) //nolint:gosec // small
		}
		for n := range others {
			w.pays[uint32(2+n)], w.agrees[uint32(2+n)] = rnd.IntN(12) == 0, rnd.IntN(2) == 0
		}
		first, second := w, w
		first.pays, second.pays = maps.Clone(w.pays), maps.Clone(w.pays)
		first.pays[target] = true
		second.pays[friend], second.agrees[friend] = true, true
		second.edges = append(slices.Clip(second.edges), [2]uint32{target, friend})
		one, two := first.tell(t), second.tell(t)
		for n := 2; n < w.nodes; n++ {
			told[one[n]]++
			if one[n] != two[n] {
				t.Fatalf("seed %d: account %d is told %d if the target pays, and %d if a contact of the target does", seed, n, one[n], two[n])
			}
		}
	}
	if told[2] == 0 || told[3] == 0 || told[ThreeOrMore] == 0 {
		t.Errorf("the worlds show too little: %v", told)
	}
}

// Two accounts in a row, each with siblings enough, are what the plain rule of "at least two" falls to: the second would be told 2 if the
// target pays, and 3 if it only has a contact who does.
func TestTwoSiblingsInARowLearnNoMoreThanOne(t *testing.T) {
	// 0 is the target, 1 and 2 the attacker's in a row, 3 to 6 siblings of both, 7 the target's contact.
	w := world{nodes: 8, edges: [][2]uint32{{0, 1}, {1, 2}, {0, 7}}, pays: map[uint32]bool{}, agrees: map[uint32]bool{7: true}}
	for s := uint32(3); s < 7; s++ {
		w.edges = append(w.edges, [2]uint32{1, s}, [2]uint32{2, s})
	}
	w.pays[0] = true
	pays := w.tell(t)
	w.pays = map[uint32]bool{7: true}
	knows := w.tell(t)
	if got, want := fmt.Sprint(pays[1:3], knows[1:3]), "[2 3] [2 3]"; got != want {
		t.Errorf("the two are told %s, want %s", got, want)
	}
}

// Somebody who does not take part is not in the graph: whether they pay, and whom they know, changes nothing that anybody is told.
func TestWhoAgreedCountsForContactsAlone(t *testing.T) {
	w := world{nodes: 7, edges: [][2]uint32{{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {1, 6}}, pays: map[uint32]bool{1: true}, agrees: map[uint32]bool{1: true}}
	if got := w.tell(t)[0]; got != 1 {
		t.Errorf("a contact of somebody who agreed is told %d", got)
	}
	w.agrees = nil
	if got := w.tell(t)[0]; got != 2 {
		t.Errorf("a contact of somebody who took that back is told %d", got)
	}
}

// Once somebody has taken it back, what is told from then on is what it would be had nobody agreed: so it does not show that somebody had.
func TestWhatIsTakenBackLeavesNoTrace(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	differs := 0
	for range 500 {
		w := world{nodes: 10 + rnd.IntN(30), pays: map[uint32]bool{}, agrees: map[uint32]bool{}}
		for range w.nodes * (1 + rnd.IntN(4)) {
			w.edges = append(w.edges, [2]uint32{uint32(rnd.IntN(w.nodes)), uint32(rnd.IntN(w.nodes))}) //nolint:gosec // small
		}
		for n := range uint32(w.nodes) { //nolint:gosec // small
			w.pays[n], w.agrees[n] = rnd.IntN(12) == 0, rnd.IntN(2) == 0
		}
		back, told := w.by(t, place.guarded), w.tell(t)
		w.agrees = nil
		for n, want := range w.tell(t) {
			if back[n] != want {
				t.Fatalf("seed %d: %d is told %d once it was taken back, and %d where nobody agreed", seed, n, back[n], want)
			}
			if told[n] != want {
				differs++
			}
		}
	}
	if differs == 0 {
		t.Error("agreeing made no difference anywhere")
	}
}

func TestSmallNumbersAreNotPublishedNorWorkedOut(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	for range 5000 {
		people := map[Told]int{}
		for _, told := range []Told{ThreeOrMore, 0, 1, 2, 3, 4, 5, 6, 9, 40} {
			people[told] = rnd.IntN([]int{3, 15, 200}[rnd.IntN(3)])
		}
		hidden, among, shown, all := 0, 0, 0, 0
		for _, n := range people {
			all += n
		}
		cells := published(people)
		for _, c := range cells {
			switch {
			case c.Hidden && c.People != 0:
				t.Fatalf("seed %d: a hidden cell says %d", seed, c.People)
			case !c.Hidden && c.People < FewestPeople:
				t.Fatalf("seed %d: %d people are shown", seed, c.People)
			case c.Hidden:
				hidden++
			}
			shown += c.People
		}
		among = all - shown // what somebody who knows the total works out
		if hidden == 1 || hidden > 0 && hidden < len(cells) && among < FewestPeople {
			t.Fatalf("seed %d: %v gives %d people in %d hidden cells back", seed, people, among, hidden)
		}
	}
}

func TestAHistogramHasAlwaysTheSameCells(t *testing.T) {
	if few, many := len(published(nil)), len(published(map[Told]int{0: 100, 40: 100})); few != many {
		t.Errorf("%d cells of nobody, %d of many", few, many)
	}
	for _, c := range published(map[Told]int{0: 100, 2: 12, 5: 7, 6: 14, 30: 9}) {
		if c.Told == farthest && (c.Hidden || c.People != 30) {
			t.Errorf("five steps and more: %+v", c)
		}
	}
}

package notice_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/notice"
)

// told is a list of edges as NewGraph asks for them.
func told(edges [][2]uint32) func(yield func(a, b uint32) bool) error {
	return func(yield func(a, b uint32) bool) error {
		for _, e := range edges {
			if !yield(e[0], e[1]) {
				break
			}
		}
		return nil
	}
}

func graphOf(t *testing.T, nodes int, edges [][2]uint32) *notice.Graph {
	t.Helper()
	g, err := notice.NewGraph(nodes, told(edges))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestADegreeIsTheShortestWayToSomebodyWhoPays(t *testing.T) {
	line := [][2]uint32{{0, 1}, {1, 2}, {2, 3}, {3, 4}}
	for _, c := range []struct {
		name   string
		nodes  int
		edges  [][2]uint32
		payers []uint32
		want   []int32
	}{
		{"who pays is 0, whose contact pays is 1", 5, line, []uint32{0}, []int32{0, 1, 2, 3, 4}},
		{"the nearest of several counts", 5, line, []uint32{0, 4}, []int32{0, 1, 2, 1, 0}},
		{"a payer told twice is one", 5, line, []uint32{2, 2}, []int32{2, 1, 0, 1, 2}},
		{"nobody pays", 5, line, nil, []int32{-1, -1, -1, -1, -1}},
		{"everybody pays", 5, line, []uint32{4, 3, 2, 1, 0}, []int32{0, 0, 0, 0, 0}},
		{"who has no contacts is reached by nobody", 7, line, []uint32{1}, []int32{1, 0, 1, 2, 3, -1, -1}},
		{"who has no contacts and pays is 0", 7, line, []uint32{6}, []int32{-1, -1, -1, -1, -1, -1, 0}},
		{"oneself is no contact", 3, [][2]uint32{{0, 0}, {0, 1}, {2, 2}}, []uint32{0}, []int32{0, 1, -1}},
		{"said twice, and either way round, is said once", 3, [][2]uint32{{0, 1}, {1, 0}, {0, 1}, {1, 2}}, []uint32{0}, []int32{0, 1, 2}},
		{"an empty graph", 0, nil, nil, []int32{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, graphOf(t, c.nodes, c.edges).Degrees(c.payers)); diff != "" {
				t.Errorf("degrees (-want +got):\n%s", diff)
			}
		})
	}
}

// plain is the search as it is taught, with one queue and no arrays of ours.
func plain(nodes int, edges [][2]uint32, payers []uint32) []int32 {
	contacts := map[uint32][]uint32{}
	for _, e := range edges {
		contacts[e[0]], contacts[e[1]] = append(contacts[e[0]], e[1]), append(contacts[e[1]], e[0])
	}
	degrees := make([]int32, nodes)
	for n := range degrees {
		degrees[n] = -1
	}
	var queue []uint32
	for _, p := range payers {
		if degrees[p] < 0 {
			degrees[p], queue = 0, append(queue, p)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, other := range contacts[queue[0]] {
			if degrees[other] < 0 {
				degrees[other], queue = degrees[queue[0]]+1, append(queue, other)
			}
		}
	}
	return degrees
}

func TestDegreesOfRandomGraphsAreThoseOfAPlainSearch(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // dice
	for round := range 300 {
		nodes := 1 + dice.Uint32N(400)
		if round%100 == 0 {
			nodes *= 1000 // on several sheets
		}
		edges := make([][2]uint32, dice.Uint32N(3*nodes)) // from scattered to one piece
		for i := range edges {
			edges[i] = [2]uint32{dice.Uint32N(nodes), dice.Uint32N(nodes)}
		}
		payers := make([]uint32, dice.Uint32N(1+nodes/(1+dice.Uint32N(nodes))))
		for i := range payers {
			payers[i] = dice.Uint32N(nodes)
		}
		got := graphOf(t, int(nodes), edges).Degrees(payers)
		if diff := cmp.Diff(plain(int(nodes), edges, payers), got); diff != "" {
			t.Fatalf("%d nodes, %d edges, %d payers (-plain +got):\n%s", nodes, len(edges), len(payers), diff)
		}
	}
}

// A long way has a step for each of its nodes, and few on the frontier; the wide end of it is asked from below.
func TestDegreesOfALongWayAreThoseOfAPlainSearch(t *testing.T) {
	const nodes = 100_000
	var edges [][2]uint32
	for n := range uint32(nodes - 1) {
		edges = append(edges, [2]uint32{n * 7919 % nodes, (n + 1) * 7919 % nodes}, [2]uint32{n / 2, 7919 * (n % 9)})
	}
	for _, way := range [][][2]uint32{edges, edges[:nodes/2], edges[nodes:]} {
		if diff := cmp.Diff(plain(nodes, way, []uint32{7919 * 4}), graphOf(t, nodes, way).Degrees([]uint32{7919 * 4})); diff != "" {
			t.Errorf("degrees (-plain +got):\n%s", diff)
		}
	}
}

func TestAnEdgeMakesANeighbourOfBothItsEnds(t *testing.T) {
	g := graphOf(t, 4, [][2]uint32{{0, 1}, {2, 0}, {3, 3}})
	if diff := cmp.Diff([]uint32{2, 1, 1, 0}, g.Neighbours()); diff != "" {
		t.Errorf("neighbours (-want +got):\n%s", diff)
	}
}

func TestAGraphCanBeAskedAgain(t *testing.T) {
	g := graphOf(t, 6, [][2]uint32{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {5, 4}})
	for _, source := range []uint32{5, 0, 3, 0} {
		want := make([]int32, 6)
		for n := range want {
			want[n] = int32(max(int(source)-n, n-int(source))) //nolint:gosec // few
		}
		if diff := cmp.Diff(want, g.Degrees([]uint32{source})); diff != "" {
			t.Errorf("degrees from %d (-want +got):\n%s", source, diff)
		}
	}
}

func TestEdgesThatFailOrLeadOutFailTheGraph(t *testing.T) {
	if _, err := notice.NewGraph(2, told([][2]uint32{{0, 2}})); !errors.Is(err, notice.ErrNoSuchNode) {
		t.Errorf("to a node that is not there: %v", err)
	}
	broken := errors.New("the database is gone")
	if _, err := notice.NewGraph(2, func(func(a, b uint32) bool) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("edges that cannot be had: %v", err)
	}
}

func TestAHistogramNamesEveryDegreeInOrder(t *testing.T) {
	h := notice.NewHistogram([]int32{0, 1, 1, 2, -1, 2, 2, 11, 10, 9, 8, 7, 6, 5, 4, 3})
	got, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"0":1,"1":2,"2":3,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"10":1,"11":1,"unreachable":1}`
	if string(got) != want || h.Max != 11 {
		t.Errorf("got %s, max %d, want %s, max 11", got, h.Max, want)
	}
	if none, err := json.Marshal(notice.NewHistogram([]int32{-1})); err != nil || string(none) != `{"unreachable":1}` {
		t.Errorf("nobody reached: %s, %v", none, err)
	}
}

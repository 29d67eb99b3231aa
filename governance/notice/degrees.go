// Package notice tells each person once a year how far they are from somebody who pays dues, and who pays for the service.
package notice

import (
	"errors"
	"fmt"
)

// MaxEdges is how many edges a graph may have: each is kept twice, once for either end.
const MaxEdges = 1<<31 - 1

// What is wrong with edges.
var (
	ErrEdgesMoved   = errors.New("the edges were others when they were asked for a second time")
	ErrTooManyEdges = fmt.Errorf("there are more than %d edges", MaxEdges)
	ErrNoSuchNode   = errors.New("an edge leads to a node that is not in the graph")
)

// Graph is an undirected graph in two arrays (CSR): the neighbours of node n are ends[starts[n]:starts[n+1]].
// Starts has two more than there are nodes: while the graph is made, each node's own count and place are further on.
type Graph struct {
	starts []uint32
	ends   []uint32
}

// NewGraph makes the graph of nodes 0 to nodes-1. It asks for the edges twice, to count and to fill, so that nobody holds them besides the
// graph: they must be the same both times, in any order. A node's edge to itself is left out; an edge told twice is there twice, which
// changes no degree.
func NewGraph(nodes int, edges func(yield func(a, b uint32) bool) error) (*Graph, error) {
	g := &Graph{starts: make([]uint32, nodes+2)}
	counted, err := told(nodes, edges, g.count)
	if err != nil {
		return nil, err
	}
	g.room()
	filled, err := told(nodes, edges, g.put)
	if err != nil {
		return nil, err
	}
	if filled != counted {
		return nil, ErrEdgesMoved
	}
	return g, nil
}

// telling is a sum over edges, in whatever order they come: the same for the same edges, and hardly ever for others.
type telling struct {
	edges int
	mark  uint64
}

func (t *telling) add(a, b uint64) {
	t.edges++
	t.mark += mixed(mixed(min(a, b)) + max(a, b))
}

func (t *telling) addAll(ids []uint64) {
	for i := 0; i+1 < len(ids); i += 2 {
		if ids[i] != ids[i+1] {
			t.add(ids[i], ids[i+1])
		}
	}
}

// mixed is the last step of SplitMix64: each bit of x moves half of the result's.
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// told passes edges on until one is refused, and says which they were.
func told(nodes int, edges func(yield func(a, b uint32) bool) error, take func(a, b uint32) error) (t telling, err error) {
	var refused error
	err = edges(func(a, b uint32) bool {
		switch {
		case int(max(a, b)) >= nodes:
			refused = ErrNoSuchNode
		case t.edges == MaxEdges:
			refused = ErrTooManyEdges
		case a != b:
			t.add(uint64(a), uint64(b))
			refused = take(a, b)
		}
		return refused == nil
	})
	if refused != nil {
		return t, refused
	}
	return t, err
}

// count notes the room that an edge needs: while counting, starts[n+2] is how many neighbours n has.
func (g *Graph) count(a, b uint32) error {
	g.starts[a+2]++
	g.starts[b+2]++
	return nil
}

// room turns counts into places: while filling, starts[n+1] is where the next neighbour of n goes.
func (g *Graph) room() {
	var all uint32
	for i, n := range g.starts {
		all += n
		g.starts[i] = all
	}
	g.ends = make([]uint32, all)
}

// put fills; what does not fit was not counted.
func (g *Graph) put(a, b uint32) error {
	at, to := &g.starts[a+1], &g.starts[b+1]
	if int(*at) >= len(g.ends) || int(*to) >= len(g.ends) {
		return ErrEdgesMoved
	}
	g.ends[*at], g.ends[*to] = b, a
	*at++
	*to++
	return nil
}

// Nodes is how many nodes there are.
func (g *Graph) Nodes() int { return len(g.starts) - 2 }

// Neighbours are the nodes that n has an edge with. They are the graph's own: do not change them.
func (g *Graph) Neighbours(n uint32) []uint32 { return g.ends[g.starts[n]:g.starts[n+1]] }

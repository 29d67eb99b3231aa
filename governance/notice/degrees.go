// Package notice tells each person once a year how far they are from somebody who pays dues, and who pays for the service.
package notice

import "errors"

// ErrNoSuchNode is what is wrong with an edge.
var ErrNoSuchNode = errors.New("an edge leads to a node that is not in the graph")

// Graph is an undirected graph in arrays (CSR), band by band.
type Graph struct {
	nodes int
	bands []band
}

// band is so many nodes in a row: the neighbours of its node n are ends[starts[n]:starts[n+1]].
type band struct {
	starts *[bandNodes + 1]uint32
	ends   []uint32
}

// NewGraph makes the graph of nodes 0 to nodes-1. A node's edge to itself is left out; an edge told twice is there twice, which changes no
// degree.
func NewGraph(nodes int, edges func(yield func(a, b uint32) bool) error) (*Graph, error) {
	d := newDraft(nodes)
	p := d.pen()
	var refused error
	err := edges(func(a, b uint32) bool {
		if int(max(a, b)) >= nodes {
			refused = ErrNoSuchNode
		} else if a != b {
			p.edge(a, b)
		}
		return refused == nil
	})
	if err := errors.Join(refused, err); err != nil {
		return nil, err
	}
	return d.graph(nodes), nil
}

// Nodes is how many nodes there are.
func (g *Graph) Nodes() int { return g.nodes }

// Neighbours are the nodes that n has an edge with. They are the graph's own: do not change them.
func (g *Graph) Neighbours(n uint32) []uint32 {
	b, n := &g.bands[n/bandNodes], n%bandNodes
	return b.ends[b.starts[n]:b.starts[n+1]]
}

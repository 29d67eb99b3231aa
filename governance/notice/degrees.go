// Package notice tells each person once a year how far they are from those who pay dues, and who pays for the service.
package notice

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrNoSuchNode is what is wrong with an edge.
var ErrNoSuchNode = errors.New("an edge leads to a node that is not in the graph")

// Graph is an undirected graph: its edges, as they were told. Nobody but one goroutine may use it at a time.
type Graph struct {
	nodes  int
	sheets []sheet
}

// edge is one end above and the other below. sheet is some of the edges, in any order.
type (
	edge  uint64
	sheet []edge
)

func (e edge) ends() (a, b uint32) { return uint32(e >> 32), uint32(e) } //nolint:gosec // the half that is below

// NewGraph makes the graph of nodes 0 to nodes-1. A node's edge to itself is left out; an edge told twice is there twice, which changes no
// degree.
func NewGraph(nodes int, edges func(yield func(a, b uint32) bool) error) (*Graph, error) {
	var d draft
	p := d.pen()
	var refused error
	err := edges(func(a, b uint32) bool {
		if int(max(a, b)) >= nodes {
			refused = ErrNoSuchNode
		} else {
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

// Neighbours says how many each node has. An edge told twice counts twice.
func (g *Graph) Neighbours() []uint32 { return neighbours(g.nodes, g.sheets) }

func neighbours(nodes int, sheets []sheet) []uint32 {
	counts := make([]uint32, nodes)
	shared(len(sheets), 1, func(from, _ int) {
		for _, e := range sheets[from] {
			a, b := e.ends()
			atomic.AddUint32(&counts[a], 1)
			atomic.AddUint32(&counts[b], 1)
		}
	})
	return counts
}

// draft is a graph while several goroutines tell its edges, each with its own pen.
type draft struct {
	mu   sync.Mutex
	pens []*pen // guarded by mu
}

type pen struct {
	full []sheet
	last sheet
}

const sheetEdges = 1 << 16

func (d *draft) pen() *pen {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pens = append(d.pens, new(pen))
	return d.pens[len(d.pens)-1]
}

// edge puts an edge down, unless it leads from a node to itself.
func (p *pen) edge(a, b uint32) {
	if a == b {
		return
	}
	if len(p.last) == cap(p.last) {
		p.turn()
	}
	p.last = append(p.last, edge(a)<<32|edge(b))
}

func (p *pen) turn() {
	if p.last != nil {
		p.full = append(p.full, p.last)
	}
	p.last = make(sheet, 0, sheetEdges)
}

// graph is of all that was put down; no pen is held any more.
func (d *draft) graph(nodes int) *Graph {
	g := &Graph{nodes: nodes}
	for _, p := range d.pens {
		g.sheets = slices.Concat(g.sheets, p.full, []sheet{p.last})
	}
	return g
}

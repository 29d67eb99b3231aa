package notice

import (
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Unreachable is the degree of a node that is connected to no source.
const Unreachable = -1

// Degrees is how far each node is from the source that is nearest to it: 0 for the sources themselves, Unreachable where no path leads.
// Sources must be nodes; one told twice is one.
func (g *Graph) Degrees(sources []uint32) []int32 {
	s := newSearch(g, sources)
	for degree := int32(1); len(s.frontier) > 0; degree++ {
		if len(s.frontier) > s.left/manyOf {
			s.frontier = s.fromBelow(degree)
		} else {
			s.frontier = s.fromAbove(degree)
		}
	}
	return s.degrees
}

// manyOf decides which way a step is taken: with more than 1 in 16 of those left on the frontier, it is quicker to ask each that is left for a
// neighbour who was reached than to ask each on the frontier for all neighbours.
const manyOf = 16

// search is a breadth-first search from many sources at once.
type search struct {
	*Graph
	degrees  []int32
	reached  []uint64 // a bit a node: it has a degree
	frontier []uint32 // who was reached in the last step
	left     int      // how many were not reached
}

func newSearch(g *Graph, sources []uint32) *search {
	s := &search{Graph: g, degrees: make([]int32, g.Nodes()), reached: make([]uint64, (g.Nodes()+63)/64), left: g.Nodes()}
	for n := range s.degrees {
		s.degrees[n] = Unreachable
	}
	for _, n := range sources {
		s.frontier = s.reach(n, 0, s.frontier)
	}
	return s
}

// reach gives a node its degree unless it has one.
func (s *search) reach(n uint32, degree int32, next []uint32) []uint32 {
	if s.has(n) {
		return next
	}
	s.reached[n/64] |= 1 << (n % 64)
	s.degrees[n] = degree
	s.left--
	return append(next, n)
}

func (s *search) has(n uint32) bool { return s.reached[n/64]&(1<<(n%64)) != 0 }

func (s *search) fromAbove(degree int32) (next []uint32) {
	for _, n := range s.frontier {
		for _, other := range s.Neighbours(n) {
			next = s.reach(other, degree, next)
		}
	}
	return next
}

// stretch is how many words of 64 nodes a goroutine takes at once.
const stretch = 256

// fromBelow asks all that are left, on every core. Until all have been asked, reached is only read: a neighbour with a bit in it was reached
// in the step before, or this node would have been too.
func (s *search) fromBelow(degree int32) []uint32 {
	found := make([][]uint32, runtime.GOMAXPROCS(0))
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range found {
		all.Go(func() {
			for {
				from := int(taken.Add(stretch)) - stretch
				if from >= len(s.reached) {
					return
				}
				found[i] = s.ask(from, min(from+stretch, len(s.reached)), found[i])
			}
		})
	}
	all.Wait()
	next := s.frontier[:0]
	for _, f := range found {
		for _, n := range f {
			next = s.reach(n, degree, next)
		}
	}
	return next
}

// ask adds those among some words' nodes that have a neighbour who was reached.
func (s *search) ask(from, to int, found []uint32) []uint32 {
	for word := from; word < to; word++ {
		for left := ^s.reached[word]; left != 0; left &= left - 1 {
			n := uint32(word*64 + bits.TrailingZeros64(left)) //nolint:gosec // there are fewer nodes than 2^32
			if int(n) < len(s.degrees) && s.near(n) {
				found = append(found, n)
			}
		}
	}
	return found
}

func (s *search) near(n uint32) bool {
	return slices.ContainsFunc(s.Neighbours(n), s.has)
}

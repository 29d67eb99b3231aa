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
	s := newSearch(g)
	for _, n := range sources {
		s.frontier = s.reach(n, 0, s.frontier)
	}
	found := len(s.frontier)
	for degree := int32(1); found > 0; degree++ {
		if s.left -= found; found > s.left/manyOf {
			found = s.fromBelow(degree)
		} else {
			found = s.fromAbove(degree)
		}
	}
	return s.degrees
}

const (
	// manyOf decides which way a step is taken: with more than 1 in 16 of those left on the frontier, it is quicker to ask each that is left
	// for a neighbour who was reached than to ask each on the frontier for all neighbours.
	manyOf = 16
	// words and nodes are what a goroutine takes at once: words of 64 nodes from below, nodes of the frontier from above.
	words, nodes = 256, 1024
)

// search is a breadth-first search from many sources at once. A node's degree is set by whoever sets its bit.
type search struct {
	*Graph
	degrees  []int32
	reached  []uint64 // a bit a node: it has a degree
	near     []uint64 // a bit a node: it was found from below, in the step that runs
	frontier []uint32 // who was reached in the last step; nil: who is in near
	left     int      // how many were not reached
}

func newSearch(g *Graph) *search {
	full := (g.Nodes() + 63) / 64
	return &search{
		Graph: g, degrees: slices.Repeat([]int32{Unreachable}, g.Nodes()), reached: make([]uint64, full), near: make([]uint64, full), left: g.Nodes(),
	}
}

func (s *search) has(n uint32) bool { return s.reached[n/64]&(1<<(n%64)) != 0 }

// reach gives a node its degree unless it has one.
func (s *search) reach(n uint32, degree int32, next []uint32) []uint32 {
	word, bit := &s.reached[n/64], uint64(1)<<(n%64)
	if atomic.LoadUint64(word)&bit != 0 || atomic.OrUint64(word, bit)&bit != 0 {
		return next
	}
	s.degrees[n] = degree
	return append(next, n)
}

// fromAbove asks all on the frontier.
func (s *search) fromAbove(degree int32) int {
	if s.frontier == nil {
		s.frontier = s.found()
	}
	var mu sync.Mutex
	var next []uint32 // guarded by mu
	shared(len(s.frontier), nodes, func(from, to int) {
		var found []uint32
		for _, n := range s.frontier[from:to] {
			for _, other := range s.Neighbours(n) {
				found = s.reach(other, degree, found)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		next = append(next, found...)
	})
	s.frontier = next
	return len(next)
}

// fromBelow asks all that are left. Until all have been asked, reached is only read: a neighbour with a bit in it was reached before this
// step, and in the one before, or this node would have been too.
func (s *search) fromBelow(degree int32) (found int) {
	shared(len(s.reached), words, func(from, to int) {
		for word := from; word < to; word++ {
			s.near[word] = s.ask(word, degree)
		}
	})
	for word, near := range s.near {
		s.reached[word] |= near
		found += bits.OnesCount64(near)
	}
	s.frontier = nil
	return found
}

// ask gives a degree to those of a word that have a neighbour who was reached, and says who they are.
func (s *search) ask(word int, degree int32) (near uint64) {
	for left := ^s.reached[word]; left != 0; left &= left - 1 {
		n := uint32(word*64 + bits.TrailingZeros64(left)) //nolint:gosec // there are fewer nodes than 2^32
		if int(n) < len(s.degrees) && slices.ContainsFunc(s.Neighbours(n), s.has) {
			near |= 1 << (n % 64)
			s.degrees[n] = degree
		}
	}
	return near
}

// found lists who was found from below.
func (s *search) found() (all []uint32) {
	for word, near := range s.near {
		for ; near != 0; near &= near - 1 {
			all = append(all, uint32(word*64+bits.TrailingZeros64(near))) //nolint:gosec // there are fewer nodes than 2^32
		}
	}
	return all
}

// shared does some work in pieces, on every core if there is more than one piece.
func shared(all, piece int, do func(from, to int)) {
	if all <= piece {
		do(0, all)
		return
	}
	var next atomic.Int64
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for to := int(next.Add(int64(piece))); to-piece < all; to = int(next.Add(int64(piece))) {
				do(to-piece, min(to, all))
			}
		})
	}
	work.Wait()
}

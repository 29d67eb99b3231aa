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
// Sources must be nodes; one told twice is one. It is a breadth-first search from all of them at once.
//
// Among people it takes a handful of steps, and to put a hundred million edges in order by their ends takes longer than to look at all of
// them several times. So each step sweeps over the edges as they were told, and lays those aside whose ends are both reached. Only where that
// goes on for too long, because the ways are long, what is left is drawn into arrays (CSR), where a step asks nobody but those it concerns.
// See decision 15.
func (g *Graph) Degrees(sources []uint32) []int32 {
	s := newSearch(g.nodes, sources)
	open, left, swept := slices.Clone(g.sheets), g.edges(), 0
	degree := int32(0)
	for found := len(sources); found > 0 && left > 0; {
		if swept > sweeps*left {
			s.along(draw(g.nodes, open), degree)
			break
		}
		degree++
		swept += left
		found, left = s.sweep(open, degree)
	}
	return s.degrees
}

func (g *Graph) edges() (n int) {
	for _, s := range g.sheets {
		n += len(s)
	}
	return n
}

const (
	// sweeps is how many times an edge can be swept over in the time in which it is drawn.
	sweeps = 6
	// manyOf decides which way a step goes along arrays: with more than 1 in 16 of those left on the frontier, it is quicker to ask each that
	// is left for a neighbour who was reached than to ask each on the frontier for all neighbours.
	manyOf = 16
	// words and nodes are what a goroutine takes at once: words of marks, nodes of the frontier.
	words, nodes = 256, 1024
)

// search is where a search has got to.
type search struct {
	degrees []int32
	marks   marks
}

// marks are two bits a node, side by side, because whoever asks for the one often sets the other: that it was reached before this step, and,
// next above, that it is reached in it.
type marks []uint64

const (
	eachWord = 32                 // nodes
	reached  = 0x5555555555555555 // the lower bits of all nodes of a word
)

// reached is 1 for a node that was reached before this step, and 0 for another.
func (m marks) reached(n uint32) uint64 {
	return atomic.LoadUint64(&m[n/eachWord]) >> (2 * (n % eachWord)) & 1
}

// mark marks a node as reached in this step. It reports whether nobody had.
func (m marks) mark(n uint32) bool {
	word, bit := &m[n/eachWord], uint64(2)<<(2*(n%eachWord))
	return atomic.LoadUint64(word)&bit == 0 && atomic.OrUint64(word, bit)&bit == 0
}

func newSearch(nodes int, sources []uint32) *search {
	s := &search{degrees: slices.Repeat([]int32{Unreachable}, nodes), marks: make(marks, (nodes+eachWord-1)/eachWord)}
	for _, n := range sources {
		s.marks.mark(n)
	}
	s.settle(0)
	return s
}

// settle ends a step: who was marked in it has been reached. It says how many they are.
func (s *search) settle(degree int32) int {
	var found atomic.Int64
	shared(len(s.marks), words, func(from, to int) {
		n := 0
		for word := from; word < to; word++ {
			marked := s.marks[word] >> 1 & reached
			s.marks[word] = s.marks[word]&reached | marked
			for ; marked != 0; marked &= marked - 1 {
				s.degrees[word*eachWord+bits.TrailingZeros64(marked)/2] = degree
				n++
			}
		}
		found.Add(int64(n))
	})
	return int(found.Load())
}

// sweep is a step over all edges that are open. It says how many nodes it found, and how many edges stay open.
func (s *search) sweep(open []sheet, degree int32) (found, left int) {
	var kept atomic.Int64
	shared(len(open), 1, func(from, _ int) {
		open[from] = s.over(open[from])
		kept.Add(int64(len(open[from])))
	})
	return s.settle(degree), int(kept.Load())
}

// over finds whoever is at the other end of an edge from somebody who was reached, and moves the edges to the front of which no end was. Which
// edges those are is a matter of chance, so all are moved without asking: each trades places with the one behind those that are kept.
func (s *search) over(edges sheet) sheet {
	kept := 0
	for i, e := range edges {
		a, b := e.ends()
		one, other := s.marks.reached(a), s.marks.reached(b)
		if one != other {
			s.marks.mark(uint32(e >> (32 * other))) //nolint:gosec // the end that was not reached
		}
		edges[i], edges[kept] = edges[kept], e
		kept += int(1 &^ (one | other)) //nolint:gosec // 0 or 1
	}
	return edges[:kept]
}

// along goes on with arrays, from those who were found last.
func (s *search) along(a arrays, degree int32) {
	frontier := s.last(degree)
	for found, left := len(frontier), s.left(); found > 0; left -= found {
		degree++
		if found > left/manyOf {
			found, frontier = s.fromBelow(a, degree), nil
			continue
		}
		if frontier == nil {
			frontier = s.last(degree - 1)
		}
		frontier = s.fromAbove(a, frontier, degree)
		found = len(frontier)
	}
}

// last are all of a degree.
func (s *search) last(degree int32) (all []uint32) {
	for n, d := range s.degrees {
		if d == degree {
			all = append(all, uint32(n))
		}
	}
	return all
}

// left is how many were not reached.
func (s *search) left() int {
	left := len(s.degrees)
	for _, word := range s.marks {
		left -= bits.OnesCount64(word & reached)
	}
	return left
}

// fromAbove asks all on the frontier, and gives back the next.
func (s *search) fromAbove(a arrays, frontier []uint32, degree int32) []uint32 {
	var mu sync.Mutex
	var next []uint32 // guarded by mu
	shared(len(frontier), nodes, func(from, to int) {
		var found []uint32
		for _, n := range frontier[from:to] {
			for _, other := range a.neighbours(n) {
				if s.marks.reached(other) == 0 && s.marks.mark(other) {
					found = append(found, other)
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		next = append(next, found...)
	})
	for _, n := range next {
		s.degrees[n] = degree
		s.marks[n/eachWord] ^= 3 << (2 * (n % eachWord)) // settled at once: among many, few were marked
	}
	return next
}

// fromBelow asks all that are left for a neighbour who was reached.
func (s *search) fromBelow(a arrays, degree int32) (found int) {
	shared(len(s.marks), words, func(from, to int) {
		for n := uint32(from * eachWord); int(n) < min(to*eachWord, len(s.degrees)); n++ { //nolint:gosec // there are fewer nodes than 2^32
			if s.marks.reached(n) == 0 && slices.ContainsFunc(a.neighbours(n), func(other uint32) bool { return s.marks.reached(other) != 0 }) {
				s.marks.mark(n)
			}
		}
	})
	return s.settle(degree)
}

// arrays are a graph put in order (CSR): the neighbours of node n are ends[starts[n]:starts[n+1]].
type arrays struct {
	starts []int64
	ends   []uint32
}

func (a arrays) neighbours(n uint32) []uint32 { return a.ends[a.starts[n]:a.starts[n+1]] }

// draw puts edges in order. While they are put down, starts[n] is where the last of n's neighbours that were put down is.
func draw(nodes int, edges []sheet) arrays {
	a := arrays{starts: make([]int64, nodes+1)}
	var all int64
	for n, count := range neighbours(nodes, edges) {
		all += int64(count)
		a.starts[n] = all
	}
	a.starts[nodes] = all
	a.ends = make([]uint32, all)
	shared(len(edges), 1, func(from, _ int) {
		for _, e := range edges[from] {
			one, other := e.ends()
			a.ends[atomic.AddInt64(&a.starts[one], -1)] = other
			a.ends[atomic.AddInt64(&a.starts[other], -1)] = one
		}
	})
	return a
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

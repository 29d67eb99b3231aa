package notice

import "math/bits"

// set is a set of nodes, a bit each.
type set []uint64

func newSet(nodes int) set { return make(set, (nodes+63)/64) }

func (s set) has(n uint32) bool { return s[n/64]>>(n%64)&1 != 0 }

// add writes only what is not there yet: most are told of again and again.
func (s set) add(n uint32) {
	if !s.has(n) {
		s[n/64] |= 1 << (n % 64)
	}
}

// join adds all of another set of the same size.
func (s set) join(other set) {
	for i, word := range other {
		s[i] |= word
	}
}

// trimmed is the set without the nodes behind its last, a word at a time.
func (s set) trimmed() set {
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}

func (s set) size() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// list is ascending.
func (s set) list() []uint32 {
	all := make([]uint32, 0, s.size())
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			all = append(all, uint32(i*64+bits.TrailingZeros64(word))) //nolint:gosec // there are fewer nodes than 2^32
		}
	}
	return all
}

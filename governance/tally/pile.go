package tally

// pile is a heap of papers, by kind, on a shelf. 0 is an empty one.
type pile int32

// shelf holds piles as linked blocks. Papers of a block lie together, so that a processor can look at many at once, and a block that was read
// is used again: moving papers about makes no garbage.
type shelf struct {
	blocks []block
	free   pile
}

const blockSize = 62

// block is a part of a pile; with its numbers it fills 256 bytes.
type block struct {
	kinds [blockSize]uint32
	n     int32
	below pile
}

// newShelf has room for so many kinds of paper before it grows.
func newShelf(kinds int) *shelf {
	const slack = 256 // blocks that are not full
	return &shelf{blocks: make([]block, 1, kinds/blockSize+slack)}
}

func (s *shelf) put(p *pile, kind uint32) {
	if *p == 0 || s.blocks[*p].n == blockSize {
		*p = s.fresh(*p)
	}
	b := &s.blocks[*p]
	b.kinds[b.n] = kind
	b.n++
}

func (s *shelf) fresh(below pile) pile {
	p := s.free
	if p == 0 {
		s.blocks = append(s.blocks, block{})
		p = pile(len(s.blocks) - 1) //nolint:gosec // fewer than kinds of paper
	} else {
		s.free = s.blocks[p].below
	}
	s.blocks[p].n, s.blocks[p].below = 0, below
	return p
}

// take clears a pile away and hands out its papers, each with the preference that it lies at and its number. Papers may be put on other piles
// meanwhile. What a block's papers say is fetched all at once: memory is slow to answer one question, but answers many together.
func (t *table) take(p pile, each func(kind uint32, at byte, papers int64)) {
	var at [blockSize]byte
	var papers [blockSize]uint32
	for p != 0 {
		b := t.shelf.blocks[p] // a copy: the shelf may grow
		kinds := b.kinds[:b.n]
		for k, i := range kinds {
			at[k] = t.ballots.preferences[t.at[i]]
			papers[k] = t.ballots.weights[i]
		}
		t.shelf.blocks[p].below = t.shelf.free
		t.shelf.free = p
		p = b.below
		for k, i := range kinds {
			each(i, at[k], int64(papers[k]))
		}
	}
}

// join puts one pile under another.
func (s *shelf) join(above, under pile) pile {
	last := above
	for s.blocks[last].below != 0 {
		last = s.blocks[last].below
	}
	s.blocks[last].below = under
	return above
}

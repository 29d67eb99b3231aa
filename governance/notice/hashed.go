package notice

import (
	"cmp"
	"errors"
	"math"
	"runtime/debug"
	"slices"
)

var (
	errTooMany    = errors.New("there are more ids than a graph can hold")
	errEdgesMoved = errors.New("the list was another when it was read for a second time")
)

// hashed is the index of ids of any kind. Each shard has a part of them, and its nodes follow those of the shard before.
type hashed struct{ shards [maxParts]shard }

type shard struct {
	base  uint32   // its first node
	slots []uint32 // open addressing, a power of two: a place in ids plus 1, or 0
	ids   []uint64
}

// readHashed reads the list twice: once for who there is, and once for their edges.
func readHashed(l list) (*Network, error) {
	debug.FreeOSMemory() // of what was tried before
	h, shared := new(hashed), new(parts)
	err := l.each(func() func(ids []uint64) error {
		s := newScatter(shared, h.know)
		return func(ids []uint64) error {
			if ids == nil {
				s.flushAll()
			}
			for _, id := range ids {
				s.add(mixed(id)/shardsApart, id)
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	if uint64(h.people()) > math.MaxUint32 { //nolint:gosec // there are not fewer than none
		return nil, errTooMany
	}
	h.settle()
	var d draft
	err = l.each(func() func(ids []uint64) error {
		p := d.pen()
		return func(ids []uint64) error {
			for i := 0; i+1 < len(ids); i += 2 {
				a, one := h.node(ids[i])
				b, other := h.node(ids[i+1])
				if !one || !other {
					return errEdgesMoved
				}
				p.edge(a, b)
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return &Network{d.graph(h.people()), h}, nil
}

// mixed is the last step of SplitMix64: each bit of x moves half of the result's.
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// shardsApart divides hashes into shards by their upper bits; slots go by the lower ones.
const shardsApart = 1 << 64 / maxParts

func (h *hashed) know(part uint64, ids []uint64) {
	for _, id := range ids {
		h.shards[part].insert(id)
	}
}

// settle gives each shard its first node.
func (h *hashed) settle() {
	var base uint32
	for i := range h.shards {
		h.shards[i].base = base
		base += uint32(len(h.shards[i].ids)) //nolint:gosec // readHashed refuses more
	}
}

// find is where an id is in ids, or the slot that it would have.
func (s *shard) find(id uint64) (at uint32, slot int, ok bool) {
	if len(s.slots) == 0 {
		return 0, 0, false
	}
	last := len(s.slots) - 1
	for slot = int(mixed(id)) & last; ; slot = (slot + 1) & last { //nolint:gosec // some of its bits are as good as others
		at := s.slots[slot]
		if at == 0 {
			return 0, slot, false
		}
		if s.ids[at-1] == id {
			return at - 1, slot, true
		}
	}
}

func (s *shard) insert(id uint64) {
	_, slot, ok := s.find(id)
	if ok {
		return
	}
	if 4*len(s.ids) >= 3*len(s.slots) {
		s.grow()
		_, slot, _ = s.find(id)
	}
	s.ids = append(s.ids, id)
	s.slots[slot] = uint32(len(s.ids)) //nolint:gosec // readHashed refuses more
}

func (s *shard) grow() {
	s.slots = make([]uint32, max(16, 2*len(s.slots)))
	for at, id := range s.ids {
		_, slot, _ := s.find(id)
		s.slots[slot] = uint32(at + 1)
	}
}

func (h *hashed) node(id uint64) (uint32, bool) {
	s := &h.shards[mixed(id)/shardsApart]
	at, _, ok := s.find(id)
	return s.base + at, ok
}

func (h *hashed) people() (n int) {
	for i := range h.shards {
		n += len(h.shards[i].ids)
	}
	return n
}

func (h *hashed) each(visit func(id uint64, node uint32) error) error {
	type person struct {
		id   uint64
		node uint32
	}
	all := make([]person, 0, h.people())
	for i := range h.shards {
		s := &h.shards[i]
		for at, id := range s.ids {
			all = append(all, person{id, s.base + uint32(at)})
		}
	}
	slices.SortFunc(all, func(a, b person) int { return cmp.Compare(a.id, b.id) })
	for _, p := range all {
		if err := visit(p.id, p.node); err != nil {
			return err
		}
	}
	return nil
}

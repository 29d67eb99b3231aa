package notice

import (
	"cmp"
	"errors"
	"slices"
)

// hashed is the index of ids of any kind. Each shard has a part of them, and its nodes follow those of the shard before.
type hashed struct{ shards [maxParts]shard }

type shard struct {
	base   uint32   // its first node
	slots  []uint32 // open addressing, a power of two: a place in ids plus 1, or 0
	ids    []uint64
	counts []uint32 // while counting: how many neighbours
}

// aloneBit marks an id on its way to its shard: it was told of in an edge to itself, which counts nothing.
const aloneBit = 1 << 63

func readHashed(l list) (*Network, telling, error) {
	h, shared := new(hashed), new(parts)
	var all tellings
	err := l.each(func() func(ids []uint64) error {
		s, told := newScatter(shared, h.count), telling{}
		return func(ids []uint64) error {
			if ids == nil {
				return errors.Join(s.flushAll(), all.add(told))
			}
			told.addAll(ids)
			for i := 0; i+1 < len(ids); i += 2 {
				var alone uint64
				if ids[i] == ids[i+1] {
					alone = aloneBit
				}
				s.add(mixed(ids[i])/shardsApart, ids[i]|alone)
				s.add(mixed(ids[i+1])/shardsApart, ids[i+1]|alone)
			}
			return s.failed
		}
	})
	if err != nil {
		return nil, telling{}, err
	}
	g, err := h.graph()
	return &Network{Graph: g, ids: h}, all.all, err
}

// shardsApart divides hashes into shards by their upper bits; slots go by the lower ones.
const shardsApart = 1 << 64 / maxParts

func (h *hashed) count(part uint64, items []uint64) error {
	s := &h.shards[part]
	for _, item := range items {
		at := s.insert(item &^ aloneBit)
		if item&aloneBit == 0 {
			s.counts[at]++
		}
	}
	return nil
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

func (s *shard) insert(id uint64) uint32 {
	at, slot, ok := s.find(id)
	if ok {
		return at
	}
	if 4*len(s.ids) >= 3*len(s.slots) {
		s.grow()
		_, slot, _ = s.find(id)
	}
	s.ids = append(s.ids, id)
	s.counts = append(s.counts, 0)
	s.slots[slot] = uint32(len(s.ids)) //nolint:gosec // graph refuses more
	return s.slots[slot] - 1
}

func (s *shard) grow() {
	s.slots = make([]uint32, max(16, 2*len(s.slots)))
	for at, id := range s.ids {
		_, slot, _ := s.find(id)
		s.slots[slot] = uint32(at + 1)
	}
}

// graph has the counts of all shards, one after the other.
func (h *hashed) graph() (*Graph, error) {
	if uint64(h.people()) > MaxEdges { //nolint:gosec // there are not fewer than none
		return nil, ErrTooManyEdges
	}
	g := &Graph{starts: make([]uint32, h.people()+2)}
	base := 0
	for i := range h.shards {
		s := &h.shards[i]
		s.base = uint32(base)
		base += copy(g.starts[base+2:], s.counts)
		s.counts = nil
	}
	return g, nil
}

func (h *hashed) nodes(ids []uint64) bool {
	for i, id := range ids {
		n, ok := h.node(id)
		if !ok {
			return false
		}
		ids[i] = uint64(n)
	}
	return true
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

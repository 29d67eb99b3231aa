package notice

import (
	"errors"
	"sync"
)

// errNotPlain says that there are ids too great to be nodes themselves.
var errNotPlain = errors.New("ids are scattered")

// plain is the index of ids that are nodes themselves. Numbers between that nobody has are nodes without neighbours.
type plain struct {
	*Graph

	mu    sync.Mutex
	alone []uint64 // guarded by mu: a bit for each who is told of in an edge to themselves
	top   int      // guarded by mu: the first number after all ids
}

// Ids are plain below a bound that grows with the list: an edge is about 16 bytes long, and most people are in several.
const (
	bytesPerID   = 16
	plainAtLeast = 1 << 16
)

func readPlain(l list) (*Network, telling, error) {
	limit := uint64(max(plainAtLeast, l.size/bytesPerID))
	p := &plain{Graph: &Graph{starts: make([]uint32, limit+2)}, alone: make([]uint64, limit/64+1)}
	var all tellings
	shared, shift := new(parts), shiftFor(int(limit)) //nolint:gosec // it came from an int64
	err := l.each(func() func(ids []uint64) error {
		s, told, top := newScatter(shared, p.countAll), telling{}, uint64(0)
		return func(ids []uint64) error {
			if ids == nil {
				p.reach(top)
				return errors.Join(s.flushAll(), all.add(told))
			}
			for i := 0; i+1 < len(ids); i += 2 {
				a, b := ids[i], ids[i+1]
				if max(a, b) >= limit {
					return errNotPlain
				}
				top = max(top, a+1, b+1)
				if a == b {
					p.lone(a)
					continue
				}
				told.add(a, b)
				s.add(a>>shift, a)
				s.add(b>>shift, b)
			}
			return s.failed
		}
	})
	p.starts = p.starts[:p.top+2]
	return &Network{Graph: p.Graph, ids: p}, all.all, err
}

func (p *plain) countAll(_ uint64, items []uint64) error {
	for _, n := range items {
		p.starts[n+2]++
	}
	return nil
}

func (p *plain) lone(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alone[id/64] |= 1 << (id % 64)
}

func (p *plain) reach(top uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.top = max(p.top, int(top)) //nolint:gosec // it is below the limit
}

func (p *plain) nodes(ids []uint64) bool {
	for _, id := range ids {
		if id >= uint64(p.Nodes()) { //nolint:gosec // there are not fewer than none
			return false
		}
	}
	return true
}

func (p *plain) node(id uint64) (uint32, bool) {
	if id >= uint64(p.Nodes()) { //nolint:gosec // there are not fewer than none
		return 0, false
	}
	n := uint32(id) //nolint:gosec // there are fewer than 2^32
	return n, len(p.Neighbours(n)) > 0 || p.alone[id/64]&(1<<(id%64)) != 0
}

func (p *plain) each(visit func(id uint64, node uint32) error) error {
	for id := range uint64(p.Nodes()) { //nolint:gosec // there are not fewer than none
		if n, here := p.node(id); here {
			if err := visit(id, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *plain) people() (n int) {
	_ = p.each(func(uint64, uint32) error { n++; return nil }) // counting does not fail
	return n
}

package notice

import (
	"errors"
	"sync"
)

// errNotPlain says that there are ids too great to be nodes themselves.
var errNotPlain = errors.New("ids are scattered")

// plain is the index of ids that are nodes themselves: who is in an edge. The others are numbers between that nobody has.
type plain struct{ set }

// Ids are plain below a bound that grows with the list: an edge is about 16 bytes long, and most people are in several.
const (
	bytesPerID   = 16
	plainAtLeast = 1 << 16
)

func readPlain(l list) (*Network, error) {
	limit := int(max(plainAtLeast, min(l.size/bytesPerID, 1<<31)))
	var d draft
	var mu sync.Mutex
	all := newSet(limit) // guarded by mu
	err := l.each(func() func(ids []uint64) error {
		p, mine := d.pen(), newSet(limit)
		return func(ids []uint64) error {
			if ids == nil {
				mu.Lock()
				defer mu.Unlock()
				all.join(mine)
			}
			for i := 0; i+1 < len(ids); i += 2 {
				if max(ids[i], ids[i+1]) >= uint64(limit) { //nolint:gosec // it is above 0
					return errNotPlain
				}
				a, b := uint32(ids[i]), uint32(ids[i+1]) //nolint:gosec // both are below the limit, which is not above 2^31
				mine.add(a)
				mine.add(b)
				p.edge(a, b)
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	all = all.trimmed()
	return &Network{d.graph(64 * len(all)), plain{all}}, nil
}

func (p plain) node(id uint64) (uint32, bool) {
	if id >= uint64(64*len(p.set)) {
		return 0, false
	}
	n := uint32(id) //nolint:gosec // there are fewer than 2^32
	return n, p.has(n)
}

func (p plain) each(visit func(id uint64, node uint32) error) error {
	for _, n := range p.list() {
		if err := visit(uint64(n), n); err != nil {
			return err
		}
	}
	return nil
}

func (p plain) people() int { return p.size() }

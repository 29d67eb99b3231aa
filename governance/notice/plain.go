package notice

import "errors"

// errNotPlain says that there are ids too great to be nodes themselves.
var errNotPlain = errors.New("ids are scattered")

// plain is the index of ids that are nodes themselves. Nodes without neighbours are numbers between that nobody has: who is told of in an edge
// to themselves is their own neighbour.
type plain struct{ *Graph }

// Ids are plain below a bound that grows with the list: an edge is about 16 bytes long, and most people are in several.
const (
	bytesPerID   = 16
	plainAtLeast = 1 << 16
)

func readPlain(l list) (*Network, error) {
	limit := uint64(max(plainAtLeast, min(l.size/bytesPerID, 1<<32)))
	d := newDraft(int(limit))
	err := l.each(func() func(ids []uint64) error {
		p := d.pen()
		return func(ids []uint64) error {
			for i := 0; i+1 < len(ids); i += 2 {
				a, b := ids[i], ids[i+1]
				if max(a, b) >= limit {
					return errNotPlain
				}
				p.edge(uint32(a), uint32(b)) //nolint:gosec // both are below the limit, which is not above 2^32
			}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	g := d.graph(d.nodes())
	return &Network{g, plain{g}}, nil
}

func (p plain) node(id uint64) (uint32, bool) {
	if id >= uint64(p.Nodes()) { //nolint:gosec // there are not fewer than none
		return 0, false
	}
	n := uint32(id) //nolint:gosec // there are fewer than 2^32
	return n, p.has(n)
}

func (p plain) has(n uint32) bool { return len(p.Neighbours(n)) > 0 }

func (p plain) each(visit func(id uint64, node uint32) error) error {
	for id := range p.Nodes() {
		if n := uint32(id); p.has(n) {
			if err := visit(uint64(n), n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p plain) people() (n int) {
	for id := range p.Nodes() {
		if p.has(uint32(id)) {
			n++
		}
	}
	return n
}

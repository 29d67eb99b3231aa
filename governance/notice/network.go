package notice

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// Network is a graph of people who have ids elsewhere.
type Network struct {
	*Graph

	ids index
}

// index says which node has which id: plain where ids are themselves nearly 0, 1, 2, …, and hashed where they are not.
type index interface {
	// nodes puts nodes in the place of ids, while the graph is filled; it reports whether there was room for all of them.
	nodes(ids []uint64) bool
	// node looks one person up.
	node(id uint64) (uint32, bool)
	// people is how many are in the network, and each visits them, by id in ascending order.
	people() int
	each(visit func(id uint64, node uint32) error) error
}

// ReadNetwork reads a list of edges: two ids a line, divided by a comma or by space, below a line of names or not; blank lines and those
// that begin with # say nothing. An edge from an id to itself is no edge, but tells that there is such a person. The list is read twice,
// by all cores, so that the graph is all that is held of it.
func ReadNetwork(from io.ReaderAt, size int64) (*Network, error) {
	l := list{from: from, size: size}
	n, first, err := readPlain(l)
	if errors.Is(err, errNotPlain) {
		n, first, err = readHashed(l)
	}
	if err != nil {
		return nil, err
	}
	if n.Nodes() == 0 {
		return nil, &SyntaxError{What: "there are no edges in it"}
	}
	n.room()
	second, err := n.fill(l)
	if err != nil {
		return nil, err
	}
	if second != first {
		return nil, ErrEdgesMoved
	}
	return n, nil
}

// tellings sums what goroutines were told.
type tellings struct {
	mu  sync.Mutex
	all telling // guarded by mu
}

func (t *tellings) add(one telling) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all.edges += one.edges
	t.all.mark += one.mark
	if t.all.edges > MaxEdges {
		return ErrTooManyEdges
	}
	return nil
}

// fill puts all edges in their places.
func (n *Network) fill(l list) (telling, error) {
	var all tellings
	shared, shift := new(parts), shiftFor(n.Nodes())
	err := l.each(func() func(ids []uint64) error {
		s, told := newScatter(shared, n.putHalves), telling{}
		return func(ids []uint64) error {
			if ids == nil {
				return errors.Join(s.flushAll(), all.add(told))
			}
			told.addAll(ids)
			if !n.ids.nodes(ids) {
				return ErrEdgesMoved
			}
			for i := 0; i+1 < len(ids); i += 2 {
				if a, b := ids[i], ids[i+1]; a != b {
					s.add(a>>shift, a<<32|b)
					s.add(b>>shift, b<<32|a)
				}
			}
			return s.failed
		}
	})
	return all.all, err
}

// putHalves fills in one part's neighbours: each item is a node and its neighbour.
func (n *Network) putHalves(_ uint64, items []uint64) error {
	for _, item := range items {
		at := &n.starts[item>>32+1]
		if int(*at) >= len(n.ends) {
			return ErrEdgesMoved
		}
		n.ends[*at] = uint32(item) //nolint:gosec // its lower half is the neighbour
		*at++
	}
	return nil
}

// Histogram counts the people by degree.
func (n *Network) Histogram(degrees []int32) Histogram {
	h := NewHistogram(degrees)
	h.Unreachable -= n.Nodes() - n.ids.people() // numbers between ids that nobody has
	return h
}

// ReadPayers reads a list of ids, one a line, below a name or not, and finds their nodes. All have to be in the network.
func (n *Network) ReadPayers(from io.Reader) ([]uint32, error) {
	var payers []uint32
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxLine)
	number := 1
	for ; lines.Scan(); number++ {
		line := lines.Bytes()
		if number == 1 {
			if line = line[afterHeader(line):]; len(line) == 0 {
				continue
			}
		}
		ids, err := idsOf(line, 1)
		if err != nil {
			return nil, &SyntaxError{number, err.Error()}
		}
		for _, id := range ids {
			node, ok := n.ids.node(id)
			if !ok {
				return nil, &SyntaxError{number, fmt.Sprintf("%d pays, but is in no edge", id)}
			}
			payers = append(payers, node)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, &SyntaxError{number, errLongLine.Error()}
	}
	if lines.Err() == nil && len(payers) == 0 {
		return nil, &SyntaxError{What: "there are no payers in it"}
	}
	return payers, lines.Err()
}

// WriteDegrees writes node,degree of all people, by id in ascending order. Who is unreachable has -1.
func (n *Network) WriteDegrees(to io.Writer, degrees []int32) error {
	if _, err := io.WriteString(to, "node,degree\n"); err != nil {
		return err
	}
	line := make([]byte, 0, maxLine)
	return n.ids.each(func(id uint64, node uint32) error {
		line = append(strconv.AppendUint(line[:0], id, 10), ',')
		line = append(strconv.AppendInt(line, int64(degrees[node]), 10), '\n')
		_, err := to.Write(line)
		return err
	})
}

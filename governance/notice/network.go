package notice

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Network is a graph of people who have ids elsewhere.
type Network struct {
	*Graph

	ids index
}

// index says which node has which id: plain where ids are themselves nearly 0, 1, 2, …, and hashed where they are not.
type index interface {
	// node looks one person up.
	node(id uint64) (uint32, bool)
	// people is how many are in the network, and each visits them, by id in ascending order.
	people() int
	each(visit func(id uint64, node uint32) error) error
}

// ReadNetwork reads a list of edges: two ids a line, divided by a comma or by space, below a line of names or not; blank lines and those
// that begin with # say nothing. An edge from an id to itself is no edge, but tells that there is such a person. All cores read, each a
// block at a time.
func ReadNetwork(from io.ReaderAt, size int64) (*Network, error) {
	l := list{from: from, size: size}
	n, err := readPlain(l)
	if errors.Is(err, errNotPlain) {
		n, err = readHashed(l)
	}
	if err == nil && n.Nodes() == 0 {
		err = &SyntaxError{What: "there are no edges in it"}
	}
	if err != nil {
		return nil, err
	}
	return n, nil
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

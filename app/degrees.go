package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"folkmoot/governance/notice"
)

// Degrees says how far the people of a network are from those who pay. It needs no database and keeps nothing.
type Degrees struct {
	Edges  string `help:"File with who is connected to whom: two ids a line, with a comma or a space between. An id that is only connected to itself is somebody without contacts." type:"existingfile" required:""`
	Payers string `help:"File with the ids of those who pay, one a line. All of them have to be in the edges." type:"existingfile" required:""`
	Format string `help:"How to show the histogram: text or json." enum:"text,json" default:"text"`
	Out    string `help:"File to write everybody's own degree to, as node,degree by id; -1 is unreachable." type:"path" placeholder:"FILE"`
}

// asked reports whether this is the command to run: it alone has this flag.
func (d *Degrees) asked() bool { return d.Edges != "" }

// Run reads both files, measures and shows. A file that is not as it should be was asked wrongly.
func (d *Degrees) Run() error {
	network, err := readFile(d.Edges, func(f *os.File) (*notice.Network, error) {
		about, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if !about.Mode().IsRegular() {
			return nil, coded{errors.New("it is read in several places at once, so it has to be a file"), 2}
		}
		return notice.ReadNetwork(f, about.Size())
	})
	if err != nil {
		return err
	}
	payers, err := readFile(d.Payers, func(f *os.File) ([]uint32, error) { return network.ReadPayers(f) })
	if err != nil {
		return err
	}
	degrees := network.Degrees(payers)
	return errors.Join(d.show(network.Histogram(degrees)), d.write(network, degrees))
}

// readFile reads a file that somebody named. What is wrong with it is told with its name.
func readFile[T any](name string, read func(*os.File) (T, error)) (T, error) {
	f, err := os.Open(name) //nolint:gosec // whoever asks names it
	if err != nil {
		var none T
		return none, err
	}
	defer func() { _ = f.Close() }()
	is, err := read(f)
	if err == nil {
		return is, nil
	}
	if _, bad := errors.AsType[*notice.SyntaxError](err); bad {
		return is, coded{fmt.Errorf("%s: %w", name, err), 2}
	}
	return is, fmt.Errorf("%s: %w", name, err)
}

func (d *Degrees) show(h notice.Histogram) error {
	out := bufio.NewWriter(os.Stdout)
	if d.Format == "json" {
		return errors.Join(json.NewEncoder(out).Encode(struct {
			Histogram notice.Histogram `json:"histogram"`
			Max       int              `json:"max"`
		}{h, h.Max}), out.Flush())
	}
	return errors.Join(showText(out, h), out.Flush())
}

func showText(out io.Writer, h notice.Histogram) error {
	for degree, n := range h.Counts {
		if _, err := fmt.Fprintf(out, "%-12d%12d\n", degree, n); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%-12s%12d\n", "unreachable", h.Unreachable)
	return err
}

func (d *Degrees) write(network *notice.Network, degrees []int32) error {
	if d.Out == "" {
		return nil
	}
	f, err := os.Create(d.Out)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(network.WriteDegrees(out, degrees), out.Flush(), f.Close())
}

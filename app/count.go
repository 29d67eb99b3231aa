package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"folkmoot/governance/tally"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// Count counts the papers of an election. It needs no database and keeps nothing.
type Count struct {
	Rule    string `help:"Rule to count by: scottish (Scottish Local Government Elections Order 2011) or meek (PR Foundation's reference rule). With one seat either is the alternative vote." enum:"scottish,meek" default:"scottish"`
	Lot     []int  `help:"Order of candidates' numbers, made by lot before the count: among equals the first has their surplus transferred first, and the last is excluded." placeholder:"3,1,2" xor:"lot"`
	LotSeed string `help:"Seed of the lot, in hexadecimal: the beacon's value followed by the hash of the manifest. The order is that of SHA-256(seed, candidate's number in decimal digits)." placeholder:"HEX" xor:"lot"`
	Format  string `help:"How to show the count: text, json, or svg (a picture)." enum:"text,json,svg" default:"text"`
	File    string `arg:"" help:"BLT file with the papers, the candidates and the number of seats." type:"existingfile"`
}

// asked reports whether this is the command to run: it alone has this argument.
func (c *Count) asked() bool { return c.File != "" }

var errLotNeeded = errors.New("the count needs a lot: give --lot or --lot-seed")

// Run counts and shows. A file that is no BLT, or a lot that cannot be, was asked wrongly.
func (c *Count) Run(ctx context.Context) error {
	election, err := readPapers(c.File)
	if _, bad := errors.AsType[*tally.SyntaxError](err); bad {
		return coded{fmt.Errorf("%s: %w", c.File, err), 2}
	}
	if err != nil {
		return err
	}
	lot, err := c.lot(election)
	if err != nil {
		return coded{err, 2}
	}
	result, err := tally.Count(election, tally.Rule(c.Rule), tally.Options{Lot: lot})
	if err != nil {
		return coded{err, 2}
	}
	out := bufio.NewWriter(os.Stdout)
	if err := errors.Join(c.show(ctx, out, templates.Count{Election: election, Result: result}), out.Flush()); err != nil {
		return err
	}
	if result.LotNeeded != nil {
		return coded{errLotNeeded, 3}
	}
	return nil
}

func readPapers(name string) (*tally.Election, error) {
	f, err := os.Open(name) //nolint:gosec // whoever counts names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	about, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return tally.ReadBLT(f, about.Size())
}

func (c *Count) lot(e *tally.Election) (tally.Lot, error) {
	if c.LotSeed == "" {
		return c.Lot, nil
	}
	seed, err := hex.DecodeString(strings.TrimSpace(c.LotSeed))
	if err != nil {
		return nil, errors.New("--lot-seed is not hexadecimal")
	}
	return tally.LotFromSeed(seed, len(e.Candidates)), nil
}

func (c *Count) show(ctx context.Context, w io.Writer, v templates.Count) error {
	switch c.Format {
	case "json":
		out := json.NewEncoder(w)
		out.SetIndent("", " ")
		return out.Encode(v.Result)
	case "svg":
		return templates.CountPicture(v).Render(text.With(ctx, text.In()), w) //nolint:contextcheck // Render passes it on
	default:
		return templates.WriteCount(text.With(ctx, text.In()), w, v)
	}
}

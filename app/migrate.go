package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"folkmoot/internal/database"
	"folkmoot/messaging"
)

// Migrate is the command that an operator runs before a new program serves an old database.
type Migrate struct{}

// Run migrates.
func (Migrate) Run(ctx context.Context, c *Config) (err error) {
	db, err := database.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Migrate(ctx)
}

// Parked is the command that shows what could not be delivered.
type Parked struct {
	Most int `help:"How many, newest first." default:"100"`
}

// Run lists parked envelopes by position, and parked facts by their row in the outbox: for whom, when and why, never what is in them.
func (p *Parked) Run(ctx context.Context, c *Config) (err error) {
	db, err := database.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return p.list(ctx, db, os.Stdout)
}

type parkedLine struct {
	at   time.Time
	text string
}

func (p *Parked) list(ctx context.Context, db *database.DB, to io.Writer) error {
	lines, err := p.lines(ctx, db)
	if err != nil {
		return err
	}
	slices.SortStableFunc(lines, func(a, b parkedLine) int { return b.at.Compare(a.at) })
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "WHAT\tRECIPIENT\tPARKED\tBYTES\tREASON")
	for _, l := range lines[:min(max(p.Most, 0), len(lines))] {
		fmt.Fprintln(out, l.text)
	}
	return out.Flush()
}

func (p *Parked) lines(ctx context.Context, db *database.DB) ([]parkedLine, error) {
	envelopes, err := messaging.NewVerdicts(db, nil, nil).Parked(ctx, p.Most)
	if err != nil {
		return nil, err
	}
	facts, err := messaging.NewOutbox(db, nil).Parked(ctx, p.Most)
	if err != nil {
		return nil, err
	}
	var lines []parkedLine
	for _, e := range envelopes {
		lines = append(lines, parkedLine{e.At, fmt.Sprintf("%s\t%s\t%s\t%d\t%s", e.Position, e.Recipient, e.At.UTC().Format(time.DateTime), len(e.Record), e.Reason)})
	}
	for _, f := range facts {
		lines = append(lines, parkedLine{f.At, fmt.Sprintf("outbox:%d\t%s\t%s\t-\t%s", f.Row, f.Account, f.At.UTC().Format(time.DateTime), f.Reason)})
	}
	return lines, nil
}

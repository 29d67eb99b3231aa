package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

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

// Run lists parked envelopes: position, recipient, time and reason, never what is in them.
func (p *Parked) Run(ctx context.Context, c *Config) (err error) {
	db, err := database.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	parked, err := messaging.NewVerdicts(db, nil, nil).Parked(ctx, p.Most)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "POSITION\tRECIPIENT\tPARKED\tBYTES\tREASON")
	for _, e := range parked {
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\n", e.Position, e.Recipient, e.At.UTC().Format("2006-01-02 15:04:05"), len(e.Record), e.Reason)
	}
	return out.Flush()
}

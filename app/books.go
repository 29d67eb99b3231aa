package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
)

// Books are the commands for the society's public books.
type Books struct {
	Export BooksExport `cmd:"" help:"Write the books of closed months, and the chain that shows whether anybody has changed them."`
	Verify BooksVerify `cmd:"" help:"Check that a directory of books is whole and unchanged."`
}

// BooksExport writes books.
type BooksExport struct {
	From   string   `help:"First month, as in 2026-10. Unset: the first that was closed." placeholder:"YYYY-MM"`
	To     string   `help:"Last month. Unset: the last that is closed." placeholder:"YYYY-MM"`
	Format []string `help:"Which files: journal (for hledger and ledger), beancount, csv; or statements that accounting services import: xero, freeagent, quickbooks, xero-journal." enum:"journal,beancount,csv,xero,freeagent,quickbooks,xero-journal" default:"journal,beancount,csv"`
	Out    string   `help:"Directory for them, made if need be." required:"" type:"path"`
}

// Run writes the files and says the head of the chain.
func (e *BooksExport) Run(ctx context.Context, c *Config) (err error) {
	from, to, err := e.months()
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	editions, err := billing.NewLedger(db, time.Now).EditionsTo(ctx, to)
	if err != nil {
		return err
	}
	if first := editions[0].Book.Month; !from.IsZero() && from.Before(first) {
		return fmt.Errorf("--from %s: the books begin in %s", from, first)
	}
	if err := os.MkdirAll(e.Out, 0o755); err != nil { //nolint:gosec // public books
		return err
	}
	for _, edition := range editions {
		if edition.Book.Month.Before(from) {
			continue
		}
		for _, f := range edition.Files {
			if slices.Contains(e.Format, f.Form) {
				if err := os.WriteFile(filepath.Join(e.Out, f.Name), f.Text, 0o644); err != nil { //nolint:gosec // public books
					return err
				}
			}
		}
	}
	if err := os.WriteFile(filepath.Join(e.Out, billing.ChainFile), billing.Chain(editions), 0o644); err != nil { //nolint:gosec // public books
		return err
	}
	fmt.Fprintln(os.Stdout, "head of the chain:", editions[len(editions)-1].Head)
	return nil
}

func (e *BooksExport) months() (from, to calendar.Month, err error) {
	if e.From != "" {
		if from, err = calendar.ParseMonth(e.From); err != nil {
			return from, to, fmt.Errorf("--from: %w", err)
		}
	}
	if e.To != "" {
		if to, err = calendar.ParseMonth(e.To); err != nil {
			return from, to, fmt.Errorf("--to: %w", err)
		}
		if to.Before(from) {
			return from, to, errors.New("--from is after --to")
		}
	}
	return from, to, nil
}

// BooksVerify checks books that somebody downloaded. It needs no database.
type BooksVerify struct {
	Dir  string `arg:"" help:"Directory with the files and their chain.txt." type:"existingdir"`
	Head string `help:"Head of the chain, as the page of the open books shows it or as you noted it before."`
}

// Run verifies, and says what is wrong and where.
func (v *BooksVerify) Run() error {
	head, err := billing.VerifyBooks(os.DirFS(v.Dir), strings.ToLower(strings.TrimSpace(v.Head)))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "the books are whole and unchanged; head of the chain:", head)
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Officers is the command for who acts for the society.
type Officers struct {
	Appoint Appoint      `cmd:"" help:"Appoint one of the first two officers. From then on every office takes the word of two officers, on the page /register/officers."`
	List    ListOfficers `cmd:"" help:"List the register of officers."`
}

// Appoint is the command that makes the first officers.
type Appoint struct {
	Address string `help:"Email address that the person has signed in with." required:""`
	Role    string `help:"Which office: treasurer, secretary or steward." enum:"treasurer,secretary,steward" required:""`
	Why     string `help:"Why, for the audit log: the minute of the meeting that decided it." required:""`
	KeyFile string `help:"File with the key that codes are made from, as for serve." env:"FOLKMOOT_KEY_FILE" type:"path"`
}

// ListOfficers is the command that shows who holds and held which office.
type ListOfficers struct{}

// Run appoints.
func (a *Appoint) Run(ctx context.Context, c *Config) (err error) {
	key, err := serverKey(c.Data, a.KeyFile)
	if err != nil {
		return err
	}
	wall, err := c.clock()
	if err != nil {
		return err
	}
	h := &house{log: c.logger()}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openDatabase(ctx, c); err != nil {
		return err
	}
	if h.queue, err = jobs.New(h.db, h.log); err != nil {
		return err
	}
	h.accounts = identity.NewAccounts(h.db, h.queue, key, wall.Now)
	return a.appoint(ctx, h.accounts, member.NewOfficers(h.db, wall.Now), os.Stdout)
}

var errNeverSignedIn = errors.New("nobody has signed in with that address yet: have them sign in once, then appoint them")

func (a *Appoint) appoint(ctx context.Context, accounts *identity.Accounts, officers *member.Officers, to io.Writer) error {
	address, err := identity.ParseAddress(a.Address)
	if err != nil {
		return err
	}
	account, err := accounts.Reserve(ctx, address)
	if err != nil {
		return err
	}
	// A mistyped address would otherwise give the office to whoever has it one day.
	if open, err := accounts.Open(ctx, account); err != nil {
		return err
	} else if !open {
		return errNeverSignedIn
	}
	if err := officers.Appoint(ctx, account, member.Role(a.Role), a.Why); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s is %s now.\n", address.Typed, a.Role)
	return err
}

// Run lists.
func (ListOfficers) Run(ctx context.Context, c *Config) (err error) {
	h := &house{log: c.logger()}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openDatabase(ctx, c); err != nil {
		return err
	}
	return listOfficers(ctx, member.NewOfficers(h.db, time.Now), os.Stdout)
}

func listOfficers(ctx context.Context, officers *member.Officers, to io.Writer) error {
	all, err := officers.List(ctx)
	if err != nil {
		return err
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.DateOnly)
	}
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "ROLE\tACCOUNT\tSTATE\tFROM\tUNTIL\tWHY")
	for _, o := range all {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", o.Role, o.Account, o.State(), day(o.From), day(o.Until), o.Why)
	}
	return out.Flush()
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
)

// Seed is the command that makes something to look at: test accounts for load generators, signed in, and in rings of ten in which everybody
// has everybody; a society with a history; or an election held by simulated voters.
type Seed struct {
	Accounts int    `help:"How many accounts for load generators." placeholder:"N"`
	Out      string `help:"File for one JSON line an account; with --accounts." type:"path"`

	Members  int    `help:"How many members of a society that has paid dues, failed to, spent and closed its months, all with play money. The database must have no books yet." placeholder:"N"`
	Months   int    `help:"How many closed months the society looks back on." default:"12"`
	Election string `help:"Directory for the public files of an election with votes online, which simulated voters hold in a rehearsal. The database must have no members yet. It takes Node." type:"path" placeholder:"DIR"`
	Voters   int    `help:"How many voters cast a ballot; with --election." default:"50" placeholder:"N"`

	Seed  uint64 `help:"Number that decides who does what, as an earlier run printed it. 0: a new one." default:"0"`
	Until string `help:"Last day of the history. Unset: yesterday." placeholder:"YYYY-MM-DD"`

	Base    string `help:"Address of the server that will serve them." default:"http://localhost:8080"`
	KeyFile string `help:"File with the key that codes are made from, as for serve." env:"FOLKMOOT_KEY_FILE" type:"path"`

	PaymentConfig
}

const ring = 10

// seeded is one line of the file; docs/protocol.md describes it for load generators.
type seeded struct {
	Address  string             `json:"address"`
	Account  identity.AccountID `json:"account"`
	Device   identity.DeviceID  `json:"device"`
	Token    string             `json:"token"`
	WSURL    string             `json:"ws_url"`
	Contacts []seededContact    `json:"contacts"`
}

type seededContact struct {
	Account      identity.AccountID `json:"account"`
	Conversation string             `json:"conversation"`
}

// Run seeds. With embedded brokers the server must not be running: they belong to one process at a time.
func (s *Seed) Run(ctx context.Context, c *Config) error {
	if c.Production {
		return errors.New("seed makes people up: never in production")
	}
	if !strings.HasPrefix(s.Base, "http://") && !strings.HasPrefix(s.Base, "https://") {
		return fmt.Errorf("--base is an address like http://localhost:8080, not %q", s.Base)
	}
	switch {
	case !exactlyOne(s.Accounts != 0, s.Members != 0, s.Election != ""):
		return errors.New("seed makes --accounts for load generators, or --members with a history, or holds an --election: name one of them")
	case s.Election != "":
		return s.rehearse(ctx, c)
	case s.Members != 0:
		return s.found(ctx, c)
	default:
		return s.settleRings(ctx, c)
	}
}

// exactlyOne reports whether one thing is so, and no other.
func exactlyOne(all ...bool) bool {
	n := 0
	for _, is := range all {
		if is {
			n++
		}
	}
	return n == 1
}

// settleRings makes accounts for load generators.
func (s *Seed) settleRings(ctx context.Context, c *Config) (err error) {
	if s.Accounts < 1 || s.Accounts > 100_000 {
		return fmt.Errorf("--accounts is from 1 to 100000, not %d", s.Accounts)
	}
	if s.Out == "" {
		return errors.New("--accounts needs --out: their tokens are told nowhere else")
	}
	key, err := serverKey(c.Data, s.KeyFile)
	if err != nil {
		return err
	}
	c.MailboxStock = min(s.Accounts, 1000)
	wall, err := c.clock()
	if err != nil {
		return err
	}
	h, err := build(ctx, c, key, wall.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); h.mailboxes.Keep(keeping) }()
	defer func() { stop(); <-kept }()
	people, err := h.plant(ctx, s.Accounts, wsURL(s.Base))
	if err != nil {
		return err
	}
	return writeLines(s.Out, people)
}

func wsURL(base string) string { return "ws" + base[len("http"):] + "/ws" }

// plant makes n accounts and befriends each ring.
func (h *house) plant(ctx context.Context, n int, ws string) ([]seeded, error) {
	people := make([]seeded, 0, n)
	run := identity.NewID()[:8]
	for i := range n {
		address, err := identity.ParseAddress(fmt.Sprintf("seed-%s-%d@seed.invalid", run, i))
		if err != nil {
			return nil, err
		}
		entry, err := h.accounts.Admit(ctx, address, "", "load generator")
		if err != nil {
			return nil, err
		}
		account := entry.Session.Account
		if err := h.accounts.Rename(ctx, account, fmt.Sprintf("Seed %d", i)); err != nil {
			return nil, err
		}
		if _, err := h.mailboxes.Take(ctx, account); err != nil {
			return nil, fmt.Errorf("account %d of %d: %w", i+1, n, err)
		}
		people = append(people, seeded{Address: address.Typed, Account: account, Device: entry.Session.Device, Token: entry.Token, WSURL: ws})
	}
	for start := 0; start < n; start += ring {
		if err := h.befriend(ctx, people[start:min(start+ring, n)]); err != nil {
			return nil, err
		}
	}
	return people, nil
}

func (h *house) befriend(ctx context.Context, people []seeded) error {
	accounts := make([]identity.AccountID, len(people))
	for i, p := range people {
		accounts[i] = p.Account
	}
	if err := h.contacts.Befriend(ctx, accounts); err != nil {
		return err
	}
	for i := range people {
		for j := range people {
			if i != j {
				people[i].Contacts = append(people[i].Contacts,
					seededContact{accounts[j], messaging.DirectID(accounts[i], accounts[j])})
			}
		}
	}
	return nil
}

func writeLines(file string, people []seeded) (err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for _, p := range people {
		if err := lines.Encode(p); err != nil {
			return err
		}
	}
	return w.Flush()
}

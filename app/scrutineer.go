package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/scrutineer"
	"folkmoot/internal/database"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

// Scrutineer is the second of the two signers of an election with votes online. It keeps everything in a data directory of its own, which the
// society's server must not be able to read: on one machine, for development, a directory beside the society's own.
type Scrutineer struct {
	Society   string   `help:"Address of the society's server." default:"http://localhost:8080" env:"FOLKMOOT_SOCIETY"`
	Tokens    []string `name:"token" help:"Token of an election, as a scrutineer made it on the election's page; one for each." env:"FOLKMOOT_SCRUTINEER_TOKENS" placeholder:"TOKEN"`
	TokenFile string   `help:"File with tokens, one a line, read again at every turn." env:"FOLKMOOT_SCRUTINEER_TOKEN_FILE" type:"path"`
	Listen    string   `help:"Address to answer voters at." default:"localhost:8090" env:"FOLKMOOT_SCRUTINEER_LISTEN"`
	Base      string   `help:"Address that voters' browsers reach, as in https://scrutineers.example. Unset: http:// and the listen address." env:"FOLKMOOT_SCRUTINEER_BASE"`
	KeyFile   string   `help:"File with the signer's key. Unset: server.key in the data directory, made once." env:"FOLKMOOT_SCRUTINEER_KEY_FILE" type:"path"`
	Practice  bool     `help:"Go by the society's clock, which somebody moves on who practises (development only)." env:"FOLKMOOT_SCRUTINEER_PRACTICE"`
	Opening   []string `name:"opening-key" help:"Public key of a scrutineer to open ballots with, in base64, as they read it out themselves; one for each of the three. With them we sign for no manifest that has other ones." env:"FOLKMOOT_SCRUTINEER_OPENING_KEYS" placeholder:"KEY"`

	MailConfig
}

const (
	signerTurn   = 30 * time.Second
	practiceTurn = time.Second
)

func (s *Scrutineer) settle() error {
	s.Society = strings.TrimSuffix(s.Society, "/")
	if s.Base == "" {
		s.Base = "http://" + s.Listen
	}
	for flag, address := range map[string]string{"--society": s.Society, "--base": s.Base} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%s is an address like https://folkmoot.example, not %q", flag, address)
		}
		switch local := loopbackHost(u.Hostname()); {
		case s.Practice && !local:
			return errors.New("--practice is for a society on this machine: leave it off")
		case flag == "--base" && s.SMTP == "" && !local:
			return errors.New("voters need a mail server to get their codes by: set --smtp")
		}
	}
	return s.MailConfig.settle()
}

// Run answers voters and does what is due until ctx ends.
func (s *Scrutineer) Run(ctx context.Context, c *Config) (err error) {
	if err := s.settle(); err != nil {
		return err
	}
	db, keys, err := openSigner(ctx, c, s.KeyFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log := c.logger()
	post, drop, err := s.mail(log, time.Now)
	if err != nil {
		return err
	}
	opening, err := s.openingKeys()
	if err != nil {
		return err
	}
	if len(opening) == 0 {
		log.WarnContext(ctx, "no --opening-key was given: whether the manifest has the scrutineers' own keys is not checked here")
	}
	signer := scrutineer.New(db, keys, post, scrutineer.Options{
		Society: s.Society, Address: s.Base, Tokens: s.tokens, Opening: opening, Practice: s.Practice, Now: time.Now, Log: log, Write: voteCode(ctx),
	})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.turns(ctx, func() {
			if err := signer.Turn(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "the signer tries again", "error", err)
			}
		})
	}()
	defer func() { stop(); <-ended }()
	return listen(ctx, s.Listen, signer.Handler(drop), func(at net.Addr) {
		log.InfoContext(ctx, "the scrutineers' signer is open", "address", s.Base, "listening", at.String(), "society", s.Society)
	})
}

// openingKeys are the scrutineers' public keys, as they were read out.
func (s *Scrutineer) openingKeys() (keys [][]byte, err error) {
	for _, given := range s.Opening {
		key, err := base64.StdEncoding.DecodeString(given)
		if err != nil || ballot.CheckScrutineer(key) != nil {
			return nil, fmt.Errorf("--opening-key %q is no public key of a scrutineer", given)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// tokens are those of the flags and of the file, which a scrutineer adds to while we run.
func (s *Scrutineer) tokens() ([]string, error) {
	all := append([]string{}, s.Tokens...)
	if s.TokenFile == "" {
		return all, nil
	}
	raw, err := os.ReadFile(s.TokenFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	return append(all, strings.Fields(string(raw))...), nil
}

// openSigner opens what the signer keeps: its database and its keys, in a directory of its own.
func openSigner(ctx context.Context, c *Config, keyFile string) (db *database.DB, keys scrutineer.Keys, err error) {
	data := filepath.Join(c.Data, "scrutineer")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, keys, err
	}
	key, err := serverKey(data, keyFile)
	if err != nil {
		return nil, keys, err
	}
	if keys, err = scrutineer.NewKeys(key); err != nil {
		return nil, keys, err
	}
	at := c.Database
	if at == ownDatabase(c.Data) {
		at = ownDatabase(data)
	}
	if db, err = database.Open(ctx, at); err != nil {
		return nil, keys, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, keys, errors.Join(err, db.Close())
	}
	return db, keys, nil
}

// voteCode writes the letters with voters' codes.
func voteCode(ctx context.Context) scrutineer.Writer {
	return func(to, title, code, page string) (mail.Letter, error) {
		return email.VoteCode(ctx, to, "", title, code, page)
	}
}

// turns does something at once, and then again and again.
func (s *Scrutineer) turns(ctx context.Context, do func()) {
	every := signerTurn
	if s.Practice {
		every = practiceTurn
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

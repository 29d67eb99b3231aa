package scrutineer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// Client speaks to the society's server, by a token that a scrutineer made there for one election.
type Client struct {
	Society string // address
	Token   string
}

// ErrAddress says that a society's address is none.
var ErrAddress = errors.New("a society's address is one like https://folkmoot.example")

// NewClient is one. ErrAddress.
func NewClient(society, token string) (Client, error) {
	at, err := url.Parse(society)
	if err != nil || at.Host == "" || strings.Trim(at.Path, "/") != "" || at.Scheme != "http" && at.Scheme != "https" {
		return Client{}, ErrAddress
	}
	return Client{at.Scheme + "://" + at.Host, token}, nil
}

const (
	largestCopy = 256 << 20 // of a roll and its manifests
	patience    = 2 * time.Minute
)

// Introduction is what the signer tells the society of itself.
type Introduction struct {
	Address string                  `json:"address"`
	Issuer  []byte                  `json:"issuer"`
	Keys    map[member.Class][]byte `json:"keys"`
}

func (c Client) look(ctx context.Context) (s Society, err error) {
	return s, c.ask(ctx, http.MethodGet, "/signer", nil, &s)
}

func (c Client) introduce(ctx context.Context, i Introduction) error {
	return c.ask(ctx, http.MethodPut, "/signer/keys", i, nil)
}

func (c Client) copy(ctx context.Context) (s election.SignerCopy, err error) {
	return s, c.ask(ctx, http.MethodGet, "/signer/copy", nil, &s)
}

func (c Client) count(ctx context.Context, class member.Class, said ballot.Issued) error {
	return c.ask(ctx, http.MethodPut, "/signer/issued/"+string(class), said, nil)
}

// ToOpen is what a scrutineer opens by this token: what is elected, and the classes.
type ToOpen struct {
	Title   string         `json:"title"`
	Classes []member.Class `json:"classes"`
}

// ToOpen asks what there is to open.
func (c Client) ToOpen(ctx context.Context) (is ToOpen, err error) {
	return is, c.ask(ctx, http.MethodGet, "/opener", nil, &is)
}

// Handed is what a scrutineer gets to do, with the manifest that says by which keys.
type Handed struct {
	box.Work

	Manifest string `json:"manifest"`
	Number   int    `json:"number"` // the scrutineer's, from 0
}

// ErrNotOurs says that a society's server wants ballots opened by a manifest that is not the scrutineer's.
var ErrNotOurs = errors.New("the society's manifest has another key than yours: open nothing, and tell the other scrutineers")

// check holds what was handed to a scrutineer against their key. What was not cast as it should be is left out: it is not theirs to open. ErrNotOurs.
func (h Handed) check(key ballot.ScrutineerKey) (w box.Work, left int, err error) {
	m, err := election.ReadManifest(h.Manifest)
	if err != nil || m.Online == nil || h.Number < 0 || h.Number >= len(m.Online.Opening) || !bytes.Equal(m.Online.Opening[h.Number], key.Public()) {
		return w, 0, ErrNotOurs
	}
	contest := ballot.Contest(sha256.Sum256([]byte(h.Manifest)))
	sound := func(p box.Piece) bool { return p.Cast.Check(contest, m.Online.Signers()) == nil }
	for _, p := range h.Peel {
		if sound(p) {
			w.Peel = append(w.Peel, p)
		}
	}
	for _, p := range h.Open {
		if sound(p) {
			w.Open = append(w.Open, p)
		}
	}
	return w, len(h.Peel) + len(h.Open) - len(w.Peel) - len(w.Open), nil
}

// sentAtOnce is how many seals or ballots are sent in one request, which may have 64 KB.
const sentAtOnce = 40

// Opened is what somebody did with their key for the ballots of a class.
type Opened struct{ Peeled, Opened, NotOpened, LeftOut int } // LeftOut: not cast by a voter whom both signers signed for

// Open does what is there for a scrutineer to do with the ballots of a class, until nothing is left.
func (c Client) Open(ctx context.Context, class member.Class, key ballot.ScrutineerKey) (all Opened, err error) {
	for {
		var handed Handed
		if err := c.ask(ctx, http.MethodGet, "/opener/"+string(class), nil, &handed); err != nil || len(handed.Peel)+len(handed.Open) == 0 {
			return all, err
		}
		w, left, err := handed.check(key)
		all.LeftOut = left
		if err != nil || len(w.Peel)+len(w.Open) == 0 {
			return all, err
		}
		done := w.Do(key)
		for some := range slices.Chunk(done.Peeled, sentAtOnce) {
			if err := c.ask(ctx, http.MethodPost, "/opener/"+string(class), box.Done{Peeled: some}, nil); err != nil {
				return all, err
			}
		}
		for some := range slices.Chunk(done.Openings, sentAtOnce) {
			if err := c.ask(ctx, http.MethodPost, "/opener/"+string(class), box.Done{Openings: some}, nil); err != nil {
				return all, err
			}
		}
		all.Peeled, all.Opened = all.Peeled+len(done.Peeled), all.Opened+len(done.Openings)
		for _, one := range done.Openings {
			if one.Spoiled != "" {
				all.NotOpened++
			}
		}
	}
}

func (c Client) ask(ctx context.Context, method, path string, say, hear any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body io.Reader
	if say != nil {
		raw, err := json.Marshal(say)
		if err != nil {
			return fmt.Errorf("tell the society: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.Society+path, body)
	if err != nil {
		return fmt.Errorf("ask the society: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the society: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode/100 != 2 {
		var said struct{ Error string }
		_ = json.NewDecoder(io.LimitReader(answer.Body, 4<<10)).Decode(&said) // what is no JSON says nothing to us
		return fmt.Errorf("the society's server answers %s%s", answer.Status, strings.TrimSuffix(": "+said.Error, ": "))
	}
	if hear == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, largestCopy)).Decode(hear); err != nil {
		return fmt.Errorf("read the society's answer: %w", err)
	}
	return nil
}

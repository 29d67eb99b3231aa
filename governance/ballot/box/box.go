// Package box is the ballot box: it takes casts and keeps them by voter key, and gives those that count to two scrutineers to open. It knows
// nobody: not who has a key, not when a cast came nor from where.
package box

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/ballot"
)

// Poll is what the box has to know of a contest, as its manifest says it.
type Poll struct {
	Contest  ballot.Contest
	Signers  ballot.Signers
	Opens    time.Time
	Closes   time.Time
	Called   bool // it was not called off or set aside
	Manifest []byte
}

// Errors of the ballot box. Each says what does not hold, and nothing of whose it is.
var (
	ErrNoContest  = errors.New("there is no such contest")
	ErrNotOpen    = errors.New("the poll is not open yet")
	ErrClosed     = errors.New("the poll is closed")
	ErrReplayed   = errors.New("a later ballot with that key, or another with the same number, was cast already")
	ErrSkipped    = errors.New("the next ballot with that key has the number after the last one's")
	ErrNoCast     = errors.New("nothing was cast with that key")
	ErrStillOpen  = errors.New("the poll is open: ballots are opened when it has closed")
	ErrNotOnes    = errors.New("that seal is not yours to open, or not of a ballot that counts")
	ErrOtherWorld = errors.New("that is no number of a scrutineer")
)

// Standing is what the box tells whoever has a voter key's hash of their last cast.
type Standing struct {
	Sequence uint64
	Entry    ballot.Digest
	Receipt  ballot.Receipt
	Logged   bool // the public log has the entry
}

// KeyHash is how the box names a voter key.
func KeyHash(public ed25519.PublicKey) ballot.Digest { return sha256.Sum256(public) }

// Key is what the box signs receipts with.
type Key struct{ private ed25519.PrivateKey }

// NewKey makes it from the server's key, so that all processes on one database have the same.
func NewKey(server []byte) (Key, error) {
	private, err := ballot.Derived(server, "folkmoot ballot box")
	return Key{private}, err
}

// Public is the public half, as manifests have it.
func (k Key) Public() ed25519.PublicKey {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return public
}

// takes reports whether a poll takes ballots at a moment.
func (p Poll) takes(at time.Time) error {
	switch {
	case !p.Called || !at.Before(p.Closes):
		return ErrClosed
	case at.Before(p.Opens):
		return ErrNotOpen
	}
	return nil
}

// Piece is one seal for a scrutineer to take off.
type Piece struct {
	Cast   ballot.Cast `json:"cast"`
	Pair   int         `json:"pair"`
	Peeled []byte      `json:"peeled,omitempty"` // what the first of the pair left for the second
}

// Work is what a scrutineer can do for ballots that count: take outer seals off, and open what others have peeled.
type Work struct {
	Peel []Piece `json:"peel"`
	Open []Piece `json:"open"`
}

// Peeled is a seal without its outer one; empty for one that did not come off.
type Peeled struct {
	Entry  ballot.Digest `json:"entry"`
	Pair   int           `json:"pair"`
	Peeled []byte        `json:"peeled"`
}

// Opened is a ballot that a scrutineer opened, or that did not open.
type Opened struct {
	ballot.Opening

	Entry ballot.Digest `json:"entry"`
	Pair  int           `json:"pair"`
}

// Done is what a scrutineer did of their work.
type Done struct {
	Peeled   []Peeled `json:"peeled"`
	Openings []Opened `json:"openings"`
}

// Do does work with a scrutineer's key. What cannot be peeled or opened is said to be so.
func (w Work) Do(key ballot.ScrutineerKey) (done Done) {
	for _, p := range w.Peel {
		off, err := key.Peel(p.Cast, p.Pair)
		if err != nil {
			off = nil
		}
		done.Peeled = append(done.Peeled, Peeled{p.Cast.Entry(), p.Pair, off})
	}
	for _, p := range w.Open {
		one := Opened{Entry: p.Cast.Entry(), Pair: p.Pair}
		if plain, err := key.Open(p.Cast, p.Pair, p.Peeled); err == nil {
			one.Opening = plain.Opening(p.Cast.Statement)
		} else {
			one.Opening = ballot.Opening{Public: p.Cast.Credential.Public, Sequence: p.Cast.Sequence, Spoiled: ballot.NotOpened}
		}
		done.Openings = append(done.Openings, one)
	}
	return done
}

// Progress is how far the ballots of a contest are opened.
type Progress struct {
	Ballots   int             // that count: one a voter key
	Peeled    [len(pairs)]int // by pair
	Settled   [len(pairs)]int // by pair: opened, or found not to open
	Opened    int
	NotOpened int // that no two of those who take part could open
}

// Missing is how many are not opened, though two who take part have not tried.
func (p Progress) Missing() int { return p.Ballots - p.Opened - p.NotOpened }

// PeeledBy is from how many ballots each scrutineer took an outer seal off.
func (p Progress) PeeledBy() (by [ballot.Scrutineer]int) {
	for i, pair := range pairs {
		by[pair[0]] = max(by[pair[0]], p.Peeled[i])
	}
	return by
}

// OpenedBy is how many ballots each scrutineer opened, or found not to open.
func (p Progress) OpenedBy() (by [ballot.Scrutineer]int) {
	for i, pair := range pairs {
		by[pair[1]] += p.Settled[i]
	}
	return by
}

var pairs = ballot.Pairs

// peels and opens are the pairs in which a scrutineer takes the outer and the inner seal off.
func peels(number int) (in []int) { return pairsWith(number, 0) }
func opens(number int) (in []int) { return pairsWith(number, 1) }

func pairsWith(number, layer int) (in []int) {
	for i, p := range pairs {
		if p[layer] == number {
			in = append(in, i)
		}
	}
	return in
}

// read reads what the box itself has written.
func read[T any](text string) (v T, err error) {
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("read the ballot box: %w", err)
	}
	return v, nil
}

func written(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write into the ballot box: %w", err)
	}
	return string(raw), nil
}

// Package bulletin is the public log of one contest: its manifest, and after it what the ballot box took, which nobody can take out again or
// change without everybody seeing it. It is a tree of hashes in files that any web server can serve (c2sp.org/tlog-tiles).
package bulletin

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"folkmoot/governance/ballot"
)

// Key is what a contest's log signs its checkpoints with.
type Key struct {
	signer   note.Signer
	verifier note.Verifier
	line     string
}

// algorithm is the number of Ed25519 in keys of signed notes.
const algorithm = 1

// NewKey makes a log's key from the server's key, so that all processes on one database have the same. Its name, which is the log's origin too,
// is folkmoot/ELECTION/CLASS: it cannot have the contest's hash in it, because the manifest has the key. ErrBadName.
func NewKey(server []byte, election, class string) (Key, error) {
	name := "folkmoot/" + election + "/" + class
	private, err := ballot.Derived(server, "log of "+name)
	if err != nil {
		return Key{}, err
	}
	public, _ := private.Public().(ed25519.PublicKey)
	line, err := note.NewEd25519VerifierKey(name, public)
	if err != nil || election == "" || class == "" || strings.Contains(election+class, "/") {
		return Key{}, ErrBadName
	}
	hash := strings.Split(line, "+")[1] // NAME+HASH+KEY, and a name has no + in it
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{algorithm}, private.Seed()...)))
	if err != nil {
		return Key{}, ErrBadName
	}
	verifier, err := note.NewVerifier(line)
	if err != nil {
		return Key{}, ErrBadName
	}
	return Key{signer, verifier, line}, nil
}

// Origin is the log's name, with which every checkpoint begins.
func (k Key) Origin() string { return k.verifier.Name() }

// Verifier is the public key in one line, as signed notes have it and as the manifest has it: NAME+HASH+KEY.
func (k Key) Verifier() string { return k.line }

// Errors of logs.
var (
	ErrBadName       = errors.New("a log's name is made of an election and a class without spaces, + and /")
	ErrBadVerifier   = errors.New("that is no public key of a log")
	ErrOtherKey      = errors.New("the log's checkpoint is signed with another key, or by a log of another name")
	ErrOtherContest  = errors.New("the log does not begin with this contest's manifest")
	ErrInUse         = errors.New("the log is open in another process")
	ErrNotInLog      = errors.New("that is not in the published log")
	ErrBroken        = errors.New("the log could not be written to: it must be opened anew")
	ErrHistory       = errors.New("the log is not the one that was published")
	errNotTheTree    = errors.New("it is not what the log's entries make it")
	errNotAllEntries = errors.New("it has other entries than a log of this size has there")
)

// Checkpoint is what a log says of itself: how many entries it has, and the hash of their tree.
type Checkpoint struct {
	Text string // the signed note
	Size uint64
	Root []byte // RFC 6962
}

// readCheckpoint reads a signed note. ErrOtherKey.
func readCheckpoint(raw []byte, by note.Verifier) (Checkpoint, error) {
	c, _, _, err := log.ParseCheckpoint(raw, by.Name(), by)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrOtherKey, err)
	}
	return Checkpoint{string(raw), c.Size, c.Hash}, nil
}

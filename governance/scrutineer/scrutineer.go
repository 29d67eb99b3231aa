// Package scrutineer is the scrutineers' signer: the second of the two whose signature makes a voter's key valid. It runs in a process of its own
// with its own keys, database and copy of the roll, knows voters by codes that it mails itself, and believes the society in nothing that it can
// check: the roll by its hash, the manifest by its own keys in it.
package scrutineer

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/mail"
)

// Keys are the signer's. All come from its key file, except those that sign voters' keys.
type Keys struct {
	key   []byte
	codes []byte
	vault ballot.Vault
}

// NewKeys makes them.
func NewKeys(key []byte) (k Keys, err error) {
	k.key = key
	if k.codes, err = hkdf.Key(sha256.New, key, nil, "folkmoot mailed codes", sha256.Size); err != nil {
		return k, fmt.Errorf("make the key of mailed codes: %w", err)
	}
	k.vault, err = ballot.NewVault(key)
	return k, err
}

// issuer is the key with which the signer says how many keys it signed in an election.
func (k Keys) issuer(election string) (ed25519.PrivateKey, error) {
	return ballot.Derived(k.key, "folkmoot issuer "+election)
}

const (
	codeSize  = 10 // bytes: 80 bits, which nobody guesses
	codeGroup = 4
)

// crockford is base 32 without letters that are mistaken for figures.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// code is a voter's in an election. It is always the same, so that it can be mailed again, and is kept nowhere.
func (k Keys) code(election string, m member.ID) string {
	sum := hmac.New(sha256.New, k.codes)
	_, _ = fmt.Fprintf(sum, "%d %s %s", len(election), election, m) // a hash takes everything
	return crockford.EncodeToString(sum.Sum(nil)[:codeSize])
}

// Shown is a code as people read it: in groups.
func Shown(code string) string {
	var groups []string
	for len(code) > codeGroup {
		groups = append(groups, code[:codeGroup])
		code = code[codeGroup:]
	}
	return strings.Join(append(groups, code), "-")
}

// typed is a code as it was meant, from what somebody typed.
func typed(code string) string {
	code = strings.ToUpper(code)
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(code)
}

// same compares codes in a time that tells nothing.
func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// Asked is what a voter asks for: a signature on a blinded key, by the code that was mailed to them.
type Asked struct {
	Contest ballot.Contest `json:"contest"`
	Member  member.ID      `json:"member"`
	Code    string         `json:"code"`
	Blinded []byte         `json:"blinded"`
}

// Count is how many keys were signed in a contest, for everybody to see.
type Count struct {
	Contest ballot.Contest `json:"contest"`
	Voters  int            `json:"voters"`
	Issued  int            `json:"issued"`
}

// Writer writes the letter with a voter's code.
type Writer func(to, title, code, page string) (mail.Letter, error)

// Errors of the scrutineers' signer.
var (
	ErrUnknown      = errors.New("that contest is not one of ours")
	ErrWrongCode    = errors.New("that code is not the one that was mailed")
	ErrOtherKey     = errors.New("another key was signed for this voter already; nobody gets a second one")
	ErrClosed       = errors.New("the poll is closed")
	ErrRoll         = errors.New("the roll that the society sent is not the one whose hash is in the manifest: sign nothing, and ask why")
	ErrOtherSigner  = errors.New("the manifest that the society sent has other keys than ours: sign nothing, and ask why")
	ErrOtherOpeners = errors.New("the manifest has other keys to open ballots with than the scrutineers told us: sign nothing, and ask why")
	ErrManifestSays = errors.New("the manifest that the society sent is another election's or class's: sign nothing, and ask why")
)

// openers reports whether a manifest has just the keys that scrutineers told us, if they did: else the society could have made them itself, and open
// every ballot.
func openers(in [ballot.Scrutineer][]byte, told [][]byte) bool {
	if len(told) == 0 {
		return true
	}
	for _, key := range in {
		if !slices.ContainsFunc(told, func(t []byte) bool { return bytes.Equal(t, key) }) {
			return false
		}
	}
	return true
}

// checked are the contests of a copy, if the roll and the manifests hold: they have our keys, and the roll's hash.
func checked(c election.SignerCopy, ours map[member.Class][]byte, issuer ed25519.PublicKey, opening [][]byte) (map[member.Class]ballot.Contest, string, error) {
	var voters []election.Voter
	for _, line := range c.Roll {
		voters = append(voters, election.Voter{Member: line.Member, Class: line.Class})
	}
	hash, contests := election.Hash(voters), map[member.Class]ballot.Contest{}
	for class, text := range c.Contests {
		m, err := election.ReadManifest(text)
		switch {
		case err != nil || m.Election != c.Election || m.Class != class || !m.PollCloses.Equal(c.Closes):
			return nil, "", ErrManifestSays
		case m.RollHash != hash:
			return nil, "", ErrRoll
		case m.Online == nil || string(m.Online.Scrutineers) != string(ours[class]) || string(m.Online.Issuer) != string(issuer):
			return nil, "", ErrOtherSigner
		case !openers(m.Online.Opening, opening):
			return nil, "", ErrOtherOpeners
		}
		contests[class] = sha256.Sum256([]byte(text))
	}
	return contests, hash, nil
}

// Society is what the signer asks the society's server.
type Society struct {
	Election string         `json:"election"`
	Title    string         `json:"title"`
	Classes  []member.Class `json:"classes"`
	Final    bool           `json:"final"` // the roll
	Closes   time.Time      `json:"poll_closes"`
	Now      time.Time      `json:"now"`
}

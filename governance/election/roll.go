package election

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

// Roll is one version of an election's roll.
type Roll struct {
	Version    int // from 1
	Size       map[member.Class]int
	Hash       string // of its lines: Hash
	Correction string // what led to it; "" for the first
	MadeAt     time.Time
}

// Voters is how many are on it.
func (r Roll) Voters() (n int) {
	for _, size := range r.Size {
		n += size
	}
	return n
}

// Voter is one line of a roll: in which class somebody votes.
type Voter struct {
	Member member.ID
	Class  member.Class
}

// Hash is SHA-256, in hex, over the lines "member class\n" in the order of the members' IDs. It tells nobody who they are.
func Hash(voters []Voter) string {
	sorted := slices.SortedFunc(slices.Values(voters), func(a, b Voter) int { return cmp.Compare(a.Member, b.Member) })
	sum := sha256.New()
	for _, v := range sorted {
		_, _ = io.WriteString(sum, fmt.Sprintf("%s %s\n", v.Member, v.Class)) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func sizes(voters []Voter) map[member.Class]int {
	size := map[member.Class]int{}
	for _, v := range voters {
		size[v.Class]++
	}
	return size
}

// Correction is a change to a roll that officers propose: the class from then on, "" to strike somebody off.
type Correction struct {
	ID          string
	Election    string
	Member      member.ID
	Class       member.Class
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt time.Time // zero while it is proposed
	DroppedBy   identity.AccountID
	DroppedAt   time.Time
}

// Open reports whether it waits for a second officer.
func (c Correction) Open() bool { return c.ConfirmedAt.IsZero() && c.DroppedAt.IsZero() }

// Waits reports whether it waits for this officer's word.
func (c Correction) Waits(by identity.AccountID) bool { return c.Open() && by != c.ProposedBy }

// Objection is what a member says is wrong with a roll.
type Objection struct {
	ID         string
	Election   string
	Member     member.ID // who objects
	Words      string
	MadeAt     time.Time
	Answer     string
	AnsweredBy identity.AccountID
	AnsweredAt time.Time // zero while it is open
}

// Errors of the roll.
var (
	ErrTooEarly     = errors.New("the roll is made when the record date is over")
	ErrNoRoll       = errors.New("the roll is not made yet")
	ErrOpened       = errors.New("the poll has opened, or the election was called off: the roll is not changed any more")
	ErrSameLine     = errors.New("the roll says that already")
	ErrOwnLine      = errors.New("nobody corrects their own line")
	ErrProposed     = errors.New("a correction of that line waits for a second officer already")
	ErrNoCorrection = errors.New("there is no such correction, or it is decided")
	ErrNotMember    = errors.New("only a member is on the roll")
	ErrObjected     = errors.New("an objection of yours waits for an answer already")
	ErrTooLate      = errors.New("the time to object is over")
	ErrNoObjection  = errors.New("there is no such objection, or it is answered")
)

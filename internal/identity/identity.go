// Package identity knows who is who: accounts, the addresses that prove them, the devices they use, and who is signed in.
package identity

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
)

// Ids are NewID's: they say nothing about what they name.
type (
	AccountID   string
	DeviceID    string
	ChallengeID string
)

var idLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID makes an id of 26 lower-case letters and digits, 128 random bits.
func NewID() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: it would end the program
	return idLetters.EncodeToString(bits[:])
}

// Account is a person's identity on the service.
type Account struct {
	ID             AccountID
	Name, Language string // Name is "" until chosen
	Since          time.Time
}

// Device is one browser profile or program that an account has used.
type Device struct {
	ID              DeviceID
	Account         AccountID
	Name            string
	Since, LastSeen time.Time // LastSeen is right to the hour
	Revoked         bool
	SignedIn        bool
}

// Session says who somebody at the door is.
type Session struct {
	Account AccountID
	Device  DeviceID
	Name    string // what the account is called, "" until chosen
	Expires time.Time
}

// Entry is what somebody who has proved an address leaves with. Token and DeviceSecret are told this once, and kept only as hashes.
type Entry struct {
	Session             Session
	Token, DeviceSecret string
	NewAccount          bool // nobody had signed in to it before
}

// Jobs that identity queues. They are done in app/work.
type (
	// SendCode wants the challenge's code sent to its address.
	SendCode struct {
		Challenge ChallengeID `json:"challenge"`
	}
	// AccountOpened follows the first time that somebody signs in to an account.
	AccountOpened struct {
		Account AccountID `json:"account"`
	}
	// DeviceRevoked follows when an account no longer trusts one of its devices.
	DeviceRevoked struct {
		Account AccountID `json:"account"`
		Device  DeviceID  `json:"device"`
	}
)

func (SendCode) Kind() string      { return "send_code" }      // Kind names the job.
func (AccountOpened) Kind() string { return "account_opened" } // Kind names the job.
func (DeviceRevoked) Kind() string { return "device_revoked" } // Kind names the job.

// Accounts is the book of accounts, with the key that makes its codes.
type Accounts struct {
	db    *database.DB
	queue *jobs.Queue
	key   []byte
	now   func() time.Time
}

// NewAccounts opens the book. key is secret, at least 32 bytes, and the same in every process; a new one voids the codes under way.
func NewAccounts(db *database.DB, queue *jobs.Queue, key []byte, now func() time.Time) *Accounts {
	if len(key) < 32 {
		panic("identity: the key of the codes is shorter than 32 bytes")
	}
	// Microseconds are what PostgreSQL keeps.
	return &Accounts{db, queue, key, database.Clock(now)}
}

const (
	longestName       = 60 // runes
	longestDeviceName = 60
)

// properName is a display name as it is kept, or ErrBadName.
func properName(typed string) (string, error) {
	if !utf8.ValidString(typed) || len(typed) > 8*longestName || strings.ContainsFunc(typed, sly) {
		return "", ErrBadName
	}
	name := norm.NFC.String(strings.TrimSpace(typed))
	if utf8.RuneCountInString(name) > longestName || strings.TrimFunc(name, unseen) == "" {
		return "", ErrBadName
	}
	return name, nil
}

// sly runes change how the text around them is read, or end a line.
func sly(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// unseen runes leave no mark: a name of them alone looks like none.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// shortName is a device's name as it is kept; any text will do.
func shortName(given string) string {
	given = strings.ToValidUTF8(given, "")
	given = strings.TrimSpace(strings.Map(func(r rune) rune {
		if sly(r) {
			return -1
		}
		return r
	}, given))
	if runes := []rune(given); len(runes) > longestDeviceName {
		given = strings.TrimSpace(string(runes[:longestDeviceName]))
	}
	return given
}

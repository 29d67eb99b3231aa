package meeting

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// Whole is the item of the minutes that is about the meeting as a whole.
const Whole = "meeting"

// Mark is a fingerprint of what minutes say, and of who took the chair: the chair signs what they read, and nothing that was written meanwhile.
func Mark(notes map[string]string, seats []Seats) string {
	sum := sha256.New()
	for _, item := range slices.Sorted(maps.Keys(notes)) {
		if notes[item] != "" {
			fmt.Fprintf(sum, "%q %q\n", item, notes[item])
		}
	}
	fmt.Fprintf(sum, "%d", len(seats))
	return hex.EncodeToString(sum.Sum(nil))
}

// InChair is who was in the chair last while a meeting sat: who was given its minutes to sign afterwards was not.
func (m Meeting) InChair(given []Seats) string {
	name := m.OpenedName
	for _, s := range given {
		if !m.After(s) {
			name = s.Chair
		}
	}
	return name
}

// After reports whether seats were given when the meeting was closed: they are for its minutes alone.
func (m Meeting) After(s Seats) bool { return !m.ClosedAt.IsZero() && s.At.After(m.ClosedAt) }

// Unkept tells of which items something is said that minutes cannot keep, and why: it is too long, or has hidden characters.
func Unkept(said map[string]string) map[string]error {
	items := map[string]error{}
	for item, words := range said {
		if _, err := member.Prose(words, LongestMinutes); err != nil {
			items[item] = member.Amiss(ErrBadMinutes, err)
		}
	}
	return items
}

// Addition is what was added to the minutes after they were signed.
type Addition struct {
	ID    string
	Words string
	As    string // the office, or the task at the meeting
	At    time.Time
}

// Action is something that is to be done.
type Action struct {
	ID      string
	Meeting string
	Words   string
	Who     string // a role, or somebody by name
	Due     calendar.Date
	MadeAt  time.Time
	DoneAt  time.Time
	Note    string // about what was done
}

// Overdue reports whether it should have been done before a day.
func (a Action) Overdue(on calendar.Date) bool { return a.DoneAt.IsZero() && on.After(a.Due) }

// Limits of minutes.
const (
	LongestAction = 300 // runes
	MostActions   = 60  // of one meeting
	MostAdditions = 30  // to the minutes of one meeting
	ActionsListed = 200
)

// Errors of minutes.
var (
	ErrNotClosed   = errors.New("the meeting is not over")
	ErrSigned      = errors.New("the minutes are signed: add to them instead")
	ErrNotSigned   = errors.New("the minutes are not signed yet")
	ErrBadMinutes  = errors.New("the text is too long or has hidden characters")
	ErrNothingSaid = errors.New("write something")
	ErrNoWho       = errors.New("say who does it")
	ErrNoDue       = errors.New("say until which day, from today on")
	ErrNoAction    = errors.New("there is no such action")
	ErrNotWriter   = errors.New("only whoever writes the minutes, or an officer, may do that")
)

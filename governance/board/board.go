// Package board keeps who sits on the board: for which class, from when until when, and how they came to it.
package board

import (
	"errors"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Way is how somebody came to a seat.
type Way string

const (
	Elected Way = "elected"
	CoOpted Way = "co-opted" // by the board, to fill a casual vacancy
)

// Seat is one seat of a class, as one person holds it.
type Seat struct {
	ID         string
	Class      member.Class
	Number     int // seats of a class are numbered from 1
	Member     member.ID
	Name       string
	Interests  string // what they declared that could come into conflict with the society's
	Way        Way
	Election   string // "" for a co-option
	Minute     string // of the board that decided a co-option
	Since      calendar.Date
	Until      calendar.Date // the last day of the term
	RecordedBy identity.AccountID
	RecordedAt time.Time
	Ended      calendar.Date // the last day, when it ended early
	EndedWhy   string
	EndedBy    identity.AccountID
	EndedAt    time.Time // zero while nobody ended it early
}

// Last is the last day of the seat.
func (s Seat) Last() calendar.Date {
	if s.EndedAt.IsZero() {
		return s.Until
	}
	return s.Ended
}

// Held reports whether they sit on a day.
func (s Seat) Held(on calendar.Date) bool { return !on.Before(s.Since) && !on.After(s.Last()) }

// Vacancy is a seat that nobody holds.
type Vacancy struct {
	Class  member.Class
	Number int
	Left   calendar.Date // the last day of the term that was left early; zero when a new term begins with whoever takes the seat
	Since  calendar.Date // the first day without anybody; zero when nobody ever sat there
}

// Vacant are the seats of a class that nobody holds on a day or has taken for a later one, those with the longest terms first. All is every
// seat that ever was; there are so many now.
func Vacant(all []Seat, class member.Class, seats int, on calendar.Date) []Vacancy {
	var free []Vacancy
	for n := 1; n <= seats; n++ {
		if v, vacant := vacancy(all, class, n, on); vacant {
			free = append(free, v)
		}
	}
	slices.SortStableFunc(free, func(a, b Vacancy) int {
		switch {
		case a.Left.IsZero() || b.Left.IsZero(): // a whole term is the longest
			return boolOrder(a.Left.IsZero(), b.Left.IsZero())
		default:
			return b.Left.Compare(a.Left)
		}
	})
	return free
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func vacancy(all []Seat, class member.Class, number int, on calendar.Date) (Vacancy, bool) {
	v := Vacancy{Class: class, Number: number}
	for _, s := range all {
		if s.Class != class || s.Number != number || s.Last().Before(s.Since) {
			continue
		}
		if !s.Last().Before(on) {
			return v, false
		}
		if v.Since.IsZero() || s.Last().AddDays(1).After(v.Since) {
			v.Since = s.Last().AddDays(1)
		}
		if s.Way == Elected && !s.Until.Before(on) && s.Until.After(v.Left) { // whoever was co-opted serves no term
			v.Left = s.Until
		}
	}
	return v, true
}

// apart is how long somebody has to be away for terms not to be in a row.
const apart = 365

// TermsInRow is for how many terms in a row somebody was elected before a day: rule 14.16 limits them. A co-option is none, nor is a seat that
// was left before it began.
func TermsInRow(all []Seat, m member.ID, before calendar.Date) (n int) {
	own := slices.DeleteFunc(slices.Clone(all), func(s Seat) bool {
		return s.Member != m || s.Way != Elected || !s.Since.Before(before) || s.Last().Before(s.Since)
	})
	slices.SortFunc(own, func(a, b Seat) int { return b.Since.Compare(a.Since) })
	next := before
	for _, s := range own {
		if s.Last().Days(next) > apart {
			break
		}
		n++
		next = s.Since
	}
	return n
}

// Taking is how an election fills seats of a class.
type Taking struct {
	Election   string
	Class      member.Class
	On         calendar.Date // the first day of the terms
	TermMonths int
	People     []Person // in the order in which they were elected: the first has the longest term
}

// Person is somebody who takes a seat.
type Person struct {
	Member    member.ID
	Name      string
	Interests string
}

// CoOption is how the board fills a casual vacancy.
type CoOption struct {
	Person

	Class  member.Class
	Since  calendar.Date
	Until  calendar.Date // zero: for as long as it can be
	Minute string
}

// mostMonths is the longest co-option: until an annual meeting has been at the latest.
const mostMonths = 12

// longest is the last day of a co-option to a vacancy that begins on a day.
func (v Vacancy) longest(since calendar.Date) calendar.Date {
	last := afterMonths(since, mostMonths)
	if !v.Left.IsZero() && v.Left.Before(last) {
		return v.Left
	}
	return last
}

// afterMonths is the last day of a term of so many months that begins on a day: the one before the same day of a month, or the last of a month
// that has no such day.
func afterMonths(d calendar.Date, months int) calendar.Date {
	last := d.InMonth().Add(months)
	if d.Day > last.Last().Day {
		return last.Last()
	}
	return last.Day(d.Day).AddDays(-1)
}

// Errors of the board.
var (
	ErrNotOfficer = errors.New("only an officer may do that")
	ErrNoClass    = errors.New("there is no such class")
	ErrNotVacant  = errors.New("no seat of that class is vacant on that day")
	ErrNotInClass = errors.New("that member is not in the class whose seat it is")
	ErrSits       = errors.New("that member sits on the board already")
	ErrNoSeat     = errors.New("there is no such seat, or it has ended")
	ErrNoName     = errors.New("say under which name they are on the board")
	ErrNoMinute   = errors.New("say where the board's minutes have the decision")
	ErrNoReason   = errors.New("say why")
	ErrBadDay     = errors.New("that day cannot be")
)

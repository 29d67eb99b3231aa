// Package election runs elections to the board: the rule book and the timetable, who is told, the roll of those who may vote.
package election

import (
	"errors"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Rule is the counting rule of an election.
type Rule = tally.Rule

// The rules by which boards are elected.
const (
	Scottish = tally.Scottish
	Meek     = tally.Meek
)

// Call is what officers propose when they call an election.
type Call struct {
	Title       string
	Minute      string // of the board that decided to hold it
	Rule        Rule
	Ballots     Ballots              // BallotsPaper unless it says otherwise
	Seats       map[member.Class]int // at least one in all
	Motion      *Motion              // that is voted on, of a ballot that fills no seats; nil for an election to the board
	Timetable   Timetable
	Returning   identity.AccountID
	Scrutineers []identity.AccountID
}

// Election is one election, from its call to its end.
type Election struct {
	Call
	ID          string
	RuleBook    int // version
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt time.Time // zero while it is proposed
	NoticedAt   time.Time // zero until the notices are written
	EndedBy     identity.AccountID
	EndedWhy    string
	EndedAt     time.Time // when it was called off, or set aside; zero for one that is not
	CertifiedAt time.Time // when the newest certificate had all its signatures; zero while it has not
	SeatedAt    time.Time // when those who were elected took their seats; zero until then
}

// State is how far an election has come.
type State string

const (
	Proposed    State = "proposed"    // waits for a second officer
	Called      State = "called"      // notice is still to be given
	Missed      State = "missed"      // notice was not given on its day: there is nothing but to call it off
	Noticed     State = "noticed"     // notice was given; nominations are to come
	Nominations State = "nominations" // may be handed in
	Hustings    State = "hustings"    // nominations are closed, the poll is to come
	Polling     State = "polling"
	Counting    State = "counting"  // the poll is closed
	Unopened    State = "unopened"  // the poll is over and was never opened: Polls.State tells
	Certified   State = "certified" // and can be challenged
	Complete    State = "complete"  // those who were elected have taken their seats
	CalledOff   State = "called off"
	SetAside    State = "set aside" // by the board, on a challenge
)

// State tells how far it has come at a moment.
func (e Election) State(at time.Time) State {
	t := e.Timetable
	switch {
	case !e.EndedAt.IsZero() && e.EndedAt.After(t.PollCloses):
		return SetAside
	case !e.EndedAt.IsZero():
		return CalledOff
	case !e.SeatedAt.IsZero():
		return Complete
	case !e.CertifiedAt.IsZero():
		return Certified
	case e.ConfirmedAt.IsZero():
		return Proposed
	case e.NoticedAt.IsZero() && calendar.On(at).After(t.Notice):
		return Missed
	case e.NoticedAt.IsZero():
		return Called
	case at.Before(t.NominationsOpen):
		return Noticed
	case at.Before(t.NominationsClose):
		return Nominations
	case at.Before(t.PollOpens):
		return Hustings
	case at.Before(t.PollCloses):
		return Polling
	}
	return Counting
}

// Online reports whether votes are cast online.
func (e Election) Online() bool { return e.Ballots == BallotsOnline }

// Final is when the roll and the paper are final: when the poll opens, or, where votes are cast online, so long before that voters can have
// their keys signed at any moment between (rule 14.21).
func (e Election) Final() time.Time {
	if !e.Online() {
		return e.Timetable.PollOpens
	}
	if final := e.Timetable.PollOpens.Add(-keysTime); final.After(e.Timetable.ObjectionsClose) {
		return final
	}
	return e.Timetable.ObjectionsClose // of a rule book that leaves less time
}

// keysTime is rule 14.21.
const keysTime = 48 * time.Hour

// Correctable reports whether the roll may still be changed, and candidates may withdraw: until both are final.
func (e Election) Correctable(at time.Time) bool {
	return e.EndedAt.IsZero() && at.Before(e.Final())
}

// Objecting reports whether the time to object to the roll lasts.
func (e Election) Objecting(at time.Time) bool {
	return e.EndedAt.IsZero() && at.Before(e.Timetable.ObjectionsClose)
}

// Asking reports whether candidates may be asked, and may answer.
func (e Election) Asking(at time.Time) bool {
	return e.EndedAt.IsZero() && !at.Before(e.Timetable.HustingsOpen) && at.Before(e.Timetable.HustingsClose)
}

// Receiving reports whether envelopes are marked: from the opening of the poll, and after its close for those that came in time.
func (e Election) Receiving(at time.Time) bool {
	state := e.State(at)
	return state == Polling || state == Counting
}

// ChallengesUntil is the last day on which the result can be challenged; zero while it is not certified.
func (e Election) ChallengesUntil(book RuleBook) calendar.Date {
	if e.CertifiedAt.IsZero() {
		return calendar.Date{}
	}
	return calendar.On(e.CertifiedAt).AddDays(book.ChallengeDays)
}

// TermsFrom is the day on which terms begin: the day that was called, or, when the certificate came late, the day after that on which it can
// last be challenged.
func (e Election) TermsFrom(book RuleBook) calendar.Date {
	last := e.ChallengesUntil(book)
	if last.IsZero() || last.Before(e.Timetable.TermsBegin) {
		return e.Timetable.TermsBegin
	}
	return last.AddDays(1)
}

// Void reports whether nothing of it takes place any more: it was called off or set aside, or what had to be done in time was not.
func (s State) Void() bool {
	return slices.Contains([]State{Missed, Unopened, CalledOff, SetAside}, s)
}

// Runs reports whether somebody has a duty in it.
func (e Election) Runs(account identity.AccountID) bool {
	return account == e.Returning || slices.Contains(e.Scrutineers, account)
}

// Waits reports whether the call waits for this officer's word.
func (e Election) Waits(by identity.AccountID) bool {
	return e.EndedAt.IsZero() && e.ConfirmedAt.IsZero() && by != e.ProposedBy
}

// Errors of those who run elections.
var (
	ErrNoElection   = errors.New("there is no such election")
	ErrNoTitle      = errors.New("say what is elected")
	ErrNoMinute     = errors.New("say where the board's minutes have the decision")
	ErrNoSeats      = errors.New("say how many seats of each class are filled: none has more than the rule book gives it, and there is one at least")
	ErrSeatsTaken   = errors.New("not so many seats of that class are vacant when the terms begin")
	ErrNoCounting   = errors.New("votes are counted by the Scottish rule or by Meek's")
	ErrNoReturning  = errors.New("say who the returning officer is")
	ErrNoBallots    = errors.New("votes are cast on paper or online")
	ErrThreeWatch   = errors.New("votes that are cast online need three scrutineers: any two of them open the ballots")
	ErrNoScrutineer = errors.New("say who the scrutineers are: two or three, and not the returning officer")
	ErrTakesTwo     = errors.New("another officer must confirm it")
	ErrNotOfficer   = errors.New("only an officer may do that")
	ErrNotOpen      = errors.New("the election has gone further, or was called off")
)

// TimetableError says all that keeps a timetable from being used.
type TimetableError struct{ Findings []Finding }

func (e *TimetableError) Error() string {
	var words []string
	for _, f := range e.Findings {
		if !f.Warning {
			words = append(words, f.Words)
		}
	}
	return strings.Join(words, " ")
}

// LongestTitle is the longest name of an election, in runes.
const LongestTitle = 120

const (
	fewestScrutineers = 2
	mostScrutineers   = 3
)

// check holds a call against the rule book in force on the day of its notice, and returns it as it is kept. What is amiss is joined, in the order in
// which people are asked for it.
func (c Call) check(today calendar.Date) (Call, RuleBook, error) {
	var err, all error
	amiss := func(is bool, err error) {
		if is {
			all = errors.Join(all, err)
		}
	}
	c.Title, err = member.Line(c.Title, LongestTitle)
	amiss(err != nil || c.Title == "", member.Amiss(ErrNoTitle, err))
	if c.Motion != nil {
		m, err := c.Motion.check()
		all = errors.Join(all, err)
		amiss(c.Ballots != BallotsOnline, ErrMotionOnPaper)
		c.Motion = &m
		c = c.moves()
	}
	c.Minute, err = member.Line(c.Minute, member.LongestName)
	amiss(err != nil || c.Minute == "", member.Amiss(ErrNoMinute, err))
	book, noBook := RuleBookOn(c.Timetable.Notice)
	amiss(noBook == nil && !book.fills(c.Seats), ErrNoSeats)
	amiss(c.Rule != Scottish && c.Rule != Meek, ErrNoCounting)
	if c.Ballots == "" {
		c.Ballots = BallotsPaper
	}
	amiss(c.Ballots != BallotsPaper && c.Ballots != BallotsOnline, ErrNoBallots)
	amiss(c.Returning == "", ErrNoReturning)
	all = errors.Join(all, c.watched(), noBook)
	if noBook == nil {
		found := c.Findings(book, today)
		amiss(Refused(found), &TimetableError{found})
	}
	return c, book, all
}

// watched refuses too few scrutineers, and too many. ErrNoScrutineer, ErrThreeWatch.
func (c Call) watched() error {
	watch := slices.Clone(c.Scrutineers)
	slices.Sort(watch)
	watch = slices.Compact(watch)
	switch {
	case len(watch) != len(c.Scrutineers), len(watch) < fewestScrutineers, len(watch) > mostScrutineers, slices.Contains(watch, c.Returning):
		return ErrNoScrutineer
	case c.Ballots == BallotsOnline && len(watch) != ballot.Scrutineer:
		return ErrThreeWatch
	}
	return nil
}

// fills reports whether so many seats can be filled: one at least, and none of a class beyond what it has.
func (b RuleBook) fills(seats map[member.Class]int) bool {
	all := 0
	for _, class := range member.AllClasses {
		n := seats[class]
		if n < 0 || n > b.Seats[class] {
			return false
		}
		all += n
	}
	return all > 0
}

// Findings is everything that the timetable breaks under these rules, or that people should think about.
func (c Call) Findings(book RuleBook, today calendar.Date) []Finding {
	if c.Motion != nil {
		return book.CheckMotion(c.Timetable, today)
	}
	return book.Check(c.Timetable, today)
}

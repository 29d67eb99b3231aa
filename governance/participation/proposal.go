package participation

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Limits of proposals.
const (
	LongestTitle = 120  // runes
	LongestPart  = 2000 // runes of each of the other texts
	MostOpen     = 3    // proposals of one member that are not closed
	MostProposed = 6    // proposals of one member within ProposedDays, those that were withdrawn and taken down among them
	ProposedDays = 28
	MostVersions = 20  // of one proposal
	MostComments = 20  // of one member on one proposal
	MostThread   = 500 // comments on one proposal
	PageSize     = 30  // proposals on a page
	MostWaiting  = 200 // proposals that wait for the board, on one page

	rememberDays = 28 // after the end of a proposal, it is forgotten who supported it
	toldDays     = 14 // for which the answer stands on the first page of those who support it
)

// Errors of proposals.
var (
	ErrNoProposal   = errors.New("there is no such proposal")
	ErrNoTitle      = errors.New("a title is one line, of at most 120 characters")
	ErrNoProblem    = errors.New("say what the problem is")
	ErrNoChange     = errors.New("say what should change")
	ErrNoAffected   = errors.New("say who is affected")
	ErrBadCost      = errors.New("the words about the cost are too long or have hidden characters")
	ErrBadName      = errors.New("that name cannot be shown")
	ErrManyOpen     = errors.New("that member has as many open proposals as one may")
	ErrManyProposed = errors.New("that member has proposed as much of late as one may")
	ErrTakenDown    = errors.New("the proposal was taken down")
	ErrNotYours     = errors.New("only the author may do that")
	ErrOwnProposal  = errors.New("the author may not do that")
	ErrNotGathering = errors.New("the proposal does not gather support")
	ErrNotAmendable = errors.New("the proposal cannot be amended now")
	ErrAmended      = errors.New("the proposal was amended meanwhile")
	ErrSameWords    = errors.New("nothing has changed")
	ErrManyVersions = errors.New("the proposal has as many versions as one may")
	ErrClosed       = errors.New("the proposal is closed")
	ErrManyComments = errors.New("there are as many comments as there may be")
	ErrNoComment    = errors.New("there is no such comment")
	ErrNoWords      = errors.New("write something")
	ErrNotWaiting   = errors.New("the proposal does not wait for the board")
	ErrNoOutcome    = errors.New("there is no such answer")
	ErrNoMinute     = errors.New("say where the board's minutes have the decision")
	ErrNoReasons    = errors.New("give the board's reasons")
)

// Draft is what somebody proposes.
type Draft struct {
	Title    string
	Problem  string
	Change   string
	Affected string
	Cost     string // "" when nobody knows
}

// check joins an error for each text that is amiss.
func (d Draft) check() (Draft, error) {
	var err, all error
	if d.Title, err = member.Line(d.Title, LongestTitle); err != nil || !says(d.Title) {
		all = member.Amiss(ErrNoTitle, err)
	}
	for _, part := range []struct {
		words *string
		amiss error
	}{{&d.Problem, ErrNoProblem}, {&d.Change, ErrNoChange}, {&d.Affected, ErrNoAffected}} {
		if *part.words, err = member.Prose(*part.words, LongestPart); err != nil || !says(*part.words) {
			all = errors.Join(all, member.Amiss(part.amiss, err))
		}
	}
	if d.Cost, err = member.Prose(d.Cost, LongestPart); err != nil {
		all = errors.Join(all, member.Amiss(ErrBadCost, err))
	}
	return d, all
}

// asksElse reports whether other words can ask for something else: a new title or another change is never a slip of the pen.
func (d Draft) asksElse(than Draft) bool { return d.Title != than.Title || d.Change != than.Change }

// says reports whether a text has a word.
func says(words string) bool {
	return strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Version is a proposal as it was from a day on.
type Version struct {
	Draft

	Number      int // from 1
	Why         string
	Substantial bool // supporters were told
	MadeAt      time.Time
}

// Outcome is what the board answered.
type Outcome string

// What a proposal can come to.
const (
	Accepted  Outcome = "accepted"
	InPart    Outcome = "in_part"
	Declined  Outcome = "declined"
	NeedsMore Outcome = "needs_more" // the author may amend it; then the board answers again
	Withdrawn Outcome = "withdrawn"  // by the author
)

// Outcomes are what the board can answer.
var Outcomes = []Outcome{Accepted, InPart, Declined, NeedsMore}

// Answer is what the board said in public.
type Answer struct {
	ID       string
	Proposal string
	Version  int // that was answered
	Outcome  Outcome
	Reasons  string
	Minute   string
	Due      calendar.Date // zero when none was due
	By       identity.AccountID
	As       string // the office
	At       time.Time
}

// Late reports whether it came after the day on which it was due.
func (a Answer) Late() bool { return !a.Due.IsZero() && calendar.On(a.At).After(a.Due) }

// Proposal is what a member proposes, as it stands.
type Proposal struct {
	Version

	ID           string
	Author       member.ID
	ShownAs      string // "" when the author chose to show no name
	Begun        time.Time
	Supporters   int
	Threshold    int // how many it took; 0 before it was reached
	ReachedAt    time.Time
	AnswerDue    calendar.Date // the last day for the board's answer; zero while none is due
	Outcome      Outcome       // "" while there is none
	ClosedAt     time.Time
	Answers      []Answer // the latest last
	TakenDownWhy string
	TakenDownAt  time.Time // zero: it was not
}

// State is how far a proposal has come.
type State string

// The states of proposals.
const (
	Gathering State = "gathering"
	Waiting   State = "waiting" // for the board's answer
	Overdue   State = "overdue" // the board should have answered
	Lacking   State = "lacking" // the board needs more from the author
	Answered  State = "answered"
	Dropped   State = "dropped"    // by its author
	TakenDown State = "taken_down" // by an officer
)

// State tells how far it has come on a day.
func (p Proposal) State(on calendar.Date) State {
	switch {
	case !p.TakenDownAt.IsZero():
		return TakenDown
	case p.Outcome == Withdrawn:
		return Dropped
	case !p.ClosedAt.IsZero():
		return Answered
	case p.Outcome == NeedsMore:
		return Lacking
	case p.ReachedAt.IsZero():
		return Gathering
	case on.After(p.AnswerDue):
		return Overdue
	}
	return Waiting
}

// Amendable reports whether the author may amend it: while it gathers support, and when the board needs more.
func (p Proposal) Amendable() bool {
	return p.ClosedAt.IsZero() && (p.ReachedAt.IsZero() || p.Outcome == NeedsMore)
}

// Comment is what a member says about a proposal.
type Comment struct {
	ID        string
	Proposal  string
	ShownAs   string
	Author    bool // by whoever made the proposal
	Words     string
	MadeAt    time.Time
	HiddenWhy string
	HiddenAt  time.Time
}

// Part is a member's own part in a proposal.
type Part struct {
	Author   bool
	Supports bool
	Seen     int  // the version that they supported, or said yes to since
	Changed  bool // it asks for something else since
}

// Jobs that follow from proposals. Each is for one person.
type (
	// TellAnswered has the author told that the board answered.
	TellAnswered struct {
		Answer string `json:"answer"`
	}
	// TellAmended has a supporter told that what they support has changed.
	TellAmended struct {
		Proposal string    `json:"proposal"`
		Version  int       `json:"version"`
		Member   member.ID `json:"member"`
	}
	// TellTakenDown has the author told that an officer took their proposal down.
	TellTakenDown struct {
		Proposal string `json:"proposal"`
	}
	// TellDue has somebody on the board told that an answer is due, or overdue.
	TellDue struct {
		Proposal string    `json:"proposal"`
		Member   member.ID `json:"member"`
		Due      string    `json:"due"`
		Stage    string    `json:"stage"`
	}
	// Due does what the clock asks for.
	Due struct{}
)

// Kind names the job.
func (TellAnswered) Kind() string { return "proposal_answered" }

// Kind names the job.
func (TellAmended) Kind() string { return "proposal_amended" }

// Kind names the job.
func (TellTakenDown) Kind() string { return "proposal_taken_down" }

// Kind names the job.
func (TellDue) Kind() string { return "proposal_due" }

// Kind names the job.
func (Due) Kind() string { return "participation_due" }

// Stages of reminding the board, in their order.
const (
	StageReached = "reached"
	StageWeek    = "week" // a week is left
	StageOverdue = "overdue"
)

const weekLeft = 7

// stage is what the board should have been told by a day.
func stage(due, today calendar.Date) string {
	switch {
	case today.After(due):
		return StageOverdue
	case today.Days(due) <= weekLeft:
		return StageWeek
	}
	return StageReached
}

package meeting

import (
	"errors"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/tally"
)

// Majority is how many of those who vote for or against must be for it. Abstentions count for neither.
type Majority string

const (
	Simple    Majority = "simple"     // more for than against: an ordinary resolution
	TwoThirds Majority = "two_thirds" // a special resolution, as section 111 of the Co-operative and Community Benefit Societies Act 2014 has it
)

// Majorities are all that there are.
var Majorities = []Majority{Simple, TwoThirds}

// Carries reports whether so many votes carry something. Nobody has a casting vote: when as many are for it as against, it is not carried.
func (m Majority) Carries(yes, no int) bool {
	needs := tally.SimpleMajority
	if m == TwoThirds {
		needs = tally.TwoThirds
	}
	return tally.Motion{Yes: int64(yes), No: int64(no)}.Carried(needs)
}

// Draft is what somebody moves.
type Draft struct {
	Title   string
	Words   string // what the meeting is to resolve
	Reasons string
	Needs   Majority
}

// Outcome is what became of a motion or of an amendment.
type Outcome string

// What can become of them.
const (
	Carried    Outcome = "carried"
	Lost       Outcome = "lost"
	Ballot     Outcome = "ballot"      // adjourned to a secret ballot of all members
	NotReached Outcome = "not_reached" // the meeting ended before
	Overtaken  Outcome = "overtaken"   // an amendment whose words another one changed
)

// Motion is what is put to a meeting, as it stands.
type Motion struct {
	Draft

	ID         string
	Meeting    string
	Proposer   member.ID // "" for the board's
	ShownAs    string    // "" when the proposer chose to show no name
	FromBoard  string    // the office in which somebody moved it for the board; "" for a member's
	Version    int       // of the words, from 1
	MadeAt     time.Time
	Seconder   member.ID
	SecondedAt time.Time
	GoneAt     time.Time // withdrawn or ruled out
	RuledWhy   string    // why it was ruled out of order; "" when it was not
	Number     int       // on the order paper; 0 while it has none
	Outcome    Outcome
	DecidedAt  time.Time
	Election   string // the ballot that decides it; "" while none is called
	BallotYes  int
	BallotNo   int
	Amendments []Amendment // oldest first
	Votes      []Vote      // that are closed, on it and on its amendments
	CalledOff  []Vote      // that the chair called off, the first first
}

// Standing reports whether it can be put to the meeting: moved by the board or seconded, and not gone.
func (m Motion) Standing() bool {
	return m.GoneAt.IsZero() && (m.FromBoard != "" || m.Seconder != "")
}

// Open reports whether it waits to be decided.
func (m Motion) Open() bool { return m.Standing() && m.Outcome == "" }

// WantsSeconder reports whether it waits for another member.
func (m Motion) WantsSeconder() bool { return m.GoneAt.IsZero() && !m.Standing() }

// Next are the amendments that are to be put before the motion, in their order.
func (m Motion) Next() (all []Amendment) {
	for _, a := range m.Amendments {
		if a.Open() {
			all = append(all, a)
		}
	}
	return all
}

// VoteOn is the vote that decided it, or one of its amendments; "" is the motion.
func (m Motion) VoteOn(amendment string) (Vote, bool) {
	for _, v := range m.Votes {
		if v.Amendment == amendment {
			return v, true
		}
	}
	return Vote{}, false
}

// Left is why a motion is not on the order paper.
type Left string

// Why it can be left out.
const (
	LeftUnseconded Left = "unseconded"
	LeftWithdrawn  Left = "withdrawn"
	LeftRuledOut   Left = "ruled_out"
)

// Why tells why it is left out.
func (m Motion) Why() Left {
	switch {
	case m.RuledWhy != "":
		return LeftRuledOut
	case !m.GoneAt.IsZero():
		return LeftWithdrawn
	}
	return LeftUnseconded
}

// Amendment is the whole new words of a motion.
type Amendment struct {
	ID         string
	Motion     string
	Version    int // of the motion, from which it was made
	Proposer   member.ID
	ShownAs    string
	Words      string
	Reasons    string
	Floor      bool // the chair took it at the meeting
	MadeAt     time.Time
	Seconder   member.ID
	SecondedAt time.Time
	GoneAt     time.Time
	RuledWhy   string
	Outcome    Outcome
	DecidedAt  time.Time
}

// Open reports whether it waits to be put: seconded or taken by the chair, not gone, not decided.
func (a Amendment) Open() bool {
	return a.GoneAt.IsZero() && a.Outcome == "" && (a.Floor || a.Seconder != "")
}

// WantsSeconder reports whether it waits for another member.
func (a Amendment) WantsSeconder() bool {
	return a.GoneAt.IsZero() && a.Outcome == "" && !a.Floor && a.Seconder == ""
}

// Version is a motion's words as they were from a moment on.
type Version struct {
	Number    int
	Words     string
	Amendment string // that made them; "" for its proposer
	MadeAt    time.Time
}

// Limits of motions.
const (
	MostOwnMotions   = 3  // of one member at one meeting, with those that they withdrew: else one could use up what there is for all
	MostMotions      = 60 // of members at one meeting
	MostBoardMotions = 20 // of the board at one meeting
	MostAmendments   = 20 // of members to one motion
	MostOwnChanges   = 3  // amendments of one member to one motion, with those that they withdrew
	MostFloorChanges = 20 // amendments to one motion that the chair takes from the floor
	MostRewordings   = 15 // by its proposer
	MostCalledOff    = 10 // votes on one motion and its amendments, by the chair
	MostVersions     = MostRewordings + MostAmendments + MostFloorChanges

	mostItems = MostMotions + MostBoardMotions
)

// Errors of motions.
var (
	ErrNoMotion       = errors.New("there is no such motion")
	ErrNoWords        = errors.New("say what the meeting is to resolve")
	ErrNoReasons      = errors.New("say why")
	ErrBadReasons     = errors.New("the reasons are too long or have hidden characters")
	ErrNoMajority     = errors.New("say which majority it needs")
	ErrBadName        = errors.New("that name cannot be shown")
	ErrTooLate        = errors.New("the time for that is over")
	ErrTooEarly       = errors.New("the time for that has not come")
	ErrManyOwn        = errors.New("that member has as many as one may")
	ErrMany           = errors.New("there are as many as there may be")
	ErrOwn            = errors.New("another member must second it")
	ErrSeconded       = errors.New("it is seconded already")
	ErrNotSeconded    = errors.New("it is not seconded yet")
	ErrNotYours       = errors.New("only its proposer may do that")
	ErrNotStanding    = errors.New("it was withdrawn, ruled out or decided")
	ErrChanged        = errors.New("the words have changed since that page was shown")
	ErrSameWords      = errors.New("nothing has changed")
	ErrNotBoard       = errors.New("only an officer or somebody who sits on the board may do that")
	ErrNoAmendment    = errors.New("there is no such amendment")
	ErrAmendmentFirst = errors.New("its amendments are put first")
)

// check tells all that is amiss.
func (d Draft) check() (_ Draft, amiss error) {
	var err error
	if d.Title, err = member.Line(d.Title, LongestTitle); err != nil || !says(d.Title) {
		amiss = member.Amiss(ErrNoTitle, err)
	}
	d.Words, d.Reasons, err = argued(d.Words, d.Reasons)
	amiss = errors.Join(amiss, err)
	if d.Needs != Simple && d.Needs != TwoThirds {
		amiss = errors.Join(amiss, ErrNoMajority)
	}
	return d, amiss
}

// argued are words for a meeting to resolve, and the reasons for them, as they are kept. All that is amiss with them.
func argued(words, reasons string) (_, _ string, amiss error) {
	words, err := member.Prose(words, LongestWords)
	if err != nil || !says(words) {
		amiss = member.Amiss(ErrNoWords, err)
	}
	reasons, err = member.Prose(reasons, LongestWords)
	switch {
	case err != nil:
		amiss = errors.Join(amiss, member.Amiss(ErrBadReasons, err))
	case !says(reasons):
		amiss = errors.Join(amiss, ErrNoReasons)
	}
	return words, reasons, amiss
}

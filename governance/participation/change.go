package participation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Limits of privacy changes.
const (
	LongestRemark     = 280 // runes of a comment
	MostRemarks       = 5   // of one member on one change
	MostOnChange      = 1000
	MostPrivacyDrafts = 20 // that wait to be published

	// forgetAfter is for how many days after the end of a change it is kept who said what of it.
	forgetAfter = 28
)

// Errors of privacy changes. A field of a form has an error of its own.
var (
	ErrNoPrivacyChange = errors.New("there is no such privacy change")
	ErrBadTitle        = errors.New("a title is one line, of at most 120 characters")
	ErrNoWas           = errors.New("say how it is now")
	ErrNoBecomes       = errors.New("say how it will be")
	ErrNoPurpose       = errors.New("say why")
	ErrNoRisk          = errors.New("say what could go wrong for people")
	ErrNoUrgency       = errors.New("say why it cannot wait")
	ErrPublished       = errors.New("the notice has been published, and is not changed any more")
	ErrRedrafted       = errors.New("the words are others by now")
	ErrOwnWords        = errors.New("somebody else must publish what one has written")
	ErrManyDrafts      = errors.New("there are as many drafts as there may be")
	ErrCommentsOver    = errors.New("the days for comments are over, or have not begun")
	ErrCommentsGoOn    = errors.New("members still have days to comment")
	ErrNoRemark        = errors.New("a comment has something to say, in at most 280 characters")
	ErrManyRemarks     = errors.New("there are as many comments as there may be")
	ErrOwnRemark       = errors.New("nobody answers their own comment")
	ErrNoStand         = errors.New("answers are agree, disagree and pass")
	ErrDecided         = errors.New("it is decided, or has ended")
	ErrNoSuchDecision  = errors.New("there is no such decision")
	ErrNoChanged       = errors.New("say what the board changed in it")
	ErrNoVoteDue       = errors.New("no vote of the members is due")
	ErrNoElection      = errors.New("say which election")
)

// Decision is what the board decides about a privacy change.
type Decision string

const (
	Adopted            Decision = "adopted"
	AdoptedWithChanges Decision = "adopted_changed"
	Rejected           Decision = "rejected"
)

// PrivacyState is how far a privacy change has come.
type PrivacyState string

const (
	Drafted       PrivacyState = "drafted"
	TakenBack     PrivacyState = "taken_back" // before it was published
	Commenting    PrivacyState = "commenting"
	Deciding      PrivacyState = "deciding" // the board is to decide
	Late          PrivacyState = "late"     // it should have
	InForce       PrivacyState = "in_force" // decided, and by the members where they vote
	RejectedState PrivacyState = "rejected"
	AwaitingVote  PrivacyState = "awaiting_vote" // the board adopted a major one
	Voting        PrivacyState = "voting"        // its election is called
	VotedDown     PrivacyState = "voted_down"
	Expired       PrivacyState = "expired" // an emergency that nobody ratified
)

// Notice is what people are told of a change, in plain words.
type Notice struct {
	Title     string
	Was       string // how it is now
	Becomes   string
	Why       string
	Risk      string // what could go wrong for people
	Major     bool   // takes a members' vote
	Emergency bool   // in force at once, for a time
	Urgency   string // why it cannot wait; "" where it can
}

// check joins an error for each text that is amiss.
func (n Notice) check() (Notice, error) {
	var err, all error
	if n.Title, err = member.Line(n.Title, LongestTitle); err != nil || !says(n.Title) {
		all = member.Amiss(ErrBadTitle, err)
	}
	parts := []struct {
		words *string
		amiss error
	}{{&n.Was, ErrNoWas}, {&n.Becomes, ErrNoBecomes}, {&n.Why, ErrNoPurpose}, {&n.Risk, ErrNoRisk}, {&n.Urgency, ErrNoUrgency}}
	if !n.Emergency {
		n.Urgency = ""
		parts = parts[:4]
	}
	for _, part := range parts {
		if *part.words, err = member.Prose(*part.words, LongestPart); err != nil || !says(*part.words) {
			all = errors.Join(all, member.Amiss(part.amiss, err))
		}
	}
	return n, all
}

// PrivacyChange is a change of what the service holds about people, or how.
type PrivacyChange struct {
	Notice

	ID            string
	DraftedBy     identity.AccountID // who wrote the words last
	DraftedAt     time.Time
	PublishedBy   identity.AccountID
	On            calendar.Date // of the notice; zero while it is a draft
	CommentsUntil calendar.Date // the last day for them
	DecideBy      calendar.Date // the board's last day in time
	Expires       calendar.Date // the last day on which an emergency holds that nobody ratified; zero: none
	WithdrawnWhy  string
	WithdrawnAt   time.Time

	Decision  Decision // "" before
	Changes   string   // what the board changed
	Reasons   string
	Minute    string
	DecidedOn calendar.Date

	Election string // by which members vote; "" before it is called
	Voted    bool
	Carried  bool
	VotedOn  calendar.Date
}

// Mark stands for the words of the notice, for whoever acts on what they have read.
func (c PrivacyChange) Mark() string {
	h := sha256.New()
	for _, words := range []string{c.Title, c.Was, c.Becomes, c.Why, c.Risk, c.Urgency} {
		_, _ = fmt.Fprintf(h, "%d %s", len(words), words)
	}
	_, _ = fmt.Fprint(h, c.Major, c.Emergency)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// PrivacyState tells how far it has come, on a day. It follows from dates alone: nothing has to run for an emergency to expire.
func (c PrivacyChange) PrivacyState(on calendar.Date) PrivacyState {
	switch {
	case !c.WithdrawnAt.IsZero():
		return TakenBack
	case c.On.IsZero():
		return Drafted
	case c.Decision == Rejected:
		return RejectedState
	case c.Decision != "":
		return c.adopted()
	case c.Emergency && on.After(c.Expires):
		return Expired
	case !on.After(c.CommentsUntil):
		return Commenting
	case on.After(c.DecideBy):
		return Late
	}
	return Deciding
}

func (c PrivacyChange) adopted() PrivacyState {
	switch {
	case !c.Major || c.Voted && c.Carried:
		return InForce
	case c.Voted:
		return VotedDown
	case c.Election != "":
		return Voting
	}
	return AwaitingVote
}

// Holds reports whether the change is in force on a day: for good, or as an emergency for the time being.
func (c PrivacyChange) Holds(on calendar.Date) bool {
	switch c.PrivacyState(on) {
	case InForce:
		return true
	case Commenting, Deciding, Late, AwaitingVote, Voting:
		return c.Emergency && !on.After(c.Expires)
	case Drafted, TakenBack, RejectedState, VotedDown, Expired:
	}
	return false
}

// Owed reports whether the board is to decide on a day.
func (c PrivacyChange) Owed(on calendar.Date) bool {
	s := c.PrivacyState(on)
	return s == Deciding || s == Late
}

// ended is the day on which nothing more can come of it; zero while something can.
func (c PrivacyChange) ended(on calendar.Date) calendar.Date {
	switch c.PrivacyState(on) {
	case InForce, RejectedState, VotedDown:
		if c.Voted {
			return c.VotedOn
		}
		return c.DecidedOn
	case Expired:
		return c.Expires
	case Drafted, TakenBack, Commenting, Deciding, Late, AwaitingVote, Voting:
	}
	return calendar.Date{}
}

// BoardDecision is what the board decided, and where its minutes have it.
type BoardDecision struct {
	Decision Decision
	Changes  string // what it changed, where it did
	Reasons  string
	Minute   string
}

// check joins an error for each field that is amiss.
func (d BoardDecision) check() (BoardDecision, error) {
	var err, all error
	switch d.Decision {
	case AdoptedWithChanges:
		if d.Changes, err = member.Prose(d.Changes, LongestPart); err != nil || !says(d.Changes) {
			all = member.Amiss(ErrNoChanged, err)
		}
	case Adopted, Rejected:
		d.Changes = ""
	default:
		all = ErrNoSuchDecision
	}
	if d.Reasons, err = member.Prose(d.Reasons, LongestPart); err != nil || !says(d.Reasons) {
		all = errors.Join(all, member.Amiss(ErrNoReasons, err))
	}
	if d.Minute, err = member.Line(d.Minute, member.LongestName); err != nil || !says(d.Minute) {
		all = errors.Join(all, member.Amiss(ErrNoMinute, err))
	}
	return d, all
}

// decideBy is the last day on which the board can decide in time.
func (c PrivacyChange) decideBy() calendar.Date {
	if c.Emergency && c.Expires.Before(c.DecideBy) {
		return c.Expires
	}
	return c.DecideBy
}

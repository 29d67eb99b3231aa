package meeting

import (
	"errors"
	"time"

	"folkmoot/governance/member"
)

// Way is how somebody is present.
type Way string

const (
	ByDevice Way = "device" // checked in by themselves, wherever they are
	InRoom   Way = "room"   // without a device: whoever writes the minutes marked them, and their hands are counted
)

// Attendance is one member's presence.
type Attendance struct {
	Member member.ID
	Way    Way
	CameAt time.Time
	LeftAt time.Time // zero while they are here
}

// Hall is who is present, and what it takes.
type Hall struct {
	Present int
	Room    int // of them, without a device
	Needed  int
	Members int // in all
}

// Quorate reports whether enough are present.
func (h Hall) Quorate() bool { return h.Present >= h.Needed }

// Choice is how somebody votes.
type Choice string

// How one can vote.
const (
	For     Choice = "for"
	Against Choice = "against"
	Abstain Choice = "abstain"
)

// Choices are all that there are.
var Choices = []Choice{For, Against, Abstain}

// Count is how many voted how.
type Count struct{ Yes, No, Abstain int }

func (c Count) all() int { return c.Yes + c.No + c.Abstain }

// Voted is how many voted at all.
func (c Count) Voted() int { return c.all() }

func (c Count) plus(o Count) Count { return Count{c.Yes + o.Yes, c.No + o.No, c.Abstain + o.Abstain} }

// Vote is one question that the chair puts to those present: a motion, or an amendment of it, in the words of a version.
type Vote struct {
	ID        string
	Meeting   string
	Motion    string
	Amendment string // "" for the motion
	Version   int
	OpenedAt  time.Time
	Hands     Count // of those in the room without a device
	ClosedAt  time.Time
	Count     Count // of all, once it is closed
	Carried   bool
	OffWhy    string // why the chair called it off, when nothing was counted; "" when they did not
	Voted     int    // how many voted so far, hands included
}

// Open reports whether it takes votes.
func (v Vote) Open() bool { return v.ClosedAt.IsZero() }

// hands checks how many hands were counted: never more than there are members in the room who have not voted by themselves.
func (c Count) hands(free int) error {
	if c.Yes < 0 || c.No < 0 || c.Abstain < 0 || c.Yes > free || c.No > free || c.Abstain > free || c.all() > free {
		return ErrTooManyHands
	}
	return nil
}

// Errors of the hall.
var (
	ErrDoors         = errors.New("people can check in from half an hour before the meeting until its end")
	ErrNotPresent    = errors.New("only who is present may do that")
	ErrInquorate     = errors.New("too few members are present")
	ErrVoteOpen      = errors.New("a vote is open: close it first")
	ErrNoVote        = errors.New("no such vote is open")
	ErrNoChoice      = errors.New("choose for, against or abstain")
	ErrTooManyHands  = errors.New("there are not so many members in the room who have not voted by themselves")
	ErrCountedInRoom = errors.New("the hands in the room were counted, and that member is in the room: take the count back first")
	ErrByDevice      = errors.New("that member checked in by themselves")
	ErrAskedBallot   = errors.New("members asked for a secret ballot on it")
	ErrNoBallotDue   = errors.New("no ballot is due on that motion")
)

// Waits are what waits for a member, for the first page.
type Waits struct {
	Coming    []Meeting  // of which they were told, the next first
	Seconding []Line     // motions and amendments of others that want a seconder
	Voting    []OpenVote // where they are present and have not voted
}

// Line leads to a motion.
type Line struct {
	Meeting string
	Motion  string
	Title   string
	Until   time.Time

	Amendment bool // an amendment to the motion waits, and not the motion
}

// OpenVote leads to a vote.
type OpenVote struct {
	Meeting string
	Title   string // of the motion
}

// In is what of it is about one meeting.
func (w Waits) In(id string) (in Waits) {
	for _, m := range w.Coming {
		if m.ID == id {
			in.Coming = append(in.Coming, m)
		}
	}
	for _, l := range w.Seconding {
		if l.Meeting == id {
			in.Seconding = append(in.Seconding, l)
		}
	}
	for _, o := range w.Voting {
		if o.Meeting == id {
			in.Voting = append(in.Voting, o)
		}
	}
	return in
}

// None reports whether nothing waits.
func (w Waits) None() bool { return len(w.Coming)+len(w.Seconding)+len(w.Voting) == 0 }

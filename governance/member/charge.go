package member

import (
	"errors"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Charge is a case for expulsion. Nobody is expelled without a rule that is cited, notice, and the right to reply.
type Charge struct {
	ID         string
	Member     ID
	Rule       string // of the rule book: "12.3"
	Words      string // what the member is said to have done
	BroughtBy  identity.AccountID
	BroughtAt  time.Time
	Served     calendar.Date // when the notice reached the member; zero before
	ReplyUntil calendar.Date // the last day of the reply
	Reply      string        // the member's words
	RepliedAt  time.Time
	Decision   Decision
	Minute     string // where the board's minutes have the decision
	DecidedBy  identity.AccountID
	DecidedAt  time.Time
}

// Decision is what became of a charge. "" is none yet.
type Decision string

const (
	Upheld    Decision = "upheld"    // the member is expelled
	Dismissed Decision = "dismissed" // the member stays
	Moot      Decision = "moot"      // the membership ended otherwise
)

// ReplyDays are clear days: neither the day of service nor the day of the decision counts.
const ReplyDays = 14

// Errors of a charge.
var (
	ErrNoCharge  = errors.New("there is no such charge, or it is decided")
	ErrCharged   = errors.New("there is a charge against that member already")
	ErrNoRule    = errors.New("cite the rule of the rule book")
	ErrNotServed = errors.New("the member has not been given notice")
	ErrServed    = errors.New("notice was given already")
	ErrReplying  = errors.New("the member may still reply")
	ErrReplyLate = errors.New("the time to reply is over")
	ErrAccuser   = errors.New("whoever brought a charge does not record its decision")
	ErrDecision  = errors.New("a charge is upheld or dismissed")
	ErrNoMinute  = errors.New("say where the board's minutes have the decision")
)

// mayDecide holds a decision against the rules: on is the day on which it is recorded.
func (c Charge) mayDecide(by identity.AccountID, d Decision, on calendar.Date) error {
	switch {
	case d != Upheld && d != Dismissed:
		return ErrDecision
	case by == c.BroughtBy:
		return ErrAccuser
	case d == Dismissed:
		return nil // what is good for the member needs not wait
	case c.Served.IsZero():
		return ErrNotServed
	case !on.After(c.ReplyUntil): // even after a reply: there may be more to say
		return ErrReplying
	}
	return nil
}

// AwaitsReply reports whether the member has had notice, has not replied, and still may.
func (c Charge) AwaitsReply(on calendar.Date) bool {
	return c.Decision == "" && c.RepliedAt.IsZero() && c.mayReply(on) == nil
}

// Ripe reports whether it can be decided either way.
func (c Charge) Ripe(on calendar.Date) bool {
	return c.Decision == "" && !c.Served.IsZero() && on.After(c.ReplyUntil)
}

// mayReply reports whether the member may reply on a day.
func (c Charge) mayReply(on calendar.Date) error {
	switch {
	case c.Served.IsZero():
		return ErrNotServed
	case on.After(c.ReplyUntil):
		return ErrReplyLate
	}
	return nil
}

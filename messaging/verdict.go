package messaging

import (
	"folkmoot/internal/identity"
	"folkmoot/messaging/wire"
)

// Outcome is what became of a message for a recipient, as only the server may know it.
type Outcome string

const (
	Delivered Outcome = "delivered"
	Held      Outcome = "held"    // as a request
	Refused   Outcome = "refused" // with a reason, told to the sender
	Blocked   Outcome = "blocked" // silently: the sender sees what they would see of somebody offline
	Unheard   Outcome = "unheard" // a request to somebody who blocks the sender: looks held, goes nowhere
)

// Verdict is what became of one message for one recipient. There is exactly one, and a replay repeats it.
type Verdict struct {
	Device    identity.DeviceID // the sender's
	Message   string
	Recipient identity.AccountID
	Position  Position
	Outcome   Outcome
	Reason    wire.Reason // when refused
}

// Copied reports whether the recipient's mailbox gets a copy.
func (v Verdict) Copied() bool { return v.Outcome == Delivered || v.Outcome == Held }

// Wire is the verdict as the sender may see it: a block is not to be told from absence.
func (v Verdict) Wire() *wire.Verdict {
	w := &wire.Verdict{Recipient: string(v.Recipient)}
	switch v.Outcome {
	case Delivered, Blocked:
		w.Outcome = wire.Outcome_OUTCOME_DELIVERED
	case Held, Unheard:
		w.Outcome = wire.Outcome_OUTCOME_HELD
	case Refused:
		w.Outcome, w.Reason = wire.Outcome_OUTCOME_REFUSED, v.Reason
	}
	return w
}

// Judge decides about a message from what the recipient wishes. It is pure: same wish, same verdict.
//
//   - a contact gets it, unless they blocked the sender, which nobody is told;
//   - anybody else may be asked once: the first message is a request, the next ones are refused until they answer.
//     Declining and blocking change nothing in what the sender sees.
func Judge(w Wish, at Position) (Outcome, wire.Reason) {
	switch {
	case w.Contact && w.Blocked:
		return Blocked, 0
	case w.Contact:
		return Delivered, 0
	case w.Request != nil && *w.Request != at:
		return Refused, wire.Reason_REASON_WAITING
	case w.Blocked:
		return Unheard, 0
	default:
		return Held, 0
	}
}

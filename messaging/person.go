package messaging

import (
	"time"

	"folkmoot/internal/identity"
	"folkmoot/messaging/wire"
)

// Person is one line of an address book, as its owner may see it.
type Person struct {
	Account      identity.AccountID
	Conversation string
	Name         string // empty until they want the owner
	Address      string // as the owner typed it
	Standing     wire.Standing
	Since        time.Time
}

// Wire is the person as a mailbox record carries it.
func (p Person) Wire() *wire.Person {
	return &wire.Person{
		Account: string(p.Account), Conversation: p.Conversation, Name: p.Name, Address: p.Address,
		Standing: p.Standing, Since: p.Since.UnixMilli(),
	}
}

// acquaintance is what the tables hold about a pair, seen from its owner.
type acquaintance struct {
	has     bool // owner has them
	hasBack bool // they have owner, whether or not they blocked owner: a block must not show
	blocked bool // owner blocked them
	pending bool // their request waits for owner
}

// standing is how a pair stands in the owner's eyes.
func (a acquaintance) standing() wire.Standing {
	switch {
	case a.blocked:
		return wire.Standing_STANDING_BLOCKED
	case a.has && a.hasBack:
		return wire.Standing_STANDING_CONTACT
	case a.has:
		return wire.Standing_STANDING_ASKED
	case a.pending:
		return wire.Standing_STANDING_ASKING
	default:
		return wire.Standing_STANDING_GONE
	}
}

// nameShown: people show their name to those whom they have in their address book.
func (a acquaintance) nameShown() bool { return a.hasBack }

// Asks reports whether the person waits for the owner's answer to a request.
func (p Person) Asks() bool { return p.Standing == wire.Standing_STANDING_ASKING }

// Package messaging keeps what people say to each other and who may say it: conversations, address books,
// requests, verdicts, and where each account's mailbox lies.
package messaging

import (
	"cmp"
	"errors"
	"fmt"

	"folkmoot/messaging/wire"
)

// Limits of what one account may do. Each is named here and enforced where the verb is.
const (
	MaxContacts         = 5000
	MaxAddsPerHour      = 60
	MaxInvitations      = 20 // open ones of one account
	InvitationUses      = 25
	MaxBody             = 16<<10 + 8 // bytes of an envelope's body: 16 KiB of text and its protobuf framing
	MaxParticipantsSent = 2          // direct conversations only
)

var (
	ErrYourself       = errors.New("that is your own address")
	ErrNobody         = errors.New("nobody like that in your address book")
	ErrTooManyPeople  = errors.New("the address book is full")
	ErrTooManyAdds    = errors.New("too many people added in the last hour")
	ErrNoInvitation   = errors.New("this invitation is not valid any more")
	ErrTooManyInvites = errors.New("too many open invitations")
	ErrNoConversation = errors.New("no such conversation")
	ErrNoMailbox      = errors.New("no mailbox is free at the moment")
	ErrHouseFull      = errors.New("this server holds as many mailboxes as it can")
	ErrUnsayable      = errors.New("the society says 1 byte to 16 KiB of text")
)

// Position is an envelope's place in the canonical order of its conversation.
type Position struct {
	Incarnation int32
	Partition   int32
	Offset      int64
}

// Compare orders two positions of one conversation: by incarnation of `in`, then by offset.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Incarnation, q.Incarnation), cmp.Compare(p.Offset, q.Offset))
}

// String is the form that the position header of a mailbox record has: incarnation:partition:offset.
func (p Position) String() string {
	return fmt.Sprintf("%d:%d:%d", p.Incarnation, p.Partition, p.Offset)
}

// Wire is the position as frames carry it.
func (p Position) Wire() *wire.Position {
	return &wire.Position{Incarnation: uint32(p.Incarnation), Partition: p.Partition, Offset: p.Offset} //nolint:gosec // never negative: counted up from 1
}

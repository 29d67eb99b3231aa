package messaging

import (
	"encoding/binary"
	"errors"

	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
)

// Mailbox is where an account's devices read: one Kafka log. Its id is not the account's.
type Mailbox struct {
	ID          string
	Account     identity.AccountID
	Log         bus.Log
	Incarnation int32 // grows when the log was made anew or lost its tail; old cursors are then stale
}

// Nobody has a mailbox, too: it gets a blank in place of every copy that a block or an absence keeps from its recipient, so that a
// sender's clock does not tell what their verdict hides. No account has this id: NewID knows no zeros.
const Nobody identity.AccountID = "00000000000000000000000000"

// Cursor says how far a device has read a mailbox. Clients keep it and give it back; they never look inside.
type Cursor struct {
	Mailbox     string
	Incarnation int32
	Next        int64 // offset of the first record not yet read
}

// ErrBadCursor: not one of ours.
var ErrBadCursor = errors.New("that is not a cursor")

const cursorVersion = 1

// Encode writes the cursor as the opaque bytes that clients store.
func (c Cursor) Encode() []byte {
	b := make([]byte, 0, 13+len(c.Mailbox))
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Incarnation)) //nolint:gosec // counted up from 1
	b = binary.BigEndian.AppendUint64(b, uint64(c.Next))        //nolint:gosec // a Kafka offset is never negative
	return append(b, c.Mailbox...)
}

// DecodeCursor reads what Encode wrote, or returns ErrBadCursor.
func DecodeCursor(b []byte) (Cursor, error) {
	if len(b) < 14 || len(b) > 13+64 || b[0] != cursorVersion {
		return Cursor{}, ErrBadCursor
	}
	c := Cursor{
		Incarnation: int32(binary.BigEndian.Uint32(b[1:5])),  //nolint:gosec // checked below
		Next:        int64(binary.BigEndian.Uint64(b[5:13])), //nolint:gosec // checked below
		Mailbox:     string(b[13:]),
	}
	if c.Incarnation < 1 || c.Next < 0 || !ValidID(c.Mailbox) {
		return Cursor{}, ErrBadCursor
	}
	return c, nil
}

// topicOf names a mailbox's topic: lower case only, for disks that do not tell case apart.
func topicOf(id string) string { return "m-" + id }

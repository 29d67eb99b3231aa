package messaging

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"gorm.io/gorm"

	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// MostArrived is how many records Arrived looks through: "200 or more" says enough.
const MostArrived = 200

// Arrived counts what came for an account since one of its devices last read its mailbox: messages that others wrote, without what
// came of its own. more says that there may be others. A device that never read has nothing to compare with, and none.
func (m *Mailboxes) Arrived(ctx context.Context, account identity.AccountID, device identity.DeviceID) (messages int, more bool, err error) {
	box, err := m.Of(ctx, account)
	if errors.Is(err, ErrNoMailbox) { // it is being made
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	var at cursorRow
	err = m.db.Read(ctx).Where("device = ? AND mailbox = ? AND incarnation = ?", string(device), box.ID, box.Incarnation).Take(&at).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up how far a device has read: %w", err)
	}
	page, err := m.bus.Read(ctx, box.Log, at.NextOffset, MostArrived)
	if out := (*bus.OutOfRangeError)(nil); errors.As(err, &out) && at.NextOffset < out.Start {
		page, err = m.bus.Read(ctx, box.Log, out.Start, MostArrived)
	}
	if err != nil {
		return 0, false, err
	}
	next := page.End
	for _, r := range page.Records {
		if next = r.Offset + 1; written(r.Value, account) {
			messages++
		}
	}
	return messages, next < page.End, nil
}

// written reports whether a record is a message that somebody else wrote.
func written(raw []byte, account identity.AccountID) bool {
	var r wire.MailboxRecord
	if err := proto.Unmarshal(raw, &r); err != nil {
		return false // the client passes over it, too
	}
	e := r.GetCopy().GetEnvelope()
	return e.GetKind() == wire.Kind_KIND_MESSAGE && e.GetSenderAccount() != string(account)
}

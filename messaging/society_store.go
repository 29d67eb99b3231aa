package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging/wire"
)

type societyRow struct {
	ID     string
	Told   string  // the account
	Text   *string // nil once it is in `in`
	SaidAt time.Time
}

func (societyRow) TableName() string { return "society_messages" }

// Society speaks to people in their chats, as the society itself.
type Society struct {
	db         *database.DB
	mailboxes  *Mailboxes
	outbox     *Outbox
	partitions int32 // of `in`
	now        func() time.Time
}

// NewSociety speaks through outbox; new conversations are spread over that many partitions.
func NewSociety(db *database.DB, mailboxes *Mailboxes, outbox *Outbox, partitions int32, now func() time.Time) *Society {
	return &Society{db: db, mailboxes: mailboxes, outbox: outbox, partitions: partitions, now: now}
}

// Tell says something to somebody. The same key says it to them once, however often it is asked for, within SaidLasts. They get it whether
// or not they know anybody here, unless they block the society, which Tell is not told. ErrUnsayable.
func (s *Society) Tell(ctx context.Context, to identity.AccountID, key, text string) error {
	if _, err := societyBody(text); err != nil {
		return err
	}
	if _, err := s.mailboxes.Take(ctx, to); err != nil {
		return fmt.Errorf("tell somebody something: %w", err)
	}
	row := societyRow{ID: saidID(to, key), Told: string(to), Text: &text, SaidAt: s.now().UTC()}
	err := s.db.Write(ctx, func(tx *gorm.DB) error {
		kept := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if kept.Error != nil || kept.RowsAffected == 0 {
			return kept.Error
		}
		if err := openDirect(tx, SocietyAccount, to, s.partitions, row.SaidAt); err != nil {
			return err
		}
		// Who speaks comes first: a device that has never met the society could not show what it says.
		if err := s.outbox.person(tx, to, SocietyAccount); err != nil {
			return err
		}
		return s.outbox.queue(tx, outboxRow{Account: row.Told, Kind: aboutSociety, Subject: row.ID})
	})
	if err != nil {
		return fmt.Errorf("tell somebody something: %w", err)
	}
	return nil
}

// said is what an outbox row is about, and the partition of `in` that it belongs to. Without a text it was said before.
func (o *Outbox) said(ctx context.Context, id string) (row societyRow, partition int32, err error) {
	ok, err := found(o.db.Read(ctx).Where("id = ?", id).Take(&row).Error)
	if err != nil || !ok {
		return societyRow{}, 0, err
	}
	var talk conversationRow
	err = o.db.Read(ctx).Where("id = ?", row.conversation()).Take(&talk).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = fmt.Errorf("%w: the conversation is gone", errNoRecord)
	}
	return row, talk.Partition, err
}

func (r societyRow) conversation() string {
	return DirectID(SocietyAccount, identity.AccountID(r.Told))
}

// envelope is always the same for the same row, so that one appended twice is a repeat to whoever meets both.
func (r societyRow) envelope() (*wire.Envelope, error) {
	body, err := societyBody(*r.Text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	return &wire.Envelope{
		Version: 1, Id: r.ID, Conversation: r.conversation(),
		SenderAccount: string(SocietyAccount), SenderDevice: string(societyDevice), SentAt: r.SaidAt.UnixMilli(),
		Kind: wire.Kind_KIND_MESSAGE, Protection: wire.Protection_PROTECTION_PLAIN, Body: body,
	}, nil
}

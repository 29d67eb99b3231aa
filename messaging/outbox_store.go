package messaging

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
)

// What an outbox row is about. The row names facts; the relay reads them when it sends, so that the newest state wins.
const (
	aboutPerson  = "person"  // subject: the other account
	aboutRequest = "request" // subject: the sender whose request waited for a mailbox
	aboutRevoked = "revoked" // subject: the device
	aboutSociety = "society" // subject: the id of what the society says to them
)

type outboxRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement"`
	Account  string
	Kind     string
	Subject  string
	QueuedAt time.Time
	ParkedAt *time.Time // nil while it waits to be relayed
	Reason   string     // why it is parked
}

func (outboxRow) TableName() string { return "outbox" }

// Outbox holds, in order, what an account's devices must see, written in the transaction that changed it.
type Outbox struct {
	db   *database.DB
	now  func() time.Time
	wake chan struct{}
}

// NewOutbox queues in db.
func NewOutbox(db *database.DB, now func() time.Time) *Outbox {
	return &Outbox{db: db, now: now, wake: make(chan struct{}, 1)}
}

// nudge tells the relay of this process that rows were committed; other processes see them at their next look.
func (o *Outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *Outbox) person(tx *gorm.DB, account, other identity.AccountID) error {
	return o.queue(tx, outboxRow{Account: string(account), Kind: aboutPerson, Subject: string(other)})
}

// Revoked has every gateway close a device's socket.
func (o *Outbox) Revoked(ctx context.Context, account identity.AccountID, device identity.DeviceID) error {
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		return o.queue(tx, outboxRow{Account: string(account), Kind: aboutRevoked, Subject: string(device)})
	})
}

func (o *Outbox) queue(tx *gorm.DB, row outboxRow) error {
	row.QueuedAt = o.now().UTC()
	database.AfterCommit(tx, o.nudge)
	return tx.Create(&row).Error
}

// held sends the requests that waited for an account to have a mailbox.
func (o *Outbox) held(tx *gorm.DB, account identity.AccountID) error {
	var waiting []requestRow
	if err := tx.Where("recipient = ? AND copy IS NOT NULL", account).Order("asked_at, sender").Find(&waiting).Error; err != nil {
		return err
	}
	for _, r := range waiting {
		for _, kind := range []string{aboutRequest, aboutPerson} {
			if err := o.queue(tx, outboxRow{Account: r.Recipient, Kind: kind, Subject: r.Sender}); err != nil {
				return err
			}
		}
	}
	return nil
}

// requeueHeld catches requests that were put aside in the moment in which their recipient took a mailbox. One whose row is parked is
// not queued again.
func (o *Outbox) requeueHeld(ctx context.Context) error {
	var stranded []string
	err := o.db.Read(ctx).Raw(`SELECT DISTINCT r.recipient FROM requests r JOIN mailboxes m ON m.account = r.recipient
		WHERE r.copy IS NOT NULL AND NOT EXISTS
		(SELECT 1 FROM outbox o WHERE o.account = r.recipient AND o.kind = 'request' AND o.subject = r.sender)`).Scan(&stranded).Error
	if err != nil || len(stranded) == 0 {
		return err
	}
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		for _, account := range stranded {
			if err := o.held(tx, identity.AccountID(account)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *Outbox) oldest(ctx context.Context, most int) ([]outboxRow, error) {
	var rows []outboxRow
	err := o.db.Read(ctx).Where("parked_at IS NULL").Order("id").Limit(most).Find(&rows).Error
	return rows, err
}

// park sets a row aside that can never be relayed: that is its verdict, after which the next ones may go.
func (o *Outbox) park(ctx context.Context, row outboxRow, reason string) error {
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&outboxRow{}).Where("id = ?", row.ID).
			Updates(map[string]any{"parked_at": o.now().UTC(), "reason": reason}).Error
	})
}

// ParkedFact is a row of the outbox that could not be relayed, with the reason.
type ParkedFact struct {
	Row     int64
	Kind    string
	Account identity.AccountID // whose devices were to see it
	Reason  string
	At      time.Time
}

// Parked lists the newest parked facts.
func (o *Outbox) Parked(ctx context.Context, most int) ([]ParkedFact, error) {
	var rows []outboxRow
	err := o.db.Read(ctx).Where("parked_at IS NOT NULL").Order("parked_at DESC, id DESC").Limit(most).Find(&rows).Error
	facts := make([]ParkedFact, len(rows))
	for i, r := range rows {
		facts[i] = ParkedFact{r.ID, r.Kind, identity.AccountID(r.Account), r.Reason, *r.ParkedAt}
	}
	return facts, err
}

// sent takes rows out once their records are in the mailboxes.
func (o *Outbox) sent(ctx context.Context, rows []outboxRow) error {
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		for _, r := range rows {
			if err := forgetText(tx, r); err != nil {
				return err
			}
			if err := tx.Delete(&outboxRow{ID: r.ID}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetText drops what somebody said, which the database held only until now.
func forgetText(tx *gorm.DB, r outboxRow) error {
	switch r.Kind {
	case aboutRequest:
		return tx.Model(&requestRow{}).Where("recipient = ? AND sender = ?", r.Account, r.Subject).Update("copy", nil).Error
	case aboutSociety:
		return tx.Model(&societyRow{}).Where("id = ?", r.Subject).Update("text", nil).Error
	}
	return nil
}

func (o *Outbox) request(ctx context.Context, recipient, sender string) (requestRow, error) {
	var row requestRow
	_, err := found(o.db.Read(ctx).Where("recipient = ? AND sender = ?", recipient, sender).Take(&row).Error)
	return row, err
}

// record is the copy that waits, as it will lie in the mailbox.
func (r requestRow) record() bus.Record {
	at := Position{r.PosIncarnation, r.PosPartition, r.PosOffset}
	return bus.Record{Value: r.Copy, Headers: []bus.Header{PositionHeader(at)}}
}

type leaseRow struct {
	Name   string `gorm:"primaryKey"`
	Holder string
	Until  time.Time
}

func (leaseRow) TableName() string { return "leases" }

// lease makes holder the only one to do something until the time given, or reports that another is.
func lease(ctx context.Context, db *database.DB, name, holder string, now, until time.Time) (mine bool, err error) {
	err = db.Write(ctx, func(tx *gorm.DB) error {
		row := leaseRow{Name: name, Holder: holder, Until: until.UTC()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		res := tx.Model(&leaseRow{}).Where("name = ? AND (holder = ? OR until < ?)", name, holder, now.UTC()).
			Updates(map[string]any{"holder": holder, "until": until.UTC()})
		mine = res.RowsAffected == 1
		return res.Error
	})
	return mine, err
}

// release gives back what holder has, if it has it.
func release(ctx context.Context, db *database.DB, name, holder string) error {
	return db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Where("name = ? AND holder = ?", name, holder).Delete(&leaseRow{}).Error
	})
}

// inherit ends a lease of an earlier life of holder's, which was killed before it could give it back. Holders are "member/life".
func inherit(ctx context.Context, db *database.DB, name, holder string) error {
	return db.Write(ctx, func(tx *gorm.DB) error {
		var row leaseRow
		ok, err := found(tx.Where("name = ?", name).Take(&row).Error)
		if err != nil || !ok || row.Holder == holder || memberOf(row.Holder) != memberOf(holder) {
			return err
		}
		return tx.Where("name = ? AND holder = ?", name, row.Holder).Delete(&leaseRow{}).Error
	})
}

func memberOf(holder string) string { return holder[:strings.LastIndexByte(holder, '/')+1] }

package messaging

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

const verdictsAtOnce = 500 // rows a statement

type verdictRow struct {
	Device         string
	Message        string
	Nth            int
	Recipient      string
	PosIncarnation int32
	PosPartition   int32
	PosOffset      int64
	Outcome        string
	Reason         string
	JudgedAt       time.Time
}

func (verdictRow) TableName() string { return "verdicts" }

func (r verdictRow) verdict() Verdict {
	return Verdict{
		Device: identity.DeviceID(r.Device), Message: r.Message, Recipient: identity.AccountID(r.Recipient),
		Position: Position{r.PosIncarnation, r.PosPartition, r.PosOffset},
		Outcome:  Outcome(r.Outcome), Reason: wire.Reason(wire.Reason_value[r.Reason]),
	}
}

type parkedRow struct {
	PosIncarnation int32
	PosPartition   int32
	PosOffset      int64
	Recipient      string
	Reason         string
	Record         []byte
	ParkedAt       time.Time
}

func (parkedRow) TableName() string { return "parked" }

// Parked is an envelope that could not be read, or not be copied to one recipient, with the reason.
type Parked struct {
	Position  Position
	Recipient identity.AccountID // empty when nobody could have it
	Reason    string
	Record    []byte
	At        time.Time
}

// Request is somebody's first message to a person who does not know them. Copy is kept only for who has no mailbox yet.
type Request struct {
	Recipient, Sender identity.AccountID
	Conversation      string
	Position          Position
	Unheard           bool // recipient blocks sender: on record, but not shown
	Copy              []byte
}

// MessageKey tells a message from every other: retries of it have the same.
type MessageKey struct {
	Device  identity.DeviceID
	Message string
}

// Verdicts is the router's memory: what was decided, and what it decides from.
type Verdicts struct {
	db     *database.DB
	outbox *Outbox
	now    func() time.Time

	boxes memory[identity.AccountID, bus.Log] // an account's mailbox is the same for ever
}

// NewVerdicts remembers in db.
func NewVerdicts(db *database.DB, outbox *Outbox, now func() time.Time) *Verdicts {
	return &Verdicts{db: db, outbox: outbox, now: now}
}

// Wishes answers all asks from one query.
func (v *Verdicts) Wishes(ctx context.Context, asks []Ask) (map[Ask]Wish, error) {
	wishes := make(map[Ask]Wish, len(asks))
	if len(asks) == 0 {
		return wishes, nil
	}
	args := make([]any, 0, 2*len(asks))
	for _, a := range asks {
		args = append(args, string(a.Recipient), string(a.Sender))
	}
	// Scanned by hand: this is asked for every message, and reflection was half of its cost.
	rows, err := v.db.Read(ctx).Raw(`
		WITH asks(recipient, sender) AS (VALUES `+pairs(len(asks))+`)
		SELECT asks.recipient, asks.sender, c.owner IS NOT NULL, b.owner IS NOT NULL,
			r.pos_incarnation, r.pos_partition, r.pos_offset, r.copy IS NOT NULL
		FROM asks
		LEFT JOIN contacts c ON c.owner = asks.recipient AND c.account = asks.sender
		LEFT JOIN blocks b ON b.owner = asks.recipient AND b.account = asks.sender
		LEFT JOIN requests r ON r.recipient = asks.recipient AND r.sender = asks.sender`, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ask Ask
		var wish Wish
		var incarnation, partition sql.NullInt32
		var offset sql.NullInt64
		err := rows.Scan(&ask.Recipient, &ask.Sender, &wish.Contact, &wish.Blocked, &incarnation, &partition, &offset, &wish.Waiting)
		if err != nil {
			return nil, err
		}
		if offset.Valid {
			wish.Request = &Position{incarnation.Int32, partition.Int32, offset.Int64}
		}
		wish.Contact = wish.Contact || ask.Sender == SocietyAccount
		wishes[ask] = wish
	}
	return wishes, rows.Err()
}

// Boxes returns the mailboxes of those of the accounts that have one, asking the database only for who is not known yet.
func (v *Verdicts) Boxes(ctx context.Context, accounts []identity.AccountID) (map[identity.AccountID]bus.Log, error) {
	found, missing := v.boxes.find(accounts...)
	if len(missing) == 0 {
		return found, nil
	}
	var rows []mailboxRow
	if err := v.db.Read(ctx).Where("account IN ?", missing).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		box := r.mailbox()
		found[box.Account] = box.Log
		v.boxes.keep(box.Account, box.Log)
	}
	return found, nil
}

// Waiting is a request's copy that is still in the database, or a record without a value once it is not.
func (v *Verdicts) Waiting(ctx context.Context, ask Ask) (bus.Record, error) {
	request, err := v.outbox.request(ctx, string(ask.Recipient), string(ask.Sender))
	if err != nil || request.Copy == nil {
		return bus.Record{}, err
	}
	return request.record(), nil
}

// Kept returns the verdicts that were already given on these messages.
func (v *Verdicts) Kept(ctx context.Context, keys []MessageKey) (map[MessageKey][]Verdict, error) {
	kept := map[MessageKey][]Verdict{}
	if len(keys) == 0 {
		return kept, nil
	}
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		args = append(args, string(k.Device), k.Message)
	}
	var rows []verdictRow
	err := v.db.Read(ctx).Raw(`SELECT * FROM verdicts WHERE (device, message) IN (VALUES `+pairs(len(keys))+`) ORDER BY nth`, args...).
		Scan(&rows).Error
	for _, r := range rows {
		k := MessageKey{identity.DeviceID(r.Device), r.Message}
		kept[k] = append(kept[k], r.verdict())
	}
	return kept, err
}

func pairs(n int) string { return tuples(n, "(?,?)") }

func tuples(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }

// ErrDecidedBefore says that some message of a batch has its verdicts already: a replay, or a client's retry.
var ErrDecidedBefore = errors.New("decided before")

// Keep writes what was decided about a batch, in one transaction, before anything is copied. If any message of it was decided before,
// nothing is written: ErrDecidedBefore, and Kept tells what holds. It does not wait for the disk (the router does, before it commits its
// offset): what a power cut takes is decided again, and the same, since whatever could change it was written later and is lost as well.
func (v *Verdicts) Keep(ctx context.Context, verdicts []Verdict, requests []Request, parked []Parked) error {
	if len(verdicts)+len(requests)+len(parked) == 0 {
		return nil
	}
	now := v.now().UTC()
	return v.db.WriteUnsynced(ctx, func(tx *gorm.DB) error {
		if err := v.keepRequests(tx, requests, now); err != nil {
			return err
		}
		return keepRows(tx, verdicts, parked, now)
	})
}

func (v *Verdicts) keepRequests(tx *gorm.DB, requests []Request, now time.Time) error {
	for _, r := range requests {
		row := requestRow{
			Recipient: string(r.Recipient), Sender: string(r.Sender), Conversation: r.Conversation,
			PosIncarnation: r.Position.Incarnation, PosPartition: r.Position.Partition, PosOffset: r.Position.Offset,
			State: pending, Copy: r.Copy, AskedAt: now,
		}
		if r.Unheard {
			row.State = declined
		}
		insert := tx.Clauses(clause.OnConflict{DoNothing: true})
		if r.Copy == nil {
			insert = insert.Omit("Copy") // SQLite would keep an empty one, which is not none
		}
		if err := insert.Create(&row).Error; err != nil {
			return err
		}
		if r.Unheard || r.Copy != nil {
			continue
		}
		if err := v.outbox.person(tx, r.Recipient, r.Sender); err != nil {
			return err
		}
	}
	return nil
}

func keepRows(tx *gorm.DB, verdicts []Verdict, parked []Parked, now time.Time) error {
	if err := keepVerdicts(tx, verdicts, now); err != nil {
		return err
	}
	aside := make([]parkedRow, len(parked))
	for i, p := range parked {
		aside[i] = parkedRow{p.Position.Incarnation, p.Position.Partition, p.Position.Offset, string(p.Recipient), p.Reason, append([]byte{}, p.Record...), now}
	}
	if len(aside) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&aside).Error
}

// keepVerdicts writes plain SQL for the same reason that Wishes reads it.
func keepVerdicts(tx *gorm.DB, verdicts []Verdict, now time.Time) error {
	nth := map[MessageKey]int{}
	for some := range slices.Chunk(verdicts, verdictsAtOnce) {
		args := make([]any, 0, 10*len(some))
		for _, d := range some {
			key := MessageKey{d.Device, d.Message}
			args = append(args, string(d.Device), d.Message, nth[key], string(d.Recipient),
				d.Position.Incarnation, d.Position.Partition, d.Position.Offset, string(d.Outcome), d.Reason.String(), now)
			nth[key]++
		}
		res := tx.Exec(`INSERT INTO verdicts (device, message, nth, recipient, pos_incarnation, pos_partition, pos_offset, outcome, reason, judged_at)
			VALUES `+tuples(len(some), "(?,?,?,?,?,?,?,?,?,?)")+` ON CONFLICT DO NOTHING`, args...)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected < int64(len(some)) {
			return ErrDecidedBefore
		}
	}
	return nil
}

// Refuse changes a verdict to a refusal: the copy met a permanent failure, and is parked.
func (v *Verdicts) Refuse(ctx context.Context, verdict Verdict, p Parked) error {
	return v.db.Write(ctx, func(tx *gorm.DB) error {
		err := tx.Model(&verdictRow{}).
			Where("device = ? AND message = ? AND recipient = ?", verdict.Device, verdict.Message, verdict.Recipient).
			Updates(map[string]any{"outcome": string(verdict.Outcome), "reason": verdict.Reason.String()}).Error
		if err != nil {
			return err
		}
		return keepRows(tx, nil, []Parked{p}, v.now().UTC())
	})
}

// Parked lists the newest parked envelopes.
func (v *Verdicts) Parked(ctx context.Context, most int) ([]Parked, error) {
	var rows []parkedRow
	err := v.db.Read(ctx).Order("parked_at DESC").Limit(most).Find(&rows).Error
	parked := make([]Parked, len(rows))
	for i, r := range rows {
		at := Position{r.PosIncarnation, r.PosPartition, r.PosOffset}
		parked[i] = Parked{at, identity.AccountID(r.Recipient), r.Reason, r.Record, r.ParkedAt}
	}
	return parked, err
}

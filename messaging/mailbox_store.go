package messaging

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
)

type mailboxRow struct {
	ID          string
	Cell        string
	Topic       string
	Partition   int32
	Incarnation int32
	Ready       bool
	Account     *string
	MadeAt      time.Time
}

func (mailboxRow) TableName() string { return "mailboxes" }

func (r mailboxRow) mailbox() Mailbox {
	m := Mailbox{ID: r.ID, Log: bus.Log{Cell: r.Cell, Topic: r.Topic, Partition: r.Partition}, Incarnation: r.Incarnation}
	if r.Account != nil {
		m.Account = identity.AccountID(*r.Account)
	}
	return m
}

// Mailboxes keeps a stock of spare mailboxes and knows whose is whose.
type Mailboxes struct {
	db     *database.DB
	bus    *bus.Bus
	outbox *Outbox
	stock  int // spares to keep
	most   int // of all; 0 is no limit
	log    *slog.Logger
	now    func() time.Time
	short  chan struct{} // holds a token when a spare was wanted; Keep restocks on it

	waiting atomic.Int32 // who wait for a spare right now

	mu    sync.Mutex
	fresh chan struct{} // guarded by mu; closed, and made anew, when spares have come
}

// NewMailboxes keeps stock spares on b and never more than most mailboxes (0: no limit).
func NewMailboxes(db *database.DB, b *bus.Bus, outbox *Outbox, stock, most int, log *slog.Logger, now func() time.Time) *Mailboxes {
	return &Mailboxes{db: db, bus: b, outbox: outbox, stock: stock, most: most, log: log, now: now, short: make(chan struct{}, 1), fresh: make(chan struct{})}
}

const (
	takeWithin = 20 * time.Second
	takePause  = time.Second // another process may have made spares
)

// Take returns the account's mailbox, giving it a spare one the first time. While there is no spare it waits, at most takeWithin:
// ErrNoMailbox then, or ErrHouseFull when no more can be made.
func (m *Mailboxes) Take(ctx context.Context, account identity.AccountID) (Mailbox, error) {
	box, err := m.take(ctx, account)
	if !errors.Is(err, ErrNoMailbox) {
		return box, err
	}
	m.waiting.Add(1)
	defer m.waiting.Add(-1)
	ctx, cancel := context.WithTimeoutCause(ctx, takeWithin, ErrNoMailbox)
	defer cancel()
	for {
		came := m.spares()
		m.want()
		full, err := m.full(ctx)
		if err != nil {
			return Mailbox{}, err
		}
		if full {
			return Mailbox{}, ErrHouseFull
		}
		select {
		case <-ctx.Done():
			return Mailbox{}, context.Cause(ctx)
		case <-came:
		case <-time.After(takePause):
		}
		box, err := m.take(ctx, account)
		if !errors.Is(err, ErrNoMailbox) {
			return box, err
		}
	}
}

// spares returns what is closed when new spares have come.
func (m *Mailboxes) spares() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fresh
}

func (m *Mailboxes) tellSpares() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.fresh)
	m.fresh = make(chan struct{})
}

func (m *Mailboxes) take(ctx context.Context, account identity.AccountID) (Mailbox, error) {
	if box, err := m.Of(ctx, account); !errors.Is(err, ErrNoMailbox) {
		return box, err
	}
	var row mailboxRow
	err := m.db.Write(ctx, func(tx *gorm.DB) error {
		ok, err := found(tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
			Where("account IS NULL AND ready").Order("made_at, id").Take(&row).Error)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoMailbox
		}
		holder := string(account)
		row.Account = &holder
		if err := tx.Model(&mailboxRow{}).Where("id = ?", row.ID).Update("account", account).Error; err != nil {
			return err
		}
		return m.outbox.held(tx, account)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) { // taken meanwhile by another of the account's devices
		return m.Of(ctx, account)
	}
	if err == nil {
		m.want()
	}
	return row.mailbox(), err
}

// Of returns the account's mailbox, or ErrNoMailbox when it never took one.
func (m *Mailboxes) Of(ctx context.Context, account identity.AccountID) (Mailbox, error) {
	var row mailboxRow
	ok, err := found(m.db.Read(ctx).Where("account = ?", account).Take(&row).Error)
	if err == nil && !ok {
		err = ErrNoMailbox
	}
	return row.mailbox(), err
}

func (m *Mailboxes) full(ctx context.Context) (bool, error) {
	if m.most == 0 {
		return false, nil
	}
	var taken int64
	err := m.db.Read(ctx).Model(&mailboxRow{}).Where("account IS NOT NULL").Count(&taken).Error
	return int(taken) >= m.most, err
}

// want asks Keep for spares.
func (m *Mailboxes) want() {
	select {
	case m.short <- struct{}{}:
	default:
	}
}

// Keep restocks whenever spares are taken, until ctx ends.
func (m *Mailboxes) Keep(ctx context.Context) {
	for {
		if err := m.Restock(ctx); err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "mailboxes not restocked", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.short:
		case <-time.After(time.Minute):
		}
	}
}

// Restock makes spares until there are enough: rows first, then topics, then ready, so that a stop in between loses nothing.
func (m *Mailboxes) Restock(ctx context.Context) error {
	if err := m.plan(ctx); err != nil {
		return err
	}
	var rows []mailboxRow
	if err := m.db.Read(ctx).Where("NOT ready").Limit(topicsAtOnce).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	if err := m.makeTopics(ctx, rows); err != nil {
		return err
	}
	m.tellSpares()
	if len(rows) == topicsAtOnce {
		m.want()
	}
	return nil
}

const topicsAtOnce = 100

// plan writes rows for missing spares.
func (m *Mailboxes) plan(ctx context.Context) error {
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		var all, spare int64
		if err := tx.Model(&mailboxRow{}).Count(&all).Error; err != nil {
			return err
		}
		if err := tx.Model(&mailboxRow{}).Where("account IS NULL").Count(&spare).Error; err != nil {
			return err
		}
		wanted := m.stock + int(m.waiting.Load()) - int(spare)
		if m.most > 0 {
			wanted = min(wanted, m.most-int(all))
		}
		if wanted <= 0 {
			return nil
		}
		rows := make([]mailboxRow, wanted)
		for i := range rows {
			id := identity.NewID()
			rows[i] = mailboxRow{ID: id, Cell: bus.LocalCell, Topic: topicOf(id), Incarnation: 1, MadeAt: m.now().UTC()}
		}
		return tx.CreateInBatches(rows, topicsAtOnce).Error
	})
}

func (m *Mailboxes) makeTopics(ctx context.Context, rows []mailboxRow) error {
	topics, ids := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		topics[i], ids[i] = r.Topic, r.ID
	}
	if err := m.bus.MakeMailboxes(ctx, topics); err != nil {
		return err
	}
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&mailboxRow{}).Where("id IN ?", ids).Update("ready", true).Error
	})
}

// Reconcile makes rows and topics agree at start-up. A mailbox whose topic is gone is made anew under its name,
// as a new incarnation, so that old cursors are known to be stale. Topics without a row are left alone and told to the operator:
// an older copy of the database may have been put back.
func (m *Mailboxes) Reconcile(ctx context.Context) error {
	topics, err := m.bus.MailboxTopics(ctx)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(topics))
	for _, t := range topics {
		there[t] = true
	}
	var rows []mailboxRow
	if err := m.db.Read(ctx).Where("ready").Find(&rows).Error; err != nil {
		return err
	}
	var lost []mailboxRow
	for _, r := range rows {
		if !there[r.Topic] {
			lost = append(lost, r)
		}
		delete(there, r.Topic)
	}
	if err := m.rebuild(ctx, lost); err != nil {
		return err
	}
	return m.tellOrphans(ctx, there)
}

func (m *Mailboxes) rebuild(ctx context.Context, lost []mailboxRow) error {
	for batch := range slices.Chunk(lost, topicsAtOnce) {
		ids := make([]string, len(batch))
		for i, r := range batch {
			ids[i] = r.ID
		}
		if err := m.renew(ctx, "id IN ?", ids); err != nil {
			return err
		}
		if err := m.makeTopics(ctx, batch); err != nil {
			return err
		}
		m.log.WarnContext(ctx, "mailboxes were missing and are made anew", "count", len(batch))
	}
	return nil
}

func (m *Mailboxes) tellOrphans(ctx context.Context, orphans map[string]bool) error {
	if len(orphans) == 0 {
		return nil
	}
	var making []string
	if err := m.db.Read(ctx).Model(&mailboxRow{}).Where("NOT ready").Pluck("topic", &making).Error; err != nil {
		return err
	}
	for _, topic := range making { // the last run stopped between topic and ready
		delete(orphans, topic)
	}
	if len(orphans) > 0 {
		m.log.WarnContext(ctx, "topics without a mailbox row: was an older database put back?", "count", len(orphans))
	}
	return nil
}

// RenewAll gives every mailbox a new incarnation: after a crash of the machine embedded mailboxes may lack their tail,
// and what is forwarded again may lie elsewhere. Devices then read from the start and know what they have by its position.
func (m *Mailboxes) RenewAll(ctx context.Context) error { return m.renew(ctx, "ready", nil) }

func (m *Mailboxes) renew(ctx context.Context, where string, arg any) error {
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		q := tx.Model(&mailboxRow{})
		if arg == nil {
			q = q.Where(where)
		} else {
			q = q.Where(where, arg)
		}
		return q.Update("incarnation", gorm.Expr("incarnation + 1")).Error
	})
}

// Logs lists the logs of all taken mailboxes, for trimming.
func (m *Mailboxes) Logs(ctx context.Context) ([]bus.Log, error) {
	var rows []mailboxRow
	if err := m.db.Read(ctx).Where("account IS NOT NULL").Find(&rows).Error; err != nil {
		return nil, err
	}
	logs := make([]bus.Log, len(rows))
	for i, r := range rows {
		logs[i] = r.mailbox().Log
	}
	return logs, nil
}

type cursorRow struct {
	Device      string `gorm:"primaryKey"`
	Mailbox     string
	Incarnation int32
	NextOffset  int64
	AckedAt     time.Time
}

func (cursorRow) TableName() string { return "cursors" }

// Acked remembers how far a device has stored its mailbox.
func (m *Mailboxes) Acked(ctx context.Context, device identity.DeviceID, c Cursor) error {
	row := cursorRow{string(device), c.Mailbox, c.Incarnation, c.Next, m.now().UTC()}
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "device"}}, UpdateAll: true}).Create(&row).Error
	})
}

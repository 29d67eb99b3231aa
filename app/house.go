package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"folkmoot/billing"
	"folkmoot/governance/board"
	"folkmoot/governance/contribution"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/governance/participation"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/embedded"
)

// house is what every command builds on, wired from the ground up.
type house struct {
	log     *slog.Logger
	metrics *prometheus.Registry
	now     func() time.Time

	db          *database.DB
	queue       *jobs.Queue
	brokers     *embedded.Brokers // nil with Apache Kafka
	bus         *bus.Bus
	incarnation int32 // of `in`

	accounts      *identity.Accounts
	outbox        *messaging.Outbox
	mailboxes     *messaging.Mailboxes
	contacts      *messaging.Contacts
	conversations *messaging.Conversations
	verdicts      *messaging.Verdicts
	society       *messaging.Society

	register *member.Register
	officers *member.Officers
	audit    *audit.Log
	ledger   *billing.Ledger
	dues     *billing.Dues
	inbox    *billing.Inbox

	work      *contribution.Book
	operators *member.Operators
	classes   *member.Classes
	board     *board.Board
	elections *election.Elections
	polls     *election.Polls
	notices   *notice.Notices

	proposals  *participation.Proposals
	roadmap    *participation.Roadmap
	priorities *participation.Priorities

	privacy  *participation.PrivacyChanges
	meetings *meeting.Meetings
}

// build opens the database and the bus and sets up the domain on them, all by one clock. Close what it returns.
func build(ctx context.Context, c *Config, key []byte, now func() time.Time) (_ *house, err error) {
	h := &house{log: c.logger(), metrics: prometheus.NewRegistry(), now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := h.openDatabase(ctx, c); err != nil {
		return nil, err
	}
	if h.queue, err = jobs.New(h.db, h.log); err != nil {
		return nil, err
	}
	h.accounts = identity.NewAccounts(h.db, h.queue, key, now)
	if err := h.sameKey(ctx); err != nil {
		return nil, err
	}
	h.register = member.NewRegister(h.db, h.queue, now)
	h.officers = member.NewOfficers(h.db, now)
	h.audit = audit.NewLog(h.db)
	h.ledger = billing.NewLedger(h.db, now)
	most, err := h.openBus(ctx, c)
	if err != nil {
		return nil, err
	}
	h.outbox = messaging.NewOutbox(h.db, now)
	h.mailboxes = messaging.NewMailboxes(h.db, h.bus, h.outbox, c.MailboxStock, most, h.log, now)
	h.contacts = messaging.NewContacts(h.db, h.accounts, h.mailboxes, h.outbox, h.bus.InPartitions(), now)
	h.conversations = messaging.NewConversations(h.db)
	h.verdicts = messaging.NewVerdicts(h.db, h.outbox, now)
	h.openNotices(key)
	h.society = messaging.NewSociety(h.db, h.mailboxes, h.outbox, h.bus.InPartitions(), now)
	return h, h.reconcile(ctx)
}

// openDatabase migrates by itself only what is surely a developer's own: SQLite. Elsewhere an old schema is refused.
func (h *house) openDatabase(ctx context.Context, c *Config) (err error) {
	if h.db, err = database.Open(ctx, c.Database); err != nil {
		return err
	}
	behind, err := h.db.Behind(ctx)
	if err != nil || !behind {
		return err
	}
	if h.db.Dialect() != database.SQLite {
		return errors.New("the database has an older schema: run `folkmoot migrate` with the same settings first")
	}
	return h.db.Migrate(ctx)
}

// sameKey refuses to be a second process with a key of its own, as each data directory has unless told otherwise.
func (h *house) sameKey(ctx context.Context) error {
	err := h.accounts.SameKey(ctx)
	if errors.Is(err, identity.ErrOtherKey) {
		return fmt.Errorf("%w: give every process that uses it the same --key-file, a copy of the first one's server.key. "+
			"If that key is lost, stop them all, have the database DELETE FROM settings WHERE name = 'server_key', and start again: "+
			"codes under way are void then", err)
	}
	return err
}

// openBus reaches Apache Kafka or starts the embedded brokers, and returns how many mailboxes there may be (0: no limit).
func (h *house) openBus(ctx context.Context, c *Config) (most int, err error) {
	conf := bus.Config{In: c.Kafka, Mailboxes: c.KafkaMailboxes}
	if len(c.Kafka) == 0 {
		dir := filepath.Join(c.Data, "kafka")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return 0, err
		}
		h.brokers, err = embedded.Start(ctx, embedded.Options{Dir: dir, InPartitions: c.InPartitions, Logger: h.log})
		if err != nil {
			return 0, fmt.Errorf("start the embedded brokers: %w", err)
		}
		conf, most = h.brokers.Config(), embedded.MaxMailboxes()
	}
	if flush := conf.Flush; flush != nil {
		conf.Flush = func(ctx context.Context) error { return errors.Join(flush(ctx), h.db.Sync()) }
	} else {
		conf.Flush = func(context.Context) error { return h.db.Sync() }
	}
	conf.InPartitions, conf.Prefix, conf.Logger, conf.Metrics = c.InPartitions, c.KafkaPrefix, h.log, h.metrics
	h.bus, err = bus.Open(ctx, conf)
	return most, err
}

// reconcile makes the database and the logs agree before anybody is served.
func (h *house) reconcile(ctx context.Context) error {
	in, err := h.bus.InIdentity(ctx)
	if err != nil {
		return err
	}
	if h.incarnation, err = messaging.Incarnation(ctx, h.db, in); err != nil {
		return err
	}
	if h.brokers != nil && h.brokers.LostTail() {
		h.log.WarnContext(ctx, "the machine stopped uncleanly: mailboxes get a new incarnation and devices read them again")
		if err := h.mailboxes.RenewAll(ctx); err != nil {
			return err
		}
		if err := h.brokers.TailHeeded(); err != nil {
			return err
		}
	}
	if err := h.mailboxes.Reconcile(ctx); err != nil {
		return err
	}
	return h.mailboxes.Restock(ctx)
}

func (h *house) close() error {
	var errs []error
	if h.bus != nil {
		errs = append(errs, h.bus.Close())
	}
	if h.brokers != nil {
		errs = append(errs, h.brokers.Close())
	}
	if h.db != nil {
		errs = append(errs, h.db.Close())
	}
	return errors.Join(errs...)
}

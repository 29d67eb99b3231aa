package messaging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// A record may land for some ten seconds after we gave up waiting for it (see bus.Append). So a round ends that long before the lease
// does: whoever relays next finds nothing of ours under way that could land behind newer news. While there is something to relay, the
// lease is renewed between rounds, however long an append hangs.
const (
	relayLease  = 30 * time.Second // how long others wait for one that fell silent
	relayMargin = 12 * time.Second // from the end of a round to that of the lease, the difference between two machines' clocks in it
	relayPoll   = time.Second
	relayBatch  = 100
	relayLetGo  = 5 * time.Second // for giving the lease back when we are asked to stop
	relayName   = "outbox"        // of the lease
)

// Relay empties the outbox into mailboxes, in order and at least once. One process at a time relays.
type Relay struct {
	outbox        *Outbox
	bus           *bus.Bus
	mailboxes     *Mailboxes
	contacts      *Contacts
	log           *slog.Logger
	parked        prometheus.Counter
	holder        string // of the lease: "member/life"
	lease, margin time.Duration

	held    time.Time // until when the lease is surely ours; only Run's goroutine looks
	settled bool      // nothing of ours is under way, for all we know; only Run's goroutine looks
}

// NewRelay relays what outbox holds, and registers its metrics. No two processes may have the same member name: of two, the later puts
// the earlier out.
func NewRelay(outbox *Outbox, b *bus.Bus, mailboxes *Mailboxes, contacts *Contacts, member string, log *slog.Logger,
	metrics prometheus.Registerer,
) *Relay {
	r := &Relay{
		outbox: outbox, bus: b, mailboxes: mailboxes, contacts: contacts, log: log,
		parked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "folkmoot_outbox_parked_total", Help: "Outbox rows that can never be relayed and were set aside.",
		}),
		holder: member + "/" + identity.NewID(), lease: relayLease, margin: relayMargin,
	}
	metrics.MustRegister(r.parked)
	return r
}

// Run relays until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	if err := inherit(ctx, r.outbox.db, relayName, r.holder); err != nil && ctx.Err() == nil {
		r.log.WarnContext(ctx, "an earlier life's lease has to run out", "error", err)
	}
	defer r.letGo(ctx)
	stranded := time.NewTicker(relayPoll)
	defer stranded.Stop()
	for {
		select {
		case <-stranded.C: // whatever else there is to do: nobody else finds them
			if err := r.outbox.requeueHeld(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "held requests not looked for", "error", err)
			}
		default:
		}
		more, err := r.round(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "outbox not relayed", "error", err)
			more = false
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-r.outbox.wake:
		case <-time.After(relayPoll):
		}
	}
}

// round relays one batch and reports whether there may be more. It is over well before the lease is; only what it knows to be in the
// mailboxes it may still write down after.
func (r *Relay) round(ctx context.Context) (more bool, err error) {
	rows, err := r.outbox.oldest(ctx, relayBatch)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if mine, err := r.lead(ctx); err != nil || !mine {
		return false, err
	}
	inTime, cancel := context.WithDeadline(ctx, r.held.Add(-r.margin))
	defer cancel()
	fit, letters, err := r.letters(inTime, rows)
	if err != nil {
		return false, err
	}
	r.settled = false
	done, err := r.settle(ctx, fit, r.bus.AppendInOrder(inTime, letters))
	return err == nil && len(rows) == relayBatch, errors.Join(err, r.sent(ctx, done))
}

// lead makes sure that this process alone relays, for a round and the margin after it.
func (r *Relay) lead(ctx context.Context) (bool, error) {
	now := time.Now()
	if r.held.Sub(now) > r.lease*5/6 {
		return true, nil
	}
	mine, err := lease(ctx, r.outbox.db, relayName, r.holder, now, now.Add(r.lease))
	if err != nil || !mine {
		return false, err
	}
	r.held = now.Add(r.lease)
	return true, nil
}

// letGo lets another process relay at once, unless something of ours may still land: then the lease has to run out.
func (r *Relay) letGo(ctx context.Context) {
	if !r.settled {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), relayLetGo)
	defer cancel()
	if err := release(ctx, r.outbox.db, relayName, r.holder); err != nil {
		r.log.WarnContext(ctx, "the relay's lease has to run out", "error", err)
	}
}

// letters composes what rows are about. A row of which nothing can be made is parked before any that follows it is appended; any other
// failure holds them all.
func (r *Relay) letters(ctx context.Context, rows []outboxRow) (fit []outboxRow, letters []bus.Letter, err error) {
	for _, row := range rows {
		letter, err := r.letter(ctx, row)
		if errors.Is(err, errNoRecord) {
			err = r.park(ctx, row, err)
		} else {
			fit, letters = append(fit, row), append(letters, letter)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return fit, letters, nil
}

// settle returns the rows that are done with, and parks those that no log will ever take. With an error, others may be under way.
func (r *Relay) settle(ctx context.Context, rows []outboxRow, results [][]error) (done []outboxRow, failed error) {
	r.settled = true
	for i, errs := range results {
		switch err := errors.Join(errs...); {
		case err == nil:
			done = append(done, rows[i])
		case bus.Permanent(err):
			failed = errors.Join(failed, r.park(ctx, rows[i], err))
		default:
			failed, r.settled = err, false
		}
	}
	return done, failed
}

// park sets a row aside, so that one that can never be relayed does not hold up all others.
func (r *Relay) park(ctx context.Context, row outboxRow, why error) error {
	if err := r.outbox.park(ctx, row, why.Error()); err != nil {
		return err
	}
	r.parked.Inc()
	r.log.ErrorContext(ctx, "outbox row parked", "row", row.ID, "reason", why)
	return nil
}

// sent forgets what is in the mailboxes. A request's text is in the database only until then: there it must be on disk before it is
// forgotten here.
func (r *Relay) sent(ctx context.Context, done []outboxRow) error {
	if slices.ContainsFunc(done, func(row outboxRow) bool { return row.Kind == aboutRequest }) {
		if err := r.bus.Flush(ctx); err != nil {
			return err
		}
	}
	return r.outbox.sent(ctx, done)
}

// letter reads a row's facts afresh. It is to nobody where there is nothing to tell, as to an account without a mailbox: its first
// device asks for everything.
func (r *Relay) letter(ctx context.Context, row outboxRow) (bus.Letter, error) {
	if row.Kind == aboutSociety {
		return r.societyLetter(ctx, row)
	}
	box, err := r.mailboxes.Of(ctx, identity.AccountID(row.Account))
	if errors.Is(err, ErrNoMailbox) {
		return bus.Letter{}, nil
	}
	if err != nil {
		return bus.Letter{}, err
	}
	record := bus.Record{Headers: []bus.Header{{Key: "outbox", Value: []byte(strconv.FormatInt(row.ID, 10))}}}
	record.Value, err = r.compose(ctx, row, &record)
	if err != nil || record.Value == nil {
		return bus.Letter{}, err
	}
	return bus.Letter{To: []bus.Log{box.Log}, Order: row.Account, Record: record}, nil
}

// societyLetter goes to `in`, as what anybody says does: the router brings it to the mailbox, unless its owner blocks the society.
func (r *Relay) societyLetter(ctx context.Context, row outboxRow) (bus.Letter, error) {
	said, partition, err := r.outbox.said(ctx, row.Subject)
	if err != nil || said.Text == nil {
		return bus.Letter{}, err
	}
	envelope, err := said.envelope()
	if err != nil {
		return bus.Letter{}, err
	}
	value, err := proto.Marshal(envelope)
	if err != nil {
		return bus.Letter{}, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	record := bus.Record{Key: []byte(envelope.Conversation), Value: value}
	return bus.Letter{To: []bus.Log{bus.In(partition)}, Order: row.Account, Record: record}, nil
}

// errNoRecord: whatever is tried, a row's facts do not make a record.
var errNoRecord = errors.New("no record can be made of it")

func (r *Relay) compose(ctx context.Context, row outboxRow, record *bus.Record) ([]byte, error) {
	switch row.Kind {
	case aboutPerson:
		person, err := r.contacts.Person(ctx, identity.AccountID(row.Account), identity.AccountID(row.Subject))
		if err != nil {
			return nil, err
		}
		return marshal(&wire.MailboxRecord{What: &wire.MailboxRecord_PersonChanged{
			PersonChanged: &wire.PersonChanged{Person: person.Wire()},
		}})
	case aboutRevoked:
		return marshal(&wire.MailboxRecord{What: &wire.MailboxRecord_DeviceRevoked{
			DeviceRevoked: &wire.DeviceRevoked{Device: row.Subject},
		}})
	case aboutRequest:
		request, err := r.outbox.request(ctx, row.Account, row.Subject)
		if request.Copy != nil {
			record.Headers = append(record.Headers, request.record().Headers...)
		}
		return request.Copy, err
	default:
		return nil, fmt.Errorf("%w: unknown kind %q", errNoRecord, row.Kind)
	}
}

func marshal(record *wire.MailboxRecord) ([]byte, error) {
	raw, err := proto.Marshal(record)
	if err != nil { // text that is not UTF-8
		return nil, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	return raw, nil
}

// PositionHeader is how a mailbox record says where its envelope stands in `in`.
func PositionHeader(at Position) bus.Header {
	return bus.Header{Key: "position", Value: []byte(at.String())}
}

package messaging

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

const (
	relayLease = 10 * time.Second
	relayPoll  = time.Second
	relayBatch = 100
)

// Relay empties the outbox into mailboxes, in order and at least once. One process at a time relays.
type Relay struct {
	outbox    *Outbox
	bus       *bus.Bus
	mailboxes *Mailboxes
	contacts  *Contacts
	log       *slog.Logger
	holder    string
	held      time.Time // until when the lease is surely ours; only Run's goroutine looks
}

// NewRelay relays what outbox holds.
func NewRelay(outbox *Outbox, b *bus.Bus, mailboxes *Mailboxes, contacts *Contacts, log *slog.Logger) *Relay {
	return &Relay{outbox: outbox, bus: b, mailboxes: mailboxes, contacts: contacts, log: log, holder: identity.NewID()}
}

// Run relays until ctx ends.
func (r *Relay) Run(ctx context.Context) {
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

// round relays one batch and reports whether there may be more.
func (r *Relay) round(ctx context.Context) (more bool, err error) {
	rows, err := r.outbox.oldest(ctx, relayBatch)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if mine, err := r.lead(ctx); err != nil || !mine {
		return false, err
	}
	letters := make([]bus.Letter, 0, len(rows))
	lettersOf := make([]outboxRow, 0, len(rows))
	var done []outboxRow
	for _, row := range rows {
		letter, ok, err := r.letter(ctx, row)
		if err != nil {
			return false, err
		}
		if !ok {
			done = append(done, row)
			continue
		}
		letters, lettersOf = append(letters, letter), append(lettersOf, row)
	}
	for i, errs := range r.bus.AppendInOrder(ctx, letters) {
		switch e := errors.Join(errs...); {
		case e == nil:
			done = append(done, lettersOf[i])
		case errors.Is(e, bus.ErrGone), errors.Is(e, bus.ErrTooLarge):
			r.log.ErrorContext(ctx, "outbox row cannot be relayed", "row", lettersOf[i].ID, "error", e)
			done = append(done, lettersOf[i])
		default:
			err = e
		}
	}
	// A request's text is in the database only until it is in the mailbox: there it must be on disk before it is forgotten here.
	if slices.ContainsFunc(done, func(row outboxRow) bool { return row.Kind == aboutRequest }) {
		if err := r.bus.Flush(ctx); err != nil {
			return false, err
		}
	}
	return err == nil && len(rows) == relayBatch, errors.Join(err, r.outbox.sent(ctx, done))
}

func (r *Relay) lead(ctx context.Context) (bool, error) {
	now := time.Now()
	if now.Before(r.held.Add(-relayLease / 2)) {
		return true, nil
	}
	mine, err := lease(ctx, r.outbox.db, "outbox", r.holder, now, now.Add(relayLease))
	if err != nil || !mine {
		return false, err
	}
	r.held = now.Add(relayLease)
	return true, nil
}

// letter reads a row's facts afresh. An account without a mailbox needs none: its first device asks for everything.
func (r *Relay) letter(ctx context.Context, row outboxRow) (bus.Letter, bool, error) {
	box, err := r.mailboxes.Of(ctx, identity.AccountID(row.Account))
	if errors.Is(err, ErrNoMailbox) {
		return bus.Letter{}, false, nil
	}
	if err != nil {
		return bus.Letter{}, false, err
	}
	record := bus.Record{Headers: []bus.Header{{Key: "outbox", Value: []byte(strconv.FormatInt(row.ID, 10))}}}
	record.Value, err = r.compose(ctx, row, &record)
	if err != nil || record.Value == nil {
		return bus.Letter{}, false, err
	}
	return bus.Letter{To: []bus.Log{box.Log}, Order: row.Account, Record: record}, true, nil
}

func (r *Relay) compose(ctx context.Context, row outboxRow, record *bus.Record) ([]byte, error) {
	switch row.Kind {
	case aboutPerson:
		person, err := r.contacts.Person(ctx, identity.AccountID(row.Account), identity.AccountID(row.Subject))
		if err != nil {
			return nil, err
		}
		return proto.Marshal(&wire.MailboxRecord{What: &wire.MailboxRecord_PersonChanged{
			PersonChanged: &wire.PersonChanged{Person: person.Wire()},
		}})
	case aboutRevoked:
		return proto.Marshal(&wire.MailboxRecord{What: &wire.MailboxRecord_DeviceRevoked{
			DeviceRevoked: &wire.DeviceRevoked{Device: row.Subject},
		}})
	default:
		request, err := r.outbox.request(ctx, row.Account, row.Subject)
		if request.Copy != nil {
			record.Headers = append(record.Headers, request.record().Headers...)
		}
		return request.Copy, err
	}
}

// PositionHeader is how a mailbox record says where its envelope stands in `in`.
func PositionHeader(at Position) bus.Header {
	return bus.Header{Key: "position", Value: []byte(at.String())}
}

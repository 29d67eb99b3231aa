package messaging

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

// A request was put aside in the moment in which its recipient took a mailbox, and the outbox never rests.
func TestABusyOutboxDoesNotStrandARequest(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		log := slog.New(slog.DiscardHandler)
		queue, err := jobs.New(db, log)
		if err != nil {
			t.Fatal(err)
		}
		outbox, b := NewOutbox(db, time.Now), bustest.Open(t, bustest.Embedded(t, t.TempDir()))
		boxes := NewMailboxes(db, b, outbox, 5, 0, log, time.Now)
		if err := boxes.Restock(t.Context()); err != nil {
			t.Fatal(err)
		}
		ann, ben := identity.AccountID(identity.NewID()), identity.AccountID(identity.NewID())
		box, err := boxes.Take(t.Context(), ben)
		if err != nil {
			t.Fatal(err)
		}
		stranded := Request{Recipient: ben, Sender: ann, Conversation: DirectID(ann, ben), Copy: []byte{0x0a, 0}}
		if err := NewVerdicts(db, outbox, time.Now).Keep(t.Context(), nil, []Request{stranded}, nil); err != nil {
			t.Fatal(err)
		}

		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		accounts := identity.NewAccounts(db, queue, make([]byte, 32), time.Now)
		relay := NewRelay(outbox, b, boxes, NewContacts(db, accounts, boxes, outbox, 4, time.Now), log)
		running.Go(func() { relay.Run(ctx) })
		running.Go(func() {
			for ctx.Err() == nil {
				outbox.nudge() // somebody's change, over and over
			}
		})
		arrived := make(chan struct{}, 1)
		follower, err := b.Follow(box.Log, 0, func([]bus.Record) bool {
			select {
			case arrived <- struct{}{}:
			default:
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		defer follower.Close()
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Error("the request is not in the mailbox")
		}
	})
}

package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/embedded"
	"folkmoot/messaging/wire"
)

// held is one message as a device's store holds it, after what a store does: the same position is the same message.
type held struct {
	conversation, id, device string
	at                       messaging.Position
	verdicts                 int // of an own message
}

// store removes exact repeats by position, as every client must.
func store(records []*wire.MailboxRecord) []held {
	kept := map[messaging.Position]held{}
	for _, r := range records {
		c := r.GetCopy()
		if c == nil || c.Envelope.Kind != wire.Kind_KIND_MESSAGE {
			continue
		}
		at := messaging.Position{Incarnation: int32(c.Position.Incarnation), Partition: c.Position.Partition, Offset: c.Position.Offset} //nolint:gosec // small
		kept[at] = held{c.Envelope.Conversation, c.Envelope.Id, c.Envelope.SenderDevice, at, len(c.Verdicts)}
	}
	return slices.Collect(maps.Values(kept))
}

// witness is what one device kept on disk, and what it was promised.
type witness struct {
	who   seeded
	kept  []held
	acked []*wire.Envelope
}

// judge holds the witnesses against each other: every acked message has exactly one verdict for each recipient,
// and is in each device's store exactly once.
func judge(t *testing.T, witnesses []witness) {
	t.Helper()
	byID := make([]map[string][]held, len(witnesses))
	for i, w := range witnesses {
		byID[i] = map[string][]held{}
		for _, h := range w.kept {
			byID[i][h.id] = append(byID[i][h.id], h)
		}
	}
	acked := 0
	for i, w := range witnesses {
		for _, e := range w.acked {
			acked++
			own := byID[i][e.Id]
			if len(own) != 1 || own[0].verdicts != 1 {
				t.Errorf("acked %s: its sender's store has %d copies of it, with verdicts %v", e.Id, len(own), own)
				continue
			}
			for j, other := range witnesses {
				if i == j || w.who.with(other.who) != e.Conversation {
					continue
				}
				if got := byID[j][e.Id]; len(got) != 1 || got[0].at != own[0].at {
					t.Errorf("acked %s at %s: its recipient's store has %v", e.Id, own[0].at, got)
				}
			}
		}
	}
	for i, w := range witnesses {
		for id, copies := range byID[i] {
			if len(copies) != 1 {
				t.Errorf("%s holds %s %d times", w.who.Device, id, len(copies))
			}
		}
	}
	if acked == 0 {
		t.Error("nothing was acked: the test showed nothing")
	}
	t.Logf("%d messages acked, each delivered once", acked)
}

// inspectMailboxes reads every raw mailbox: exact repeats removed, a conversation's positions only rise.
func inspectMailboxes(t *testing.T, srv *server) {
	t.Helper()
	b := rawBus(t, srv)
	topics, err := b.MailboxTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	records, repeats := 0, 0
	for _, topic := range topics {
		last := map[string]messaging.Position{}
		seen := map[string]bool{}
		for from := int64(0); ; {
			page, err := b.Read(t.Context(), bus.Mailbox(topic), from, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Records) == 0 {
				break
			}
			for _, r := range page.Records {
				from = r.Offset + 1
				records++
				if seen[string(r.Value)] {
					repeats++
					continue
				}
				seen[string(r.Value)] = true
				if why := rises(r.Value, last); why != "" {
					t.Errorf("mailbox %s, offset %d: %s", topic, r.Offset, why)
				}
			}
		}
	}
	t.Logf("%d mailboxes with %d records, %d of them exact repeats", len(topics), records, repeats)
}

func rises(raw []byte, last map[string]messaging.Position) string {
	r := &wire.MailboxRecord{}
	if err := proto.Unmarshal(raw, r); err != nil {
		return err.Error()
	}
	c := r.GetCopy()
	if c == nil {
		return ""
	}
	at := messaging.Position{Incarnation: int32(c.Position.Incarnation), Partition: c.Position.Partition, Offset: c.Position.Offset} //nolint:gosec // small
	before, met := last[c.Envelope.Conversation]
	if met && at.Compare(before) <= 0 {
		return fmt.Sprintf("conversation %s has %s after %s", c.Envelope.Conversation, at, before)
	}
	last[c.Envelope.Conversation] = at
	return ""
}

// rawBus opens the brokers of a server that has ended.
func rawBus(t *testing.T, srv *server) *bus.Bus {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conf := bus.Config{In: srv.stack.kafka, Mailboxes: srv.stack.kafka}
	if len(srv.stack.kafka) == 0 {
		brokers, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(srv.data, "kafka"), InPartitions: srv.stack.partitions()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = brokers.Close() })
		conf = brokers.Config()
	}
	conf.InPartitions, conf.Prefix = srv.stack.partitions(), srv.stack.prefix
	b, err := bus.Open(ctx, conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

package bus_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

// each runs a test with an open bus on either kind of broker.
func each(t *testing.T, test func(t *testing.T, b *bus.Bus)) {
	t.Helper()
	bustest.Each(t, func(t *testing.T, conf bus.Config) { test(t, bustest.Open(t, conf)) })
}

func mailboxName() string { return "m-" + strings.ToLower(rand.Text()) }

// mailboxes makes some.
func mailboxes(t *testing.T, b *bus.Bus, n int) []string {
	t.Helper()
	topics := make([]string, n)
	for i := range topics {
		topics[i] = mailboxName()
	}
	if err := b.MakeMailboxes(t.Context(), topics); err != nil {
		t.Fatal(err)
	}
	return topics
}

func mailbox(t *testing.T, b *bus.Bus) bus.Log {
	t.Helper()
	return bus.Mailbox(mailboxes(t, b, 1)[0])
}

func text(s string) bus.Record { return bus.Record{Value: []byte(s)} }

func appendAll(t *testing.T, b *bus.Bus, to bus.Log, values ...string) {
	t.Helper()
	for _, v := range values {
		if _, err := b.Append(t.Context(), to, text(v)); err != nil {
			t.Fatal(err)
		}
	}
}

func values(records []bus.Record) []string {
	out := []string{}
	for _, r := range records {
		out = append(out, string(r.Value))
	}
	return out
}

// readAll pages through a log from its start.
func readAll(t *testing.T, b *bus.Bus, log bus.Log) []bus.Record {
	t.Helper()
	page, err := b.Read(t.Context(), log, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	all := page.Records
	for next := int64(len(all)); next < page.End; next = all[len(all)-1].Offset + 1 {
		if page, err = b.Read(t.Context(), log, next, 1000); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Records...)
	}
	return all
}

// ear is a sink that keeps what it hears and can be waited for.
type ear struct {
	mu    sync.Mutex
	heard []bus.Record
	news  chan struct{}
}

func newEar() *ear { return &ear{news: make(chan struct{}, 1)} }

func (e *ear) sink(records []bus.Record) bool {
	e.mu.Lock()
	e.heard = append(e.heard, records...)
	e.mu.Unlock()
	select {
	case e.news <- struct{}{}:
	default:
	}
	return true
}

func (e *ear) await(t *testing.T, n int) []bus.Record {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		e.mu.Lock()
		heard := slices.Clone(e.heard)
		e.mu.Unlock()
		if len(heard) >= n {
			return heard
		}
		select {
		case <-e.news:
		case <-limit:
			t.Fatalf("heard %d of %d", len(heard), n)
		}
	}
}

func TestAppendedRecordIsReadAsItWas(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		at := time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC)
		want := bus.Record{At: at, Key: []byte("k"), Value: []byte("v"), Headers: []bus.Header{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}}}
		for i := range 3 {
			offset, err := b.Append(t.Context(), log, want)
			if err != nil || offset != int64(i) {
				t.Fatalf("append: %d, %v", offset, err)
			}
		}
		page, err := b.Read(t.Context(), log, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		want.Offset = 1
		if diff := cmp.Diff(page, bus.Page{Records: []bus.Record{want}, Start: 0, End: 3}); diff != "" {
			t.Error(diff)
		}
		page, err = b.Read(t.Context(), log, 3, 10)
		if err != nil || len(page.Records) != 0 || page.End != 3 {
			t.Errorf("at the end: %+v, %v", page, err)
		}
	})
}

func TestWhatIsGoneOrTooLargeSaysSo(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		nowhere := bus.Mailbox(mailboxName())
		if _, err := b.Append(t.Context(), nowhere, text("x")); !errors.Is(err, bus.ErrGone) {
			t.Errorf("append to nowhere: %v", err)
		}
		if _, err := b.Append(t.Context(), bus.In(99), text("x")); !errors.Is(err, bus.ErrGone) {
			t.Errorf("append beyond the partitions: %v", err)
		}
		if _, err := b.Read(t.Context(), nowhere, 0, 1); !errors.Is(err, bus.ErrGone) {
			t.Errorf("read nowhere: %v", err)
		}
		log := mailbox(t, b)
		if _, err := b.Append(t.Context(), log, bus.Record{Value: make([]byte, bus.MaxRecord)}); !errors.Is(err, bus.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		if _, err := b.Append(t.Context(), log, bus.Record{Value: make([]byte, bus.MaxRecord-100)}); err != nil {
			t.Errorf("just small enough: %v", err)
		}
		appendAll(t, b, log, "after")
	})
}

func TestReadOutsideTheLogNamesItsBounds(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		appendAll(t, b, log, "a", "b")
		for _, from := range []int64{-1, 3} {
			_, err := b.Read(t.Context(), log, from, 1)
			var outside *bus.OutOfRangeError
			if !errors.As(err, &outside) || *outside != (bus.OutOfRangeError{Start: 0, End: 2}) {
				t.Errorf("read from %d: %v", from, err)
			}
		}
	})
}

func TestMailboxesAreMadeOnceAndDropped(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		topics := mailboxes(t, b, 120)
		appendAll(t, b, bus.Mailbox(topics[0]), "kept")
		if err := b.MakeMailboxes(t.Context(), topics); err != nil {
			t.Fatal(err)
		}
		got, err := b.MailboxTopics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(topics)
		if diff := cmp.Diff(got, topics); diff != "" {
			t.Error(diff)
		}
		if err := b.DropMailboxes(t.Context(), []string{topics[0], mailboxName()}); err != nil {
			t.Fatal(err)
		}
		for { // Apache Kafka's controller says yes a moment before the broker knows, and until then takes what comes
			_, err := b.Append(t.Context(), bus.Mailbox(topics[0]), text("x"))
			if errors.Is(err, bus.ErrGone) {
				break
			}
			if err != nil {
				t.Fatalf("append to a dropped mailbox: %v", err)
			}
		}
		if got, err = b.MailboxTopics(t.Context()); err != nil || len(got) != 119 {
			t.Errorf("%d left, %v", len(got), err)
		}
	})
}

func TestFollowerHearsWhatWasAndWhatComes(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		appendAll(t, b, log, "a", "b", "c")
		e := newEar()
		f, err := b.Follow(log, 1, e.sink)
		if err != nil {
			t.Fatal(err)
		}
		e.await(t, 2)
		appendAll(t, b, log, "d")
		if diff := cmp.Diff(values(e.await(t, 3)), []string{"b", "c", "d"}); diff != "" {
			t.Error(diff)
		}
		f.Close()
		<-f.Done()
		if f.Err() != nil {
			t.Error(f.Err())
		}
		appendAll(t, b, log, "e")
		if got := len(e.heard); got != 3 {
			t.Errorf("heard %d after Close", got)
		}
	})
}

func TestGroupHandlesEverythingOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		const n = 200
		for i := range n {
			if _, err := b.Append(t.Context(), bus.In(int32(i%4)), text(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		heard := consume(t, b, n)
		for p, got := range heard {
			for i, v := range got {
				if want := fmt.Sprint(int(p) + 4*i); v != want {
					t.Fatalf("partition %d: record %d is %s, not %s", p, i, v, want)
				}
			}
		}
		if late := consume(t, b, 0); len(late) != 0 {
			t.Errorf("came again: %v", late)
		}
	})
}

// consume handles n records and leaves.
func consume(t *testing.T, b *bus.Bus, n int) map[int32][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	heard, count := map[int32][]string{}, 0
	if n == 0 {
		appendAll(t, b, bus.In(0), "the last")
	}
	err := b.Consume(ctx, "router", "one", 50, func(_ context.Context, p int32, batch []bus.Record) error {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range batch {
			if n == 0 && string(r.Value) == "the last" {
				cancel()
				continue
			}
			heard[p] = append(heard[p], string(r.Value))
			count++
		}
		if count == n {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

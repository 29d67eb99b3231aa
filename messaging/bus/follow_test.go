package bus_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

func follow(t *testing.T, b *bus.Bus, log bus.Log, from int64, sink bus.Sink) *bus.Follower {
	t.Helper()
	f, err := b.Follow(log, from, sink)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// whole checks that what was heard is a log's records from an offset on, each once.
func whole(t *testing.T, heard []bus.Record, from int64) {
	t.Helper()
	for i, r := range heard {
		if r.Offset != from+int64(i) || string(r.Value) != fmt.Sprint(r.Offset) {
			t.Fatalf("heard offset %d (%s) at %d", r.Offset, r.Value, from+int64(i))
		}
	}
}

func TestFollowersFromDifferentOffsetsShareOneLog(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		const before, after = 300, 300
		for i := range before {
			appendAll(t, b, log, fmt.Sprint(i))
		}
		var ears [8]*ear
		var joining sync.WaitGroup
		for k := range ears {
			e := newEar()
			ears[k] = e
			joining.Go(func() { follow(t, b, log, int64(k*40), e.sink) })
		}
		for i := range after {
			appendAll(t, b, log, fmt.Sprint(before+i))
		}
		joining.Wait()
		for k, e := range ears {
			whole(t, e.await(t, before+after-k*40), int64(k*40))
		}
	})
}

func TestFollowerThatSaysNoReadsOnAndFollowsAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		other := newEar() // must not be held up
		follow(t, b, log, 0, other.sink)
		taken := int64(0)
		slow := follow(t, b, log, 0, func(r []bus.Record) bool {
			if r[len(r)-1].Offset >= 5 {
				return false
			}
			taken = r[len(r)-1].Offset + 1
			return true
		})
		for i := range 20 {
			appendAll(t, b, log, fmt.Sprint(i))
		}
		<-slow.Done()
		if slow.Err() != nil {
			t.Error(slow.Err())
		}
		page, err := b.Read(t.Context(), log, taken, 10)
		if err != nil {
			t.Fatal(err)
		}
		whole(t, page.Records, taken)
		again := newEar()
		follow(t, b, log, page.Records[9].Offset+1, again.sink)
		whole(t, again.await(t, int(20-taken-10)), taken+10)
		whole(t, other.await(t, 20), 0)
	})
}

func TestFollowerOutsideTheLogIsTold(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		appendAll(t, b, log, "0", "1")
		for _, from := range []int64{-1, 7} {
			f := follow(t, b, log, from, func([]bus.Record) bool { return true })
			<-f.Done()
			var outside *bus.OutOfRangeError
			if !errors.As(f.Err(), &outside) || *outside != (bus.OutOfRangeError{Start: 0, End: 2}) {
				t.Errorf("from %d: %v", from, f.Err())
			}
		}
		// Beside one who follows already, too.
		follow(t, b, log, 2, func([]bus.Record) bool { return true })
		f := follow(t, b, log, 7, func([]bus.Record) bool { return true })
		<-f.Done()
		if _, outside := errors.AsType[*bus.OutOfRangeError](f.Err()); !outside {
			t.Errorf("beside another: %v", f.Err())
		}
	})
}

func TestFollowerOfADroppedMailboxIsTold(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		topic := mailboxes(t, b, 1)[0]
		e := newEar()
		f := follow(t, b, bus.Mailbox(topic), 0, e.sink)
		appendAll(t, b, bus.Mailbox(topic), "0")
		e.await(t, 1)
		if err := b.DropMailboxes(t.Context(), []string{topic}); err != nil {
			t.Fatal(err)
		}
		<-f.Done()
		if !errors.Is(f.Err(), bus.ErrGone) {
			t.Error(f.Err())
		}
		never := follow(t, b, bus.Mailbox(mailboxName()), 0, e.sink)
		<-never.Done()
		if !errors.Is(never.Err(), bus.ErrGone) {
			t.Error(never.Err())
		}
	})
}

func TestAThousandMailboxesAreFollowedWhileSomeComeAndGo(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		n := 1000
		topics := mailboxes(t, b, n)
		ears := make([]*ear, n)
		followers := make([]*bus.Follower, n)
		for i, topic := range topics {
			ears[i] = newEar()
			followers[i] = follow(t, b, bus.Mailbox(topic), 0, ears[i].sink)
		}
		tell := func(round, step int) {
			var all sync.WaitGroup
			for i := 0; i < n; i += step {
				all.Go(func() { appendAll(t, b, bus.Mailbox(topics[i]), fmt.Sprint(round)) })
			}
			all.Wait()
		}
		tell(0, 1)
		for _, e := range ears {
			whole(t, e.await(t, 1), 0)
		}
		for i := 0; i < n; i += 3 { // a third leaves, and comes back from where it was
			followers[i].Close()
		}
		tell(1, 2)
		for i := 0; i < n; i += 3 {
			followers[i] = follow(t, b, bus.Mailbox(topics[i]), 1, ears[i].sink)
		}
		tell(2, 4)
		for i, e := range ears {
			want := 1
			if i%2 == 0 {
				want++
			}
			if i%4 == 0 {
				want++
			}
			whole(t, e.await(t, want), 0)
		}
	})
}

func TestNobodyIsCalledAfterClose(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		stop := make(chan struct{})
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					appendAll(t, b, log, fmt.Sprint(i))
				}
			}
		})
		for range 50 {
			var closed atomic.Bool
			heard := newEar()
			f := follow(t, b, log, 0, func(r []bus.Record) bool {
				if closed.Load() {
					t.Error("called after Close")
				}
				return heard.sink(r)
			})
			whole(t, heard.await(t, 1), 0)
			f.Close()
			closed.Store(true)
		}
		close(stop)
		writing.Wait()
	})
}

// ours lists the goroutines that run this package's code, Sarama's or the embedded broker's.
func ours() string {
	buf := make([]byte, 4<<20)
	var left []string
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "sarama") || strings.Contains(g, "messaging/bus.") || strings.Contains(g, "kfake") {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	bustest.Each(t, func(t *testing.T, conf bus.Config) {
		before := strings.Count(ours(), "goroutine ")
		b, err := bus.Open(t.Context(), conf)
		if err != nil {
			t.Fatal(err)
		}
		topics := mailboxes(t, b, 60)
		e := newEar()
		for _, topic := range topics {
			if _, err := b.Follow(bus.Mailbox(topic), 0, e.sink); err != nil {
				t.Fatal(err)
			}
			appendAll(t, b, bus.Mailbox(topic), "x")
		}
		last, err := b.Follow(bus.Mailbox(topics[0]), 0, e.sink)
		if err != nil {
			t.Fatal(err)
		}
		e.await(t, len(topics)+1)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		<-last.Done()
		if !errors.Is(last.Err(), bus.ErrUnavailable) {
			t.Error(last.Err())
		}
		// Sarama's receivers and the broker's ends of the lines need a moment to notice.
		for limit := time.Now().Add(10 * time.Second); strings.Count(ours(), "goroutine ") > before; runtime.Gosched() {
			if time.Now().After(limit) {
				t.Fatalf("still running:\n%s", ours())
			}
		}
	})
}

func TestClosedBusSaysSo(t *testing.T) {
	bustest.Each(t, func(t *testing.T, conf bus.Config) {
		b, err := bus.Open(t.Context(), conf)
		if err != nil {
			t.Fatal(err)
		}
		log := mailbox(t, b)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Append(t.Context(), log, text("x")); !errors.Is(err, bus.ErrUnavailable) {
			t.Errorf("append: %v", err)
		}
		if _, err := b.Follow(log, 0, nil); !errors.Is(err, bus.ErrUnavailable) {
			t.Errorf("follow: %v", err)
		}
		if _, err := b.Read(t.Context(), log, 0, 1); !errors.Is(err, bus.ErrUnavailable) {
			t.Errorf("read: %v", err)
		}
	})
}

func TestRecordsShareNothingThatChanges(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log := mailbox(t, b)
		one, two := newEar(), newEar()
		follow(t, b, log, 0, one.sink)
		follow(t, b, log, 0, two.sink)
		for i := range 50 {
			appendAll(t, b, log, fmt.Sprint(i))
		}
		if diff := cmp.Diff(one.await(t, 50), two.await(t, 50)); diff != "" {
			t.Error(diff)
		}
	})
}

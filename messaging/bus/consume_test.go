package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

// members runs consumers that are stopped with the test.
func member(t *testing.T, b *bus.Bus, name string, do bus.Handle) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Consume(ctx, "router", name, 10, do); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

func fill(t *testing.T, b *bus.Bus, n int) {
	t.Helper()
	for i := range n {
		appendAll(t, b, bus.In(0), fmt.Sprint(i))
	}
}

func TestWhatFailedComesAgainAndNothingOvertakesIt(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		fill(t, b, 40)
		e, fails := newEar(), 2
		member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error {
			for _, r := range batch {
				if r.Offset == 15 && fails > 0 {
					fails--
					return errors.New("not now")
				}
			}
			e.sink(batch)
			return nil
		})
		next := int64(0)
		for _, r := range e.await(t, 40) {
			if r.Offset > next {
				t.Fatalf("%d came before %d was done", r.Offset, next)
			}
			next = max(next, r.Offset+1)
		}
	})
}

func TestNothingIsCommittedBeforeItIsOnDisk(t *testing.T) {
	bustest.Each(t, func(t *testing.T, conf bus.Config) {
		var broken atomic.Bool
		conf.Flush = func(context.Context) error {
			if broken.Load() {
				return errors.New("the disk does not answer")
			}
			return nil
		}
		b := bustest.Open(t, conf)
		fill(t, b, 20)
		broken.Store(true)
		first := newEar()
		stop := member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { first.sink(batch); return nil })
		first.await(t, 20)
		stop()
		if at, err := b.Committed(t.Context(), "router", 0); err != nil || at != -1 {
			t.Fatalf("committed %d, %v", at, err)
		}
		broken.Store(false)
		second := newEar()
		stop = member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { second.sink(batch); return nil })
		whole(t, second.await(t, 20), 0)
		stop()
		if at, err := b.Committed(t.Context(), "router", 0); err != nil || at != 20 {
			t.Fatalf("committed %d, %v", at, err)
		}
	})
}

func TestTwoMembersShareAndOneTakesOver(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		e := newEar()
		var mu sync.Mutex
		by := map[string]bool{}
		handle := func(name string) func(context.Context, int32, []bus.Record) error {
			return func(_ context.Context, _ int32, batch []bus.Record) error {
				mu.Lock()
				by[name] = true
				mu.Unlock()
				e.sink(batch)
				return nil
			}
		}
		member(t, b, "one", handle("one"))
		stop := member(t, b, "two", handle("two"))
		n := 0
		both := func() bool { mu.Lock(); defer mu.Unlock(); return len(by) == 2 }
		for limit := time.Now().Add(time.Minute); !both(); n++ {
			if time.Now().After(limit) {
				t.Fatal("only one was given anything")
			}
			if _, err := b.Append(t.Context(), bus.In(int32(n%4)), text("x")); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		for p := range int32(4) { // until the session of the one that left runs out
			appendAll(t, b, bus.In(p), "y")
			n++
		}
		e.await(t, n)
	})
}

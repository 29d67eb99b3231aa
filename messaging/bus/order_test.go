package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

func TestLettersOfOneOrderKeepIt(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		topics := mailboxes(t, b, 3)
		var letters []bus.Letter
		for i := range 60 {
			order := fmt.Sprint("conversation ", i%3)
			to := []bus.Log{bus.Mailbox(topics[i%3]), bus.Mailbox(topics[(i+1)%3])}
			letters = append(letters, bus.Letter{To: to, Order: order, Record: bus.Record{Key: []byte(order), Value: []byte(fmt.Sprint(i))}})
		}
		for i, result := range b.AppendInOrder(t.Context(), letters) {
			if err := errors.Join(result...); err != nil || len(result) != 2 {
				t.Fatalf("letter %d: %v", i, err)
			}
		}
		for _, topic := range topics {
			last := map[string]int{}
			records := readAll(t, b, bus.Mailbox(topic))
			if len(records) != 40 {
				t.Fatalf("%d records", len(records))
			}
			for _, r := range records {
				var i int
				if _, err := fmt.Sscan(string(r.Value), &i); err != nil {
					t.Fatal(err)
				}
				if before, some := last[string(r.Key)]; some && i <= before {
					t.Errorf("%s: %d after %d", r.Key, i, before)
				}
				last[string(r.Key)] = i
			}
		}
	})
}

func TestARefusalForGoodHoldsNobodyElseUp(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		log, gone := mailbox(t, b), bus.Mailbox(mailboxName())
		results := b.AppendInOrder(t.Context(), []bus.Letter{
			{To: []bus.Log{log}, Order: "a", Record: text("1")},
			{To: []bus.Log{gone, log}, Order: "a", Record: text("2")},
			{To: []bus.Log{log}, Order: "a", Record: bus.Record{Value: make([]byte, bus.MaxRecord+1)}},
			{To: []bus.Log{log}, Order: "a", Record: text("4")},
		})
		if results[0][0] != nil || !errors.Is(results[1][0], bus.ErrGone) || results[1][1] != nil || !errors.Is(results[2][0], bus.ErrTooLarge) || results[3][0] != nil {
			t.Errorf("results: %v", results)
		}
		if diff := cmp.Diff(values(readAll(t, b, log)), []string{"1", "2", "4"}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAfterAFailureNothingOfThatOrderIsTried(t *testing.T) {
	bustest.Each(t, func(t *testing.T, conf bus.Config) {
		full := errors.New("full for a moment")
		var big atomic.Bool
		conf.Room = func(pending int64) error {
			if pending > 10_000 && big.CompareAndSwap(false, true) {
				return full
			}
			return nil
		}
		b := bustest.Open(t, conf)
		log := mailbox(t, b)
		results := b.AppendInOrder(t.Context(), []bus.Letter{
			{To: []bus.Log{log}, Order: "a", Record: text("a1")},
			{To: []bus.Log{log, log}, Order: "a", Record: bus.Record{Value: make([]byte, 10_001)}},
			{To: []bus.Log{log}, Order: "a", Record: text("a3")},
			{To: []bus.Log{log}, Order: "b", Record: text("b1")},
			{To: []bus.Log{log}, Order: "", Record: text("free")},
		})
		if results[0][0] != nil || !errors.Is(results[1][0], full) || results[1][1] != nil ||
			!errors.Is(results[2][0], full) || !errors.Is(results[2][0], bus.ErrUnavailable) || results[3][0] != nil || results[4][0] != nil {
			t.Errorf("results: %v", results)
		}
		for _, r := range readAll(t, b, log) {
			if string(r.Value) == "a3" {
				t.Error("a3 went before the one that failed")
			}
		}
	})
}

// Whoever gave up waiting may find the record there or not, but never twice or out of turn, and what was acked is there.
func TestManyAppendAtOnceAndSomeGiveUp(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		const writers, each = 16, 150
		topics := mailboxes(t, b, 4)
		var acked sync.Map // "writer" -> highest acked, by "writer/number"
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					switch i % 7 {
					case 3:
						cancel() // before
					case 5:
						time.AfterFunc(time.Duration(w*50)*time.Microsecond, cancel) // perhaps in the middle
					}
					name := fmt.Sprintf("%d/%d", w, i)
					if _, err := b.Append(ctx, bus.Mailbox(topics[w%4]), text(name)); err == nil {
						acked.Store(name, true)
					} else if !errors.Is(err, bus.ErrUnavailable) {
						t.Error(err)
					}
					cancel()
				}
			})
		}
		all.Wait()
		appendAll(t, b, bus.Mailbox(topics[0]), "-1/0")
		last, seen := map[int]int{}, map[string]bool{}
		for _, topic := range topics {
			for _, r := range readAll(t, b, bus.Mailbox(topic)) {
				var w, i int
				if _, err := fmt.Sscanf(string(r.Value), "%d/%d", &w, &i); err != nil {
					t.Fatal(err)
				}
				if before, some := last[w]; some && i <= before {
					t.Errorf("writer %d: %d after %d", w, i, before)
				}
				last[w], seen[string(r.Value)] = i, true
			}
		}
		acked.Range(func(name, _ any) bool {
			if !seen[name.(string)] {
				t.Errorf("%s was acked and is not there", name)
			}
			return true
		})
	})
}

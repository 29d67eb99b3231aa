package bus_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

// stamped carries the moment at which it was due, so that a late sender counts too.
func stamped(due time.Time) bus.Record {
	v := make([]byte, 300)
	binary.BigEndian.PutUint64(v, uint64(due.UnixNano()))
	return bus.Record{Value: v}
}

func age(r bus.Record) time.Duration {
	return time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(r.Value)))) //nolint:gosec // as stamped put it in
}

// delays collects how long records took.
type delays struct {
	mu  sync.Mutex
	all []time.Duration
}

func (d *delays) add(records []bus.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range records {
		d.all = append(d.all, age(r))
	}
}

func (d *delays) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.all)
}

func (d *delays) report(b *testing.B) {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.all)
	b.ReportMetric(float64(d.all[len(d.all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(d.all[len(d.all)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// openLoop appends at a rate whether or not earlier ones are answered, for some seconds.
func openLoop(b *testing.B, rate int, each func(i int, due time.Time)) int {
	b.Helper()
	total := rate * 4
	var all sync.WaitGroup
	began := time.Now()
	for i := range total {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		all.Go(func() { each(i, due) })
	}
	all.Wait()
	return total
}

// BenchmarkFollow measures append to sink, over many mailboxes. Run with -benchtime 1x.
func BenchmarkFollow(b *testing.B) {
	for _, followed := range []int{200, 1000} {
		for _, rate := range []int{200, 1000} {
			b.Run(fmt.Sprintf("mailboxes=%d/rate=%d", followed, rate), func(b *testing.B) {
				the := bustest.Open(b, bustest.Embedded(b, b.TempDir()))
				topics := make([]string, followed)
				for i := range topics {
					topics[i] = mailboxName()
				}
				if err := the.MakeMailboxes(b.Context(), topics); err != nil {
					b.Fatal(err)
				}
				var d delays
				for _, t := range topics {
					f, err := the.Follow(bus.Mailbox(t), 0, func(r []bus.Record) bool { d.add(r); return true })
					if err != nil {
						b.Fatal(err)
					}
					defer f.Close()
				}
				// A mailbox's very first record makes a folder and two files, 1.5 ms of the kernel's: not what is measured here.
				for i, t := range topics {
					if _, err := the.Append(b.Context(), bus.Mailbox(t), stamped(time.Now())); err != nil {
						b.Fatal(err)
					}
					await(b, &d, i+1)
				}
				for b.Loop() {
					measure(b, the, &d, rate, func() bus.Log { return bus.Mailbox(topics[rand.IntN(followed)]) }) //nolint:gosec // any will do
				}
				d.report(b)
			})
		}
	}
}

// BenchmarkConsume measures append to `in`, synced, to handle. Run with -benchtime 1x.
func BenchmarkConsume(b *testing.B) {
	for _, rate := range []int{200, 1000} {
		b.Run(fmt.Sprintf("rate=%d", rate), func(b *testing.B) {
			the := bustest.Open(b, bustest.Embedded(b, b.TempDir()))
			ctx, stop := context.WithCancel(b.Context())
			var d delays
			var group sync.WaitGroup
			group.Go(func() {
				_ = the.Consume(ctx, "router", "one", 500, func(_ context.Context, _ int32, batch []bus.Record) error {
					d.add(batch)
					return nil
				})
			})
			for b.Loop() {
				measure(b, the, &d, rate, func() bus.Log { return bus.In(rand.Int32N(4)) }) //nolint:gosec // any will do
			}
			stop()
			group.Wait()
			d.report(b)
		})
	}
}

// measure warms up, then appends at a rate and waits until all has come.
func measure(b *testing.B, the *bus.Bus, d *delays, rate int, to func() bus.Log) {
	b.Helper()
	one := func(_ int, due time.Time) {
		if _, err := the.Append(b.Context(), to(), stamped(due)); err != nil {
			b.Error(err)
		}
	}
	had := d.count()
	for i := range 100 {
		one(i, time.Now())
	}
	await(b, d, had+100)
	d.mu.Lock()
	d.all = nil
	d.mu.Unlock()
	await(b, d, openLoop(b, rate, one))
}

func await(b *testing.B, d *delays, n int) {
	b.Helper()
	for limit := time.Now().Add(30 * time.Second); d.count() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			b.Fatalf("%d of %d came", d.count(), n)
		}
	}
}

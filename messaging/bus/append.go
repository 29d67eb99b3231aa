package bus

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Append returns when the record is durable by the log's own standard (acks=all). It takes ten seconds at most.
// After ErrUnavailable, or the end of ctx, the record may still land: append it again, and let its readers know it by its id.
func (b *Bus) Append(ctx context.Context, to Log, r Record) (int64, error) {
	began := time.Now()
	offset, err := b.send(ctx, to, r).wait(ctx)
	b.gauges.appended(began, err)
	if err != nil {
		return 0, fmt.Errorf("append to %s/%d: %w", to.Topic, to.Partition, err)
	}
	return offset, nil
}

// Letter is one record for several logs.
type Letter struct {
	To     []Log
	Order  string // letters of the same order keep it; empty = none
	Record Record
}

// AppendInOrder appends many letters. Those with the same non-empty Order go strictly one after the other: the next is not sent before
// every log of the one before has taken it or refused it for good. When a cluster fails in the middle, the later letters
// of that Order are not tried and get the same error. All others go side by side. The result is by letter, then by log.
func (b *Bus) AppendInOrder(ctx context.Context, letters []Letter) [][]error {
	results := make([][]error, len(letters))
	queues := map[string][]int{} // letters that wait for each other
	var loose []int
	for i, l := range letters {
		results[i] = make([]error, len(l.To))
		if l.Order == "" {
			loose = append(loose, i)
		} else {
			queues[l.Order] = append(queues[l.Order], i)
		}
	}
	var all sync.WaitGroup
	for _, queue := range queues {
		all.Go(func() { b.sendQueue(ctx, letters, queue, results) })
	}
	began := time.Now() // what waits for nobody needs no goroutine: the router sends ten such letters at a time, all day
	parcels := make([][]*parcel, len(loose))
	for n, i := range loose {
		parcels[n] = b.handOver(ctx, letters[i])
	}
	for n, i := range loose {
		_ = b.collect(ctx, began, parcels[n], results[i])
	}
	all.Wait()
	return results
}

// sendQueue sends letters one after the other. Sarama lets later records through after an earlier one has failed, so we wait for each.
func (b *Bus) sendQueue(ctx context.Context, letters []Letter, queue []int, results [][]error) {
	var failed error
	for _, i := range queue {
		if failed != nil {
			for k := range results[i] {
				results[i][k] = failed
			}
			continue
		}
		failed = b.collect(ctx, time.Now(), b.handOver(ctx, letters[i]), results[i])
	}
}

func (b *Bus) handOver(ctx context.Context, l Letter) []*parcel {
	parcels := make([]*parcel, len(l.To))
	for k, to := range l.To {
		parcels[k] = b.send(ctx, to, l.Record)
	}
	return parcels
}

// collect fills in what became of one letter and returns the first error that is not permanent.
func (b *Bus) collect(ctx context.Context, began time.Time, parcels []*parcel, results []error) (failed error) {
	for k, p := range parcels {
		_, err := p.wait(ctx)
		b.gauges.appended(began, err)
		results[k] = err
		if err != nil && !Permanent(err) && failed == nil {
			failed = err
		}
	}
	return failed
}

// send hands a record to its cluster's producer. The parcel knows what becomes of it.
func (b *Bus) send(ctx context.Context, to Log, r Record) *parcel {
	c, p, err := b.at(to)
	if err != nil {
		return lost(err)
	}
	if r.size() > MaxRecord {
		return lost(fmt.Errorf("%d bytes, %d fit: %w", r.size(), MaxRecord, ErrTooLarge))
	}
	return c.post.send(ctx, p, r)
}

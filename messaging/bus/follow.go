package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Sink takes records and never blocks. False: it cannot take them, and the follower is over. It must not call Close.
type Sink func([]Record) bool

// Follower reads one log for one sink.
type Follower struct {
	hub   *hub
	place place
	sink  Sink
	stop  context.CancelFunc // ends paging
	paged sync.WaitGroup     // the goroutine that pages, while there is one

	// run is held while sink runs, so that Close can promise silence.
	run     sync.Mutex
	next    int64         // guarded by run; the first offset sink has not taken
	checked bool          // guarded by run; the log was asked and does hold next
	over    bool          // guarded by run
	done    chan struct{} // closed once over
	err     error         // set before done is closed
}

// Follow calls sink with every record from an offset on, in order, without holes, never from two goroutines at once. When sink says false
// the follower is over and nothing of that batch counts as taken: read on with Read, then follow again.
// Many may follow one log from different offsets. A follower whose offset the log does not hold ends with an *OutOfRangeError,
// one whose log is dropped with ErrGone; while a cluster is away it waits.
func (b *Bus) Follow(log Log, from int64, sink Sink) (*Follower, error) {
	c, p, err := b.at(log)
	if err != nil {
		return nil, fmt.Errorf("follow: %w", err)
	}
	if c.life.Err() != nil {
		return nil, unavailable("follow", errors.New("the bus is closed"))
	}
	ctx, stop := context.WithCancel(c.life)
	f := &Follower{hub: c.hub, place: p, sink: sink, stop: stop, next: from, done: make(chan struct{})}
	b.gauges.followers.Inc()
	if !c.hub.join(f) {
		f.paged.Go(func() { f.catchUp(ctx) })
	}
	return f, nil
}

// Close returns when sink will not be called again. Hold no lock that sink takes.
func (f *Follower) Close() {
	f.end(nil)
	f.paged.Wait()
	f.hub.leave(f)
}

// Done is closed when the follower is over.
func (f *Follower) Done() <-chan struct{} { return f.done }

// Err says why it is over: nil after Close or when sink said no.
func (f *Follower) Err() error {
	select {
	case <-f.done:
		return f.err
	default:
		return nil
	}
}

// end makes the follower over; the first reason stays.
func (f *Follower) end(why error) {
	f.run.Lock()
	defer f.run.Unlock()
	f.endHolding(why)
}

func (f *Follower) endHolding(why error) {
	if f.over {
		return
	}
	f.over, f.err = true, why
	f.hub.c.gauges.followers.Dec()
	f.stop()
	close(f.done)
}

// give hands over those records that sink has not had and says whether the follower goes on.
func (f *Follower) give(records []Record) bool {
	f.run.Lock()
	defer f.run.Unlock()
	if f.over {
		return false
	}
	for len(records) > 0 && records[0].Offset < f.next {
		records = records[1:]
	}
	if len(records) == 0 {
		return true
	}
	if !f.sink(records) {
		f.endHolding(nil)
		return false
	}
	f.next, f.checked = records[len(records)-1].Offset+1, true
	return true
}

func (f *Follower) standing() (next int64, checked bool) {
	f.run.Lock()
	defer f.run.Unlock()
	return f.next, f.checked
}

const catchUpPage = 1000

// catchUp pages by itself until it can share the log's tail with its other followers.
func (f *Follower) catchUp(ctx context.Context) {
	for !f.hub.join(f) {
		next, _ := f.standing()
		page, err := f.hub.c.read(ctx, f.place, next, catchUpPage)
		if fatal(err) {
			f.end(err)
			return
		}
		if err != nil {
			if pause(ctx, 100*time.Millisecond) != nil {
				f.end(unavailable("follow", ctx.Err()))
				return
			}
			continue
		}
		f.run.Lock()
		f.checked = true
		f.run.Unlock()
		if !f.give(page.Records) {
			return
		}
	}
}

// fatal says that waiting will not mend it.
func fatal(err error) bool {
	var outside *OutOfRangeError
	return Permanent(err) || errors.As(err, &outside)
}

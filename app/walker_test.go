package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"folkmoot/messaging/wire"
)

// walker is a device that lives through anything: it reconnects from its file, and sends one message after the other,
// each with the same id until it is acked.
type walker struct {
	*device
	others []string // conversations
	rnd    *rand.Rand
	pace   time.Duration
	quiet  chan struct{} // closed: say nothing new
	silent chan struct{} // closed when the last thing said is acked
	stop   chan struct{} // closed: the end
	done   sync.WaitGroup

	said []*wire.Envelope // acked, in order; only send's goroutine until silent
}

func newWalker(t testing.TB, who seeded, seed uint64, pace time.Duration) *walker {
	w := &walker{
		device: newDevice(t, who), pace: pace, stop: make(chan struct{}), quiet: make(chan struct{}), silent: make(chan struct{}),
		rnd: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // a test's own dice
	}
	for _, c := range who.Contacts {
		w.others = append(w.others, c.Conversation)
	}
	return w
}

func (w *walker) walk() {
	w.done.Go(w.stayConnected)
	if w.pace > 0 {
		w.done.Go(w.send)
	}
}

// hush has it say nothing new; it goes on receiving until it is halted.
func (w *walker) hush() { close(w.quiet) }

func (w *walker) hushed() bool {
	select {
	case <-w.silent:
		return true
	default:
		return false
	}
}

func (w *walker) halt() {
	close(w.stop)
	w.hangUp()
	w.done.Wait()
}

func (w *walker) halted() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

func (w *walker) stayConnected() {
	for !w.halted() {
		if err := w.dial(w.savedCursor()); err != nil {
			w.snooze(50 * time.Millisecond)
			continue
		}
		w.mu.Lock()
		gone := w.gone
		w.mu.Unlock()
		select {
		case <-gone:
		case <-w.stop:
			w.hangUp()
			return
		}
	}
}

func (w *walker) snooze(d time.Duration) {
	select {
	case <-time.After(d):
	case <-w.stop:
	}
}

// send says one thing after the other at its pace, and sees the last one through.
func (w *walker) send() {
	defer close(w.silent)
	for n := 0; ; n++ {
		select {
		case <-w.quiet:
			return
		case <-time.After(time.Duration(w.rnd.Int64N(int64(2 * w.pace)))):
		}
		e := message(w.others[w.rnd.IntN(len(w.others))], fmt.Sprintf("%s %d", w.who.Device, n))
		if !w.untilAcked(e) {
			return
		}
		w.said = append(w.said, e)
	}
}

// untilAcked offers the same envelope, over as many connections as it takes.
func (w *walker) untilAcked(e *wire.Envelope) bool {
	for !w.halted() {
		w.mu.Lock()
		delete(w.notSent, e.Id)
		conn := w.conn
		w.mu.Unlock()
		if conn == nil || w.offer(e) != nil {
			w.snooze(20 * time.Millisecond)
			continue
		}
		for {
			w.mu.Lock()
			acked, refused, lost, wake := w.sent[e.Id] != nil, w.notSent[e.Id] != nil, w.conn != conn, w.wake
			w.mu.Unlock()
			if acked {
				return true
			}
			if refused || lost {
				w.snooze(50 * time.Millisecond)
				break
			}
			select {
			case <-wake:
			case <-w.stop:
				return false
			}
		}
	}
	return false
}

// records are what the device has read so far.
func (d *device) records() []*wire.MailboxRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	records := make([]*wire.MailboxRecord, len(d.kept))
	for i, k := range d.kept {
		records[i] = k.record()
	}
	return records
}

// stored is what a device's file holds: every record read, exact repeats included.
func (d *device) stored() []*wire.MailboxRecord {
	f, err := os.Open(d.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var records []*wire.MailboxRecord
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var k keptRecord
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			d.t.Fatalf("%s: %v", d.file, err)
		}
		r := &wire.MailboxRecord{}
		if err := proto.Unmarshal(k.Record, r); err != nil {
			d.t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"folkmoot/internal/testkafka"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
)

// privateApache is an Apache Kafka of this test's own, to be killed.
func privateApache(t *testing.T) *testkafka.Apache {
	t.Helper()
	testkafka.Need(t)
	apache, err := testkafka.StartApache(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(apache.Kill)
	return apache
}

// insist appends until it is taken: a broker that is away is ErrUnavailable, and a record that was not acked may land twice.
func insist(t *testing.T, b *bus.Bus, to bus.Log, r bus.Record) {
	t.Helper()
	for {
		_, err := b.Append(t.Context(), to, r)
		if err == nil {
			return
		}
		if !errors.Is(err, bus.ErrUnavailable) || t.Context().Err() != nil {
			t.Error(err)
			return
		}
	}
}

func TestBusOutlivesItsKilledBroker(t *testing.T) {
	apache := privateApache(t)
	b := bustest.Open(t, bus.Config{In: []string{apache.Addr()}, Mailboxes: []string{apache.Addr()}, InPartitions: 4})
	topics := mailboxes(t, b, 20)
	ears := make([]*ear, len(topics))
	for i, topic := range topics {
		ears[i] = newEar()
		follow(t, b, bus.Mailbox(topic), 0, ears[i].sink)
	}
	stop := member(t, b, "one", func(ctx context.Context, _ int32, batch []bus.Record) error {
		var letters []bus.Letter
		for _, r := range batch {
			var box, i int
			if _, err := fmt.Sscanf(string(r.Value), "%d/%d", &box, &i); err != nil {
				return err
			}
			letters = append(letters, bus.Letter{To: []bus.Log{bus.Mailbox(topics[box])}, Order: fmt.Sprint(box), Record: r})
		}
		var failed error
		for _, r := range b.AppendInOrder(ctx, letters) {
			failed = errors.Join(failed, errors.Join(r...))
		}
		return failed
	})
	const rounds, burst = 2, 100
	var writing sync.WaitGroup
	for box := range topics {
		writing.Go(func() {
			for i := range rounds * burst {
				insist(t, b, bus.In(int32(box%4)), bus.Record{Value: fmt.Appendf(nil, "%d/%d", box, i)})
			}
		})
	}
	for range rounds {
		ears[0].await(t, 10)
		apache.Kill()
		if err := apache.Start(); err != nil {
			t.Fatal(err)
		}
		if err := b.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	}
	writing.Wait()
	for box, e := range ears {
		inOrder(t, box, e, rounds*burst)
	}
	stop()
}

// inOrder waits until a mailbox's last copy has come and checks that each came, and none before the first of the one before it.
func inOrder(t *testing.T, box int, e *ear, n int) {
	t.Helper()
	last := fmt.Sprintf("%d/%d", box, n-1)
	for limit, got := time.Now().Add(time.Minute), 1; ; got++ {
		heard := e.await(t, got)
		if string(heard[len(heard)-1].Value) == last {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("mailbox %d: the last has not come", box)
		}
		got = len(heard)
	}
	next := 0
	for k, r := range e.await(t, n) {
		var i int
		if _, err := fmt.Sscanf(string(r.Value), "%d/%d", new(int), &i); err != nil {
			t.Fatal(err)
		}
		if i > next {
			t.Fatalf("mailbox %d: %d came before %d", box, i, next)
		}
		next = max(next, i+1)
		if r.Offset != int64(k) {
			t.Fatalf("mailbox %d: offset %d heard as number %d", box, r.Offset, k)
		}
	}
	if next != n {
		t.Errorf("mailbox %d: %d of %d came", box, next, n)
	}
}

package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"folkmoot/messaging/bus"
)

const day = 24 * time.Hour

func aged(days int) bus.Record {
	return bus.Record{At: time.Now().Add(-time.Duration(days) * day), Value: []byte(fmt.Sprint(days))}
}

func TestInKeepsAWeekAndWhatTheRouterHasNotDone(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		for _, days := range []int{6, 5, 4} {
			if _, err := b.Append(t.Context(), bus.In(1), aged(days)); err != nil {
				t.Fatal(err)
			}
		}
		start := func(now time.Time) int64 {
			if err := b.Trim(t.Context(), "router", now, nil); err != nil {
				t.Fatal(err)
			}
			_, err := b.Read(t.Context(), bus.In(1), -1, 1)
			var outside *bus.OutOfRangeError
			if !errors.As(err, &outside) {
				t.Fatal(err)
			}
			return outside.Start
		}
		if got := start(time.Now().Add(100 * day)); got != 0 {
			t.Errorf("nothing was handled, and the log starts at %d", got)
		}
		e := newEar()
		stop := member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { e.sink(batch); return nil })
		e.await(t, 3)
		stop()
		if _, err := b.Append(t.Context(), bus.In(1), aged(3)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			later time.Duration
			want  int64
		}{{0, 0}, {day + time.Hour, 1}, {100 * day, 3}} {
			if got := start(time.Now().Add(c.later)); got != c.want {
				t.Errorf("%s later the log starts at %d, not %d", c.later, got, c.want)
			}
		}
	})
}

func TestFollowerLeftBehindByTrimIsTold(t *testing.T) {
	each(t, func(t *testing.T, b *bus.Bus) {
		for range 5 {
			if _, err := b.Append(t.Context(), bus.In(2), aged(30)); err != nil {
				t.Fatal(err)
			}
		}
		e := newEar()
		stop := member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { e.sink(batch); return nil })
		e.await(t, 5)
		stop()
		if err := b.Trim(t.Context(), "router", time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		f := follow(t, b, bus.In(2), 1, func([]bus.Record) bool { return true })
		<-f.Done()
		var outside *bus.OutOfRangeError
		if !errors.As(f.Err(), &outside) || *outside != (bus.OutOfRangeError{Start: 4, End: 5}) {
			t.Error(f.Err())
		}
	})
}

package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// Whoever moves the clock by hand must know that nothing is left to do before the next day comes.
func TestDrainLeavesNothingToDo(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		var rung []string
		var broken error
		jobs.Handle(queue, func(ctx context.Context, job ring) error {
			if broken != nil {
				return broken
			}
			rung = append(rung, job.Bell)
			if job.Bell != "second" || jobs.ID(ctx) == 0 {
				return nil
			}
			return db.Write(ctx, func(tx *gorm.DB) error { return queue.Add(ctx, tx, ring{"queued by the second"}) })
		})
		jobs.Handle(queue, func(context.Context, tick) error {
			rung = append(rung, "tick")
			return nil
		})
		queue.Every(time.Hour, tick{})
		add := func(bells ...string) {
			t.Helper()
			err := db.Write(t.Context(), func(tx *gorm.DB) error {
				var all []jobs.Args
				for _, bell := range bells {
					all = append(all, ring{bell})
				}
				return queue.AddAll(t.Context(), tx, all)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		add("first", "second", "third")
		if err := queue.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := queue.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"first", "second", "third", "tick", "queued by the second"}; !slices.Equal(rung, want) {
			t.Errorf("did %v, want %v", rung, want)
		}
		rung, broken = nil, errors.New("the bell is cracked")
		add("fourth")
		if err := queue.Drain(t.Context()); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		broken = nil
		if err := queue.Drain(t.Context()); err != nil || !slices.Equal(rung, []string{"fourth"}) {
			t.Errorf("after it was mended: %v, %v", rung, err)
		}
	})
}

// Whoever moves the clock while the program runs must know the same; what failed comes again by itself.
func TestRestWaitsForWhatIsDueAndForNothingElse(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		began, goOn := make(chan struct{}), make(chan struct{})
		var after atomic.Bool
		jobs.Handle(queue, func(ctx context.Context, job ring) error {
			switch job.Bell {
			case "slow":
				close(began)
				<-goOn
				return db.Write(ctx, func(tx *gorm.DB) error { return queue.Add(ctx, tx, ring{"queued by the slow one"}) })
			case "later":
				return &jobs.LaterError{After: time.Hour, Cause: errors.New("not now")}
			}
			after.Store(true)
			return nil
		})
		run(t, queue)
		add(t, db, queue, ring{"later"})
		add(t, db, queue, ring{"slow"})
		<-began
		brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := queue.Rest(brief); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while a job is under way: %v", err)
		}
		close(goOn)
		if err := queue.Rest(t.Context()); err != nil || !after.Load() {
			t.Errorf("it rests with %v, and what was queued meanwhile is done: %v", err, after.Load())
		}
	})
}

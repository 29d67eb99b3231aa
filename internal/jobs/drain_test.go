package jobs_test

import (
	"context"
	"errors"
	"slices"
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

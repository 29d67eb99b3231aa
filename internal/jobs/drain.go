package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
)

// drained is how many jobs Drain takes at once.
const drained = 50

// Turn queues what Every asks for, as if the turn of each had come.
func (q *Queue) Turn(ctx context.Context) error {
	return q.db.Write(ctx, func(tx *gorm.DB) error { return q.AddAll(ctx, tx, q.often) })
}

// restLook is how often Rest looks whether anything is left.
const restLook = 10 * time.Millisecond

// Rest waits, while Run does the jobs, until none is left that can be done at once. One that failed or was put off, and comes again later, is
// not waited for.
func (q *Queue) Rest(ctx context.Context) error {
	now := "now()"
	if q.db.Dialect() == database.SQLite {
		now = "datetime('now', 'subsec')"
	}
	look := time.NewTicker(restLook)
	defer look.Stop()
	for {
		var left bool
		err := q.db.Read(ctx).Raw("SELECT EXISTS (SELECT 1 FROM river_job WHERE state IN ('running', 'pending') OR state = 'available' AND scheduled_at <= " + now + ")").
			Scan(&left).Error
		if err != nil {
			return fmt.Errorf("look whether jobs are left: %w", err)
		}
		if !left {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// Drain does what is queued, one job after another in the order in which they came, until none is left. It is for commands that have the
// database to themselves and a clock of their own: Run goes by the world's. The first job that fails ends it, and stays.
func (q *Queue) Drain(ctx context.Context) error {
	for {
		var some []waiting
		err := q.db.Read(ctx).Raw("SELECT id, kind, CAST(args AS TEXT) AS args FROM river_job WHERE state = 'available' ORDER BY id LIMIT ?", drained).
			Scan(&some).Error
		if err != nil {
			return fmt.Errorf("look for jobs: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
		if err := q.doAll(ctx, some); err != nil {
			return err
		}
	}
}

type waiting struct {
	ID   int64
	Kind string
	Args string
}

// doAll does some jobs and strikes those that were done. Killed in between it does them twice, as Run may.
func (q *Queue) doAll(ctx context.Context, some []waiting) error {
	var done []int64
	var failed error
	for _, job := range some {
		if failed = q.do(ctx, job); failed != nil {
			break
		}
		done = append(done, job.ID)
	}
	if len(done) > 0 {
		err := q.db.Write(ctx, func(tx *gorm.DB) error { return tx.Exec("DELETE FROM river_job WHERE id IN ?", done).Error })
		if err != nil {
			return fmt.Errorf("strike jobs that were done: %w", err)
		}
	}
	return failed
}

func (q *Queue) do(ctx context.Context, job waiting) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	do, known := q.byKind[job.Kind]
	if !known {
		return fmt.Errorf("nobody does %s", job.Kind)
	}
	if err := do(ctx, job.ID, []byte(job.Args)); err != nil {
		return fmt.Errorf("do %s: %w", job.Kind, err)
	}
	return nil
}

func (w *worker[T]) now(ctx context.Context, id int64, text []byte) error {
	var args T
	if err := json.Unmarshal(text, &args); err != nil {
		return err
	}
	return w.try(ctx, id, args)
}

package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"folkmoot/internal/database"
)

const (
	atOnce      = 16          // jobs done side by side by one process
	poll        = time.Second // how soon another process's jobs are seen; our own nudge us
	gather      = 5 * time.Millisecond
	jobTime     = 45 * time.Second // the most that one try may take
	orphanTime  = time.Minute      // how soon a job is taken up again whose process was killed
	stopTime    = 10 * time.Second // what jobs under way get to end by themselves when we stop
	firstPause  = time.Second
	mostPause   = time.Hour
	mostTries   = 25 // with the pauses above, most of a day
	KeepDone    = time.Hour
	KeepGivenUp = 7 * 24 * time.Hour
)

// Run does jobs until ctx ends, then lets those under way finish. It returns once none is left running.
func (q *Queue) Run(ctx context.Context) error {
	driver := &nudged{Driver: q.db.RiverDriver()}
	client, err := river.NewClient(driver, &river.Config{
		Logger:                      rivers(q.logger),
		ErrorHandler:                failures{q.logger},
		Workers:                     q.workers,
		PeriodicJobs:                q.turns,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}},
		FetchCooldown:               gather,
		FetchPollInterval:           poll,
		JobTimeout:                  jobTime,
		RetryPolicy:                 patience{},
		RescueStuckJobsAfter:        orphanTime,
		CompletedJobRetentionPeriod: KeepDone,
		CancelledJobRetentionPeriod: KeepDone,
		DiscardedJobRetentionPeriod: KeepGivenUp,
	})
	if err != nil {
		return fmt.Errorf("run the queue: %w", err)
	}
	working := context.WithoutCancel(ctx) // ending ctx must not cut off the jobs under way
	if err := q.adopt(working); err != nil {
		return fmt.Errorf("run the queue: %w", err)
	}
	if err := client.Start(working); err != nil {
		return fmt.Errorf("run the queue: %w", err)
	}
	nudge := driver.pilot.nudge
	q.nudge.Store(&nudge)
	defer q.nudge.Store(nil)
	<-ctx.Done()
	return stop(working, client.Stop, client.StopAndCancel)
}

// adopt takes up at once what a killed process left half-done. An SQLite file has one program, so nobody else can be at it;
// on PostgreSQL another process may, and River takes it up after orphanTime.
func (q *Queue) adopt(ctx context.Context) error {
	if q.db.Dialect() != database.SQLite {
		return nil
	}
	return q.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error
	})
}

// stop asks gently, and then ends the jobs' contexts.
func stop(ctx context.Context, gently, firmly func(context.Context) error) error {
	soon, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	err := gently(soon)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	now, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	return firmly(now)
}

// patience waits twice as long after each failure.
type patience struct{}

// NextRetry is when a failed job is tried again.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(pauseAfter(job.Attempt))
}

func pauseAfter(attempt int) time.Duration {
	pause := mostPause
	if attempt < 12 { // 2^12 seconds is more than the most
		pause = min(firstPause<<(attempt-1), mostPause)
	}
	return pause + rand.N(pause/10) //nolint:gosec // spreads retries, keeps no secret
}

// Package jobs keeps work for later in the database, in the transaction that caused it, and has it done. River is behind it.
package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"folkmoot/internal/database"
)

// Args names the things that a job is about, by their ids: facts are read afresh by whoever does it. Kind is the job's name in the table.
type Args interface{ Kind() string }

// Queue takes jobs, and does them while it runs.
type Queue struct {
	db      *database.DB
	logger  *slog.Logger
	insert  *river.Client[*sql.Tx]
	workers *river.Workers
	turns   []*river.PeriodicJob
	byKind  map[string]func(ctx context.Context, id int64, args []byte) error // for Drain
	often   []Args                                                            // what the turns are of
	nudge   atomic.Pointer[func()]                                            // set while it runs: look for new jobs now
}

// New makes a queue on a database. Without Run it only takes jobs.
func New(db *database.DB, logger *slog.Logger) (*Queue, error) {
	insert, err := river.NewClient(db.RiverDriver(), &river.Config{Logger: rivers(logger), MaxAttempts: mostTries})
	if err != nil {
		return nil, fmt.Errorf("make the queue: %w", err)
	}
	return &Queue{
		db: db, logger: logger, insert: insert, workers: river.NewWorkers(), byKind: map[string]func(context.Context, int64, []byte) error{},
	}, nil
}

// Add queues a job in the caller's transaction: it is done if that commits, and not otherwise.
func (q *Queue) Add(ctx context.Context, tx *gorm.DB, args Args) error {
	if _, err := q.insert.InsertTx(ctx, database.Tx(tx), args, nil); err != nil {
		return fmt.Errorf("queue %s: %w", args.Kind(), err)
	}
	database.AfterCommit(tx, q.look)
	return nil
}

// AddOnce queues a job in the caller's transaction, unless the same one was queued by AddOnce and is not done yet.
func (q *Queue) AddOnce(ctx context.Context, tx *gorm.DB, args Args) error {
	_, err := q.insert.InsertTx(ctx, database.Tx(tx), args, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}})
	if err != nil {
		return fmt.Errorf("queue %s: %w", args.Kind(), err)
	}
	database.AfterCommit(tx, q.look)
	return nil
}

// AddAll queues many jobs in the caller's transaction.
func (q *Queue) AddAll(ctx context.Context, tx *gorm.DB, all []Args) error {
	for some := range slices.Chunk(all, addedAtOnce) {
		add := q.addMany
		if q.db.Dialect() == database.SQLite {
			add = addTogether
		}
		if err := add(ctx, tx, some); err != nil {
			return fmt.Errorf("queue %d jobs: %w", len(all), err)
		}
	}
	database.AfterCommit(tx, q.look)
	return nil
}

func (q *Queue) addMany(ctx context.Context, tx *gorm.DB, some []Args) error {
	params := make([]river.InsertManyParams, len(some))
	for i, args := range some {
		params[i].Args = args
	}
	_, err := q.insert.InsertManyFastTx(ctx, database.Tx(tx), params)
	return err
}

// addTogether makes the rows that River would on SQLite, where it takes a statement for each.
func addTogether(ctx context.Context, tx *gorm.DB, some []Args) error {
	const row = "(?, ?, ?, datetime('now', 'subsec'), datetime('now', 'subsec'))"
	values := make([]any, 0, 3*len(some))
	for _, args := range some {
		body, err := json.Marshal(args)
		if err != nil {
			return err
		}
		values = append(values, body, args.Kind(), mostTries)
	}
	rows := row + strings.Repeat(", "+row, len(some)-1)
	_, err := database.Tx(tx).ExecContext(ctx, "INSERT INTO river_job (args, kind, max_attempts, created_at, scheduled_at) VALUES "+rows, values...)
	return err
}

// addedAtOnce keeps a statement short of the databases' limits on its length.
const addedAtOnce = 500

// LaterError has a job tried again after some time that somebody else named. It does not count as a failure.
type LaterError struct {
	After time.Duration
	Cause error
}

func (e *LaterError) Error() string { return fmt.Sprintf("again in %s: %s", e.After, e.Cause) }

// Unwrap is the cause.
func (e *LaterError) Unwrap() error { return e.Cause }

// look has a running queue fetch at once instead of at its next poll.
func (q *Queue) look() {
	if nudge := q.nudge.Load(); nudge != nil {
		(*nudge)()
	}
}

// Handle says who does the jobs of a kind. All are named before Run. A job may be done twice: f makes that harmless, by ID if need be.
// Its error goes on the log and in the job's row, so it must not name people; the job comes again, later each time.
func Handle[T Args](q *Queue, f func(ctx context.Context, args T) error) {
	w := &worker[T]{do: f}
	river.AddWorker(q.workers, w)
	var of T
	q.byKind[of.Kind()] = w.now
}

type worker[T Args] struct {
	river.WorkerDefaults[T]
	do func(context.Context, T) error
}

// lasting is a job that says how long one try of it may take, where jobTime is too short.
type lasting interface{ Takes() time.Duration }

// Timeout is how long River lets a try take; 0 is jobTime.
func (w *worker[T]) Timeout(job *river.Job[T]) time.Duration {
	if long, ok := any(job.Args).(lasting); ok {
		return long.Takes()
	}
	return 0
}

// Work does one job for River.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	err := w.try(ctx, job.ID, job.Args)
	if later, ok := errors.AsType[*LaterError](err); ok {
		return river.JobSnooze(later.After)
	}
	return err
}

// try does one job. A panic ends here: River would put its value, which may be anything, on the log and in the job's row.
func (w *worker[T]) try(ctx context.Context, id int64, args T) (err error) {
	defer func() {
		if recover() != nil {
			err = &panicError{debug.Stack()}
		}
	}()
	return w.do(context.WithValue(ctx, idKey{}, id), args)
}

type idKey struct{}

// ID is the number of the job that ctx was given to, the same however often it is tried.
func ID(ctx context.Context) int64 {
	id, _ := ctx.Value(idKey{}).(int64)
	return id
}

// Every has a job done when the queue starts to run and then at every turn, by one process, and one at a time.
// A turn that fails is not tried again: the next turn is.
func (q *Queue) Every(turn time.Duration, args Args) {
	q.often = append(q.often, args)
	q.turns = append(q.turns, river.NewPeriodicJob(river.PeriodicInterval(turn), func() (river.JobArgs, *river.InsertOpts) {
		return args, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
	}, &river.PeriodicJobOpts{RunOnStart: true}))
}

var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

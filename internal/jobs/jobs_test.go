package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// ring is the job of ringing a bell.
type ring struct {
	Bell string `json:"bell"`
}

func (ring) Kind() string { return "ring" }

// tick is a job without arguments.
type tick struct{}

func (tick) Kind() string { return "tick" }

// diary is a log that tests may read while it is written.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (d *diary) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(line)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func open(t *testing.T, db *database.DB) (*jobs.Queue, *diary) {
	t.Helper()
	log := new(diary)
	queue, err := jobs.New(db, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return queue, log
}

// run has a queue work until the test, or the function it returns, stops it.
func run(t *testing.T, queue *jobs.Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func add(t *testing.T, db *database.DB, queue *jobs.Queue, args jobs.Args) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *gorm.DB) error { return queue.Add(t.Context(), tx, args) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestJobIsDoneOnceCommitted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		rung := make(chan string, 9)
		jobs.Handle(queue, func(_ context.Context, r ring) error {
			rung <- r.Bell
			return nil
		})
		run(t, queue)
		undone := errors.New("thought better of it")
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			return errors.Join(queue.Add(t.Context(), tx, ring{"never"}), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		add(t, db, queue, ring{"noon"})
		if got := <-rung; got != "noon" {
			t.Errorf("rang %q", got)
		}
	})
}

func TestManyJobsQueuedTogetherAreRowsAsAnyOther(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		const many = 1201 // more than go into one statement
		add(t, db, queue, ring{"alone"})
		all := make([]jobs.Args, many)
		for i := range all {
			all[i] = ring{"together"}
		}
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return queue.AddAll(t.Context(), tx, all) }); err != nil {
			t.Fatal(err)
		}
		const shape = `SELECT count(DISTINCT CAST(attempt AS TEXT) || kind || CAST(max_attempts AS TEXT) || CAST(priority AS TEXT)
			|| queue || CAST(state AS TEXT) || CAST(tags AS TEXT) || CAST(length(CAST(created_at AS TEXT)) > 19 AS TEXT)) FROM river_job`
		var shapes int
		if err := db.Read(t.Context()).Raw(shape).Scan(&shapes).Error; err != nil || shapes != 1 {
			t.Errorf("%d sorts of rows, %v", shapes, err)
		}
		rung := make(chan string, many+1)
		jobs.Handle(queue, func(_ context.Context, r ring) error {
			rung <- r.Bell
			return nil
		})
		run(t, queue)
		for range many + 1 {
			<-rung
		}
	})
}

func TestJobsWaitForSomebodyToRun(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		early, _ := open(t, db)
		add(t, db, early, ring{"noon"})
		late, _ := open(t, db)
		rung := make(chan string, 9)
		jobs.Handle(late, func(_ context.Context, r ring) error {
			rung <- r.Bell
			return nil
		})
		run(t, late)
		if got := <-rung; got != "noon" {
			t.Errorf("rang %q", got)
		}
	})
}

func TestFailedJobComesAgainAsTheSameJob(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, log := open(t, db)
		ids := make(chan int64, 9)
		var tries int // River does not do one job twice at once
		jobs.Handle(queue, func(ctx context.Context, _ ring) error {
			ids <- jobs.ID(ctx)
			if tries++; tries == 1 {
				return errors.New("the rope broke")
			}
			return nil
		})
		stop := run(t, queue)
		add(t, db, queue, ring{"noon"})
		if first, second := <-ids, <-ids; first != second || first == 0 {
			t.Errorf("job %d came again as job %d", first, second)
		}
		stop()
		if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), `msg="job failed" kind=ring job=1 attempt=1 error="the rope broke"`) {
			t.Errorf("the log says\n%s", log)
		}
	})
}

func TestAJobToldToComeLaterDoesAndHasNotFailed(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, log := open(t, db)
		ids := make(chan int64, 9)
		var tries int // River does not do one job twice at once
		jobs.Handle(queue, func(ctx context.Context, _ ring) error {
			ids <- jobs.ID(ctx)
			if tries++; tries < 3 {
				return &jobs.LaterError{After: time.Millisecond, Cause: errors.New("the bell is busy")}
			}
			return nil
		})
		stop := run(t, queue)
		add(t, db, queue, ring{"noon"})
		first := <-ids
		if second, third := <-ids, <-ids; first != second || first != third {
			t.Errorf("job %d came again as %d and %d", first, second, third)
		}
		stop()
		if log.String() != "" {
			t.Errorf("the log says\n%s", log)
		}
	})
}

func TestPanicIsAFailureAndToldOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, log := open(t, db)
		tried := make(chan struct{}, 9)
		var tries int
		jobs.Handle(queue, func(context.Context, ring) error {
			tried <- struct{}{}
			if tries++; tries == 1 {
				panic("ann@example.org")
			}
			return nil
		})
		stop := run(t, queue)
		add(t, db, queue, ring{"noon"})
		<-tried
		<-tried
		stop()
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `error="it panicked" trace=`) || strings.Contains(text, "ann@") {
			t.Errorf("the log says\n%s", text)
		}
	})
}

func TestStoppingLetsJobsFinish(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, log := open(t, db)
		begun, stopping := make(chan struct{}), make(chan struct{})
		var cut error
		jobs.Handle(queue, func(ctx context.Context, _ ring) error {
			close(begun)
			<-stopping
			cut = ctx.Err()
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- queue.Run(ctx) }()
		add(t, db, queue, ring{"noon"})
		<-begun
		cancel()
		close(stopping)
		if err := <-ended; err != nil || cut != nil || log.String() != "" {
			t.Errorf("ended with %v, the job with %v, the log says %q", err, cut, log)
		}
		var state string
		if err := db.Read(t.Context()).Raw("SELECT state FROM river_job").Scan(&state).Error; err != nil || state != "completed" {
			t.Errorf("the job is %q %v", state, err)
		}
	})
}

func TestJobThatAKilledProcessLeftIsDone(t *testing.T) {
	db := testdb.Open(t, testdb.SQLiteURL(t))
	queue, _ := open(t, db)
	add(t, db, queue, ring{"noon"})
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	rung := make(chan string, 9)
	jobs.Handle(queue, func(_ context.Context, r ring) error {
		rung <- r.Bell
		return nil
	})
	run(t, queue)
	<-rung
}

func TestTurnsComeRound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		ticks := make(chan struct{}, 9)
		jobs.Handle(queue, func(context.Context, tick) error {
			ticks <- struct{}{}
			return errors.New("a failed turn is not tried again, the next one comes")
		})
		queue.Every(time.Second, tick{})
		run(t, queue)
		for range 3 {
			<-ticks
		}
		var tries int
		if err := db.Read(t.Context()).Raw("SELECT max(attempt) FROM river_job").Scan(&tries).Error; err != nil || tries != 1 {
			t.Errorf("a turn was tried %d times, %v", tries, err)
		}
	})
}

func TestQueueCanRunAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, _ := open(t, db)
		rung := make(chan string, 9)
		jobs.Handle(queue, func(_ context.Context, r ring) error {
			rung <- r.Bell
			return nil
		})
		run(t, queue)()
		add(t, db, queue, ring{"noon"})
		run(t, queue)
		<-rung
	})
}

// BenchmarkPickUp is the time from a commit to the job's start.
func BenchmarkPickUp(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": testdb.SQLiteURL, "postgres": testdb.PostgresURL} {
		b.Run(name, func(b *testing.B) {
			db := testdb.Open(b, url(b))
			queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			rung := make(chan time.Time, 1)
			jobs.Handle(queue, func(context.Context, ring) error {
				rung <- time.Now()
				return nil
			})
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			go func() { ended <- queue.Run(ctx) }()
			var took, longest time.Duration
			for b.Loop() {
				err := db.Write(ctx, func(tx *gorm.DB) error { return queue.Add(ctx, tx, ring{"noon"}) })
				if err != nil {
					b.Fatal(err)
				}
				committed := time.Now()
				wait := (<-rung).Sub(committed)
				took, longest = took+wait, max(longest, wait)
			}
			b.ReportMetric(float64(took.Microseconds())/float64(b.N)/1000, "ms/pickup")
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest")
			cancel()
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		})
	}
}

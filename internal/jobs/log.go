package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// failures tells of each failed try once, in fixed words.
type failures struct{ logger *slog.Logger }

// HandleError is called when a try has failed.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level, words := slog.LevelWarn, "job failed"
	if job.Attempt >= job.MaxAttempts {
		level, words = slog.LevelError, "job given up"
	}
	told := []any{"kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err}
	if panicked := (*panicError)(nil); errors.As(err, &panicked) {
		level, told = slog.LevelError, append(told, "trace", string(panicked.trace))
	}
	f.logger.Log(ctx, level, words, told...)
	return nil
}

// HandlePanic is for panics outside the work itself, of which there are none.
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, _ any, trace string) *river.ErrorHandlerResult {
	return f.HandleError(ctx, job, &panicError{[]byte(trace)})
}

// panicError is what becomes of a panic in a job: where it was, not what it said.
type panicError struct{ trace []byte }

func (*panicError) Error() string { return "it panicked" }

// rivers lets River's own warnings through, but not what failures has told already.
func rivers(logger *slog.Logger) *slog.Logger {
	return slog.New(sieve{logger.Handler()})
}

type sieve struct{ slog.Handler }

func (s sieve) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && s.Handler.Enabled(ctx, level)
}

func (s sieve) Handle(ctx context.Context, record slog.Record) error {
	if strings.Contains(record.Message, "Job errored") || strings.Contains(record.Message, "Job panicked") {
		return nil
	}
	return s.Handler.Handle(ctx, record)
}

func (s sieve) WithAttrs(attrs []slog.Attr) slog.Handler { return sieve{s.Handler.WithAttrs(attrs)} }
func (s sieve) WithGroup(name string) slog.Handler       { return sieve{s.Handler.WithGroup(name)} }

package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

func overPool(dialect Dialect, pool *sql.DB) (*gorm.DB, error) {
	dialector := sqliteDialector(pool)
	if dialect == Postgres {
		dialector = postgresDialector(pool)
	}
	return gorm.Open(dialector, &gorm.Config{
		Logger:                 quiet{},
		TranslateError:         true,
		SkipDefaultTransaction: true, // whoever writes is in Write already
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
}

func full(err error) bool {
	return sqliteIsFull(err) || postgresCode(err) == postgresDiskFull
}

// madeWay reports whether the database gave up this transaction for another's sake, so that it may be run again.
func madeWay(err error) bool {
	code := postgresCode(err)
	return code == postgresSerializationFailure || code == postgresDeadlock
}

// Lock makes others who lock the same name wait until this transaction ends. SQLite has one writer, who needs none.
func Lock(tx *gorm.DB, name string) error {
	if tx.Name() != string(Postgres) {
		return nil
	}
	sum := sha256.Sum256([]byte(name))
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(binary.BigEndian.Uint64(sum[:8]))).Error //nolint:gosec // any 64 bits name a lock
}

// Clock is a clock as both databases keep it: in UTC, to the microsecond.
func Clock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// Moment is what a column says that may be null: the zero time for none.
func Moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// slow is when a statement is worth a line on the log.
const slow = 500 * time.Millisecond

// toldOf is how much of a slow statement is told: one that keeps hundreds of rows repeats itself.
const toldOf = 500

// quiet is gorm's logger. Errors are returned and told at a door, so it tells only of slow statements, never of their values.
type quiet struct{}

func (q quiet) LogMode(logger.LogLevel) logger.Interface { return q }

func (quiet) Info(context.Context, string, ...any)  {}
func (quiet) Warn(context.Context, string, ...any)  {}
func (quiet) Error(context.Context, string, ...any) {}

// Trace is called after every statement.
func (quiet) Trace(ctx context.Context, begun time.Time, statement func() (string, int64), _ error) {
	if took := time.Since(begun); took > slow {
		text, _ := statement()
		slog.WarnContext(ctx, "slow statement", "statement", text[:min(len(text), toldOf)], "took", took)
	}
}

// ParamsFilter keeps people's values out of the statement's text.
func (quiet) ParamsFilter(_ context.Context, statement string, _ ...any) (string, []any) {
	return statement, nil
}

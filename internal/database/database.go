// Package database opens the one database, SQLite or PostgreSQL, and is the only place that knows the difference.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gorm.io/gorm"
)

// ErrFull says that the disk under the database has no room left.
var ErrFull = errors.New("the database's disk is full")

// Dialect is the kind of a database.
type Dialect string

// The databases that Folkmoot runs on.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database: one way in for writers, another for readers, who cannot write.
type DB struct {
	dialect   Dialect
	write     *gorm.DB
	read      *gorm.DB
	writePool *sql.DB
	readPool  *sql.DB
	log       *writeAheadLog // SQLite's; nil on PostgreSQL, which syncs its own
	tidy      func() error   // stops what SQLite needs beside; nil on PostgreSQL
}

// Open opens the database at "sqlite:PATH" or "postgres://…". An SQLite file is made if it is absent, its directory is not;
// "sqlite:PATH?synchronous=normal" risks the last moments before a power cut for speed. It refuses a database
// that a newer Folkmoot has migrated.
func Open(ctx context.Context, url string) (*DB, error) {
	d, err := open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if _, err := d.Behind(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", errors.Join(err, d.Close()))
	}
	return d, nil
}

func open(ctx context.Context, url string) (*DB, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url)
	}
	// The setting itself is not repeated: it may hold a password.
	return nil, errors.New(`a database is "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/NAME"`)
}

// Dialect tells the kind of database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Pool is the writers' pool, for internal/jobs alone: River brings its own SQL.
func (d *DB) Pool() *sql.DB { return d.writePool }

// Close ends every connection.
func (d *DB) Close() error {
	var err error
	if d.tidy != nil {
		err = d.tidy()
	}
	return errors.Join(err, d.readPool.Close(), d.writePool.Close())
}

// Read gives readers their way in. On SQLite a reader does not see what a Write around it has not committed: use its tx there.
func (d *DB) Read(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// Snapshot runs f with a way in for a reader to whom nothing changes meanwhile.
func (d *DB) Snapshot(ctx context.Context, f func(tx *gorm.DB) error) error {
	how := &sql.TxOptions{}
	if d.dialect == Postgres {
		how = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return d.read.WithContext(ctx).Transaction(f, how)
}

// writeAttempts is how often PostgreSQL may ask for a transaction to be run again.
const writeAttempts = 8

// Write runs f in one transaction, and returns when it is on disk. PostgreSQL may choose this transaction to make way for another;
// f is then run again from its start.
func (d *DB) Write(ctx context.Context, f func(tx *gorm.DB) error) error {
	return d.transact(ctx, f, d.Sync)
}

// WriteUnsynced is Write for what can be worked out again after a power cut: where it may, it does not wait for the disk. The process
// may be killed and it stays; a power cut may take it until the next Write or Sync has returned. There is one log and it breaks off
// at its end: nothing that was written later outlives what is lost.
func (d *DB) WriteUnsynced(ctx context.Context, f func(tx *gorm.DB) error) error {
	return d.transact(ctx, f, func() error { return nil })
}

// Sync brings to disk what WriteUnsynced has left in memory.
func (d *DB) Sync() error {
	if d.log == nil {
		return nil
	}
	return d.log.sync()
}

func (d *DB) transact(ctx context.Context, f func(tx *gorm.DB) error, sync func() error) error {
	for attempt := 1; ; attempt++ {
		err := d.writeOnce(ctx, f, sync)
		switch {
		case err == nil:
			return nil
		case full(err):
			return fmt.Errorf("%w: %w", ErrFull, err)
		case attempt == writeAttempts || !madeWay(err):
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, f func(tx *gorm.DB) error, sync func() error) error {
	var after []func()
	if err := d.write.WithContext(context.WithValue(ctx, afterKey{}, &after)).Transaction(f); err != nil {
		d.abandon(ctx)
		return err
	}
	if err := sync(); err != nil {
		return err
	}
	for _, then := range after {
		then()
	}
	return nil
}

// abandon rolls back what a failed commit has left open on SQLite's one writing connection, as a reference that is checked at the end
// does: nobody could write any more. Mostly nothing is open, and it is told so.
func (d *DB) abandon(ctx context.Context) {
	if d.dialect == SQLite {
		_, _ = d.writePool.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
}

type afterKey struct{}

// AfterCommit runs f once the transaction that Write gave has been committed, and not otherwise. The process may die in between.
func AfterCommit(tx *gorm.DB, f func()) {
	after, ok := tx.Statement.Context.Value(afterKey{}).(*[]func())
	if !ok {
		panic("database: AfterCommit outside Write")
	}
	*after = append(*after, f)
}

// Tx is the transaction under one that Write gave, for internal/jobs alone.
func Tx(tx *gorm.DB) *sql.Tx {
	under, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		panic("database: Tx outside Write")
	}
	return under
}

// pause waits a little longer each time, not in step with whoever else is trying again.
func pause(ctx context.Context, attempt int) error {
	most := time.Millisecond << attempt
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(most) + most/2): //nolint:gosec // spreads retries, keeps no secret
		return nil
	}
}

package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"folkmoot/migrations"
)

// ErrNewer says that a newer Folkmoot has migrated this database; this one does not know what it would break.
var ErrNewer = errors.New("the database belongs to a newer Folkmoot than this one: run that, or restore the copy made before")

// RiverDriver is what River needs to work on this database.
func (d *DB) RiverDriver() riverdriver.Driver[*sql.Tx] {
	if d.dialect == Postgres {
		return riverdatabasesql.New(d.writePool)
	}
	return riversqlite.New(d.writePool)
}

// Migrate brings the schema up to date: ours first, then River's. Several processes may try at once.
func (d *DB) Migrate(ctx context.Context) error {
	unlock, err := d.lockSchema(ctx)
	if err != nil {
		return fmt.Errorf("wait for others who migrate: %w", err)
	}
	defer unlock()
	if _, err := d.Behind(ctx); err != nil {
		return err
	}
	ours, err := d.ours()
	if err != nil {
		return err
	}
	if _, err := ours.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	rivers, err := d.rivers()
	if err != nil {
		return err
	}
	if _, err := rivers.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the jobs' tables: %w", err)
	}
	return nil
}

// Behind reports whether the schema is older than this program, or not there yet; Migrate mends that.
func (d *DB) Behind(ctx context.Context) (bool, error) {
	ours, err := d.ours()
	if err != nil {
		return false, err
	}
	rivers, err := d.rivers()
	if err != nil {
		return false, err
	}
	at, riversAt, err := d.at(ctx)
	if err != nil {
		return false, fmt.Errorf("read the schema's version: %w", err)
	}
	sources, all := ours.ListSources(), rivers.AllVersions()
	now, riversNow := sources[len(sources)-1].Version, int64(all[len(all)-1].Version)
	if at > now || riversAt > riversNow {
		return false, ErrNewer
	}
	return at < now || riversAt < riversNow, nil
}

// at is the schema's versions, ours and River's; 0 before the first. Goose would make its table by looking.
func (d *DB) at(ctx context.Context) (ours, rivers int64, err error) {
	db := d.Read(ctx)
	for table, read := range map[string]struct {
		column string
		into   *int64
	}{goose.DefaultTablename: {"version_id", &ours}, "river_migration": {"version", &rivers}} {
		if !db.Migrator().HasTable(table) {
			continue
		}
		if err := db.Table(table).Select("coalesce(max(" + read.column + "), 0)").Scan(read.into).Error; err != nil {
			return 0, 0, err
		}
	}
	return ours, rivers, nil
}

func (d *DB) ours() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations.Files, string(d.dialect))
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, d.writePool, folder, goose.WithDisableGlobalRegistry(true))
}

// schemaLock is the number under which PostgreSQL keeps the lock of whoever migrates.
const schemaLock = 0x666f6c6b

// lockSchema lets one process migrate at a time. An SQLite file has one program, and its writer's lock besides.
func (d *DB) lockSchema(ctx context.Context) (unlock func(), err error) {
	if d.dialect != Postgres {
		return func() {}, nil
	}
	conn, err := d.writePool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", schemaLock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		// The lock goes with the connection if this fails, and then the pool drops it.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", schemaLock)
		_ = conn.Close()
	}, nil
}

func (d *DB) rivers() (*rivermigrate.Migrator[*sql.Tx], error) {
	return rivermigrate.New(d.RiverDriver(), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

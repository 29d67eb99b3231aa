package database

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Connections of one process to PostgreSQL, which allows 100 unless told otherwise.
const (
	postgresWriters = 16
	postgresReaders = 16
)

func openPostgres(ctx context.Context, url string) (*DB, error) {
	writePool, err := postgresPool(ctx, url, postgresWriters, false)
	if err != nil {
		return nil, err
	}
	readPool, err := postgresPool(ctx, url, postgresReaders, true)
	if err != nil {
		return nil, errors.Join(err, writePool.Close())
	}
	return join(Postgres, writePool, readPool)
}

func postgresPool(ctx context.Context, url string, most int, queryOnly bool) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err // pgx leaves the password out of it
	}
	config.RuntimeParams["timezone"] = "UTC"
	if queryOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

func postgresDialector(pool *sql.DB) gorm.Dialector {
	return postgres.New(postgres.Config{Conn: pool})
}

// PostgreSQL's codes for a full disk, and for a transaction that had to make way for another.
const (
	postgresDiskFull             = "53100"
	postgresSerializationFailure = "40001"
	postgresDeadlock             = "40P01"
)

func postgresCode(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}

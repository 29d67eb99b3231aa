package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
)

// sqliteReaders is how many readers may look at once; more would wait for the processors anyway.
const sqliteReaders = 8

func openSQLite(ctx context.Context, at string) (*DB, error) {
	path, synced, safe, err := sqliteSetting(at)
	if err != nil {
		return nil, err
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}
	// One writer: two would only wait for each other's lock. It takes the lock when it begins, since a reader
	// that turns writer half-way is refused however long it waits.
	writePool, err := sqlitePool(ctx, path, 1, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + synced + ")", "foreign_keys(1)", walBackstop},
	})
	if err != nil {
		return nil, err
	}
	readPool, err := sqlitePool(ctx, path, sqliteReaders, url.Values{
		"_pragma": {"busy_timeout(10000)", "query_only(1)"},
	})
	if err != nil {
		return nil, errors.Join(err, writePool.Close())
	}
	tidyPool, err := sqlitePool(ctx, path, 1, url.Values{"_pragma": {"busy_timeout(10000)"}})
	if err != nil {
		return nil, errors.Join(err, writePool.Close(), readPool.Close())
	}
	d, err := join(SQLite, writePool, readPool)
	if err != nil {
		return nil, errors.Join(err, tidyPool.Close())
	}
	d.tidy = tidyWAL(context.WithoutCancel(ctx), tidyPool)
	if safe {
		d.log = &writeAheadLog{path: path + "-wal"}
	}
	return d, nil
}

// writeAheadLog brings commits to disk. SQLite itself would do so under its only writer's lock; after the commit, others may write meanwhile,
// and one sync serves all who wait.
type writeAheadLog struct {
	path string

	mu     sync.Mutex
	broken error // guarded by mu
}

// sync returns when all that was committed before is on disk. Once that has failed nobody knows what the disk holds, so it fails for ever:
// only a restart reads what is there.
func (l *writeAheadLog) sync() error {
	l.mu.Lock()
	broken := l.broken
	l.mu.Unlock()
	if broken != nil {
		return broken
	}
	err := syncFile(l.path)
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = fmt.Errorf("the database could not be brought to disk; mend the disk and restart: %w", err)
	return l.broken
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // beside the operator's own database
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

const (
	walTidied   = 2 * time.Second
	walBackstop = "wal_autocheckpoint(20000)" // pages, some 80 MB: only if tidying cannot keep up
)

// tidyWAL moves what was committed from the write-ahead log into the database beside the writer. SQLite's own way has an unlucky commit
// do it, and everybody who writes waits: up to a third of a second was seen. What fails is done the next time.
func tidyWAL(ctx context.Context, pool *sql.DB) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		turns := time.NewTicker(walTidied)
		defer turns.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-turns.C:
				_, _ = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
			}
		}
	})
	return func() error {
		cancel()
		running.Wait()
		return pool.Close()
	}
}

// sqliteSetting takes "PATH?synchronous=full|normal|off" apart. Full is SQLite's normal and our own sync behind each commit.
func sqliteSetting(at string) (path, sync string, full bool, err error) {
	path, query, _ := strings.Cut(at, "?")
	if path == "" || strings.HasPrefix(path, ":") {
		return "", "", false, errors.New(`"sqlite:" wants the path of a file behind it`)
	}
	settings, err := url.ParseQuery(query)
	if err != nil {
		return "", "", false, fmt.Errorf("read the settings behind the path: %w", err)
	}
	sync = "full"
	for key, values := range settings {
		sync = values[len(values)-1]
		if key != "synchronous" || !slices.Contains([]string{"full", "normal", "off"}, sync) {
			return "", "", false, errors.New(`the only setting behind an SQLite path is "synchronous=full", "normal" or "off"`)
		}
	}
	if sync == "full" {
		return path, "normal", true, nil
	}
	return path, sync, false, nil
}

// makeFile makes the database's file readable by its owner alone; SQLite gives its other files the same rights.
func makeFile(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s: make it, or name another", dir)
	} else if err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is the operator's own setting
	if err != nil {
		return err
	}
	return file.Close()
}

func sqlitePool(ctx context.Context, path string, most int, settings url.Values) (*sql.DB, error) {
	// The driver stops reading settings at _time_format, so that _txlock would be lost behind it: it is not used.
	file := url.URL{Path: path}
	pool, err := sql.Open(sqlite.DriverName, "file:"+file.EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// join puts gorm on both pools.
func join(dialect Dialect, writePool, readPool *sql.DB) (*DB, error) {
	d := &DB{dialect: dialect, writePool: writePool, readPool: readPool}
	var err error
	if d.write, err = overPool(dialect, writePool); err == nil {
		d.read, err = overPool(dialect, readPool)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func sqliteDialector(pool *sql.DB) gorm.Dialector { return &sqlite.Dialector{Conn: pool} }

// SQLite's result codes; the low byte is the kind, the rest tells more.
const (
	sqliteFull         = 13
	sqliteIOErrShmSize = 10 | 19<<8 // the shared index of the log could not grow
)

func sqliteIsFull(err error) bool {
	var failure *gosqlite.Error
	return errors.As(err, &failure) && (failure.Code()&0xff == sqliteFull || failure.Code() == sqliteIOErrShmSize)
}

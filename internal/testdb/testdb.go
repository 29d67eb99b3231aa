// Package testdb gives each test a database of its own, on SQLite and on PostgreSQL: migrated, empty, gone afterwards.
package testdb

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"folkmoot/internal/database"
)

// Each runs f as two subtests, one on each kind of database. Without PostgreSQL that one is skipped and says how to get it.
func Each(t *testing.T, f func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, Open(t, SQLiteURL(t))) })
	t.Run("postgres", func(t *testing.T) { f(t, Open(t, PostgresURL(t))) })
}

// Open opens a database until the test ends.
func Open(t testing.TB, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// SQLiteURL is a migrated, empty SQLite database of the test's own.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	blank, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	if err := os.WriteFile(path, blank, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path + "?synchronous=off"
}

// migratedFile is what an SQLite file holds once it is migrated: copying is quicker than migrating again.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "folkmoot-testdb-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "blank.db")
	if err := migrate(context.Background(), "sqlite:"+path+"?synchronous=off"); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // we have just made it
})

func migrate(ctx context.Context, url string) (err error) {
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

package database_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

// name gives an account a name, the nearest thing to a row of our own.
func name(tx *gorm.DB, id, name string) error {
	return tx.Exec("INSERT INTO accounts (id, name, language, since) VALUES (?, ?, 'en', ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
		id, name, time.Now().UTC()).Error
}

func named(t *testing.T, db *database.DB, id string) string {
	t.Helper()
	var names []string
	if err := db.Read(t.Context()).Raw("SELECT name FROM accounts WHERE id = ?", id).Scan(&names).Error; err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, ",")
}

func TestWriteIsAllOrNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		broken := errors.New("broken")
		told := 0
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			database.AfterCommit(tx, func() { told++ })
			return errors.Join(name(tx, "a", "Ann"), broken)
		})
		if !errors.Is(err, broken) || named(t, db, "a") != "" || told != 0 {
			t.Errorf("got %v, kept %q, told %d times", err, named(t, db, "a"), told)
		}
		err = db.Write(t.Context(), func(tx *gorm.DB) error {
			database.AfterCommit(tx, func() {
				if told++; named(t, db, "a") != "Ann" {
					t.Error("told before it was committed")
				}
			})
			return name(tx, "a", "Ann")
		})
		if err != nil || told != 1 {
			t.Errorf("got %v, told %d times", err, told)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		if err := name(db.Read(t.Context()), "a", "Ann"); err == nil {
			t.Error("a reader wrote")
		}
	})
}

func TestReadInsideWriteDoesNotHang(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			if err := name(tx, "a", "Ann"); err != nil {
				return err
			}
			if got := named(t, db, "a"); got != "" {
				t.Errorf("saw %q before it was committed", got)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestSameErrorsOnBoth(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		twice := func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO accounts (id, name, language, since) VALUES ('a', '', '', ?)", time.Now().UTC()).Error
		}
		if err := db.Write(t.Context(), twice); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), twice); !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("got %v", err)
		}
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO devices (id, account, name, since, seen) VALUES ('d', 'nobody', '', ?, ?)", time.Now().UTC(), time.Now().UTC()).Error
		})
		if !errors.Is(err, gorm.ErrForeignKeyViolated) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTransactionThatMadeWayIsRunAgain(t *testing.T) {
	db := testdb.Open(t, testdb.PostgresURL(t))
	for _, id := range []string{"a", "b"} {
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return name(tx, id, "") }); err != nil {
			t.Fatal(err)
		}
	}
	// Each holds one row and wants the other's: PostgreSQL sends one of them back.
	var tries [2]int
	held := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	ended := make(chan error, 2)
	for i, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		go func() {
			ended <- db.Write(t.Context(), func(tx *gorm.DB) error {
				if err := name(tx, order[0], "by "+order[0]); err != nil {
					return err
				}
				if tries[i]++; tries[i] == 1 {
					close(held[i])
					<-held[1-i]
				}
				return name(tx, order[1], "by "+order[0])
			})
		}()
	}
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Error(err)
	}
	if tries[0]+tries[1] < 3 {
		t.Errorf("%v tries, want one of them again", tries)
	}
	if a, b := named(t, db, "a"), named(t, db, "b"); a != b || a == "" {
		t.Errorf("rows are %q and %q, from two transactions", a, b)
	}
}

func TestLockedNameIsOneTransactionsAtATime(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		const n = 8
		ended := make(chan error, n)
		for range n {
			go func() {
				ended <- db.Write(t.Context(), func(tx *gorm.DB) error {
					if err := database.Lock(tx, "the bell"); err != nil {
						return err
					}
					var before string // reading, then writing: without the lock, strokes would be lost
					if err := tx.Raw("SELECT coalesce(max(name), '') FROM accounts WHERE id = 'bell'").Scan(&before).Error; err != nil {
						return err
					}
					return name(tx, "bell", before+"!")
				})
			}()
		}
		for range n {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if got := named(t, db, "bell"); len(got) != n {
			t.Errorf("%d strokes, want %d", len(got), n)
		}
	})
}

func TestEmptyDatabaseIsBehindUntilMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd ?name#%41.db")
	db := testdb.Open(t, "sqlite:"+strings.ReplaceAll(path, "?", ""))
	if behind, err := db.Behind(t.Context()); !behind || err != nil {
		t.Fatalf("behind: %v %v", behind, err)
	}
	for range 2 {
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if behind, err := db.Behind(t.Context()); behind || err != nil {
		t.Fatalf("behind: %v %v", behind, err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(filepath.Base(file), "odd name#%41.db") {
			t.Errorf("%s: %v %v", file, info.Mode(), err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	for kind, url := range map[string]func(testing.TB) string{"sqlite": testdb.SQLiteURL, "postgres": testdb.PostgresURL} {
		for table, change := range map[string]string{
			"ours":   "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)",
			"rivers": "INSERT INTO river_migration (line, version) VALUES ('main', 99)",
		} {
			t.Run(kind+"/"+table, func(t *testing.T) {
				url := url(t)
				db := testdb.Open(t, url)
				if err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec(change).Error }); err != nil {
					t.Fatal(err)
				}
				if err := db.Migrate(t.Context()); !errors.Is(err, database.ErrNewer) {
					t.Errorf("migrated: %v", err)
				}
				if again, err := database.Open(t.Context(), url); !errors.Is(err, database.ErrNewer) {
					t.Errorf("opened: %v %v", again, err)
				}
			})
		}
	}
}

func TestManyMayMigrateAtOnce(t *testing.T) {
	url := testdb.PostgresURL(t)
	db := testdb.Open(t, url)
	err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public").Error })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	for range 3 {
		other := testdb.Open(t, url)
		go func() { ended <- other.Migrate(t.Context()) }()
	}
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func postgresAt(host string) string {
	at := url.URL{Scheme: "postgres", User: url.UserPassword("moot", "secret"), Host: host, Path: "moot", RawQuery: "connect_timeout=1"}
	return at.String()
}

func TestBadSettingsSayHowToMendThem(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for url, words := range map[string]string{
		"":                `"sqlite:PATH"`,
		"mysql://moot":    `"sqlite:PATH"`,
		"sqlite:":         "path of a file",
		"sqlite::memory:": "path of a file",
		"sqlite:" + filepath.Join(dir, "gone", "folkmoot.db"):    "there is no directory " + filepath.Join(dir, "gone"),
		"sqlite:" + filepath.Join(file, "folkmoot.db"):           "is not a directory",
		"sqlite:" + filepath.Join(dir, "a.db?synchronous=maybe"): `"synchronous=full"`,
		"sqlite:" + filepath.Join(dir, "a.db?mode=ro"):           `"synchronous=full"`,
		postgresAt("127.0.0.1:1"):                                "connect",
		postgresAt("127.0.0.1:port"):                             "port",
	} {
		db, err := database.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v %v", url, db, err)
		}
	}
}

func TestFullDiskIsToldAsSuch(t *testing.T) {
	db := testdb.Open(t, testdb.SQLiteURL(t))
	// A file that may not grow answers as a disk that is full.
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		var pages int
		if err := tx.Raw("PRAGMA page_count").Scan(&pages).Error; err != nil {
			return err
		}
		return tx.Raw("PRAGMA max_page_count = 1").Scan(&pages).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *gorm.DB) error { return name(tx, "a", strings.Repeat("Ann", 10000)) })
	if !errors.Is(err, database.ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := named(t, db, "a"); got != "" {
		t.Errorf("kept %d bytes of it", len(got))
	}
}

func TestAfterAFailedSyncNothingIsPromised(t *testing.T) {
	path := filepath.Join(t.TempDir(), "moot.db")
	db, err := database.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	nothing := func(*gorm.DB) error { return nil }
	if err := db.Write(t.Context(), nothing); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"-wal", path+"-gone"); err != nil {
		t.Fatal(err)
	}
	if err := db.WriteUnsynced(t.Context(), nothing); err != nil {
		t.Errorf("what need not be synced: %v", err)
	}
	if err := db.Write(t.Context(), nothing); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("got %v", err)
	}
	if err := os.Rename(path+"-gone", path+"-wal"); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), nothing); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("nobody knows what the disk holds, but %v", err)
	}
}

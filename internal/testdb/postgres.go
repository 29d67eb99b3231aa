package testdb

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for the script
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"folkmoot/migrations"
)

// setting names a PostgreSQL that many test processes share; each test makes a database of its own there.
const setting = "FOLKMOOT_TEST_POSTGRES"

// PostgresURL is a migrated, empty PostgreSQL database of the test's own, dropped when it ends. It skips the test where there is none.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server, err := server()
	if errors.Is(err, errNone) {
		t.Skipf("no PostgreSQL: install it (Debian: apt-get install postgresql), or name one in %s", setting)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := copyBlank(t.Context(), server, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := withLock(context.WithoutCancel(t.Context()), server, func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	return at(server, name)
}

// copyBlank makes a database as a copy of one that is migrated already and whose name tells with what.
func copyBlank(ctx context.Context, server, name string) error {
	return withLock(ctx, server, func(ctx context.Context, conn *pgx.Conn) error {
		blank, err := blankName()
		if err != nil {
			return err
		}
		var there bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", blank).Scan(&there); err != nil {
			return err
		}
		if !there {
			if err := makeBlank(ctx, conn, server, blank); err != nil {
				return err
			}
		}
		var copies bool
		if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int >= 150000").Scan(&copies); err != nil {
			return err
		}
		how := ""
		if copies {
			how = " STRATEGY file_copy" // with nothing brought to disk, a third of the time of one that goes through the log
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+blank+how)
		return err
	})
}

// makeBlank gives the blank its name last, so that one left half-made is never taken for it.
func makeBlank(ctx context.Context, conn *pgx.Conn, server, blank string) error {
	draft := blank + "_draft"
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)"); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+draft); err != nil {
		return err
	}
	if err := migrate(ctx, at(server, draft)); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+blank)
	return err
}

var blankName = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations.Files, "postgres", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.Files, path)
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return "blank_" + hex.EncodeToString(sum.Sum(nil)[:8]), err
})

// withLock runs f on a connection to the server, one process at a time: a database that others look into cannot be copied.
func withLock(ctx context.Context, server string, f func(context.Context, *pgx.Conn) error) (err error) {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	return f(ctx, conn)
}

// at is the server's URL with another database in it.
func at(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // withLock has been there
	}
	u.Path = "/" + name
	return u.String()
}

var errNone = errors.New("there is no PostgreSQL here")

//go:embed postgres.sh
var script string

// server is the PostgreSQL of the setting, or one of this process's own that ends with it, however it ends.
var server = sync.OnceValues(func() (string, error) {
	if named := os.Getenv(setting); named != "" {
		return named, nil
	}
	dir, err := os.MkdirTemp("", "folkmoot-pg-")
	if err != nil {
		return "", err
	}
	run := exec.Command("sh", "-c", script, "postgres.sh", "hold", dir) //nolint:gosec // our own script
	// The script stops the server when its standard input ends. Nobody closes it: it ends with this process.
	if _, err := run.StdinPipe(); err != nil {
		return "", err
	}
	out, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewReader(out)
	if line, _ := lines.ReadString('\n'); line != "ready\n" {
		rest, _ := io.ReadAll(lines)
		_ = run.Wait()
		if strings.HasPrefix(line, "there is no initdb") {
			return "", errNone
		}
		return "", fmt.Errorf("start a PostgreSQL for the tests: %s%s", line, rest)
	}
	go func() { _ = run.Wait() }() // holds on to the pipe, which would be closed as garbage
	return "postgres://postgres@/postgres?" + url.Values{"host": {dir}}.Encode(), nil
})

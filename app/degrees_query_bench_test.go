package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
)

// recursive finds the degrees as a query does, after the edges are in a table with an index. Only the query is timed. It is told how far
// to go, since it would go round in circles.
func recursive(b *testing.B, n network) (time.Duration, string) {
	b.Helper()
	db, err := sql.Open(sqlite.DriverName, filepath.Join(n.dir, "few.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	fillTables(b, db, n)
	begun := time.Now()
	rows, err := db.QueryContext(b.Context(), `
		WITH RECURSIVE reached (person, degree) AS (
			SELECT person, 0 FROM payers
			UNION
			SELECT contact, degree + 1 FROM reached JOIN contacts USING (person) WHERE degree < ?
		), nearest AS (SELECT person, min(degree) AS degree FROM reached GROUP BY person)
		SELECT degree, count(*) FROM nearest GROUP BY degree`, benchFewDegree)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	histogram := map[string]int{"unreachable": n.people}
	for rows.Next() {
		var degree, count int
		if err := rows.Scan(&degree, &count); err != nil {
			b.Fatal(err)
		}
		histogram[strconv.Itoa(degree)] = count
		histogram["unreachable"] -= count
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun), fmt.Sprint(histogram)
}

func fillTables(b *testing.B, db *sql.DB, n network) {
	b.Helper()
	if _, err := db.ExecContext(b.Context(), `
		PRAGMA journal_mode = OFF;
		CREATE TABLE contacts (person INTEGER, contact INTEGER, PRIMARY KEY (person, contact)) WITHOUT ROWID;
		CREATE TABLE payers (person INTEGER PRIMARY KEY);`); err != nil {
		b.Fatal(err)
	}
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	each(b, n.list(), func(a, c int) {
		if _, err := tx.ExecContext(b.Context(), "INSERT OR IGNORE INTO contacts VALUES (?, ?), (?, ?)", a, c, c, a); err != nil {
			b.Fatal(err)
		}
	})
	for p := 0; p < n.people; p += benchPay {
		if _, err := tx.ExecContext(b.Context(), "INSERT INTO payers VALUES (?)", p); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func each(b *testing.B, name string, visit func(a, c int)) {
	b.Helper()
	list, err := os.ReadFile(name) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), ",")
		a, errA := strconv.Atoi(from)
		c, errC := strconv.Atoi(to)
		if err := errors.Join(errA, errC); err != nil {
			b.Fatal(err)
		}
		visit(a, c)
	}
}

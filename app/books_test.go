package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

// twoClosedMonths is a database with September and October 2026 closed, through the treasurer's own verbs.
func twoClosedMonths(t *testing.T) (url string) {
	t.Helper()
	url = testdb.SQLiteURL(t)
	db := testdb.Open(t, url)
	books := billing.NewLedger(db, func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) })
	by := billing.TreasurerAct{By: "tessa", Why: "month's end"}
	outlays, err := billing.ParseOutlays([]byte("date,category,supplier,invoice,amount\n" +
		"2026-09-03,servers,Host Ltd,INV-1,120.50\n2026-09-20,grants,A fund,G-1,1000.00\n2026-10-03,servers,Host Ltd,INV-2,130.00\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := books.Record(t.Context(), by, outlays...); err != nil {
		t.Fatal(err)
	}
	statement := "Date,Description,Amount,Balance\n03/09/2026,HOST LTD,-120.50,-120.50\n20/09/2026,FUND,1000.00,879.50\n03/10/2026,HOST LTD,-130.00,749.50\n"
	if _, err := books.ImportStatement(t.Context(), by, []byte(statement)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		month time.Month
		bank  money.Pence
	}{{time.September, 87950}, {time.October, 74950}} {
		if err := books.CloseMonth(t.Context(), by, calendar.Month{Year: 2026, Month: c.month}, c.bank); err != nil {
			t.Fatal(err)
		}
	}
	return url
}

func TestBooksAreExportedVerifiedAndRefused(t *testing.T) {
	url, out := twoClosedMonths(t), filepath.Join(t.TempDir(), "books")
	folkmoot := func(args ...string) (string, error) {
		t.Helper()
		said, err := exec.CommandContext(t.Context(), program(t), append(args, "--data", t.TempDir(), "--database", url)...).CombinedOutput() //nolint:gosec // our own
		return string(said), err
	}
	if said, err := folkmoot("books", "export", "--from", "2026-09", "--to", "2026-11", "--out", out); err == nil || !strings.Contains(said, "2026-11: the books of that month are not closed") {
		t.Fatalf("%v %s", err, said)
	}
	said, err := folkmoot("books", "export", "--from", "2026-10", "--to", "2026-10", "--format", "journal", "--out", out)
	if err != nil {
		t.Fatalf("%v %s", err, said)
	}
	head := said[strings.LastIndex(strings.TrimSpace(said), " ")+1:]
	files, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(files) != 2 || filepath.Base(files[0]) != "2026-10.journal" {
		t.Fatal(files, err)
	}
	if said, err := folkmoot("books", "verify", out, "--head", head); err != nil {
		t.Errorf("%v %s", err, said)
	}
	if said, err := folkmoot("books", "verify", out, "--head", strings.Repeat("0", 64)); err == nil || !strings.Contains(said, "chain.txt line 2") {
		t.Errorf("%v %s", err, said)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], []byte(strings.Replace(string(text), "130.00", "130.01", 1)), 0o600); err != nil { //nolint:gosec // the test's own directory
		t.Fatal(err)
	}
	if said, err := folkmoot("books", "verify", out); err == nil || !strings.Contains(said, "2026-10.journal: its SHA-256") {
		t.Errorf("%v %s", err, said)
	}
}

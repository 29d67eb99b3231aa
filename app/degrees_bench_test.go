package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/glebarez/sqlite"
	"golang.org/x/sys/unix"
)

// How large the networks are: one to measure, one that a recursive query can finish. One person in a hundred pays.
const (
	benchPeople, benchEdges       = 10_000_000, 100_000_000
	benchFewPeople, benchFewEdges = 100_000, 1_000_000
	benchPay                      = 100
	benchFewDegree                = 6 // how far the query is told to go
)

// BenchmarkDegrees measures the whole program, from its start to its end, on lists of edges between random people, which is the worst order
// for memory. The references: reading the same list off the disk once, a megabyte at a time, without a look at it; reading and parsing it as
// Go programs do (one goroutine, bufio, strconv); and a recursive query in SQLite, on a smaller network. They take turns, the kernel's copy
// of the list is given up before each, and of each the middle run counts.
func BenchmarkDegrees(b *testing.B) {
	seed := rand.Uint64() //nolint:gosec // dice
	b.Logf("seed %d", seed)
	dir := b.TempDir()
	many := network{dir: dir, name: "many", people: benchPeople, edges: benchEdges}
	few := network{dir: dir, name: "few", people: benchFewPeople, edges: benchFewEdges}
	for _, n := range []network{many, few} {
		n.generate(b, seed)
	}
	for range b.N {
		var reading []time.Duration
		ours := &counter{name: "folkmoot", file: many.list(), args: many.asked(b), winners: histogramOf}
		small := &counter{name: "folkmoot", file: few.list(), args: few.asked(b), winners: histogramOf}
		for range 3 {
			forget(b, many.list())
			reading = append(reading, timed(b, many.list(), readOnce))
			forget(b, many.list())
			ours.run(b)
			small.run(b)
		}
		forget(b, many.list())
		parsing := timed(b, many.list(), readAndParse)
		query, histogram := recursive(b, few)
		if want := small.elected[0]; histogram != want {
			b.Errorf("SQLite finds %s, and we %s", histogram, want)
		}
		reportDegrees(b, many, few, reading, parsing, ours, small, query)
	}
}

type network struct {
	dir, name     string
	people, edges int
}

func (n network) list() string   { return filepath.Join(n.dir, n.name+".csv") }
func (n network) payers() string { return filepath.Join(n.dir, n.name+"-payers.csv") }

func (n network) asked(b *testing.B) []string {
	b.Helper()
	return []string{program(b), "degrees", "--edges", n.list(), "--payers", n.payers(), "--format", "json"}
}

func (n network) generate(b *testing.B, seed uint64) {
	b.Helper()
	dice := rand.New(rand.NewPCG(seed, uint64(n.people))) //nolint:gosec // dice
	write(b, n.list(), func(out *bufio.Writer) {
		line := make([]byte, 0, 64)
		for i := range n.edges {
			a, c := dice.IntN(n.people), dice.IntN(n.people)
			if i < n.people {
				a = i // so that everybody is in an edge
			}
			line = append(strconv.AppendInt(line[:0], int64(a), 10), ',')
			line = append(strconv.AppendInt(line, int64(c), 10), '\n')
			_, _ = out.Write(line)
		}
	})
	write(b, n.payers(), func(out *bufio.Writer) {
		for p := 0; p < n.people; p += benchPay {
			_, _ = out.WriteString(strconv.Itoa(p) + "\n")
		}
	})
}

func write(b *testing.B, name string, fill func(*bufio.Writer)) {
	b.Helper()
	f, err := os.Create(name) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	fill(out)
	for _, done := range []func() error{out.Flush, f.Sync, f.Close} {
		if err := done(); err != nil {
			b.Fatal(err)
		}
	}
}

// forget has the kernel give up its copy of a file, so that the next who reads it reads the disk.
func forget(b *testing.B, name string) {
	b.Helper()
	f, err := os.Open(name) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

func timed(b *testing.B, name string, do func(io.Reader) error) time.Duration {
	b.Helper()
	f, err := os.Open(name) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	begun := time.Now()
	if err := do(f); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

func readOnce(f io.Reader) error {
	buf := make([]byte, 1<<20)
	for {
		switch _, err := f.Read(buf); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

func readAndParse(f io.Reader) error {
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		line := lines.Text()
		from, to, _ := strings.Cut(line, ",")
		_, errFrom := strconv.ParseUint(from, 10, 63)
		_, errTo := strconv.ParseUint(to, 10, 63)
		if errFrom != nil || errTo != nil {
			return errors.Join(errFrom, errTo)
		}
	}
	return lines.Err()
}

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

// histogramOf is what the program says, by degree in a fixed order.
func histogramOf(out []byte) []string {
	var said struct{ Histogram map[string]int }
	if err := json.Unmarshal(out, &said); err != nil {
		return []string{err.Error()}
	}
	return []string{fmt.Sprint(said.Histogram)}
}

func reportDegrees(b *testing.B, many, few network, reading []time.Duration, parsing time.Duration, ours, small *counter, query time.Duration) {
	b.Helper()
	slices.Sort(reading)
	once := reading[len(reading)/2]
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	row := func(what string, took time.Duration, peak int64) {
		fmt.Fprintf(out, "%s\t%.2f\t%.1f\t%.0f\n", what, took.Seconds(), took.Seconds()/once.Seconds(), float64(peak)/1e6)
	}
	fmt.Fprintf(out, "\n%d people, %d edges\tseconds\t×reading\tMB\n", many.people, many.edges)
	row("reading the list off the disk once", once, 0)
	row("reading and parsing it, bufio and strconv", parsing, 0)
	row("folkmoot degrees", ours.middle(), ours.peak)
	_ = out.Flush()
	fmt.Fprintf(out, "\n%d people, %d edges\tseconds\n", few.people, few.edges)
	fmt.Fprintf(out, "SQLite, WITH RECURSIVE to degree %d\t%.2f\n", benchFewDegree, query.Seconds())
	fmt.Fprintf(out, "folkmoot degrees\t%.2f\n", small.middle().Seconds())
	_ = out.Flush()
	fmt.Fprintf(out, "each of three: reading %v, folkmoot %v\n", reading, ours.took)
	_ = out.Flush()
	b.ReportMetric(ours.middle().Seconds(), "degrees-s")
	b.ReportMetric(once.Seconds(), "reading-s")
	b.ReportMetric(float64(ours.peak)/1e6, "degrees-MB")
	b.ReportMetric(0, "ns/op")
}

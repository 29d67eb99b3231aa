package main

import (
	"bufio"
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

	"golang.org/x/sys/unix"

	"folkmoot/governance/notice"
)

// How large the networks are: one to measure, one that a recursive query can finish. One person in a hundred pays.
const (
	benchPeople, benchEdges       = 10_000_000, 100_000_000
	benchFewPeople, benchFewEdges = 100_000, 1_000_000
	benchPay                      = 100
	benchFewDegree                = 6 // how far the query is told to go
)

// BenchmarkDegrees measures the whole program, from its start to its end, on lists of edges between random people, which is the worst order
// for memory. The references: reading the same list once, a megabyte at a time, without a look at it; reading and parsing it as Go programs
// do (one goroutine, bufio, strconv); and a recursive query in SQLite, on a smaller network. Reading and the program take turns, off the disk
// (the kernel's copy of the list is given up before) and from the kernel's copy, and of each the middle run counts. Where others use the same
// cores, the processor's time says more than the clock.
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
		var reading [2]reads
		var ours [2]*counter
		small := &counter{name: "folkmoot", file: few.list(), args: few.asked(b), winners: histogramOf}
		for i := range ours {
			ours[i] = &counter{name: "folkmoot", file: many.list(), args: many.asked(b), winners: histogramOf}
		}
		for range 3 {
			for i, prepare := range []func(){func() { forget(b, many.list()) }, func() {}} {
				prepare()
				reading[i].run(b, many.list(), readOnce)
				prepare()
				ours[i].run(b)
			}
			small.run(b)
		}
		var parsing reads
		parsing.run(b, many.list(), readAndParse)
		reportDegrees(b, many, reading, parsing, ours)
		phases(b, many)
		query, histogram := recursive(b, few)
		if want := small.elected[0]; histogram != want {
			b.Errorf("SQLite finds %s, and we %s", histogram, want)
		}
		_, _ = fmt.Fprintf(os.Stdout, "\n%d people, %d edges: folkmoot degrees %.2f s, SQLite WITH RECURSIVE to degree %d %.2f s\n",
			few.people, few.edges, small.middle().Seconds(), benchFewDegree, query.Seconds())
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

// reads are runs of something that this process does with a file.
type reads struct{ took, cpu []time.Duration }

func (r *reads) run(b *testing.B, name string, do func(io.Reader) error) {
	b.Helper()
	f, err := os.Open(name) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	begun, used := time.Now(), processor(b)
	if err := do(f); err != nil {
		b.Fatal(err)
	}
	r.took, r.cpu = append(r.took, time.Since(begun)), append(r.cpu, processor(b)-used)
}

// processor is how long this process was on a processor, for itself and in the kernel.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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

// histogramOf is what the program says, by degree in a fixed order.
func histogramOf(out []byte) []string {
	var said struct{ Histogram map[string]int }
	if err := json.Unmarshal(out, &said); err != nil {
		return []string{err.Error()}
	}
	return []string{fmt.Sprint(said.Histogram)}
}

func reportDegrees(b *testing.B, n network, reading [2]reads, parsing reads, ours [2]*counter) {
	b.Helper()
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	row := func(what string, took, cpu []time.Duration, once reads, peak int64) {
		fmt.Fprintf(out, "%s\t%.2f\t%.1f\t%.2f\t%.1f\t%.0f\t%.2f–%.2f\n", what, middle(took).Seconds(), middle(took).Seconds()/middle(once.took).Seconds(),
			middle(cpu).Seconds(), middle(cpu).Seconds()/middle(once.cpu).Seconds(), float64(peak)/1e6, slices.Min(took).Seconds(), slices.Max(took).Seconds())
	}
	fmt.Fprintf(out, "\n%d people, %d edges\tseconds\t×reading\tprocessor seconds\t×reading\tpeak MB\tseconds from–to\n", n.people, n.edges)
	for i, from := range []string{"off the disk", "from the kernel's copy"} {
		row("reading the list once, "+from, reading[i].took, reading[i].cpu, reading[i], 0)
		row("folkmoot degrees, "+from, ours[i].took, ours[i].cpu, reading[i], ours[i].peak)
	}
	row("reading and parsing it, bufio and strconv", parsing.took, parsing.cpu, reading[1], 0)
	_ = out.Flush()
	b.ReportMetric(ours[0].middle().Seconds(), "degrees-s")
	b.ReportMetric(middle(ours[0].cpu).Seconds(), "degrees-cpu-s")
	b.ReportMetric(middle(reading[0].took).Seconds(), "reading-s")
	b.ReportMetric(float64(max(ours[0].peak, ours[1].peak))/1e6, "degrees-MB")
	b.ReportMetric(0, "ns/op")
}

// phases tells what each step of the program takes, from the kernel's copy of the list and in this process, whose memory is more by itself.
func phases(b *testing.B, n network) {
	b.Helper()
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\nphase\tseconds\tprocessor seconds\tMB after it\tpeak MB\n")
	phase := func(what, file string, do func(io.Reader) error) {
		var r reads
		r.run(b, file, do)
		fmt.Fprintf(out, "%s\t%.2f\t%.2f\t%.0f\t%.0f\n", what, r.took[0].Seconds(), r.cpu[0].Seconds(), memory(b, "VmRSS:"), memory(b, "VmHWM:"))
	}
	var read *notice.Network
	var payers []uint32
	var degrees []int32
	phase("nothing yet", n.list(), func(io.Reader) error { return nil })
	phase("read", n.list(), func(f io.Reader) (err error) {
		about, err := os.Stat(n.list())
		if err == nil {
			read, err = notice.ReadNetwork(f.(io.ReaderAt), about.Size())
		}
		return err
	})
	phase("find payers", n.payers(), func(f io.Reader) (err error) { payers, err = read.ReadPayers(f); return err })
	phase("search", n.list(), func(io.Reader) error { degrees = read.Degrees(payers); return nil })
	phase("histogram", n.list(), func(io.Reader) error { _ = read.Histogram(degrees); return nil })
	_ = out.Flush()
}

// memory is a line of what the kernel says of this process, in MB; 0 where it says nothing.
func memory(b *testing.B, name string) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	kB, err := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB * 1024 / 1e6
}

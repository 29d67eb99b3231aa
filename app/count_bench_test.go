package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

const (
	benchPapers     = 1_000_000
	benchCandidates = 20
	benchSeats      = 5
)

// BenchmarkCount measures the whole program, from its start to its end, on a million papers, beside stv-rs 0.5.1 where that is installed: in
// .cache/stv-rs, where make bench puts it, or on the path. They take turns, and of each the middle run counts.
func BenchmarkCount(b *testing.B) {
	ours, theirs := benchFiles(b)
	meek := func(file string) []string { return []string{"count", "--rule", "meek", "--format", "json", file} }
	scottish := func(file string) []string { return []string{"count", "--rule", "scottish", "--format", "json", file} }
	for range b.N {
		rows := []*counter{
			{name: "folkmoot, scottish", file: ours, args: append([]string{program(b)}, scottish(ours)...), winners: ourWinners},
			{name: "folkmoot, meek", file: ours, args: append([]string{program(b)}, meek(ours)...), winners: ourWinners},
		}
		if stv := stvRS(); stv != "" {
			rows = append(rows, &counter{name: "stv-rs 0.5.1, meek", file: theirs, args: []string{stv, "--arithmetic", "fixed9", "--input", theirs, "meek"}, winners: theirWinners})
		}
		for range 5 {
			for _, c := range rows {
				c.run(b)
			}
		}
		reportCounts(b, rows)
	}
}

// counter is one program on one file.
type counter struct {
	name, file string
	args       []string
	winners    func(out []byte) []string
	took, cpu  []time.Duration
	peak       int64 // bytes
	elected    []string
}

func (c *counter) run(b *testing.B) {
	b.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(b.Context(), c.args[0], c.args[1:]...) //nolint:gosec // ours and stv-rs
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(cmd.Process.Pid, done)
	}()
	err := cmd.Wait()
	c.took = append(c.took, time.Since(begun))
	c.cpu = append(c.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	close(done)
	<-watched
	if err != nil {
		b.Fatal(err)
	}
	c.elected = c.winners(out.Bytes())
}

// watch reads a process' own high-water mark until it ends. What the kernel tells a parent afterwards begins with the parent's own.
func (c *counter) watch(pid int, done <-chan struct{}) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
		if err != nil {
			continue // not Linux, or already gone
		}
		exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
		if err != nil || filepath.Base(exe) != filepath.Base(c.args[0]) {
			continue // it has not become itself yet
		}
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
			if kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
				c.peak = max(c.peak, kB<<10)
			}
		}
	}
}

func (c *counter) middle() time.Duration { return middle(c.took) }

func middle(of []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

func reportCounts(b *testing.B, rows []*counter) {
	b.Helper()
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\n%d papers, %d candidates, %d seats\tseconds\tMB\t×its file\t×faster than stv-rs\telected\n", benchPapers, benchCandidates, benchSeats)
	var reference *counter
	if last := rows[len(rows)-1]; strings.HasPrefix(last.name, "stv-rs") {
		reference = last
	}
	for _, c := range rows {
		about, err := os.Stat(c.file)
		if err != nil {
			b.Fatal(err)
		}
		faster := "stv-rs is not here"
		if reference != nil {
			faster = fmt.Sprintf("%.1f", reference.middle().Seconds()/c.middle().Seconds())
		}
		fmt.Fprintf(out, "%s\t%.2f\t%.0f\t%.1f\t%s\t%s\n", c.name, c.middle().Seconds(), float64(c.peak)/1e6, float64(c.peak)/float64(about.Size()), faster, strings.Join(c.elected, " "))
	}
	_ = out.Flush()
	if meek := rows[1]; reference != nil && !slices.Equal(meek.elected, reference.elected) {
		b.Errorf("by Meek's rule we elect %v, and stv-rs %v", meek.elected, reference.elected)
	}
	b.ReportMetric(rows[0].middle().Seconds(), "scottish-s")
	b.ReportMetric(rows[1].middle().Seconds(), "meek-s")
	b.ReportMetric(0, "ns/op")
}

func ourWinners(out []byte) []string {
	var result struct{ Elected []int }
	if json.Unmarshal(out, &result) != nil {
		return nil
	}
	slices.Sort(result.Elected)
	var names []string
	for _, c := range result.Elected {
		names = append(names, candidateName(c))
	}
	return names
}

func theirWinners(out []byte) []string {
	var elected []int
	for line := range strings.Lines(string(out)) {
		if who, ok := strings.CutPrefix(strings.TrimSpace(line), "Action: Elect"); ok {
			_, number, _ := strings.Cut(who, "Candidate ")
			if c, err := strconv.Atoi(number); err == nil {
				elected = append(elected, c)
			}
		}
	}
	slices.Sort(elected)
	var names []string
	for _, c := range elected {
		names = append(names, candidateName(c))
	}
	return names
}

func candidateName(c int) string { return "Candidate " + strconv.Itoa(c) }

func stvRS() string {
	if here, err := filepath.Abs(filepath.Join("..", ".cache", "stv-rs", "bin", "stv-rs")); err == nil {
		if _, err := os.Stat(here); err == nil {
			return here
		}
	}
	onPath, err := exec.LookPath("stv-rs")
	if err != nil {
		return ""
	}
	return onPath
}

// benchFiles writes the same papers twice: as BLT, and as stv-rs reads it, with nicknames. They are the same on every machine.
func benchFiles(b *testing.B) (ours, theirs string) {
	b.Helper()
	dir := b.TempDir()
	ours, theirs = filepath.Join(dir, "papers.blt"), filepath.Join(dir, "nicknames.blt")
	nick := func(c int) string { return "abcdefghijklmnopqrstuvwxyz"[c-1 : c] }
	header := "[nick"
	for c := 1; c <= benchCandidates; c++ {
		header += " " + nick(c)
	}
	writePapers(b, ours, "", strconv.Itoa)
	writePapers(b, theirs, header+"]\n", nick)
	return ours, theirs
}

// writePapers generates papers that rank from one candidate to all, those with low numbers rather early.
func writePapers(b *testing.B, file, header string, call func(c int) string) {
	b.Helper()
	f, err := os.Create(file) //nolint:gosec // the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(benchCandidates, benchSeats)) //nolint:gosec // dice
	out := bufio.NewWriter(f)
	fmt.Fprintf(out, "%d %d\n%s", benchCandidates, benchSeats, header)
	for range benchPapers {
		ranking := dice.Perm(benchCandidates)
		for i := range ranking {
			if j := dice.IntN(benchCandidates); j > i && ranking[j] < ranking[i] {
				ranking[i], ranking[j] = ranking[j], ranking[i]
			}
		}
		_, _ = out.WriteString("1")
		for _, c := range ranking[:1+dice.IntN(benchCandidates)] {
			_, _ = out.WriteString(" " + call(c+1))
		}
		_, _ = out.WriteString(" 0\n")
	}
	_, _ = io.WriteString(out, "0\n")
	for c := 1; c <= benchCandidates; c++ {
		fmt.Fprintf(out, "%q\n", candidateName(c))
	}
	fmt.Fprintln(out, `"A million papers"`)
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folkmoot/messaging/bus"
)

func start(t *testing.T, dir string) *Brokers {
	t.Helper()
	b, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, b) })
	return b
}

func stop(t *testing.T, b *Brokers) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func openBus(t *testing.T, c bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

const box = "m-aaaaaaaaaaaaaaaaaaaaaaaaaa"

func fill(t *testing.T, b *bus.Bus, n int, r bus.Record) {
	t.Helper()
	if err := b.MakeMailboxes(t.Context(), []string{box}); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := b.Append(t.Context(), bus.Mailbox(box), r); err != nil {
			t.Fatal(err)
		}
	}
}

// bounds reads where a mailbox starts and ends.
func bounds(t *testing.T, b *bus.Bus) bus.OutOfRangeError {
	t.Helper()
	_, err := b.Read(t.Context(), bus.Mailbox(box), -1, 1)
	var outside *bus.OutOfRangeError
	if !errors.As(err, &outside) {
		t.Fatal(err)
	}
	return *outside
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir)
	if _, err := Start(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second start: %v", err)
	}
	stop(t, first)
	start(t, dir)
}

func TestOnlyAStoppedMachineLosesTheTail(t *testing.T) {
	for name, c := range map[string]struct {
		last string // what the run before left; empty = there was none
		want bool
	}{
		"new":                             {"", false},
		"clean, another boot":             {`{"clean":true,"boot":"another"}`, false},
		"killed, this boot":               {fmt.Sprintf(`{"clean":false,"boot":%q}`, bootID()), false},
		"killed, and the machine with it": {`{"clean":false,"boot":"another"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.last != "" {
				if err := os.WriteFile(filepath.Join(dir, stateFile), []byte(c.last), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b := start(t, dir)
			if b.LostTail() != c.want {
				t.Errorf("lost tail: %v", b.LostTail())
			}
			if err := b.TailHeeded(); err != nil || b.LostTail() {
				t.Errorf("lost tail after it was heeded: %v, %v", b.LostTail(), err)
			}
			stop(t, b)
			if start(t, dir).LostTail() {
				t.Error("lost tail after a clean stop")
			}
		})
	}
}

func TestALostTailIsRememberedUntilItWasHeeded(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, stateFile)
	keep := func(state []byte) {
		t.Helper()
		if err := os.WriteFile(file, state, 0o600); err != nil { //nolint:gosec // the test's own folder
			t.Fatal(err)
		}
	}
	kill := func(b *Brokers) { // what a killed run leaves is what it wrote last
		t.Helper()
		left, err := os.ReadFile(file) //nolint:gosec // the test's own folder
		if err != nil {
			t.Fatal(err)
		}
		stop(t, b)
		keep(left)
	}
	lost := func(want bool, after string) *Brokers {
		t.Helper()
		b := start(t, dir)
		if b.LostTail() != want {
			t.Fatalf("lost tail after %s: %v", after, b.LostTail())
		}
		return b
	}
	keep([]byte(`{"clean":false,"boot":"the one before the power cut"}`))
	kill(lost(true, "a power cut"))
	stop(t, lost(true, "a start that was killed"))
	stop(t, lost(true, "a start that failed and cleaned up"))
	b := lost(true, "two of them")
	if err := b.TailHeeded(); err != nil {
		t.Fatal(err)
	}
	kill(b)
	stop(t, lost(false, "it was heeded, and a kill"))
	lost(false, "it was heeded, and a clean stop")
}

// What a machine that stopped leaves of an unsynced file: half a record at its end. The rest is kept.
func TestTornTailCostsOnlyTheTornRecord(t *testing.T) {
	dir := t.TempDir()
	brokers := start(t, dir)
	b := openBus(t, brokers.Config())
	fill(t, b, 3, bus.Record{Value: []byte("x")})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	killed(t, brokers)
	files, err := filepath.Glob(filepath.Join(dir, "mailboxes", "*", box+"*", "*.dat"))
	if err != nil || len(files) == 0 {
		files, err = filepath.Glob(filepath.Join(dir, "mailboxes", box+"*", "*.dat"))
	}
	if err != nil || len(files) != 1 {
		t.Fatalf("files: %v, %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(files[0], info.Size()-5); err != nil {
		t.Fatal(err)
	}
	b = openBus(t, start(t, dir).Config())
	if got := bounds(t, b); got != (bus.OutOfRangeError{Start: 0, End: 2}) {
		t.Errorf("%+v", got)
	}
	fill(t, b, 1, bus.Record{Value: []byte("y")})
	if page, err := b.Read(t.Context(), bus.Mailbox(box), 2, 1); err != nil || string(page.Records[0].Value) != "y" {
		t.Errorf("%v, %v", page, err)
	}
}

// killed leaves the folder as a killed process would: without the snapshots that a clean stop writes.
func killed(t *testing.T, b *Brokers) {
	t.Helper()
	stop(t, b)
	err := filepath.WalkDir(b.opts.Dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "snapshot.json" {
			return os.Remove(path) //nolint:gosec // the test's own folder
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBrokersDropNothingByAge(t *testing.T) {
	brokers := start(t, t.TempDir())
	b := openBus(t, brokers.Config())
	fill(t, b, 3, bus.Record{At: time.Now().Add(-400 * 24 * time.Hour), Value: []byte("old")})
	brokers.boxes.ApplyRetention()
	if got := bounds(t, b); got.Start != 0 {
		t.Errorf("starts at %d", got.Start)
	}
}

func TestTrimGivesTheDiskBackAndKeepsTheLast(t *testing.T) {
	dir := t.TempDir()
	b := openBus(t, start(t, dir).Config())
	fill(t, b, 100, bus.Record{At: time.Now().Add(-50 * 24 * time.Hour), Value: make([]byte, 10<<10)})
	before := size(t, dir)
	if err := b.Trim(t.Context(), "router", time.Now(), []bus.Log{bus.Mailbox(box)}); err != nil {
		t.Fatal(err)
	}
	if got := bounds(t, b); got != (bus.OutOfRangeError{Start: 99, End: 100}) {
		t.Errorf("%+v", got)
	}
	if after := size(t, dir); before-after < 700<<10 {
		t.Errorf("%d KiB before, %d after", before>>10, after>>10)
	}
}

func size(t *testing.T, dir string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func TestNewGroupHasCommittedNothing(t *testing.T) {
	b := openBus(t, start(t, t.TempDir()).Config())
	if at, err := b.Committed(t.Context(), "nobody", 0); at != -1 || err != nil {
		t.Errorf("%d, %v", at, err)
	}
}

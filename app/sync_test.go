package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An ack is a promise: the system calls of the real program show that `in` was synced between its write and the ack.
func TestTheSyncOfInComesBeforeTheAck(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is missing (Debian: apt-get install strace)")
	}
	srv := newServer(t, embeddedStack())
	people := srv.seed(2)
	trace := filepath.Join(t.TempDir(), "trace")
	srv.wrapper = traced(strace, trace)
	srv.start()
	ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
	e := ann.say(people[0].with(people[1]), "promise")
	ben.receives(e)
	srv.stop()

	wrote, synced, acked := 0, 0, 0
	for n, call := range calls(t, trace) {
		switch {
		case wrote == 0 && call.writes && strings.Contains(call.path, "/in-") && strings.Contains(call.text, e.Id):
			wrote = n + 1
		case wrote > 0 && synced == 0 && call.syncs && strings.Contains(call.path, "/in-"):
			synced = n + 1
		case acked == 0 && call.writes && strings.HasPrefix(call.path, "TCP") && strings.Contains(call.text, e.Id):
			acked = n + 1
		}
	}
	if wrote == 0 || synced == 0 || acked == 0 {
		t.Fatalf("not seen: written %d, synced %d, acked %d", wrote, synced, acked)
	}
	if wrote >= synced || synced >= acked {
		t.Errorf("written at %d, synced at %d, acked at %d", wrote, synced, acked)
	}
}

// So is an answer: what the database was told is on disk before the person hears that it was done.
func TestTheSyncOfTheDatabaseComesBeforeTheAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is missing (Debian: apt-get install strace)")
	}
	srv := newServer(t, embeddedStack())
	ann := srv.seed(1)[0]
	trace := filepath.Join(t.TempDir(), "trace")
	srv.wrapper = traced(strace, trace)
	srv.start()
	address := "promised." + newID() + "@example.org"
	srv.must(ann.Token, http.MethodPost, "/api/people", map[string]string{"address": address})
	srv.stop()

	wrote, synced, answered := 0, 0, 0
	for n, call := range calls(t, trace) {
		log := strings.HasSuffix(call.path, "-wal")
		switch {
		case wrote == 0 && call.writes && log && strings.Contains(call.text, address):
			wrote = n + 1
		case wrote > 0 && synced == 0 && call.syncs && log:
			synced = n + 1
		case wrote > 0 && answered == 0 && call.writes && strings.HasPrefix(call.path, "TCP") && strings.Contains(call.text, "HTTP/1.1 2"):
			answered = n + 1
		}
	}
	if wrote == 0 || synced == 0 || answered < synced {
		t.Fatalf("written at %d, synced at %d, answered at %d", wrote, synced, answered)
	}
}

func traced(strace, into string) []string {
	return []string{strace, "-f", "-yy", "-s", "4096", "-e", "trace=write,pwrite64,writev,fsync,fdatasync", "-o", into}
}

type call struct {
	path, text    string
	writes, syncs bool
}

var (
	begun   = regexp.MustCompile(`^(\d+) +(write|pwrite64|writev|fsync|fdatasync)\(\d+<(.*?)>(.*)$`)
	resumed = regexp.MustCompile(`^(\d+) +<\.\.\. (?:fsync|fdatasync) resumed>.*= 0`)
)

// calls lists writes in the order in which they began, and syncs in the order in which they ended well.
func calls(t *testing.T, trace string) []call {
	t.Helper()
	f, err := os.Open(trace) //nolint:gosec // our own
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var list []call
	syncing := map[string]call{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := resumed.FindStringSubmatch(line); m != nil {
			list = append(list, syncing[m[1]])
			continue
		}
		m := begun.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		c := call{path: m[3], text: m[4], writes: !strings.Contains(m[2], "sync"), syncs: strings.Contains(m[2], "sync")}
		switch {
		case c.syncs && strings.Contains(m[4], "unfinished"):
			syncing[m[1]] = c
		case c.writes || strings.HasSuffix(line, "= 0"):
			list = append(list, c)
		}
	}
	return list
}

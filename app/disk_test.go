package main

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"folkmoot/messaging/wire"
)

// smallDisk is a file system of 16 MB of its own, and a way to fill it to the last byte and to empty it again.
func smallDisk(t *testing.T) (dir string, fill, free func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small file system: run this test as root")
	}
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v): run this test where mount is allowed", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	fill = func() {
		f, err := os.Create(ballast) //nolint:gosec // our own
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for _, size := range []int{1 << 20, 4096, 1} {
			for err == nil {
				_, err = f.Write(make([]byte, size))
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			err = nil
		}
	}
	free = func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	return dir, fill, free
}

func TestAFullDiskUnderTheLogRefusesAndLosesNothing(t *testing.T) {
	dir, fill, free := smallDisk(t)
	elsewhere := stack{name: "embedded+sqlite", database: "sqlite:" + filepath.Join(t.TempDir(), "folkmoot.db")}
	srv := newServerIn(t, elsewhere, dir)
	people := srv.seed(2)
	srv.start()
	ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
	talk := people[0].with(people[1])
	before := ann.say(talk, "before")
	ben.receives(before)
	fill()
	no := ann.refused(message(talk, "while full"))
	if no.Reason != wire.Reason_REASON_UNAVAILABLE || no.RetryAfterMs == 0 {
		t.Errorf("told %v", no)
	}
	free()
	ben.receives(sayAgain(ann, talk, "after"))
	ben.mu.Lock()
	defer ben.mu.Unlock()
	if len(ben.copies(before.Id)) != 1 || len(ben.copies(no.Id)) != 0 {
		t.Error("what was acked is lost, or what was refused came")
	}
}

// sayAgain sends until it is acked, as a client does that is told to try again.
func sayAgain(d *device, conversation, text string) *wire.Envelope {
	d.t.Helper()
	for {
		e := message(conversation, text)
		if err := d.offer(e); err != nil {
			d.t.Fatal(err)
		}
		d.until("an answer", func() bool { return d.sent[e.Id] != nil || d.notSent[e.Id] != nil })
		d.mu.Lock()
		sent, no := d.sent[e.Id], d.notSent[e.Id]
		d.mu.Unlock()
		if sent != nil {
			return e
		}
		if no.Reason != wire.Reason_REASON_UNAVAILABLE {
			d.t.Fatalf("told %v", no)
		}
		<-time.After(time.Duration(no.RetryAfterMs) * time.Millisecond)
	}
}

func TestAFullDiskUnderTheDatabaseHoldsBackAndLosesNothing(t *testing.T) {
	dir, fill, free := smallDisk(t)
	srv := newServer(t, stack{name: "embedded+sqlite", database: "sqlite:" + filepath.Join(dir, "folkmoot.db")})
	people := srv.seed(2)
	srv.start()
	ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
	talk := people[0].with(people[1])
	ben.receives(ann.say(talk, "before"))
	fill()
	// The write-ahead log may still have room in pages that it has already: ask until it has none.
	status := http.StatusOK
	for i := 0; i < 10_000 && status != http.StatusServiceUnavailable; i++ {
		status, _ = srv.api(people[0].Token, http.MethodPost, "/api/invitations", nil)
		if status == http.StatusUnprocessableEntity { // as many as one may keep
			v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
			res := v.do(http.MethodPost, "/sign-in", url.Values{"address": {newID() + "@seed.invalid"}})
			status = res.StatusCode
			_ = res.Body.Close()
			if status == http.StatusTooManyRequests {
				t.Fatal("the limits came before the full disk")
			}
		}
	}
	if status != http.StatusServiceUnavailable {
		t.Fatalf("a full disk answers %d", status)
	}
	v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
	res := v.do(http.MethodPost, "/sign-in", url.Values{"address": {newID() + "@seed.invalid"}})
	defer func() { _ = res.Body.Close() }()
	page := new(strings.Builder)
	if err := res.Write(page); err != nil || res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page.String(), "<h1") {
		t.Errorf("a person is told %d: %v", res.StatusCode, err)
	}
	during := ann.say(talk, "while full") // `in` has room: it is acked, and waits
	free()
	ben.receives(during)
	ben.receives(ann.say(talk, "after"))
	ben.mu.Lock()
	defer ben.mu.Unlock()
	if len(ben.copies(during.Id)) != 1 {
		t.Error("it came more than once")
	}
}

package messaging

import (
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
)

func TestCursorComesBackAsItWas(t *testing.T) {
	want := Cursor{Mailbox: identity.NewID(), Incarnation: 3, Next: 4711}
	got, err := DecodeCursor(want.Encode())
	if err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestWhatIsNoCursorIsRefused(t *testing.T) {
	good := Cursor{Mailbox: identity.NewID(), Incarnation: 1, Next: 1}.Encode()
	for name, raw := range map[string][]byte{
		"empty":        {},
		"too short":    good[:12],
		"other kind":   append([]byte{9}, good[1:]...),
		"no mailbox":   good[:13],
		"odd mailbox":  append(good[:13:13], strings.Repeat("A", 26)...),
		"incarnation0": append([]byte{1, 0, 0, 0, 0}, good[5:]...),
		"negative":     append(append(append([]byte{}, good[:5]...), 0xff, 0, 0, 0, 0, 0, 0, 0), good[13:]...),
		"very long":    append(good, make([]byte, 4096)...),
	} {
		if c, err := DecodeCursor(raw); !errors.Is(err, ErrBadCursor) {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(Cursor{Mailbox: "abcdefghijklmnopqrstuvwxyz", Incarnation: 1, Next: 0}.Encode())
	f.Add([]byte{1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := DecodeCursor(raw)
		if err != nil {
			return
		}
		if string(c.Encode()) != string(raw) {
			t.Errorf("%x reads as %+v, which is written as %x", raw, c, c.Encode())
		}
	})
}

func TestDirectIDDoesNotCareWhoAsks(t *testing.T) {
	a, b, c := identity.AccountID(identity.NewID()), identity.AccountID(identity.NewID()), identity.AccountID(identity.NewID())
	if DirectID(a, b) != DirectID(b, a) {
		t.Error("the pair's order matters")
	}
	if DirectID(a, b) == DirectID(a, c) || !ValidID(DirectID(a, b)) {
		t.Error("ids of different pairs, or no id of ours")
	}
}

func TestADatabaseThatFailsIsNoFullHouse(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m := NewMailboxes(db, nil, NewOutbox(db, time.Now), 0, 10, slog.New(slog.DiscardHandler), time.Now)
		m.mu.Lock() // Take waits here, once it has seen that there is no spare
		taken := make(chan error)
		go func() {
			_, err := m.Take(t.Context(), "a")
			taken <- err
		}()
		for m.waiting.Load() == 0 && t.Context().Err() == nil {
			runtime.Gosched()
		}
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DROP TABLE mailboxes").Error }); err != nil {
			t.Error(err)
		}
		m.mu.Unlock()
		if err := <-taken; err == nil || errors.Is(err, ErrHouseFull) || errors.Is(err, ErrNoMailbox) {
			t.Errorf("got %v, want what the database said", err)
		}
	})
}

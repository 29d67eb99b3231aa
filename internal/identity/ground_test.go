package identity_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// town is a book of accounts with a clock that the test moves.
type town struct {
	*identity.Accounts
	db    *database.DB
	clock time.Time
}

func (w *town) later(by time.Duration) { w.clock = w.clock.Add(by) }

// each founds a town on each kind of database.
func each(t *testing.T, f func(t *testing.T, w *town)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		f(t, found(t, db))
	})
}

func found(t *testing.T, db *database.DB) *town {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &town{db: db, clock: time.Date(2026, 11, 22, 19, 0, 0, 123456789, time.UTC)}
	w.Accounts = identity.NewAccounts(db, queue, bytes.Repeat([]byte("k"), 32), func() time.Time { return w.clock })
	return w
}

func address(t *testing.T, typed string) identity.Address {
	t.Helper()
	a, err := identity.ParseAddress(typed)
	if err != nil {
		t.Fatalf("%q: %v", typed, err)
	}
	return a
}

// ask challenges ann@example.org.
func (w *town) ask(t *testing.T) identity.ChallengeID {
	t.Helper()
	id, err := w.Challenge(t.Context(), address(t, "ann@example.org"), "192.0.2.7", "en")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wrong is a code that is not the challenge's.
func (w *town) wrong(id identity.ChallengeID) string {
	if w.Code(id) == "000000" {
		return "000001"
	}
	return "000000"
}

// admit lets somebody in.
func (w *town) admit(t *testing.T, typed, secret string) identity.Entry {
	t.Helper()
	entry, err := w.Admit(t.Context(), address(t, typed), secret, "Firefox on Linux")
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// queued counts the jobs of a kind that wait.
func (w *town) queued(t *testing.T, kind string) int {
	t.Helper()
	var n int
	if err := w.db.Read(t.Context()).Raw("SELECT count(*) FROM river_job WHERE kind = ?", kind).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

package messaging

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus/bustest"
)

// together runs all of do at once. PostgreSQL's writers of a table wait, its readers do not, until all of do wait for something.
func together(t *testing.T, db *database.DB, table string, do ...func()) {
	t.Helper()
	var all sync.WaitGroup
	defer all.Wait()
	if db.Dialect() != database.Postgres {
		for _, f := range do {
			all.Go(f)
		}
		return
	}
	hold, err := db.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := hold.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := hold.ExecContext(t.Context(), "LOCK TABLE "+table+" IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	for _, f := range do {
		all.Go(f)
	}
	const question = `SELECT count(DISTINCT pid) FROM pg_locks
		WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for waiting := 0; waiting < len(do) && t.Context().Err() == nil; {
		if err := db.Read(t.Context()).Raw(question).Scan(&waiting).Error; err != nil {
			t.Error(err)
			return
		}
	}
}

func TestTheLastUseOfAnInvitationIsUsedOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		quiet := slog.New(slog.DiscardHandler)
		queue, err := jobs.New(db, quiet)
		if err != nil {
			t.Fatal(err)
		}
		accounts, outbox := identity.NewAccounts(db, queue, make([]byte, 32), time.Now), NewOutbox(db, time.Now)
		boxes := NewMailboxes(db, bustest.Open(t, bustest.Embedded(t, t.TempDir())), outbox, 3, 0, quiet, time.Now)
		if err := boxes.Restock(t.Context()); err != nil {
			t.Fatal(err)
		}
		contacts := NewContacts(db, accounts, boxes, outbox, 4, time.Now)
		person := func(name string) identity.AccountID {
			to, err := identity.ParseAddress(name + "@example.org")
			if err != nil {
				t.Fatal(err)
			}
			entry, err := accounts.Admit(t.Context(), to, "", "test")
			if err != nil {
				t.Fatal(err)
			}
			return entry.Session.Account
		}
		token, _, err := contacts.Invite(t.Context(), person("ann"))
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("UPDATE invitations SET uses_left = 1").Error })
		if err != nil {
			t.Fatal(err)
		}
		var accepted atomic.Int32
		accept := func(guest identity.AccountID) func() {
			return func() {
				if _, err := contacts.AcceptInvitation(t.Context(), token, guest); err == nil {
					accepted.Add(1)
				} else if !errors.Is(err, ErrNoInvitation) {
					t.Error(err)
				}
			}
		}
		together(t, db, "invitations", accept(person("ben")), accept(person("cat")))
		var left, friends int
		if err := db.Read(t.Context()).Raw("SELECT uses_left FROM invitations").Scan(&left).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.Read(t.Context()).Raw("SELECT count(*) FROM contacts").Scan(&friends).Error; err != nil {
			t.Fatal(err)
		}
		if accepted.Load() != 1 || left != 0 || friends != 2 {
			t.Errorf("%d guests came in by the last use, %d uses are left, %d lines are in the address books", accepted.Load(), left, friends)
		}
	})
}

func TestProcessesThatStartTogetherAgreeOnTheIncarnation(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for i, in := range []string{"the first in", "the second in"} {
			begin := func() {
				if got, err := Incarnation(t.Context(), db, in); err != nil || int(got) != i+1 {
					t.Errorf("%s: got incarnation %d, %v; want %d", in, got, err, i+1)
				}
			}
			together(t, db, "in_logs", begin, begin)
		}
	})
}

package identity_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/internal/database"
)

// listen writes down the text of every statement that gorm runs until the test ends.
func listen(t *testing.T, db *database.DB) (heard *[]string) {
	t.Helper()
	heard = new([]string)
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		all := tx.Callback() // of the database, not of this transaction
		note := func(tx *gorm.DB) { *heard = append(*heard, tx.Statement.SQL.String()) }
		for _, err := range []error{
			all.Create().After("gorm:create").Register("test:create", note), all.Query().After("gorm:query").Register("test:query", note),
			all.Update().After("gorm:update").Register("test:update", note), all.Delete().After("gorm:delete").Register("test:delete", note),
			all.Row().After("gorm:row").Register("test:row", note), all.Raw().After("gorm:raw").Register("test:raw", note),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

// heardOf is what was heard while f ran.
func heardOf(t *testing.T, heard *[]string, f func(ctx context.Context) error) []string {
	t.Helper()
	*heard = nil
	if err := f(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(*heard) == 0 {
		t.Fatal("heard nothing")
	}
	return *heard
}

func TestChallengeDoesTheSameForKnownAndUnknown(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.admit(t, "ann@example.org", "")
		heard := listen(t, w.db)
		challenge := func(typed string) []string {
			return heardOf(t, heard, func(ctx context.Context) error {
				_, err := w.Challenge(ctx, address(t, typed), "192.0.2.7", "en")
				return err
			})
		}
		if diff := cmp.Diff(challenge("ann@example.org"), challenge("bob@example.org")); diff != "" {
			t.Errorf("statements differ (-known +unknown):\n%s", diff)
		}
		var jobs []struct{ Kind, Queue, State, Priority, MaxAttempts string }
		err := w.db.Read(t.Context()).Raw("SELECT DISTINCT kind, queue, state, priority, max_attempts FROM river_job WHERE kind <> 'account_opened'").Scan(&jobs).Error
		if err != nil || len(jobs) != 1 || w.queued(t, "send_code") != 2 {
			t.Errorf("queued %+v %v", jobs, err)
		}
	})
}

func TestReserveDoesTheSameForKnownAndUnknown(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.admit(t, "ann@example.org", "")
		heard := listen(t, w.db)
		reserve := func(typed string) []string {
			return heardOf(t, heard, func(ctx context.Context) error {
				_, err := w.Reserve(ctx, address(t, typed))
				return err
			})
		}
		known, unknown := reserve("ann@example.org"), reserve("bob@example.org")
		if diff := cmp.Diff(known, unknown); diff != "" {
			t.Errorf("statements differ (-known +unknown):\n%s", diff)
		}
		if diff := cmp.Diff(unknown, reserve("bob@example.org")); diff != "" {
			t.Errorf("statements differ (-the first time +the second):\n%s", diff)
		}
	})
}

package audit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func record(t *testing.T, db *database.DB, acts ...audit.Act) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		for _, a := range acts {
			if err := audit.Record(tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnActIsToldWithWhoAndWhy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		closed := audit.Act{By: "ann", As: "treasurer", What: "month closed", About: "2026-10", Why: "the bank agrees", At: noon}
		record(t, db, closed, audit.Act{As: "clock", What: "dues planned", About: "2026-11", At: noon})
		acts, older, err := audit.NewLog(db).List(t.Context(), audit.Wanted{About: "2026-10"})
		if err != nil || older || len(acts) != 1 {
			t.Fatalf("got %v, older %v, %v", acts, older, err)
		}
		closed.ID = acts[0].ID
		if diff := cmp.Diff(closed, acts[0]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheLogIsReadByThePageFromTheNewest(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		var acts []audit.Act
		for i := range audit.PageSize + 2 {
			acts = append(acts, audit.Act{As: "clock", What: "counted", About: fmt.Sprint(i), At: noon})
		}
		record(t, db, acts...)
		first, older, err := audit.NewLog(db).List(t.Context(), audit.Wanted{})
		if err != nil || !older || len(first) != audit.PageSize || first[0].About != fmt.Sprint(audit.PageSize+1) {
			t.Fatalf("first page: %d acts, older %v, %v", len(first), older, err)
		}
		rest, older, err := audit.NewLog(db).List(t.Context(), audit.Wanted{Before: first[len(first)-1].ID})
		if err != nil || older || len(rest) != 2 || rest[1].About != "0" {
			t.Fatalf("second page: %v, older %v, %v", rest, older, err)
		}
	})
}

func TestNobodyChangesWhatTheLogSays(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		record(t, db, audit.Act{As: "clock", What: "counted", At: noon})
		for _, change := range []string{"UPDATE audit SET why = 'x'", "DELETE FROM audit"} {
			if err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec(change).Error }); err == nil {
				t.Errorf("%s: was let", change)
			}
		}
	})
}

func TestAnActThatFailsIsNotInTheLog(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		failed := errors.New("failed")
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			return errors.Join(audit.Record(tx, audit.Act{As: "clock", What: "counted", At: noon}), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if acts, _, err := audit.NewLog(db).List(t.Context(), audit.Wanted{}); err != nil || len(acts) != 0 {
			t.Errorf("got %v, %v", acts, err)
		}
	})
}

func TestAnActWithoutWordsIsRefused(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, a := range []audit.Act{{As: "treasurer"}, {What: "month closed"}} {
			if err := db.Write(t.Context(), func(tx *gorm.DB) error { return audit.Record(tx, a) }); err == nil {
				t.Errorf("%+v was taken", a)
			}
		}
	})
}

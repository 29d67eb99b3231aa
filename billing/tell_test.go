package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// announced are books whose closed months are told.
func announced(t *testing.T, db *database.DB) *Ledger {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	books := NewLedger(db, midNovember)
	books.Announce(queue)
	return books
}

// queuedFor takes the jobs of a kind from the queue.
func queuedFor[T jobs.Args](t *testing.T, db *database.DB) (all []T) {
	t.Helper()
	var rows []string
	var kind T
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = ? ORDER BY id", kind.Kind()).Scan(&rows).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM river_job WHERE kind = ?", kind.Kind()).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		var job T
		if err := json.Unmarshal([]byte(row), &job); err != nil {
			t.Fatal(err)
		}
		all = append(all, job)
	}
	return all
}

// told runs until nobody is left, and returns who is to be told.
func told(t *testing.T, db *database.DB, books *Ledger) (who []member.ID) {
	t.Helper()
	for runs := queuedFor[ImpactRun](t, db); len(runs) > 0; runs = queuedFor[ImpactRun](t, db) {
		for _, run := range runs {
			if err := books.TellSome(t.Context(), run); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, job := range queuedFor[TellImpact](t, db) {
		who = append(who, job.Member)
	}
	return who
}

func (l *Ledger) postAll(ctx context.Context, entries ...Entry) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		for _, e := range entries {
			if _, err := l.post(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestClosingAMonthTellsEachWhoPaidForItOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books, october := announced(t, db), month(t, "2026-10")
		cost := Outlay{CostServers, "Host", "INV-1", day(t, "2026-10-03"), 5000, 1}
		if _, err := books.Record(t.Context(), treasurer, cost); err != nil {
			t.Fatal(err)
		}
		var want []member.ID
		var entries []Entry
		paid := func(m member.ID, on string, to LedgerAccount) {
			entries = append(entries, Entry{
				SourceKey: fmt.Sprint(m, on), Date: day(t, on), Kind: EntryDues, Member: m, Postings: []Posting{{ClearingStripe, 1000}, {to, -1000}},
			})
		}
		for i := range tellPage + 1 {
			m := member.ID(fmt.Sprintf("m%04d", i))
			paid(m, "2026-10-05", IncomeDues)
			want = append(want, m)
		}
		paid("in november", "2026-11-05", IncomeDues)
		paid("in advance", "2026-10-05", DuesInAdvance)
		paid("given back", "2026-10-05", IncomeDues)
		entries = append(entries, Entry{
			SourceKey: "back", Date: day(t, "2026-10-06"), Kind: EntryRefund, Member: "given back", Postings: []Posting{{IncomeDues, 1000}, {ClearingStripe, -1000}},
		})
		if err := books.postAll(t.Context(), entries...); err != nil {
			t.Fatal(err)
		}
		if early := told(t, db, books); len(early) > 0 {
			t.Errorf("told before the month is closed: %q", early)
		}
		closeMonth(t, db, "2026-10") // as a command that announces nothing
		if silent := told(t, db, books); len(silent) > 0 {
			t.Errorf("told %q", silent)
		}
		err := db.Write(t.Context(), func(tx *gorm.DB) error { return books.announce(t.Context(), tx, october) })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(told(t, db, books), want); diff != "" {
			t.Errorf("told (-got +want):\n%s", diff)
		}
		if err := books.TellSome(t.Context(), ImpactRun{Month: october}); err != nil {
			t.Fatal(err)
		}
		if again := told(t, db, books); len(again) > 0 {
			t.Errorf("told again: %q", again)
		}
	})
}

func TestClosingQueuesWithTheClosing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := announced(t, db)
		if _, err := books.Record(t.Context(), treasurer, Outlay{CostServers, "Host", "INV-1", day(t, "2026-10-03"), 5000, 1}); err != nil {
			t.Fatal(err)
		}
		october := month(t, "2026-10")
		if err := books.CloseMonth(t.Context(), treasurer, october, 1); err == nil {
			t.Fatal("closed, though the bank differs")
		}
		if runs := queuedFor[ImpactRun](t, db); len(runs) > 0 {
			t.Errorf("queued %v", runs)
		}
		if _, err := books.ImportStatement(t.Context(), treasurer, []byte("Date,Description,Amount\n03/10/2026,HOST,-50.00\n")); err != nil {
			t.Fatal(err)
		}
		if err := books.CloseMonth(t.Context(), treasurer, october, -5000); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(queuedFor[ImpactRun](t, db), []ImpactRun{{Month: october}}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMemberIsToldAsTheyWish(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx, books := t.Context(), plausible(t, db, 7)
		count := func(n int) People {
			return func(context.Context, calendar.Month) (int, bool, error) { return n, n > 0, nil }
		}
		september := TellImpact{month(t, "2026-09"), "m16"}
		ways := func(job TellImpact, people int) string {
			t.Helper()
			telling, due, err := books.ToTell(ctx, job, count(people))
			if err != nil {
				t.Fatal(err)
			}
			if due && telling.Paid <= 0 {
				t.Errorf("due with %+v", telling.Impact)
			}
			return fmt.Sprint(due, telling.Mail, telling.Message)
		}
		want := func(job TellImpact, people int, want string) {
			t.Helper()
			if got := ways(job, people); got != want {
				t.Errorf("%v among %d people: %s, want %s", job, people, got, want)
			}
		}
		want(september, 50, "true true true")
		want(september, 0, "false true true")                                  // nobody was counted: not known
		want(TellImpact{month(t, "2026-11"), "m16"}, 50, "false true true")    // not closed
		want(TellImpact{month(t, "2026-09"), "nobody"}, 50, "false true true") // paid nothing
		for _, w := range []ImpactWishes{{Mails: true}, {Messages: true}, {}, {Mails: true, Messages: true}} {
			if err := books.WishImpact(ctx, "m16", w); err != nil {
				t.Fatal(err)
			}
			if kept, err := books.ImpactWishes(ctx, "m16"); kept != w || err != nil {
				t.Errorf("kept %+v, %v", kept, err)
			}
			want(september, 50, fmt.Sprint(w.Mails || w.Messages, w.Mails, w.Messages))
		}
		if other, err := books.ImpactWishes(ctx, "m17"); err != nil || !other.Mails || !other.Messages {
			t.Errorf("somebody else's: %+v, %v", other, err)
		}

		books.Announce(announced(t, db).queue)
		if err := books.TellSome(ctx, ImpactRun{Month: september.Month}); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(queuedFor[TellImpact](t, db), september) {
			t.Fatal("not queued")
		}
		want(september, 50, "true true true")
		if err := books.ImpactMailed(ctx, september); err != nil {
			t.Fatal(err)
		}
		want(september, 50, "true false true")
	})
}

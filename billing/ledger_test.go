package billing

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func month(t testing.TB, s string) calendar.Month {
	t.Helper()
	m, err := calendar.ParseMonth(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var midNovember = func() time.Time { return time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC) }

func tenPounds(t testing.TB, key, on string) Entry {
	return Entry{
		SourceKey: key, Date: day(t, on), Kind: EntryDues, Words: "dues", Member: "m1",
		Postings: []Posting{{ClearingStripe, 1000}, {IncomeDues, -1000}},
	}
}

// closeMonth closes without asking anybody, as no verb can.
func closeMonth(t testing.TB, db *database.DB, m string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO months (month, bank, closed_by, closed_at) VALUES (?, 0, 'test', ?)", m, midNovember()).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnEntryComesBackAsItWasPosted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		want := tenPounds(t, "stripe:in_1:paid", "2026-11-03")
		want.Document = "R-1"
		if err := books.Post(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, there, err := books.Entry(t.Context(), want.SourceKey)
		want.Recorded = midNovember()
		if diff := cmp.Diff(got, want); diff != "" || !there || err != nil {
			t.Errorf("%v %v %s", there, err, diff)
		}
		of, err := books.EntriesOf(t.Context(), "m1")
		if diff := cmp.Diff(of, []Entry{want}); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
		if in, err := books.EntriesIn(t.Context(), month(t, "2026-10"), 10); len(in) != 0 || err != nil {
			t.Errorf("%v %v", in, err)
		}
	})
}

func TestBalancesAreThoseOfTheDay(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		for key, on := range map[string]string{"a": "2026-10-31", "b": "2026-11-01"} {
			if err := books.Post(t.Context(), tenPounds(t, key, on)); err != nil {
				t.Fatal(err)
			}
		}
		for on, want := range map[string]map[LedgerAccount]money.Pence{
			"2026-10-30": {},
			"2026-10-31": {ClearingStripe: 1000, IncomeDues: -1000},
			"2026-11-01": {ClearingStripe: 2000, IncomeDues: -2000},
		} {
			got, err := books.Balances(t.Context(), day(t, on))
			if diff := cmp.Diff(got, want); diff != "" || err != nil {
				t.Errorf("%s: %v %s", on, err, diff)
			}
		}
	})
}

func TestForbiddenEntriesAreRefusedInTheirWords(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		closeMonth(t, db, "2026-09")
		for name, c := range map[string]struct {
			change func(*Entry)
			want   error
		}{
			"a penny out":               {func(e *Entry) { e.Postings[1].Amount = -999 }, ErrUnbalanced},
			"the closed month":          {func(e *Entry) { e.Date = day(t, "2026-09-30") }, ErrMonthClosed},
			"a month before the closed": {func(e *Entry) { e.Date = day(t, "2025-01-31") }, ErrMonthClosed},
		} {
			e := tenPounds(t, "x", "2026-10-01")
			c.change(&e)
			if err := books.Post(t.Context(), e); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if err := books.Post(t.Context(), tenPounds(t, "x", "2026-10-01")); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameEventToldAgainChangesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		e := tenPounds(t, "x", "2026-09-01")
		if err := books.Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		closeMonth(t, db, "2026-09")
		again := tenPounds(t, "x", "2026-10-01") // its month was closed meanwhile
		again.Postings[0], again.Postings[1] = again.Postings[1], again.Postings[0]
		for _, e := range []Entry{e, again} {
			err := db.Write(t.Context(), func(tx *gorm.DB) error {
				posted, err := books.post(tx, e)
				if posted {
					t.Error("posted twice")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		again.Postings[0].Amount, again.Postings[1].Amount = -1100, 1100
		if err := books.Post(t.Context(), again); !errors.Is(err, ErrOtherEntry) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOpenDateIsTheFirstThatIsOpen(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		ask := func(wished string) string {
			var got calendar.Date
			err := db.Write(t.Context(), func(tx *gorm.DB) (err error) {
				got, err = books.openDate(tx, day(t, wished))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return got.String()
		}
		if got := ask("2026-09-10"); got != "2026-09-10" {
			t.Error(got)
		}
		closeMonth(t, db, "2026-10")
		for wished, want := range map[string]string{"2026-09-10": "2026-11-01", "2026-10-31": "2026-11-01", "2026-11-02": "2026-11-02"} {
			if got := ask(wished); got != want {
				t.Errorf("%s: got %s, want %s", wished, got, want)
			}
		}
	})
}

func TestFortyTellingsPostOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		var posted, failed sync.Map
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				err := db.Write(t.Context(), func(tx *gorm.DB) error {
					fresh, err := books.post(tx, tenPounds(t, "stripe:in_1:paid", "2026-11-01"))
					if fresh {
						posted.Store(i, true)
					}
					return err
				})
				if err != nil {
					failed.Store(i, err)
				}
			})
		}
		all.Wait()
		n := 0
		posted.Range(func(any, any) bool { n++; return true })
		failed.Range(func(i, err any) bool { t.Errorf("%v: %v", i, err); return true })
		got, err := books.Balances(t.Context(), day(t, "2026-11-30"))
		if want := (map[LedgerAccount]money.Pence{ClearingStripe: 1000, IncomeDues: -1000}); !cmp.Equal(got, want) || err != nil || n != 1 {
			t.Errorf("posted %d times: %v %v", n, got, err)
		}
	})
}

// The statements that somebody with the program's own rights could send, against books of one good entry.
func TestTheDatabaseItselfKeepsTheBooks(t *testing.T) {
	const entry = `INSERT INTO entries (source_key, date, month, kind, words, member, document, lines, recorded_at) VALUES `
	cases := map[string]struct{ statements, words string }{
		"change an entry":        {`UPDATE entries SET words = 'other'`, "never changed"},
		"change an amount":       {`UPDATE postings SET amount = amount * 2`, "never changed"},
		"delete an entry":        {`DELETE FROM entries`, "never"},
		"delete the postings":    {`DELETE FROM postings`, "never"},
		"add one posting":        {`INSERT INTO postings VALUES ('good', 3, 'Assets:Bank:Current', 5)`, "sealed"},
		"add two that balance":   {`INSERT INTO postings VALUES ('good', 3, 'A:B', 5), ('good', 4, 'A:C', -5)`, "sealed"},
		"an entry of nothing":    {entry + `('x', '2026-11-01', '2026-11', 'dues', '', '', '', 2, '2026-11-01')`, "not as many"},
		"another month":          {entry + `('x', '2026-11-01', '2026-12', 'dues', '', '', '', 2, '2026-11-01')`, ""},
		"a posting of nothing":   {`INSERT INTO postings VALUES ('x', 1, 'A:B', 0)`, ""},
		"postings of no entry":   {`INSERT INTO postings VALUES ('x', 1, 'A:B', 5), ('x', 2, 'A:C', -5)`, ""},
		"reopen a month":         {`DELETE FROM months`, "closed month"},
		"close one again":        {`INSERT INTO months VALUES ('2026-09', 5, '', '2026-11-01')`, "closed"},
		"change a closed one":    {`UPDATE months SET bank = 5`, "closed month"},
		"post into a closed one": {`INSERT INTO postings VALUES ('x', 1, 'A:B', 5), ('x', 2, 'A:C', -5);` + entry + `('x', '2026-09-30', '2026-09', 'dues', '', '', '', 2, '2026-11-01')`, "closed"},
		"one penny out":          {`INSERT INTO postings VALUES ('x', 1, 'A:B', 5), ('x', 2, 'A:C', -4);` + entry + `('x', '2026-11-01', '2026-11', 'dues', '', '', '', 2, '2026-11-01')`, "sum to zero"},
		"one posting forgotten":  {`INSERT INTO postings VALUES ('x', 1, 'A:B', 5), ('x', 2, 'A:C', -5);` + entry + `('x', '2026-11-01', '2026-11', 'dues', '', '', '', 3, '2026-11-01')`, "not as many"},
		"put another in place":   {`INSERT OR REPLACE INTO entries SELECT * FROM entries`, ""},
		"empty the table":        {`TRUNCATE entries CASCADE`, ""},
	}
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		closeMonth(t, db, "2026-10")
		if err := books.Post(t.Context(), tenPounds(t, "good", "2026-11-03")); err != nil {
			t.Fatal(err)
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				err := db.Write(t.Context(), func(tx *gorm.DB) error {
					for statement := range strings.SplitSeq(c.statements, ";") {
						if err := tx.Exec(statement).Error; err != nil {
							return err
						}
					}
					return nil
				})
				// The two databases say it in words of their own; that it is refused is what counts.
				if err == nil {
					t.Fatal("it was done")
				}
				if words := err.Error(); c.words != "" && !strings.Contains(words, c.words) && !strings.Contains(words, "never changed or deleted") {
					t.Errorf("got %v", err)
				}
				// And the books go on.
				if err := books.Post(t.Context(), tenPounds(t, "after "+name, "2026-11-04")); err != nil {
					t.Error(err)
				}
				got, _, err := books.Entry(t.Context(), "good")
				if diff := cmp.Diff(got, tenPounds(t, "good", "2026-11-03"), cmpopts.IgnoreFields(Entry{}, "Recorded")); diff != "" || err != nil {
					t.Errorf("%v %s", err, diff)
				}
			})
		}
	})
}

// A second transaction that has not seen the first's entry tries to add to it.
func TestPostingsCannotSlipInBehindACommit(t *testing.T) {
	db := testdb.Open(t, testdb.PostgresURL(t))
	books := NewLedger(db, midNovember)
	written, sealed := make(chan struct{}), make(chan struct{})
	late := make(chan error, 1)
	go func() {
		late <- db.Write(t.Context(), func(tx *gorm.DB) error {
			if err := tx.Exec("INSERT INTO postings VALUES ('x', 8, 'A:B', 5), ('x', 9, 'A:C', -5)").Error; err != nil {
				return err
			}
			close(written)
			<-sealed
			return nil
		})
	}()
	<-written
	if err := books.Post(t.Context(), tenPounds(t, "x", "2026-11-01")); err != nil {
		t.Error(err)
	}
	close(sealed)
	if err := <-late; err == nil || !strings.Contains(err.Error(), "do not make up its entry") {
		t.Errorf("got %v", err)
	}
}

func TestAMonthIsNotClosedUnderAnEntry(t *testing.T) {
	db := testdb.Open(t, testdb.PostgresURL(t))
	books := NewLedger(db, midNovember)
	closed := make(chan error, 1)
	err := db.Write(t.Context(), func(tx *gorm.DB) error {
		if _, err := books.openDate(tx, day(t, "2026-10-01")); err != nil {
			return err
		}
		go func() {
			closed <- db.Write(t.Context(), func(tx *gorm.DB) error {
				return tx.Exec("INSERT INTO months VALUES ('2026-10', 0, '', '2026-11-01')").Error
			})
		}()
		waiting(t, db)
		_, err := books.post(tx, tenPounds(t, "x", "2026-10-01"))
		return err
	})
	if err := errors.Join(err, <-closed); err != nil {
		t.Error(err)
	}
	if err := books.Post(t.Context(), tenPounds(t, "y", "2026-10-01")); !errors.Is(err, ErrMonthClosed) {
		t.Errorf("got %v", err)
	}
}

// waiting returns once some transaction waits for a lock.
func waiting(t *testing.T, db *database.DB) {
	t.Helper()
	for {
		var n int
		err := db.Read(t.Context()).Raw("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'months'::regclass").Scan(&n).Error
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
}

func TestCheckNamesTheEntry(t *testing.T) {
	for want, e := range map[string]Entry{
		"source":       {Kind: EntryCost, Date: day(t, "2026-11-01"), Postings: []Posting{{Bank, 1}, {CostOther, -1}}},
		"two postings": {SourceKey: "x", Kind: EntryCost, Date: day(t, "2026-11-01")},
		"of nothing":   {SourceKey: "x", Kind: EntryCost, Date: day(t, "2026-11-01"), Postings: []Posting{{Bank, 0}, {CostOther, 0}}},
		"by £0.01":     {SourceKey: "x", Kind: EntryCost, Date: day(t, "2026-11-01"), Postings: []Posting{{Bank, 2}, {CostOther, -1}}},
	} {
		if got := fmt.Sprint(e.Check()); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

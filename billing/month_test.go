package billing

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

var treasurer = TreasurerAct{By: "tessa", Why: "November's work"}

func did(t testing.TB, db *database.DB) (words string) {
	t.Helper()
	acts, _, err := audit.NewLog(db).List(t.Context(), audit.Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range acts {
		if a.By != treasurer.By || a.As != "treasurer" || a.Why != treasurer.Why {
			t.Errorf("%+v", a)
		}
		words = a.What + "; " + words
	}
	return strings.TrimSuffix(words, "; ")
}

func balance(t testing.TB, books *Ledger, a LedgerAccount) money.Pence {
	t.Helper()
	on, err := books.Balances(t.Context(), day(t, "2099-12-31"))
	if err != nil {
		t.Fatal(err)
	}
	return on[a]
}

func TestAMonthOfATreasurersWork(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		books := NewLedger(db, func() time.Time { return time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC) })
		const ann = member.ID("annannannannannannannannan")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := books.NextToClose(ctx); !errors.Is(err, ErrNothingToClose) {
			t.Errorf("got %v", err)
		}
		must(books.Post(ctx, Entry{
			SourceKey: "stripe:po_77", Date: day(t, "2026-11-04"), Kind: EntryPayout, Document: "PO-77",
			Postings: []Posting{{Bank, 97000}, {ClearingStripe, -97000}},
		}))
		host := Outlay{CostServers, "Host Ltd", "INV-1", day(t, "2026-11-03"), 12050, 1}
		if n, err := books.Record(ctx, treasurer, host, Outlay{IncomeGrants, "A fund", "G/1", day(t, "2026-11-20"), 5000, 1}); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		again := host
		again.Supplier = "HOST  ltd"
		if n, err := books.Record(ctx, treasurer, again); n != 0 || err != nil {
			t.Error(n, err)
		}
		again.Amount = 12051
		if _, err := books.Record(ctx, treasurer, again); !errors.Is(err, ErrOtherEntry) {
			t.Error(err)
		}

		statement := "Date,Description,Amount,Balance\n03/11/2026,HOST LTD INV-1,-120.50,-120.50\n04/11/2026,STRIPE PO-77,970.00,849.50\n" +
			"05/11/2026,A MEMBER " + Reference(ann) + ",10.00,859.50\n06/11/2026,CHQ 100200,25.00,884.50\n20/11/2026,FUND,50.00,934.50\n"
		got, err := books.ImportStatement(ctx, treasurer, []byte(statement))
		if diff := cmp.Diff(got, Imported{Fresh: 5, Matched: 3}); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
		got, err = books.ImportStatement(ctx, treasurer, []byte(statement+"02/12/2026,CHARGE,-1.00,933.50\n"))
		if diff := cmp.Diff(got, Imported{Fresh: 1, Known: 5}); diff != "" || err != nil {
			t.Fatal(err, diff)
		}

		november := month(t, "2026-11")
		if err := books.CloseMonth(ctx, treasurer, november, 93450); !errors.Is(err, ErrLinesUnmatched) {
			t.Errorf("got %v", err)
		}
		waiting, err := books.Unmatched(ctx, func(_ context.Context, letters string) (member.ID, error) {
			if strings.HasPrefix(string(ann), letters) {
				return ann, nil
			}
			return "", nil
		})
		must(err)
		if len(waiting) != 3 || waiting[0].Member != ann || waiting[1].Member != "" || len(waiting[2].Entries) != 0 {
			t.Fatalf("%+v", waiting)
		}
		standing, cheque := waiting[0].Line.ID, waiting[1].Line.ID
		if err := books.Explain(ctx, treasurer, standing, MemberCredit, ""); !errors.Is(err, ErrNotForBank) {
			t.Errorf("got %v", err)
		}
		must(books.Explain(ctx, treasurer, standing, MemberCredit, ann))
		if err := books.Explain(ctx, treasurer, standing, MemberCredit, ann); !errors.Is(err, ErrMatched) {
			t.Errorf("got %v", err)
		}
		must(books.Explain(ctx, treasurer, cheque, Suspense, ""))
		if err := books.CloseMonth(ctx, treasurer, november, 93449); !errors.Is(err, ErrBankDiffers) {
			t.Errorf("got %v", err)
		}
		if err := books.CloseMonth(ctx, treasurer, november.Add(1), 93450); !errors.Is(err, ErrMonthsInTurn) {
			t.Errorf("got %v", err)
		}
		next, err := books.NextToClose(ctx)
		if diff := cmp.Diff(next, Closing{Month: november, Books: 93450, Bank: new(money.Pence(93450)), Over: true}); diff != "" || err != nil || !next.Ready() {
			t.Error(err, diff)
		}
		must(books.CloseMonth(ctx, treasurer, november, 93450))
		if err := books.CloseMonth(ctx, treasurer, november, 93450); !errors.Is(err, ErrMonthClosed) {
			t.Errorf("got %v", err)
		}
		if err := books.CloseMonth(ctx, treasurer, november.Add(1), 93350); !errors.Is(err, ErrMonthNotOver) {
			t.Errorf("got %v", err)
		}
		late := strings.Replace(statement, "FUND", "FUND AND MORE", 1)
		if _, err := books.ImportStatement(ctx, treasurer, []byte(late)); !errors.Is(err, ErrMonthClosed) {
			t.Errorf("got %v", err)
		}

		// What was in suspense turns out to be another member's; the closed month stays as it was.
		if lines, err := books.InSuspense(ctx); len(lines) != 1 || lines[0].ID != cheque || err != nil {
			t.Error(lines, err)
		}
		must(books.Sort(ctx, treasurer, cheque, MemberCredit, "bob"))
		if err := books.Sort(ctx, treasurer, cheque, MemberCredit, "bob"); !errors.Is(err, ErrNotSuspense) {
			t.Errorf("got %v", err)
		}
		if lines, err := books.InSuspense(ctx); len(lines) != 0 || err != nil {
			t.Error(lines, err)
		}
		if got := balance(t, books, MemberCredit); got != -3500 {
			t.Errorf("credit %s", got)
		}
		want := "income recorded"
		if words := did(t, db); !strings.Contains(words, want) || !strings.Contains(words, "month closed") || !strings.HasPrefix(words, "cost recorded") {
			t.Errorf("%s", words)
		}
	})
}

func TestAWrongCostIsTurnedRoundAndRecordedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		books := NewLedger(db, midNovember)
		wrong := Outlay{CostServers, "Host Ltd", "INV-1", day(t, "2026-10-03"), 12050, 1}
		if _, err := books.Record(ctx, treasurer, wrong); err != nil {
			t.Fatal(err)
		}
		if got, err := books.ImportStatement(ctx, treasurer, []byte("Date,Description,Amount\n03/10/2026,HOST,-120.50\n")); got.Matched != 1 || err != nil {
			t.Fatal(got, err)
		}
		if err := books.Correct(ctx, treasurer, wrong.key()); err != nil {
			t.Fatal(err)
		}
		if err := books.Correct(ctx, treasurer, wrong.key()); !errors.Is(err, ErrTwice) {
			t.Errorf("got %v", err)
		}
		if a, b := balance(t, books, Bank), balance(t, books, CostServers); a != 0 || b != 0 {
			t.Errorf("%s at the bank, %s servers", a, b)
		}
		right := wrong
		right.Account = CostBandwidth
		if n, err := books.Record(ctx, treasurer, right); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := books.Record(ctx, treasurer, right); n != 0 || err != nil {
			t.Error(n, err)
		}
		if err := books.Post(ctx, tenPounds(t, "stripe:in_1:paid", "2026-11-01")); err != nil {
			t.Fatal(err)
		}
		if err := books.Correct(ctx, treasurer, "stripe:in_1:paid"); !errors.Is(err, ErrNotCorrected) {
			t.Errorf("got %v", err)
		}
		if err := books.Correct(ctx, treasurer, "cost:nobody:0"); !errors.Is(err, ErrNoEntry) {
			t.Errorf("got %v", err)
		}
	})
}

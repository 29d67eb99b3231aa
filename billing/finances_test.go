package billing

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

func TestFinancesAreTheLedgersOwnFigures(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		people := func(context.Context, calendar.Month) (int, bool, error) { return 50, true, nil }
		empty, err := NewLedger(db, midNovember).Finances(ctx, people)
		if diff := cmp.Diff(empty, Finances{Runway: -1}); diff != "" || err != nil {
			t.Error(err, diff)
		}
		books := plausible(t, db, 7)
		f, err := books.Finances(ctx, people)
		if err != nil {
			t.Fatal(err)
		}
		before, err := books.Balances(ctx, day(t, "2026-08-31"))
		if err != nil {
			t.Fatal(err)
		}
		after, err := books.Balances(ctx, day(t, "2026-09-30"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range f.Income {
			if got, want := p.Amount, before[p.Account]-after[p.Account]; got != want {
				t.Errorf("%s: %s, and the ledger has %s", p.Account, got, want)
			}
		}
		for _, p := range f.Costs {
			if got, want := p.Amount, after[p.Account]-before[p.Account]; got != want {
				t.Errorf("%s: %s, and the ledger has %s", p.Account, got, want)
			}
		}
		var left money.Pence // with no shares and nothing at the start, what was earned and not spent
		for _, m := range f.Months {
			left += m.In - m.Out
		}
		if left != f.Reserves || len(f.Months) != 3 || f.In-f.Out != f.Months[2].In-f.Months[2].Out || len(f.Income) != 2 || len(f.Costs) != 3 {
			t.Errorf("%s earned, %+v", left, f)
		}
		all := editions(t, books)
		if f.Head != all[2].Head || len(f.Editions) != 3 || f.Editions[0].Files[0].Name != "2026-09.journal" || f.Payers == 0 || f.PerPerson == nil {
			t.Errorf("%+v", f)
		}
	})
}

func TestBreakingEvenCountsFees(t *testing.T) {
	for _, c := range []struct {
		costs, fees, dues money.Pence
		months, want      int
	}{
		{300000, 0, 90000, 3, 100},
		{300001, 0, 90000, 3, 101},
		{300000, 4500, 90000, 3, 106}, // 950 of 1000 are left
		{300000, 0, 0, 3, 100},
		{1, 0, 1000, 1, 1},
	} {
		if got := needed(c.costs, c.fees, c.dues, c.months); got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
}

func TestYearEndBalances(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		books := plausible(t, db, 7)
		if err := books.Post(ctx, Entry{SourceKey: "share", Date: day(t, "2026-10-02"), Kind: EntryShare, Member: "m1", Postings: []Posting{{ClearingStripe, 100}, {ShareCapital, -100}}}); err != nil {
			t.Fatal(err)
		}
		count := func(_ context.Context, from, to calendar.Date) (Membership, error) {
			if from != day(t, "2025-11-01") || to != day(t, "2026-10-31") {
				t.Errorf("asked from %s to %s", from, to)
			}
			return Membership{Start: 3, Joined: 27, Left: 1}, nil
		}
		y, err := books.YearEnd(ctx, month(t, "2026-10"), count)
		if err != nil {
			t.Fatal(err)
		}
		if y.Owned != y.Owed+y.ShareCapital+y.Reserves || y.Surplus != y.Reserves || y.ShareCapital != 100 || y.Final || y.Members.Joined != 27 || y.Owed <= 0 {
			t.Errorf("%+v", y)
		}
		y, err = books.YearEnd(ctx, month(t, "2026-09"), func(context.Context, calendar.Date, calendar.Date) (Membership, error) { return Membership{}, nil })
		if !y.Final || err != nil {
			t.Errorf("%v %+v", err, y)
		}
	})
}

func TestTheYearsFileHasEveryFigureOfThePage(t *testing.T) {
	y := YearEnd{
		From: month(t, "2025-11"), To: month(t, "2026-10"), Final: true, Members: Membership{Start: 3, Joined: 27, Left: 1},
		Income: []Part{{IncomeDues, 390000}}, In: 390000, Costs: []Part{{CostServers, 140000}, {PaymentFees, 1905}}, Out: 141905, Surplus: 248095,
		Assets: []Part{{Bank, 260000}}, Owned: 260000, Liabilities: []Part{{DuesInAdvance, 9005}}, Owed: 9005, ShareCapital: 2900, Reserves: 248095,
	}
	got, err := y.CSV()
	want := `about,line,figure
year,from,2025-11
year,to,2026-10
year,final,yes
members,at the start,3
members,joined,27
members,left,1
members,at the end,29
income,Income:Dues,3900.00
income,in all,3900.00
costs,Expenses:Servers,1400.00
costs,Expenses:PaymentFees,19.05
costs,in all,1419.05
result,surplus,2480.95
owned,Assets:Bank:Current,2600.00
owned,in all,2600.00
owed,Liabilities:DuesInAdvance,90.05
owed,in all,90.05
left,share capital,29.00
left,reserves,2480.95
`
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

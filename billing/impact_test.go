package billing

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

func figuresFor(m calendar.Month, cost money.Pence, people int, dues money.Pence) monthFigures {
	return monthFigures{Month: m, Costs: map[LedgerAccount]money.Pence{CostServers: cost - cost/3, CostWages: cost / 3}, People: people, Dues: dues}
}

func TestImpactOfPlainCases(t *testing.T) {
	october := calendar.Month{Year: 2026, Month: 10}
	year := func(cost money.Pence, people int, dues money.Pence) []monthFigures {
		return []monthFigures{
			figuresFor(october.Add(-2), cost, people, dues), figuresFor(october.Add(-1), cost, people, dues), figuresFor(october, cost, people, dues),
		}
	}
	for name, c := range map[string]struct {
		months    []monthFigures
		paid, fee money.Pence
		want      string
	}{
		"£4,500 for 4,000 people":     {year(450000, 4000, 100000), 1000, 30, "true: 8.6 people (8 to 9), £0 in reserve, £1.13 each"},
		"volunteers":                  {year(160000, 9700, 100000), 970, 0, "true: 58.8 people (56 to 62), £0 in reserve, £0.16 each"},
		"paid staff":                  {year(8157700, 9700, 100000), 970, 0, "true: 1.1 people (1 to 2), £0 in reserve, £8.41 each"},
		"part of one":                 {year(100000000, 4000, 100000), 970, 0, "true: 0.0 people (0 to 0), £0 in reserve, £250 each"},
		"more than was needed":        {year(10000, 100, 40000), 1000, 0, "true: 2.5 people (2 to 3), £7.50 in reserve, £1 each"},
		"nothing paid":                {year(450000, 4000, 100000), 0, 0, "true: 0.0 people (0 to 0), £0 in reserve, £1.13 each"},
		"given back":                  {year(450000, 4000, 100000), -1000, 30, "true: 0.0 people (0 to 0), £0 in reserve, £1.13 each"},
		"no month is closed":          {nil, 1000, 30, "false: 0.0 people (0 to 0), £0 in reserve, £0 each"},
		"nobody was counted":          {year(450000, 0, 100000), 1000, 30, "false: 0.0 people (0 to 0), £0 in reserve, £0 each"},
		"nothing was spent":           {year(0, 4000, 100000), 1000, 30, "false: 0.0 people (0 to 0), £0 in reserve, £0 each"},
		"one month is enough":         {year(450000, 4000, 100000)[2:], 1000, 30, "true: 8.6 people (8 to 9), £0 in reserve, £1.13 each"},
		"a month without a count out": {append([]monthFigures{figuresFor(october.Add(-1), 999999, 0, 1)}, year(450000, 4000, 100000)[2:]...), 1000, 30, "true: 8.6 people (8 to 9), £0 in reserve, £1.13 each"},
	} {
		w, known := workings(c.months)
		i := impact(w, known, c.paid, c.fee)
		got := fmt.Sprintf("%t: %d.%d people (%d to %d), %s in reserve, %s each", i.Known, i.Tenths/10, i.Tenths%10, i.From, i.To, i.Reserve, i.Workings.PerPerson)
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		var went money.Pence
		for _, p := range i.Where {
			went += p.Amount
		}
		if len(i.Where) > 0 && went+i.Reserve != i.Paid {
			t.Errorf("%s: %s went somewhere and %s into reserves, of %s", name, went, i.Reserve, i.Paid)
		}
	}
}

// All members' numbers together are the people who were served as far as dues covered them, and nobody is counted twice.
func TestImpactAddsUpOverMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20_000).Draw(t, "members")
		nets := make([]money.Pence, n)
		least, spread := rapid.Int64Range(1, 500).Draw(t, "least"), rapid.Int64Range(1, 3000).Draw(t, "spread")
		var dues money.Pence
		for i := range nets {
			nets[i] = money.Pence(least + int64(i)*7919%spread)
			dues += nets[i]
		}
		costs, people := rapid.Int64Range(1, 100_000_00).Draw(t, "costs"), rapid.IntRange(1, 1_000_000).Draw(t, "people")
		w, known := workings([]monthFigures{figuresFor(calendar.Month{Year: 2026, Month: 10}, money.Pence(costs), people, dues)})
		if !known {
			t.Fatal("not known")
		}
		var tenths int64
		var reserve money.Pence
		for _, net := range nets {
			i := impact(w, true, net, 0)
			tenths, reserve = tenths+int64(i.Tenths), reserve+i.Reserve
			if i.From*10 > i.Tenths || i.To*10 < i.Tenths || i.Reserve < 0 || i.Reserve > net {
				t.Fatalf("%+v", i)
			}
		}
		covered := min(share(10*int64(dues), int64(people), costs), int64(10*people))
		if tenths > covered || tenths < covered-int64(n) {
			t.Errorf("%d tenths of people over all members, and dues covered %d", tenths, covered)
		}
		surplus := max(0, dues-money.Pence(costs))
		if reserve < surplus || reserve > surplus+money.Pence(n) {
			t.Errorf("%s in reserves over all members, and %s was left over", reserve, surplus)
		}
	})
}

func TestImpactComesFromTheLedgerAlone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		books := plausible(t, db, 7)
		people := func(_ context.Context, m calendar.Month) (int, bool, error) { return 50, m != month(t, "2026-07"), nil }
		of, err := books.EntriesOf(ctx, "m16")
		if err != nil {
			t.Fatal(err)
		}
		september, err := books.Impact(ctx, "m16", month(t, "2026-09"), people)
		if err != nil {
			t.Fatal(err)
		}
		var paid, fee money.Pence
		for _, e := range of {
			if e.Date.InMonth() == month(t, "2026-09") {
				paid, fee = paid-e.on(IncomeDues), fee+e.on(PaymentFees)
			}
		}
		if !september.Known || september.Paid != paid || september.Fee != fee || september.Workings.From != month(t, "2026-08") || september.Workings.Uses != 100 {
			t.Errorf("%+v, and paid %s, fee %s", september, paid, fee)
		}
		open, err := books.Impact(ctx, "m16", month(t, "2026-10"), people)
		if open.Known || err != nil {
			t.Errorf("%+v %v", open, err)
		}
		all, err := books.Impacts(ctx, "m16", 12, people)
		if err != nil || len(all) != 3 || all[0].Known || !all[1].Known || !cmp.Equal(all[2], september, cmp.AllowUnexported(Workings{})) {
			t.Errorf("%v %+v", err, all)
		}
		// All who paid, together.
		var tenths int
		for i := range 30 {
			one, err := books.Impact(ctx, member.ID(fmt.Sprint("m", i)), month(t, "2026-09"), people)
			if err != nil {
				t.Fatal(err)
			}
			tenths += one.Tenths
		}
		w := september.Workings
		if covered := int(min(share(10*int64(w.Dues), int64(w.Uses), int64(w.Costs)), int64(10*w.Served))); tenths > covered || tenths < covered-30 {
			t.Errorf("%d tenths, and dues covered %d", tenths, covered)
		}
	})
}

func TestCostsOfAYearAreSpreadOverIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := NewLedger(db, midNovember)
		insurance := Outlay{CostInsurance, "Mutual", "P-1", day(t, "2026-08-02"), 120001, 12}
		if _, err := books.Record(t.Context(), treasurer, insurance, Outlay{CostServers, "Host", "1", day(t, "2026-09-02"), 500, 1}); err != nil {
			t.Fatal(err)
		}
		closeMonth(t, db, "2026-08")
		closeMonth(t, db, "2026-09")
		for m, want := range map[string]map[LedgerAccount]money.Pence{
			"2026-08": {CostInsurance: 10001}, "2026-09": {CostInsurance: 10000, CostServers: 500},
		} {
			f, err := books.figures(t.Context(), month(t, m))
			if diff := cmp.Diff(f.Costs, want); diff != "" || err != nil {
				t.Errorf("%s: %v %s", m, err, diff)
			}
		}
	})
}

package billing

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// BenchmarkMonthlyRun plans the payments of everybody on the one day of the month on which all of them are due, beside the bare inserts of
// the same rows in transactions of the same size. Memory is flat if ten times the members need no more of it.
func BenchmarkMonthlyRun(b *testing.B) {
	for name, open := range benchDatabases {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				var runs []monthlyRun
				for _, members := range benchMembers {
					runs = append(runs, runMonth(b, open(b), members))
				}
				reportMonth(b, name, runs)
			}
		})
	}
}

var benchMembers = []int{10_000, 100_000}

// benchDatabases are as safe as they say.
var benchDatabases = map[string]func(testing.TB) *database.DB{
	"sqlite": func(t testing.TB) *database.DB {
		return testdb.Open(t, strings.TrimSuffix(testdb.SQLiteURL(t), "?synchronous=off"))
	},
	"postgres": func(t testing.TB) *database.DB { return testdb.Open(t, testdb.PostgresURL(t)) },
}

var durability = map[string]string{
	"sqlite":   "synced at each commit",
	"postgres": "as its server is set up; the tests' own does not sync",
}

type monthlyRun struct {
	members            int
	ours, bare         time.Duration
	attempts           int
	heapBefore, heapIn uint64
}

func reportMonth(b *testing.B, name string, runs []monthlyRun) {
	b.Helper()
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\nthe monthly run on %s\tpayments planned\ttook\tbare inserts took\t×bare\theap in use, at most\tof that before\tdurability of both\n", name)
	for _, r := range runs {
		fmt.Fprintf(out, "%d members\t%d\t%.1f s\t%.1f s\t%.1f\t%.1f MB\t%.1f MB\t%s\n", r.members, r.attempts, r.ours.Seconds(), r.bare.Seconds(),
			r.ours.Seconds()/r.bare.Seconds(), float64(r.heapIn)/1e6, float64(r.heapBefore)/1e6, durability[name])
	}
	_ = out.Flush()
	last := runs[len(runs)-1]
	b.ReportMetric(last.ours.Seconds(), "s")
	b.ReportMetric(last.ours.Seconds()/last.bare.Seconds(), "x-bare")
	b.ReportMetric(float64(last.heapIn)/1e6, "MB-heap")
	b.ReportMetric(float64(last.heapIn)/float64(runs[0].heapIn), "x-heap-of-a-tenth")
	b.ReportMetric(0, "ns/op")
}

func runMonth(b *testing.B, db *database.DB, members int) monthlyRun {
	b.Helper()
	const joined, paid = "2026-02-10", 3 // so the fourth period begins on the day of the run
	s := foundIn(b.Context(), b, b, db, noon(calendar.Date{Year: 2026, Month: time.May, Day: 10}))
	settleEverybody(b, db, members, joined, paid)
	r := monthlyRun{members: members}
	runtime.GC()
	r.heapBefore = heapInUse()
	after := member.ID("")
	for from := 0; from < members; from += inTurn { // so that a drift of the machine hits both
		runtime.GC()
		watch, began := watchHeap(), time.Now()
		for range inTurn / planPage {
			done, last, err := s.dues.planPage(b.Context(), s.today(), after)
			if err != nil || last == "" || done.Attempts != planPage {
				b.Fatalf("planned %v behind %q, %v", done, after, err)
			}
			after, r.attempts = last, r.attempts+done.Attempts
		}
		r.ours += time.Since(began)
		r.heapIn = max(r.heapIn, watch())
		r.bare += bareInserts(b, s, from, from+inTurn)
	}
	return r
}

// inTurn is how many members are planned before the bare inserts have their turn.
const inTurn = 5_000

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// watchHeap looks at the heap many times a second, until it is asked how much was in use at most.
func watchHeap() (most func() uint64) {
	stop := make(chan struct{})
	var watching sync.WaitGroup
	top := heapInUse()
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				top = max(top, heapInUse())
			}
		}
	})
	return func() uint64 {
		close(stop)
		watching.Wait()
		return max(top, heapInUse())
	}
}

// bareInserts writes the same rows for the period after, as they are, in pages of the same size.
func bareInserts(b *testing.B, s *society, first, end int) time.Duration {
	b.Helper()
	var pages [][]attemptRow
	for from := first; from < end; from += planPage {
		var page []attemptRow
		for i := from; i < from+planPage; i++ {
			id := benchMember(i + 1)
			page = append(page, attemptRow{
				ID: attemptID(id, 5, 1), Member: id, Period: 5, Periods: 1, Attempt: 1, Provider: GoCardless, Method: "MD" + string(id),
				Amount: StandardDues, State: attemptPlanned, Live: true, MadeAt: s.clock,
			})
		}
		pages = append(pages, page)
	}
	queue := s.dues.queue
	began := time.Now()
	for _, page := range pages {
		err := s.db.Write(b.Context(), func(tx *gorm.DB) error {
			work := make([]jobs.Args, len(page))
			for i, a := range page {
				work[i] = CollectDue{a.ID}
			}
			if err := tx.Create(&page).Error; err != nil {
				return err
			}
			return queue.AddAll(b.Context(), tx, work)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// settleEverybody has members join and pay for some periods by Direct Debit, in bulk: what they did is in the same rows as if they had done it.
func settleEverybody(b *testing.B, db *database.DB, members int, joined string, periods int) {
	b.Helper()
	at := "'2026-02-10 12:00:00+00:00'"
	yes := "1"
	if db.Dialect() == database.Postgres {
		at, yes = "CAST("+at+" AS TIMESTAMPTZ)", "true"
	}
	each := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
		p(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM p WHERE k < %d)`, members, periods)
	const m = "'m' || (1000000 + i)" // benchMember
	once := strings.NewReplacer("$month", "'2026-0' || (1 + k)", "$m", m, "$at", at, "$joined", "'"+joined+"'", "$yes", yes, "$no", map[string]string{"1": "0", "true": "false"}[yes],
		"$id", "'dues:' || "+m+" || ':' || k || ':1'", "$pm", "'PM' || i || '-' || k")
	for _, line := range []string{
		"dues_members (member, joined, gone, since) EACH SELECT $m, $joined, $no, $at FROM n",
		"dues_terms (member, n, amount, paid, from_period, chosen_at) EACH SELECT $m, 1, 1000, 'monthly', 1, $at FROM n",
		"dues_facts (member, kind, period, day, provider, payment, account, why, recorded_at) EACH SELECT $m, 'joined', 0, $joined, '', '', '', '', $at FROM n",
		`dues_facts (member, kind, period, day, provider, payment, account, why, recorded_at)
			EACH SELECT $m, 'settled', k, $joined, 'gocardless', $pm, '', '', $at FROM n, p`,
		`dues_methods (provider, ref, member, state, description, customer, paid_to, replaced_by, wanted, version, made_at)
			EACH SELECT 'gocardless', 'MD' || $m, $m, 'active', 'account ending 11', 'CU' || i, '', '', $yes, 1, $at FROM n`,
		`dues_attempts (id, member, period, periods, attempt, provider, method, amount, share, charge_on, state, live, payment, reason, made_at)
			EACH SELECT $id, $m, k, 1, 1, 'gocardless', 'MD' || $m, 1000, 0, '', 'paid', $no, $pm, '', $at FROM n, p`,
		`dues_payments (provider, ref, member, attempt, method, state, amount, share, periods, fee, refunded, disputed, made_at, paid_at, charge_on,
			next_try, action, reason, payout, version, entries, booked, booked_fee, booked_disputed, booked_lost)
			EACH SELECT 'gocardless', $pm, $m, $id, 'MD' || $m, 'paid', 1000, 0, 1, 30, 0, $no, $at, $at, $joined, '', '', '', 'PO1', 3, 2, 1000, 30, 0, 0 FROM n, p`,
		`dues_parts (provider, payment, member, kind, period, month, amount, whole, released)
			EACH SELECT 'gocardless', $pm, $m, 'period', k, $month, 1000, 1000, $yes FROM n, p`,
		`dues_parts (provider, payment, member, kind, period, month, amount, whole, released)
			EACH SELECT 'gocardless', 'PM' || i || '-1', $m, 'share', 0, '', 100, 100, $yes FROM n`,
	} {
		bulk(b.Context(), b, db, "INSERT INTO "+once.Replace(strings.Replace(line, "EACH", each, 1)))
	}
	bulk(b.Context(), b, db, "ANALYZE") // as autovacuum does by itself
}

func benchMember(i int) member.ID { return member.ID(fmt.Sprintf("m%d", 1_000_000+i)) }

func bulk(ctx context.Context, b *testing.B, db *database.DB, statement string) {
	b.Helper()
	if err := db.Write(ctx, func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
		b.Fatalf("%s: %v", statement, err)
	}
}

package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"folkmoot/app/web"
	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/billing/stripe"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

const (
	benchHooks   = 2000
	benchTurn    = 500           // webhooks before the bare inserts have their turn
	benchAtOnce  = 16            // deliveries at once, and transactions of the bare inserts
	benchSecret  = "whsec_bench" //nolint:gosec // signs what nobody else is sent
	rowsOfAHook  = 12            // asserted
	benchPayment = 1000
)

// BenchmarkWebhooks measures how many signed webhooks of Stripe a second are settled: delivered by HTTP to the site, kept, done by the
// queue, their invoice read again, in the ledger and with a receipt; beside the bare inserts of the same rows, a transaction for each webhook.
func BenchmarkWebhooks(b *testing.B) {
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				webhooks(b, name)
			}
		})
	}
}

func webhooks(b *testing.B, name string) {
	b.Helper()
	url, durable := "", "synced before the answer and at each commit"
	if name == "sqlite" {
		url = strings.TrimSuffix(testdb.SQLiteURL(b), "?synchronous=off")
	} else {
		url, durable = testdb.PostgresURL(b), "as its server is set up; the tests' own does not sync"
	}
	t := openTill(b, testdb.Open(b, url))
	defer t.close()
	t.memberships()
	var ours, bare time.Duration
	for from := 0; from < benchHooks; from += benchTurn { // so that a drift of the machine hits both
		ours += t.settle(from)
		bare += t.bareInserts(from)
	}
	t.sameRows()
	perSecond := func(took time.Duration) float64 { return benchHooks / took.Seconds() }
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\n%s, %d webhooks\ta second\t×bare\tdurability\n", name, benchHooks)
	fmt.Fprintf(out, "settled, with receipt\t%.0f\t%.2f\t%s\n", perSecond(ours), ours.Seconds()/bare.Seconds(), durable)
	fmt.Fprintf(out, "bare inserts of the %d rows of each\t%.0f\t1\t%s\n", rowsOfAHook, perSecond(bare), durable)
	_ = out.Flush()
	b.ReportMetric(perSecond(ours), "webhooks/s")
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "x-bare")
	b.ReportMetric(0, "ns/op")
}

// benchTill is the site's door for webhooks with all that is behind it, and a Stripe that answers at once.
type benchTill struct {
	*testing.B
	db    *database.DB
	site  *httptest.Server
	close func()
}

func openTill(b *testing.B, db *database.DB) *benchTill {
	b.Helper()
	quiet := slog.New(slog.DiscardHandler)
	queue, err := jobs.New(db, quiet)
	if err != nil {
		b.Fatal(err)
	}
	account, err := stripe.New(stripe.Options{
		Key: "sk_test_bench", Secret: benchSecret, URL: "http://stripe.invalid", HTTP: &http.Client{Transport: practice.Transport(http.HandlerFunc(showInvoice))},
	})
	if err != nil {
		b.Fatal(err)
	}
	dues := billing.NewDues(db, queue, billing.NewLedger(db, time.Now), map[billing.ProviderName]billing.Provider{billing.Stripe: account}, false, time.Now)
	inbox := billing.NewInbox(dues)
	jobs.Handle(queue, inbox.Reread)
	site := httptest.NewServer((&web.Site{Inbox: inbox, Assets: http.NotFoundHandler(), Base: "http://localhost", Now: time.Now, Log: quiet}).Handler())
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := queue.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	return &benchTill{B: b, db: db, site: site, close: func() { site.Close(); stop(); running.Wait() }}
}

// showInvoice is Stripe: every invoice is a month's dues of the member of the same number, paid today.
func showInvoice(w http.ResponseWriter, r *http.Request) {
	id := path.Base(r.URL.Path)
	now := time.Now()
	w.Header().Set("Content-Type", "application/json")
	//nolint:gosec // JSON, to our own client
	_, _ = fmt.Fprintf(w, `{"id": %q, "object": "invoice", "livemode": false, "status": "paid", "paid": true, "total": %d, "currency": "gbp", "created": %d,
		"subscription": "sub_%s", "subscription_details": {"metadata": {"member": %q}}, "status_transitions": {"paid_at": %d}, "payment_intent": null,
		"charge": {"id": "ch_%s", "object": "charge", "paid": true, "amount_refunded": 0, "disputed": false,
			"balance_transaction": {"id": "txn_%s", "object": "balance_transaction", "type": "charge", "fee": 35}},
		"lines": {"object": "list", "has_more": false, "data": [{"id": "il_%s", "object": "line_item", "type": "subscription", "amount": %d, "proration": false,
			"period": {"start": %d, "end": %d}, "price": {"id": "price_1", "object": "price", "product": {"id": "prod_1", "object": "product", "metadata": {}}}}]}}`,
		id, benchPayment, now.Unix(), id, strings.TrimPrefix(id, "in_"), now.Unix(), id, id, id, benchPayment, now.Unix(), now.AddDate(0, 1, 0).Unix())
}

func benchMember(i int) string { return fmt.Sprintf("m%05d", i) }

// memberships has everybody's second month begin: the first is paid, and so is the share.
func (t *benchTill) memberships() {
	t.Helper()
	joined := calendar.On(time.Now()).InMonth().Add(-1).First()
	t.write(func(tx *gorm.DB) error {
		at := time.Now().UTC()
		for i := range benchHooks {
			m := benchMember(i)
			for _, line := range []struct {
				sql  string
				args []any
			}{
				{"INSERT INTO dues_members (member, joined, gone, since) VALUES (?, ?, ?, ?)", []any{m, joined.String(), false, at}},
				{"INSERT INTO dues_terms (member, n, amount, paid, from_period, chosen_at) VALUES (?, 1, ?, 'monthly', 1, ?)", []any{m, benchPayment, at}},
				{factLine, []any{m, "joined", 0, joined.String(), "", at}},
				{factLine, []any{m, "settled", 1, joined.String(), "in_before", at}},
				{partLine, []any{"in_before", m, "share", 0, "", 100, 100, true}},
			} {
				if err := tx.Exec(line.sql, line.args...).Error; err != nil {
					return err
				}
			}
		}
		return nil
	})
}

const (
	factLine = "INSERT INTO dues_facts (member, kind, period, day, provider, payment, account, why, recorded_at) VALUES (?, ?, ?, ?, 'stripe', ?, '', '', ?)"
	partLine = "INSERT INTO dues_parts (provider, payment, member, kind, period, month, amount, whole, released) VALUES ('stripe', ?, ?, ?, ?, ?, ?, ?, ?)"
)

func (t *benchTill) write(f func(tx *gorm.DB) error) {
	t.Helper()
	if err := t.db.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (t *benchTill) count(sql string, args ...any) (n int) {
	t.Helper()
	if err := t.db.Read(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// atOnce does each of a turn, some at a time.
func atOnce(from int, do func(i int)) {
	next := make(chan int)
	var all sync.WaitGroup
	for range benchAtOnce {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := from; i < from+benchTurn; i++ {
		next <- i
	}
	close(next)
	all.Wait()
}

// settle delivers a turn's webhooks and waits for the last receipt.
func (t *benchTill) settle(from int) time.Duration {
	t.Helper()
	began := time.Now()
	atOnce(from, t.deliver)
	await(t, 5*time.Minute, "all webhooks to be settled", func() bool {
		return t.count("SELECT count(*) FROM dues_receipts WHERE payment NOT LIKE 'bare%'") == from+benchTurn
	})
	return time.Since(began)
}

func (t *benchTill) deliver(i int) {
	body := fmt.Sprintf(`{"id": "evt_%05d", "object": "event", "api_version": %q, "created": %d, "livemode": false, "type": "invoice.paid",
		"data": {"object": {"id": "in_%s", "object": "invoice"}}}`, i, stripe.APIVersion, time.Now().Unix(), benchMember(i))
	at := fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, []byte(benchSecret))
	_, _ = io.WriteString(mac, at+"."+body)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, t.site.URL+"/webhooks/stripe", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Stripe-Signature", "t="+at+",v1="+hex.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusNoContent {
		t.Errorf("delivered, and answered %d", res.StatusCode)
	}
}

// bareInserts writes rows like those of a turn's webhooks, and does nothing else.
func (t *benchTill) bareInserts(from int) time.Duration {
	t.Helper()
	today, at := calendar.On(time.Now()), time.Now().UTC()
	month := today.InMonth().String()
	began := time.Now()
	atOnce(from, func(i int) {
		m, ref := "bare"+benchMember(i), "bare"+benchMember(i)
		lines := []struct {
			sql  string
			args []any
		}{
			{`INSERT INTO dues_inbox (provider, event, kind, about_kind, about, at, received_at, state, tries, reason)
				VALUES ('stripe', ?, 'invoice.paid', 'payment', ?, ?, ?, 'done', 1, '')`, []any{"bare" + ref, ref, at, at}},
			{"INSERT INTO river_job (kind, args, max_attempts, state, finalized_at) VALUES ('bare', '{}', 25, 'completed', ?)", []any{at}},
			{partLine, []any{ref, m, "period", 2, month, benchPayment, benchPayment, true}},
			{factLine, []any{m, "settled", 2, today.String(), ref, at}},
			{postingLine, []any{"stripe:" + ref + ":dues:1", 1, billing.ClearingStripe, benchPayment}},
			{postingLine, []any{"stripe:" + ref + ":dues:1", 2, billing.IncomeDues, -benchPayment}},
			{entryLine, []any{"stripe:" + ref + ":dues:1", today.String(), month, "dues", "dues", m, ref, at}},
			{postingLine, []any{"stripe:" + ref + ":fee:2", 1, billing.PaymentFees, 35}},
			{postingLine, []any{"stripe:" + ref + ":fee:2", 2, billing.ClearingStripe, -35}},
			{entryLine, []any{"stripe:" + ref + ":fee:2", today.String(), month, "fee", "payment fee", m, ref, at}},
			{
				`INSERT INTO dues_receipts (year, n, member, provider, payment, amount, share, issued_on) VALUES (1, ?, ?, 'stripe', ?, ?, 0, ?)`,
				[]any{i + 1, m, ref, benchPayment, today.String()},
			},
			{
				`INSERT INTO dues_payments (provider, ref, member, attempt, method, state, amount, share, periods, fee, refunded, disputed, made_at, paid_at,
				charge_on, next_try, action, reason, payout, version, entries, booked, booked_fee, booked_disputed, booked_lost)
				VALUES ('stripe', ?, ?, '', ?, 'paid', ?, 0, 1, 35, 0, ?, ?, ?, ?, '', '', '', '', 1, 2, ?, 35, 0, 0)`,
				[]any{ref, m, "sub_" + ref, benchPayment, false, at, at, today.String(), benchPayment},
			},
		}
		err := t.db.Write(t.Context(), func(tx *gorm.DB) error {
			for _, l := range lines {
				if err := tx.Exec(l.sql, l.args...).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	return time.Since(began)
}

const (
	postingLine = "INSERT INTO postings (entry, line, account, amount) VALUES (?, ?, ?, ?)"
	entryLine   = "INSERT INTO entries (source_key, date, month, kind, words, member, document, lines, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, 2, ?)"
)

// sameRows makes sure that both wrote as many rows to each table.
func (t *benchTill) sameRows() {
	t.Helper()
	all := 0
	for table, bare := range map[string]string{
		"dues_inbox": "about LIKE 'bare%'", "dues_parts": "payment LIKE 'bare%'", "dues_facts": "payment LIKE 'bare%'", "dues_payments": "ref LIKE 'bare%'",
		"dues_receipts": "payment LIKE 'bare%'", "entries": "document LIKE 'bare%'", "postings": "entry LIKE 'stripe:bare%'", "river_job": "kind = 'bare'",
	} {
		theirs := t.count("SELECT count(*) FROM " + table + " WHERE " + bare)
		ours := t.count("SELECT count(*) FROM " + table + " WHERE NOT (" + bare + ")")
		ours -= benchHooks * map[string]int{"dues_parts": 1, "dues_facts": 2}[table] // those of before
		if ours != theirs || ours == 0 {
			t.Errorf("%s: %d rows of ours, %d bare ones", table, ours, theirs)
		}
		all += ours
	}
	if all != rowsOfAHook*benchHooks {
		t.Errorf("a webhook has %.2f rows", float64(all)/benchHooks)
	}
}

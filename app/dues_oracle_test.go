package main

import (
	"encoding/json"
	"strings"
	"testing"

	"folkmoot/billing"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
)

// oracle is what practice mode's own books say, read as they lie there and not through the adapters: every movement of money at the providers.
type oracle struct {
	*testing.T
	db        *database.DB
	moved     map[string]money.Pence               // by payment, fees aside: what it brought and what was taken back
	clearing  map[billing.ProviderName]money.Pence // what they hold and have not paid out, but for fees that only a payout tells
	disputed  money.Pence                          // held back while disputes are open
	paidOut   money.Pence                          // at our bank
	collected map[string][]string                  // by member and period: the Direct Debits that were taken and not taken back
	states    map[string]int                       // how many payments stand how
}

// judgeDues holds the books of a program that has ended against practice mode's.
func judgeDues(t *testing.T, db *database.DB) {
	t.Helper()
	o := &oracle{
		T: t, db: db, moved: map[string]money.Pence{}, clearing: map[billing.ProviderName]money.Pence{}, collected: map[string][]string{},
		states: map[string]int{},
	}
	o.readStripe()
	o.readGoCardless()
	t.Logf("practice mode has %v", o.states)
	if !o.anyMoved(billing.Stripe) || !o.anyMoved(billing.GoCardless) {
		t.Error("nobody paid by card, or nobody by Direct Debit: that was no chaos")
	}
	o.eachPaymentBookedOnce()
	o.accounts()
	o.entriesBalance()
	o.nobodyChargedTwice()
	o.receipts()
	o.nothingUntold()
}

// anyMoved reports whether any payment moved money, be it there and back again: what the bank's hands do to all of them is the dice's to say.
func (o *oracle) anyMoved(p billing.ProviderName) bool {
	for id := range o.moved {
		if strings.HasPrefix(id, string(p)+":") {
			return true
		}
	}
	return false
}

// objects reads all of a kind from practice mode's books, with what each belongs to.
func objects[T any](o *oracle, p billing.ProviderName, kind string, f func(about string, object T)) {
	o.Helper()
	var rows []struct{ About, Body string }
	o.ask(&rows, "SELECT about, body FROM practice_objects WHERE provider = ? AND kind = ?", p, kind)
	for _, r := range rows {
		var object T
		if err := json.Unmarshal([]byte(r.Body), &object); err != nil {
			o.Fatal(err)
		}
		f(r.About, object)
	}
}

func (o *oracle) ask(into any, sql string, args ...any) {
	o.Helper()
	if err := o.db.Read(o.Context()).Raw(sql, args...).Scan(into).Error; err != nil {
		o.Fatal(err)
	}
}

func (o *oracle) readStripe() {
	o.Helper()
	type object struct {
		ID, Charge, Invoice, Type, Source, Status string
		Amount, Fee                               int64
		Paid                                      bool
	}
	invoiceOf := map[string]string{} // of whatever money moves for
	objects(o, billing.Stripe, "charge", func(_ string, c object) { invoiceOf[c.ID] = c.Invoice })
	objects(o, billing.Stripe, "refund", func(_ string, r object) { invoiceOf[r.ID] = invoiceOf[r.Charge] })
	objects(o, billing.Stripe, "dispute", func(_ string, d object) {
		invoiceOf[d.ID] = invoiceOf[d.Charge]
		o.states["dispute "+d.Status]++
		if d.Status == "needs_response" {
			o.disputed += money.Pence(d.Amount)
		}
	})
	objects(o, billing.Stripe, "balance_transaction", func(about string, t object) {
		if invoice := invoiceOf[t.Source]; invoice != "" {
			o.moved["stripe:"+invoice] += money.Pence(t.Amount)
		}
		if about != "balance" {
			return
		}
		o.clearing[billing.Stripe] += money.Pence(t.Amount)
		if t.Type == "charge" {
			o.clearing[billing.Stripe] -= money.Pence(t.Fee) // the charge itself tells it
		}
	})
	objects(o, billing.Stripe, "payout", func(_ string, p object) {
		o.states["payout "+p.Status]++
		if p.Status == "paid" {
			o.paidOut += money.Pence(p.Amount)
		}
	})
	objects(o, billing.Stripe, "invoice", func(_ string, i object) { o.states[i.Status]++ })
}

func (o *oracle) readGoCardless() {
	o.Helper()
	objects(o, billing.GoCardless, "payouts", func(_ string, p struct{ Amount int64 }) {
		o.states["debit payout"]++
		o.paidOut += money.Pence(p.Amount)
	})
	objects(o, billing.GoCardless, "payout_items", func(about string, i struct {
		Type   string
		Tenths int64 `json:"_tenths"`
		Links  struct{ Payment string }
	},
	) {
		if i.Type == "gocardless_fee" {
			return // told by the payout, and not before
		}
		o.moved["gocardless:"+i.Links.Payment] += money.Pence(i.Tenths / 10)
		if about == "waiting" {
			o.clearing[billing.GoCardless] += money.Pence(i.Tenths / 10)
		}
	})
	asked := map[string]bool{}
	objects(o, billing.GoCardless, "payments", func(_ string, p struct {
		ID, Status string
		Metadata   struct{ Key string }
	},
	) {
		o.states[p.Status]++
		if asked[p.Metadata.Key] {
			o.Errorf("%s was asked for twice", p.Metadata.Key)
		}
		asked[p.Metadata.Key] = true
		if p.Status == "confirmed" || p.Status == "paid_out" {
			period := p.Metadata.Key[:strings.LastIndex(p.Metadata.Key, ":")] // without the number of the attempt
			o.collected[period] = append(o.collected[period], p.ID)
		}
	})
}

// eachPaymentBookedOnce holds every payment's postings against every movement of its money, both ways.
func (o *oracle) eachPaymentBookedOnce() {
	o.Helper()
	var rows []struct {
		ID     string
		Amount money.Pence
	}
	o.ask(&rows, `SELECT p.provider || ':' || p.ref AS id, CAST(coalesce(sum(l.amount), 0) AS BIGINT) AS amount
		FROM dues_payments p
		LEFT JOIN entries e ON e.document = p.ref AND e.kind NOT IN ('fee', 'payout')
		LEFT JOIN postings l ON l.entry = e.source_key AND l.account IN (?, ?)
		GROUP BY p.provider, p.ref`, billing.ClearingStripe, billing.ClearingGoCardless)
	booked := map[string]money.Pence{}
	for _, r := range rows {
		booked[r.ID] = r.Amount
		if r.Amount != o.moved[r.ID] {
			o.Errorf("payment %s brought %s, and %s is booked", r.ID, o.moved[r.ID], r.Amount)
		}
	}
	for id, amount := range o.moved {
		if _, there := booked[id]; !there {
			o.Errorf("payment %s of %s is not in the books at all", id, amount)
		}
	}
	var wrong []struct {
		Ref           string
		Booked, Parts money.Pence
	}
	o.ask(&wrong, `SELECT p.ref, p.booked, CAST(coalesce(sum(a.amount), 0) AS BIGINT) AS parts
		FROM dues_payments p LEFT JOIN dues_parts a ON a.provider = p.provider AND a.payment = p.ref
		GROUP BY p.provider, p.ref, p.booked HAVING coalesce(sum(a.amount), 0) <> p.booked`)
	for _, r := range wrong {
		o.Errorf("payment %s: %s is booked, and %s has a use", r.Ref, r.Booked, r.Parts)
	}
}

// accounts holds what stands on the accounts against what the providers hold and have paid out.
func (o *oracle) accounts() {
	o.Helper()
	var sums []struct {
		Account billing.LedgerAccount
		Amount  money.Pence
	}
	o.ask(&sums, "SELECT account, CAST(sum(amount) AS BIGINT) AS amount FROM postings GROUP BY account")
	books := map[billing.LedgerAccount]money.Pence{}
	for _, s := range sums {
		books[s.Account] = s.Amount
	}
	for account, want := range map[billing.LedgerAccount]money.Pence{
		billing.ClearingStripe: o.clearing[billing.Stripe], billing.ClearingGoCardless: o.clearing[billing.GoCardless],
		billing.DisputedStripe: o.disputed, billing.Bank: o.paidOut, billing.Suspense: 0,
	} {
		if books[account] != want {
			o.Errorf("%s: the books say %s, practice mode says %s", account, books[account], want)
		}
	}
}

func (o *oracle) entriesBalance() {
	o.Helper()
	var crooked []string
	o.ask(&crooked, "SELECT entry FROM postings GROUP BY entry HAVING sum(amount) <> 0")
	var torn []string
	o.ask(&torn, "SELECT source_key FROM entries e WHERE lines <> (SELECT count(*) FROM postings p WHERE p.entry = e.source_key)")
	if len(crooked)+len(torn) > 0 {
		o.Errorf("entries that do not balance: %v; that lack postings: %v", crooked, torn)
	}
}

// nobodyChargedTwice looks at what was taken from people, and at what it was taken for.
func (o *oracle) nobodyChargedTwice() {
	o.Helper()
	for whose, payments := range o.collected {
		if len(payments) > 1 {
			o.Errorf("%s was taken %d times", whose, len(payments))
		}
	}
	var twice []struct {
		Member string
		Kind   string
		Period int
		Times  int
	}
	o.ask(&twice, `SELECT member, kind, period, count(*) AS times FROM dues_parts WHERE amount > 0 AND kind IN ('period', 'share')
		GROUP BY member, kind, period HAVING count(*) > 1`)
	for _, r := range twice {
		o.Errorf("%s paid %d times for %s %d", r.Member, r.Times, r.Kind, r.Period)
	}
}

// receipts are numbered without gaps, one for each payment that came in.
func (o *oracle) receipts() {
	o.Helper()
	var rows []struct {
		Year, N       int
		Provider, Ref string
	}
	o.ask(&rows, "SELECT year, n, provider, payment AS ref FROM dues_receipts ORDER BY year, n")
	thanked := map[string]int{}
	last := map[int]int{}
	for _, r := range rows {
		if last[r.Year]++; r.N != last[r.Year] {
			o.Errorf("receipt %d-%d, want number %d", r.Year, r.N, last[r.Year])
		}
		id := r.Provider + ":" + r.Ref
		if thanked[id]++; thanked[id] > 1 {
			o.Errorf("payment %s was thanked for twice", id)
		}
		if _, there := o.moved[id]; !there {
			o.Errorf("receipt %d-%d is for payment %s, which never came", r.Year, r.N, id)
		}
	}
	for id, amount := range o.moved {
		if amount > 0 && thanked[id] == 0 {
			o.Errorf("payment %s of %s has no receipt", id, amount)
		}
	}
	o.Logf("%d receipts for %d payments that moved money", len(rows), len(o.moved))
}

// nothingUntold: each event was told, kept once and done.
func (o *oracle) nothingUntold() {
	o.Helper()
	var rows []struct{ Provider, Event, State, Reason string }
	o.ask(&rows, `SELECT p.provider, p.id AS event, coalesce(i.state, 'lost') AS state, coalesce(i.reason, '') AS reason
		FROM practice_events p LEFT JOIN dues_inbox i ON i.provider = p.provider AND i.event = p.id
		WHERE i.state IS NULL OR i.state <> 'done'`)
	for _, r := range rows {
		o.Errorf("event %s of %s is %s: %s", r.Event, r.Provider, r.State, r.Reason)
	}
	var given []struct{ Kind, Args string }
	o.ask(&given, "SELECT kind, CAST(args AS TEXT) AS args FROM river_job WHERE state = 'discarded' AND max_attempts > 1")
	for _, r := range given {
		o.Errorf("the job %s %s was given up", r.Kind, r.Args)
	}
	var refunds []struct{ ID, Reason string }
	o.ask(&refunds, "SELECT id, state AS reason FROM dues_refunds WHERE state = 'ordered'")
	for _, r := range refunds {
		o.Errorf("%s is %s still", r.ID, r.Reason)
	}
}

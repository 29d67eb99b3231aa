package billing

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

const (
	stormMonths = 24
	mostRounds  = 5 // the dice may have nobody pay by one of the ways for two years: then the storm goes on
)

// TestAnyStormEndsWithTheBooksAsTheProvidersHaveThem lets everything happen for two years, with events dropped, doubled, late and out of
// order, lines that break before and after the deed, and then looks through what was missed.
func TestAnyStormEndsWithTheBooksAsTheProvidersHaveThem(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		seed := rand.Uint64() //nolint:gosec // dice
		if said := os.Getenv("FOLKMOOT_STORM_SEED"); said != "" {
			if _, err := fmt.Sscan(said, &seed); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("FOLKMOOT_STORM_SEED=%d", seed)
		w := &storm{society: found(t, db, "2026-01-31"), rand: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test's dice
		for w.blow(); !w.stormy() && w.rounds < mostRounds; w.blow() {
			w.rounds++
		}
		w.calm()
		w.check()
	})
}

type storm struct {
	*society
	rand   *rand.Rand
	late   []Event // delivered some other day
	rounds int     // that it went on
}

var crowd = []member.ID{"ann", "bob", "cat", "dan", "eve"}

func (w *storm) chance(percent int) bool { return w.rand.IntN(100) < percent }

func (w *storm) one() member.ID { return crowd[w.rand.IntN(len(crowd))] }

func (w *storm) blow() {
	for range stormMonths * 31 {
		w.later(1)
		w.card.day(w.chance)
		w.bank.day(w.chance)
		if w.chance(10) {
			w.act()
		}
		if w.today().Day%7 == 0 {
			w.card.payOut()
			w.bank.payOut()
			if out := w.card.lastPayout(); out != "" && w.chance(10) {
				w.card.bounce(out)
			}
		}
		if w.chance(30) {
			w.card.busy, w.bank.busy = w.rand.IntN(2), w.rand.IntN(2)
			w.card.lose, w.bank.lose = w.rand.IntN(2), w.rand.IntN(2)
		}
		w.post(w.card)
		w.post(w.bank)
		if w.chance(60) {
			_, err := w.dues.Plan(w.ctx, w.today())
			w.must(err)
		}
		if w.today().Day == 1 {
			_, err := w.dues.Release(w.ctx, w.today().InMonth())
			w.must(err)
		}
		if w.chance(70) {
			w.work()
		}
		w.never()
	}
}

// act has one member do something, or a treasurer for them. What the rules refuse is refused.
func (w *storm) act() {
	m := w.one()
	name := []ProviderName{Stripe, GoCardless}[w.rand.IntN(2)]
	terms := Terms{[]money.Pence{300, 1000, 2500}[w.rand.IntN(3)], Monthly}
	if w.chance(25) {
		terms.Interval = Annual
	}
	switch w.rand.IntN(6) {
	case 0, 1, 2:
		url, err := w.dues.Begin(w.ctx, m, name, terms, Payer{})
		if err == nil {
			id := url[len("https://till.invalid/"):]
			w.till(name).authorise(id)
			if w.chance(70) {
				_ = w.dues.Returned(w.ctx, name, id)
			}
		}
	case 3:
		_ = w.dues.Change(w.ctx, m, terms)
	case 4:
		if pays := w.till(name).of(m); len(pays) > 0 {
			p := pays[w.rand.IntN(len(pays))]
			_ = w.dues.RefundPayment(w.ctx, paymentID(name, p.Ref), m, 1+p.Amount/money.Pence(1+w.rand.IntN(3))-1, By{"acc", member.Treasurer}, "asked")
		}
	case 5:
		_ = w.dues.Waive(w.ctx, m, 1+w.rand.IntN(stormMonths), "acc", "asked")
	}
}

// day lets time pass at a provider.
func (t *till) day(chance func(int) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range len(t.methods) {
		a := t.methods[fmt.Sprintf("m%d", i+1)]
		switch {
		case a.State == MethodPending && chance(50):
			a.State = MethodActive
			t.tell("method.active", Ref{RefMethod, a.Ref})
		case a.State != MethodEnded && chance(1) && chance(30):
			t.end(a.Ref) // at the bank
		case t.self:
			t.invoice(a, chance(80))
		}
	}
	for _, p := range t.inOrder() {
		before := *p
		switch {
		case p.State == PaymentPending && !t.self && !p.ChargeOn.After(calendar.On(t.now())) && chance(60):
			p.State = PaymentSubmitted
		case p.State == PaymentSubmitted && chance(50):
			p.State = PaymentPaid
			if chance(10) {
				p.State, p.Reason = PaymentFailed, "insufficient_funds"
			}
		case p.State == PaymentFailed && !p.NextTry.IsZero() && chance(20):
			if p.NextTry = (calendar.Date{}); chance(70) {
				p.State = PaymentPaid
			}
		case p.State == PaymentPaid && (p.Refunded == 0 || !t.self) && chance(1) && chance(40):
			if t.self && !p.Disputed {
				p.Disputed = true
			} else {
				p.State, p.Disputed = PaymentReversed, false
			}
		case p.Disputed && chance(10):
			p.Disputed = false
			if chance(50) {
				p.State = PaymentReversed
			}
		case p.State == PaymentReversed && chance(1):
			p.State = PaymentPaid // a charge-back that was cancelled
		}
		if *p != before {
			if p.State == PaymentPaid && before.State != PaymentPaid {
				t.paid(p)
			} else {
				t.tell("payment.changed", Ref{RefPayment, p.Ref})
			}
		}
	}
}

// post delivers events as the world does: some never, some twice, some another day, in any order.
func (w *storm) post(t *till) {
	t.mu.Lock()
	told := t.events
	t.events = nil
	t.mu.Unlock()
	var now []Event
	for _, e := range told {
		switch {
		case w.chance(10): // lost
		case w.chance(15):
			e.Kind += "@" + string(t.name)
			w.late = append(w.late, e)
		default:
			now = append(now, e)
			if w.chance(20) {
				now = append(now, e)
			}
		}
	}
	for i, e := range w.late {
		if w.chance(10) && e.Kind[len(e.Kind)-len(t.name):] == string(t.name) {
			now = append(now, e)
			w.late[i].ID += "'" // a replay under another number
		}
	}
	w.rand.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
	if len(now) > 0 {
		_, err := w.deliver(t.name, now...)
		w.must(err)
	}
}

// never is what must not be at any moment.
func (w *storm) never() {
	for _, t := range []*till{w.card, w.bank} {
		t.mu.Lock()
		keys := map[string]int{}
		for _, p := range t.payments {
			if keys[p.Key]++; p.Key != "" && keys[p.Key] > 1 {
				w.Errorf("asked twice: %s", p.Key)
			}
		}
		t.mu.Unlock()
	}
	if w.today().Day%7 == 0 {
		w.overlooked()
	}
}

// overlooked holds the treasurer's list of arrears against what each member's history says.
func (w *storm) overlooked() {
	listed := map[member.ID]bool{}
	for _, a := range w.exceptions().Arrears.First {
		listed[a.Member] = true
	}
	for _, m := range crowd {
		if owes := w.standing(m).State == member.Arrears; owes != listed[m] {
			w.Errorf("on %s %s is in arrears: %v, listed: %v", w.today(), m, owes, listed[m])
		}
	}
}

// calm ends the storm: nothing is refused any more, and the nightly look finds what was missed.
func (w *storm) calm() {
	for _, t := range []*till{w.card, w.bank} {
		t.busy, t.lose = 0, 0
	}
	for range 3 {
		w.work()
		w.must(w.dues.Reconcile(w.ctx, w.clock.AddDate(-9, 0, 0)))
	}
	w.work()
	_, err := w.dues.Release(w.ctx, w.today().InMonth())
	w.must(err)
}

func (w *storm) check() {
	w.Helper()
	w.enough()
	books := w.balances()
	if got, want := books[ClearingStripe]+books[DisputedStripe], w.card.holds(); got != want {
		w.Errorf("Stripe holds %s, the books say %s", want, got)
	}
	if got, want := books[ClearingGoCardless], w.bank.holds(); got != want {
		w.Errorf("GoCardless holds %s, the books say %s", want, got)
	}
	var paidOut money.Pence
	for _, t := range []*till{w.card, w.bank} {
		for _, out := range t.payouts {
			if out.State == PayoutPaid {
				paidOut += out.Amount
			}
		}
	}
	if books[Bank] != paidOut {
		w.Errorf("the bank has %s, the books say %s", paidOut, books[Bank])
	}
	for _, m := range crowd {
		w.checkMember(m)
	}
	var receipts []receiptRow
	w.must(w.db.Read(w.ctx).Order("year, n").Find(&receipts).Error)
	for i, r := range receipts {
		want := 1
		if i > 0 && receipts[i-1].Year == r.Year {
			want = receipts[i-1].N + 1
		}
		if r.N != want {
			w.Errorf("receipt %d/%d, want number %d", r.Year, r.N, want)
		}
	}
}

// states are how many payments came to what.
func (w *storm) states() map[PaymentState]int {
	states := map[PaymentState]int{}
	for _, t := range []*till{w.card, w.bank} {
		for _, p := range t.payments {
			if states[p.State]++; p.Refunded > 0 {
				states["refunded"]++
			}
		}
	}
	return states
}

// stormy reports whether enough has happened, by both ways.
func (w *storm) stormy() bool {
	states, taken := w.states(), len(w.card.payments)+len(w.bank.payments)
	return min(len(w.card.payments), len(w.bank.payments)) > 0 && taken >= 15 && states["refunded"]+states[PaymentReversed] > 0
}

// enough makes sure that it was a storm.
func (w *storm) enough() {
	if !w.stormy() {
		w.Errorf("hardly a storm: %v", w.states())
	}
}

// checkMember holds what a member paid against what their money is for.
func (w *storm) checkMember(m member.ID) {
	var paid money.Pence
	for _, t := range []*till{w.card, w.bank} {
		for _, p := range t.of(m) {
			if p.State == PaymentPaid {
				paid += p.Amount - p.Refunded
			}
		}
	}
	var parts []partRow
	w.must(w.db.Read(w.ctx).Where("member = ? AND amount > 0", m).Find(&parts).Error)
	h, err := historyOf(w.db.Read(w.ctx), m)
	w.must(err)
	p := h.on(w.today())
	var kept money.Pence
	periods, shares := map[int]int{}, 0
	for _, part := range parts {
		kept += part.Amount
		switch part.Kind {
		case partPeriod:
			if periods[part.Period]++; periods[part.Period] > 1 || !p.closed[part.Period] {
				w.Errorf("%s: period %d is paid %d times, settled %v", m, part.Period, periods[part.Period], p.closed[part.Period])
			}
			if begun := !w.today().InMonth().Before(monthOf(part.Month)); part.Released != begun {
				w.Errorf("%s: the dues of %s are released: %v", m, part.Month, part.Released)
			}
		case partShare:
			shares++
		case partUnmatched:
			w.Errorf("%s: %s is nobody's", m, part.Amount)
		default:
		}
	}
	if kept != paid || shares > 1 {
		w.Errorf("%s paid %s, which is for %s in all, with %d shares", m, paid, kept, shares)
	}
	for n, closed := range p.closed {
		waived := false
		for _, f := range h.facts {
			waived = waived || f.kind == factWaived && f.period == n
		}
		if closed && !waived && periods[n] == 0 {
			w.Errorf("%s: period %d is settled by nothing", m, n)
		}
	}
}

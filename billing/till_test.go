package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// till is a provider that lives in memory and behaves as one does: keys ask once, states move on by themselves, events tell of it. What it
// holds is the truth that the books are held against.
type till struct {
	mu       sync.Mutex
	name     ProviderName
	self     bool // collects by itself, as with a subscription
	now      func() time.Time
	flows    map[string]*Flow
	setups   map[string]Setup
	methods  map[string]*authority
	payments map[string]*Payment
	keys     map[string]string // what each key made
	payouts  map[string]*Payout
	back     []PayoutItem // payouts that came back, for the next one
	refunds  int
	changes  []Ref
	events   []Event
	busy     int // so many questions are refused
	lose     int // so many answers are lost after the deed

	refuse func() error // asked at each question, if set
}

type authority struct {
	Method
	terms Terms
	share money.Pence
	next  calendar.Date // of the next invoice
}

func newTill(name ProviderName, self bool, now func() time.Time) *till {
	return &till{
		name: name, self: self, now: now, flows: map[string]*Flow{}, setups: map[string]Setup{}, methods: map[string]*authority{},
		payments: map[string]*Payment{}, keys: map[string]string{}, payouts: map[string]*Payout{},
	}
}

var errLine = errors.New("the line broke")

func (t *till) asked() error {
	if t.refuse != nil {
		if err := t.refuse(); err != nil {
			return err
		}
	}
	if t.busy > 0 {
		t.busy--
		return &BusyError{Cause: errLine}
	}
	return nil
}

func (t *till) answered() error {
	if t.lose > 0 {
		t.lose--
		return &BusyError{Cause: errLine}
	}
	return nil
}

func (t *till) tell(kind string, about Ref) {
	t.changes = append(t.changes, about)
	t.events = append(t.events, Event{ID: fmt.Sprintf("ev%d", len(t.changes)), Kind: kind, At: t.now(), About: about})
}

func (t *till) Name() ProviderName   { return t.name }
func (t *till) CollectsItself() bool { return t.self }

func (t *till) Begin(_ context.Context, s Setup) (Flow, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return Flow{}, err
	}
	id, ok := t.keys[s.Key]
	if !ok {
		id = fmt.Sprintf("flow%d", len(t.flows)+1)
		t.keys[s.Key], t.setups[id] = id, s
		t.flows[id] = &Flow{ID: id, URL: "https://till.invalid/" + id, State: FlowOpen, Member: s.Member}
	}
	return *t.flows[id], t.answered()
}

func (t *till) Flow(_ context.Context, id string) (Flow, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.flows[id]; ok {
		return *f, t.asked()
	}
	return Flow{}, ErrNotFound
}

// authorise is the person on the page.
func (t *till) authorise(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, s := t.flows[id], t.setups[id]
	if f.State != FlowOpen {
		return
	}
	if s.Terms.Amount == 0 {
		p := t.pay(&Payment{Member: s.Member, Amount: s.Share, Share: s.Share})
		t.paid(p)
		f.State, f.Payment, f.URL = FlowDone, p.Ref, ""
		t.tell("flow.done", Ref{RefFlow, id})
		return
	}
	ref := fmt.Sprintf("m%d", len(t.methods)+1)
	a := &authority{Method: Method{Ref: ref, State: MethodPending, Member: s.Member, Description: "account ending 11"}, terms: s.Terms, share: s.Share, next: s.First}
	t.methods[ref] = a
	f.State, f.Method, f.URL = FlowDone, ref, ""
	if t.self {
		a.State = MethodActive
		if today := calendar.On(t.now()); a.next.Before(today) || a.next.IsZero() {
			a.next = today
		}
		t.invoice(a, true)
	}
	t.tell("flow.done", Ref{RefFlow, id})
	t.tell("method.made", Ref{RefMethod, ref})
}

// invoice collects for a subscription what is due by today.
func (t *till) invoice(a *authority, pays bool) {
	today := calendar.On(t.now())
	if a.State == MethodEnded || a.next.After(today) {
		return
	}
	to := monthsOn(a.next, a.terms.periods())
	p := t.pay(&Payment{
		Member: a.Member, Method: a.Ref, Amount: a.terms.Price() + a.share, Share: a.share, Covers: [2]calendar.Date{a.next, to}, State: PaymentFailed,
		NextTry: today.AddDays(3), Reason: "card_declined",
	})
	a.share, a.next = 0, to
	if pays {
		t.paid(p)
	}
}

func (t *till) pay(p *Payment) *Payment {
	p.Provider, p.Ref, p.Made = t.name, fmt.Sprintf("p%d", len(t.payments)+1), t.now()
	t.payments[p.Ref] = p
	t.tell("payment.made", Ref{RefPayment, p.Ref})
	return p
}

func (t *till) paid(p *Payment) {
	p.State, p.NextTry, p.Reason = PaymentPaid, calendar.Date{}, ""
	if p.PaidAt.IsZero() {
		p.PaidAt = t.now()
		if t.self {
			fee := 20 + p.Amount*3/200
			p.Fee = &fee
		}
	}
	t.tell("payment.paid", Ref{RefPayment, p.Ref})
}

func (t *till) Method(_ context.Context, ref string) (Method, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a, ok := t.methods[ref]; ok {
		m := a.Method
		m.PaidTo = a.next
		return m, t.asked()
	}
	return Method{}, ErrNotFound
}

func (t *till) End(_ context.Context, ref string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return err
	}
	t.end(ref)
	return t.answered()
}

func (t *till) end(ref string) {
	if a := t.methods[ref]; a.State != MethodEnded {
		a.State = MethodEnded
		t.tell("method.ended", Ref{RefMethod, ref})
		for _, p := range t.inOrder() {
			if p.Method == ref && p.State == PaymentPending {
				p.State = PaymentCancelled
				t.tell("payment.cancelled", Ref{RefPayment, p.Ref})
			}
			if p.Method == ref && p.State == PaymentFailed {
				p.NextTry = calendar.Date{}
				t.tell("payment.failed", Ref{RefPayment, p.Ref})
			}
		}
	}
}

func (t *till) inOrder() []*Payment {
	var all []*Payment
	for i := range len(t.payments) {
		all = append(all, t.payments[fmt.Sprintf("p%d", i+1)])
	}
	return all
}

func (t *till) Change(_ context.Context, ref string, terms Terms, _ string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return err
	}
	if t.methods[ref].State == MethodEnded {
		return ErrRefused
	}
	t.methods[ref].terms = terms
	return t.answered()
}

func (t *till) Collect(_ context.Context, c Collection) (Payment, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return Payment{}, err
	}
	ref, ok := t.keys[c.Key]
	if !ok {
		a, ok := t.methods[c.Method]
		if !ok || a.State == MethodEnded {
			return Payment{}, ErrRefused
		}
		ref = t.pay(&Payment{Key: c.Key, Member: c.Member, Method: c.Method, Amount: c.Amount, State: PaymentPending, ChargeOn: c.On}).Ref
		t.keys[c.Key] = ref
	}
	return *t.payments[ref], t.answered()
}

func (t *till) Payment(_ context.Context, ref string) (Payment, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.payments[ref]; ok {
		return *p, t.asked()
	}
	return Payment{}, ErrNotFound
}

func (t *till) Cancel(_ context.Context, ref string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return err
	}
	p := t.payments[ref]
	open := t.self && p.State.underWay(!p.NextTry.IsZero()) // an invoice that can be made void
	if p.State != PaymentPending && !open {
		return ErrTooLate
	}
	p.State, p.NextTry = PaymentCancelled, calendar.Date{}
	t.tell("payment.cancelled", Ref{RefPayment, ref})
	return t.answered()
}

func (t *till) Refund(_ context.Context, r RefundOrder) (Refund, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.asked(); err != nil {
		return Refund{}, err
	}
	if _, ok := t.keys[r.Key]; !ok {
		p := t.payments[r.Payment]
		if p.State != PaymentPaid || p.Refunded+r.Amount > p.Amount || p.Refunded+r.Amount != r.Total {
			return Refund{}, ErrRefused
		}
		t.refunds++
		t.keys[r.Key] = fmt.Sprintf("r%d", t.refunds)
		p.Refunded += r.Amount
		t.tell("payment.refunded", Ref{RefPayment, r.Payment})
	}
	return Refund{Ref: t.keys[r.Key], Payment: r.Payment, Amount: r.Amount, State: RefundPaid}, t.answered()
}

func (t *till) Payout(_ context.Context, ref string) (Payout, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.payouts[ref]; ok {
		return *p, t.asked()
	}
	return Payout{}, ErrNotFound
}

// happens changes the first payment, and tells of it.
func (t *till) happens(change func(*Payment)) {
	const first = "p1"
	t.mu.Lock()
	defer t.mu.Unlock()
	change(t.payments[first])
	t.tell("payment.changed", Ref{RefPayment, first})
}

// lastPayout is the latest that stands; "" if there is none.
func (t *till) lastPayout() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ref := fmt.Sprintf("po%d", len(t.payouts))
	if out, ok := t.payouts[ref]; ok && out.State == PayoutPaid {
		return ref
	}
	return ""
}

// bounce has the society's bank send a payout back.
func (t *till) bounce(ref string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.payouts[ref].State = PayoutFailed
	t.back = append(t.back, PayoutItem{ItemReturned, "", t.payouts[ref].Amount})
	t.tell("payout.failed", Ref{RefPayout, ref})
}

// payOut brings to the bank what was paid since the last time, less fees.
func (t *till) payOut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := &Payout{Provider: t.name, Ref: fmt.Sprintf("po%d", len(t.payouts)+1), Arrives: calendar.On(t.now()), State: PayoutPaid, Words: "TILL"}
	for _, i := range t.back {
		out.Items, out.Amount = append(out.Items, i), out.Amount+i.Amount
	}
	t.back = nil
	for _, p := range t.inOrder() {
		if p.State == PaymentPaid && p.Payout == "" && p.Refunded == 0 {
			p.Payout = out.Ref
			fee := 20 + p.Amount/100
			if p.Fee != nil {
				fee = *p.Fee
			}
			p.Fee = nil
			if t.self {
				p.Fee = &fee
			}
			out.Items = append(out.Items, PayoutItem{ItemPayment, p.Ref, p.Amount}, PayoutItem{ItemFee, p.Ref, -fee})
			out.Amount += p.Amount - fee
		}
	}
	if len(out.Items) > 0 {
		t.payouts[out.Ref] = out
		t.tell("payout.paid", Ref{RefPayout, out.Ref})
	}
}

func (t *till) Open(header http.Header, body []byte, _ time.Time) ([]Event, error) {
	if header.Get("Signature") != "good" {
		return nil, ErrSignature
	}
	var events []Event
	return events, json.Unmarshal(body, &events)
}

func (t *till) Changed(_ context.Context, _ time.Time, page string) ([]Ref, string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 7
	from := 0
	if page != "" {
		if _, err := fmt.Sscan(page, &from); err != nil {
			return nil, "", err
		}
	}
	to := min(from+most, len(t.changes))
	next := ""
	if to < len(t.changes) {
		next = fmt.Sprint(to)
	}
	return slices.Clone(t.changes[from:to]), next, t.asked()
}

// holds is what the provider owes the society: what was paid and not given back, less fees and what went to the bank.
func (t *till) holds() (held money.Pence) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.payments {
		switch {
		case p.State == PaymentPaid:
			held += p.Amount - p.Refunded
		case p.State == PaymentReversed && !t.self:
			held -= p.Refunded // the payer has it twice
		}
		if p.Fee != nil {
			held -= *p.Fee
		}
	}
	for _, out := range t.payouts {
		if out.State != PayoutFailed {
			held -= out.Amount
		}
		for _, i := range out.Items {
			if i.Kind == ItemFee && !t.self {
				held += i.Amount
			}
		}
	}
	return held
}

// of are a member's payments that the provider has as paid.
func (t *till) of(m member.ID) (all []Payment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.inOrder() {
		if p.Member == m {
			all = append(all, *p)
		}
	}
	return all
}

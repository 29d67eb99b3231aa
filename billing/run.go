package billing

import (
	"fmt"
	"slices"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

const (
	// leadDays is how many working days ahead payments are planned: a new mandate's first Direct Debit takes six.
	leadDays = 6
	// retryDays is how long after a failure a period is collected for again.
	retryDays = 7
)

// account is what planning knows of one member.
type account struct {
	member    member.ID
	history   history
	methods   []methodRow        // that have not ended
	attempts  []attemptRow       // of the last months
	flying    int                // payments under way that a provider made by itself
	shareDone bool               // paid for, now or ever
	stopped   map[PaymentID]bool // money of theirs that goes back, or was stopped on its way
	sent      []noticeRow
}

func (a account) wanted() (methodRow, bool) {
	for _, m := range a.methods {
		if m.Wanted {
			return m, true
		}
	}
	return methodRow{}, false
}

// inFlight are the periods that money is on its way for: those of live attempts, and as many again as there are payments under way that
// the provider made by itself.
func (a account) inFlight(p position) map[int]bool {
	flying := map[int]bool{}
	for _, at := range a.attempts {
		for n := at.Period; at.Live && n < at.Period+at.Periods; n++ {
			flying[n] = true
		}
	}
	for range a.flying {
		if p.joined.IsZero() {
			break
		}
		flying[p.firstFree(flying)] = true
	}
	return flying
}

// collectable reports whether payments may be asked for under a method. One that replaces a subscription waits until it works and that has
// ended, or both would collect for the same period.
func (a account) collectable(method methodRow) bool {
	if method.State != MethodActive && method.State != MethodPending {
		return false
	}
	for _, other := range a.methods {
		if !other.Wanted && other.Provider != method.Provider {
			return false
		}
	}
	return true
}

// attempt is the next payment to ask for on a day; nil if none is due within leadDays. One is under way at a time.
func (a account) attempt(on calendar.Date) *attemptRow {
	method, ok := a.wanted()
	if !ok || !a.collectable(method) || slices.ContainsFunc(a.attempts, func(at attemptRow) bool { return at.Live }) {
		return nil
	}
	next := a.next(on)
	if next == nil || periodOf(a.history.on(on).joined, next.Period).Starts.After(on.AddWorkingDays(leadDays)) {
		return nil
	}
	return next
}

// next is the payment to ask for after those that are under way, however far off it is; nil if nothing is to be asked for.
func (a account) next(on calendar.Date) *attemptRow {
	method, p := a.asked(on)
	if method == nil {
		return nil
	}
	flying := a.inFlight(p)
	for n := 1; ; n++ {
		switch {
		case p.price(n) == 0 && !p.closed[n] && periodOf(p.joined, n).Starts.After(on):
			return nil // they chose to pay nothing
		case !p.open(n) || flying[n] || on.After(p.askedUntil(n)):
			continue
		}
		if next, again := a.tries(n); again {
			return a.ask(p, *method, n, next)
		}
	}
}

// asked is the method by which payments are asked for, if there is one that can be charged.
func (a account) asked(on calendar.Date) (*methodRow, position) {
	method, ok := a.wanted()
	p := a.history.on(on)
	if !ok || method.State != MethodActive && method.State != MethodPending || p.joined.IsZero() || p.lapsed || !p.left.IsZero() {
		return nil, p
	}
	return &method, p
}

// tries is the number that another attempt for a period would have, and whether there may be one: nobody is charged again by itself for
// what they had taken back, or stopped.
func (a account) tries(period int) (next int, again bool) {
	next, failed, done := 1, 0, false
	for _, at := range a.attempts {
		if period < at.Period || period >= at.Period+at.Periods {
			continue
		}
		done = done || at.State == attemptPaid || at.State == attemptCancelled && a.stopped[paymentID(at.Provider, at.Payment)]
		if at.Period != period {
			continue // of a year that began before
		}
		next = max(next, at.Attempt+1)
		if at.State == attemptFailed {
			failed++
		}
	}
	return next, !done && failed < mostAttempts
}

// charge is what will be collected next: what a provider was asked for or tries again, or else what is planned (nil: nothing). share
// reports whether the share is in something that comes.
func (a account) charge(payments []StatementLine, planned *attemptRow) (next *Charge, share bool) {
	if planned != nil {
		next, share = &Charge{On: dayOf(planned.ChargeOn), Amount: planned.Amount}, planned.Share > 0
	}
	asked := map[PaymentID]attemptRow{}
	for _, at := range a.attempts {
		if !at.Live {
			continue
		}
		asked[paymentID(at.Provider, at.Payment)] = at
		next = &Charge{On: dayOf(at.ChargeOn), Amount: at.Amount, Asked: at.State != attemptPlanned, Again: a.failedBefore(at)}
		share = share || at.Share > 0
	}
	for _, pay := range payments {
		if !pay.State.underWay(!pay.NextTry.IsZero()) {
			continue
		}
		share = share || pay.Share > 0
		if pay.State == PaymentFailed {
			next = &Charge{On: pay.NextTry, Amount: pay.Amount, Again: true}
		} else if _, ours := asked[pay.ID]; !ours && pay.Amount > pay.Share {
			next = &Charge{Amount: pay.Amount, Asked: true}
		}
		if next != nil && (pay.State == PaymentAction || pay.Action != "") {
			next.Approve = true
		}
	}
	return next, share
}

func (a account) failedBefore(at attemptRow) bool {
	return slices.ContainsFunc(a.attempts, func(o attemptRow) bool { return o.Period == at.Period && o.State == attemptFailed && o.ID != at.ID })
}

// lateDays are how long a provider that collects by itself may take to tell of it.
const lateDays = 2

// onItsWay reports whether all that is owed is being collected, or will be asked for before anything else, without a word from its owner. own is
// the day for which a provider that collects by itself does so next; zero where none does.
func (a account) onItsWay(payments []StatementLine, on calendar.Date, collectsItself bool, own calendar.Date) bool {
	method, p := a.asked(on)
	if slices.ContainsFunc(payments, func(pay StatementLine) bool { return pay.State == PaymentAction }) {
		return false
	}
	flying := a.inFlight(p)
	arrears, grace := p.owed()
	for _, n := range append(arrears, grace...) {
		_, again := a.tries(n)
		if collectsItself {
			again = !own.IsZero() && !periodOf(p.joined, n).Starts.Before(own) && !on.After(own.AddDays(lateDays))
		}
		if !flying[n] && (method == nil || !again) {
			return false
		}
	}
	return len(arrears)+len(grace) > 0 && !p.lapsed && p.left.IsZero()
}

func (a account) ask(p position, method methodRow, n, attempt int) *attemptRow {
	t := p.terms(n)
	row := &attemptRow{
		ID: attemptID(a.member, n, attempt), Member: a.member, Period: n, Periods: t.periods(), Attempt: attempt,
		Provider: method.Provider, Method: method.Ref, Amount: t.Price(), State: attemptPlanned, Live: true,
	}
	if !a.shareDone {
		row.Share = member.ShareNominal
		row.Amount += row.Share
	}
	switch starts := periodOf(p.joined, n).Starts; {
	case attempt > 1:
		row.ChargeOn = written(p.on.AddDays(retryDays))
	case starts.After(p.on):
		row.ChargeOn = written(starts)
	}
	return row
}

// notice is the reminder that is due on a day; nil if none is.
func (a account) notice(on calendar.Date) *noticeRow {
	p := a.history.on(on)
	if s := p.state(); s != member.Grace && s != member.Arrears {
		return nil
	}
	since := a.history.unpaidSince(on)
	sent := 0
	for _, n := range a.sent {
		if !dayOf(n.Since).Before(since) {
			sent++
		}
	}
	n := p.noticeDue(since, sent, len(a.inFlight(p)) > 0)
	if n == 0 {
		return nil
	}
	return &noticeRow{Member: a.member, Since: written(since), N: n}
}

// Planned is what a run did.
type Planned struct {
	Members, Attempts, Notices, Credits int
	Amount                              money.Pence
}

func (p *Planned) add(o Planned) {
	p.Members += o.Members
	p.Attempts += o.Attempts
	p.Notices += o.Notices
	p.Credits += o.Credits
	p.Amount += o.Amount
}

// String is for the log: it names nobody.
func (p Planned) String() string {
	return fmt.Sprintf("%d members: %d payments of %s to ask for, %d notices, %d periods from credit", p.Members, p.Attempts, p.Amount, p.Notices, p.Credits)
}

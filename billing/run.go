package billing

import (
	"fmt"

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
	methods   []methodRow  // that have not ended
	attempts  []attemptRow // of the last months
	flying    int          // payments under way that a provider made by itself
	shareDone bool         // paid for, now or ever
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

// inFlight are the periods that money is on its way for.
func (a account) inFlight(p position) map[int]bool {
	flying := map[int]bool{}
	for _, at := range a.attempts {
		for n := at.Period; at.Live && n < at.Period+at.Periods; n++ {
			flying[n] = true
		}
	}
	for range a.flying {
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
	p := a.history.on(on)
	if !ok || !a.collectable(method) || p.joined.IsZero() || p.lapsed || !p.left.IsZero() {
		return nil
	}
	flying := a.inFlight(p)
	for _, at := range a.attempts {
		if at.Live {
			return nil
		}
	}
	lead := on.AddWorkingDays(leadDays)
	for n := 1; !periodOf(p.joined, n).Starts.After(lead); n++ {
		if !p.open(n) || flying[n] || on.After(p.askedUntil(n)) {
			continue
		}
		if next, again := a.tries(n); again {
			return a.ask(p, method, n, next)
		}
	}
	return nil
}

// collects is the first day of the period that is collected for next: of those that are open the first for which another try may be made.
func (a account) collects(p position) calendar.Date {
	for done := map[int]bool{}; ; {
		n := p.firstFree(done)
		if _, again := a.tries(n); again {
			return periodOf(p.joined, n).Starts
		}
		done[n] = true
	}
}

// tries is the number that another attempt for a period would have, and whether there may be one: nobody is charged again by itself for
// what they had taken back.
func (a account) tries(period int) (next int, again bool) {
	next, failed := 1, 0
	for _, at := range a.attempts {
		if at.Period != period {
			continue
		}
		next = max(next, at.Attempt+1)
		switch at.State {
		case attemptPaid:
			return next, false
		case attemptFailed:
			failed++
		default:
		}
	}
	return next, failed < mostAttempts
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

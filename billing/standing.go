package billing

import (
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// factKind is a sort of thing that can be known about a member's dues. Facts are added, never changed.
type factKind string

const (
	factJoined   factKind = "joined"   // the first period begins on the day
	factLeft     factKind = "left"     // no period begins after the day
	factSettled  factKind = "settled"  // by a payment
	factReopened factKind = "reopened" // the payment was taken back
	factWaived   factKind = "waived"   // by the treasurer
	factLapsed   factKind = "lapsed"   // by a steward
	factRestored factKind = "restored" // by a steward
)

// fact is one thing known: what holds from a day, and since when it is known.
type fact struct {
	kind   factKind
	period int // 0 where it is of no single period
	on     calendar.Date
	known  time.Time
}

// choice is what a member chose to pay, from a period on.
type choice struct {
	Terms
	from  int
	known time.Time
}

// history is all that decides how a member stands, in the order in which it became known.
type history struct {
	facts   []fact
	choices []choice
}

// knownAt is the history without what became known later.
func (h history) knownAt(at time.Time) history {
	var then history
	for _, f := range h.facts {
		if !f.known.After(at) {
			then.facts = append(then.facts, f)
		}
	}
	for _, c := range h.choices {
		if !c.known.After(at) {
			then.choices = append(then.choices, c)
		}
	}
	return then
}

// position is where a member is on a day.
type position struct {
	on           calendar.Date
	joined, left calendar.Date // zero: not yet
	lapsed       bool
	closed       map[int]bool          // settled or waived
	reopened     map[int]calendar.Date // by the last reversal of each
	choices      []choice
}

func (h history) on(day calendar.Date) position {
	p := position{on: day, closed: map[int]bool{}, reopened: map[int]calendar.Date{}, choices: h.choices}
	for _, f := range h.facts {
		if f.on.After(day) {
			continue
		}
		switch f.kind {
		case factJoined:
			p.joined = f.on
		case factLeft:
			p.left = f.on
		case factSettled, factWaived:
			p.closed[f.period] = true
		case factReopened:
			p.closed[f.period] = false
			p.reopened[f.period] = f.on
		case factLapsed:
			p.lapsed = true
		case factRestored:
			p.lapsed = false
		}
	}
	return p
}

// terms are those of a period.
func (p position) terms(n int) Terms {
	var t Terms
	for _, c := range p.choices {
		if c.from <= n {
			t = c.Terms
		}
	}
	return t
}

func (p position) price(n int) money.Pence { return p.terms(n).Amount }

// open reports whether nothing has paid a period that costs something.
func (p position) open(n int) bool { return !p.closed[n] && p.price(n) > 0 }

// last is the number of the last period that has begun.
func (p position) last() int {
	if p.joined.IsZero() {
		return 0
	}
	until := p.on
	if !p.left.IsZero() && p.left.Before(until) {
		until = p.left
	}
	return periodAt(p.joined, until)
}

// due is the day from which a period is asked for: its first, or the day of a reversal.
func (p position) due(n int) calendar.Date {
	due := periodOf(p.joined, n).Starts
	if again, ok := p.reopened[n]; ok && again.After(due) {
		return again
	}
	return due
}

// graceUntil is the last day on which nothing follows from an unpaid period.
func (p position) graceUntil(n int) calendar.Date { return p.due(n).AddDays(member.GraceDays) }

// askedUntil is the last day on which a period is asked for. MostArrears periods later it is forgone, and stays so whatever is paid afterwards.
func (p position) askedUntil(n int) calendar.Date {
	if due := p.due(n); due != periodOf(p.joined, n).Starts {
		return monthsOn(due, member.MostArrears).AddDays(member.GraceDays)
	}
	return p.graceUntil(n + member.MostArrears)
}

// owed are the periods that are open and asked for, the earliest first: in arrears and in grace.
func (p position) owed() (arrears, grace []int) {
	for n := 1; n <= p.last(); n++ {
		switch {
		case !p.open(n) || p.on.After(p.askedUntil(n)):
		case p.on.After(p.graceUntil(n)):
			arrears = append(arrears, n)
		default:
			grace = append(grace, n)
		}
	}
	return arrears[max(0, len(arrears)-member.MostArrears):], grace
}

// pays reports whether somebody pays dues: not nothing, and not only on paper. A payment has settled the period that runs, or the one before
// it while that one is in grace. A waiver is not a payment, and arrears are none either.
func (h history) pays(on calendar.Date) bool {
	p, n := h.on(on), 0
	if state := p.state(); state != member.Current && state != member.Grace {
		return false
	}
	if n = p.last(); n == 0 || p.price(n) == 0 || !p.left.IsZero() && p.left.Before(on) {
		return false
	}
	paid := map[int]bool{}
	for _, f := range h.facts {
		switch {
		case f.on.After(on):
		case f.kind == factSettled:
			paid[f.period] = true
		case f.kind == factReopened, f.kind == factWaived:
			paid[f.period] = false
		}
	}
	return paid[n] || paid[n-1] && p.open(n)
}

func (p position) state() member.StandingState {
	if p.joined.IsZero() || p.on.Before(p.joined) {
		return ""
	}
	arrears, grace := p.owed()
	switch {
	case p.lapsed:
		return member.Lapsed
	case len(arrears) > 0:
		return member.Arrears
	case len(grace) > 0:
		return member.Grace
	default:
		return member.Current
	}
}

// standing is how a member stood on a day, as far as was known at a moment. What becomes known later never changes that answer.
// Its State is "" for somebody whose dues had not begun.
func (h history) standing(on calendar.Date, at time.Time) member.Standing {
	h = h.knownAt(at)
	p := h.on(on)
	s := member.Standing{State: p.state(), On: on}
	if s.State == "" {
		return s
	}
	arrears, grace := p.owed()
	s.Owed = len(arrears)
	if s.State == member.Grace {
		s.Until = p.graceUntil(grace[0])
		for _, n := range grace {
			if until := p.graceUntil(n); until.Before(s.Until) {
				s.Until = until
			}
		}
	}
	s.Since = h.since(on, func(then member.StandingState) bool { return then == s.State })
	return s
}

// unpaidSince is the first day of the time without being current that goes on until a day; zero for who is current then.
func (h history) unpaidSince(on calendar.Date) calendar.Date {
	return h.since(on, func(then member.StandingState) bool {
		return then == member.Grace || then == member.Arrears || then == member.Lapsed
	})
}

// since is the first day from which a state has held without a break; zero if it does not hold.
func (h history) since(on calendar.Date, holds func(member.StandingState) bool) calendar.Date {
	var first calendar.Date
	for _, d := range h.turns(on) {
		if !holds(h.on(d).state()) {
			break
		}
		first = d
	}
	return first
}

// turns are the days up to one on which a standing can change, the last first.
func (h history) turns(on calendar.Date) []calendar.Date {
	p := h.on(on)
	days := []calendar.Date{on}
	for _, f := range h.facts {
		days = append(days, f.on)
		if f.kind == factReopened {
			days = append(days, f.on.AddDays(member.GraceDays+1), monthsOn(f.on, member.MostArrears).AddDays(member.GraceDays+1))
		}
	}
	for n := 1; n <= p.last(); n++ {
		starts := periodOf(p.joined, n).Starts
		days = append(days, starts, starts.AddDays(member.GraceDays+1))
	}
	days = slices.DeleteFunc(days, func(d calendar.Date) bool { return d.After(on) })
	slices.SortFunc(days, func(a, b calendar.Date) int { return b.Compare(a) })
	return slices.Compact(days)
}

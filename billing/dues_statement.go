package billing

import (
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Statement is all that a member is told about their own dues.
type Statement struct {
	Member    member.ID
	On        calendar.Date // the day of which all this is told
	Begun     bool          // they chose terms, or paid
	Joined    calendar.Date
	Left      calendar.Date
	Standing  member.Standing
	Terms     Terms         // as they chose last
	Chose     *Choice       // by whom nothing was paid yet: what they chose last before they went to a provider's page
	PaidUntil calendar.Date // the last day of the time without a gap that is paid for or waived; zero: none
	SharePaid bool
	Credit    money.Pence
	Next      *Charge
	// OnItsWay tells that all they owe is being collected, so that nothing is asked of them meanwhile; ShareComes that their share is, too.
	OnItsWay   bool
	ShareComes bool
	Method     *Method         // that is wanted; nil: none
	Provider   ProviderName    // the method's
	Lost       *Lost           // where there is no method, because it ended; nil otherwise
	Until      []UntilThen     // what collects until the method works
	Periods    []PeriodLine    // that have begun or are paid, the newest first
	Payments   []StatementLine // the newest first
}

// Choice is what somebody chose to pay, and how.
type Choice struct {
	Terms
	Provider ProviderName
}

// PaidDues reports whether any payment of dues has come in and is still here.
func (s Statement) PaidDues() bool {
	return slices.ContainsFunc(s.Payments, func(p StatementLine) bool { return p.State == PaymentPaid && p.Amount-p.Refunded > p.Share })
}

// PaidAhead is how many periods are paid for that have not begun.
func (s Statement) PaidAhead() (n int) {
	for _, p := range s.Periods {
		if p.State == PeriodPaid && p.Starts.After(s.On) {
			n++
		}
	}
	return n
}

// gaveUp reports whether the method's provider tells that the newest payment failed, for a day or later, and that it does not try again.
func (s Statement) gaveUp(due calendar.Date) bool {
	for _, p := range s.Payments {
		if p.Provider == s.Provider {
			return p.State == PaymentFailed && p.NextTry.IsZero() && !p.On.Before(due)
		}
	}
	return false
}

// Charge is what will be collected next.
type Charge struct {
	On      calendar.Date // zero: as soon as possible
	Amount  money.Pence
	Asked   bool          // on its way
	Again   bool          // an earlier try failed
	Approve bool          // the payer's bank waits for them
	Due     calendar.Date // the day that it was for, where that is over; zero: it is still to come
}

// late is the charge as it stands on a day, where it was for another: what was to be collected before comes as soon as possible.
func (c *Charge) late(due, today calendar.Date) *Charge {
	if c == nil {
		return nil
	}
	if !c.Asked && !c.On.IsZero() && c.On.Before(today) {
		c.Due, c.On = c.On, calendar.Date{}
	}
	if !due.IsZero() && due.Before(today) {
		c.Due = due
	}
	return c
}

// UntilThen is a way to pay that another is taking the place of.
type UntilThen struct {
	Provider    ProviderName
	Description string
	State       MethodState
}

// PeriodState is how a member's period stands.
type PeriodState string

const (
	PeriodOpen    PeriodState = "open"
	PeriodGrace   PeriodState = "grace"
	PeriodArrears PeriodState = "arrears"
	PeriodForgone PeriodState = "forgone" // no longer asked for
	PeriodPaid    PeriodState = "paid"
	PeriodWaived  PeriodState = "waived"
	PeriodFree    PeriodState = "free"   // nothing was to pay
	PeriodFlying  PeriodState = "flying" // money is on its way
)

// PeriodLine is one of a member's periods.
type PeriodLine struct {
	Period
	Price money.Pence
	State PeriodState
}

// StatementLine is one of a member's payments.
type StatementLine struct {
	ID       PaymentID
	Provider ProviderName
	On       calendar.Date // charged, or to be
	State    PaymentState
	Amount   money.Pence
	Share    money.Pence
	Refunded money.Pence
	Disputed bool
	Action   string        // address where the payer's bank waits for them
	Reason   string        // of a failure
	NextTry  calendar.Date //
	Receipt  *Receipt      // nil before there is one; its For is not told here
	// Refundable is what the member may have back now by their own right; RefundFrom is the first day where it is too early.
	Refundable money.Pence
	RefundFrom calendar.Date
	Refunds    []RefundLine
}

// RefundLine is a refund that was ordered.
type RefundLine struct {
	Amount  money.Pence
	Ordered time.Time
	State   string // ordered, sent, cancelled, refused
	Reason  string
}

// lines are the periods that have begun or were paid.
func (p position) lines(waived map[int]bool, flying map[int]bool) []PeriodLine {
	var all []PeriodLine
	for n := 1; n <= p.last() || p.closed[n] || flying[n]; n++ {
		all = append([]PeriodLine{{periodOf(p.joined, n), p.price(n), p.periodState(n, waived[n], flying[n])}}, all...)
	}
	return all
}

func (p position) periodState(n int, waived, flying bool) PeriodState {
	switch {
	case p.closed[n] && waived:
		return PeriodWaived
	case p.closed[n]:
		return PeriodPaid
	case p.price(n) == 0:
		return PeriodFree
	case flying:
		return PeriodFlying
	case !p.left.IsZero():
		return PeriodForgone
	case p.on.After(p.askedUntil(n)):
		return PeriodForgone
	case p.on.After(p.graceUntil(n)):
		return PeriodArrears
	case p.on.Before(p.due(n)):
		return PeriodOpen
	default:
		return PeriodGrace
	}
}

// paidUntil is the last day of the time that is paid for or waived without a gap, up to now and beyond.
func (p position) paidUntil() calendar.Date {
	n := max(1, p.last())
	if !p.closed[n] {
		for n > 0 && !p.closed[n] {
			n--
		}
		if n == 0 {
			return calendar.Date{}
		}
	}
	for p.closed[n+1] {
		n++
	}
	return periodOf(p.joined, n).Ends.AddDays(-1)
}

package billing

import (
	"errors"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Exceptions are what does not go by itself, and waits for the treasurer. What was worked is not among them any more.
type Exceptions struct {
	Failed    Few[FailedCharge]
	Arrears   Few[InArrears]
	Contested Few[Contested]
	Refunds   Few[OpenRefund]
	Nobodys   Few[NobodysPayment]
	Events    Few[StuckEvent]
	Payouts   Few[OddPayout]
}

// Count is how many wait for somebody; more says that there may be others, which nobody has counted.
func (e Exceptions) Count() (n int, more bool) {
	for _, c := range []struct {
		n    int
		open bool
	}{
		{e.Failed.Count(), e.Failed.Open},
		{e.Arrears.Count(), e.Arrears.Open},
		{e.Contested.Count(), e.Contested.Open},
		{e.Refunds.Count(), e.Refunds.Open},
		{e.Nobodys.Count(), e.Nobodys.Open},
		{e.Events.Count(), e.Events.Open},
		{e.Payouts.Count(), e.Payouts.Open},
	} {
		n, more = n+c.n, more || c.open
	}
	return n, more
}

// Members are those whom the lists name.
func (e Exceptions) Members() []member.ID {
	var all []member.ID
	for _, f := range e.Failed.First {
		all = append(all, f.Member)
	}
	for _, a := range e.Arrears.First {
		all = append(all, a.Member)
	}
	for _, c := range e.Contested.First {
		all = append(all, c.Member)
	}
	for _, r := range e.Refunds.First {
		all = append(all, r.Member)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Known is how many go on by themselves, and are told all the same.
func (e Exceptions) Known() int { return e.Failed.Known + e.Contested.Known + e.Refunds.Known }

// Few is the beginning of a list.
type Few[T any] struct {
	First []T       // those that wait for somebody, before those that go on by themselves
	Known int       // so many of the whole list go on by themselves
	More  int       // so many are left off
	Open  bool      // and there may be others, which nobody has counted
	Next  member.ID // where a list in the order of members goes on; "": nowhere
}

// Count is how many are known of that wait for somebody.
func (f Few[T]) Count() int { return len(f.First) + f.More - f.Known }

// Waiting are those of First that wait for somebody; more is how many others do.
func (f Few[T]) Waiting() (first []T, more int) {
	n := min(f.Count(), len(f.First))
	return f.First[:n], f.Count() - n
}

// Going are those of First that go on by themselves.
func (f Few[T]) Going() []T { return f.First[min(f.Count(), len(f.First)):] }

const (
	shownFew   = 25                   // of each list
	mostLooked = 500                  // things of a sort that are looked at, the newest
	chargesFor = 150 * 24 * time.Hour // a charge that failed before was for what is not asked for any more
	spareDays  = 90                   // then a member who was left as they are is proposed again
)

// few cuts a list of at most mostLooked candidates to what is shown; all says that there were no more candidates. Those that wait come first.
func few[T any](found []T, all bool, waits func(T) bool) Few[T] {
	var waiting, going []T
	for _, t := range found {
		if waits(t) {
			waiting = append(waiting, t)
		} else {
			going = append(going, t)
		}
	}
	n := min(len(found), shownFew)
	return Few[T]{First: append(waiting, going...)[:n], Known: len(going), More: len(found) - n, Open: !all}
}

func always[T any](T) bool { return true }

// Remedy is what has to happen before a charge that failed comes in.
type Remedy string

const (
	RemedyNone    Remedy = ""        // it is tried again by itself
	RemedyApprove Remedy = "approve" // the member approves it at their bank
	RemedyWay     Remedy = "way"     // the member chooses another way to pay: nothing collects
	RemedyLater   Remedy = "later"   // it is not tried again, but the next period is collected, and pays for this one first
)

// FailedCharge is the newest charge of a member that did not come in, while what it was for is open.
type FailedCharge struct {
	Payment  PaymentID // "" where the provider would not even ask
	Provider ProviderName
	Member   member.ID
	Amount   money.Pence
	On       calendar.Date
	Reason   string        // the provider's fixed words
	NextTry  calendar.Date // zero: none, or as soon as possible
	Again    bool          // it is tried again by itself
	Remedy   Remedy
}

// Waits reports whether somebody has to do something before the charge comes in.
func (f FailedCharge) Waits() bool { return f.Remedy == RemedyApprove || f.Remedy == RemedyWay }

// remedy is what helps a charge that did not come in. again says that another try is planned or under way.
func (a account) remedy(action, again bool) Remedy {
	method, there := a.wanted()
	switch {
	case action:
		return RemedyApprove
	case again:
		return RemedyNone
	case !there || !a.collectable(method):
		return RemedyWay
	default:
		return RemedyLater
	}
}

// InArrears is a member who owes dues for longer than the grace.
type InArrears struct {
	Member   member.ID
	Standing member.Standing
	Periods  []PeriodLine // in arrears, the earliest first
	OnItsWay bool         // money is, for one of them
}

// Owed is what they owe for those.
func (a InArrears) Owed() (sum money.Pence) {
	for _, p := range a.Periods {
		sum += p.Price
	}
	return sum
}

// Contested is a payment that its payer's bank holds back, or has taken back.
type Contested struct {
	Payment  PaymentID
	Provider ProviderName
	Member   member.ID // "" is nobody known
	Amount   money.Pence
	Paid     calendar.Date
	Lost     calendar.Date // the day on which the money went; zero while it is disputed
	Open     []Period      // those that it paid for and that are owed again
}

// Waits reports whether the dispute is to be answered. What is lost is asked for again by itself.
func (c Contested) Waits() bool { return c.Lost.IsZero() }

// OpenRefund is a refund that is under way, or that the provider refused.
type OpenRefund struct {
	ID       string
	Provider ProviderName
	Payment  PaymentID
	Member   member.ID // "" is nobody known
	Amount   money.Pence
	Ordered  calendar.Date
	Reason   string // why it was refused, in fixed words; "": it is under way
}

// Waits reports whether somebody has to decide what becomes of it.
func (r OpenRefund) Waits() bool { return r.Reason != "" }

// NobodysPayment is a payment of which nobody knows whose it is. Its money is in suspense.
type NobodysPayment struct {
	Payment  PaymentID
	Provider ProviderName
	Ref      string      // the provider's
	Amount   money.Pence // that is still here
	On       calendar.Date
}

// StuckEvent is what a webhook told and could not be worked.
type StuckEvent struct {
	Provider ProviderName
	Event    string
	Kind     string // the provider's word
	About    Ref
	Received calendar.Date
	Tries    int
	Reason   string // in fixed words; "": nobody tried yet
}

// OddPayout is a payout that does not add up, or came back, or has an item that only the treasurer can explain.
type OddPayout struct {
	Provider ProviderName
	Ref      string
	Amount   money.Pence
	Arrives  calendar.Date
	Trouble  string // in fixed words
}

// What is wrong with a payout, an event or a refund, in the fixed words in which it is kept.
const (
	troubleItems    = "its items do not add up"
	troubleBack     = "it came back"
	troubleAdjusted = "it has an adjustment"
	troubleUnknown  = "the provider does not know it"
	troubleMode     = "it is of the other mode"
	troubleBusy     = "the provider was busy"
	troubleFault    = "it could not be done; the log says why"
	troubleLate     = "it is on its way to the bank"
	troubleEarly    = "too soon after its payout"
	troubleRefused  = "the provider refused"
)

// Troubles are all of them: each has words of its own on a page.
var Troubles = []string{
	troubleItems, troubleBack, troubleAdjusted, troubleUnknown, troubleMode, troubleBusy, troubleFault, troubleLate, troubleEarly, troubleRefused,
}

// Matter is a sort of exception that stays until somebody puts it aside.
type Matter string

const (
	MatterEvent   Matter = "event"
	MatterPayout  Matter = "payout"
	MatterPayment Matter = "payment" // nobody's
	MatterRefund  Matter = "refund"
	matterLapse   Matter = "lapse" // a member whom a steward leaves as they are
)

// ErrNotWaiting says that what somebody wants to work waits no longer, or never did.
var ErrNotWaiting = errors.New("that does not wait for anybody")

// waits reports whether one of so many periods from one on is open and asked for.
func (p position) waits(from, periods int) bool {
	if p.joined.IsZero() || !p.left.IsZero() || p.lapsed {
		return false
	}
	for n := from; n < from+periods; n++ {
		if p.open(n) && !p.on.After(p.askedUntil(n)) {
			return true
		}
	}
	return false
}

// owing reports whether anything that has begun is open and asked for.
func (p position) owing() bool {
	arrears, grace := p.owed()
	return p.left.IsZero() && !p.lapsed && len(arrears)+len(grace) > 0
}

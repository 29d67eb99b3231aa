package billing

import (
	"cmp"
	"slices"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// partKind says what a part of a payment's money is for.
type partKind string

const (
	partPeriod partKind = "period"
	partShare  partKind = "share"
	partCredit partKind = "credit" // nothing was open for it

	partUnmatched partKind = "unmatched" // nobody knows whose it is: the treasurer's to find out
)

// part is a part of a payment's money. The parts of a payment sum to what was paid and not given back.
type part struct {
	kind   partKind
	period int
	month  calendar.Month // in which the period begins; of credit and share none
	amount money.Pence
}

// aheadDays is how long before its first day a period can be settled by a payment of a month's dues: six working days and the holidays
// that can lie between.
const aheadDays = 14

// settle shares out what came in on a day: the share first where it is in the payment, then as many periods as were paid for, from the
// earliest open one on, each at what it was collected for. What finds nothing open is credit.
func (p position) settle(amount, share money.Pence, sharePaid bool, periods int) []part {
	var parts []part
	if share > 0 && !sharePaid {
		given := min(share, amount)
		parts = append(parts, part{kind: partShare, amount: given})
		amount -= given
	}
	if amount == 0 {
		return parts
	}
	open := p.payable(periods)
	credit := amount
	if len(open) > 0 {
		dues := amount
		if sharePaid {
			dues -= min(share, amount) // paid for a share that was paid before
		}
		for i, each := range dues.Split(periods) {
			if i < len(open) && each > 0 {
				begins := periodOf(p.joined, open[i]).Starts.InMonth()
				parts = append(parts, part{partPeriod, open[i], begins, each})
				credit -= each
			}
		}
	}
	if credit > 0 {
		parts = append(parts, part{kind: partCredit, amount: credit})
	}
	return parts
}

// payable are the open periods that a payment of so many can settle, the earliest first: those asked for, the one about to begin, and for
// a payment of many those that follow.
func (p position) payable(periods int) []int {
	var open []int
	if p.joined.IsZero() {
		return nil
	}
	for n := 1; len(open) < periods; n++ {
		starts := periodOf(p.joined, n).Starts
		if !p.left.IsZero() && starts.After(p.left) || len(open) == 0 && starts.After(p.on.AddDays(aheadDays)) || p.price(n) == 0 && starts.After(p.on) {
			break
		}
		if p.open(n) && !p.on.After(p.askedUntil(n)) {
			open = append(open, n)
		}
	}
	return open
}

// undo takes an amount back out of parts: credit first, then dues from the latest period back, the share last. What it returns is what each
// part loses, in that order.
func undo(parts []part, amount money.Pence) []part {
	order := slices.Clone(parts)
	rank := map[partKind]int{partUnmatched: 0, partCredit: 0, partPeriod: 1, partShare: 2}
	slices.SortStableFunc(order, func(a, b part) int {
		return cmp.Or(cmp.Compare(rank[a.kind], rank[b.kind]), cmp.Compare(b.period, a.period))
	})
	var lost []part
	for _, p := range order {
		if p.amount = min(p.amount, amount); p.amount > 0 {
			amount -= p.amount
			lost = append(lost, p)
		}
	}
	return lost
}

// firstFree is the number of the first period that is neither paid nor in flight, from which a new method collects. Periods that are no
// longer asked for are passed over.
func (p position) firstFree(inFlight map[int]bool) int {
	for n := 1; ; n++ {
		if !p.closed[n] && !inFlight[n] && !p.on.After(p.askedUntil(n)) && (p.price(n) > 0 || periodOf(p.joined, n).Starts.After(p.on)) {
			return n
		}
	}
}

// notices are sent so many days after somebody stopped being current: three at most until they are current again.
var noticeDays = []int{5, 19, member.GraceDays + 1}

// noticeDue is the number of the notice that is due, from 1, or 0. sent is how many went out since they stopped being current. Nobody is
// reminded who has lapsed or left, nor while money is on its way.
func (p position) noticeDue(unpaidSince calendar.Date, sent int, inFlight bool) int {
	if unpaidSince.IsZero() || inFlight || p.lapsed || !p.left.IsZero() || sent >= len(noticeDays) {
		return 0
	}
	if p.on.Before(unpaidSince.AddDays(noticeDays[sent])) {
		return 0
	}
	return sent + 1
}

package billing

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

const (
	// averagedMonths is over how many closed months a cost per person is the average.
	averagedMonths = 3
	// countingError is by how many in a hundred the count of people may be wrong: somebody with two accounts, or away for a month.
	countingError = 5
	// spreadError is by how many in a hundred a cost that serves several months may be wrong: how long it serves is judged beforehand.
	spreadError = 25
)

// Part is an amount under a heading.
type Part struct {
	Account LedgerAccount
	Amount  money.Pence
}

// monthFigures are what impact and finances need of one closed month.
type monthFigures struct {
	Month  calendar.Month
	Booked map[LedgerAccount]money.Pence // income and costs as the ledger has them, both above zero
	Costs  map[LedgerAccount]money.Pence // spread over the months that they serve; without payment fees
	Spread money.Pence                   // the part of Costs that comes of spreading
	Dues   money.Pence                   // of all members who paid more than they got back, after fees and refunds
	Payers int                           // those members
	People int                           // who used the service; 0: nobody knows
}

func (f monthFigures) cost() money.Pence { return sumOf(f.Costs) }

func sumOf(of map[LedgerAccount]money.Pence) (sum money.Pence) {
	for _, p := range of {
		sum += p
	}
	return sum
}

// Workings are what an impact is worked out from.
type Workings struct {
	From, To  calendar.Month // of the closed months that the average is of
	Costs     money.Pence    // of them, payment fees apart
	Uses      int            // people who used the service, summed over those months
	PerPerson money.Pence    // full average cost of one person's month, to the nearest penny
	Served    int            // people who used the service in the month itself
	Dues      money.Pence    // of all members in the month, after fees and refunds
	Scaled    bool           // dues were more than those people cost: everybody's number is scaled to them, and the rest is reserves
	spread    money.Pence
	parts     map[LedgerAccount]money.Pence
}

// Impact is what one member's dues did in one month.
type Impact struct {
	Month    calendar.Month
	Known    bool        // false: not known yet
	Paid     money.Pence // dues of the month, less what was given back
	Fee      money.Pence // what the provider kept
	Net      money.Pence // the two
	Tenths   int         // people, in tenths, rounded down: all members' together are never more than were served
	From, To int         // people, between
	Reserve  money.Pence // the part of Net that went into the reserves
	Where    []Part      // where Paid went but for Reserve, fees among it, the largest first
	Workings Workings
}

// PeopleWords is a number of people as it is said: tenths only below three.
func PeopleWords(tenths int) string {
	if tenths < 30 && tenths%10 != 0 {
		return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
	}
	return fmt.Sprint(tenths / 10)
}

// workings are those of the last of some closed months, oldest first. False: not known, as when nobody was counted or nothing was spent.
func workings(months []monthFigures) (w Workings, known bool) {
	if len(months) == 0 || months[len(months)-1].People == 0 {
		return w, false
	}
	last := months[len(months)-1]
	w = Workings{To: last.Month, Served: last.People, Dues: last.Dues, parts: map[LedgerAccount]money.Pence{}}
	for _, f := range months[max(0, len(months)-averagedMonths):] {
		if f.People == 0 {
			continue
		}
		if w.From.IsZero() {
			w.From = f.Month
		}
		w.Costs, w.Uses, w.spread = w.Costs+f.cost(), w.Uses+f.People, w.spread+f.Spread
		for a, p := range f.Costs {
			w.parts[a] += p
		}
	}
	if w.Costs <= 0 {
		return w, false
	}
	w.PerPerson = money.Pence(share(1, 2*int64(w.Costs)+int64(w.Uses), 2*int64(w.Uses)))
	// Dues × uses > served × costs: they would have paid for more people than there were.
	w.Scaled = product(int64(w.Dues), int64(w.Uses)).Cmp(product(int64(w.Served), int64(w.Costs))) > 0
	return w, true
}

// impact is one member's.
func impact(w Workings, known bool, paid, fee money.Pence) Impact {
	i := Impact{Month: w.To, Known: known, Paid: paid, Fee: fee, Net: paid - fee, Workings: w}
	if !known || i.Net <= 0 {
		return i
	}
	n := int64(i.Net)
	spent := i.Net
	if w.Scaled {
		i.Tenths = int(share(10*n, int64(w.Served), int64(w.Dues)))
		// What those people cost, of which this is the member's part.
		cost := share(1, int64(w.Served)*int64(w.Costs), int64(w.Uses))
		spent = money.Pence(share(n, cost, int64(w.Dues)))
	} else {
		i.Tenths = int(share(10*n, int64(w.Uses), int64(w.Costs)))
	}
	i.From, i.To = w.between(n, i.Tenths)
	i.Reserve = i.Net - spent
	i.Where = apportion(spent, w.parts)
	if fee > 0 {
		i.Where = append(i.Where, Part{PaymentFees, fee})
	}
	slices.SortStableFunc(i.Where, func(a, b Part) int { return int(b.Amount - a.Amount) })
	return i
}

// between is the range, from costs and people both as wrong as they may be.
func (w Workings) between(n int64, tenths int) (from, to int) {
	wrong := share(int64(w.spread), spreadError, 100)
	most, least := int64(w.Costs)+wrong, max(1, int64(w.Costs)-wrong)
	low, high := share(10*n, int64(w.Uses)*(100-countingError), most*100), share(10*n, int64(w.Uses)*(100+countingError), least*100)
	if w.Scaled {
		// Scaled to who was there, only their number is uncertain.
		low, high = share(10*n, int64(w.Served)*(100-countingError), int64(w.Dues)*100), share(10*n, int64(w.Served)*(100+countingError), int64(w.Dues)*100)
	}
	return min(int(low+5)/10, tenths/10), max(int(high+5)/10, (tenths+9)/10)
}

// apportion shares an amount out as the weights are, to the penny: the largest remainders get what rounding leaves.
func apportion(p money.Pence, by map[LedgerAccount]money.Pence) []Part {
	weights := maps.Clone(by)
	maps.DeleteFunc(weights, func(_ LedgerAccount, w money.Pence) bool { return w <= 0 })
	all := sumOf(weights)
	if all == 0 || p <= 0 {
		return nil
	}
	var parts []Part
	left := p
	for _, a := range slices.Sorted(maps.Keys(weights)) {
		part := money.Pence(share(int64(p), int64(weights[a]), int64(all)))
		parts, left = append(parts, Part{a, part}), left-part
	}
	remainder := func(x Part) *big.Int {
		return new(big.Int).Mod(product(int64(p), int64(weights[x.Account])), big.NewInt(int64(all)))
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return remainder(b).Cmp(remainder(a)) })
	for i := range parts[:left] {
		parts[i].Amount++
	}
	return slices.DeleteFunc(parts, func(x Part) bool { return x.Amount == 0 })
}

// share is a × b ÷ c, rounded down, however large a × b is.
func share(a, b, c int64) int64 { return new(big.Int).Div(product(a, b), big.NewInt(c)).Int64() }

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

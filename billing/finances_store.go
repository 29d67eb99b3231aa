package billing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Finances are what the public page of the open books shows. Every figure comes from the ledger, of closed months only.
type Finances struct {
	Month     calendar.Month // the last that is closed; zero while none is
	Income    []Part         // of that month, the largest first
	Costs     []Part         // of that month, payment fees among them
	In, Out   money.Pence
	Reserves  money.Pence   // what the society would have left, shares paid back and everything owed paid, at the month's end
	Runway    int           // for how many months of costs the reserves last; -1: not known
	Active    int           // people who used the service in that month; 0: not known
	PerPerson *money.Pence  // full average cost of one person's month; nil: not known
	Needed    int           // members at the standard dues who would pay for everything, fees and all; 0: not known
	Payers    int           // members whose dues came in that month; 0: none, or too few to tell
	Months    []MonthInOut  // oldest first
	Editions  []BookListing // the downloads, newest first
	Head      string        // of the chain
}

// MonthInOut is a month in the picture.
type MonthInOut struct {
	Month   calendar.Month
	In, Out money.Pence
}

// BookListing names the files of one month.
type BookListing struct {
	Month calendar.Month
	Files []BookFile // without their text
}

// shownMonths is how many the picture has.
const shownMonths = 12

// Finances works out the page. Nothing closed yet: a zero Month.
func (l *Ledger) Finances(ctx context.Context, people People) (Finances, error) {
	f := Finances{Runway: -1}
	editions, err := l.Editions(ctx)
	if err != nil || len(editions) == 0 {
		return f, err
	}
	last := editions[len(editions)-1]
	months, err := l.figuresTo(ctx, last.Book.Month, shownMonths, people)
	if err != nil {
		return f, err
	}
	f.Month, f.Head, f.Reserves = last.Book.Month, last.Head, reserves(last.Book.Closing())
	for _, m := range months {
		in, out := parts(m.Booked, "Income:"), parts(m.Booked, "Expenses:")
		f.Months = append(f.Months, MonthInOut{m.Month, sumParts(in), sumParts(out)})
		f.Income, f.Costs = in, out // the last one's stay
	}
	f.In, f.Out = sumParts(f.Income), sumParts(f.Costs)
	for _, e := range slices.Backward(editions) {
		listing := BookListing{Month: e.Book.Month}
		for _, file := range e.Files {
			listing.Files = append(listing.Files, BookFile{Name: file.Name, Form: file.Form})
		}
		f.Editions = append(f.Editions, listing)
	}
	f.foresee(months)
	return f, nil
}

// foresee works out what follows from the last few months' averages.
func (f *Finances) foresee(months []monthFigures) {
	now := months[len(months)-1]
	f.Active = now.People
	if now.Payers >= FewestMembers {
		f.Payers = now.Payers
	}
	if w, known := workings(months); known {
		f.PerPerson = &w.PerPerson
	}
	recent := months[max(0, len(months)-averagedMonths):]
	var costs, fees, dues money.Pence
	for _, m := range recent {
		costs, fees, dues = costs+m.cost(), fees+m.Booked[PaymentFees], dues+m.Booked[IncomeDues]
	}
	if all := costs + fees; all > 0 {
		f.Runway = int(share(int64(max(f.Reserves, 0)), int64(len(recent)), int64(all)))
	}
	if costs > 0 {
		f.Needed = needed(costs, fees, dues, len(recent))
	}
}

// needed is how many members at the standard dues pay for costs, when of dues so much goes in fees as lately.
func needed(costs, fees, dues money.Pence, months int) int {
	left, of := int64(dues-fees), int64(dues)
	if left <= 0 {
		left, of = 1, 1
	}
	// costs ÷ months ÷ (standard × left ÷ of), rounded up.
	below := int64(StandardDues) * int64(months)
	each := share(below, left, of)
	return int((int64(costs) + each - 1) / max(each, 1))
}

// reserves are assets less what is owed, of which shares are a part.
func reserves(on map[LedgerAccount]money.Pence) (left money.Pence) {
	for a, p := range on {
		if a == ShareCapital || strings.HasPrefix(string(a), "Assets:") || strings.HasPrefix(string(a), "Liabilities:") {
			left += p
		}
	}
	return left
}

// parts are those accounts of a kind that anything happened on, the largest first.
func parts(of map[LedgerAccount]money.Pence, kind string) (all []Part) {
	for _, a := range slices.Sorted(maps.Keys(of)) {
		if strings.HasPrefix(string(a), kind) && of[a] != 0 {
			all = append(all, Part{a, of[a]})
		}
	}
	slices.SortStableFunc(all, func(a, b Part) int { return int(b.Amount - a.Amount) })
	return all
}

func sumParts(all []Part) (sum money.Pence) {
	for _, p := range all {
		sum += p.Amount
	}
	return sum
}

// Membership is what the annual return asks of the register.
type Membership struct {
	Start, Joined, Left int
}

// YearEnd has the figures for the annual return to the registrar.
type YearEnd struct {
	From, To     calendar.Month
	Final        bool // all its months are closed
	Members      Membership
	Income       []Part
	Costs        []Part
	In, Out      money.Pence
	Surplus      money.Pence // a deficit is negative
	Assets       []Part
	Liabilities  []Part // what is owed, above zero
	Owned, Owed  money.Pence
	ShareCapital money.Pence
	Reserves     money.Pence // Owned = Owed + ShareCapital + Reserves
}

// YearEnd works out the figures of the twelve months that end with one. members is the register's answer.
func (l *Ledger) YearEnd(ctx context.Context, to calendar.Month, members func(ctx context.Context, from, to calendar.Date) (Membership, error)) (y YearEnd, err error) {
	y.From, y.To = to.Add(-11), to
	if y.Members, err = members(ctx, y.From.First(), y.To.Last()); err != nil {
		return y, fmt.Errorf("count members: %w", err)
	}
	last, err := lastClosed(l.db.Read(ctx))
	if err != nil {
		return y, err
	}
	y.Final = !last.IsZero() && !last.Before(to)
	over, err := turnover(l.db.Read(ctx), y.From, y.To)
	if err != nil {
		return y, fmt.Errorf("add up the year: %w", err)
	}
	on, err := l.Balances(ctx, to.Last())
	if err != nil {
		return y, err
	}
	y.Income, y.Costs = parts(over, "Income:"), parts(over, "Expenses:")
	y.In, y.Out = sumParts(y.Income), sumParts(y.Costs)
	y.Surplus = y.In - y.Out
	y.Assets, y.Liabilities = parts(on, "Assets:"), parts(credits(on), "Liabilities:")
	y.Owned, y.Owed = sumParts(y.Assets), sumParts(y.Liabilities)
	y.ShareCapital, y.Reserves = -on[ShareCapital], reserves(on)
	return y, nil
}

func credits(on map[LedgerAccount]money.Pence) map[LedgerAccount]money.Pence {
	turned := make(map[LedgerAccount]money.Pence, len(on))
	for a, p := range on {
		turned[a] = -p
	}
	return turned
}

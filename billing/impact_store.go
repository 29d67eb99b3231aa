package billing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// figured remembers the figures of closed months, which never change.
type figured struct {
	mu    sync.Mutex
	month map[calendar.Month]monthFigures // guarded by mu
}

// People tells how many people used the service in a month; false if nobody counted.
type People func(ctx context.Context, m calendar.Month) (n int, known bool, err error)

// Impact is what a member's dues did in a month. It is not known before the month is closed.
func (l *Ledger) Impact(ctx context.Context, m member.ID, in calendar.Month, people People) (Impact, error) {
	months, err := l.figuresTo(ctx, in, averagedMonths, people)
	if err != nil {
		return Impact{}, err
	}
	return l.impactIn(ctx, m, in, months)
}

// Example is what an amount did in the last closed month if it was paid as dues mostly are: less the same part for fees as all dues of that
// month. It is not known while no month is closed, or nobody was counted in it.
func (l *Ledger) Example(ctx context.Context, paid money.Pence, people People) (Impact, error) {
	closed, err := l.ClosedMonths(ctx)
	if err != nil || len(closed) == 0 {
		return Impact{Paid: paid}, err
	}
	last := closed[len(closed)-1].Month
	months, err := l.figuresTo(ctx, last, averagedMonths, people)
	if err != nil || len(months) == 0 {
		return Impact{Paid: paid}, err
	}
	w, known := workings(months)
	var fee money.Pence
	if booked := months[len(months)-1].Booked; booked[IncomeDues] > 0 {
		fee = money.Pence(share(int64(paid), int64(booked[PaymentFees]), int64(booked[IncomeDues])))
	}
	i := impact(w, known && w.To == last, paid, fee)
	i.Month = last
	return i, nil
}

// Impacts are a member's in the closed months from the first in which they paid, at most that many, oldest first.
func (l *Ledger) Impacts(ctx context.Context, m member.ID, most int, people People) ([]Impact, error) {
	var since []string
	err := l.db.Read(ctx).Raw(`SELECT DISTINCT e.month FROM entries e JOIN postings p ON p.entry = e.source_key
		WHERE e.member = ? AND p.account = ? AND e.month <= (SELECT max(month) FROM months) ORDER BY e.month`, m, IncomeDues).Scan(&since).Error
	if err != nil {
		return nil, fmt.Errorf("look for dues of a member: %w", err)
	}
	var all []Impact
	for _, text := range since[max(0, len(since)-most):] {
		in, err := calendar.ParseMonth(text)
		if err != nil {
			return nil, err
		}
		i, err := l.Impact(ctx, m, in, people)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, nil
}

func (l *Ledger) impactIn(ctx context.Context, m member.ID, in calendar.Month, months []monthFigures) (Impact, error) {
	var sums []Part
	err := l.db.Read(ctx).Raw(`SELECT p.account, CAST(sum(p.amount) AS BIGINT) AS amount FROM entries e JOIN postings p ON p.entry = e.source_key
		WHERE e.member = ? AND e.month = ? AND p.account IN (?, ?) GROUP BY p.account`, m, in.String(), IncomeDues, PaymentFees).Scan(&sums).Error
	if err != nil {
		return Impact{}, fmt.Errorf("look for dues of a member: %w", err)
	}
	var paid, fee money.Pence
	for _, s := range sums {
		if s.Account == PaymentFees {
			fee = s.Amount
		} else {
			paid = -s.Amount
		}
	}
	w, known := workings(months)
	known = known && w.To == in
	i := impact(w, known, paid, fee)
	i.Month = in
	return i, nil
}

// figuresTo are those of the closed months up to one, at most that many, oldest first.
func (l *Ledger) figuresTo(ctx context.Context, to calendar.Month, most int, people People) ([]monthFigures, error) {
	closed, err := l.ClosedMonths(ctx)
	if err != nil {
		return nil, err
	}
	closed = slices.DeleteFunc(closed, func(c Closed) bool { return to.Before(c.Month) })
	var months []monthFigures
	for _, c := range closed[max(0, len(closed)-most):] {
		f, err := l.figures(ctx, c.Month)
		if err != nil {
			return nil, err
		}
		n, known, err := people(ctx, c.Month)
		if err != nil {
			return nil, err
		}
		if known {
			f.People = n
		}
		months = append(months, f)
	}
	return months, nil
}

func (l *Ledger) figures(ctx context.Context, m calendar.Month) (monthFigures, error) {
	l.figured.mu.Lock()
	defer l.figured.mu.Unlock()
	if f, there := l.figured.month[m]; there {
		return f, nil
	}
	f, err := figuresOf(l.db.Read(ctx), m)
	if err != nil {
		return f, fmt.Errorf("add up %s: %w", m, err)
	}
	if l.figured.month == nil {
		l.figured.month = map[calendar.Month]monthFigures{}
	}
	l.figured.month[m] = f
	return f, nil
}

func figuresOf(db *gorm.DB, m calendar.Month) (f monthFigures, err error) {
	f = monthFigures{Month: m, Booked: map[LedgerAccount]money.Pence{}, Costs: map[LedgerAccount]money.Pence{}}
	if f.Booked, err = turnover(db, m, m); err != nil {
		return f, err
	}
	for a, p := range f.Booked {
		if strings.HasPrefix(string(a), "Expenses:") && a != PaymentFees {
			f.Costs[a] = p
		}
	}
	if err := f.spread(db); err != nil {
		return f, err
	}
	maps.DeleteFunc(f.Costs, func(_ LedgerAccount, p money.Pence) bool { return p == 0 })
	var paid struct {
		Dues   money.Pence
		Payers int
	}
	err = db.Raw(`SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS dues, count(*) AS payers FROM (
			SELECT sum(-p.amount) AS n FROM entries e JOIN postings p ON p.entry = e.source_key
			WHERE e.month = ? AND e.member <> '' AND p.account IN (?, ?) GROUP BY e.member HAVING sum(-p.amount) > 0
		) paid`, m.String(), IncomeDues, PaymentFees).Scan(&paid).Error
	f.Dues, f.Payers = paid.Dues, paid.Payers
	return f, err
}

// spread takes costs that serve several months out of the month they were paid in, and puts in this month's part of all that serve it.
func (f *monthFigures) spread(db *gorm.DB) error {
	var costs []struct {
		Month   string
		Account LedgerAccount
		Amount  money.Pence
		Over    int
	}
	err := db.Raw("SELECT e.month, c.account, c.amount, c.over FROM costs c JOIN entries e ON e.source_key = c.entry WHERE c.over > 1 AND e.month <= ?",
		f.Month.String()).Scan(&costs).Error
	if err != nil {
		return err
	}
	for _, c := range costs {
		paid, err := calendar.ParseMonth(c.Month)
		if err != nil {
			return err
		}
		nth := (f.Month.Year-paid.Year)*12 + int(f.Month.Month-paid.Month)
		if nth == 0 {
			f.Costs[c.Account] -= c.Amount
		}
		if nth < c.Over {
			part := c.Amount.Split(c.Over)[nth]
			f.Costs[c.Account] += part
			f.Spread += part
		}
	}
	return nil
}

// turnover is what was earned and spent from one month to another, both above zero.
func turnover(db *gorm.DB, from, to calendar.Month) (map[LedgerAccount]money.Pence, error) {
	var sums []Part
	err := db.Raw(`SELECT p.account, CAST(sum(p.amount) AS BIGINT) AS amount FROM entries e JOIN postings p ON p.entry = e.source_key
		WHERE e.month BETWEEN ? AND ? AND (p.account LIKE 'Income:%' OR p.account LIKE 'Expenses:%') GROUP BY p.account`, from.String(), to.String()).Scan(&sums).Error
	of := map[LedgerAccount]money.Pence{}
	for _, s := range sums {
		of[s.Account] = s.Amount
		if strings.HasPrefix(string(s.Account), "Income:") {
			of[s.Account] = -s.Amount
		}
	}
	return of, err
}

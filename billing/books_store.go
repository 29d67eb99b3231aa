package billing

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// ErrNotClosed says that books are published of closed months only.
var ErrNotClosed = errors.New("the books of that month are not closed")

// published remembers editions: a closed month never changes.
type published struct {
	mu       sync.Mutex
	editions []Edition // guarded by mu; from the first month on
}

// Editions are the published books of all closed months, oldest first.
func (l *Ledger) Editions(ctx context.Context) ([]Edition, error) {
	closed, err := l.ClosedMonths(ctx)
	if err != nil {
		return nil, err
	}
	l.published.mu.Lock()
	defer l.published.mu.Unlock()
	for _, c := range closed[min(len(l.published.editions), len(closed)):] {
		opening, before := map[LedgerAccount]money.Pence{}, ""
		if n := len(l.published.editions); n > 0 {
			opening, before = l.published.editions[n-1].Book.Closing(), l.published.editions[n-1].Head
		}
		b, err := bookOf(l.db.Read(ctx), c.Month, opening)
		if err != nil {
			return nil, err
		}
		l.published.editions = append(l.published.editions, edition(b, before))
	}
	return append([]Edition(nil), l.published.editions...), nil
}

// EditionsTo are those up to a month, or to the last that is closed if it is zero. ErrNotClosed.
func (l *Ledger) EditionsTo(ctx context.Context, to calendar.Month) ([]Edition, error) {
	all, err := l.Editions(ctx)
	if err != nil || to.IsZero() && len(all) > 0 {
		return all, err
	}
	for i, e := range all {
		if e.Book.Month == to {
			return all[:i+1], nil
		}
	}
	if to.IsZero() {
		return nil, fmt.Errorf("not one month yet: %w", ErrNotClosed)
	}
	return nil, fmt.Errorf("%s: %w", to, ErrNotClosed)
}

// bookOf reads a month's entries one by one: a month of many members need not fit into memory.
func bookOf(db *gorm.DB, m calendar.Month, opening map[LedgerAccount]money.Pence) (b Book, err error) {
	rows, err := db.Raw(`SELECT e.source_key, e.date, e.kind, e.member, e.document, p.account, p.amount
		FROM entries e JOIN postings p ON p.entry = e.source_key WHERE e.month = ? ORDER BY e.source_key, p.line`, m.String()).Rows()
	if err != nil {
		return b, fmt.Errorf("read the books of %s: %w", m, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	g := gather(m)
	var e Entry
	for rows.Next() {
		var key, date, kind, whose, document, account string
		var amount money.Pence
		if err := rows.Scan(&key, &date, &kind, &whose, &document, &account, &amount); err != nil {
			return b, err
		}
		if key != e.SourceKey {
			if e.SourceKey != "" {
				g.add(e)
			}
			e = Entry{SourceKey: key, Kind: EntryKind(kind), Member: member.ID(whose), Document: document}
			if e.Date, err = calendar.ParseDate(date); err != nil {
				return b, err
			}
		}
		e.Postings = append(e.Postings, Posting{LedgerAccount(account), amount})
	}
	if e.SourceKey != "" {
		g.add(e)
	}
	return g.book(opening), rows.Err()
}

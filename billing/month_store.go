package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

// Why a month cannot be closed.
var (
	ErrNothingToClose = errors.New("there is nothing in the books yet")
	ErrMonthNotOver   = errors.New("that month is not over")
	ErrMonthsInTurn   = errors.New("months are closed in turn: another one comes before it")
	ErrLinesUnmatched = errors.New("lines of the bank's statement are not matched yet")
	ErrBankDiffers    = errors.New("the bank says another balance than the books")
)

// Closed is a month that was closed.
type Closed struct {
	Month calendar.Month
	Bank  money.Pence // the bank's balance on its last day
	By    identity.AccountID
	At    time.Time
}

type monthRow struct {
	Month    string `gorm:"primaryKey"`
	Bank     money.Pence
	ClosedBy identity.AccountID
	ClosedAt time.Time
}

func (monthRow) TableName() string { return "months" }

// ClosedMonths are those that are closed, oldest first.
func (l *Ledger) ClosedMonths(ctx context.Context) ([]Closed, error) {
	var rows []monthRow
	if err := l.db.Read(ctx).Order("month").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up closed months: %w", err)
	}
	closed := make([]Closed, len(rows))
	for i, r := range rows {
		m, err := calendar.ParseMonth(r.Month)
		if err != nil {
			return nil, err
		}
		closed[i] = Closed{m, r.Bank, r.ClosedBy, r.ClosedAt.UTC()}
	}
	return closed, nil
}

// Closing says how far the month to be closed next is.
type Closing struct {
	Month     calendar.Month
	Books     money.Pence  // what the books say that the bank has on its last day
	Bank      *money.Pence // what the imported statement says; nil if it has no balance
	Unmatched int          // lines of the statement, this month's and before
	Over      bool
}

// Differs is how much more the bank has than the books, as far as its imported statement says.
func (c Closing) Differs() money.Pence {
	if c.Bank == nil {
		return 0
	}
	return *c.Bank - c.Books
}

// Ready reports whether nothing but the treasurer's word is missing.
func (c Closing) Ready() bool {
	return c.Over && c.Unmatched == 0 && (c.Bank == nil || *c.Bank == c.Books)
}

// NextToClose tells of the first month that is open. ErrNothingToClose while the books are empty.
func (l *Ledger) NextToClose(ctx context.Context) (Closing, error) { return l.closing(l.db.Read(ctx)) }

func (l *Ledger) closing(db *gorm.DB) (c Closing, err error) {
	last, err := lastClosed(db)
	if err != nil {
		return c, err
	}
	c.Month = last.Add(1)
	if last.IsZero() {
		if c.Month, err = firstMonth(db); err != nil {
			return c, err
		}
	}
	c.Over = c.Month.Last().Before(calendar.On(l.now()))
	err = db.Raw("SELECT count(*) FROM bank_lines WHERE entry IS NULL AND month <= ?", c.Month.String()).Scan(&c.Unmatched).Error
	if err != nil {
		return c, err
	}
	if c.Bank, err = bankSays(db, c.Month); err != nil {
		return c, err
	}
	err = db.Raw("SELECT CAST(coalesce(sum(p.amount), 0) AS BIGINT) FROM postings p JOIN entries e ON e.source_key = p.entry WHERE p.account = ? AND e.month <= ?",
		Bank, c.Month.String()).Scan(&c.Books).Error
	return c, err
}

// mostUnseen is how many of them are listed.
const mostUnseen = 50

// Unseen are entries up to a month's end that moved money at the bank, and that no line of its statement tells of: the newest. Where the
// two differ although every line is matched, it is by these, or by a line that was not imported.
func (l *Ledger) Unseen(ctx context.Context, m calendar.Month) ([]Entry, error) {
	entries, err := entriesWhere(l.db.Read(ctx), unmatchedEntries, calendar.Date{}.String(), m.Last().String())
	if err != nil {
		return nil, fmt.Errorf("look for entries that the bank does not tell of: %w", err)
	}
	undone := map[string]bool{} // an entry and what turned it round come to nothing
	for _, e := range entries {
		if wrong, is := strings.CutPrefix(e.SourceKey, correctionOf("")); is {
			undone[wrong] = true
		}
	}
	both := map[string]bool{}
	for _, e := range entries {
		if undone[e.SourceKey] {
			both[e.SourceKey], both[correctionOf(e.SourceKey)] = true, true
		}
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return both[e.SourceKey] })
	slices.Reverse(entries)
	return entries[:min(len(entries), mostUnseen)], nil
}

// Begun is the month in which the books begin. ErrNothingToClose while they are empty.
func (l *Ledger) Begun(ctx context.Context) (calendar.Month, error) {
	return firstMonth(l.db.Read(ctx))
}

func firstMonth(db *gorm.DB) (calendar.Month, error) {
	var first []string
	err := db.Raw(`SELECT month FROM (SELECT min(month) AS month FROM entries UNION ALL SELECT min(month) FROM bank_lines) m
		WHERE month IS NOT NULL ORDER BY month LIMIT 1`).Scan(&first).Error
	if err != nil {
		return calendar.Month{}, err
	}
	if len(first) == 0 {
		return calendar.Month{}, ErrNothingToClose
	}
	return calendar.ParseMonth(first[0])
}

// bankSays is the balance behind the last line up to a month's end.
func bankSays(db *gorm.DB, m calendar.Month) (*money.Pence, error) {
	var last []lineRow
	if err := db.Where("month <= ?", m.String()).Order("date DESC, nth DESC").Limit(1).Find(&last).Error; err != nil || len(last) == 0 {
		return nil, err
	}
	return last[0].Balance, nil
}

// CloseMonth closes a month for good: nothing is dated in it any more. bank is the balance on its last day as the treasurer reads it from
// the bank's statement. Members are told what their dues did in it (see Announce).
func (l *Ledger) CloseMonth(ctx context.Context, by TreasurerAct, m calendar.Month, bank money.Pence) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		if err := holdMonths(tx, "EXCLUSIVE"); err != nil {
			return err
		}
		c, err := l.closing(tx)
		if err != nil {
			return err
		}
		if err := c.may(m, bank); err != nil {
			return err
		}
		row := monthRow{m.String(), bank, by.By, l.now().UTC().Truncate(time.Microsecond)}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("close %s: %w", m, err)
		}
		if err := treasurerDid(tx, l, by, "month closed", m.String()); err != nil {
			return err
		}
		return l.announce(ctx, tx, m)
	})
}

func (c Closing) may(m calendar.Month, bank money.Pence) error {
	switch {
	case m.Before(c.Month):
		return fmt.Errorf("%s: %w", m, ErrMonthClosed)
	case m != c.Month:
		return fmt.Errorf("%s, and first %s: %w", m, c.Month, ErrMonthsInTurn)
	case !c.Over:
		return fmt.Errorf("%s: %w", m, ErrMonthNotOver)
	case c.Unmatched > 0:
		return fmt.Errorf("%s, %d of them: %w", m, c.Unmatched, ErrLinesUnmatched)
	case bank != c.Books:
		return fmt.Errorf("%s, %s there and %s here: %w", m, bank, c.Books, ErrBankDiffers)
	case c.Bank != nil && *c.Bank != bank:
		return fmt.Errorf("%s, %s there and %s on the imported statement: %w", m, bank, *c.Bank, ErrBankDiffers)
	}
	return nil
}

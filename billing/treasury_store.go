package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

// TreasurerAct says who does something to the books, and why. Both are kept in the audit log.
type TreasurerAct struct {
	By  identity.AccountID
	Why string
}

// Errors of the treasurer's work.
var (
	ErrNoEntry      = errors.New("the books have no such entry")
	ErrNotCorrected = errors.New("only what the treasurer recorded can be corrected here: what a payment provider tells is corrected by what it tells next")
	ErrTwice        = errors.New("that was corrected already")
)

func treasurerDid(tx *gorm.DB, l *Ledger, by TreasurerAct, what, about string) error {
	return audit.Record(tx, audit.Act{By: by.By, As: string(member.Treasurer), What: what, About: about, Why: by.Why, At: l.now()})
}

type costRow struct {
	Entry    string `gorm:"primaryKey"`
	Account  LedgerAccount
	Amount   money.Pence
	Supplier string
	Invoice  string
	Over     int
}

func (costRow) TableName() string { return "costs" }

// Record keeps costs and other income, all or none, and returns how many of them are new: the same invoice with the same amount is kept once.
func (l *Ledger) Record(ctx context.Context, by TreasurerAct, outlays ...Outlay) (fresh int, err error) {
	err = l.db.Write(ctx, func(tx *gorm.DB) error {
		fresh = 0
		for _, o := range outlays {
			posted, err := l.record(tx, by, o)
			if err != nil {
				return &OutlayError{o, err}
			}
			if posted {
				fresh++
			}
		}
		return nil
	})
	return fresh, err
}

func (l *Ledger) record(tx *gorm.DB, by TreasurerAct, o Outlay) (posted bool, err error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	key, err := freeKey(tx, o.key())
	if err != nil {
		return false, err
	}
	if posted, err = l.post(tx, o.entry(key)); err != nil || !posted {
		return false, err
	}
	what := "income recorded"
	if !o.Income() {
		what = "cost recorded"
		row := costRow{key, o.Account, o.Amount, o.Supplier, o.Invoice, max(1, o.Over)}
		if err := tx.Create(&row).Error; err != nil {
			return false, fmt.Errorf("keep what the cost was for: %w", err)
		}
	}
	return true, treasurerDid(tx, l, by, what, key)
}

// freeKey is a source key, or the next one if what was recorded under it has been corrected away.
func freeKey(tx *gorm.DB, key string) (string, error) {
	for n, free := 2, key; ; n++ {
		_, gone, err := entryOf(tx, correctionOf(free))
		if err != nil || !gone {
			return free, err
		}
		free = fmt.Sprintf("%s/%d", key, n)
	}
}

func correctionOf(key string) string { return "corrected:" + key }

// Correct takes back an entry of the treasurer's own by another that turns it round, today or in the first open month.
// A line of the bank's statement that was matched with it is free again, unless its month is closed. ErrNoEntry, ErrNotCorrected, ErrTwice,
// member.ErrNoWhy, member.ErrBadWords.
func (l *Ledger) Correct(ctx context.Context, by TreasurerAct, key string) (err error) {
	if by.Why, err = member.Reason(by.Why); err != nil {
		return err
	}
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		wrong, there, err := entryOf(tx, key)
		switch {
		case err != nil:
			return err
		case !there:
			return fmt.Errorf("%q: %w", key, ErrNoEntry)
		case wrong.Kind != EntryCost && wrong.Kind != EntryIncome && wrong.Kind != EntryBank:
			return fmt.Errorf("%q: %w", key, ErrNotCorrected)
		}
		return l.correct(ctx, tx, by, wrong)
	})
}

func (l *Ledger) correct(ctx context.Context, tx *gorm.DB, by TreasurerAct, wrong Entry) error {
	on, err := l.openDate(tx, later(wrong.Date, calendar.On(l.now())))
	if err != nil {
		return err
	}
	undo := Entry{
		SourceKey: correctionOf(wrong.SourceKey), Date: on, Kind: EntryCorrected, Words: wrong.Words, Member: wrong.Member,
		Document: wrong.Document, Postings: turned(wrong.Postings),
	}
	posted, err := l.post(tx, undo)
	if err != nil {
		return err
	}
	if !posted {
		return fmt.Errorf("%q: %w", wrong.SourceKey, ErrTwice)
	}
	if err := errors.Join(l.uncost(tx, wrong.SourceKey, undo.SourceKey), l.toSettle(ctx, tx, wrong)); err != nil {
		return err
	}
	last, err := lastClosed(tx)
	if err != nil {
		return err
	}
	err = tx.Exec("UPDATE bank_lines SET entry = NULL, matched_by = '', matched_at = NULL WHERE entry = ? AND month > ?", wrong.SourceKey, last.String()).Error
	if err != nil {
		return fmt.Errorf("free the line of the statement: %w", err)
	}
	return treasurerDid(tx, l, by, "entry corrected", wrong.SourceKey)
}

// uncost has the correction of a cost serve the same months, with the amount turned round.
func (l *Ledger) uncost(tx *gorm.DB, wrong, undo string) error {
	var costs []costRow
	if err := tx.Where("entry = ?", wrong).Find(&costs).Error; err != nil {
		return err
	}
	for _, c := range costs {
		c.Entry, c.Amount = undo, -c.Amount
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
	}
	return nil
}

func turned(postings []Posting) []Posting {
	back := make([]Posting, len(postings))
	for i, p := range postings {
		back[i] = Posting{p.Account, -p.Amount}
	}
	return back
}

func later(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return b
	}
	return a
}

package billing

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

type lineRow struct {
	ID         string `gorm:"primaryKey"`
	Nth        int
	Date       string
	Month      string
	Words      string
	Amount     money.Pence
	Balance    *money.Pence
	ImportedBy identity.AccountID
	ImportedAt time.Time
	Entry      *string
	MatchedBy  identity.AccountID
	MatchedAt  *time.Time
}

func (lineRow) TableName() string { return "bank_lines" }

func (r lineRow) line() (BankLine, error) {
	date, err := calendar.ParseDate(r.Date)
	l := BankLine{ID: r.ID, Date: date, Words: r.Words, Amount: r.Amount, Balance: r.Balance}
	if r.Entry != nil {
		l.Entry = *r.Entry
	}
	return l, err
}

func linesWhere(db *gorm.DB, where string, args ...any) ([]BankLine, error) {
	var rows []lineRow
	if err := db.Where(where, args...).Order("date, nth").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the bank's statement: %w", err)
	}
	lines := make([]BankLine, len(rows))
	for i, r := range rows {
		var err error
		if lines[i], err = r.line(); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// Errors of matching.
var (
	ErrNoLine      = errors.New("the statement has no such line")
	ErrMatched     = errors.New("that line, or that entry, is matched already")
	ErrOtherAmount = errors.New("the line and the entry are not about the same amount")
	ErrNotSuspense = errors.New("that line did not go to suspense, or has left it")
	ErrNotForBank  = errors.New("a line of the statement cannot be explained by that account")
)

// Imported says what became of a statement.
type Imported struct {
	Fresh   int // lines that were not here before
	Known   int // lines that were
	Matched int // lines, old ones too, that an entry was found for
}

// ImportStatement takes in the bank's statement, all or nothing, and matches what it can. Statements may overlap.
func (l *Ledger) ImportStatement(ctx context.Context, by TreasurerAct, text []byte) (done Imported, err error) {
	lines, err := ParseStatement(text)
	if err != nil {
		return done, err
	}
	err = l.db.Write(ctx, func(tx *gorm.DB) error {
		done = Imported{}
		if err := database.Lock(tx, "bank statement"); err != nil {
			return err
		}
		if done.Fresh, err = l.keepLines(tx, by, lines); err != nil {
			return err
		}
		done.Known = len(lines) - done.Fresh
		if done.Matched, err = l.matchAll(tx, by); err != nil {
			return err
		}
		return treasurerDid(tx, l, by, "bank statement imported", fmt.Sprintf("%d lines", len(lines)))
	})
	return done, err
}

func (l *Ledger) keepLines(tx *gorm.DB, by TreasurerAct, lines []BankLine) (fresh int, err error) {
	if err := holdMonths(tx, "ROW SHARE"); err != nil {
		return 0, err
	}
	last, err := lastClosed(tx)
	if err != nil {
		return 0, err
	}
	known, err := knownLines(tx, lines)
	if err != nil {
		return 0, err
	}
	var nth int
	if err := tx.Raw("SELECT COALESCE(MAX(nth), 0) FROM bank_lines").Scan(&nth).Error; err != nil {
		return 0, err
	}
	var rows []lineRow
	for i, b := range lines {
		if known[b.ID] {
			continue
		}
		if m := b.Date.InMonth(); !last.Before(m) {
			return 0, fmt.Errorf("a line of %s that was not there when the month was closed: %w", b.Date, ErrMonthClosed)
		}
		rows = append(rows, lineRow{
			ID: b.ID, Nth: nth + i + 1, Date: b.Date.String(), Month: b.Date.InMonth().String(), Words: b.Words, Amount: b.Amount,
			Balance: b.Balance, ImportedBy: by.By, ImportedAt: l.now().UTC().Truncate(time.Microsecond),
		})
	}
	for some := range slices.Chunk(rows, keysAtOnce) {
		if err := tx.Create(&some).Error; err != nil {
			return 0, fmt.Errorf("keep the statement: %w", err)
		}
	}
	return len(rows), nil
}

func knownLines(tx *gorm.DB, lines []BankLine) (map[string]bool, error) {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	known := map[string]bool{}
	for some := range slices.Chunk(ids, keysAtOnce) {
		var there []string
		if err := tx.Model(&lineRow{}).Where("id IN ?", some).Pluck("id", &there).Error; err != nil {
			return nil, err
		}
		for _, id := range there {
			known[id] = true
		}
	}
	return known, nil
}

// unmatchedEntries moved money at the bank, and no line of the statement says so yet.
const unmatchedEntries = `source_key IN (SELECT entry FROM postings WHERE account = 'Assets:Bank:Current')
	AND source_key NOT IN (SELECT entry FROM bank_lines WHERE entry IS NOT NULL) AND date BETWEEN ? AND ?`

func candidates(db *gorm.DB, lines []BankLine) ([]Entry, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	return entriesWhere(db, unmatchedEntries,
		lines[0].Date.AddDays(-nearDays).String(), lines[len(lines)-1].Date.AddDays(nearDays).String())
}

func (l *Ledger) matchAll(tx *gorm.DB, by TreasurerAct) (int, error) {
	lines, err := linesWhere(tx, "entry IS NULL")
	if err != nil {
		return 0, err
	}
	entries, err := candidates(tx, lines)
	if err != nil {
		return 0, err
	}
	found := match(lines, entries)
	for id, key := range found {
		if err := l.tie(tx, by, id, key); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}

func (l *Ledger) tie(tx *gorm.DB, by TreasurerAct, line, key string) error {
	done := tx.Model(&lineRow{}).Where("id = ? AND entry IS NULL", line).
		Updates(map[string]any{"entry": key, "matched_by": by.By, "matched_at": l.now().UTC().Truncate(time.Microsecond)})
	switch {
	case errors.Is(done.Error, gorm.ErrDuplicatedKey), done.Error == nil && done.RowsAffected == 0:
		return ErrMatched
	default:
		return done.Error
	}
}

func lineOf(tx *gorm.DB, id string) (BankLine, error) {
	lines, err := linesWhere(tx, "id = ?", id)
	if err == nil && len(lines) == 0 {
		err = ErrNoLine
	}
	if err != nil {
		return BankLine{}, err
	}
	return lines[0], nil
}

// What the treasurer does to a line, in the words of the audit log.
const (
	actMatched   = "bank line matched"
	actExplained = "bank line explained"
	actSorted    = "suspense sorted"
)

// AboutLine reports whether an act of the audit log is about a line of the statement.
func AboutLine(what string) bool {
	return what == actMatched || what == actExplained || what == actSorted
}

// Lines are those of the statement with these ids.
func (l *Ledger) Lines(ctx context.Context, ids []string) ([]BankLine, error) {
	return linesWhere(l.db.Read(ctx), "id IN ?", ids)
}

// Match says that a line of the statement and an entry tell the same.
func (l *Ledger) Match(ctx context.Context, by TreasurerAct, line, key string) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		b, err := lineOf(tx, line)
		if err != nil {
			return err
		}
		e, there, err := entryOf(tx, key)
		switch {
		case err != nil:
			return err
		case !there:
			return fmt.Errorf("%q: %w", key, ErrNoEntry)
		case e.on(Bank) != b.Amount:
			return fmt.Errorf("%s and %s: %w", b.Amount, e.on(Bank), ErrOtherAmount)
		}
		if err := l.tie(tx, by, line, key); err != nil {
			return err
		}
		return treasurerDid(tx, l, by, actMatched, line)
	})
}

// explains are the accounts that may stand against the bank where no provider and no invoice tells of it. Costs and income with a
// document are recorded as such and matched.
var explains = []LedgerAccount{
	MemberCredit, Suspense, ClearingStripe, ClearingGoCardless, IncomeDonations, IncomeGrants, IncomeOther, CostOther, PaymentFees, ShareCapital, OpeningBalances,
}

// mayExplain reports whether an account may stand against so much at the bank. A share is paid back there; what pays one in is a member's.
func mayExplain(as LedgerAccount, in money.Pence, m member.ID) bool {
	return slices.Contains(explains, as) && (as == MemberCredit) == (m != "") && (as != ShareCapital || in < 0)
}

// Explain records what a line of the statement is that no entry tells of yet: a member's standing order or cheque (MemberCredit:
// their dues are settled from it), a bank charge, or, when nobody knows, Suspense.
func (l *Ledger) Explain(ctx context.Context, by TreasurerAct, line string, as LedgerAccount, m member.ID) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		b, err := lineOf(tx, line)
		if err != nil {
			return err
		}
		if !mayExplain(as, b.Amount, m) {
			return fmt.Errorf("%s: %w", as, ErrNotForBank)
		}
		if b.Entry != "" {
			return ErrMatched
		}
		key, err := freeKey(tx, "bank:"+line)
		if err != nil {
			return err
		}
		e := Entry{
			SourceKey: key, Date: b.Date, Kind: EntryBank, Words: as.Words(), Member: m,
			Postings: []Posting{{Bank, b.Amount}, {l.against(as, b.Amount), -b.Amount}},
		}
		if _, err := l.post(tx, e); err != nil {
			return err
		}
		if err := l.tie(tx, by, line, key); err != nil {
			return err
		}
		if err := l.toSettle(ctx, tx, e); err != nil {
			return err
		}
		return treasurerDid(tx, l, by, actExplained, line)
	})
}

// against is the account that stands against the bank: what a member paid in goes through clearing, as a provider's payments do.
func (l *Ledger) against(as LedgerAccount, in money.Pence) LedgerAccount {
	if as == MemberCredit && in > 0 && l.paidIn != nil {
		return ClearingBank
	}
	return as
}

var errNoDues = errors.New("the books are open without the book of dues, which this concerns")

// toSettle has what a member paid in settled as their dues, behind the commit.
func (l *Ledger) toSettle(ctx context.Context, tx *gorm.DB, e Entry) error {
	if e.on(ClearingBank) == 0 {
		return nil
	}
	if l.paidIn == nil {
		return errNoDues
	}
	return l.paidIn(ctx, tx, e.SourceKey)
}

// Sort takes what a line had brought to suspense out of it, once it is known what it is.
func (l *Ledger) Sort(ctx context.Context, by TreasurerAct, line string, as LedgerAccount, m member.ID) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		b, err := lineOf(tx, line)
		if err != nil {
			return err
		}
		was, _, err := entryOf(tx, b.Entry)
		if err != nil {
			return err
		}
		held := was.on(Suspense)
		if held == 0 {
			return ErrNotSuspense
		}
		if as == Suspense || !mayExplain(as, -held, m) {
			return fmt.Errorf("%s: %w", as, ErrNotForBank)
		}
		on, err := l.openDate(tx, later(b.Date, calendar.On(l.now())))
		if err != nil {
			return err
		}
		e := Entry{
			SourceKey: "sorted:" + was.SourceKey, Date: on, Kind: EntryBank, Words: as.Words(), Member: m,
			Postings: []Posting{{Suspense, -held}, {l.against(as, -held), held}},
		}
		posted, err := l.post(tx, e)
		if err != nil {
			return err
		}
		if !posted {
			return ErrNotSuspense
		}
		if err := l.toSettle(ctx, tx, e); err != nil {
			return err
		}
		return treasurerDid(tx, l, by, actSorted, line)
	})
}

// Unmatched is a line of the statement that waits for the treasurer, with what it could be.
type Unmatched struct {
	Line    BankLine
	Entries []Entry   // of the same amount, near the day
	Member  member.ID // whose reference the words hold; "" if none
}

// Unmatched lists what waits, oldest first. whose finds the member of a reference's letters, and says "" for none.
func (l *Ledger) Unmatched(ctx context.Context, whose func(ctx context.Context, letters string) (member.ID, error)) ([]Unmatched, error) {
	lines, err := linesWhere(l.db.Read(ctx), "entry IS NULL")
	if err != nil {
		return nil, err
	}
	entries, err := candidates(l.db.Read(ctx), lines)
	if err != nil {
		return nil, err
	}
	waiting := make([]Unmatched, len(lines))
	for i, b := range lines {
		waiting[i].Line = b
		for _, e := range entries {
			if e.on(Bank) == b.Amount && max(b.Date.Days(e.Date), e.Date.Days(b.Date)) <= nearDays {
				waiting[i].Entries = append(waiting[i].Entries, e)
			}
		}
		if letters := ReferenceIn(b.Words); letters != "" && b.Amount > 0 {
			if waiting[i].Member, err = whose(ctx, letters); err != nil {
				return nil, err
			}
		}
	}
	return waiting, nil
}

// CountUnmatched is how many lines wait.
func (l *Ledger) CountUnmatched(ctx context.Context) (int, error) {
	var n int64
	if err := l.db.Read(ctx).Model(&lineRow{}).Where("entry IS NULL").Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count lines that wait: %w", err)
	}
	return int(n), nil
}

// Statement is the bank's, of one month, oldest first.
func (l *Ledger) Statement(ctx context.Context, m calendar.Month) ([]BankLine, error) {
	return linesWhere(l.db.Read(ctx), "month = ?", m.String())
}

// InSuspense are the lines whose money nobody knows yet what it is, oldest first.
func (l *Ledger) InSuspense(ctx context.Context) ([]BankLine, error) {
	return linesWhere(l.db.Read(ctx), `entry IN (SELECT entry FROM postings WHERE account = ?)
		AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.source_key = 'sorted:' || bank_lines.entry)`, Suspense)
}

// referenceLetters of a member's id go into the reference, which banks give eighteen places.
const referenceLetters = 8

// Reference is what a member writes on a standing order or a cheque.
func Reference(m member.ID) string {
	return "FM" + strings.ToUpper(string(m)[:min(len(m), referenceLetters)])
}

var referenceForm = regexp.MustCompile(`(?i)\bFM([a-z2-7]{8})\b`)

// ReferenceIn finds in words the letters of a member's ID that Reference wrote; "" if there is none.
func ReferenceIn(words string) string {
	if m := referenceForm.FindStringSubmatch(words); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

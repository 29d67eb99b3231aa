package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/money"
)

// Ledger is the society's books. The database itself refuses what is unbalanced, late, changed or deleted.
type Ledger struct {
	db  *database.DB
	now func() time.Time

	queue     *jobs.Queue                                                // of what follows when a month is closed; Announce sets it
	paidIn    func(ctx context.Context, tx *gorm.DB, entry string) error // settles what a member paid at the bank; NewDues sets it
	published published
	figured   figured
}

// NewLedger opens the books.
func NewLedger(db *database.DB, now func() time.Time) *Ledger { return &Ledger{db: db, now: now} }

// ErrOtherEntry says that a source key, which stands for one event, came with two different entries.
var ErrOtherEntry = errors.New("the books have another entry for that")

type entryRow struct {
	SourceKey  string `gorm:"primaryKey"`
	Date       string
	Month      string
	Kind       EntryKind
	Words      string
	Member     member.ID
	Document   string
	Lines      int
	RecordedAt time.Time
}

func (entryRow) TableName() string { return "entries" }

type postingRow struct {
	Entry   string `gorm:"primaryKey"`
	Line    int    `gorm:"primaryKey"`
	Account LedgerAccount
	Amount  money.Pence
}

func (postingRow) TableName() string { return "postings" }

// Post records an entry of the treasurer's own; the same source key posts once. ErrUnbalanced, ErrMonthClosed, ErrOtherEntry.
func (l *Ledger) Post(ctx context.Context, e Entry) error {
	return l.db.Write(ctx, func(tx *gorm.DB) error {
		_, err := l.post(tx, e)
		return err
	})
}

// post records an entry in a transaction, and reports false if it was recorded before. Its date does not count there: told again, what
// happened may be dated in a month that was open by then.
func (l *Ledger) post(tx *gorm.DB, e Entry) (posted bool, err error) {
	return l.enter(tx, e, l.inOpenMonth)
}

// postOpen is post for an entry that openDate has dated in this transaction.
func (l *Ledger) postOpen(tx *gorm.DB, e Entry) error {
	_, err := l.enter(tx, e, func(*gorm.DB, Entry) error { return nil })
	return err
}

func (l *Ledger) enter(tx *gorm.DB, e Entry, dated func(*gorm.DB, Entry) error) (posted bool, err error) {
	if err := e.Check(); err != nil {
		return false, err
	}
	// Who posts the same event at once waits here, and then finds it.
	if err := database.Lock(tx, "entry "+e.SourceKey); err != nil {
		return false, err
	}
	switch was, there, err := entryOf(tx, e.SourceKey); {
	case err != nil:
		return false, fmt.Errorf("look up entry %s: %w", e.SourceKey, err)
	case there && !was.tellsTheSame(e):
		return false, fmt.Errorf("entry %s: %w", e.SourceKey, ErrOtherEntry)
	case there:
		return false, nil
	}
	if err := dated(tx, e); err != nil {
		return false, err
	}
	if err := tx.Create(e.postingRows()).Error; err != nil {
		return false, fmt.Errorf("entry %s: keep its postings: %w", e.SourceKey, err)
	}
	// The entry comes last: it seals the postings.
	if err := tx.Create(e.row(l.now())).Error; err != nil {
		return false, fmt.Errorf("entry %s: %w", e.SourceKey, err)
	}
	return true, nil
}

func (l *Ledger) inOpenMonth(tx *gorm.DB, e Entry) error {
	open, err := l.openDate(tx, e.Date)
	if err == nil && open != e.Date {
		err = fmt.Errorf("entry %s on %s: %w", e.SourceKey, e.Date, ErrMonthClosed)
	}
	return err
}

// openDate is the day that is wished, or if its month is closed the first day that is open. No month is closed before this transaction ends.
func (l *Ledger) openDate(tx *gorm.DB, wished calendar.Date) (calendar.Date, error) {
	if err := holdMonths(tx, "ROW SHARE"); err != nil {
		return calendar.Date{}, err
	}
	last, err := lastClosed(tx)
	if err != nil || last.IsZero() || last.Before(wished.InMonth()) {
		return wished, err
	}
	return last.Add(1).First(), nil
}

// holdMonths keeps months as they are until the transaction ends: EXCLUSIVE for who closes one, and waits for who posts, with ROW SHARE.
// SQLite has one writer at a time.
func holdMonths(tx *gorm.DB, mode string) error {
	if tx.Name() != string(database.Postgres) {
		return nil
	}
	return tx.Exec("LOCK TABLE months IN " + mode + " MODE").Error
}

// lastClosed is the latest month that is closed; zero before the first. All months before it are closed too.
func lastClosed(db *gorm.DB) (calendar.Month, error) {
	var last []string
	if err := db.Raw("SELECT month FROM months ORDER BY month DESC LIMIT 1").Scan(&last).Error; err != nil {
		return calendar.Month{}, fmt.Errorf("look up closed months: %w", err)
	}
	if len(last) == 0 {
		return calendar.Month{}, nil
	}
	return calendar.ParseMonth(last[0])
}

func (e Entry) row(now time.Time) *entryRow {
	return &entryRow{
		SourceKey: e.SourceKey, Date: e.Date.String(), Month: e.Date.InMonth().String(), Kind: e.Kind, Words: e.Words,
		Member: e.Member, Document: e.Document, Lines: len(e.Postings), RecordedAt: now.UTC().Truncate(time.Microsecond),
	}
}

func (e Entry) postingRows() []postingRow {
	rows := make([]postingRow, len(e.Postings))
	for i, p := range e.Postings {
		rows[i] = postingRow{Entry: e.SourceKey, Line: i + 1, Account: p.Account, Amount: p.Amount}
	}
	return rows
}

func (e Entry) tellsTheSame(o Entry) bool {
	return e.Kind == o.Kind && e.Member == o.Member && slices.Equal(inOrder(e.Postings), inOrder(o.Postings))
}

func inOrder(postings []Posting) []Posting {
	return slices.SortedFunc(slices.Values(postings), func(a, b Posting) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Amount, b.Amount))
	})
}

func entryOf(db *gorm.DB, key string) (e Entry, there bool, err error) {
	found, err := entriesWhere(db, "source_key = ?", key)
	if err != nil || len(found) == 0 {
		return Entry{}, false, err
	}
	return found[0], true, nil
}

// Entry is the one that was recorded for a source.
func (l *Ledger) Entry(ctx context.Context, key string) (e Entry, there bool, err error) {
	return entryOf(l.db.Read(ctx), key)
}

// EntriesOf are a member's, oldest first.
func (l *Ledger) EntriesOf(ctx context.Context, m member.ID) ([]Entry, error) {
	return entriesWhere(l.db.Read(ctx), "member = ? AND member <> ''", m)
}

// EntriesIn are a month's, oldest first, at most that many.
func (l *Ledger) EntriesIn(ctx context.Context, m calendar.Month, most int) ([]Entry, error) {
	return entriesWhere(l.db.Read(ctx).Limit(most), "month = ?", m.String())
}

func entriesWhere(db *gorm.DB, where string, args ...any) ([]Entry, error) {
	var rows []entryRow
	if err := db.Where(where, args...).Order("date, recorded_at, source_key").Find(&rows).Error; err != nil {
		return nil, err
	}
	entries, keys, nth := make([]Entry, len(rows)), make([]string, len(rows)), make(map[string]int, len(rows))
	for i, r := range rows {
		date, err := calendar.ParseDate(r.Date)
		if err != nil {
			return nil, err
		}
		entries[i] = Entry{
			SourceKey: r.SourceKey, Date: date, Kind: r.Kind, Words: r.Words, Member: r.Member, Document: r.Document, Recorded: r.RecordedAt.UTC(),
		}
		keys[i], nth[r.SourceKey] = r.SourceKey, i
	}
	for some := range slices.Chunk(keys, keysAtOnce) {
		var lines []postingRow
		if err := db.Session(&gorm.Session{NewDB: true}).Where("entry IN ?", some).Order("entry, line").Find(&lines).Error; err != nil {
			return nil, err
		}
		for _, p := range lines {
			e := &entries[nth[p.Entry]]
			e.Postings = append(e.Postings, Posting{p.Account, p.Amount})
		}
	}
	return entries, nil
}

// keysAtOnce keeps a question short of the databases' limits on its length.
const keysAtOnce = 500

// Balances are what stood on each account at the end of a day. Accounts that nothing was ever posted to are not in it.
func (l *Ledger) Balances(ctx context.Context, upTo calendar.Date) (map[LedgerAccount]money.Pence, error) {
	return balances(l.db.Read(ctx), upTo)
}

func balances(db *gorm.DB, upTo calendar.Date) (map[LedgerAccount]money.Pence, error) {
	var sums []struct {
		Account LedgerAccount
		Amount  money.Pence
	}
	err := db.Raw(`SELECT p.account, CAST(sum(p.amount) AS BIGINT) AS amount FROM postings p JOIN entries e ON e.source_key = p.entry
		WHERE e.date <= ? GROUP BY p.account`, upTo.String()).Scan(&sums).Error
	if err != nil {
		return nil, fmt.Errorf("add up the books: %w", err)
	}
	on := make(map[LedgerAccount]money.Pence, len(sums))
	for _, s := range sums {
		on[s.Account] = s.Amount
	}
	return on, nil
}

package billing

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// BankLine is a line of the bank's own statement.
type BankLine struct {
	ID      string // the same however often a line is imported
	Date    calendar.Date
	Words   string       // as the bank has them: may name people, so only the treasurer sees them
	Amount  money.Pence  // into our account, or if negative out of it
	Balance *money.Pence // after it; nil where the bank does not tell
	Entry   string       // source key of the entry that tells the same; "" while it is not matched
}

// What banks call their columns. Of words, all that a file has are joined in this order.
var (
	dateNames    = []string{"date", "transaction date", "posted date", "value date", "completed date (utc)"}
	wordNames    = []string{"counter party", "counterparty", "name", "payee", "transaction description", "description", "narrative", "memo", "details", "reference", "notes and #tags"}
	amountNames  = []string{"amount", "value", "amount (gbp)", "amount (£)", "amount gbp"}
	inNames      = []string{"credit", "credit amount", "money in", "paid in", "credit (£)", "money in (£)", "paid in (£)", "in"}
	outNames     = []string{"debit", "debit amount", "money out", "paid out", "debit (£)", "money out (£)", "paid out (£)", "out", "withdrawn"}
	balanceNames = []string{"balance", "balance (gbp)", "account balance", "running balance", "balance (£)", "balance gbp"}
	currencyName = []string{"currency", "payment currency"}
)

// columns says which fields of a statement hold what; -1: none.
type columns struct {
	date, amount, in, out, balance, currency int
	words                                    []int
	last                                     int
}

func columnsOf(header []string) (c columns, ok bool) {
	low := lowered(header)
	for i := range low {
		low[i] = strings.TrimSpace(strings.Trim(low[i], "*"))
	}
	find := func(names []string) int {
		for _, name := range names {
			if i := slices.Index(low, name); i >= 0 {
				return i
			}
		}
		return -1
	}
	c = columns{
		date: find(dateNames), amount: find(amountNames), in: find(inNames), out: find(outNames),
		balance: find(balanceNames), currency: find(currencyName),
	}
	for _, name := range wordNames {
		if i := slices.Index(low, name); i >= 0 {
			c.words = append(c.words, i)
		}
	}
	if c.amount >= 0 {
		c.in, c.out = -1, -1 // some tell it twice
	}
	c.last = max(c.date, c.amount, c.in, c.out, c.balance, c.currency, slices.Max(append(c.words, -1)))
	return c, c.date >= 0 && len(c.words) > 0 && (c.amount >= 0 || c.in >= 0 && c.out >= 0)
}

var (
	errNoHeader = errors.New("no line names columns for the day, the words and the amount (or money in and money out); choose the statement that the bank offers as CSV")
	errBalances = errors.New("the balance does not follow from the line before: lines are missing, or a figure was changed")
)

// headerWithin is how far down some banks put the names of the columns.
const headerWithin = 12

// ParseStatement reads the CSV statement of a British bank, whichever: it goes by the names of the columns, and by the running balance
// where there is one. Lines come back oldest first.
func ParseStatement(text []byte) ([]BankLine, error) {
	rows, at, err := records(text)
	if err != nil {
		return nil, err
	}
	for i := range rows[:min(len(rows), headerWithin)] {
		if c, ok := columnsOf(rows[i]); ok {
			return c.statement(rows[i+1:], at[i+1:])
		}
	}
	return nil, &LineError{1, errNoHeader}
}

func (c columns) statement(rows [][]string, at []int) ([]BankLine, error) {
	var lines []BankLine
	var kept []int
	var wrong []error
	for i, row := range rows {
		if strings.Join(row, "") == "" {
			continue
		}
		line, err := c.line(row)
		if err != nil {
			wrong = append(wrong, &LineError{at[i], err})
		}
		if err == nil && line.Amount == 0 {
			continue // a carried-forward balance, or a card check
		}
		lines, kept = append(lines, line), append(kept, at[i])
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong[:min(len(wrong), mostLineWords)]...)
	}
	if newestFirst(lines) {
		slices.Reverse(lines)
		slices.Reverse(kept)
	}
	for i := 1; i < len(lines); i++ {
		if lines[i].Date.Before(lines[i-1].Date) {
			return nil, &LineError{kept[i], errors.New("the days are in no order")}
		}
		if a, b := lines[i-1].Balance, lines[i].Balance; a != nil && b != nil && *a+lines[i].Amount != *b {
			return nil, &LineError{kept[i], errBalances}
		}
	}
	name(lines)
	return lines, nil
}

// newestFirst goes by the days, and within one day by the balances.
func newestFirst(lines []BankLine) bool {
	if len(lines) == 0 {
		return false
	}
	if order := lines[0].Date.Compare(lines[len(lines)-1].Date); order != 0 {
		return order > 0
	}
	up, down := 0, 0
	for i := 1; i < len(lines); i++ {
		if a, b := lines[i-1].Balance, lines[i].Balance; a != nil && b != nil {
			if *a+lines[i].Amount == *b {
				up++
			}
			if *b+lines[i-1].Amount == *a {
				down++
			}
		}
	}
	return down > up
}

func (c columns) line(row []string) (l BankLine, err error) {
	if len(row) <= c.last {
		return l, fmt.Errorf("%d fields, and the columns need %d", len(row), c.last+1)
	}
	if c.currency >= 0 && row[c.currency] != money.Currency {
		return l, fmt.Errorf("the books are kept in %s, not in %q", money.Currency, row[c.currency])
	}
	if l.Date, err = parseDay(row[c.date]); err != nil {
		return l, err
	}
	if l.Amount, err = c.moved(row); err != nil {
		return l, err
	}
	if c.balance >= 0 && row[c.balance] != "" {
		b, err := parseAmount(row[c.balance])
		if err != nil {
			return l, fmt.Errorf("balance: %w", err)
		}
		l.Balance = &b
	}
	var words []string
	for _, i := range c.words {
		if w := strings.Join(strings.Fields(row[i]), " "); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	l.Words = strings.Join(words, " / ")
	return l, nil
}

// moved is the amount, from one column with a sign or from two without (some banks put a minus before what went out all the same).
func (c columns) moved(row []string) (money.Pence, error) {
	if c.amount >= 0 {
		return parseAmount(row[c.amount])
	}
	in, out := row[c.in], row[c.out]
	if in != "" && out != "" {
		a, errIn := parseAmount(in)
		b, errOut := parseAmount(out)
		switch {
		case errIn != nil || errOut != nil || a != 0 && b != 0:
			return 0, fmt.Errorf("money in %q and money out %q on one line", in, out)
		case a != 0:
			out = ""
		default:
			in = ""
		}
	}
	if in != "" {
		p, err := parseAmount(in)
		if err == nil && p < 0 {
			err = fmt.Errorf("money in is %q", in)
		}
		return p, err
	}
	p, err := parseAmount(out)
	return -max(p, -p), err
}

// name gives each line its id. Two lines alike in everything are told apart by their number.
func name(lines []BankLine) {
	seen := map[string]int{}
	for i := range lines {
		l := &lines[i]
		text := fmt.Sprintf("%s|%d|%s", l.Date, l.Amount, l.Words)
		if l.Balance != nil {
			text += fmt.Sprintf("|%d", *l.Balance)
		}
		seen[text]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", text, seen[text]))
		l.ID = hex.EncodeToString(sum[:12])
	}
}

// nearDays is how far the bank's day may be from ours: a payout is dated when it should arrive, a cheque when it was paid in.
const nearDays = 5

// match finds for each line the entry that tells the same: the amount at the bank, near the day, and either the only one that could be
// meant or one whose document the bank's words name. What is not certain is left to the treasurer.
func match(lines []BankLine, entries []Entry) map[string]string {
	type pair struct {
		line, entry int
		named       bool
		days        int
	}
	var pairs []pair
	ofLine, ofEntry := make([]int, len(lines)), make([]int, len(entries))
	for i, l := range lines {
		for j, e := range entries {
			days := max(l.Date.Days(e.Date), e.Date.Days(l.Date))
			if days <= nearDays && e.on(Bank) == l.Amount {
				pairs = append(pairs, pair{i, j, e.namedBy(l.Words), days})
				ofLine[i]++
				ofEntry[j]++
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		if a.named != b.named {
			if a.named {
				return -1
			}
			return 1
		}
		return cmp.Or(a.days-b.days, a.line-b.line, a.entry-b.entry)
	})
	found, used := map[string]string{}, map[int]bool{}
	for _, p := range pairs {
		sure := p.named || ofLine[p.line] == 1 && ofEntry[p.entry] == 1
		if id := lines[p.line].ID; sure && found[id] == "" && !used[p.entry] {
			found[id], used[p.entry] = entries[p.entry].SourceKey, true
		}
	}
	return found
}

// AtBank is what an entry moved at the bank.
func (e Entry) AtBank() money.Pence { return e.on(Bank) }

// on is what an entry does to an account.
func (e Entry) on(a LedgerAccount) (sum money.Pence) {
	for _, p := range e.Postings {
		if p.Account == a {
			sum += p.Amount
		}
	}
	return sum
}

// namedBy reports whether the bank's words hold a part of the document that is long enough to mean it: an invoice's or a payout's reference.
func (e Entry) namedBy(words string) bool {
	words = strings.ToLower(words)
	for part := range strings.FieldsFuncSeq(strings.ToLower(e.Document), func(r rune) bool { return r == ' ' || r == ',' || r == '/' }) {
		if len(part) >= 4 && strings.ContainsAny(part, "0123456789") && strings.Contains(words, part) {
			return true
		}
	}
	return false
}

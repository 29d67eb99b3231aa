package billing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// CostAccounts are the headings under which the treasurer records costs, as pages list them.
var CostAccounts = []LedgerAccount{
	CostServers, CostRegistration, CostBandwidth, CostPush, CostSupport, CostWages, CostLegal, CostInsurance, CostOther,
}

// IncomeAccounts are those for income other than dues.
var IncomeAccounts = []LedgerAccount{IncomeDonations, IncomeGrants, IncomeOther}

// Words is the last part of an account's name, as people and files of theirs say it: "servers".
func (a LedgerAccount) Words() string {
	return strings.ToLower(string(a[strings.LastIndex(string(a), ":")+1:]))
}

// Outlay is a cost that the society paid, or an income of its own, as the treasurer records it.
type Outlay struct {
	Account  LedgerAccount // one of CostAccounts or IncomeAccounts
	Supplier string        // a role, if it is a person: public for costs. Or who gave: not public
	Invoice  string        // their reference, once each; public as the supplier is
	Date     calendar.Date // when it left or reached the bank
	Amount   money.Pence   // above zero; the account says which way it went
	Over     int           // months that a cost serves, this one the first; 0 counts as 1
}

// Income reports whether money came in.
func (o Outlay) Income() bool { return slices.Contains(IncomeAccounts, o.Account) }

const (
	longestName = 80  // runes of a supplier or an invoice reference
	longestOver = 120 // months
	mostOutlay  = money.Pence(100_000_000_00)
)

// What can be wrong with an outlay.
var (
	ErrCategory = errors.New("that is not a category of costs or income")
	ErrSupplier = fmt.Errorf("the supplier is needed, on one line, with %d letters at most", longestName)
	ErrInvoice  = fmt.Errorf("the invoice reference is needed, on one line, with %d letters at most", longestName)
	ErrNoDay    = errors.New("a day is needed")
	ErrOutlay   = fmt.Errorf("the amount is above nothing and at most %s", mostOutlay)
	ErrOver     = fmt.Errorf("a cost serves from 1 to %d months, income its own", longestOver)
)

// Faults are all that is wrong with it.
func (o Outlay) Faults() (all []error) {
	for _, f := range []struct {
		wrong bool
		err   error
	}{
		{!o.Income() && !slices.Contains(CostAccounts, o.Account), ErrCategory},
		{!plain(o.Supplier), misnamed(ErrSupplier, o.Supplier)},
		{!plain(o.Invoice), misnamed(ErrInvoice, o.Invoice)},
		{o.Date.IsZero(), ErrNoDay},
		{o.Amount <= 0 || o.Amount > mostOutlay, ErrOutlay},
		{o.Over < 0 || o.Over > longestOver || o.Income() && o.Over > 1, ErrOver},
	} {
		if f.wrong {
			all = append(all, f.err)
		}
	}
	return all
}

// Check says what is wrong with it, in words for the treasurer.
func (o Outlay) Check() error { return errors.Join(o.Faults()...) }

// OutlayError is why one of several was not recorded, and so none.
type OutlayError struct {
	Outlay
	Why error
}

func (e *OutlayError) Error() string { return fmt.Sprintf("%s, %s: %v", e.Supplier, e.Invoice, e.Why) }

// Unwrap is why.
func (e *OutlayError) Unwrap() error { return e.Why }

// misnamed is what is wrong with a name that is not plain.
func misnamed(field error, s string) error {
	_, err := member.Line(s, longestName)
	return member.Amiss(field, err)
}

func plain(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && utf8.ValidString(s) && utf8.RuneCountInString(s) <= longestName &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == ';' || r == '\\' || r == '|' })
}

// key is the same for the same invoice, however it is spelt.
func (o Outlay) key() string {
	kind := "cost"
	if o.Income() {
		kind = "income"
	}
	return kind + ":" + spelt(o.Supplier) + ":" + spelt(o.Invoice)
}

func spelt(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

func (o Outlay) entry(key string) Entry {
	e := Entry{
		SourceKey: key, Date: o.Date, Kind: EntryCost, Words: o.Account.Words(), Document: o.Supplier + ", " + o.Invoice,
		Postings: []Posting{{o.Account, o.Amount}, {Bank, -o.Amount}},
	}
	if o.Income() {
		e.Kind, e.Postings = EntryIncome, []Posting{{Bank, o.Amount}, {o.Account, -o.Amount}}
	}
	return e
}

// LineError is what is wrong in a line of a file.
type LineError struct {
	Line int // the first is 1
	Why  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Why) }

// Unwrap is what is wrong.
func (e *LineError) Unwrap() error { return e.Why }

const (
	mostFile      = 4 << 20 // bytes
	mostLines     = 20_000
	mostLineWords = 20 // errors told of one file
)

var errTooLong = fmt.Errorf("the file is too long: at most %d lines and %d MiB", mostLines, mostFile>>20)

// records reads a CSV file as spreadsheets write it, with the number of each one's line.
func records(text []byte) (rows [][]string, lines []int, err error) {
	if len(text) > mostFile {
		return nil, nil, errTooLong
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		return nil, nil, errors.New("the file is not in UTF-8: save it again as “CSV UTF-8”")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, lines, nil
		}
		if broken := new(csv.ParseError); errors.As(err, &broken) {
			return nil, nil, &LineError{broken.Line, broken.Err}
		}
		if err != nil {
			return nil, nil, err
		}
		if len(rows) == mostLines {
			return nil, nil, errTooLong
		}
		line, _ := r.FieldPos(0)
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows, lines = append(rows, row), append(lines, line)
	}
}

// ParseOutlays reads a CSV file with the columns date, category, supplier, invoice, amount and perhaps months. It takes all or nothing.
func ParseOutlays(text []byte) ([]Outlay, error) {
	rows, lines, err := records(text)
	if err != nil {
		return nil, err
	}
	want := []string{"date", "category", "supplier", "invoice", "amount", "months"}
	if len(rows) == 0 || !slices.Equal(lowered(rows[0]), want) && !slices.Equal(lowered(rows[0]), want[:5]) {
		return nil, &LineError{1, fmt.Errorf("the first line names the columns: %s (and %s, if costs serve several)", strings.Join(want[:5], ","), want[5])}
	}
	var outlays []Outlay
	var wrong []error
	for i, row := range rows[1:] {
		o, err := parseOutlay(row, len(rows[0]))
		if err == nil {
			err = o.Check()
		}
		if err != nil {
			wrong = append(wrong, &LineError{lines[i+1], err})
		}
		outlays = append(outlays, o)
	}
	return outlays, errors.Join(wrong[:min(len(wrong), mostLineWords)]...)
}

func lowered(row []string) []string {
	low := make([]string, len(row))
	for i := range row {
		low[i] = strings.ToLower(row[i])
	}
	return low
}

func parseOutlay(row []string, columns int) (o Outlay, err error) {
	if len(row) != columns {
		return o, fmt.Errorf("%d fields, not %d", len(row), columns)
	}
	o.Supplier, o.Invoice, o.Over = row[2], row[3], 1
	for _, a := range slices.Concat(CostAccounts, IncomeAccounts) {
		if strings.EqualFold(row[1], a.Words()) && o.Account == "" {
			o.Account = a
		}
		if strings.EqualFold(row[1], string(a)) {
			o.Account = a
		}
	}
	if o.Account == "" {
		return o, fmt.Errorf("%q is not a category of costs or income", row[1])
	}
	if o.Date, err = parseDay(row[0]); err != nil {
		return o, err
	}
	if o.Amount, err = parseAmount(row[4]); err != nil {
		return o, err
	}
	if columns == 6 && row[5] != "" {
		if o.Over, err = strconv.Atoi(row[5]); err != nil || o.Over < 1 {
			return o, fmt.Errorf("%q is not a number of months", row[5])
		}
	}
	return o, nil
}

// The ways in which British banks and spreadsheets write a day.
var dayForms = []string{
	time.DateOnly, "02/01/2006", "2/1/2006", "02/01/06", "02-01-2006", "02 Jan 2006", "2 Jan 2006", "02-Jan-2006", "02 Jan 06", "02-Jan-06",
	"2006-01-02 15:04:05", "02/01/2006 15:04:05", "02/01/2006 15:04", time.RFC3339,
}

func parseDay(s string) (calendar.Date, error) {
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil {
			y, m, d := t.Date()
			return calendar.Date{Year: y, Month: m, Day: d}, nil
		}
	}
	return calendar.Date{}, fmt.Errorf("%q is not a day like 23/11/2026 or 2026-11-23", s)
}

var amountForm = regexp.MustCompile(`^([-−+]?)£?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2}))?$`)

// parseAmount reads pounds and pence. It guesses at nothing: a comma for a point, or a third place behind it, is refused.
func parseAmount(s string) (money.Pence, error) {
	m := amountForm.FindStringSubmatch(strings.TrimSpace(strings.Replace(s, "£-", "-£", 1)))
	if m == nil {
		return 0, fmt.Errorf("%q is not an amount like 1234.50", s)
	}
	pounds, err := strconv.ParseInt(strings.ReplaceAll(m[2], ",", ""), 10, 64)
	if err != nil {
		return 0, err
	}
	pence, _ := strconv.ParseInt((m[3] + "00")[:2], 10, 64) // two digits
	p := money.Pence(pounds*100 + pence)
	if m[1] == "-" || m[1] == "−" {
		p = -p
	}
	return p, nil
}

package billing

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// BookFile is one published file.
type BookFile struct {
	Name string // "2026-10.journal"
	Form string // "journal", "beancount", "csv", or whose import it is for
	Text []byte
}

// BookForms are the forms of the books, as --format and addresses name them. The first three are whole books; the rest are what
// accounting services import, in the shapes that their documentation gives:
//
//	xero          Accounting > Bank accounts > Import a statement: Date,Amount,Payee,Description,Reference, day/month/year, one signed amount
//	freeagent     Banking > Upload a statement: date, amount, description, no header, no quotes, no commas in fields
//	quickbooks    Transactions > Upload from file: the three columns Date,Description,Amount
//	xero-journal  Manual journals > Import: *Narration,*Date,Description,*AccountCode,*TaxRate,*Amount, debits above zero
var BookForms = []string{"journal", "beancount", "csv", "xero", "freeagent", "quickbooks", "xero-journal"}

// moneyAccounts have statements: the bank, and what each provider holds.
var moneyAccounts = []LedgerAccount{Bank, ClearingStripe, ClearingGoCardless}

// files are all forms of a month. An account in which nothing moved has no statement.
func (b Book) files() []BookFile {
	at := b.Month.String()
	files := []BookFile{
		{at + ".journal", "journal", b.journal()},
		{at + ".beancount", "beancount", b.beancount()},
		{at + ".csv", "csv", b.csv()},
	}
	for _, shape := range []struct {
		form  string
		write func([]moved) []byte
	}{{"xero", xero}, {"freeagent", freeagent}, {"quickbooks", quickbooks}} {
		for _, a := range moneyAccounts {
			if lines := b.moved(a); len(lines) > 0 {
				files = append(files, BookFile{fmt.Sprintf("%s-%s-%s.csv", at, a.Words(), shape.form), shape.form, shape.write(lines)})
			}
		}
	}
	return append(files, BookFile{at + "-xero-journal.csv", "xero-journal", b.manualJournal()})
}

// moved is a line of an account's statement.
type moved struct {
	date      calendar.Date
	words     string
	reference string
	amount    money.Pence
}

func (b Book) moved(a LedgerAccount) (lines []moved) {
	for i, s := range b.Sums {
		for _, p := range s.Postings {
			if p.Account == a {
				lines = append(lines, moved{s.Date, s.title(), fmt.Sprintf("%s/%d", b.Month, i+1), p.Amount})
			}
		}
	}
	return lines
}

// british is a day as all of these services read it when they are set to the United Kingdom.
func british(d calendar.Date) string {
	return fmt.Sprintf("%02d/%02d/%04d", d.Day, int(d.Month), d.Year)
}

func table(header []string, rows [][]string) []byte {
	var t bytes.Buffer
	w := csv.NewWriter(&t)
	_ = w.Write(header) // to memory: it cannot fail
	_ = w.WriteAll(rows)
	return t.Bytes()
}

func xero(lines []moved) []byte {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{british(l.date), l.amount.Decimal(), "", l.words, l.reference})
	}
	return table([]string{"Date", "Amount", "Payee", "Description", "Reference"}, rows)
}

func quickbooks(lines []moved) []byte {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{british(l.date), l.words, l.amount.Decimal()})
	}
	return table([]string{"Date", "Description", "Amount"}, rows)
}

// freeagent takes neither a header nor a quote.
func freeagent(lines []moved) []byte {
	var t bytes.Buffer
	for _, l := range lines {
		words := strings.NewReplacer(",", "", `"`, "").Replace(l.words)
		fmt.Fprintf(&t, "%s,%s,%s\n", british(l.date), l.amount.Decimal(), words)
	}
	return t.Bytes()
}

// manualJournal has the whole month, for books that are kept elsewhere too. The account's name stands for its code: a chart there has
// its own, to be mapped once.
func (b Book) manualJournal() []byte {
	var rows [][]string
	for i, s := range b.Sums {
		for _, p := range s.Postings {
			rows = append(rows, []string{
				fmt.Sprintf("%s/%d %s", b.Month, i+1, s.title()), british(s.Date), s.Document, string(p.Account), "No VAT", p.Amount.Decimal(),
			})
		}
	}
	return table([]string{"*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"}, rows)
}

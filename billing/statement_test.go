package billing

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"folkmoot/internal/money"
)

// The same two lines as several banks write them: £120.50 out to a host on the 3rd, £970 in from a provider on the 4th.
var statements = map[string]string{
	"Lloyds": "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance\n" +
		"04/11/2026,BGC,'11-22-33,12345678,STRIPE PO-77,,970.00,1849.50\n03/11/2026,DD,'11-22-33,12345678,HOST LTD,120.50,,879.50\n",
	"Co-operative": "Date,Description,Type,Money In,Money Out,Balance\n2026-11-03,HOST LTD,DD,,120.50,879.50\n2026-11-04,STRIPE PO-77,BGC,970.00,,1849.50\n",
	"Starling": "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n" +
		"03/11/2026,HOST LTD,,DIRECT DEBIT,-120.50,879.50,SERVERS,\n04/11/2026,STRIPE,PO-77,FASTER PAYMENT,970.00,1849.50,INCOME,\n",
	"NatWest": "\nDate, Type, Description, Value, Balance, Account Name, Account Number\n\n" +
		"04 Nov 2026,BAC,\"STRIPE PO-77\",970.00,1849.50,\"'MOOT\",\"'112233-12345678\"\n03 Nov 2026,D/D,\"HOST LTD\",-120.50,879.50,\"'MOOT\",\"'112233-12345678\"\n",
	"Barclays": "Number,Date,Account,Amount,Subcategory,Memo\n,04/11/2026,11-22-33 12345678,970.00,Counter Credit,STRIPE PO-77\n,03/11/2026,11-22-33 12345678,-120.50,Direct Debit,HOST LTD\n",
	"Monzo": "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,Address,Receipt,Description,Category split,Money Out,Money In\n" +
		"tx_1,03/11/2026,09:10:11,Direct Debit,HOST LTD,,Bills,-120.50,GBP,-120.50,GBP,,,,HOST LTD,,-120.50,\n" +
		"tx_2,04/11/2026,09:10:11,Faster payment,STRIPE,,Income,970.00,GBP,970.00,GBP,PO-77,,,STRIPE,,,970.00\n",
	"Santander": "Statement of account\n\nDate,Description,Money in,Money Out,Balance\n04/11/2026,STRIPE PO-77,\"£970.00\",,\"£1,849.50\"\n03/11/2026,HOST LTD,,-£120.50,£879.50\n",
}

func TestStatementsOfBritishBanksAreUnderstood(t *testing.T) {
	for bank, text := range statements {
		t.Run(bank, func(t *testing.T) {
			got, err := ParseStatement([]byte("\xef\xbb\xbf" + strings.ReplaceAll(text, "\n", "\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			want := []BankLine{
				{Date: day(t, "2026-11-03"), Words: "HOST LTD", Amount: -12050, Balance: new(money.Pence(87950))},
				{Date: day(t, "2026-11-04"), Words: "STRIPE PO-77", Amount: 97000, Balance: new(money.Pence(184950))},
			}
			if bank == "Barclays" || bank == "Monzo" {
				want[0].Balance, want[1].Balance = nil, nil
			}
			for i := range got {
				got[i].Words = strings.ReplaceAll(got[i].Words, " / ", " ")
			}
			if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(BankLine{}, "ID")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStatementsThatCannotBeTrustedAreRefusedByLine(t *testing.T) {
	const header = "Date,Description,Amount,Balance\n"
	for want, text := range map[string]string{
		"line 1: no line names columns":           "a,b,c\n1,2,3\n",
		"line 2: \"31/02/2026\" is not a day":     header + "31/02/2026,x,1.00,1.00\n",
		"line 2: \"1,00\" is not an amount":       header + "01/02/2026,x,\"1,00\",1.00\n",
		"line 2: \"1.005\" is not an amount":      header + "01/02/2026,x,1.005,1.00\n",
		"line 3: the balance does not follow":     header + "01/02/2026,x,1.00,1.00\n02/02/2026,y,1.00,2.01\n",
		"line 4: the days are in no order":        header + "01/02/2026,x,1.00,1.00\n03/02/2026,y,1.00,2.00\n02/02/2026,y,1.00,3.00\n03/02/2026,y,1.00,4.00\n",
		"line 2: 3 fields":                        header + "01/02/2026,x,1.00\n",
		"line 2: the books are kept in GBP":       "Date,Description,Amount,Currency\n01/02/2026,x,1.00,EUR\n",
		"line 2: money in \"1\" and money out":    "Date,Description,Money in,Money out\n01/02/2026,x,1,2\n",
		"line 3: extraneous or missing \"":        header + "01/02/2026,x,1.00,1.00\n02/02/2026,\"y\"z,1.00,2.00\n",
		"not in UTF-8":                            header + "01/02/2026,caf\xe9,1.00,1.00\n",
		"line 1: no line names columns for the d": "",
	} {
		lines, err := ParseStatement([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want %s", lines, err, want)
		}
	}
}

func TestALineHasOneNameHoweverOftenItIsImported(t *testing.T) {
	const header = "Date,Description,Amount\n"
	all, err := ParseStatement([]byte(header + "01/11/2026,x,1.00\n02/11/2026,cheque,10.00\n02/11/2026,cheque,10.00\n"))
	if err != nil {
		t.Fatal(err)
	}
	some, err := ParseStatement([]byte(header + "02/11/2026,cheque,10.00\n02/11/2026,cheque,10.00\n03/11/2026,y,5.00\n"))
	if err != nil {
		t.Fatal(err)
	}
	if all[1].ID == all[2].ID || all[1].ID != some[0].ID || all[2].ID != some[1].ID {
		t.Errorf("%v %v", all, some)
	}
}

func TestAmountsAreReadOrRefused(t *testing.T) {
	for text, want := range map[string]money.Pence{
		"1": 100, "1.5": 150, "1.05": 105, "-1.05": -105, "−1.05": -105, "£1,234.56": 123456, "-£3": -300, "£-3": -300, "+2": 200, "1,234,567.00": 123456700, " 7 ": 700,
	} {
		if got, err := parseAmount(text); got != want || err != nil {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-", ".5", "1.", "1,23", "12,34.5", "1e3", "0x1", "1.234", "1 000", "£", "--1", "١", "9999999999", "NaN"} {
		if got, err := parseAmount(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzParseStatement(f *testing.F) {
	for _, text := range statements {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := ParseStatement(text)
		if err != nil {
			return
		}
		ids := map[string]bool{}
		for i, l := range lines {
			if ids[l.ID] || l.Amount == 0 || i > 0 && l.Date.Before(lines[i-1].Date) {
				t.Fatalf("%v", lines)
			}
			ids[l.ID] = true
		}
	})
}

func TestWhatIsCertainIsMatchedAndTheRestLeft(t *testing.T) {
	line := func(id, on, words string, p money.Pence) BankLine {
		return BankLine{ID: id, Date: day(t, on), Words: words, Amount: p}
	}
	entry := func(key, on, document string, p money.Pence) Entry {
		return Entry{SourceKey: key, Date: day(t, on), Document: document, Postings: []Posting{{Bank, p}, {ClearingStripe, -p}}}
	}
	for name, c := range map[string]struct {
		lines   []BankLine
		entries []Entry
		want    string
	}{
		"the only one":            {[]BankLine{line("l", "2026-11-03", "x", 500)}, []Entry{entry("e", "2026-11-01", "", 500)}, "map[l:e]"},
		"another amount":          {[]BankLine{line("l", "2026-11-03", "x", 501)}, []Entry{entry("e", "2026-11-03", "", 500)}, "map[]"},
		"too far away":            {[]BankLine{line("l", "2026-11-09", "x", 500)}, []Entry{entry("e", "2026-11-03", "", 500)}, "map[]"},
		"two it could be":         {[]BankLine{line("l", "2026-11-03", "x", 500)}, []Entry{entry("e", "2026-11-03", "", 500), entry("f", "2026-11-02", "", 500)}, "map[]"},
		"two, and one is named":   {[]BankLine{line("l", "2026-11-03", "STRIPE PO-78 GB", 500)}, []Entry{entry("e", "2026-11-03", "PO-77", 500), entry("f", "2026-11-02", "PO-78", 500)}, "map[l:f]"},
		"one entry for two lines": {[]BankLine{line("k", "2026-11-03", "x", 500), line("l", "2026-11-03", "x", 500)}, []Entry{entry("e", "2026-11-03", "", 500)}, "map[]"},
		"nearest of those named":  {[]BankLine{line("k", "2026-11-01", "inv 2026", 500), line("l", "2026-11-03", "inv 2026", 500)}, []Entry{entry("e", "2026-11-03", "Host, 2026", 500), entry("f", "2026-11-01", "Host, 2026", 500)}, "map[k:f l:e]"},
	} {
		if got := fmt.Sprint(match(c.lines, c.entries)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestOutlaysAreReadByLine(t *testing.T) {
	got, err := ParseOutlays([]byte("Date,Category,Supplier,Invoice,Amount,Months\n03/11/2026,servers,Host Ltd,INV-1,\"1,200.00\",12\n2026-11-04,donations,A legacy,2026/1,50,\n"))
	want := []Outlay{
		{CostServers, "Host Ltd", "INV-1", day(t, "2026-11-03"), 120000, 12},
		{IncomeDonations, "A legacy", "2026/1", day(t, "2026-11-04"), 5000, 1},
	}
	if diff := cmp.Diff(got, want); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	const header = "date,category,supplier,invoice,amount\n"
	for want, text := range map[string]string{
		"line 1: the first line names":   "day,category,supplier,invoice,amount\n",
		"line 2: \"dues\" is not a":      header + "2026-11-03,dues,x,y,1\n",
		"line 3: the invoice reference":  header + "2026-11-03,servers,x,y,1\n2026-11-03,servers,x,,1\n",
		"line 2: the amount is above":    header + "2026-11-03,servers,x,y,-1\n",
		"line 2: 4 fields, not 5":        header + "2026-11-03,servers,x,y\n",
		"line 2: the supplier is needed": header + "2026-11-03,servers,\"x\ny\",z,1\n",
	} {
		if _, err := ParseOutlays([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	var line *LineError
	if _, err := ParseOutlays([]byte(header + "2026-11-03,servers,x,y,0\n")); !errors.As(err, &line) || line.Line != 2 {
		t.Errorf("got %v", err)
	}
}

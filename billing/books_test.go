package billing

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folkmoot/billing/bookstest"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

// plausible posts three months of a small society and closes them. The seed decides amounts and who does what.
func plausible(t testing.TB, db *database.DB, seed uint64) *Ledger {
	t.Helper()
	books, random := NewLedger(db, midNovember), rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a plausible history, no secret
	n := 0
	post := func(kind EntryKind, on calendar.Date, m member.ID, document string, postings ...Posting) {
		t.Helper()
		n++
		e := Entry{SourceKey: fmt.Sprintf("%s:%d", kind, n), Date: on, Kind: kind, Member: m, Document: document, Postings: postings}
		if err := books.Post(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for m := month(t, "2026-07"); m.Before(month(t, "2026-10")); m = m.Add(1) {
		var held money.Pence
		for i := range 30 {
			who, on := member.ID(fmt.Sprint("m", i)), m.Day(1+random.IntN(28))
			paid, fee := money.Pence(300+random.IntN(1500)), money.Pence(20+random.IntN(30))
			switch {
			case i < 3: // the few who pay by the year
				post(EntryDues, on, who, "", Posting{ClearingStripe, 12 * paid}, Posting{IncomeDues, -paid}, Posting{DuesInAdvance, -11 * paid})
				held += 12 * paid
			case i < 15:
				post(EntryDues, on, who, "", Posting{ClearingGoCardless, paid}, Posting{IncomeDues, -paid})
			default:
				post(EntryDues, on, who, "", Posting{ClearingStripe, paid}, Posting{IncomeDues, -paid})
				held += paid
			}
			if i >= 15 {
				post(EntryFee, on, who, "", Posting{PaymentFees, fee}, Posting{ClearingStripe, -fee})
				held -= fee
			}
		}
		post(EntryReversal, m.Day(20), "m7", "", Posting{IncomeDues, 500}, Posting{ClearingGoCardless, -500})
		post(EntryRefund, m.Day(21), "m20", "", Posting{IncomeDues, 300}, Posting{ClearingStripe, -300})
		post(EntryPayout, m.Day(25), "", "PO-1", Posting{Bank, held - 300}, Posting{ClearingStripe, 300 - held})
		cost := money.Pence(random.IntN(900_00) + 1)
		outlays := []Outlay{
			{CostServers, "Host & Söhne, \"GmbH\"", "INV-" + m.String(), m.Day(3), cost, 1},
			{CostWages, "moderator", "pay " + m.String(), m.Day(28), 12345, 1},
			{IncomeDonations, "Ms Giver", "gift " + m.String(), m.Day(9), 7700, 1},
		}
		outlays[0].Supplier = "Host & Söhne"
		if _, err := books.Record(t.Context(), treasurer, outlays...); err != nil {
			t.Fatal(err)
		}
		closeMonth(t, db, m.String())
	}
	return books
}

func editions(t testing.TB, books *Ledger) []Edition {
	t.Helper()
	all, err := books.Editions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBooksAddUpToTheLedgerAndTellOfNobody(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		books := plausible(t, db, 7)
		all := editions(t, books)
		if len(all) != 3 {
			t.Fatalf("%d editions", len(all))
		}
		for _, e := range all {
			want, err := books.Balances(t.Context(), e.Book.Month.Last())
			for a, p := range want {
				if p == 0 {
					delete(want, a)
				}
			}
			if diff := cmp.Diff(e.Book.Closing(), want); diff != "" || err != nil {
				t.Errorf("%s: %v %s", e.Book.Month, err, diff)
			}
			for _, f := range e.Files {
				for _, secret := range []string{"Giver", "gift", "m7", "PO-1", "disputes", "refunds", "taken back"} {
					if bytes.Contains(f.Text, []byte(secret)) {
						t.Errorf("%s tells of %s", f.Name, secret)
					}
				}
				if !bytes.Contains(f.Text, []byte("Host & Söhne")) && f.Form == "journal" {
					t.Errorf("%s does not tell of the host:\n%s", f.Name, f.Text)
				}
			}
		}
		// Made anew, byte by byte the same.
		again := editions(t, NewLedger(db, midNovember))
		if diff := cmp.Diff(all, again); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSmallCellsAreOneCellOfAtLeastTen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := gather(calendar.Month{Year: 2026, Month: 10})
		kindsDrawn := rapid.SliceOfN(rapid.IntRange(0, 25), 1, 8).Draw(t, "members by kind")
		everybody := map[member.ID]bool{}
		for k, n := range kindsDrawn {
			from := rapid.IntRange(0, 30).Draw(t, "first")
			for i := range n {
				who := member.ID(fmt.Sprint("m", from+i))
				everybody[who] = true
				g.add(Entry{
					SourceKey: fmt.Sprint(k, i), Date: g.month.First(), Kind: kinds[k].kind, Member: who,
					Postings: []Posting{{ClearingStripe, 100}, {IncomeDues, -100}},
				})
			}
		}
		covered := map[string]int{}
		for _, s := range g.book(nil).Sums {
			covered[s.Words] += s.Members
			if s.Members > 0 && s.Members < FewestMembers || s.Members == 0 && len(everybody) >= FewestMembers {
				t.Errorf("%+v of %d", s, len(everybody))
			}
		}
	})
}

// inFiles is the directory that somebody downloads.
func inFiles(all []Edition) fstest.MapFS {
	dir := fstest.MapFS{ChainFile: {Data: Chain(all)}}
	for _, e := range all {
		for _, f := range e.Files {
			dir[f.Name] = &fstest.MapFile{Data: f.Text}
		}
	}
	return dir
}

func TestAnyDigitThatIsChangedIsFound(t *testing.T) {
	all := editions(t, plausible(t, testdb.Open(t, testdb.SQLiteURL(t)), 7))
	head := all[len(all)-1].Head
	whole := inFiles(all)
	if got, err := VerifyBooks(whole, head); got != head || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	names := slices.Sorted(maps.Keys(whole))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "file")
		text := bytes.Clone(whole[name].Data)
		digits := regexp.MustCompile(`[0-9]`).FindAllIndex(text, -1)
		at := rapid.SampledFrom(digits).Draw(t, "digit")[0]
		text[at] = '0' + (text[at]-'0'+rapid.ByteRange(1, 9).Draw(t, "by"))%10
		dir := maps.Clone(whole)
		dir[name] = &fstest.MapFile{Data: text}
		if _, err := VerifyBooks(dir, ""); !errors.Is(err, ErrBooksChanged) || !strings.Contains(err.Error(), name) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestBooksThatAreNotWholeAreRefused(t *testing.T) {
	all := editions(t, plausible(t, testdb.Open(t, testdb.SQLiteURL(t)), 7))
	head := all[2].Head
	some := func(change func(fstest.MapFS)) fstest.MapFS {
		dir := inFiles(all)
		change(dir)
		return dir
	}
	for want, dir := range map[string]fs.FS{
		"": some(func(d fstest.MapFS) {
			for name := range d { // only the beancount of the last two months
				if name != ChainFile && (!strings.HasSuffix(name, ".beancount") || strings.HasPrefix(name, "2026-07")) {
					delete(d, name)
				}
			}
		}),
		"2026-08.csv: it is missing": some(func(d fstest.MapFS) { delete(d, "2026-08.csv") }),
		"2026-09.csv: it is missing": some(func(d fstest.MapFS) { delete(d, "2026-09.csv") }),
		"notes.txt: the chain does":  some(func(d fstest.MapFS) { d["notes.txt"] = &fstest.MapFile{} }),
		"chain.txt line 3: it is cut": some(func(d fstest.MapFS) {
			d[ChainFile] = &fstest.MapFile{Data: d[ChainFile].Data[:len(d[ChainFile].Data)-1]}
		}),
		"chain.txt line 2: it ends in": some(func(d fstest.MapFS) { d[ChainFile] = &fstest.MapFile{Data: Chain(all[:2])} }),
		"line 2: 2026-09 does not follow": some(func(d fstest.MapFS) {
			d[ChainFile] = &fstest.MapFile{Data: Chain([]Edition{all[0], all[2]})}
		}),
		"line 1 (2026-08)": some(func(d fstest.MapFS) { d[ChainFile] = &fstest.MapFile{Data: Chain(all[1:])} }),
		"there is no file": fstest.MapFS{ChainFile: {Data: Chain(all)}},
		"read the chain":   fstest.MapFS{},
	} {
		_, err := VerifyBooks(dir, head)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func keep(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (e Edition) form(form string) []byte {
	for _, f := range e.Files {
		if f.Form == form {
			return f.Text
		}
	}
	return nil
}

func TestThreeCheckersAcceptTheBooks(t *testing.T) {
	all := editions(t, plausible(t, testdb.Open(t, testdb.SQLiteURL(t)), 7))
	for _, c := range bookstest.Checkers {
		t.Run(c.Program, func(t *testing.T) {
			bookstest.Need(t, c.Program, c.Debian)
			var concatenated []byte
			for _, e := range all {
				text := e.form(c.Form)
				if out, err := bookstest.Run(t, c.Program, c.Args(keep(t, "month."+c.Form, text))...); err != nil {
					t.Fatalf("%s: %v\n%s\n%s", e.Book.Month, err, out, text)
				}
				concatenated = append(concatenated, text...)
			}
			if c.Form != "journal" {
				return
			}
			if out, err := bookstest.Run(t, c.Program, c.Args(keep(t, "all.journal", concatenated))...); err != nil {
				t.Errorf("together: %v\n%s", err, out)
			}
		})
	}
}

func TestThreeProgramsAgreeWithTheLedgerOnEveryBalance(t *testing.T) {
	books := plausible(t, testdb.Open(t, testdb.SQLiteURL(t)), 11)
	for _, p := range bookstest.Tellers {
		t.Run(p.Program, func(t *testing.T) {
			bookstest.Need(t, p.Program, p.Debian)
			for _, e := range editions(t, books) {
				on, err := books.Balances(t.Context(), e.Book.Month.Last())
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]money.Pence{}
				for a, amount := range on {
					if amount != 0 {
						want[string(a)] = amount
					}
				}
				if diff := cmp.Diff(p.Balances(t, keep(t, "month."+p.Form, e.form(p.Form))), want); diff != "" {
					t.Errorf("%s: %s", e.Book.Month, diff)
				}
			}
		})
	}
}

// An entry of the month that is dropped, doubled or a penny out on both sides is seen by each program. They are slow to start, so each
// mistake is made in every third entry.
func TestEachCheckerSeesEveryMistake(t *testing.T) {
	all := editions(t, plausible(t, testdb.Open(t, testdb.SQLiteURL(t)), 7))
	b := all[1].Book
	for _, c := range bookstest.Checkers {
		if !c.Balances {
			continue
		}
		t.Run(c.Program, func(t *testing.T) {
			bookstest.Need(t, c.Program, c.Debian)
			blocks := strings.SplitAfter(string(all[1].form(c.Form)), "\n\n")
			var entries []int
			for i, block := range blocks {
				if regexp.MustCompile(`^2026-08-\d\d \* `).MatchString(block) && !strings.Contains(block, "end of") {
					entries = append(entries, i)
				}
			}
			if len(entries) != len(b.Sums)+1 {
				t.Fatalf("%d entries, want %d and the opening", len(entries), len(b.Sums))
			}
			for n, i := range entries {
				mistake := []string{"dropped", "a penny out", "doubled"}[n%3]
				block := map[string]string{"dropped": "", "doubled": blocks[i] + blocks[i], "a penny out": aPennyOut(blocks[i])}[mistake]
				text := strings.Join(blocks[:i], "") + block + strings.Join(blocks[i+1:], "")
				if out, err := bookstest.Run(t, c.Program, c.Args(keep(t, "x."+c.Form, []byte(text)))...); err == nil {
					t.Errorf("%s: accepted %s\n%s", mistake, blocks[i], out)
				}
			}
		})
	}
}

// aPennyOut moves one penny from the first posting's account to the last's, so that the entry still balances.
func aPennyOut(block string) string {
	lines := strings.Split(block, "\n")
	amounts := regexp.MustCompile(`-?\d+\.\d\d`)
	var at []int
	for i, line := range lines {
		if amounts.MatchString(line) {
			at = append(at, i)
		}
	}
	for i, by := range map[int]money.Pence{at[0]: 1, at[len(at)-1]: -1} {
		first := amounts.FindStringIndex(lines[i])
		p, _ := parseAmount(lines[i][first[0]:first[1]])
		lines[i] = lines[i][:first[0]] + (p + by).Decimal() + lines[i][first[1]:]
	}
	return strings.Join(lines, "\n")
}

func TestImportsHaveTheShapesThatServicesDocument(t *testing.T) {
	b := Book{Month: month(t, "2026-10"), Opening: map[LedgerAccount]money.Pence{}, Sums: []Sum{
		{Date: day(t, "2026-10-03"), Words: "cost", Document: `Host, INV-1`, Postings: []Posting{{Bank, -12050}, {CostServers, 12050}}},
	}}
	want := map[string]string{
		"2026-10-current-xero.csv":       "Date,Amount,Payee,Description,Reference\n03/10/2026,-120.50,,\"cost: Host, INV-1\",2026-10/1\n",
		"2026-10-current-freeagent.csv":  "03/10/2026,-120.50,cost: Host INV-1\n",
		"2026-10-current-quickbooks.csv": "Date,Description,Amount\n03/10/2026,\"cost: Host, INV-1\",-120.50\n",
		"2026-10-xero-journal.csv": "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount\n" +
			"\"2026-10/1 cost: Host, INV-1\",03/10/2026,\"Host, INV-1\",Assets:Bank:Current,No VAT,-120.50\n" +
			"\"2026-10/1 cost: Host, INV-1\",03/10/2026,\"Host, INV-1\",Expenses:Servers,No VAT,120.50\n",
	}
	got := map[string]string{}
	for _, f := range b.files()[3:] {
		got[f.Name] = string(f.Text)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

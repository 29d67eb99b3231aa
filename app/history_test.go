package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/billing"
	"folkmoot/billing/bookstest"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
	"folkmoot/internal/testdb"
)

// folkmoot runs the program and returns what it said.
func folkmoot(t *testing.T, args ...string) (string, error) {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), program(t), args...).CombinedOutput() //nolint:gosec // our own
	return string(said), err
}

// A society of twelve lives for four months by the verbs that the pages use, and its books hold against everybody who looks at books.
// The same number makes the same history on both databases.
func TestASocietyWithAHistory(t *testing.T) {
	seed := fmt.Sprint(rand.Uint64N(1_000_000) + 1) //nolint:gosec // dice
	t.Logf("to repeat it: folkmoot seed --members 12 --months 4 --until 2026-11-20 --seed %s", seed)
	var first *billing.Finances
	for _, on := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", testdb.SQLiteURL}, {"postgres", testdb.PostgresURL}} {
		t.Run(on.name, func(t *testing.T) {
			at := []string{"--data", t.TempDir(), "--database", on.url(t)}
			again := append([]string{"seed", "--members", "12", "--months", "4", "--until", "2026-11-20", "--seed", seed}, at...)
			said, err := folkmoot(t, again...)
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			for _, want := range []string{"4 months are closed", "member-1@seed.invalid", "treasurer", "secretary", "steward", "by card", "by Direct Debit"} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			finances := openBooks(t, testdb.Open(t, at[3]))
			if first == nil {
				first = &finances
			}
			if diff := cmp.Diff(finances, *first); diff != "" {
				t.Errorf("the other database has another history: %s", diff)
			}
			books := exportBooks(t, at)
			t.Run("any digit that is changed is found", func(t *testing.T) { changeADigitInEach(t, books, at) })
			for _, c := range bookstest.Checkers {
				t.Run(c.Program+" accepts them", func(t *testing.T) { acceptEach(t, c, books) })
			}
			for _, p := range bookstest.Tellers {
				t.Run(p.Program+" tells the same", func(t *testing.T) { tellTheSame(t, p, books, finances) })
			}
			if said, err := folkmoot(t, again...); err == nil || !strings.Contains(said, "books or officers already") {
				t.Errorf("seeded twice: %v %s", err, said)
			}
		})
	}
}

// openBooks holds the ledger and the figures of the page to what a society must show.
func openBooks(t *testing.T, db *database.DB) billing.Finances {
	t.Helper()
	books := billing.NewLedger(db, time.Now)
	closed, err := books.ClosedMonths(t.Context())
	if err != nil || len(closed) != 4 || closed[0].Month.String() != "2026-07" {
		t.Errorf("closed %v, %v", closed, err)
	}
	on, err := books.Balances(t.Context(), calendar.Date{Year: 2100, Month: time.January, Day: 1})
	if err != nil {
		t.Fatal(err)
	}
	var sum money.Pence
	for _, p := range on {
		sum += p
	}
	if sum != 0 || on[billing.Bank] == 0 || on[billing.ShareCapital] == 0 {
		t.Errorf("the ledger sums to %s: %v", sum, on)
	}
	accounts := identity.NewAccounts(db, nil, bytes.Repeat([]byte("k"), 32), time.Now)
	f, err := books.Finances(t.Context(), func(ctx context.Context, m calendar.Month) (int, bool, error) {
		return accounts.ActivePeople(ctx, m.String())
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.Month.String() != "2026-10" || f.In <= 0 || f.Out <= 0 || len(f.Months) != 4 || len(f.Editions) != 4 || f.Active == 0 || f.PerPerson == nil {
		t.Errorf("the open books: %+v", f)
	}
	return f
}

// exportBooks writes all closed months in every form, and has them verified.
func exportBooks(t *testing.T, at []string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "books")
	said, err := folkmoot(t, append([]string{"books", "export", "--format", "journal,beancount,csv,xero,freeagent,quickbooks,xero-journal", "--out", dir}, at...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	head := said[strings.LastIndex(strings.TrimSpace(said), " ")+1:]
	if said, err := folkmoot(t, "books", "verify", dir, "--head", head, at[0], at[1]); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return dir
}

// changeADigitInEach has a digit of each file changed in turn, and one of them told by the command.
func changeADigitInEach(t *testing.T, dir string, at []string) {
	whole := fstest.MapFS{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 4*7 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		whole[filepath.Base(name)] = &fstest.MapFile{Data: text}
	}
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("dice %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // dice
	digit := regexp.MustCompile(`[0-9]`)
	for name, file := range whole {
		digits := digit.FindAllIndex(file.Data, -1)
		if len(digits) == 0 { // nothing went over that account in that month
			continue
		}
		text, i := bytes.Clone(file.Data), digits[dice.IntN(len(digits))][0]
		text[i] = "0123456789"[(int(text[i]-'0')+1+dice.IntN(9))%10]
		whole[name] = &fstest.MapFile{Data: text}
		if _, err := billing.VerifyBooks(whole, ""); !errors.Is(err, billing.ErrBooksChanged) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s, byte %d: got %v", name, i, err)
		}
		if name == "2026-09.csv" {
			refuseChanged(t, dir, name, text, file.Data, at)
		}
		whole[name] = file
	}
}

func refuseChanged(t *testing.T, dir, name string, text, was []byte, at []string) {
	t.Helper()
	put := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(text)
	if said, err := folkmoot(t, "books", "verify", dir, at[0], at[1]); err == nil || !strings.Contains(said, name) {
		t.Errorf("%v %s", err, said)
	}
	put(was)
}

var seededMonths = []string{"2026-07", "2026-08", "2026-09", "2026-10"}

func acceptEach(t *testing.T, c bookstest.Checker, dir string) {
	bookstest.Need(t, c.Program, c.Debian)
	for _, month := range seededMonths {
		if said, err := bookstest.Run(t, c.Program, c.Args(filepath.Join(dir, month+"."+c.Form))...); err != nil {
			t.Errorf("%s: %v\n%s", month, err, said)
		}
	}
}

// tellTheSame holds what a program reads in the files of the last two months to the figures that the page shows of the last.
func tellTheSame(t *testing.T, p bookstest.Teller, dir string, f billing.Finances) {
	bookstest.Need(t, p.Program, p.Debian)
	before := p.Balances(t, filepath.Join(dir, "2026-09."+p.Form))
	on := p.Balances(t, filepath.Join(dir, "2026-10."+p.Form))
	var reserves money.Pence
	got, want := map[string]money.Pence{}, map[string]money.Pence{}
	for account, amount := range on {
		switch kind, _, _ := strings.Cut(account, ":"); {
		case kind == "Assets", kind == "Liabilities", account == string(billing.ShareCapital):
			reserves += amount
		case amount == before[account]:
		case kind == "Income":
			got[account] = before[account] - amount
		case kind == "Expenses":
			got[account] = amount - before[account]
		}
	}
	for _, part := range append(f.Income, f.Costs...) {
		want[string(part.Account)] = part.Amount
	}
	if diff := cmp.Diff(got, want); diff != "" || reserves != f.Reserves {
		t.Errorf("reserves %s and %s on the page; %s", reserves, f.Reserves, diff)
	}
}

func TestSeedRefusesWhatCouldBeReal(t *testing.T) {
	for want, args := range map[string][]string{
		"name one of them":     {"seed"},
		"needs --out":          {"seed", "--accounts", "3"},
		"--members is from 4":  {"seed", "--members", "3"},
		"payment keys are set": {"seed", "--members", "12", "--stripe-key", "sk_live_1", "--stripe-webhook-secret", "whsec_1"},
		"the future is yours":  {"seed", "--members", "12", "--until", "2999-01-01"},
		"must not serve":       {"seed", "--members", "12", "--production"},
	} {
		if said, err := folkmoot(t, append(args, "--data", t.TempDir())...); err == nil || !strings.Contains(said, want) {
			t.Errorf("%v: %v %s", args, err, said)
		}
	}
}

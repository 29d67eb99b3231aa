// Package bookstest has programs that we did not write read published books.
package bookstest

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"folkmoot/internal/money"
)

// Checker is a program that accepts a file of books, or does not.
type Checker struct {
	Program, Debian, Form string
	Args                  func(file string) []string
	Balances              bool // it sees what does not add up
}

// Checkers are three programs, one of them asked twice.
var Checkers = []Checker{
	{"hledger", "hledger", "journal", func(f string) []string { return []string{"-f", f, "check", "--strict"} }, true},
	{"hledger", "hledger", "journal", func(f string) []string {
		return []string{"-f", f, "check", "ordereddates", "accounts", "commodities", "balancednoautoconversion"}
	}, false},
	{"ledger", "ledger", "journal", func(f string) []string {
		return []string{"--args-only", "-f", f, "--pedantic", "balance"}
	}, true},
	{"bean-check", "beancount", "beancount", func(f string) []string { return []string{"-C", f} }, true},
}

// Teller is a program that tells the balances in a file of books, one a row.
type Teller struct {
	Program, Debian, Form string
	args                  func(file string) []string
	row                   *regexp.Regexp
}

// Tellers are the same three.
var Tellers = []Teller{
	{"hledger", "hledger", "journal", func(f string) []string { return []string{"-f", f, "balance", "-N", "--flat", "-O", "csv"} }, regexp.MustCompile(`(?m)^"([A-Z][^"]+)","(-?[0-9.]+) GBP"`)},
	{"ledger", "ledger", "journal", func(f string) []string {
		return []string{"--args-only", "-f", f, "balance", "--flat", "--no-total", "--format", "%A %(quantity(scrub(total)))\n"}
	}, regexp.MustCompile(`(?m)^([A-Z]\S+) (-?[0-9.]+)`)},
	{"bean-query", "beancount", "beancount", func(f string) []string {
		return []string{"-f", "csv", f, "SELECT account, sum(number) GROUP BY account"}
	}, regexp.MustCompile(`(?m)^([A-Z][A-Za-z0-9:-]+) *, *(-?[0-9.]+)`)},
}

// Balances are those that the program tells of a file; none of nothing.
func (p Teller) Balances(t testing.TB, file string) map[string]money.Pence {
	t.Helper()
	out, err := Run(t, p.Program, p.args(file)...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", p.Program, file, err, out)
	}
	on := map[string]money.Pence{}
	for _, m := range p.row.FindAllStringSubmatch(out, -1) {
		amount, err := money.Parse(m[2])
		if err != nil {
			t.Error(err)
		}
		if amount != 0 {
			on[m[1]] = amount
		}
	}
	return on
}

// Need skips a test where the program is missing.
func Need(t testing.TB, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("no %s: install it (Debian: apt-get install %s)", program, debian)
	}
}

// Run is what a program says.
func Run(t testing.TB, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...) //nolint:gosec // those above
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

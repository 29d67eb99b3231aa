package billing

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"folkmoot/internal/money"
)

// journal is one text for hledger and for ledger. Every posting says what its account holds afterwards, so that nothing can be dropped,
// doubled or changed unseen. The opening balances are assigned, not added: a month stands alone, and behind the month before it.
func (b Book) journal() []byte {
	var t bytes.Buffer
	fmt.Fprintf(&t, "; The society's books of %s: sums of the month, and costs one by one. Sums over fewer than %d members are put together.\n", b.Month, FewestMembers)
	fmt.Fprintf(&t, "commodity %s\n    format 1000.00 %[1]s\n\n", money.Currency)
	for _, a := range b.Accounts() {
		fmt.Fprintf(&t, "account %s\n", a)
	}
	on := maps.Clone(b.Opening)
	if len(on) > 0 {
		fmt.Fprintf(&t, "\n%s * opening balances\n", b.Month.First())
		for _, a := range slices.Sorted(maps.Keys(on)) {
			fmt.Fprintf(&t, "    %-31s = %s %s\n", a, on[a].Decimal(), money.Currency)
		}
	}
	for _, s := range b.Sums {
		fmt.Fprintf(&t, "\n%s * %s\n", s.Date, s.title())
		for _, p := range s.Postings {
			on[p.Account] += p.Amount
			asserted(&t, p, on[p.Account])
		}
	}
	fmt.Fprintf(&t, "\n%s * end of %s\n", b.Month.Last(), b.Month)
	for _, a := range b.Accounts() {
		asserted(&t, Posting{Account: a}, on[a])
	}
	t.WriteString("\n")
	return t.Bytes()
}

func asserted(t *bytes.Buffer, p Posting, after money.Pence) {
	fmt.Fprintf(t, "    %-31s %12s %s = %s %[3]s\n", p.Account, p.Amount.Decimal(), money.Currency, after.Decimal())
}

func (s Sum) title() string {
	switch {
	case s.Document != "":
		return s.Words + ": " + s.Document
	case s.Members > 0:
		return fmt.Sprintf("%s (%d members)", s.Words, s.Members)
	default:
		return s.Words
	}
}

// beancount knows balances at the start of a day only, so it is told those of the day after the month; by itself it would forgive a penny.
func (b Book) beancount() []byte {
	var t bytes.Buffer
	fmt.Fprintf(&t, "; The society's books of %s: sums of the month, and costs one by one. Sums over fewer than %d members are put together.\n", b.Month, FewestMembers)
	fmt.Fprintf(&t, "option \"title\" \"Books of %s\"\noption \"operating_currency\" \"%s\"\n\n", b.Month, money.Currency)
	for _, a := range b.Accounts() {
		fmt.Fprintf(&t, "%s open %s %s\n", b.Month.First(), a, money.Currency)
	}
	write := func(s Sum) {
		fmt.Fprintf(&t, "\n%s * %s\n", s.Date, strconv.Quote(s.title()))
		for _, p := range s.Postings {
			fmt.Fprintf(&t, "  %-31s %12s %s\n", p.Account, p.Amount.Decimal(), money.Currency)
		}
	}
	if len(b.Opening) > 0 {
		write(Sum{Date: b.Month.First(), Words: "opening balances", Postings: postingsOf(b.Opening)})
	}
	for _, s := range b.Sums {
		write(s)
	}
	t.WriteString("\n")
	closing := b.Closing()
	for _, a := range b.Accounts() {
		fmt.Fprintf(&t, "%s balance %-31s %12s ~ 0.00 %s\n", b.Month.Last().AddDays(1), a, closing[a].Decimal(), money.Currency)
	}
	return t.Bytes()
}

func postingsOf(on map[LedgerAccount]money.Pence) []Posting {
	var all []Posting
	for _, a := range slices.Sorted(maps.Keys(on)) {
		all = append(all, Posting{a, on[a]})
	}
	return all
}

// csv has a line for each posting, with the balance after it.
func (b Book) csv() []byte {
	var t bytes.Buffer
	w := csv.NewWriter(&t)
	write := func(fields ...string) { _ = w.Write(fields) } // to memory: it cannot fail
	write("entry", "date", "description", "document", "members", "account", "debit", "credit", "currency", "balance")
	on := map[LedgerAccount]money.Pence{}
	entries := b.Sums
	if len(b.Opening) > 0 {
		entries = append([]Sum{{Date: b.Month.First(), Words: "opening balances", Postings: postingsOf(b.Opening)}}, entries...)
	}
	for i, s := range entries {
		for _, p := range s.Postings {
			on[p.Account] += p.Amount
			debit, credit := sides(p.Amount)
			write(fmt.Sprintf("%s/%d", b.Month, i+1), s.Date.String(), s.Words, s.Document, strconv.Itoa(s.Members), string(p.Account),
				debit, credit, money.Currency, on[p.Account].Decimal())
		}
	}
	w.Flush()
	return t.Bytes()
}

func sides(p money.Pence) (debit, credit string) {
	if p < 0 {
		return "", (-p).Decimal()
	}
	return p.Decimal(), ""
}

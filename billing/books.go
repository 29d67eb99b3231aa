package billing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// FewestMembers is how many a published sum covers at least: smaller cells are put together.
const FewestMembers = 10

// Book is one closed month as it is published: sums by kind, and costs one by one. No line of it is about one person.
type Book struct {
	Month   calendar.Month
	Opening map[LedgerAccount]money.Pence // before its first day
	Sums    []Sum                         // in the order of the journal
}

// Sum is one published entry: all of a month that are alike, or one cost.
type Sum struct {
	Date     calendar.Date
	Words    string
	Document string // supplier and invoice; costs only
	Members  int    // whom it covers; 0 where it is nobody's own money, or they are too few to tell
	Postings []Posting
}

// Closing is what stands on each account after the month.
func (b Book) Closing() map[LedgerAccount]money.Pence {
	on := maps.Clone(b.Opening)
	for _, s := range b.Sums {
		for _, p := range s.Postings {
			on[p.Account] += p.Amount
		}
	}
	maps.DeleteFunc(on, func(_ LedgerAccount, p money.Pence) bool { return p == 0 })
	return on
}

// Accounts are those that the month's book speaks of.
func (b Book) Accounts() []LedgerAccount {
	all := maps.Clone(b.Opening)
	for _, s := range b.Sums {
		for _, p := range s.Postings {
			all[p.Account] = 0
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// named is a kind of entry with the words that the journal has for it.
type named struct {
	kind  EntryKind
	words string
}

// kinds are in the order of the journal.
var kinds = []named{
	{EntryDues, "dues"},
	{EntryShare, "shares"},
	{EntryRelease, "dues paid in advance, now due"},
	{EntryCredit, "members' credit"},
	{EntryFee, "payment fees"},
	{EntryRefund, "refunds"},
	{EntryReversal, "payments taken back by banks"},
	{EntryDispute, "disputes"},
	{EntryBank, "at the bank"},
	{EntryIncome, "other income"},
	{EntryPayout, "payouts"},
	{EntryCost, "costs"},
	{EntryCorrected, "corrections"},
}

const otherWords = "other, too few members to tell apart"

// cell gathers the entries of a month that are alike: of one kind, and moving money between the same accounts.
type cell struct {
	order   string
	words   string
	members map[member.ID]bool
	sums    map[LedgerAccount]money.Pence
}

func (c *cell) add(e Entry) {
	if e.Member != "" {
		c.members[e.Member] = true
	}
	for _, p := range e.Postings {
		c.sums[p.Account] += p.Amount
	}
}

func (c *cell) take(o *cell) {
	for m := range o.members {
		c.members[m] = true
	}
	for a, p := range o.sums {
		c.sums[a] += p
	}
}

func newCell(order, words string) *cell {
	return &cell{order, words, map[member.ID]bool{}, map[LedgerAccount]money.Pence{}}
}

// gathering makes a month's book of its entries, which may come in any order.
type gathering struct {
	month calendar.Month
	cells map[string]*cell
	costs map[string]Sum // by source key
}

func gather(m calendar.Month) *gathering {
	return &gathering{m, map[string]*cell{}, map[string]Sum{}}
}

func (g *gathering) add(e Entry) {
	if e.shown() {
		words := "cost"
		if e.Kind == EntryCorrected {
			words = "corrected cost"
		}
		g.costs[e.SourceKey] = Sum{Date: e.Date, Words: words, Document: inline(e.Document), Postings: together(e.Postings)}
		return
	}
	key, words := e.cell()
	if g.cells[key] == nil {
		g.cells[key] = newCell(key, words)
	}
	g.cells[key].add(e)
}

// shown reports whether an entry is published by itself: what the society paid to a supplier, and nobody's own money.
func (e Entry) shown() bool {
	return e.Member == "" && e.Document != "" && (e.Kind == EntryCost || e.Kind == EntryCorrected) &&
		slices.ContainsFunc(e.Postings, func(p Posting) bool { return strings.HasPrefix(string(p.Account), "Expenses:") })
}

// cell names those that an entry is alike with. The way the money went is part of it, or the few who pay by the year would be seen
// in what was paid in advance; and whether it is a member's.
func (e Entry) cell() (key, words string) {
	nth := slices.IndexFunc(kinds, func(k named) bool { return k.kind == e.Kind })
	words = string(e.Kind)
	if nth >= 0 {
		words = kinds[nth].words
	}
	var ways []string
	for _, p := range together(e.Postings) {
		way := "+"
		if p.Amount < 0 {
			way = "-"
		}
		ways = append(ways, way+string(p.Account))
	}
	return fmt.Sprintf("%02d %s %t %s", nth, e.Kind, e.Member != "", strings.Join(ways, " ")), words
}

// book puts cells together until none tells of too few members, as far as there are enough.
func (g *gathering) book(opening map[LedgerAccount]money.Pence) Book {
	few := newCell("99", otherWords)
	cells := slices.SortedFunc(maps.Values(g.cells), func(a, b *cell) int {
		return cmp.Or(len(a.members)-len(b.members), strings.Compare(a.order, b.order))
	})
	var kept []*cell
	for _, c := range cells {
		hidden := len(few.members) > 0 && len(few.members) < FewestMembers
		if n := len(c.members); n > 0 && (n < FewestMembers || hidden) {
			few.take(c)
			continue
		}
		kept = append(kept, c)
	}
	if len(few.members) > 0 {
		kept = append(kept, few)
	}
	slices.SortFunc(kept, func(a, b *cell) int { return strings.Compare(a.order, b.order) })
	b := Book{Month: g.month, Opening: opening}
	for _, key := range slices.SortedFunc(maps.Keys(g.costs), func(x, y string) int {
		return cmp.Or(g.costs[x].Date.Compare(g.costs[y].Date), strings.Compare(x, y))
	}) {
		b.Sums = append(b.Sums, g.costs[key])
	}
	for _, c := range kept {
		s := Sum{Date: g.month.Last(), Words: c.words}
		if n := len(c.members); n >= FewestMembers {
			s.Members = n
		}
		for _, a := range slices.Sorted(maps.Keys(c.sums)) {
			if c.sums[a] != 0 {
				s.Postings = append(s.Postings, Posting{a, c.sums[a]})
			}
		}
		if len(s.Postings) > 0 {
			b.Sums = append(b.Sums, s)
		}
	}
	return b
}

// together has each account once, in order, and none that nothing happens to.
func together(postings []Posting) []Posting {
	sums := map[LedgerAccount]money.Pence{}
	for _, p := range postings {
		sums[p.Account] += p.Amount
	}
	var once []Posting
	for _, a := range slices.Sorted(maps.Keys(sums)) {
		if sums[a] != 0 {
			once = append(once, Posting{a, sums[a]})
		}
	}
	return once
}

// inline takes out of a document what would mean something to one of the programs that read the books.
func inline(s string) string {
	clean := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`";|\`, r) {
			return ' '
		}
		return r
	}, s)), " ")
	return strings.TrimLeft(clean, "=+-@ ") // a spreadsheet would take it for a formula
}

package billing

import (
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// LedgerAccount is a heading in the books, in the form that hledger, ledger and beancount all take.
type LedgerAccount string

// The chart of accounts. Debits are positive: assets and expenses grow by them, liabilities, equity and income by credits.
const (
	Bank               LedgerAccount = "Assets:Bank:Current"
	ClearingStripe     LedgerAccount = "Assets:Clearing:Stripe"     // what Stripe holds for us
	ClearingGoCardless LedgerAccount = "Assets:Clearing:GoCardless" // what GoCardless holds for us
	ClearingBank       LedgerAccount = "Assets:Clearing:Bank"       // came to the bank by itself and is about to be settled as a member's dues
	DisputedStripe     LedgerAccount = "Assets:Disputed:Stripe"     // held back while a dispute is open
	DuesInAdvance      LedgerAccount = "Liabilities:DuesInAdvance"  // paid for periods that have not begun
	MemberCredit       LedgerAccount = "Liabilities:MemberCredit"   // came in twice, or a gift: to be used or given back
	Suspense           LedgerAccount = "Liabilities:Suspense"       // nobody knows yet what it is: the treasurer's to sort
	ShareCapital       LedgerAccount = "Equity:ShareCapital"
	OpeningBalances    LedgerAccount = "Equity:OpeningBalances"
	IncomeDues         LedgerAccount = "Income:Dues"
	IncomeDonations    LedgerAccount = "Income:Donations"
	IncomeGrants       LedgerAccount = "Income:Grants"
	IncomeOther        LedgerAccount = "Income:Other"
	PaymentFees        LedgerAccount = "Expenses:PaymentFees"
	CostServers        LedgerAccount = "Expenses:Servers"
	CostRegistration   LedgerAccount = "Expenses:Registration" // text messages and mail for codes
	CostBandwidth      LedgerAccount = "Expenses:Bandwidth"
	CostPush           LedgerAccount = "Expenses:Push"
	CostSupport        LedgerAccount = "Expenses:Support" // and moderation
	CostWages          LedgerAccount = "Expenses:Wages"
	CostLegal          LedgerAccount = "Expenses:Legal" // and audit
	CostInsurance      LedgerAccount = "Expenses:Insurance"
	CostOther          LedgerAccount = "Expenses:Other"
)

// Clearing is the account for what a provider holds.
func Clearing(p ProviderName) LedgerAccount {
	switch p {
	case Stripe:
		return ClearingStripe
	case GoCardless:
		return ClearingGoCardless
	case ByBank:
		return ClearingBank
	default:
		panic("billing: no such provider: " + string(p))
	}
}

// Entry is one event in the books. It is never changed: a mistake is mended by another entry.
type Entry struct {
	SourceKey string        // what it records, once: "stripe:in_123:paid"
	Date      calendar.Date // accounting date; its month must be open
	Kind      EntryKind     // what the public journal groups by
	Words     string        // for the treasurer: no person's name
	Member    member.ID     // whose money, where it is somebody's; "" otherwise
	Document  string        // supplier and invoice, receipt number or payout reference; public for costs only
	Postings  []Posting     // two at least; they sum to zero
	Recorded  time.Time     // set when it is read
}

// EntryKind is a sort of event.
type EntryKind string

const (
	EntryDues      EntryKind = "dues"      // paid
	EntryRelease   EntryKind = "release"   // dues in advance become income
	EntryShare     EntryKind = "share"     //
	EntryFee       EntryKind = "fee"       //
	EntryPayout    EntryKind = "payout"    //
	EntryRefund    EntryKind = "refund"    //
	EntryReversal  EntryKind = "reversal"  // late failure, charge-back, lost dispute
	EntryDispute   EntryKind = "dispute"   // opened or won
	EntryCredit    EntryKind = "credit"    // came in twice, or used up
	EntryCost      EntryKind = "cost"      //
	EntryIncome    EntryKind = "income"    // other than dues
	EntryBank      EntryKind = "bank"      // standing orders, cheques, bank charges
	EntryCorrected EntryKind = "corrected" // reverses an entry that was wrong
)

// Posting is one line of an entry. Amount is a debit, or if negative a credit.
type Posting struct {
	Account LedgerAccount
	Amount  money.Pence
}

// Errors of the ledger.
var (
	ErrUnbalanced  = errors.New("the postings do not sum to zero")
	ErrMonthClosed = errors.New("that month is closed")
)

// Check holds an entry against the rules that need no database.
func (e Entry) Check() error {
	var sum money.Pence
	for _, p := range e.Postings {
		if p.Amount == 0 {
			return fmt.Errorf("entry %s: a posting of nothing to %s", e.SourceKey, p.Account)
		}
		sum += p.Amount
	}
	switch {
	case e.SourceKey == "" || e.Kind == "" || e.Date.IsZero():
		return fmt.Errorf("entry %q: source, kind and date are needed", e.SourceKey)
	case len(e.Postings) < 2:
		return fmt.Errorf("entry %s: two postings at least", e.SourceKey)
	case sum != 0:
		return fmt.Errorf("entry %s: %w by %s", e.SourceKey, ErrUnbalanced, sum)
	}
	return nil
}

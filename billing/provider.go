package billing

import (
	"context"
	"errors"
	"net/http"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// ProviderName tells the two apart in tables and addresses. Practice mode speaks as one of them.
type ProviderName string

const (
	Stripe     ProviderName = "stripe"
	GoCardless ProviderName = "gocardless"
	ByBank     ProviderName = "bank" // nobody: a standing order or a cheque, which the bank's statement tells of
)

// Provider is what Stripe and GoCardless both do. An implementation keeps no state, never logs what it is sent, gives up with ctx, and
// says ErrBusy for what may be tried again (429, 5xx, a broken line), with RetryAfter where the provider names a time.
type Provider interface {
	Name() ProviderName

	// Begin opens the provider's own page, on which somebody authorises dues and, with a card, pays the first. The same Key opens it once.
	// Terms of nothing open it for the share alone where a card is taken (CollectsItself), and are refused elsewhere.
	Begin(ctx context.Context, s Setup) (Flow, error)
	// Flow reads again what became of a page.
	Flow(ctx context.Context, id string) (Flow, error)

	// Method reads again an authority to collect: a subscription (Stripe) or a mandate (GoCardless).
	Method(ctx context.Context, ref string) (Method, error)
	// End ends it; nothing is collected under it any more. Ending what has ended is no error.
	End(ctx context.Context, ref string) error

	// CollectsItself reports whether the provider makes each period's payment by itself (a subscription) or waits for Collect.
	CollectsItself() bool
	// Change has a subscription take another amount from its next period on; no proration. Where CollectsItself is false it does nothing.
	Change(ctx context.Context, ref string, terms Terms, key string) error
	// Collect asks for one payment under a mandate. The same Key asks once, whatever happened to the answer.
	Collect(ctx context.Context, c Collection) (Payment, error)

	// Payment reads again one payment: an invoice (Stripe) or a payment (GoCardless).
	Payment(ctx context.Context, ref string) (Payment, error)
	// Cancel stops a payment that has not gone to the bank; ErrTooLate when it has.
	Cancel(ctx context.Context, ref string) error
	// Refund gives back all or a part; the same Key gives back once.
	Refund(ctx context.Context, r RefundOrder) (Refund, error)

	// Payout reads again what the provider paid to the society's bank, with its items.
	Payout(ctx context.Context, ref string) (Payout, error)

	// Open verifies a webhook's signature over its raw body and tells what it is about. now is when it came.
	Open(header http.Header, body []byte, now time.Time) ([]Event, error)
	// Changed lists what changed since a moment, for the nightly look at what webhooks missed; more pages while next is not empty. Both
	// providers tell the newest first, so later pages are of earlier changes: each thing is read again, so the order does not matter.
	Changed(ctx context.Context, since time.Time, page string) (refs []Ref, next string, err error)
}

// Errors that every Provider says in the same cases; wrapped, with the provider's own words for the log but never a person's data.
var (
	ErrBusy      = errors.New("the payment provider is busy")                                        // try again; see RetryAfter
	ErrNotFound  = errors.New("the payment provider knows no such thing")                            //
	ErrRefused   = errors.New("the payment provider refuses this")                                   // trying again does not help
	ErrTooLate   = errors.New("the payment is on its way and cannot be cancelled")                   //
	ErrSignature = errors.New("a webhook that is not signed by the provider")                        // answer 4xx; nothing was kept
	ErrVersion   = errors.New("a webhook of another API version than ours")                          // Stripe: the endpoint was not made by our command
	ErrMode      = errors.New("live and test mode are mixed")                                        //
	ErrNoRefund  = errors.New("a Direct Debit can be refunded only some days after it was paid out") //
)

// BusyError is ErrBusy with the time that the provider asks for.
type BusyError struct {
	After time.Duration // zero: it named none
	Cause error
}

func (e *BusyError) Error() string { return ErrBusy.Error() + ": " + e.Cause.Error() }

// Unwrap makes it ErrBusy.
func (e *BusyError) Unwrap() []error { return []error{ErrBusy, e.Cause} }

// Interval is how often dues are paid.
type Interval string

const (
	Monthly Interval = "monthly"
	Annual  Interval = "annual" // twelve times the month's, no discount
)

// Terms are what a member has chosen to pay.
type Terms struct {
	Amount   money.Pence // for a month, whatever the interval; 0 is hardship, and then nothing is collected
	Interval Interval
}

// Price is what one payment is: a month's dues, or twelve.
func (t Terms) Price() money.Pence {
	if t.Interval == Annual {
		return 12 * t.Amount
	}
	return t.Amount
}

// Setup is what a hosted page needs to know.
type Setup struct {
	Key    string // idempotency: begin:<member>:<n>
	Member member.ID
	Email  string // so that they need not type it again; "" is fine
	Name   string // for a mandate; as they gave it for the register
	Terms  Terms
	Share  money.Pence   // to be paid along with the first dues; 0 when it is paid already
	First  calendar.Date // of the first payment; a zero Date or one in the past: at once
	Done   string        // where the page sends them afterwards
	Quit   string        // where it sends them when they turn back
}

// Flow is a hosted page.
type Flow struct {
	ID       string
	URL      string // to send the person to; empty when it is over. GoCardless tells it to Begin only, each time with the same Key
	State    FlowState
	Member   member.ID // as Setup named it
	Customer string    // the provider's id of the payer
	Method   string    // reference of the authority, once there is one
	Payment  string    // reference of the first payment, if the page made one
}

// FlowState is how a hosted page stands.
type FlowState string

const (
	FlowOpen    FlowState = "open"
	FlowDone    FlowState = "done"
	FlowExpired FlowState = "expired" // or turned back
)

// Method is an authority to collect.
type Method struct {
	Ref         string
	Customer    string
	State       MethodState
	ReplacedBy  string        // another mandate took its place: follow it
	Member      member.ID     // from its metadata; "" when it has none of ours
	Description string        // "Visa ending 4242", "account ending 11": what the owner recognises
	PaidTo      calendar.Date // subscription: the day its paid period ends. Zero otherwise
}

// MethodState is how an authority stands.
type MethodState string

const (
	MethodPending MethodState = "pending" // a mandate on its way; payments may be asked for
	MethodActive  MethodState = "active"  //
	MethodFailing MethodState = "failing" // a subscription whose card is refused, being tried again
	MethodEnded   MethodState = "ended"   // cancelled here or at the bank, failed, expired, blocked: ask for another
)

// Collection is one payment to ask for.
type Collection struct {
	Key    string // dues:<member>:<period>:<attempt>
	Member member.ID
	Method string
	Amount money.Pence
	Share  money.Pence   // part of Amount that is for the share; Payment tells it again
	On     calendar.Date // wished; a provider takes its first possible day after it. Zero: as soon as possible
	Words  string        // on the bank statement, if it can be said
}

// PaymentState is how one payment stands. Direct Debit's paid may still be reversed, months later.
type PaymentState string

const (
	PaymentPending   PaymentState = "pending"   // made, not on its way: can be cancelled
	PaymentSubmitted PaymentState = "submitted" // on its way
	PaymentAction    PaymentState = "action"    // the payer's bank wants something from them: see Action
	PaymentPaid      PaymentState = "paid"      // confirmed
	PaymentFailed    PaymentState = "failed"    // and NextTry says whether the provider tries again
	PaymentCancelled PaymentState = "cancelled"
	PaymentReversed  PaymentState = "reversed" // late failure, charge-back or lost dispute: the money was taken back
)

// Payment is one payment as the provider has it now. Whoever gets it converges to it; nothing is counted from events.
type Payment struct {
	Provider ProviderName
	Ref      string // invoice or payment id
	Key      string // the Collection's; "" when the provider made the payment by itself
	Member   member.ID
	Method   string
	State    PaymentState
	Amount   money.Pence  // what the payer pays
	Share    money.Pence  // part of Amount that is for the share
	Fee      *money.Pence // nil until the provider tells (Stripe: balance transaction; GoCardless: payout)
	Refunded money.Pence  // so far
	Disputed bool         // a dispute is open: the money is held back, the period stays settled until it is lost
	Made     time.Time
	PaidAt   time.Time        // zero until paid
	ChargeOn calendar.Date    // expected or actual
	NextTry  calendar.Date    // failed, and the provider will try again
	Covers   [2]calendar.Date // subscription: first day of the period, and the day after its last. Zero otherwise
	Action   string           // address where the payer approves
	Reason   string           // fixed words: insufficient_funds, bank_account_closed, card_declined, …
	Payout   string           // reference, once it is in one
	Live     bool
}

// RefundOrder asks for money to go back.
type RefundOrder struct {
	Key     string // refund:<payment>:<n>
	Payment string
	Amount  money.Pence
	Total   money.Pence // refunded so far plus Amount: GoCardless wants to be told
}

// Refund is money going back.
type Refund struct {
	Ref     string
	Payment string
	Amount  money.Pence
	State   RefundState
	Made    time.Time
}

// RefundState is how a refund stands.
type RefundState string

const (
	RefundPending RefundState = "pending"
	RefundPaid    RefundState = "paid"
	RefundFailed  RefundState = "failed" // the money came back to us
)

// Payout is money that came to the society's bank in one sum.
type Payout struct {
	Provider ProviderName
	Ref      string
	Amount   money.Pence
	Arrives  calendar.Date
	State    PayoutState
	Words    string       // on the bank statement
	Items    []PayoutItem // their amounts sum to Amount
}

// PayoutState is how a payout stands.
type PayoutState string

const (
	PayoutPending PayoutState = "pending"
	PayoutPaid    PayoutState = "paid"
	PayoutFailed  PayoutState = "failed" // came back to the clearing account
)

// PayoutItem is a part of a payout. Amounts that lessen it are negative.
type PayoutItem struct {
	Kind    ItemKind
	Payment string // what it is about; "" for a fee of the account's own
	Amount  money.Pence
}

// ItemKind says what a part of a payout is.
type ItemKind string

const (
	ItemPayment  ItemKind = "payment"
	ItemFee      ItemKind = "fee"
	ItemRefund   ItemKind = "refund"
	ItemReversal ItemKind = "reversal" // late failure, charge-back, dispute
	ItemRestored ItemKind = "restored" // a reversal that was undone
	ItemReturned ItemKind = "returned" // an earlier payout that came back: that one tells it, too
	ItemOther    ItemKind = "other"    // an adjustment: for the treasurer
)

// Ref names something to read again.
type Ref struct {
	Kind RefKind
	Ref  string
}

// RefKind says which of a Provider's readers reads it.
type RefKind string

const (
	RefFlow    RefKind = "flow"
	RefMethod  RefKind = "method"
	RefPayment RefKind = "payment"
	RefPayout  RefKind = "payout"
	RefNothing RefKind = "nothing" // kept and done: an event that asks nothing of us
)

// Event is one thing that a webhook tells. Its words are not believed: About is read again.
type Event struct {
	ID    string // the provider's, unique
	Kind  string // the provider's word: invoice.paid, payments.paid_out
	Live  bool
	At    time.Time
	About Ref
}

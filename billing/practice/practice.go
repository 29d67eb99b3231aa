// Package practice is local look-alikes of the payment providers, so that a newcomer can join, pay, fail and refund without an account
// at any of them. They speak the providers' own APIs to the same adapters, sign webhooks the genuine way, and keep all in the database.
// Nothing here moves money. It is never built in production.
package practice

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/money"
)

// House is both look-alikes over one database.
type House struct {
	books  books
	site   string // where people's browsers find us
	now    func() time.Time
	secret string // what signing secrets are made from; the database's own
	tell   Tell
	halves map[billing.ProviderName]half
}

// Tell hands a webhook to whoever takes them. nil means that it was taken (2xx).
type Tell func(ctx context.Context, p billing.ProviderName, header http.Header, body []byte) error

// half is what each look-alike does for the control page and the clock.
type half interface {
	things(b *book) ([]Thing, error)
	do(b *book, id string, act Act) error
	tick(ctx context.Context) error
	sign(body []byte, at time.Time) http.Header
	envelope(events []event) ([]byte, error)
}

// ErrNoSuchThing says that practice mode knows nothing by that id.
var ErrNoSuchThing = errors.New("practice mode knows no such thing")

// ErrNotNow says that this cannot happen to a thing as it stands.
var ErrNotNow = errors.New("this cannot happen to it now")

// Open sets practice mode up on a database, which is marked as used for practice from then on: it will take no live keys.
// site is our own address, for the hosted pages.
func Open(ctx context.Context, db *database.DB, queue *jobs.Queue, site string, now func() time.Time, tell Tell) (*House, error) {
	h := &House{books: books{db: db, queue: queue, now: now}, site: site, now: now, tell: tell}
	var err error
	if h.secret, err = practised(ctx, db); err != nil {
		return nil, fmt.Errorf("open practice mode: %w", err)
	}
	h.halves = map[billing.ProviderName]half{
		billing.Stripe: stripeHalf{h}, billing.GoCardless: gcHalf{h},
	}
	return h, nil
}

// Thing is something that a look-alike keeps and to which something can happen.
type Thing struct {
	Provider billing.ProviderName
	ID       string
	Kind     string // "subscription", "invoice", "mandate", "payment", "payout", …
	State    string // the provider's word
	Amount   money.Pence
	Member   member.ID
	Made     time.Time
	Acts     []Act
}

// Act is what can happen to a thing; the page has the words for it.
type Act string

// What can happen. Which of them can happen to a thing now is in its Acts.
const (
	ActNextInvoice     Act = "next-invoice"     // a subscription's next period begins
	ActNextDeclined    Act = "next-declined"    // … and the card is declined
	ActNextApproval    Act = "next-approval"    // … and the bank wants approval
	ActCancelAtBank    Act = "cancel-at-bank"   // a subscription or a mandate, by somebody other than us
	ActTryAgain        Act = "try-again"        // a failed payment is tried again and works
	ActDecline         Act = "decline"          // it fails, again
	ActApprove         Act = "approve"          // the payer approves at their bank
	ActSubmit          Act = "submit"           // a payment goes to the bank
	ActConfirm         Act = "confirm"          // a payment or a mandate
	ActFail            Act = "fail"             // a payment, a mandate, a refund or a payout
	ActFailRetry       Act = "fail-retry"       // a payment, and the provider tries again
	ActPayOut          Act = "pay-out"          // what the provider holds goes to the society's bank
	ActLateFailure     Act = "late-failure"     // after it was confirmed
	ActChargeBack      Act = "charge-back"      // the payer's bank takes it back
	ActChargeBackUndo  Act = "charge-back-undo" // and gives it up again
	ActDispute         Act = "dispute"          // the payer disputes a card payment
	ActWinDispute      Act = "win-dispute"
	ActLoseDispute     Act = "lose-dispute"
	ActRefundElsewhere Act = "refund-elsewhere" // from the provider's dashboard, not by us
	ActReplace         Act = "replace"          // another mandate takes its place
)

// mostThings is how many of a kind the control page shows, newest first.
const mostThings = 50

// Acts lists what there is, newest first, and what can happen to it.
func (h *House) Acts(ctx context.Context) ([]Thing, error) {
	var all []Thing
	for name, half := range h.halves {
		err := h.books.read(ctx, name, func(b *book) error {
			things, err := half.things(b)
			all = append(all, things...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Thing) int { return b.Made.Compare(a.Made) })
	return all, nil
}

// Do has something happen, and queues the webhooks that tell of it.
func (h *House) Do(ctx context.Context, p billing.ProviderName, id string, act Act) error {
	half, ok := h.halves[p]
	if !ok {
		return ErrNoSuchThing
	}
	err := h.books.write(ctx, p, func(b *book) error { return half.do(b, id, act) })
	if refusal := (*stripeError)(nil); errors.As(err, &refusal) { // what the API would refuse cannot happen by hand either
		return ErrNotNow
	}
	return err
}

// Tick does what time brings: periods that have begun are invoiced, and what failed is tried again.
func (h *House) Tick(ctx context.Context) error {
	for _, half := range h.halves {
		if err := half.tick(ctx); err != nil {
			return err
		}
	}
	return nil
}

package practice

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"folkmoot/billing"
)

// Webhook is the job that tells of an event, again and again until it is taken.
type Webhook struct {
	Provider billing.ProviderName
	Event    string
}

// Kind names the job.
func (Webhook) Kind() string { return "practice_webhook" }

// Send tells of an event as its provider would: signed now, over these very bytes. A second time it tells it again.
func (h *House) Send(ctx context.Context, job Webhook) error {
	half, ok := h.halves[job.Provider]
	if !ok {
		return ErrNoSuchThing
	}
	var told event
	err := h.books.read(ctx, job.Provider, func(b *book) (err error) {
		told, err = b.event(job.Event)
		return err
	})
	if err != nil {
		return err
	}
	body, err := half.envelope([]event{told})
	if err != nil {
		return err
	}
	if err := h.tell(ctx, job.Provider, half.sign(body, h.now()), body); err != nil {
		return fmt.Errorf("tell of %s: %w", job.Event, err)
	}
	return h.books.write(ctx, job.Provider, func(b *book) error { return b.sent(job.Event) })
}

// Untold lists what has not been taken yet, for tests that deliver in an order of their own.
func (h *House) Untold(ctx context.Context) ([]Webhook, error) {
	return h.books.unsent(ctx, mostUntold)
}

const mostUntold = 1000

// Secret is what the webhooks of a look-alike are signed with; its adapter must be told.
func (h *House) Secret(p billing.ProviderName) string {
	mac := hmac.New(sha256.New, []byte(h.secret))
	mac.Write([]byte("webhooks of " + string(p)))
	prefix := ""
	if p == billing.Stripe {
		prefix = "whsec_"
	}
	return prefix + hex.EncodeToString(mac.Sum(nil))
}

package practice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/money"
)

const (
	sessionTakes = "mode success_url cancel_url client_reference_id customer_email customer metadata[] payment_method_types[] " +
		"line_items[][quantity] line_items[][price_data][currency] line_items[][price_data][unit_amount] " +
		"line_items[][price_data][product_data][name] line_items[][price_data][product_data][metadata][] " +
		"line_items[][price_data][recurring][interval] " +
		"subscription_data[metadata][] subscription_data[trial_end] " +
		"invoice_creation[enabled] invoice_creation[invoice_data][metadata][]"

	sessionLasts = 24 * time.Hour
	soonestTrial = 48 * time.Hour // Stripe's rule for a trial's end in Checkout
)

// Card is a card to pay with, by its last four digits; they decide what becomes of payments, as Stripe's test cards do.
type Card string

// The cards.
const (
	CardWorks    Card = "4242"
	CardDeclined Card = "0002" // at once
	CardFails    Card = "0341" // can be kept, but is declined when it is charged
	CardApproval Card = "3184" // can be kept, but the bank wants approval each time
)

// ErrDeclined says that the card was declined; the page is still open.
var ErrDeclined = errors.New("the card was declined")

// Checkout is what a hosted page of Stripe's look-alike shows.
type Checkout struct {
	ID    string
	Open  bool
	Lines []CheckoutLine
	Due   money.Pence // today
	First time.Time   // of the first dues, when they are not due today. Zero otherwise
	Done  string      // where it sends the person afterwards
	Quit  string
}

// CheckoutLine is one thing to pay for.
type CheckoutLine struct {
	Name   string
	Amount money.Pence
	Every  string // "month" or "year"; "" for once
}

// Checkout reads a hosted page.
func (h *House) Checkout(ctx context.Context, id string) (c Checkout, err error) {
	err = h.books.read(ctx, billing.Stripe, func(b *book) error {
		session, order, err := sessionAndOrder(b, id)
		if err != nil {
			return err
		}
		c = Checkout{ID: id, Open: sessionOpen(b, session), Due: money.Pence(session.AmountTotal), Done: sentTo(session), Quit: session.CancelURL}
		if order.TrialEnd > 0 {
			c.First = time.Unix(order.TrialEnd, 0)
		}
		for _, l := range order.Lines {
			c.Lines = append(c.Lines, CheckoutLine{l.Name, money.Pence(l.Amount), l.Interval})
		}
		return nil
	})
	return c, err
}

func sentTo(session stripeSession) string {
	return strings.ReplaceAll(session.SuccessURL, "{CHECKOUT_SESSION_ID}", url.QueryEscape(session.ID))
}

func sessionOpen(b *book, session stripeSession) bool {
	return session.Status == "open" && b.now.Unix() < session.ExpiresAt
}

func sessionAndOrder(b *book, id string) (session stripeSession, order stripeOrder, err error) {
	if err = b.get(kindSession, id, &session); err == nil {
		err = b.get(kindOrder, "order_"+id, &order)
	}
	return session, order, err
}

// QuitCheckout is the way back from the page. It stays open, as Stripe's does.
func (h *House) QuitCheckout(ctx context.Context, id string) (quit string, err error) {
	c, err := h.Checkout(ctx, id)
	return c.Quit, err
}

// PayCheckout pays on the page and returns where to go then. ErrDeclined leaves it open; ErrNotNow: it is over.
func (h *House) PayCheckout(ctx context.Context, id string, card Card) (done string, err error) {
	if card == CardDeclined {
		return "", ErrDeclined
	}
	s := stripeHalf{h}
	err = h.books.write(ctx, billing.Stripe, func(b *book) error {
		session, order, err := sessionAndOrder(b, id)
		if err != nil {
			return err
		}
		if !sessionOpen(b, session) {
			return ErrNotNow
		}
		done = sentTo(session)
		return s.complete(b, session, order, card)
	})
	return done, err
}

// complete makes what the session was for: a customer, a subscription, its first invoice.
func (s stripeHalf) complete(b *book, session stripeSession, order stripeOrder, card Card) error {
	if session.Customer == nil {
		customer := stripeCustomer{common: b.common("cus", kindCustomer), Email: session.CustomerEmail, Metadata: metadata{}}
		if err := b.put(kindCustomer, customer.ID, "", customer); err != nil {
			return err
		}
		session.Customer = &customer.ID
	}
	kept := stripeCard{common: b.common("pm", kindCard), Type: "card", Card: cardFor{"visa", string(card), 12, b.now.Year() + 3}, Customer: *session.Customer}
	if err := b.put(kindCard, kept.ID, *session.Customer, kept); err != nil {
		return err
	}
	invoice, err := s.firstInvoice(b, &session, order, kept.ID)
	if err != nil {
		return err
	}
	session.Invoice, session.PaymentIntent = &invoice.ID, nil
	session.Status, session.PaymentStatus, session.URL = "complete", "paid", nil
	if invoice.Total == 0 {
		session.PaymentStatus = "no_payment_required"
	}
	if err := b.put(kindSession, session.ID, *session.Customer, session); err != nil {
		return err
	}
	return s.tell(b, "checkout.session.completed", session.ID, session)
}

// firstInvoice is paid on the page itself, whatever the card will do later.
func (s stripeHalf) firstInvoice(b *book, session *stripeSession, order stripeOrder, card string) (stripeInvoice, error) {
	var sub *stripeSubscription
	var lines []invoiceLine
	for _, l := range order.Lines {
		price, err := s.price(b, l)
		if err != nil {
			return stripeInvoice{}, err
		}
		if l.Interval == "" {
			lines = append(lines, oneTimeLine(b, l, price))
			continue
		}
		sub = newSubscription(b, session, order, price, card)
		lines = append(lines, subscriptionLine(*sub, order.TrialEnd > 0))
	}
	invoice := newInvoice(b, *session.Customer, sub, lines)
	invoice.Metadata = metadata{}
	if sub == nil {
		invoice.Metadata = order.Metadata
	} else {
		session.Subscription, sub.LatestInvoice, invoice.BillingReason = &sub.ID, &invoice.ID, "subscription_create"
		if err := b.put(kindSubscription, sub.ID, sub.Customer, sub); err != nil {
			return invoice, err
		}
		if err := s.tell(b, "customer.subscription.created", sub.ID, sub); err != nil {
			return invoice, err
		}
	}
	return invoice, s.issue(b, &invoice, CardWorks)
}

// price makes a product and a price for a line of an order.
func (s stripeHalf) price(b *book, l orderLine) (stripePrice, error) {
	product := stripeProduct{common: b.common("prod", kindProduct), Name: l.Name, Active: true, Metadata: l.Metadata}
	price := stripePrice{common: b.common("price", "price"), Currency: "gbp", Product: product.ID, Type: "one_time", UnitAmount: l.Amount}
	if l.Interval != "" {
		price.Type, price.Recurring = "recurring", &recurring{l.Interval, 1}
	}
	return price, b.put(kindProduct, product.ID, "", product)
}

// openSession makes a hosted page.
func (s stripeHalf) openSession(b *book, c stripeCall) (any, error) {
	order, err := readOrder(c.form)
	if err != nil {
		return nil, err
	}
	mode := c.form.Get("mode")
	switch {
	case c.form.Get("success_url") == "" || c.form.Get("cancel_url") == "":
		return nil, invalid("parameter_missing", "success_url", "Missing required param: success_url or cancel_url.")
	case mode != "subscription" && mode != "payment":
		return nil, invalid("", "mode", "Practice mode knows the modes subscription and payment.")
	case order.TrialEnd > 0 && time.Unix(order.TrialEnd, 0).Before(b.now.Add(soonestTrial)):
		return nil, invalid("", "subscription_data[trial_end]", "The trial_end must be at least 2 days in the future.")
	case mode == "payment" && c.form.Get("invoice_creation[enabled]") != "true":
		return nil, invalid("", "invoice_creation", "Practice mode makes an invoice of each payment.")
	}
	var total, repeating int64
	for _, l := range order.Lines {
		if l.Interval != "" {
			repeating++
		}
		if l.Interval == "" || order.TrialEnd == 0 {
			total += l.Amount
		}
	}
	if (mode == "subscription") != (repeating == 1) {
		return nil, invalid("", "line_items", "A subscription has one recurring price, a payment none.")
	}
	session := stripeSession{
		common: b.common("cs_test", kindSession), Mode: mode, Status: "open", PaymentStatus: "unpaid", Metadata: fields(c.form, "metadata"),
		ClientReferenceID: maybe(c.form.Get("client_reference_id")), Customer: maybe(c.form.Get("customer")),
		CustomerEmail: maybe(c.form.Get("customer_email")), Currency: "gbp", AmountTotal: total,
		SuccessURL: c.form.Get("success_url"), CancelURL: c.form.Get("cancel_url"), ExpiresAt: b.now.Add(sessionLasts).Unix(),
	}
	session.URL = new(s.house.site + "/practice/stripe/checkout/" + session.ID)
	if err := b.put(kindOrder, "order_"+session.ID, session.ID, order); err != nil {
		return nil, err
	}
	return session, b.put(kindSession, session.ID, "", session)
}

func readOrder(form url.Values) (order stripeOrder, err error) {
	for i := range 3 {
		at := fmt.Sprintf("line_items[%d]", i)
		data := at + "[price_data]"
		if !form.Has(at + "[quantity]") {
			break
		}
		l := orderLine{
			Name: form.Get(data + "[product_data][name]"), Interval: form.Get(data + "[recurring][interval]"),
			Metadata: fields(form, data+"[product_data][metadata]"),
		}
		if l.Amount, err = number(form, data+"[unit_amount]"); err != nil {
			return order, err
		}
		switch {
		case form.Get(at+"[quantity]") != "1" || l.Name == "" || l.Amount < 1:
			return order, invalid("", at, "A line has a quantity of 1, a name and an amount.")
		case form.Get(data+"[currency]") != "gbp":
			return order, invalid("", data+"[currency]", "Practice mode takes gbp only.")
		case l.Interval != "" && l.Interval != "month" && l.Interval != "year":
			return order, invalid("", data+"[recurring][interval]", "Invalid interval: it is month or year here.")
		}
		order.Lines = append(order.Lines, l)
	}
	if len(order.Lines) == 0 {
		return order, invalid("parameter_missing", "line_items", "Missing required param: line_items.")
	}
	order.Metadata = fields(form, "subscription_data[metadata]")
	if form.Has("invoice_creation[enabled]") {
		order.Metadata = fields(form, "invoice_creation[invoice_data][metadata]")
	}
	order.TrialEnd, err = number(form, "subscription_data[trial_end]")
	return order, err
}

// fields reads metadata.
func fields(form url.Values, name string) metadata {
	m := metadata{}
	for param := range form {
		if key, ok := strings.CutPrefix(param, name+"["); ok {
			m[strings.TrimSuffix(key, "]")] = form.Get(param)
		}
	}
	return m
}

func (s stripeHalf) expireSession(b *book, c stripeCall) (any, error) {
	var session stripeSession
	if err := b.get(kindSession, c.id(), &session); err != nil {
		return nil, missing(err, kindSession, c.id())
	}
	if session.Status != "open" {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired.")
	}
	return session, s.expire(b, &session)
}

func (s stripeHalf) expire(b *book, session *stripeSession) error {
	session.Status, session.URL = "expired", nil
	if err := b.put(kindSession, session.ID, "", session); err != nil {
		return err
	}
	return s.tell(b, "checkout.session.expired", session.ID, session)
}

// sessionOver finds a page that nobody used in time.
func (s stripeHalf) sessionOver(body json.RawMessage) (string, bool, error) {
	var session stripeSession
	err := json.Unmarshal(body, &session)
	return session.ID, session.Status == "open" && s.house.now().Unix() >= session.ExpiresAt, err
}

package practice

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// balanceThing is the id of the one thing that is no object: what waits to be paid out.
const balanceThing = "stripe-balance"

// mostCaughtUp is how many periods one tick begins for one subscription, after a long time off.
const mostCaughtUp = 36

func (s stripeHalf) things(b *book) ([]Thing, error) {
	var all []Thing
	for kind, show := range map[string]func(*book, json.RawMessage) (Thing, error){
		kindSubscription: subscriptionThing, kindInvoice: invoiceThing, kindRefund: refundThing, kindDispute: disputeThing, kindPayout: payoutThing,
	} {
		found, err := b.list(shelf{Kind: kind, Most: mostThings})
		if err != nil {
			return nil, err
		}
		for _, body := range found {
			t, err := show(b, body)
			if err != nil {
				return nil, err
			}
			t.Provider, t.Kind = billing.Stripe, kind
			all = append(all, t)
		}
	}
	balance, err := balanceWaiting(b)
	if balance.Amount != 0 {
		all = append(all, balance)
	}
	return all, err
}

func (c common) thing(state string, amount int64, of metadata, acts ...Act) Thing {
	return Thing{
		ID: c.ID, State: state, Amount: money.Pence(amount), Member: member.ID(of["member"]), Made: time.Unix(c.Created, 0).UTC(), Acts: acts,
	}
}

func subscriptionThing(_ *book, body json.RawMessage) (Thing, error) {
	var sub stripeSubscription
	if err := json.Unmarshal(body, &sub); err != nil {
		return Thing{}, err
	}
	var acts []Act
	if sub.Status != "canceled" {
		acts = []Act{ActNextInvoice, ActNextDeclined, ActNextApproval, ActCancelAtBank}
	}
	return sub.thing(sub.Status, sub.Items.Data[0].Price.UnitAmount, sub.Metadata, acts...), nil
}

func invoiceThing(b *book, body json.RawMessage) (Thing, error) {
	var i stripeInvoice
	if err := json.Unmarshal(body, &i); err != nil {
		return Thing{}, err
	}
	of := i.Metadata
	if i.SubscriptionDetails != nil {
		of = i.SubscriptionDetails.Metadata
	}
	t := i.thing(i.Status, i.Total, of)
	switch {
	case i.Status == "open":
		t.Acts = []Act{ActTryAgain, ActDecline, ActApprove}
	case i.Status == "paid" && i.Charge != nil:
		var charge stripeCharge
		if err := b.get(kindCharge, *i.Charge, &charge); err != nil {
			return t, err
		}
		if !charge.Disputed && !charge.Refunded {
			t.Acts = []Act{ActDispute, ActRefundElsewhere}
		}
	}
	return t, nil
}

func refundThing(_ *book, body json.RawMessage) (Thing, error) {
	var r stripeRefund
	err := json.Unmarshal(body, &r)
	t := r.thing(r.Status, r.Amount, nil)
	if r.Status == "succeeded" {
		t.Acts = []Act{ActFail}
	}
	return t, err
}

func disputeThing(_ *book, body json.RawMessage) (Thing, error) {
	var d stripeDispute
	err := json.Unmarshal(body, &d)
	t := d.thing(d.Status, d.Amount, nil)
	if d.Status == "needs_response" {
		t.Acts = []Act{ActWinDispute, ActLoseDispute}
	}
	return t, err
}

func payoutThing(_ *book, body json.RawMessage) (Thing, error) {
	var p stripePayout
	err := json.Unmarshal(body, &p)
	t := p.thing(p.Status, p.Amount, nil)
	if p.Status == "paid" {
		t.Acts = []Act{ActFail}
	}
	return t, err
}

func balanceWaiting(b *book) (Thing, error) {
	t := Thing{Provider: billing.Stripe, ID: balanceThing, Kind: "balance", State: "available", Made: b.now}
	err := b.each(kindBalance, waiting, func(body json.RawMessage) error {
		var one stripeBalance
		err := json.Unmarshal(body, &one)
		t.Amount += money.Pence(one.Net)
		return err
	})
	if t.Amount > 0 {
		t.Acts = []Act{ActPayOut}
	}
	return t, err
}

func (s stripeHalf) do(b *book, id string, act Act) error {
	switch act {
	case ActPayOut:
		return s.payOut(b)
	case ActWinDispute:
		return s.closeDispute(b, id, "won")
	case ActLoseDispute:
		return s.closeDispute(b, id, "lost")
	case ActFail:
		return s.fails(b, id)
	case ActNextInvoice, ActNextDeclined, ActNextApproval, ActCancelAtBank:
		return s.doSubscription(b, id, act)
	case ActTryAgain, ActDecline, ActApprove, ActDispute, ActRefundElsewhere:
		return s.doInvoice(b, id, act)
	default:
		return ErrNotNow
	}
}

func (s stripeHalf) fails(b *book, id string) error {
	kind, _, err := b.find(id)
	switch {
	case err != nil:
		return err
	case kind == kindRefund:
		return s.refundFails(b, id)
	case kind == kindPayout:
		return s.payoutFails(b, id)
	}
	return ErrNotNow
}

func (s stripeHalf) doSubscription(b *book, id string, act Act) error {
	var sub stripeSubscription
	if err := b.get(kindSubscription, id, &sub); err != nil {
		return err
	}
	if sub.Status == "canceled" {
		return ErrNotNow
	}
	switch act {
	case ActCancelAtBank:
		return s.cancel(b, &sub)
	case ActNextDeclined:
		return s.renew(b, &sub, CardFails)
	case ActNextApproval:
		return s.renew(b, &sub, CardApproval)
	default:
		return s.renew(b, &sub, CardWorks)
	}
}

func (s stripeHalf) doInvoice(b *book, id string, act Act) error {
	var i stripeInvoice
	if err := b.get(kindInvoice, id, &i); err != nil {
		return err
	}
	switch act {
	case ActDispute:
		return s.dispute(b, i)
	case ActDecline:
		return s.charge(b, &i, CardFails)
	case ActRefundElsewhere:
		if i.Charge == nil {
			return ErrNotNow
		}
		var charge stripeCharge
		if err := b.get(kindCharge, *i.Charge, &charge); err != nil {
			return err
		}
		_, err := s.giveBack(b, charge, 0, metadata{})
		return err
	default:
		return s.charge(b, &i, CardWorks)
	}
}

// tick invoices periods that have begun, charges again what failed, and closes pages that nobody used.
func (s stripeHalf) tick(ctx context.Context) error {
	return errors.Join(
		s.due(ctx, kindSession, s.sessionOver, func(b *book, id string) error {
			var session stripeSession
			if err := b.get(kindSession, id, &session); err != nil || session.Status != "open" {
				return err
			}
			return s.expire(b, &session)
		}),
		s.due(ctx, kindInvoice, s.retryDue, s.retry),
		s.due(ctx, kindSubscription, s.periodOver, s.catchUp),
	)
}

func (s stripeHalf) periodOver(body json.RawMessage) (string, bool, error) {
	var sub stripeSubscription
	err := json.Unmarshal(body, &sub)
	return sub.ID, sub.Status != "canceled" && sub.CurrentPeriodEnd <= s.house.now().Unix(), err
}

func (s stripeHalf) catchUp(b *book, id string) error {
	var sub stripeSubscription
	for range mostCaughtUp {
		if err := b.get(kindSubscription, id, &sub); err != nil || sub.Status == "canceled" || sub.CurrentPeriodEnd > b.now.Unix() {
			return err
		}
		card, err := s.cardOf(b, sub)
		if err != nil {
			return err
		}
		if err := s.renew(b, &sub, card); err != nil {
			return err
		}
	}
	return nil
}

func (s stripeHalf) retryDue(body json.RawMessage) (string, bool, error) {
	var i stripeInvoice
	err := json.Unmarshal(body, &i)
	return i.ID, i.Status == "open" && i.NextPaymentAttempt != nil && *i.NextPaymentAttempt <= s.house.now().Unix(), err
}

func (s stripeHalf) retry(b *book, id string) error {
	var i stripeInvoice
	if err := b.get(kindInvoice, id, &i); err != nil || i.Status != "open" || i.Subscription == nil {
		return err
	}
	var sub stripeSubscription
	if err := b.get(kindSubscription, *i.Subscription, &sub); err != nil {
		return err
	}
	card, err := s.cardOf(b, sub)
	if err != nil {
		return err
	}
	return s.charge(b, &i, card)
}

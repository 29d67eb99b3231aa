package practice

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// gcBalance is the id of the one thing that is no object: what waits to be paid out.
const gcBalance = "gocardless-balance"

func (g gcHalf) things(b *book) ([]Thing, error) {
	var all []Thing
	for kind, show := range map[string]func(json.RawMessage) (Thing, string, error){
		gcMandates: gcMandateThing, gcPayments: gcPaymentThing, gcRefunds: gcRefundThing, gcPayouts: gcPayoutThing,
	} {
		found, err := b.list(shelf{Kind: kind, Most: mostThings})
		if err != nil {
			return nil, err
		}
		for _, body := range found {
			t, created, err := show(body)
			if err == nil {
				t.Made, err = time.Parse(time.RFC3339, created)
			}
			if err != nil {
				return nil, err
			}
			t.Provider, t.Kind = billing.GoCardless, kind[:len(kind)-1]
			all = append(all, t)
		}
	}
	_, tenths, err := g.waiting(b, calendar.Date{})
	if tenths != 0 {
		balance := Thing{Provider: billing.GoCardless, ID: gcBalance, Kind: "balance", State: "available", Amount: money.Pence(tenths / 10), Made: b.now}
		if tenths >= 10 {
			balance.Acts = []Act{ActPayOut}
		}
		all = append(all, balance)
	}
	return all, err
}

func gcMandateThing(body json.RawMessage) (Thing, string, error) {
	var m gcMandate
	err := json.Unmarshal(body, &m)
	t := Thing{ID: m.ID, State: m.Status, Member: member.ID(m.Metadata["member"])}
	switch m.Status {
	case "pending_submission", "submitted":
		t.Acts = []Act{ActConfirm, ActFail, ActCancelAtBank}
	case "active":
		t.Acts = []Act{ActCancelAtBank, ActReplace}
	}
	return t, m.CreatedAt, err
}

func gcPaymentThing(body json.RawMessage) (Thing, string, error) {
	var p gcPayment
	err := json.Unmarshal(body, &p)
	return Thing{ID: p.ID, State: p.Status, Amount: money.Pence(p.Amount), Member: member.ID(p.Metadata["member"]), Acts: p.acts()}, p.CreatedAt, err
}

// acts are what can happen to a payment as it stands.
func (p gcPayment) acts() []Act {
	switch p.Status {
	case "pending_submission":
		return []Act{ActSubmit, ActConfirm, ActFail, ActFailRetry}
	case "submitted":
		return []Act{ActConfirm, ActFail, ActFailRetry}
	case "confirmed":
		return []Act{ActLateFailure}
	case "paid_out":
		acts := []Act{ActLateFailure, ActChargeBack}
		if p.AmountRefunded < p.Amount {
			acts = append(acts, ActRefundElsewhere)
		}
		return acts
	case "charged_back":
		return []Act{ActChargeBackUndo}
	case "failed":
		return []Act{ActTryAgain}
	default:
		return nil
	}
}

func gcRefundThing(body json.RawMessage) (Thing, string, error) {
	var r gcRefund
	err := json.Unmarshal(body, &r)
	t := Thing{ID: r.ID, State: r.Status, Amount: money.Pence(r.Amount)}
	if r.Status == "created" {
		t.Acts = []Act{ActConfirm, ActFail}
	}
	return t, r.CreatedAt, err
}

func gcPayoutThing(body json.RawMessage) (Thing, string, error) {
	var p gcPayout
	err := json.Unmarshal(body, &p)
	return Thing{ID: p.ID, State: p.Status, Amount: money.Pence(p.Amount)}, p.CreatedAt, err
}

func (g gcHalf) do(b *book, id string, act Act) error {
	if id == gcBalance && act == ActPayOut {
		return g.payOut(b, calendar.Date{})
	}
	kind, body, err := b.find(id)
	if err != nil {
		return err
	}
	switch kind {
	case gcMandates:
		return g.doMandate(b, body, act)
	case gcPayments:
		return g.doPayment(b, body, act)
	case gcRefunds:
		return g.doRefund(b, body, act)
	default:
		return ErrNotNow
	}
}

func can(t Thing, act Act) error {
	if slices.Contains(t.Acts, act) {
		return nil
	}
	return ErrNotNow
}

func (g gcHalf) doMandate(b *book, body []byte, act Act) error {
	t, _, err := gcMandateThing(body)
	var m gcMandate
	if err := errors.Join(err, can(t, act), json.Unmarshal(body, &m)); err != nil {
		return err
	}
	switch act {
	case ActCancelAtBank:
		return g.endMandate(b, &m, "cancelled",
			gcDetails{Origin: "bank", Cause: "mandate_cancelled", Description: "The payer cancelled it.", Scheme: "bacs", ReasonCode: "ADDACS-1"})
	case ActReplace:
		return g.replace(b, &m)
	default: // the bank answers, and first it is asked
	}
	if m.Status == "pending_submission" {
		if err := g.submitMandate(b, &m); err != nil {
			return err
		}
	}
	if act == ActFail {
		return g.failMandate(b, &m)
	}
	return g.activate(b, &m)
}

func (g gcHalf) doPayment(b *book, body []byte, act Act) error {
	t, _, err := gcPaymentThing(body)
	var p gcPayment
	if err := errors.Join(err, can(t, act), json.Unmarshal(body, &p)); err != nil {
		return err
	}
	switch act {
	case ActLateFailure:
		return g.lateFailure(b, &p)
	case ActChargeBack:
		return g.chargeBack(b, &p)
	case ActChargeBackUndo:
		return g.chargeBackUndone(b, &p)
	case ActTryAgain:
		return g.resubmit(b, &p)
	case ActRefundElsewhere:
		_, err := g.giveBack(b, p, p.Amount-p.AmountRefunded, nil, "gocardless")
		return err
	default: // the bank answers, and first it is asked
	}
	if p.Status == "pending_submission" {
		if err := g.submit(b, &p); err != nil || act == ActSubmit {
			return err
		}
	}
	if act == ActConfirm {
		return g.confirm(b, &p)
	}
	return g.fail(b, &p, act == ActFailRetry)
}

func (g gcHalf) doRefund(b *book, body []byte, act Act) error {
	t, _, err := gcRefundThing(body)
	var r gcRefund
	if err := errors.Join(err, can(t, act), json.Unmarshal(body, &r)); err != nil {
		return err
	}
	if act == ActConfirm {
		return g.refundPaid(b, &r)
	}
	return g.refundReturned(b, &r)
}

// tick does what the days bring: mandates and payments go to the bank and come back, and what was confirmed is paid out the next working
// day. Each in a transaction of its own, so that one bad thing does not stop the rest.
func (g gcHalf) tick(ctx context.Context) error {
	err := errors.Join(
		g.moveAll(ctx, gcMandates, gcMoving, g.moveMandate), g.moveAll(ctx, gcPayments, gcMoving, g.movePayment), g.moveAll(ctx, gcRefunds, "", g.moveRefund),
	)
	paid := g.write(ctx, func(b *book) error {
		if !b.today().WorkingDay() {
			return nil
		}
		if err := g.payOut(b, b.today()); !errors.Is(err, ErrNotNow) {
			return err
		}
		return nil
	})
	return errors.Join(err, paid)
}

func (g gcHalf) moveAll(ctx context.Context, kind, about string, move func(*book, string) error) error {
	var ids []string
	err := g.house.books.read(ctx, billing.GoCardless, func(b *book) error {
		return b.each(kind, about, func(body json.RawMessage) error {
			var one struct {
				ID string `json:"id"`
			}
			err := json.Unmarshal(body, &one)
			ids = append(ids, one.ID)
			return err
		})
	})
	for _, id := range ids {
		err = errors.Join(err, g.write(ctx, func(b *book) error { return move(b, id) }))
	}
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// step is something that happens some days after the step before, or on the first day after that on which it can.
type step struct {
	after int
	do    deed
}

// deed has something happen, and reports whether it could.
type deed func(ctx context.Context, h *history, p *person) (done bool, err error)

// What becomes of those who pay by card.
var cardFates = []fate{
	{times: 9},
	{times: 1, steps: []step{{50, renews(practice.ActNextDeclined)}}},                               // tried again by Stripe, and works
	{times: 1, steps: []step{{25, renews(practice.ActNextApproval)}, {1, approve}}},                 //
	{times: 1, card: practice.CardFails, steps: []step{{20, whileUnpaid(anew(billing.Stripe))}}},    // another card
	{times: 1, card: practice.CardFails, steps: []step{{9, whileUnpaid(anew(billing.GoCardless))}}}, //
	{times: 1, card: practice.CardFails, steps: []step{{150, whileLapsed(anew(billing.Stripe))}}},   // for long nobody pays
	{times: 1, steps: []step{{45, happens(paid, practice.ActDispute)}, {20, decide(practice.ActLoseDispute)}}},
	{times: 1, steps: []step{{30, happens(paid, practice.ActDispute)}, {25, decide(practice.ActWinDispute)}}},
	{times: 1, steps: []step{{6, askBack}, {2, leave(member.ShareGiven)}}},
	{times: 1, steps: []step{{70, leave(member.ShareRepaid)}}},
	{times: 1, steps: []step{{40, pays(1500)}}},
	{times: 1, steps: []step{{60, pays(400)}}},
	{times: 1, steps: []step{{55, anew(billing.GoCardless)}}},
}

// What becomes of those who pay by Direct Debit.
var debitFates = []fate{
	{times: 8},
	{times: 1, steps: []step{{28, happens(underWay, practice.ActFail)}}},      // asked for again by us
	{times: 1, steps: []step{{28, happens(underWay, practice.ActFailRetry)}}}, // sent again by GoCardless
	{times: 1, steps: []step{{50, happens(paid, practice.ActLateFailure)}}},
	{times: 1, steps: []step{{40, happens(paid, practice.ActChargeBack)}, {10, leave(member.ShareGiven)}}},
	{times: 1, steps: []step{{60, happens(paid, practice.ActChargeBack)}, {12, happens(takenBack, practice.ActChargeBackUndo)}}},
	{times: 1, purse: practice.AccountClosed, steps: []step{{12, anew(billing.GoCardless)}}},
	{times: 1, purse: practice.AccountEmpty, steps: []step{{20, whileUnpaid(anew(billing.Stripe))}}},
	{times: 1, steps: []step{{28, happens(underWay, practice.ActFail)}, {4, happens(underWay, practice.ActFail)}, {25, waive}}},
	{times: 1, steps: []step{{35, replace}}},
	{times: 1, steps: []step{{30, giveBack}}},
	{times: 1, steps: []step{{75, leave(member.ShareRepaid)}}},
	{times: 1, steps: []step{{45, pays(2000)}}},
	{times: 1, steps: []step{{50, anew(billing.Stripe)}}},
	{times: 1, steps: []step{{65, pays(0)}}},
}

// What becomes of standing orders.
var orderFates = []fate{
	{times: 2},
	{times: 1, steps: []step{{70, stop}, {15, whileUnpaid(anew(billing.GoCardless))}}},
}

// Who has no money to pay waits for the secretary.
var noMoneyFates = []fate{
	{times: 3, steps: []step{{2, admit}}},
	{times: 1, steps: []step{{3, admit}, {60, anewFor(billing.GoCardless, billing.LeastDues)}}}, // and later has some
}

// next sets the day from which the next step may happen.
func (h *history) next(p *person) {
	if len(p.steps) > 0 {
		wait := p.steps[0].after
		p.due = h.today.AddDays(wait + h.dice.IntN(wait/3+1))
	}
}

// deeds has happen what is due.
func (h *history) deeds(ctx context.Context) error {
	for _, p := range h.members {
		if len(p.steps) == 0 || p.gone || p.due.IsZero() || h.today.Before(p.due) {
			continue
		}
		done, err := p.steps[0].do(ctx, h, p)
		switch {
		case errors.Is(err, practice.ErrNotNow): // on another day
			continue
		case err != nil:
			return fmt.Errorf("member %d: %w", p.n+1, err)
		case !done:
			continue
		}
		p.steps = p.steps[1:]
		h.next(p)
		if err := h.follow(ctx); err != nil {
			return err
		}
	}
	return nil
}

// paymentWhere is somebody's latest payment of a kind.
func (h *history) paymentWhere(ctx context.Context, p *person, is func(billing.StatementLine) bool) (line billing.StatementLine, ref string, found bool, err error) {
	s, err := h.dues.Statement(ctx, p.member)
	if err != nil {
		return line, "", false, err
	}
	i := slices.IndexFunc(s.Payments, is)
	if i < 0 {
		return line, "", false, nil
	}
	line = s.Payments[i]
	_, ref, _ = strings.Cut(string(line.ID), ":")
	return line, ref, true, nil
}

func paid(l billing.StatementLine) bool {
	return l.State == billing.PaymentPaid && l.Refunded == 0 && !l.Disputed && l.Provider != billing.ByBank && l.Amount > 0
}

func underWay(l billing.StatementLine) bool { return l.State == billing.PaymentSubmitted }

func takenBack(l billing.StatementLine) bool { return l.State == billing.PaymentReversed }

// happens has something happen to somebody's latest payment of a kind, at its provider.
func happens(is func(billing.StatementLine) bool, act practice.Act) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		line, ref, found, err := h.paymentWhere(ctx, p, is)
		if err != nil || !found {
			return false, err
		}
		return true, h.pay.practice.Do(ctx, line.Provider, ref, act)
	}
}

// renews begins a subscription's next period on the day on which it would begin by itself, in another way.
func renews(act practice.Act) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		s, err := h.dues.Statement(ctx, p.member)
		if err != nil || s.Method == nil || s.Provider != billing.Stripe || s.Method.PaidTo != h.today {
			return false, err
		}
		return true, h.pay.practice.Do(ctx, s.Provider, s.Method.Ref, act)
	}
}

func approve(ctx context.Context, h *history, p *person) (bool, error) {
	return happens(func(l billing.StatementLine) bool { return l.State == billing.PaymentAction }, practice.ActApprove)(ctx, h, p)
}

// decide decides a dispute that is open.
func decide(act practice.Act) deed {
	return func(ctx context.Context, h *history, _ *person) (bool, error) {
		things, err := h.pay.practice.Acts(ctx)
		i := slices.IndexFunc(things, func(t practice.Thing) bool { return t.Kind == "dispute" && slices.Contains(t.Acts, act) })
		if err != nil || i < 0 {
			return false, err
		}
		return true, h.pay.practice.Do(ctx, things[i].Provider, things[i].ID, act)
	}
}

// anew has somebody authorise their dues again, with what works now, by the same way or another.
func anew(by billing.ProviderName) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		p.card, p.purse = practice.CardWorks, practice.AccountWorks
		return true, h.authorise(ctx, p, by)
	}
}

func anewFor(by billing.ProviderName, amount money.Pence) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		p.terms.Amount = amount
		return anew(by)(ctx, h, p)
	}
}

// whileUnpaid waits until something is open.
func whileUnpaid(do deed) deed {
	return inState(do, member.Grace, member.Arrears)
}

func inState(do deed, states ...member.StandingState) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		s, err := h.dues.Standing(ctx, p.member, h.today, h.at.now())
		if err != nil || !slices.Contains(states, s.State) {
			return false, err
		}
		return do(ctx, h, p)
	}
}

// whileLapsed waits until a steward let somebody lapse, and has them back.
func whileLapsed(do deed) deed {
	return inState(func(ctx context.Context, h *history, p *person) (bool, error) {
		if err := h.dues.Restore(ctx, p.member, h.steward.account, "pays again"); err != nil {
			return false, err
		}
		return do(ctx, h, p)
	}, member.Lapsed)
}

// pays changes the amount.
func pays(amount money.Pence) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		p.terms.Amount = amount
		if amount == 0 {
			p.terms.Interval = billing.Monthly
		}
		err := h.dues.Change(ctx, p.member, p.terms)
		return !errors.Is(err, billing.ErrNoDues), unless(err, billing.ErrNoDues)
	}
}

// unless forgets an error that only says that it is too early.
func unless(err, early error) error {
	if errors.Is(err, early) {
		return nil
	}
	return err
}

// askBack has the latest payment back within the fourteen days.
func askBack(ctx context.Context, h *history, p *person) (bool, error) {
	line, _, found, err := h.paymentWhere(ctx, p, paid)
	if err != nil || !found {
		return false, err
	}
	err = h.dues.RefundPayment(ctx, line.ID, p.member, line.Amount, billing.By{}, "")
	return true, unless(err, billing.ErrNoRight)
}

// giveBack is the treasurer's refund of a Direct Debit, which waits until its payout is a week old.
func giveBack(ctx context.Context, h *history, p *person) (bool, error) {
	line, _, found, err := h.paymentWhere(ctx, p, paid)
	if err != nil || !found {
		return false, err
	}
	err = h.dues.RefundPayment(ctx, line.ID, p.member, line.Amount, billing.By{Account: h.treasurer.account, As: member.Treasurer}, "paid for a friend by mistake")
	return !errors.Is(err, billing.ErrNoRefund), unless(err, billing.ErrNoRefund)
}

// leave does what the page does: first nothing is collected any more, then the membership ends.
func leave(wish member.ShareWish) deed {
	return func(ctx context.Context, h *history, p *person) (bool, error) {
		m, err := h.register.Get(ctx, p.member)
		if err != nil || m.State != member.Admitted {
			return false, err
		}
		p.gone = true
		if err := h.dues.Leave(ctx, p.member); err != nil {
			return false, err
		}
		return true, h.register.Resign(ctx, p.member, wish)
	}
}

// replace puts another mandate in the place of somebody's, as when banks merge.
func replace(ctx context.Context, h *history, p *person) (bool, error) {
	s, err := h.dues.Statement(ctx, p.member)
	if err != nil || s.Method == nil || s.Method.State != billing.MethodActive {
		return false, err
	}
	return true, h.pay.practice.Do(ctx, billing.GoCardless, s.Method.Ref, practice.ActReplace)
}

// waive is the treasurer's kindness to somebody who is ill.
func waive(ctx context.Context, h *history, p *person) (bool, error) {
	s, err := h.dues.Statement(ctx, p.member)
	i := slices.IndexFunc(s.Periods, func(l billing.PeriodLine) bool { return l.State == billing.PeriodArrears })
	if err != nil || i < 0 {
		return false, err
	}
	return true, h.dues.Waive(ctx, p.member, s.Periods[i].N, h.treasurer.account, "ill for months, wrote to us")
}

func admit(ctx context.Context, h *history, p *person) (bool, error) {
	return true, h.register.Admit(ctx, p.member, h.secretary.account, "hardship, self-declared")
}

func stop(_ context.Context, _ *history, p *person) (bool, error) {
	p.stopped = true
	return true, nil
}

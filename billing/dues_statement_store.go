package billing

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Statement is all that a member is told about their own dues. Not Begun for somebody who has none yet.
func (d *Dues) Statement(ctx context.Context, m member.ID) (Statement, error) {
	s, err := d.statement(ctx, d.db.Read(ctx), m)
	if err != nil {
		return Statement{}, fmt.Errorf("state dues: %w", err)
	}
	return s, nil
}

func (d *Dues) statement(ctx context.Context, db *gorm.DB, m member.ID) (Statement, error) {
	s := Statement{Member: m, On: d.today()}
	h, err := historyOf(db, m)
	if err != nil {
		return s, err
	}
	p := h.on(d.today())
	flying, err := inFlight(db, m, p)
	if err != nil {
		return s, err
	}
	if s.SharePaid, err = sharePaid(db, m); err != nil {
		return s, err
	}
	if s.Payments, err = d.paymentLines(db, m); err != nil {
		return s, err
	}
	s.Begun, s.Joined, s.Left = !p.joined.IsZero() || len(h.choices) > 0, p.joined, p.left
	if p.joined.IsZero() {
		s.Chose, err = lastChoice(db, m)
		return s, err
	}
	waived := map[int]bool{}
	for _, f := range h.facts {
		waived[f.period] = f.kind == factWaived
	}
	s.Standing = h.standing(p.on, d.now())
	s.Terms = p.terms(math.MaxInt)
	s.PaidUntil = p.paidUntil()
	s.Periods = p.lines(waived, flying)
	if s.Lost, err = lostWay(db, m, h, p, flying); err != nil {
		return s, err
	}
	return s, errors.Join(d.credit(db, &s), d.method(ctx, &s, p))
}

func lastChoice(db *gorm.DB, m member.ID) (*Choice, error) {
	var flows []flowRow
	if err := db.Where("member = ?", m).Order("made_at DESC").Limit(1).Find(&flows).Error; err != nil || len(flows) == 0 {
		return nil, err
	}
	return &Choice{Terms{flows[0].Amount, flows[0].Paid}, flows[0].Provider}, nil
}

func (d *Dues) credit(db *gorm.DB, s *Statement) error {
	return db.Raw("SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM dues_parts WHERE member = ? AND kind = ?", s.Member, partCredit).Scan(&s.Credit).Error
}

// method tells how dues are collected, and when next.
func (d *Dues) method(ctx context.Context, s *Statement, p position) error {
	all, _, err := d.accounts(ctx, p.on, []member.ID{s.Member})
	if err != nil {
		return err
	}
	a := all[0]
	row, wanted := a.wanted()
	planned, due, own := a.next(p.on), calendar.Date{}, calendar.Date{}
	if planned != nil {
		due = periodOf(p.joined, planned.Period).Starts
	}
	if wanted {
		s.Provider = row.Provider
		s.Method = &Method{
			Ref: row.Ref, Customer: row.Customer, State: row.State, Member: row.Member, Description: row.Description, PaidTo: dayOf(row.PaidTo),
		}
		for _, other := range a.methods {
			if !other.Wanted {
				s.Until = append(s.Until, UntilThen{other.Provider, other.Description, other.State})
			}
		}
		if d.collectsItself(row.Provider) {
			planned, due = nil, dayOf(row.PaidTo)
			if s.Terms.Amount > 0 && p.left.IsZero() && !p.lapsed && !s.gaveUp(due) {
				planned, own = &attemptRow{ChargeOn: row.PaidTo, Amount: s.Terms.Price()}, due
			}
		}
	}
	s.Next, s.ShareComes = a.charge(s.Payments, planned)
	s.Next = s.Next.late(due, p.on)
	s.OnItsWay = s.Next != nil && a.onItsWay(s.Payments, p.on, d.collectsItself(row.Provider), own)
	return nil
}

func (d *Dues) paymentLines(db *gorm.DB, m member.ID) ([]StatementLine, error) {
	var payments []paymentRow
	var receipts []receiptRow
	var refunds []refundRow
	err := errors.Join(
		db.Where("member = ?", m).Order("made_at DESC, ref DESC").Find(&payments).Error,
		db.Where("member = ?", m).Find(&receipts).Error,
		db.Where("member = ?", m).Order("made_at").Find(&refunds).Error,
	)
	lines := make([]StatementLine, 0, len(payments))
	for _, pay := range payments {
		line := StatementLine{
			ID: pay.id(), Provider: pay.Provider, On: pay.on(), State: pay.State, Amount: pay.Amount, Share: pay.Share,
			Refunded: pay.Refunded, Disputed: pay.Disputed, Action: pay.Action, Reason: pay.Reason, NextTry: dayOf(pay.NextTry),
		}
		for _, r := range receipts {
			if paymentID(r.Provider, r.Payment) == line.ID {
				line.Receipt = &Receipt{
					Year: r.Year, N: r.N, Member: m, Payment: line.ID, Amount: r.Amount, Share: r.Share, Paid: pay.on(), Issued: dayOf(r.IssuedOn),
					Refunded: pay.Refunded, Reversed: pay.State == PaymentReversed,
				}
			}
		}
		for _, r := range refunds {
			if paymentID(r.Provider, r.Payment) == line.ID {
				line.Refunds = append(line.Refunds, RefundLine{r.Amount, r.MadeAt.UTC(), string(r.State), r.Reason})
			}
		}
		if line.Refundable, line.RefundFrom, err = d.right(db, pay); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, err
}

// right is what the member may have back of a payment by their own right, and where it is too early for that, from when.
func (d *Dues) right(db *gorm.DB, pay paymentRow) (money.Pence, calendar.Date, error) {
	if !pay.byRight(d.now()) || pay.Provider == ByBank { // the treasurer pays that back at the bank
		return 0, calendar.Date{}, nil
	}
	paidOut, err := payoutOn(db, pay)
	if err != nil {
		return 0, calendar.Date{}, err
	}
	most, err := pay.refundable(d.today(), paidOut)
	if errors.Is(err, ErrNoRefund) && !paidOut.IsZero() {
		return 0, paidOut.AddDays(safetyDays), nil
	}
	return most, calendar.Date{}, nil
}

// on is the day that stands beside a payment.
func (r paymentRow) on() calendar.Date {
	switch {
	case r.PaidAt != nil:
		return calendar.On(*r.PaidAt)
	case r.ChargeOn != "":
		return dayOf(r.ChargeOn)
	default:
		return calendar.On(r.MadeAt)
	}
}

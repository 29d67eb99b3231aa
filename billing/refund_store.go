package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
)

// RefundPayment orders money to go back: all of a payment by the member's own right within RightDays, any part of it by the treasurer. A
// Direct Debit that is not on its way is cancelled; one that was taken can be given back only some days after its payout (ErrNoRefund),
// and then warn with ErrPaidTwice. ErrNoPayment, ErrNoRight, ErrAmount, ErrUnderWay.
func (d *Dues) RefundPayment(ctx context.Context, id PaymentID, m member.ID, amount money.Pence, by By, why string) error {
	name, ref := id.parts()
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "payment "+string(id)); err != nil {
			return err
		}
		pay, err := paymentOf(tx, name, ref)
		if err != nil {
			return err
		}
		if pay.Version == 0 || by.As == "" && pay.Member != m {
			return ErrNoPayment
		}
		payoutOn, err := payoutOn(tx, pay)
		if err != nil {
			return err
		}
		most, err := pay.refundable(d.today(), payoutOn)
		switch {
		case err != nil:
			return err
		case by.As == "" && !pay.byRight(d.now()):
			return ErrNoRight
		case amount <= 0 || amount > most, pay.State == PaymentPending && amount != most:
			return ErrAmount
		}
		return d.order(ctx, tx, pay, amount, by, why)
	})
	if err != nil {
		return fmt.Errorf("refund a payment: %w", err)
	}
	return nil
}

func payoutOn(db *gorm.DB, pay paymentRow) (calendar.Date, error) {
	if pay.Payout == "" {
		return calendar.Date{}, nil
	}
	row, err := payoutOf(db, pay.Provider, pay.Payout)
	if err != nil || row.State != PayoutPaid {
		return calendar.Date{}, err
	}
	return dayOf(row.Arrives), nil
}

func (d *Dues) order(ctx context.Context, tx *gorm.DB, pay paymentRow, amount money.Pence, by By, why string) error {
	var before []refundRow
	if err := tx.Where("provider = ? AND payment = ?", pay.Provider, pay.Ref).Find(&before).Error; err != nil {
		return err
	}
	for _, r := range before {
		if r.State == refundOrdered {
			return ErrUnderWay
		}
	}
	row := refundRow{
		ID: fmt.Sprintf("refund:%s:%s:%d", pay.Provider, pay.Ref, len(before)+1), Provider: pay.Provider, Payment: pay.Ref, Member: pay.Member,
		Amount: amount, Total: pay.Refunded + amount, Role: string(by.As), Why: why, State: refundOrdered, MadeAt: d.now(),
	}
	act := audit.Act{As: "member", What: "refund ordered", About: string(pay.id()), Why: why, At: d.now()}
	if by.As != "" {
		row.Account, act.By, act.As = string(by.Account), by.Account, string(by.As)
	}
	return errors.Join(tx.Create(&row).Error, audit.Record(tx, act), d.queue.Add(ctx, tx, GiveBack{row.ID}))
}

// GiveBack has the provider do a refund that was ordered. Done twice it gives back once: the order's id is the provider's key.
func (d *Dues) GiveBack(ctx context.Context, id string) error {
	var rows []refundRow
	if err := d.db.Read(ctx).Where("id = ? AND state = ?", id, refundOrdered).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	row := rows[0]
	provider, err := d.provider(row.Provider)
	if err != nil {
		return err
	}
	pay, err := provider.Payment(ctx, row.Payment)
	if err != nil {
		return err
	}
	state, ref := refundSent, ""
	if pay.State == PaymentPending {
		state, err = refundCancelled, provider.Cancel(ctx, row.Payment)
	} else {
		var done Refund
		done, err = provider.Refund(ctx, RefundOrder{Key: row.ID, Payment: row.Payment, Amount: row.Amount, Total: row.Total})
		ref = done.Ref
	}
	reason := ""
	switch {
	case errors.Is(err, ErrTooLate):
		state, reason = refundRefused, "it is on its way to the bank"
	case errors.Is(err, ErrNoRefund):
		state, reason = refundRefused, "too soon after its payout"
	case errors.Is(err, ErrRefused), errors.Is(err, ErrNotFound):
		state, reason = refundRefused, "the provider refused"
	case err != nil:
		return fmt.Errorf("give back: %w", err)
	}
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&refundRow{}).Where("id = ? AND state = ?", id, refundOrdered).
			Updates(map[string]any{"state": state, "ref": ref, "reason": reason}).Error
	})
	if err != nil {
		return err
	}
	return d.convergePayment(ctx, provider, row.Payment)
}

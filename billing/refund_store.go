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
	if by.As != "" {
		reason, err := member.Reason(why)
		if err != nil {
			return fmt.Errorf("refund a payment: %w", err)
		}
		why = reason
	}
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
		if _, err := d.provider(name); err != nil {
			return err // a standing order, or a provider that is no longer set up: it goes back at the bank
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

// ToRefund is a payment that the treasurer wants to give back.
type ToRefund struct {
	Refundable
	Payment  PaymentID
	Provider ProviderName
	Member   member.ID // "" is nobody known
	Amount   money.Pence
	On       calendar.Date
}

// ToRefund tells what of a payment can go back now. ErrNoPayment.
func (d *Dues) ToRefund(ctx context.Context, id PaymentID) (ToRefund, error) {
	db := d.db.Read(ctx)
	name, ref := id.parts()
	pay, err := paymentOf(db, name, ref)
	if err == nil && pay.Version == 0 {
		err = ErrNoPayment
	}
	if err != nil {
		return ToRefund{}, err
	}
	f, err := d.giveable(db, pay)
	return ToRefund{f, id, pay.Provider, pay.Member, pay.Amount, pay.on()}, err
}

// Refundable tells what of each of a member's payments can go back now, by the treasurer.
func (d *Dues) Refundable(ctx context.Context, m member.ID) (map[PaymentID]Refundable, error) {
	db := d.db.Read(ctx)
	var payments []paymentRow
	if err := db.Where("member = ?", m).Find(&payments).Error; err != nil {
		return nil, fmt.Errorf("look up what can go back: %w", err)
	}
	all := make(map[PaymentID]Refundable, len(payments))
	for _, pay := range payments {
		f, err := d.giveable(db, pay)
		if err != nil {
			return nil, err
		}
		all[pay.id()] = f
	}
	return all, nil
}

func (d *Dues) giveable(db *gorm.DB, pay paymentRow) (Refundable, error) {
	paidOut, err := payoutOn(db, pay)
	if err != nil {
		return Refundable{}, err
	}
	var ordered int64
	err = db.Model(&refundRow{}).Where("provider = ? AND payment = ? AND state = ?", pay.Provider, pay.Ref, refundOrdered).Count(&ordered).Error
	if err != nil {
		return Refundable{}, fmt.Errorf("look up refunds: %w", err)
	}
	return pay.giveable(d.today(), paidOut, ordered > 0), nil
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
		state, reason = refundRefused, troubleLate
	case errors.Is(err, ErrNoRefund):
		state, reason = refundRefused, troubleEarly
	case errors.Is(err, ErrRefused), errors.Is(err, ErrNotFound):
		state, reason = refundRefused, troubleRefused
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

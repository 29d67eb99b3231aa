package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// Waive closes a period without payment: the treasurer's decision. What is about to be collected for it alone is called off. ErrNoPeriod.
func (d *Dues) Waive(ctx context.Context, m member.ID, period int, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factWaived, Period: period}, audit.Act{By: by, As: string(member.Treasurer), What: "dues waived", Why: why},
		func(p position) error {
			if !p.known(period) || !p.open(period) {
				return ErrNoPeriod
			}
			return nil
		}, func(tx *gorm.DB) error { return d.queue.Add(ctx, tx, CallOff{m, period}) })
}

// CallOffWaived stops what is about to be collected for a period that was waived, as far as it can still be stopped. What is not stopped
// pays for the next period, or is credit.
func (d *Dues) CallOffWaived(ctx context.Context, job CallOff) error {
	db := d.db.Read(ctx)
	h, err := historyOf(db, job.Member)
	if err != nil {
		return err
	}
	p := h.on(d.today())
	if !p.closed[job.Period] {
		return nil
	}
	var attempts []attemptRow
	if err := db.Where("member = ? AND period = ? AND periods = 1 AND live", job.Member, job.Period).Find(&attempts).Error; err != nil {
		return err
	}
	for _, a := range attempts {
		if err := d.callOff(ctx, a); err != nil {
			return err
		}
	}
	if p.owing() {
		return nil
	}
	var failing []paymentRow // made by a provider by itself for what was due, and now nothing is
	err = db.Where("member = ? AND attempt = '' AND (state = ? OR state = ? AND next_try <> '')", job.Member, PaymentAction, PaymentFailed).Find(&failing).Error
	for _, pay := range failing {
		err = errors.Join(err, d.stop(ctx, pay.Provider, pay.Ref))
	}
	return err
}

// callOff ends an attempt that nobody was asked for, and stops the payment of another.
func (d *Dues) callOff(ctx context.Context, a attemptRow) error {
	switch {
	case a.Payment != "":
		return d.stop(ctx, a.Provider, a.Payment)
	case a.State == attemptAsked:
		return &BusyError{stopAfter, errAsked}
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&attemptRow{}).Where("id = ? AND state = ?", a.ID, attemptPlanned).
			Updates(map[string]any{"state": attemptCancelled, "live": false, "reason": "waived"}).Error
	})
}

const stopAfter = time.Minute // until the provider has answered whether it took what we asked for

var errAsked = errors.New("the provider is being asked for that payment")

// stop cancels a payment at its provider, unless it is too late for that.
func (d *Dues) stop(ctx context.Context, name ProviderName, ref string) error {
	provider, err := d.provider(name)
	if err != nil {
		return err
	}
	err = provider.Cancel(ctx, ref)
	if err != nil && !errors.Is(err, ErrTooLate) && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("call off a payment: %w", err)
	}
	return d.ConvergeOnce(ctx, ConvergeTo{name, RefPayment, ref})
}

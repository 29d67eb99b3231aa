package billing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
)

// Collect asks the provider for the payment of an attempt. Killed at any point it is done again: the attempt's id is the provider's key.
func (d *Dues) Collect(ctx context.Context, id string) error {
	var rows []attemptRow
	if err := d.db.Read(ctx).Where("id = ? AND live AND state IN ?", id, []attemptState{attemptPlanned, attemptAsked}).Find(&rows).Error; err != nil {
		return fmt.Errorf("look up an attempt: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	provider, err := d.provider(rows[0].Provider)
	if err != nil {
		return err
	}
	pace := d.pacers[provider.Name()]
	if err := pace.wait(ctx); err != nil {
		return err
	}
	a, claimed, err := d.claim(ctx, rows[0])
	if err != nil || !claimed {
		return err
	}
	pay, err := provider.Collect(ctx, Collection{
		Key: a.ID, Member: a.Member, Method: a.Method, Amount: a.Amount, On: dayOf(a.ChargeOn),
	})
	switch {
	case err == nil:
		return d.collected(ctx, provider, pay)
	case errors.Is(err, ErrRefused), errors.Is(err, ErrNotFound):
		return d.refused(ctx, a, err)
	}
	if busy, ok := errors.AsType[*BusyError](err); ok {
		pace.hold(busy.After)
	}
	return fmt.Errorf("collect %s: %w", a.ID, err)
}

// claim makes sure that what is about to be asked for is still open. From then on the provider may have been asked.
func (d *Dues) claim(ctx context.Context, a attemptRow) (_ attemptRow, claimed bool, err error) {
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		claimed = false
		if err := lockMember(tx, a.Member); err != nil {
			return err
		}
		if err := tx.Where("id = ?", a.ID).Take(&a).Error; err != nil {
			return err
		}
		switch {
		case !a.Live:
			return nil
		case a.State == attemptAsked: // we did not hear the answer
			claimed = true
			return nil
		case a.State != attemptPlanned:
			return nil
		}
		wanted, err := d.stillWanted(tx, a)
		if err != nil {
			return err
		}
		a.State = attemptAsked
		if !wanted {
			a.State, a.Live, a.Reason = attemptCancelled, false, "no longer due"
		}
		claimed = wanted
		return tx.Save(&a).Error
	})
	if err != nil {
		return a, false, fmt.Errorf("claim %s: %w", a.ID, err)
	}
	return a, claimed, nil
}

func (d *Dues) stillWanted(tx *gorm.DB, a attemptRow) (bool, error) {
	h, err := historyOf(tx, a.Member)
	if err != nil {
		return false, err
	}
	p := h.on(d.today())
	if p.lapsed || !p.left.IsZero() || !p.open(a.Period) {
		return false, nil
	}
	method, there, err := methodOf(tx, a.Provider, a.Method)
	return there && method.Wanted && method.State != MethodEnded, err
}

// collected takes in the payment that was made. The provider's answer to a repeated question may be old: then it is read again.
func (d *Dues) collected(ctx context.Context, provider Provider, pay Payment) error {
	err := d.settle(ctx, pay, 0)
	if errors.Is(err, errMoved) {
		return d.convergePayment(ctx, provider, pay.Ref)
	}
	return err
}

// refused ends an attempt that the provider will not make, and looks at the method again: it is the likely cause.
func (d *Dues) refused(ctx context.Context, a attemptRow, cause error) error {
	reason := "refused"
	if errors.Is(cause, ErrNotFound) {
		reason = "not_found"
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, a.Member); err != nil {
			return err
		}
		done := tx.Model(&attemptRow{}).Where("id = ? AND state = ?", a.ID, attemptAsked).
			Updates(map[string]any{"state": attemptFailed, "live": false, "reason": reason})
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return d.queue.Add(ctx, tx, ConvergeTo{a.Provider, RefMethod, a.Method})
	})
}

const (
	paceGap  = 100 * time.Millisecond // between two questions of one process: below what providers allow
	paceMost = 5 * time.Second        // a longer wait is a job for later
)

// Hurry has questions to providers follow each other without a pause: for look-alikes in this process, which know no limit.
func (d *Dues) Hurry() {
	for _, p := range d.pacers {
		p.mu.Lock()
		p.gap = 0
		p.mu.Unlock()
	}
}

// pacer spaces out what one process asks of a provider in bulk.
type pacer struct {
	mu   sync.Mutex
	next time.Time     // guarded by mu: when the next may go
	gap  time.Duration // guarded by mu
}

var errPaced = errors.New("others are waiting already")

// wait returns when it is one's turn; *BusyError if that is too long from now.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	wait := max(0, time.Until(p.next))
	if wait <= paceMost {
		p.next = time.Now().Add(wait + p.gap)
	}
	p.mu.Unlock()
	if wait > paceMost {
		return &BusyError{wait, errPaced}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// hold lets nobody go before the time is over that a provider named.
func (p *pacer) hold(after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(after); until.After(p.next) {
		p.next = until
	}
}

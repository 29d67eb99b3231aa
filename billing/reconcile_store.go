package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/jobs"
)

const (
	reconcileFrom = 30 * 24 * time.Hour // how far back the first look goes
	reconcileOver = time.Hour           // looks overlap: clocks differ
)

// ReconcileRun wants a page of what changed at a provider looked through.
type ReconcileRun struct {
	Provider ProviderName `json:"provider"`
	Since    time.Time    `json:"since"`
	Began    time.Time    `json:"began"`
	Page     string       `json:"page"`
}

func (ReconcileRun) Kind() string { return "reconcile_run" } // Kind names the job.

// Reconcile converges to all that changed at the providers since a moment, whether webhooks told of it or not.
func (d *Dues) Reconcile(ctx context.Context, since time.Time) error {
	for _, name := range d.Providers() {
		for page, first := "", true; first || page != ""; first = false {
			refs, next, err := d.changed(ctx, name, since, page)
			if err != nil {
				return err
			}
			for _, ref := range refs {
				if err := d.Converge(ctx, name, ref); err != nil && !errors.Is(err, ErrNotFound) {
					return err
				}
			}
			page = next
		}
	}
	return nil
}

func (d *Dues) changed(ctx context.Context, name ProviderName, since time.Time, page string) ([]Ref, string, error) {
	refs, next, err := d.providers[name].Changed(ctx, since, page)
	if err != nil {
		return nil, "", fmt.Errorf("ask %s what changed: %w", name, err)
	}
	var once []Ref
	for _, r := range refs {
		if r.Kind != RefNothing && !slices.Contains(once, r) {
			once = append(once, r)
		}
	}
	return once, next, nil
}

// BeginReconcile queues the nightly look at each provider, from where the last one that came to its end began.
func (d *Dues) BeginReconcile(ctx context.Context) error {
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		for _, name := range d.Providers() {
			var marks []markRow
			if err := tx.Where("provider = ?", name).Find(&marks).Error; err != nil {
				return err
			}
			since := d.now().Add(-reconcileFrom)
			if len(marks) > 0 {
				since = marks[0].Upto.UTC().Add(-reconcileOver)
			}
			if err := d.queue.Add(ctx, tx, ReconcileRun{Provider: name, Since: since, Began: d.now()}); err != nil {
				return err
			}
		}
		return d.chase(ctx, tx)
	})
}

// ReconcilePage queues what one page names, and the next page.
func (d *Dues) ReconcilePage(ctx context.Context, job ReconcileRun) error {
	if _, err := d.provider(job.Provider); err != nil {
		return err
	}
	refs, next, err := d.changed(ctx, job.Provider, job.Since, job.Page)
	if err != nil {
		return err
	}
	work := make([]jobs.Args, len(refs))
	for i, r := range refs {
		work[i] = ConvergeTo{job.Provider, r.Kind, r.Ref}
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		if len(work) > 0 {
			if err := d.queue.AddAll(ctx, tx, work); err != nil {
				return err
			}
		}
		if next != "" {
			job.Page = next
			return d.queue.Add(ctx, tx, job)
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&markRow{job.Provider, job.Began}).Error
	})
}

// ConvergeOnce is Converge for a job: what the provider does not know is not asked for again.
func (d *Dues) ConvergeOnce(ctx context.Context, job ConvergeTo) error {
	err := d.Converge(ctx, job.Provider, Ref{job.Of, job.Ref})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// chase queues again what has been waiting too long: its job gave up, or nobody told.
func (d *Dues) chase(ctx context.Context, tx *gorm.DB) error {
	now := d.now()
	var attempts []attemptRow
	var payments []paymentRow
	var events []inboxRow
	var refunds []refundRow
	var flows []flowRow
	err := errors.Join(
		tx.Where("live AND state IN ? AND made_at < ?", []attemptState{attemptPlanned, attemptAsked}, now.Add(-stuckFor)).Limit(chasePage).Find(&attempts).Error,
		tx.Where("state IN ? AND made_at < ?", []PaymentState{PaymentPending, PaymentSubmitted, PaymentAction}, now.Add(-quietFor)).
			Order("made_at DESC").Limit(chasePage).Find(&payments).Error,
		tx.Where("state <> ? AND received_at < ? AND received_at > ?", inboxDone, now.Add(-stuckFor), now.Add(-reconcileFrom)).Limit(chasePage).Find(&events).Error,
		tx.Where("state = ? AND made_at < ?", refundOrdered, now.Add(-stuckFor)).Limit(chasePage).Find(&refunds).Error,
		tx.Where("state = ? AND id <> '' AND made_at < ? AND made_at > ?", FlowOpen, now.Add(-stuckFor), now.Add(-reconcileFrom)).Limit(chasePage).Find(&flows).Error,
	)
	if err != nil {
		return err
	}
	var work []jobs.Args
	for _, a := range attempts {
		work = append(work, CollectDue{a.ID})
	}
	for _, p := range payments {
		work = append(work, ConvergeTo{p.Provider, RefPayment, p.Ref})
	}
	for _, e := range events {
		work = append(work, Reread{e.Provider, e.Event})
	}
	for _, r := range refunds {
		work = append(work, GiveBack{r.ID})
	}
	for _, f := range flows {
		work = append(work, ConvergeTo{f.Provider, RefFlow, f.ID})
	}
	if len(work) == 0 {
		return nil
	}
	return d.queue.AddAll(ctx, tx, work)
}

package work

import (
	"context"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/messaging"
	"folkmoot/messaging/router"
)

type (
	sweep       struct{} // forgets old challenges, sessions, verdicts, what is parked
	trim        struct{} // drops what is too old from the logs
	countActive struct{} // counts who used the service, for the month's figures
)

func (sweep) Kind() string { return "sweep" }
func (trim) Kind() string  { return "trim" }

func (countActive) Kind() string { return "count_active" }

// schedule says what happens by the clock.
func (d *Desk) schedule(q *jobs.Queue) {
	jobs.Handle(q, d.sweep)
	jobs.Handle(q, d.trim)
	jobs.Handle(q, d.countActive)
	q.Every(time.Hour, sweep{})
	q.Every(time.Hour, trim{})
	q.Every(time.Hour, countActive{})
}

func (d *Desk) sweep(ctx context.Context, _ sweep) error {
	if err := d.Accounts.Sweep(ctx); err != nil {
		return err
	}
	return messaging.Sweep(ctx, d.DB, d.Now())
}

// trim goes by the machine's clock, as the records' times do: where somebody moved ours on, they are old when they are written.
func (d *Desk) trim(ctx context.Context, _ trim) error {
	boxes, err := d.Mailboxes.Logs(ctx)
	if err != nil {
		return err
	}
	return d.Bus.Trim(ctx, router.Group, time.Now(), boxes)
}

// countActive counts for the month that it is; the last count before midnight of its last day stays.
func (d *Desk) countActive(ctx context.Context, _ countActive) error {
	today := calendar.On(d.Now())
	return d.Accounts.CountActive(ctx, today.InMonth().String(), today.AddDays(1-identity.ActiveDays).Start())
}

package work

import (
	"context"
	"time"

	"folkmoot/internal/jobs"
	"folkmoot/messaging"
	"folkmoot/messaging/router"
)

type (
	sweep struct{} // forgets old challenges, sessions, verdicts, what is parked
	trim  struct{} // drops what is too old from the logs
)

func (sweep) Kind() string { return "sweep" }
func (trim) Kind() string  { return "trim" }

// schedule says what happens by the clock.
func (d *Desk) schedule(q *jobs.Queue) {
	jobs.Handle(q, d.sweep)
	jobs.Handle(q, d.trim)
	q.Every(time.Hour, sweep{})
	q.Every(time.Hour, trim{})
}

func (d *Desk) sweep(ctx context.Context, _ sweep) error {
	if err := d.Accounts.Sweep(ctx); err != nil {
		return err
	}
	return messaging.Sweep(ctx, d.DB, d.Now())
}

func (d *Desk) trim(ctx context.Context, _ trim) error {
	boxes, err := d.Mailboxes.Logs(ctx)
	if err != nil {
		return err
	}
	return d.Bus.Trim(ctx, router.Group, d.Now(), boxes)
}

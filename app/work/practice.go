package work

import (
	"context"
	"time"

	"folkmoot/billing/practice"
	"folkmoot/internal/jobs"
)

// practiceTick has the look-alikes of the payment providers do what time brings.
type practiceTick struct{}

func (practiceTick) Kind() string { return "practice_tick" }

// practise names who does what in practice mode. Without it, what was queued before is dropped.
func (d *Desk) practise(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, job practice.Webhook) error {
		if d.Practice == nil {
			return nil
		}
		return d.Practice.Send(ctx, job)
	})
	jobs.Handle(q, func(ctx context.Context, _ practiceTick) error {
		if d.Practice == nil {
			return nil
		}
		return d.Practice.Tick(ctx)
	})
	if d.Practice != nil {
		q.Every(time.Hour, practiceTick{})
	}
}

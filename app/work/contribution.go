package work

import (
	"context"
	"time"

	"folkmoot/internal/jobs"
)

// workNight looks through what the forges' webhooks missed, and walks what has no forge.
type workNight struct{}

func (workNight) Kind() string { return "work_night" }

// contribution names who does what for merged work.
func (d *Desk) contribution(q *jobs.Queue) {
	jobs.Handle(q, d.Work.LookThrough)
	jobs.Handle(q, d.Work.WalkThrough)
	jobs.Handle(q, func(ctx context.Context, _ workNight) error { return d.Work.BeginLook(ctx) })
	q.Every(24*time.Hour, workNight{})
}

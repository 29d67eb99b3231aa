package work

import (
	"context"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/jobs"
	"folkmoot/templates/email"
)

type forgetRemarks struct{} // forgets who said what of privacy changes that are long over

func (forgetRemarks) Kind() string { return "privacy_forget" }

func (d *Desk) privacy(q *jobs.Queue) {
	if d.PrivacyChanges == nil {
		return
	}
	jobs.Handle(q, d.tellPrivacyChange)
	jobs.Handle(q, d.tellOneOfChange)
	jobs.Handle(q, d.forgetRemarks)
	q.Every(time.Hour, forgetRemarks{})
}

func (d *Desk) forgetRemarks(ctx context.Context, _ forgetRemarks) error {
	return d.PrivacyChanges.Forget(ctx)
}

// tellPrivacyChange tells some members of a change in their chats, and goes on with the others. Each is told once, whatever happens; who cannot be
// told now is told later, and the others do not wait for them.
func (d *Desk) tellPrivacyChange(ctx context.Context, job participation.TellPrivacyChange) error {
	change, err := d.PrivacyChanges.Get(ctx, job.Change)
	if err != nil {
		return err
	}
	some, err := d.PrivacyChanges.ToTell(ctx, job)
	if err != nil || len(some) == 0 {
		return err
	}
	var last member.ID
	var untold []member.ID
	var why error
	for _, m := range some {
		if last != "" && hurries(ctx) {
			break
		}
		if err := d.tellOfChange(ctx, change, m); err != nil {
			untold, why = append(untold, m), err
		}
		last = m
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if why != nil {
		d.Log.WarnContext(ctx, "members not told of a privacy change yet", "members", len(untold), "error", why)
	}
	return d.PrivacyChanges.Told(ctx, job, last, untold)
}

// inTime is how much of a job's time is left for whoever is told last: a mailbox can be waited for.
const inTime = 25 * time.Second

// hurries reports whether a job's time is nearly up.
func hurries(ctx context.Context) bool {
	until, limited := ctx.Deadline()
	return limited && time.Until(until) < inTime
}

// tellOneOfChange tells a member who could not be told in their turn.
func (d *Desk) tellOneOfChange(ctx context.Context, job participation.TellOneOfChange) error {
	change, err := d.PrivacyChanges.Get(ctx, job.Change)
	if err != nil {
		return err
	}
	return d.tellOfChange(ctx, change, job.Member)
}

func (d *Desk) tellOfChange(ctx context.Context, change participation.PrivacyChange, m member.ID) error {
	account, has, err := d.accountOf(ctx, m, member.ForNotice)
	if err != nil || !has {
		return err
	}
	message := email.PrivacyChangeMessage(account.Language, change, d.Base+"/privacy/changes/"+change.ID)
	return d.Society.Tell(ctx, account.ID, "privacy "+change.ID+" "+string(m), message)
}

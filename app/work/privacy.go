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
	jobs.Handle(q, d.forgetRemarks)
	q.Every(time.Hour, forgetRemarks{})
}

func (d *Desk) forgetRemarks(ctx context.Context, _ forgetRemarks) error {
	return d.PrivacyChanges.Forget(ctx)
}

// tellPrivacyChange tells some members of a change in their chats, and goes on with the others. Each is told once, whatever happens.
func (d *Desk) tellPrivacyChange(ctx context.Context, job participation.TellPrivacyChange) error {
	change, err := d.PrivacyChanges.Get(ctx, job.Change)
	if err != nil {
		return err
	}
	some, err := d.PrivacyChanges.ToTell(ctx, job)
	if err != nil || len(some) == 0 {
		return err
	}
	for _, m := range some {
		account, has, err := d.accountOf(ctx, m, member.ForNotice)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		message := email.PrivacyChangeMessage(account.Language, change, d.Base+"/privacy/changes/"+change.ID)
		if err := d.Society.Tell(ctx, account.ID, "privacy "+change.ID+" "+string(m), message); err != nil {
			return err
		}
	}
	return d.PrivacyChanges.Told(ctx, job, some[len(some)-1])
}

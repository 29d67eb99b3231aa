package work

import (
	"context"
	"errors"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/jobs"
	"folkmoot/templates/email"
)

// waits has a job come again when a provider says, and not before. Without a time it comes again as any other.
func waits[T jobs.Args](do func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, job T) error {
		err := do(ctx, job)
		if busy, ok := errors.AsType[*billing.BusyError](err); ok && busy.After > 0 {
			return &jobs.LaterError{After: busy.After, Cause: err}
		}
		return err
	}
}

// billing names who does what for dues.
func (d *Desk) billing(q *jobs.Queue) {
	jobs.Handle(q, waits(d.Inbox.Reread))
	jobs.Handle(q, waits(d.Dues.ConvergeOnce))
	jobs.Handle(q, waits(func(ctx context.Context, job billing.CollectDue) error { return d.Dues.Collect(ctx, job.Attempt) }))
	jobs.Handle(q, func(ctx context.Context, job billing.PlanMember) error { return d.Dues.PlanOne(ctx, job.Member) })
	jobs.Handle(q, waits(d.Dues.End))
	jobs.Handle(q, waits(d.Dues.ChangeCollected))
	jobs.Handle(q, waits(func(ctx context.Context, job billing.GiveBack) error { return d.Dues.GiveBack(ctx, job.Refund) }))
	jobs.Handle(q, waits(d.Dues.CallOffWaived))
	jobs.Handle(q, waits(d.Dues.ReconcilePage))
	jobs.Handle(q, d.planDues)
	jobs.Handle(q, d.Dues.ReleaseSome)
	jobs.Handle(q, d.Dues.SettlePaidIn)
	jobs.Handle(q, d.sharePaid)
	jobs.Handle(q, d.shareUnpaid)
	jobs.Handle(q, d.firstSettled)
	jobs.Handle(q, d.duesNotice)
	jobs.Handle(q, d.wayLost)
	jobs.Handle(q, d.Ledger.TellSome)
	jobs.Handle(q, d.tellImpact)

	jobs.Handle(q, d.duesDay)
	jobs.Handle(q, d.duesNight)
	q.Every(12*time.Hour, duesDay{})
	q.Every(24*time.Hour, duesNight{})
}

type (
	duesDay   struct{} // plans payments and notices, and lets dues in advance become income
	duesNight struct{} // looks through what webhooks missed
)

func (duesDay) Kind() string   { return "dues_day" }
func (duesNight) Kind() string { return "dues_night" }

func (d *Desk) duesDay(ctx context.Context, _ duesDay) error {
	today := calendar.On(d.Now())
	return d.Dues.BeginDay(ctx, today)
}

func (d *Desk) duesNight(ctx context.Context, _ duesNight) error { return d.Dues.BeginReconcile(ctx) }

func (d *Desk) planDues(ctx context.Context, job billing.PlanRun) error {
	done, err := d.Dues.PlanSome(ctx, job)
	if err == nil && done.Attempts+done.Notices+done.Credits > 0 {
		d.Log.InfoContext(ctx, "dues planned", "members", done.Members, "payments", done.Attempts, "notices", done.Notices, "from_credit", done.Credits)
	}
	return err
}

func (d *Desk) sharePaid(ctx context.Context, job billing.SharePaid) error {
	return d.shareMoved(ctx, billing.ShareUnpaid(job))
}

// shareUnpaid and sharePaid may come in any order: both tell the register how it is now.
func (d *Desk) shareUnpaid(ctx context.Context, job billing.ShareUnpaid) error {
	return d.shareMoved(ctx, job)
}

func (d *Desk) shareMoved(ctx context.Context, job billing.ShareUnpaid) error {
	since, held, err := d.Dues.ShareHeld(ctx, job.Member)
	if err != nil {
		return err
	}
	if held {
		return d.Members.SharePaid(ctx, job.Member, since)
	}
	return d.Members.ShareUnpaid(ctx, job.Member)
}

// firstSettled admits whoever paid, if the rule book says so.
func (d *Desk) firstSettled(ctx context.Context, job billing.FirstSettled) error {
	return d.Members.AdmitByPayment(ctx, job.Member)
}

// duesNotice mails that dues are open, unless they no longer are.
func (d *Desk) duesNotice(ctx context.Context, job billing.DuesNotice) error {
	notice, due, err := d.Dues.Noticed(ctx, job)
	if err != nil || !due {
		return err
	}
	who, err := d.Members.Get(ctx, job.Member)
	if err != nil {
		return err
	}
	letter, err := email.Dues(ctx, who.Email, "", notice, d.Base+"/membership")
	if err != nil {
		return err
	}
	if err := d.Mail.Send(ctx, letter); err != nil {
		return err
	}
	return d.Dues.NoticeSent(ctx, job)
}

// wayLost mails that nothing collects any more, unless they have chosen another way meanwhile.
func (d *Desk) wayLost(ctx context.Context, job billing.WayLost) error {
	lost, err := d.Dues.LostWay(ctx, job.Member)
	if err != nil || lost == nil {
		return err
	}
	who, err := d.Members.Get(ctx, job.Member)
	if err != nil {
		return err
	}
	return d.Mail.Send(ctx, email.WayLost(who.Email, "", *lost, d.Base+"/membership/dues"))
}

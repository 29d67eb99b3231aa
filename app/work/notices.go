package work

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

const (
	noticeHands = 8   // notices that one round brings out side by side
	mostARound  = 500 // notices
	roundsEvery = 5 * time.Second
)

type noticesDue struct{} // takes a campaign up again whose job was given up

func (noticesDue) Kind() string { return "notices_due" }

// notices names who does what for the annual notice.
func (d *Desk) notices(q *jobs.Queue) {
	jobs.Handle(q, d.Notices.WorkOut)
	jobs.Handle(q, d.sendSamples)
	jobs.Handle(q, func(ctx context.Context, _ notice.Deliver) error { return d.deliverSome(ctx) })
	jobs.Handle(q, func(ctx context.Context, _ noticesDue) error { return d.Notices.Resume(ctx) })
	q.Every(time.Hour, noticesDue{})
}

var errMoreNotices = errors.New("there are more notices to bring out")

// deliverSome brings out some, and asks to be done again while there are more. Stopped anywhere, it goes on where it was.
func (d *Desk) deliverSome(ctx context.Context) error {
	done, err := d.NoticeRound(ctx)
	if err != nil || !done.Left {
		return err
	}
	return &jobs.LaterError{After: done.Pause, Cause: errMoreNotices}
}

// Round is what one round did.
type Round struct {
	Out, Put int           // notices that are out, and that were put off
	Left     bool          // there are more, now or later
	Pause    time.Duration // before the next, so that no more go out in a minute than may
}

// NoticeRound brings out some notices of the released campaign. Several rounds at once, also of several processes, do nothing twice.
func (d *Desk) NoticeRound(ctx context.Context) (done Round, err error) {
	most := min(max(1, d.NoticesPerMinute*int(roundsEvery/time.Second)/60), mostARound)
	done.Pause = time.Duration(most) * time.Minute / time.Duration(d.NoticesPerMinute)
	due, left, err := d.Notices.Due(ctx, most)
	if err != nil || !left {
		return done, err
	}
	did, err := d.Ledger.Example(ctx, billing.StandardDues, d.active)
	if err != nil {
		return done, err
	}
	done.Left = true
	if len(due) == 0 {
		done.Pause = time.Minute // all that is left was put off
	}
	var why error
	done.Put, why = d.deliverAll(ctx, due, did)
	done.Out = len(due) - done.Put
	if done.Put > 0 {
		d.Log.WarnContext(ctx, "annual notices put off", "notices", done.Put, "error", why)
	}
	return done, ctx.Err()
}

// deliverAll has some hands bring notices out, and returns how many it put off, and why the last of them.
func (d *Desk) deliverAll(ctx context.Context, due []notice.Due, did billing.Impact) (put int, why error) {
	next := make(chan notice.Due)
	var mu sync.Mutex
	var hands sync.WaitGroup
	for range noticeHands {
		hands.Go(func() {
			for one := range next {
				if err := d.deliverNotice(ctx, one, did); err != nil {
					mu.Lock()
					put, why = put+1, err
					mu.Unlock()
				}
			}
		})
	}
	for _, one := range due {
		if ctx.Err() != nil {
			break
		}
		next <- one
	}
	close(next)
	hands.Wait()
	return put, why
}

// deliverNotice brings one out, in each way that is still wanted. What cannot go out now is put off.
func (d *Desk) deliverNotice(ctx context.Context, due notice.Due, did billing.Impact) error {
	err := d.bringOut(ctx, due, did)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, d.Notices.Later(ctx, due))
}

func (d *Desk) bringOut(ctx context.Context, due notice.Due, did billing.Impact) error {
	account, err := d.Accounts.Account(ctx, due.Account)
	if errors.Is(err, identity.ErrNoAccount) {
		return nil
	}
	if err != nil {
		return err
	}
	var said, mailed error
	if due.Chat {
		said = d.sayNotice(ctx, due, account, did)
	}
	if due.Mail {
		mailed = d.mailAnnual(ctx, due, account, did)
	}
	return errors.Join(said, mailed)
}

// sayNotice says it in somebody's chats. However often it is stopped and done again, the society says it once.
func (d *Desk) sayNotice(ctx context.Context, due notice.Due, to identity.Account, did billing.Impact) error {
	due, err := d.Notices.Wanted(ctx, due)
	if err != nil || !due.Chat {
		return err
	}
	a, err := d.annual(ctx, due, did)
	if err != nil {
		return err
	}
	if err := d.Society.Tell(ctx, to.ID, fmt.Sprintf("annual %d", due.Year), email.AnnualMessage(to.Language, a)); err != nil {
		return err
	}
	return d.Notices.Said(ctx, due)
}

// mailAnnual mails it. It is claimed before the mail server hears of it: whoever is stopped in between leaves a claim, and nobody mails again.
func (d *Desk) mailAnnual(ctx context.Context, due notice.Due, to identity.Account, did billing.Impact) error {
	address, has, err := d.mailAddress(ctx, to.ID)
	if err != nil {
		return err
	}
	if !has {
		return d.Notices.Unreachable(ctx, due)
	}
	due, mine, err := d.Notices.Claim(ctx, due)
	if err != nil {
		return err
	}
	if !mine {
		_, err := d.Notices.Wanted(ctx, due)
		return err
	}
	a, err := d.annual(ctx, due, did)
	if err == nil {
		var letter mail.Letter
		if letter, err = email.AnnualLetter(ctx, address, to.Language, a); err == nil {
			return d.giveAnnual(ctx, due, letter)
		}
	}
	return errors.Join(err, d.Notices.NotTaken(ctx, due))
}

// noting is how long it may take to note what became of a mail.
const noting = 10 * time.Second

// giveAnnual gives a claimed mail to the mail server. Unless it is sure that the server has not taken it, it is not given again.
func (d *Desk) giveAnnual(ctx context.Context, due notice.Due, letter mail.Letter) error {
	err := d.Mail.Send(ctx, letter)
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), noting) // what is known is noted, though time is up meanwhile
	defer done()
	switch {
	case err == nil:
		return d.Notices.Mailed(ctx, due)
	case errors.Is(err, mail.ErrNobody):
		return d.Notices.Refused(ctx, due)
	case errors.Is(err, mail.ErrNotTaken):
		return errors.Join(err, d.Notices.NotTaken(ctx, due))
	default:
		return err
	}
}

func (d *Desk) mailAddress(ctx context.Context, account identity.AccountID) (address string, has bool, err error) {
	all, err := d.Accounts.Addresses(ctx, account)
	if err != nil {
		return "", false, err
	}
	for _, a := range all {
		if a.Scheme == "email" {
			return a.Typed, true, nil
		}
	}
	return "", false, nil
}

// annual is what somebody is told; who pays is told what their own dues did.
func (d *Desk) annual(ctx context.Context, due notice.Due, did billing.Impact) (email.Annual, error) {
	a := email.Annual{Told: due.Told, Did: did, Join: d.Base + "/join", Impact: d.Base + "/impact", Off: d.Base + "/notices/off/" + d.Notices.OffToken(due.Account)}
	if due.Told != notice.Pays {
		return a, nil
	}
	a.Did = billing.Impact{}
	who, is, err := d.Members.Behind(ctx, due.Account, member.ForNotice)
	if err != nil || !is {
		return a, err
	}
	all, err := d.Ledger.Impacts(ctx, who.ID, 1, d.active)
	if err == nil && len(all) > 0 {
		a.Did = all[0]
	}
	return a, err
}

// sendSamples sends an officer what they want to see before it goes out to others. Done twice, they see it twice.
func (d *Desk) sendSamples(ctx context.Context, job notice.Sample) error {
	account, err := d.Accounts.Account(ctx, job.To)
	if err != nil {
		return err
	}
	did, err := d.Ledger.Example(ctx, billing.StandardDues, d.active)
	if err != nil {
		return err
	}
	address, has, err := d.mailAddress(ctx, job.To)
	if err != nil {
		return err
	}
	for _, told := range notice.Samples {
		a, err := d.annual(ctx, notice.Due{Year: job.Year, Account: job.To, Told: told}, did)
		if err != nil {
			return err
		}
		a.Sample = true
		if err := d.sendSample(ctx, account, address, has, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) sendSample(ctx context.Context, to identity.Account, address string, has bool, a email.Annual) error {
	key := fmt.Sprintf("annual sample %d %d", jobs.ID(ctx), a.Told)
	if err := d.Society.Tell(ctx, to.ID, key, email.AnnualMessage(to.Language, a)); err != nil || !has {
		return err
	}
	letter, err := email.AnnualLetter(ctx, address, to.Language, a)
	if err != nil {
		return err
	}
	return d.Mail.Send(ctx, letter)
}

package work

import (
	"context"
	"fmt"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

func (d *Desk) members(q *jobs.Queue) {
	jobs.Handle(q, d.memberOver)
	jobs.Handle(q, d.tellDecision)
	jobs.Handle(q, d.tellStanding)
}

// memberOver ends what collects from somebody who is no member any more, or will not be one.
func (d *Desk) memberOver(ctx context.Context, job member.Over) error {
	return d.Dues.Leave(ctx, job.Member)
}

// tellDecision tells somebody who applied that they are a member, or why not, by mail and as the society in their chats. Who has left meanwhile
// knows better.
func (d *Desk) tellDecision(ctx context.Context, job member.TellDecision) error {
	who, err := d.Members.Get(ctx, job.Member)
	if err != nil || who.State != member.Admitted && who.State != member.Refused {
		return err
	}
	return d.tell(ctx, who, word{
		key:     "decision " + string(who.ID),
		message: func(lang string) string { return email.DecisionMessage(lang, who, d.Base) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Decision(to, lang, who, d.Base), nil },
	})
}

// tellStanding tells a member that their standing lapsed, or is restored, unless that has changed again.
func (d *Desk) tellStanding(ctx context.Context, job billing.TellStanding) error {
	known := d.Now().AddDate(0, 0, 1) // all that is: another process's clock may be ahead of ours
	standing, err := d.Dues.Standing(ctx, job.Member, calendar.On(d.Now()), known)
	if err != nil || (standing.State == member.Lapsed) != job.Lapsed {
		return err
	}
	page := d.Base + "/membership"
	return d.tellMember(ctx, job.Member, word{
		key:     fmt.Sprintf("standing %s %v %s", job.Member, job.Lapsed, job.Day),
		message: func(lang string) string { return email.StandingMessage(lang, job.Lapsed, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Standing(to, lang, job.Lapsed, page), nil },
	})
}

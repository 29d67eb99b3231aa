package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

const meetingsEvery = 15 * time.Minute

func (d *Desk) meetings(q *jobs.Queue) {
	if d.Meetings == nil {
		return
	}
	jobs.Handle(q, d.giveMeetingNotice)
	jobs.Handle(q, d.meetingsDue)
	q.Every(meetingsEvery, meeting.Mind{})
}

func (d *Desk) meetingsDue(ctx context.Context, _ meeting.Mind) error { return d.Meetings.Mind(ctx) }

// giveMeetingNotice tells a member of a general meeting: by mail, and as the society in their chats. One that fails does not keep the other back. As
// with an election, the message is said once whatever happens, a mail goes out again only if the program is killed before it has noted that it went,
// and whom mail does not reach gets a letter. That a meeting is called is not told any more once it was called off.
func (d *Desk) giveMeetingNotice(ctx context.Context, job meeting.GiveNotice) error {
	m, err := d.Meetings.Get(ctx, job.Meeting)
	if err != nil || !m.EndedAt.IsZero() && job.What != meeting.NoticeOff {
		return err
	}
	told, err := d.Meetings.Notice(ctx, job)
	if err != nil {
		return err
	}
	who, err := d.Members.Get(ctx, job.Member)
	if err != nil || who.State != member.Admitted {
		return err
	}
	account, has, err := d.accountOf(ctx, job.Member, member.ForNotice)
	if err != nil {
		return err
	}
	page := d.Base + "/meetings/" + m.ID
	var said, mailed error
	if has {
		said = d.Society.Tell(ctx, account.ID, fmt.Sprintf("meeting %s %s %s", job.Meeting, job.What, job.Member), email.MeetingMessage(account.Language, m, job.What, page))
	}
	if told.MailedAt.IsZero() && told.BouncedAt.IsZero() {
		mailed = d.mailMeetingNotice(ctx, job, email.Meeting(who.Email, account.Language, m, job.What, page), account.Language)
	}
	return errors.Join(said, mailed)
}

func (d *Desk) mailMeetingNotice(ctx context.Context, job meeting.GiveNotice, letter mail.Letter, lang string) error {
	switch err := d.Mail.Send(ctx, letter); {
	case errors.Is(err, mail.ErrNobody):
		return d.Meetings.Bounced(ctx, job, email.NoticeRefused(lang))
	case err != nil:
		return err
	}
	return d.Meetings.Mailed(ctx, job)
}

// ballotDecided tells a general meeting's motion how members decided on it. A ballot that another took the place of decides nothing.
func (d *Desk) ballotDecided(ctx context.Context, motion, ballot string, yes, no int) error {
	if err := d.Meetings.BallotDecided(ctx, motion, ballot, yes, no); !errors.Is(err, meeting.ErrNoBallotDue) {
		return err
	}
	return nil
}

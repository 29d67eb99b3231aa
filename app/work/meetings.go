package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/meeting"
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

// giveMeetingNotice tells a member of a general meeting. Where the mail server knows nobody, a letter is due. That a meeting is called is not told
// any more once it was called off.
func (d *Desk) giveMeetingNotice(ctx context.Context, job meeting.GiveNotice) error {
	m, err := d.Meetings.Get(ctx, job.Meeting)
	if err != nil || !m.EndedAt.IsZero() && job.What != meeting.NoticeOff {
		return err
	}
	told, err := d.Meetings.Notice(ctx, job)
	if err != nil {
		return err
	}
	page := d.Base + "/meetings/" + m.ID
	return d.tellMember(ctx, job.Member, word{
		key:     fmt.Sprintf("meeting %s %s %s", job.Meeting, job.What, job.Member),
		message: func(lang string) string { return email.MeetingMessage(lang, m, job.What, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Meeting(to, lang, m, job.What, page), nil },
		formal: &formal{
			unsent: told.MailedAt.IsZero() && told.BouncedAt.IsZero(),
			mailed: func() error { return d.Meetings.Mailed(ctx, job) },
			nobody: func(lang string) error { return d.Meetings.Bounced(ctx, job, email.NoticeRefused(lang)) },
		},
	})
}

// ballotDecided tells a general meeting's motion how members decided on it. A ballot that another took the place of decides nothing.
func (d *Desk) ballotDecided(ctx context.Context, motion, ballot string, yes, no int) error {
	if err := d.Meetings.BallotDecided(ctx, motion, ballot, yes, no); !errors.Is(err, meeting.ErrNoBallotDue) {
		return err
	}
	return nil
}

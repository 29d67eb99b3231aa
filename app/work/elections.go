package work

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/participation"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

const electionsEvery = 15 * time.Minute

func (d *Desk) elections(q *jobs.Queue) {
	if d.Elections == nil {
		return
	}
	jobs.Handle(q, d.giveNotice)
	jobs.Handle(q, d.tellNominee)
	jobs.Handle(q, d.motionMoved)
	jobs.Handle(q, d.tellResult)
	jobs.Handle(q, d.motionDecided)
	jobs.Handle(q, d.electionsDue)
	q.Every(electionsEvery, election.Due{})
}

func (d *Desk) electionsDue(ctx context.Context, _ election.Due) error {
	return errors.Join(d.Elections.Notify(ctx), d.Elections.MakeRolls(ctx), d.Polls.Open(ctx), d.Polls.Publish(ctx), d.Polls.Tidy(ctx), d.Polls.Seat(ctx), d.Board.Vacate(ctx))
}

// giveNotice tells a member of an election. Where the mail server knows nobody, a letter is due.
func (d *Desk) giveNotice(ctx context.Context, job election.GiveNotice) error {
	e, err := d.Elections.Get(ctx, job.Election)
	if err != nil || !e.EndedAt.IsZero() {
		return err
	}
	told, err := d.Elections.Notice(ctx, job.Election, job.Member)
	if err != nil {
		return err
	}
	page := d.Base + "/elections/" + e.ID
	return d.tellMember(ctx, job.Member, word{
		key:     fmt.Sprintf("notice %s %s", job.Election, job.Member),
		message: func(lang string) string { return email.NoticeMessage(lang, e, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Notice(ctx, to, lang, e, page) },
		formal: &formal{
			unsent: told.MailedAt.IsZero() && told.BouncedAt.IsZero(),
			mailed: func() error { return d.Elections.Mailed(ctx, job) },
			nobody: func(lang string) error { return d.Elections.Bounced(ctx, job, email.NoticeRefused(lang)) },
		},
	})
}

// motionMoved tells whatever waits for a vote which one it is, where whoever called it has not. Of two that are called the first decides, unless it
// has ended.
func (d *Desk) motionMoved(ctx context.Context, job election.Moved) error {
	e, err := d.Elections.Get(ctx, job.Election)
	if err != nil || !e.EndedAt.IsZero() {
		return err
	}
	if change, is := strings.CutPrefix(e.Motion.About, participation.AboutChange); is {
		return d.changeMoved(ctx, change, e)
	}
	if _, motion, is := meeting.OfAbout(e.Motion.About); is {
		return d.ballotMoved(ctx, motion, e)
	}
	return nil
}

func (d *Desk) changeMoved(ctx context.Context, id string, e election.Election) error {
	change, err := d.PrivacyChanges.Get(ctx, id)
	if err != nil {
		return err
	}
	if taken, err := d.taken(ctx, change.Election, e.ID); taken || err != nil {
		return err
	}
	err = d.PrivacyChanges.VoteCalled(ctx, id, e.ID, change.Election, e.ProposedBy)
	if errors.Is(err, participation.ErrNoVoteDue) || errors.Is(err, participation.ErrNotOfficer) { // it waits for none, or the proposal fell with the office
		return nil
	}
	return err
}

func (d *Desk) ballotMoved(ctx context.Context, id string, e election.Election) error {
	motion, err := d.Meetings.Motion(ctx, id)
	if err != nil {
		return err
	}
	if taken, err := d.taken(ctx, motion.Election, e.ID); taken || err != nil {
		return err
	}
	err = d.Meetings.BallotCalled(ctx, e.ProposedBy, id, e.ID, motion.Election)
	if errors.Is(err, meeting.ErrNoBallotDue) || errors.Is(err, meeting.ErrNotOfficer) {
		return nil
	}
	return err
}

// taken reports whether another vote decides already, or this one is known: then there is nothing to tell.
func (d *Desk) taken(ctx context.Context, before, now string) (bool, error) {
	if before == "" || before == now {
		return before == now, nil
	}
	e, err := d.Elections.Get(ctx, before)
	return err == nil && e.EndedAt.IsZero(), err
}

// motionDecided tells whatever waited for a vote how members decided. A vote that another took the place of decides nothing.
func (d *Desk) motionDecided(ctx context.Context, job election.Decided) error {
	e, err := d.Elections.Get(ctx, job.Election)
	if err != nil {
		return err
	}
	result, err := d.Polls.Result(ctx, job.Election)
	if err != nil {
		return err
	}
	if _, motion, is := meeting.OfAbout(e.Motion.About); is {
		return d.ballotDecided(ctx, motion, e.ID, result.Resolution.Yes, result.Resolution.No)
	}
	change, is := strings.CutPrefix(e.Motion.About, participation.AboutChange)
	if !is {
		return fmt.Errorf("nobody waits for a motion about %q", e.Motion.About)
	}
	if err := d.PrivacyChanges.VoteDecided(ctx, change, e.ID, result.Resolution.Carried); !errors.Is(err, participation.ErrNoVoteDue) {
		return err
	}
	return nil
}

// tellResult tells somebody who stood how it went: by mail, and as the society in their chats.
func (d *Desk) tellResult(ctx context.Context, job election.TellResult) error {
	result, err := d.Polls.Result(ctx, job.Election)
	if errors.Is(err, election.ErrNotIssued) || err == nil && result.Version != job.Version {
		return nil // there is another certificate by now
	}
	if err != nil {
		return err
	}
	all, err := d.Polls.Stood(ctx, result)
	if err != nil {
		return err
	}
	e, err := d.Elections.Get(ctx, job.Election)
	if err != nil {
		return err
	}
	page, seated := d.Base+"/elections/"+e.ID+"/result", all[job.Member]
	return d.tellMember(ctx, job.Member, word{
		key:     fmt.Sprintf("result %s %d", e.ID, job.Version),
		message: func(lang string) string { return email.ResultMessage(lang, e, seated, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Result(to, lang, e, seated, page), nil },
	})
}

// tellNominee tells a member that somebody nominated them: by mail, and as the society in their chats, unless they have answered already.
func (d *Desk) tellNominee(ctx context.Context, job election.TellNominee) error {
	n, err := d.Elections.Nomination(ctx, job.Nomination)
	if err != nil || !n.Open() || !n.AcceptedAt.IsZero() {
		return err
	}
	e, err := d.Elections.Get(ctx, n.Election)
	if err != nil {
		return err
	}
	page := d.Base + "/elections/" + e.ID + "/candidates"
	return d.tellMember(ctx, n.Candidate, word{
		key:     "nominee " + n.ID,
		message: func(lang string) string { return email.NomineeMessage(lang, e, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Nominee(to, lang, e, page), nil },
	})
}

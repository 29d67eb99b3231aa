package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/templates/email"
)

const participationEvery = 15 * time.Minute

func (d *Desk) participation(q *jobs.Queue) {
	if d.Proposals == nil {
		return
	}
	jobs.Handle(q, d.tellAnswered)
	jobs.Handle(q, d.tellAmended)
	jobs.Handle(q, d.tellTakenDown)
	jobs.Handle(q, d.tellAnswerDue)
	jobs.Handle(q, d.participationDue)
	q.Every(participationEvery, participation.Due{})
}

func (d *Desk) participationDue(ctx context.Context, _ participation.Due) error {
	return errors.Join(d.Proposals.Mind(ctx), d.Priorities.Mind(ctx))
}

// tellAnswered tells an author what the board answered.
func (d *Desk) tellAnswered(ctx context.Context, job participation.TellAnswered) error {
	a, err := d.Proposals.AnswerCalled(ctx, job.Answer)
	if err != nil {
		return err
	}
	p, err := d.Proposals.Get(ctx, a.Proposal)
	if err != nil || !p.TakenDownAt.IsZero() { // of which they are told instead
		return err
	}
	return d.tellOf(ctx, p, p.Author, "answer "+a.ID, "proposal_letter.answered_"+string(a.Outcome))
}

// tellAmended tells a supporter that what they support asks for something else, unless it has changed so again, of which they are told by itself,
// or is over.
func (d *Desk) tellAmended(ctx context.Context, job participation.TellAmended) error {
	p, err := d.Proposals.Get(ctx, job.Proposal)
	if err != nil || !p.ClosedAt.IsZero() {
		return err
	}
	latest, err := d.Proposals.Changed(ctx, p.ID)
	if err != nil || latest != job.Version {
		return err
	}
	said := "proposal_letter.amended"
	if !p.ReachedAt.IsZero() {
		said = "proposal_letter.amended_answered"
	}
	return d.tellOf(ctx, p, job.Member, fmt.Sprintf("amended %s %d", p.ID, job.Version), said)
}

// tellTakenDown tells an author that an officer took their proposal down, and why.
func (d *Desk) tellTakenDown(ctx context.Context, job participation.TellTakenDown) error {
	p, err := d.Proposals.Get(ctx, job.Proposal)
	if err != nil {
		return err
	}
	return d.tellOf(ctx, p, p.Author, "taken down "+p.ID, "proposal_letter.taken_down")
}

// tellAnswerDue tells somebody on the board that an answer is due, unless it was given by now.
func (d *Desk) tellAnswerDue(ctx context.Context, job participation.TellDue) error {
	p, err := d.Proposals.Get(ctx, job.Proposal)
	if err != nil || p.AnswerDue.String() != job.Due {
		return err
	}
	return d.tellOf(ctx, p, job.Member, fmt.Sprintf("due %s %s %s", p.ID, job.Due, job.Stage), "proposal_letter.due_"+job.Stage)
}

// tellOf tells a member something about a proposal.
func (d *Desk) tellOf(ctx context.Context, p participation.Proposal, m member.ID, key, words string) error {
	page := d.Base + "/proposals/" + p.ID
	return d.tellMember(ctx, m, word{
		key:     key,
		message: func(lang string) string { return email.ProposalMessage(lang, words, p, page) },
		letter:  func(to, lang string) (mail.Letter, error) { return email.Proposal(to, lang, words, p, page), nil },
	})
}

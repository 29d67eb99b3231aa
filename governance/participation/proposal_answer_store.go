package participation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type answerRow struct {
	ID         string
	Proposal   string
	Version    int
	Outcome    Outcome
	Reasons    string
	Minute     string
	Due        string
	AnsweredBy identity.AccountID
	ActedAs    string
	AnsweredAt time.Time
}

func (answerRow) TableName() string { return "proposal_answers" }

func (r answerRow) answer() Answer {
	return Answer{
		ID: r.ID, Proposal: r.Proposal, Version: r.Version, Outcome: r.Outcome, Reasons: r.Reasons, Minute: r.Minute, Due: dayIn(r.Due),
		By: r.AnsweredBy, As: r.ActedAs, At: r.AnsweredAt.UTC(),
	}
}

// Reply is what somebody tells of the board's decision.
type Reply struct {
	Outcome Outcome
	Reasons string
	Minute  string
}

// check joins an error for each field that is amiss.
func (r Reply) check() (Reply, error) {
	var err, all error
	if !slices.Contains(Outcomes, r.Outcome) {
		all = ErrNoOutcome
	}
	if r.Reasons, err = member.Prose(r.Reasons, LongestPart); err != nil || !says(r.Reasons) {
		all = errors.Join(all, member.Amiss(ErrNoReasons, err))
	}
	if r.Minute, err = member.Line(r.Minute, member.LongestName); err != nil || !says(r.Minute) {
		all = errors.Join(all, member.Amiss(ErrNoMinute, err))
	}
	return r, all
}

// Answer publishes the board's answer to a proposal that has its support. It is told by somebody who sits on the board or by the secretary, and
// not by the author. seen is the version that they have before them. ErrNotBoard, ErrOwnProposal, ErrNotWaiting, ErrAmended, and an error for each field.
func (p *Proposals) Answer(ctx context.Context, by identity.AccountID, id string, seen int, r Reply) error {
	as, m, err := p.speaker(ctx, by)
	if err != nil {
		return err
	}
	if r, err = r.check(); err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if old.ReachedAt.IsZero() || !old.ClosedAt.IsZero() {
			return ErrNotWaiting
		}
		if old.Author == m {
			return ErrOwnProposal
		}
		if old.Number != seen {
			return ErrAmended
		}
		now := p.now()
		row := answerRow{
			ID: identity.NewID(), Proposal: id, Version: old.Number, Outcome: r.Outcome, Reasons: r.Reasons, Minute: r.Minute, AnsweredBy: by, ActedAs: as, AnsweredAt: now,
		}
		if !old.AnswerDue.IsZero() {
			row.Due = old.AnswerDue.String()
		}
		change := map[string]any{"outcome": r.Outcome, "answer_due": "", "told": ""}
		if r.Outcome != NeedsMore {
			change["closed_at"] = now
		}
		if err := errors.Join(tx.Create(&row).Error, p.set(tx, id, change)); err != nil {
			return err
		}
		if err := audit.Record(tx, audit.Act{By: by, As: as, What: "proposal answered", About: id, Why: r.Minute, At: now}); err != nil {
			return err
		}
		return p.jobs.Add(ctx, tx, TellAnswered{row.ID})
	})
}

// AnswerCalled is an answer by its ID. ErrNoProposal.
func (p *Proposals) AnswerCalled(ctx context.Context, id string) (Answer, error) {
	var row answerRow
	err := p.db.Read(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Answer{}, ErrNoProposal
	}
	return row.answer(), err
}

// Told is an answer with the title of what it answers.
type Told struct {
	Answer

	Title string
}

// LatestAnswers are the board's last answers, the newest first.
func (p *Proposals) LatestAnswers(ctx context.Context, most int) ([]Told, error) {
	var rows []answerRow
	if err := p.db.Read(ctx).Order("answered_at DESC, id DESC").Limit(most).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Proposal
	}
	var versions []versionRow
	if err := p.db.Read(ctx).Select("proposal", "number", "title").Where("proposal IN ?", ids).Find(&versions).Error; err != nil {
		return nil, fmt.Errorf("list what was answered: %w", err)
	}
	all := make([]Told, len(rows))
	for i, r := range rows {
		all[i].Answer = r.answer()
		for _, v := range versions {
			if v.Proposal == r.Proposal && v.Number == r.Version {
				all[i].Title = v.Title
			}
		}
	}
	return all, nil
}

package participation

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Mind does what the clock asks for: proposals that have their support by now, words to the board, and what is to be forgotten.
func (p *Proposals) Mind(ctx context.Context) error {
	return errors.Join(p.recount(ctx), p.remind(ctx), p.forget(ctx))
}

// recount looks at proposals again: supporters leave the society, and so do others, of whom fewer are needed then.
func (p *Proposals) recount(ctx context.Context) error {
	needs, err := p.bar(ctx)
	if err != nil {
		return err
	}
	var ids []string
	err = p.db.Read(ctx).Model(&proposalRow{}).Where("closed_at IS NULL AND reached_at IS NULL").Order("id").Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("list proposals that gather support: %w", err)
	}
	for _, id := range ids {
		err := p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
			if old.State(p.today()) != Gathering {
				return nil
			}
			return p.reach(ctx, tx, id, needs)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remind has everybody on the board told that an answer is due: when it becomes so, when a week is left, and when it is overdue.
func (p *Proposals) remind(ctx context.Context) error {
	waiting, err := p.Unanswered(ctx)
	if err != nil {
		return err
	}
	sit, err := p.sitting(ctx)
	if err != nil || len(sit) == 0 {
		return err
	}
	for _, one := range waiting {
		if err := p.remindOf(ctx, one.ID, sit); err != nil {
			return err
		}
	}
	return nil
}

func (p *Proposals) remindOf(ctx context.Context, id string, sit []member.ID) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		var row proposalRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		if row.AnswerDue == "" {
			return nil
		}
		now := stage(dayIn(row.AnswerDue), p.today())
		res := tx.Model(&proposalRow{}).Where("id = ? AND told = ? AND told <> ?", id, row.Told, now).Update("told", now)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		all := make([]jobs.Args, len(sit))
		for i, m := range sit {
			all[i] = TellDue{id, m, row.AnswerDue, now}
		}
		return p.jobs.AddAll(ctx, tx, all)
	})
}

// forget deletes who supported what the board answered some time ago.
func (p *Proposals) forget(ctx context.Context) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		old := tx.Model(&proposalRow{}).Select("id").Where("closed_at <= ?", p.now().AddDate(0, 0, -rememberDays))
		return tx.Where("proposal IN (?)", old).Delete(&supporterRow{}).Error
	})
}

// Line is a proposal that waits for somebody.
type Line struct {
	ID, Title string
	Due       calendar.Date // zero where no answer is due
	Late      bool
}

// Waits is what waits for a member about proposals.
type Waits struct {
	Due      []Line // answers that the board owes, for whoever speaks for it
	Amended  []Line // what they support was changed since they said so
	Lacking  []Line // their own, of which the board needs more
	Answered []Line // their own, and those that they support, answered within the last days
}

// Waiting tells what waits for a member, who has that account.
func (p *Proposals) Waiting(ctx context.Context, by identity.AccountID, m member.ID) (w Waits, err error) {
	speaks, err := p.Speaks(ctx, by)
	if err != nil {
		return w, err
	}
	if speaks {
		due, err := p.Unanswered(ctx)
		if err != nil {
			return w, err
		}
		w.Due = p.lines(due)
	}
	told := p.now().AddDate(0, 0, -toldDays)
	for _, of := range []struct {
		where string
		with  []any
		into  *[]Line
	}{
		{"s.seen < (SELECT COALESCE(MAX(v.number), 0) FROM proposal_versions v WHERE v.proposal = p.id AND v.substantial) AND p.closed_at IS NULL AND p.reached_at IS NULL", nil, &w.Amended},
		{"p.outcome = 'needs_more' AND p.author = s.member", nil, &w.Lacking},
		{"p.closed_at > ?", []any{told}, &w.Answered},
	} {
		found, err := p.list(p.db.Read(ctx).Table("proposals p").Select("p.*").Joins("JOIN proposal_supporters s ON s.proposal = p.id").
			Where("s.member = ? AND "+of.where, append([]any{m}, of.with...)...).Order("p.made_at, p.id").Limit(PageSize))
		if err != nil {
			return w, err
		}
		*of.into = p.lines(found)
	}
	return w, nil
}

func (p *Proposals) lines(all []Proposal) []Line {
	lines := make([]Line, len(all))
	for i, one := range all {
		lines[i] = Line{one.ID, one.Title, one.AnswerDue, one.State(p.today()) == Overdue}
	}
	return lines
}

package participation

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// TakeDown takes a whole proposal down, with a reason that everybody reads in its place. Its words are deleted in all versions and in the search,
// and so are the name that was shown and who supported it; what the board answered stays. seen is the version that the officer read.
// ErrNotOfficer, ErrTakenDown, ErrAmended, member.ErrNoWhy.
func (p *Proposals) TakeDown(ctx context.Context, by identity.AccountID, id string, seen int, why string) error {
	as, err := p.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if !old.TakenDownAt.IsZero() {
			return ErrTakenDown
		}
		if old.Number != seen {
			return ErrAmended
		}
		now := p.now()
		change := map[string]any{
			"taken_down_by": by, "taken_down_why": why, "taken_down_at": now, "shown_as": "", "supporters": old.Supporters, "answer_due": "", "told": "",
		}
		if old.ClosedAt.IsZero() {
			change["closed_at"] = now
		}
		if err := errors.Join(p.set(tx, id, change), blank(tx, id, old.Author)); err != nil {
			return err
		}
		if err := audit.Record(tx, audit.Act{By: by, As: as, What: "proposal taken down", About: id, Why: why, At: now}); err != nil {
			return err
		}
		return p.jobs.Add(ctx, tx, TellTakenDown{id})
	})
}

// blank deletes the words of a proposal, its author's name wherever they spoke, and who supported it.
func blank(tx *gorm.DB, id string, author member.ID) error {
	none := map[string]any{"title": "", "problem": "", "change": "", "affected": "", "cost": "", "why": ""}
	return errors.Join(
		tx.Model(&versionRow{}).Where("proposal = ?", id).Updates(none).Error,
		tx.Exec("DELETE FROM proposals_fts WHERE proposal = ?", id).Error,
		tx.Model(&commentRow{}).Where("proposal = ? AND member = ?", id, author).Update("shown_as", "").Error,
		tx.Where("proposal = ?", id).Delete(&supporterRow{}).Error,
	)
}

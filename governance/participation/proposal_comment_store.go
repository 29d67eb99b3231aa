package participation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type commentRow struct {
	ID        string
	Proposal  string
	Member    member.ID
	ShownAs   string
	Words     string
	MadeAt    time.Time
	HiddenBy  identity.AccountID
	HiddenWhy string
	HiddenAt  *time.Time
}

func (commentRow) TableName() string { return "proposal_comments" }

// Comment says something about a proposal that is not closed. shownAs is the name to show with it, "" for none; the author's comments are always
// shown as theirs. ErrNotMember, ErrClosed, ErrManyComments, ErrBadName, ErrNoWords.
func (p *Proposals) Comment(ctx context.Context, account identity.AccountID, id, shownAs, words string) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	if words, err = member.Prose(words, LongestPart); err != nil || !says(words) {
		return member.Amiss(ErrNoWords, err)
	}
	if shownAs, err = member.Line(shownAs, member.LongestName); err != nil {
		return ErrBadName
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if !old.ClosedAt.IsZero() {
			return ErrClosed
		}
		var own, all int64
		err := errors.Join(
			tx.Model(&commentRow{}).Where("proposal = ?", id).Count(&all).Error,
			tx.Model(&commentRow{}).Where("proposal = ? AND member = ?", id, m).Count(&own).Error,
		)
		if err != nil {
			return err
		}
		if own >= MostComments || all >= MostThread {
			return ErrManyComments
		}
		if old.Author == m {
			shownAs = old.ShownAs
		}
		return tx.Create(&commentRow{ID: identity.NewID(), Proposal: id, Member: m, ShownAs: shownAs, Words: words, MadeAt: p.now()}).Error
	})
}

// Hide takes a comment down, with a reason that everybody reads in its place. ErrNotOfficer, ErrNoComment, member.ErrNoWhy.
func (p *Proposals) Hide(ctx context.Context, by identity.AccountID, id, comment, why string) error {
	as, err := p.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		now := p.now()
		res := tx.Model(&commentRow{}).Where("id = ? AND proposal = ? AND hidden_at IS NULL", comment, id).
			Updates(map[string]any{"hidden_by": by, "hidden_why": why, "hidden_at": now})
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrNoComment
		}
		if res.Error != nil {
			return res.Error
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "comment taken down", About: id, Why: why, At: now})
	})
}

// Comments are what members said about a proposal, in that order; of those that were taken down only why.
func (p *Proposals) Comments(ctx context.Context, of Proposal) ([]Comment, error) {
	var rows []commentRow
	if err := p.db.Read(ctx).Where("proposal = ?", of.ID).Order("made_at, id").Limit(MostThread).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	all := make([]Comment, len(rows))
	for i, r := range rows {
		all[i] = Comment{
			ID: r.ID, Proposal: r.Proposal, ShownAs: r.ShownAs, Author: r.Member == of.Author, Words: r.Words, MadeAt: r.MadeAt.UTC(),
			HiddenWhy: r.HiddenWhy, HiddenAt: database.Moment(r.HiddenAt),
		}
		if r.HiddenAt != nil {
			all[i].Words, all[i].ShownAs, all[i].Author = "", "", false
		}
	}
	return all, nil
}

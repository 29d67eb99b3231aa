package participation

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Get is a proposal as it stands. ErrNoProposal.
func (p *Proposals) Get(ctx context.Context, id string) (Proposal, error) {
	return proposalIn(p.db.Read(ctx), id)
}

func proposalIn(tx *gorm.DB, id string) (Proposal, error) {
	var row proposalRow
	err := tx.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Proposal{}, ErrNoProposal
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("look up proposal %s: %w", id, err)
	}
	all, err := whole(tx, []proposalRow{row})
	if err != nil {
		return Proposal{}, err
	}
	return all[0], nil
}

// whole puts the words, the answers and the support to rows.
func whole(tx *gorm.DB, rows []proposalRow) ([]Proposal, error) {
	all := make([]Proposal, len(rows))
	at := make(map[string]*Proposal, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		all[i] = r.proposal()
		at[r.ID], ids[i] = &all[i], r.ID
	}
	var versions []versionRow
	err := tx.Table("proposal_versions v").Select("v.*").Joins("JOIN proposals p ON p.id = v.proposal AND p.version = v.number").Where("p.id IN ?", ids).Find(&versions).Error
	if err != nil {
		return nil, fmt.Errorf("list the words of proposals: %w", err)
	}
	for _, v := range versions {
		at[v.Proposal].Version = v.version()
	}
	var answers []answerRow
	if err := tx.Where("proposal IN ?", ids).Order("answered_at, id").Find(&answers).Error; err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	for _, a := range answers {
		at[a.Proposal].Answers = append(at[a.Proposal].Answers, a.answer())
	}
	counts, err := supporters(tx, ids)
	if err != nil {
		return nil, err
	}
	for id, n := range counts {
		if one := at[id]; one.ReachedAt.IsZero() && one.ClosedAt.IsZero() {
			one.Supporters = n
		}
	}
	return all, nil
}

// Versions are all versions of a proposal, the first first.
func (p *Proposals) Versions(ctx context.Context, id string) ([]Version, error) {
	var rows []versionRow
	if err := p.db.Read(ctx).Where("proposal = ?", id).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	all := make([]Version, len(rows))
	for i, r := range rows {
		all[i] = r.version()
	}
	return all, nil
}

// Unanswered are the proposals whose answer is due, those that wait longest first.
func (p *Proposals) Unanswered(ctx context.Context) ([]Proposal, error) {
	return p.list(p.db.Read(ctx).Where("closed_at IS NULL AND answer_due <> ''").Order("answer_due, id").Limit(MostWaiting))
}

// Open are those that gather support or whose author is asked for more, the newest first; before is the last of the page before, or "".
func (p *Proposals) Open(ctx context.Context, before string) (found []Proposal, more bool, err error) {
	return p.page(ctx, "closed_at IS NULL AND answer_due = ''", "made_at", before)
}

// Closed are those that were answered or withdrawn, likewise.
func (p *Proposals) Closed(ctx context.Context, before string) (found []Proposal, more bool, err error) {
	return p.page(ctx, "closed_at IS NOT NULL", "closed_at", before)
}

func (p *Proposals) page(ctx context.Context, which, by, before string) (found []Proposal, more bool, err error) {
	q := p.db.Read(ctx).Where(which).Order(by + " DESC, id DESC").Limit(PageSize + 1)
	if before != "" {
		mark := p.db.Read(ctx).Model(&proposalRow{}).Select(by).Where("id = ?", before)
		q = q.Where("("+by+", id) < ((?), ?)", mark, before)
	}
	found, err = p.list(q)
	if len(found) > PageSize {
		return found[:PageSize], true, err
	}
	return found, false, err
}

func (p *Proposals) list(q *gorm.DB) ([]Proposal, error) {
	var rows []proposalRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	return whole(q.Session(&gorm.Session{NewDB: true}), rows)
}

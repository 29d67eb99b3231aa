package participation

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

type supporterRow struct {
	Proposal string
	Member   member.ID
	Seen     int
}

func (supporterRow) TableName() string { return "proposal_supporters" }

// supporters counts those of each proposal.
func supporters(tx *gorm.DB, ids []string) (map[string]int, error) {
	var rows []struct {
		Proposal string
		N        int
	}
	err := tx.Model(&supporterRow{}).Select("proposal, count(*) AS n").Where("proposal IN ?", ids).Group("proposal").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count supporters: %w", err)
	}
	n := make(map[string]int, len(rows))
	for _, r := range rows {
		n[r.Proposal] = r.N
	}
	return n, nil
}

// Needs is how many must support a proposal today.
func (p *Proposals) Needs(ctx context.Context) (int, error) {
	b, err := p.bar(ctx)
	return b.needs, err
}

// bar is what a proposal's support is held against.
type bar struct {
	needs  int
	answer calendar.Date      // the last day for the answer to one that has its support today
	gone   map[member.ID]bool // are members no longer, and count for nobody
}

func (p *Proposals) bar(ctx context.Context) (b bar, err error) {
	rules, err := p.register.Rules(ctx)
	if err != nil {
		return b, err
	}
	count, err := p.register.Count(ctx)
	if err != nil {
		return b, err
	}
	b.needs, b.answer = rules.Support(count[member.Admitted]), p.today().AddDays(rules.AnswerDays)
	b.gone, err = p.register.Ceased(ctx, p.today())
	return b, err
}

// Support adds a member to those who support a proposal, once. With enough of them the board has to answer. To support it again after an
// amendment says yes to the new words. seen is the version that they have before them. ErrNotMember, ErrNotGathering, ErrAmended.
func (p *Proposals) Support(ctx context.Context, account identity.AccountID, id string, seen int) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	needs, err := p.bar(ctx)
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if old.State(p.today()) != Gathering {
			return ErrNotGathering
		}
		if old.Number != seen {
			return ErrAmended
		}
		err := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "proposal"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"seen"}),
		}).Create(&supporterRow{id, m, old.Number}).Error
		if err != nil {
			return err
		}
		return p.reach(ctx, tx, id, needs)
	})
}

// reach has the board answer a proposal, if it has its support.
func (p *Proposals) reach(ctx context.Context, tx *gorm.DB, id string, b bar) error {
	if err := forgetFormer(tx, id, b.gone); err != nil {
		return err
	}
	n, err := supporters(tx, []string{id})
	if err != nil || n[id] < b.needs {
		return err
	}
	err = p.set(tx, id, map[string]any{"reached_at": p.now(), "threshold": b.needs, "supporters": n[id], "answer_due": b.answer.String()})
	if err != nil {
		return err
	}
	return p.jobs.Add(ctx, tx, Due{}) // which tells the board
}

// forgetFormer takes out those who are members no longer.
func forgetFormer(tx *gorm.DB, id string, gone map[member.ID]bool) error {
	var all []member.ID
	if err := tx.Model(&supporterRow{}).Where("proposal = ?", id).Pluck("member", &all).Error; err != nil {
		return err
	}
	for _, m := range all {
		if gone[m] {
			if err := tx.Where("proposal = ? AND member = ?", id, m).Delete(&supporterRow{}).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// Unsupport takes a member's support back, while it is being gathered. seen is the version that they have before them.
// ErrNotGathering, ErrAmended, ErrOwnProposal for its author.
func (p *Proposals) Unsupport(ctx context.Context, account identity.AccountID, id string, seen int) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if old.State(p.today()) != Gathering {
			return ErrNotGathering
		}
		if old.Author == m {
			return ErrOwnProposal
		}
		if old.Number != seen {
			return ErrAmended
		}
		return tx.Where("proposal = ? AND member = ?", id, m).Delete(&supporterRow{}).Error
	})
}

// Own is a member's part in a proposal.
func (p *Proposals) Own(ctx context.Context, m member.ID, of Proposal) (Part, error) {
	var row supporterRow
	err := p.db.Read(ctx).Where("proposal = ? AND member = ?", of.ID, m).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Part{Author: of.Author == m}, nil
	}
	if err != nil {
		return Part{}, fmt.Errorf("look up a supporter: %w", err)
	}
	latest, err := p.Changed(ctx, of.ID)
	return Part{Author: of.Author == m, Supports: true, Seen: row.Seen, Changed: row.Seen < latest}, err
}

// Changed is the latest version of a proposal that asks for something else than the one before; 0 while there is none.
func (p *Proposals) Changed(ctx context.Context, id string) (n int, err error) {
	err = p.db.Read(ctx).Model(&versionRow{}).Select("COALESCE(MAX(number), 0)").Where("proposal = ? AND substantial", id).Scan(&n).Error
	return n, err
}

package participation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Proposals are what members propose, and what the board answered.
type Proposals struct {
	people

	db   *database.DB
	jobs *jobs.Queue
}

// NewProposals opens them.
func NewProposals(db *database.DB, queue *jobs.Queue, register *member.Register, officers *member.Officers, sits *board.Board, now func() time.Time) *Proposals {
	return &Proposals{people{register, officers, sits, database.Clock(now)}, db, queue}
}

type proposalRow struct {
	ID           string
	Author       member.ID
	ShownAs      string
	Version      int
	MadeAt       time.Time
	ReachedAt    *time.Time
	Threshold    int
	Supporters   int
	AnswerDue    string
	Told         string
	Outcome      Outcome
	ClosedAt     *time.Time
	TakenDownBy  identity.AccountID
	TakenDownWhy string
	TakenDownAt  *time.Time
}

func (proposalRow) TableName() string { return "proposals" }

func (r proposalRow) proposal() Proposal {
	return Proposal{
		Version: Version{Number: r.Version}, ID: r.ID, Author: r.Author, ShownAs: r.ShownAs, Begun: r.MadeAt.UTC(), Supporters: r.Supporters, Threshold: r.Threshold,
		ReachedAt: database.Moment(r.ReachedAt), AnswerDue: dayIn(r.AnswerDue), Outcome: r.Outcome, ClosedAt: database.Moment(r.ClosedAt),
		TakenDownWhy: r.TakenDownWhy, TakenDownAt: database.Moment(r.TakenDownAt),
	}
}

// dayIn reads what a table says, which is a day or nothing.
func dayIn(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("participation: the table says %q where a day should be", s))
	}
	return d
}

type versionRow struct {
	Proposal    string
	Number      int
	Title       string
	Problem     string
	Change      string
	Affected    string
	Cost        string
	Why         string
	Substantial bool
	MadeAt      time.Time
}

func (versionRow) TableName() string { return "proposal_versions" }

func (r versionRow) version() Version {
	return Version{
		Draft:  Draft{Title: r.Title, Problem: r.Problem, Change: r.Change, Affected: r.Affected, Cost: r.Cost},
		Number: r.Number, Why: r.Why, Substantial: r.Substantial, MadeAt: r.MadeAt.UTC(),
	}
}

func toVersionRow(proposal string, v Version) versionRow {
	return versionRow{
		Proposal: proposal, Number: v.Number, Title: v.Title, Problem: v.Problem, Change: v.Change, Affected: v.Affected, Cost: v.Cost,
		Why: v.Why, Substantial: v.Substantial, MadeAt: v.MadeAt,
	}
}

// Propose puts a proposal before all members; its author is the first who supports it. shownAs is the name to show with it, "" for none.
// ErrNotMember, ErrManyOpen, ErrManyProposed, ErrBadName, and an error for each text.
func (p *Proposals) Propose(ctx context.Context, account identity.AccountID, shownAs string, d Draft) (string, error) {
	m, err := p.member(ctx, account)
	if err != nil {
		return "", err
	}
	d, err = d.check()
	shownAs, badName := member.Line(shownAs, member.LongestName)
	if badName != nil {
		err = errors.Join(err, ErrBadName)
	}
	if err != nil {
		return "", err
	}
	row := proposalRow{ID: identity.NewID(), Author: m, ShownAs: shownAs, Version: 1, MadeAt: p.now()}
	return row.ID, p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "proposals of "+string(m)); err != nil {
			return err
		}
		if err := p.mayPropose(tx, m); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := p.keepVersion(tx, row.ID, Version{Draft: d, Number: 1, MadeAt: row.MadeAt}); err != nil {
			return err
		}
		return tx.Create(&supporterRow{row.ID, m, 1}).Error
	})
}

// mayPropose refuses whoever has enough before the members, or has put so much there of late. ErrManyOpen, ErrManyProposed.
func (p *Proposals) mayPropose(tx *gorm.DB, m member.ID) error {
	var open, late int64
	err := errors.Join(
		tx.Model(&proposalRow{}).Where("author = ? AND closed_at IS NULL", m).Count(&open).Error,
		tx.Model(&proposalRow{}).Where("author = ? AND made_at > ?", m, p.now().AddDate(0, 0, -ProposedDays)).Count(&late).Error,
	)
	switch {
	case err != nil:
		return err
	case open >= MostOpen:
		return ErrManyOpen
	case late >= MostProposed:
		return ErrManyProposed
	}
	return nil
}

func (p *Proposals) keepVersion(tx *gorm.DB, id string, v Version) error {
	row := toVersionRow(id, v)
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	return index(tx, id, v.Draft)
}

// Amend replaces the words of a proposal; the earlier ones stay readable. After a substantial change supporters are told, and their support
// stands unless they take it back; a new title or another change is substantial, whatever the author says of it. When the board needed more, its time to answer begins anew.
// seen is the version that the author has before them. ErrNotYours, ErrNotAmendable, ErrAmended, ErrSameWords, ErrManyVersions, member.ErrNoWhy, and an error for each text.
func (p *Proposals) Amend(ctx context.Context, account identity.AccountID, id string, seen int, d Draft, why string, substantial bool) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	d, err = d.check()
	why, noWhy := member.Reason(why)
	if err = errors.Join(err, noWhy); err != nil {
		return err
	}
	rules, err := p.register.Rules(ctx)
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		switch {
		case old.Author != m:
			return ErrNotYours
		case !old.Amendable():
			return ErrNotAmendable
		case old.Number != seen:
			return ErrAmended
		case old.Draft == d:
			return ErrSameWords
		case old.Number >= MostVersions:
			return ErrManyVersions
		}
		v := Version{Draft: d, Number: old.Number + 1, Why: why, Substantial: substantial || d.asksElse(old.Draft), MadeAt: p.now()}
		change := map[string]any{"version": v.Number}
		if old.Outcome == NeedsMore {
			change["outcome"], change["told"], change["answer_due"] = "", "", p.today().AddDays(rules.AnswerDays).String()
		}
		if err := p.set(tx, id, change); err != nil {
			return err
		}
		if err := p.keepVersion(tx, id, v); err != nil {
			return err
		}
		return p.tellSupporters(ctx, tx, old, v)
	})
}

func (p *Proposals) set(tx *gorm.DB, id string, change map[string]any) error {
	return tx.Model(&proposalRow{}).Where("id = ?", id).Updates(change).Error
}

// tellSupporters has those who support a proposal told of a substantial change; of another one they need not hear.
func (p *Proposals) tellSupporters(ctx context.Context, tx *gorm.DB, old Proposal, v Version) error {
	err := tx.Model(&supporterRow{}).Where("proposal = ? AND member = ?", old.ID, old.Author).Update("seen", v.Number).Error
	if err != nil || !v.Substantial {
		return err
	}
	var others []member.ID
	if err := tx.Model(&supporterRow{}).Where("proposal = ? AND member <> ?", old.ID, old.Author).Order("member").Pluck("member", &others).Error; err != nil {
		return err
	}
	all := make([]jobs.Args, len(others))
	for i, m := range others {
		all[i] = TellAmended{old.ID, v.Number, m}
	}
	return p.jobs.AddAll(ctx, tx, all)
}

// Withdraw takes a proposal back, before it has its support. Who supported it is forgotten. ErrNotYours, ErrNotGathering.
func (p *Proposals) Withdraw(ctx context.Context, account identity.AccountID, id string) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old Proposal) error {
		if old.Author != m {
			return ErrNotYours
		}
		if old.State(p.today()) != Gathering {
			return ErrNotGathering
		}
		if err := p.set(tx, id, map[string]any{"outcome": Withdrawn, "closed_at": p.now(), "supporters": old.Supporters}); err != nil {
			return err
		}
		return tx.Where("proposal = ?", id).Delete(&supporterRow{}).Error
	})
}

// on does something to a proposal, one after the other. ErrNoProposal.
func (p *Proposals) on(ctx context.Context, id string, do func(tx *gorm.DB, old Proposal) error) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "proposal "+id); err != nil {
			return err
		}
		old, err := proposalIn(tx, id)
		if err != nil {
			return err
		}
		return do(tx, old)
	})
}

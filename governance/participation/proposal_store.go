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
	if d, err = d.check(); err != nil {
		return "", err
	}
	if shownAs, err = member.Line(shownAs, member.LongestName); err != nil {
		return "", ErrBadName
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
	if d, err = d.check(); err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
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

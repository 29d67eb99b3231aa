package participation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/money"
)

// Roadmap is what is to be done, by whom, why, and for how much.
type Roadmap struct {
	people

	db *database.DB
}

// NewRoadmap opens it.
func NewRoadmap(db *database.DB, register *member.Register, officers *member.Officers, sits *board.Board, now func() time.Time) *Roadmap {
	return &Roadmap{people{register, officers, sits, database.Clock(now)}, db}
}

type itemRow struct {
	ID      string
	Version int
	AddedAt time.Time
}

func (itemRow) TableName() string { return "roadmap_items" }

type itemVersionRow struct {
	Item      string
	Number    int
	Title     string
	Words     string
	Status    Status
	Owner     string
	Proposal  *string
	Minute    string
	Estimate  *int64
	Actual    *int64
	Why       string
	ChangedBy identity.AccountID
	ActedAs   string
	ChangedAt time.Time
}

func (itemVersionRow) TableName() string { return "roadmap_versions" }

func toItemRow(id string, i Item) itemVersionRow {
	row := itemVersionRow{
		Item: id, Number: i.Number, Title: i.Title, Words: i.Words, Status: i.Status, Owner: i.Owner, Minute: i.Minute,
		Estimate: i.Estimate.column(), Actual: i.Actual.column(), Why: i.Why, ChangedBy: i.By, ActedAs: i.As, ChangedAt: i.At,
	}
	if i.Proposal != "" {
		row.Proposal = &i.Proposal
	}
	return row
}

func (r itemVersionRow) item() Item {
	i := Item{
		Plan: Plan{Title: r.Title, Words: r.Words, Status: r.Status, Owner: r.Owner, Minute: r.Minute, Estimate: costIn(r.Estimate), Actual: costIn(r.Actual)},
		ID:   r.Item, Number: r.Number, Why: r.Why, By: r.ChangedBy, As: r.ActedAs, At: r.ChangedAt.UTC(),
	}
	if r.Proposal != nil {
		i.Proposal = *r.Proposal
	}
	return i
}

func (c Cost) column() *int64 {
	if !c.Known {
		return nil
	}
	pence := int64(c.Pence)
	return &pence
}

func costIn(pence *int64) Cost {
	if pence == nil {
		return Cost{}
	}
	return Cost{true, money.Pence(*pence)}
}

// Add puts an item on the roadmap. ErrNotBoard, ErrNotAccepted, ErrManyItems, member.ErrNoWhy, and an error for each field.
func (r *Roadmap) Add(ctx context.Context, by identity.AccountID, p Plan, why string) (string, error) {
	id := identity.NewID()
	return id, r.keep(ctx, by, p, why, func(tx *gorm.DB) (Item, error) {
		var n int64
		if err := tx.Model(&itemRow{}).Count(&n).Error; err != nil {
			return Item{}, err
		}
		if n >= MostItems {
			return Item{}, ErrManyItems
		}
		return Item{ID: id}, tx.Create(&itemRow{id, 0, r.now()}).Error
	})
}

// Change says something else of an item; what was said before stays readable. ErrNotBoard, ErrNoItem, ErrSameWords, ErrManyVersions, ErrNotAccepted,
// member.ErrNoWhy, and an error for each field.
func (r *Roadmap) Change(ctx context.Context, by identity.AccountID, id string, p Plan, why string) error {
	return r.keep(ctx, by, p, why, func(tx *gorm.DB) (Item, error) { return itemIn(tx, id) })
}

// keep adds a version of an item, as whoever speaks for the board.
func (r *Roadmap) keep(ctx context.Context, by identity.AccountID, p Plan, why string, of func(tx *gorm.DB) (Item, error)) error {
	as, _, err := r.speaker(ctx, by)
	if err != nil {
		return err
	}
	p, err = p.check()
	why, noWhy := member.Reason(why)
	if err = errors.Join(err, noWhy); err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "roadmap"); err != nil {
			return err
		}
		old, err := of(tx)
		switch {
		case err != nil:
			return err
		case old.Plan == p:
			return ErrSameWords
		case old.Number >= MostChanges:
			return ErrManyVersions
		}
		if err := accepted(tx, p.Proposal); err != nil {
			return err
		}
		row := toItemRow(old.ID, Item{Plan: p, Number: old.Number + 1, Why: why, By: by, As: as, At: r.now()})
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := tx.Model(&itemRow{}).Where("id = ?", old.ID).Update("version", row.Number).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roadmap changed", About: old.ID, Why: why, At: row.ChangedAt})
	})
}

// accepted refuses a proposal that the board did not accept at least in part.
func accepted(tx *gorm.DB, proposal string) error {
	if proposal == "" {
		return nil
	}
	p, err := proposalIn(tx, proposal)
	if errors.Is(err, ErrNoProposal) || err == nil && !slices.Contains([]Outcome{Accepted, InPart}, p.Outcome) {
		return ErrNotAccepted
	}
	return err
}

const latest = "JOIN roadmap_items i ON i.id = v.item AND i.version = v.number"

// Items are all items as they stand, the last changed first.
func (r *Roadmap) Items(ctx context.Context) ([]Item, error) {
	tx := r.db.Read(ctx)
	return items(tx, tx.Table("roadmap_versions v").Select("v.*").Joins(latest).Order("v.changed_at DESC, v.item").Limit(MostItems))
}

// Of are the items that come from a proposal.
func (r *Roadmap) Of(ctx context.Context, proposal string) ([]Item, error) {
	tx := r.db.Read(ctx)
	return items(tx, tx.Table("roadmap_versions v").Select("v.*").Joins(latest).Where("v.proposal = ?", proposal).Order("i.added_at, v.item").Limit(MostItems))
}

// Item is one as it stands. ErrNoItem.
func (r *Roadmap) Item(ctx context.Context, id string) (Item, error) {
	return itemIn(r.db.Read(ctx), id)
}

func itemIn(tx *gorm.DB, id string) (Item, error) {
	all, err := items(tx, tx.Table("roadmap_versions v").Select("v.*").Joins(latest).Where("v.item = ?", id))
	if err != nil {
		return Item{}, err
	}
	if len(all) == 0 {
		return Item{}, ErrNoItem
	}
	return all[0], nil
}

// History is all that was said of an item, the latest first.
func (r *Roadmap) History(ctx context.Context, id string) ([]Item, error) {
	tx := r.db.Read(ctx)
	return items(tx, tx.Table("roadmap_versions v").Where("v.item = ?", id).Order("v.number DESC"))
}

// Latest are the last changes of any item, the newest first.
func (r *Roadmap) Latest(ctx context.Context, most int) ([]Item, error) {
	tx := r.db.Read(ctx)
	return items(tx, tx.Table("roadmap_versions v").Order("v.changed_at DESC, v.item, v.number DESC").Limit(most))
}

// items reads them, with what was proposed and answered.
func items(tx, q *gorm.DB) ([]Item, error) {
	var rows []itemVersionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the roadmap: %w", err)
	}
	var asked []string
	all := make([]Item, len(rows))
	for i, row := range rows {
		if all[i] = row.item(); all[i].Proposal != "" {
			asked = append(asked, all[i].Proposal)
		}
	}
	if len(asked) == 0 {
		return all, nil
	}
	var proposals []proposalRow
	if err := tx.Where("id IN ?", asked).Find(&proposals).Error; err != nil {
		return nil, fmt.Errorf("list proposals of the roadmap: %w", err)
	}
	said, err := whole(tx, proposals)
	if err != nil {
		return nil, err
	}
	for i := range all {
		for _, p := range said {
			if p.ID == all[i].Proposal {
				all[i].Asked, all[i].Answer = p.Title, p.Answers[len(p.Answers)-1].Reasons
			}
		}
	}
	return all, nil
}

// Decided are the proposals that the board accepted, at least in part, the last first: what items can come from.
func (p *Proposals) Decided(ctx context.Context) ([]Proposal, error) {
	return p.list(p.db.Read(ctx).Where("outcome IN ?", []Outcome{Accepted, InPart}).Order("closed_at DESC, id").Limit(MostWaiting))
}

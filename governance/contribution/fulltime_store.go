package contribution

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type fullTimeRow struct {
	ID          string
	Member      member.ID
	Words       string
	First, Last string
	DeclaredAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt *time.Time
	EndedBy     identity.AccountID
	EndedWhy    string
	EndedAt     *time.Time
}

func (fullTimeRow) TableName() string { return "full_time" }

func (r fullTimeRow) declaration() Declaration {
	return Declaration{
		ID: r.ID, Member: r.Member, Words: r.Words, First: dayOf(r.First), Last: dayOf(r.Last), Declared: r.DeclaredAt.UTC(),
		ConfirmedBy: r.ConfirmedBy, Confirmed: stamp(r.ConfirmedAt), EndedBy: r.EndedBy, EndedWhy: r.EndedWhy, Ended: stamp(r.EndedAt),
	}
}

// Declare is a member's word that they work full time on the project from one day to another. It counts once the secretary confirms it. One
// that waits already is taken back by it.
func (b *Book) Declare(ctx context.Context, m member.ID, words string, first, last calendar.Date) error {
	words, noWords := reason(words)
	if err := errors.Join(noWords, sensible(first, last)); err != nil {
		return err
	}
	row := fullTimeRow{ID: identity.NewID(), Member: m, Words: words, First: first.String(), Last: last.String(), DeclaredAt: b.now()}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		err := tx.Model(&fullTimeRow{}).Where("member = ? AND confirmed_at IS NULL AND ended_at IS NULL", m).
			Updates(map[string]any{"ended_at": row.DeclaredAt}).Error
		if err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
}

// ConfirmDeclaration is the secretary's word. member.ErrNotOfficer for anybody else's.
func (b *Book) ConfirmDeclaration(ctx context.Context, by identity.AccountID, id string) error {
	return b.onDeclaration(ctx, by, id, "", func(d Declaration) (map[string]any, string, error) {
		if !d.Confirmed.IsZero() {
			return nil, "", ErrNotOpen
		}
		return map[string]any{"confirmed_by": by, "confirmed_at": b.now()}, "full time confirmed", nil
	})
}

// EndDeclaration refuses a declaration, or ends one from now on.
func (b *Book) EndDeclaration(ctx context.Context, by identity.AccountID, id, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	return b.onDeclaration(ctx, by, id, why, func(d Declaration) (map[string]any, string, error) {
		what := "full time ended"
		if d.Confirmed.IsZero() {
			what = "full time refused"
		}
		return map[string]any{"ended_by": by, "ended_why": why, "ended_at": b.now()}, what, nil
	})
}

func (b *Book) onDeclaration(ctx context.Context, by identity.AccountID, id, why string, decide func(Declaration) (map[string]any, string, error)) error {
	secretary, err := b.officers.Holds(ctx, by, member.Secretary)
	if err == nil && !secretary {
		err = member.ErrNotOfficer
	}
	if err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "full time "+id); err != nil {
			return err
		}
		var row fullTimeRow
		err := tx.Where("id = ? AND ended_at IS NULL", id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNotOpen
		}
		if err != nil {
			return err
		}
		change, what, err := decide(row.declaration())
		if err != nil {
			return err
		}
		if err := tx.Model(&fullTimeRow{}).Where("id = ?", id).Updates(change).Error; err != nil {
			return err
		}
		return record(tx, by, string(member.Secretary), what, id, why, b.now())
	})
}

// Declarations are a member's: those that wait for the secretary, those that hold, and those that are over.
func (b *Book) Declarations(ctx context.Context, m member.ID) ([]Declaration, error) {
	return declarations(b.db.Read(ctx).Where("member = ?", m))
}

// AllDeclarations are everybody's, for officers.
func (b *Book) AllDeclarations(ctx context.Context) ([]Declaration, error) {
	return declarations(b.db.Read(ctx).Limit(mostListed))
}

func declarations(tx *gorm.DB) ([]Declaration, error) {
	var rows []fullTimeRow
	if err := tx.Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, declared_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list declarations: %w", err)
	}
	all := make([]Declaration, len(rows))
	for i, row := range rows {
		all[i] = row.declaration()
	}
	return all, nil
}

package board

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type interestRow struct {
	ID         string
	Member     member.ID
	Words      string
	DeclaredAt time.Time
}

func (interestRow) TableName() string { return "board_interests" }

// Declare is how somebody who sits says what their interests are from now on. ErrNotSitting, ErrNoReason, ErrSameInterests.
func (b *Board) Declare(ctx context.Context, by identity.AccountID, words string) error {
	seat, err := b.SeatOf(ctx, by)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return member.Amiss(ErrNoReason, err)
	}
	return b.write(ctx, func(tx *gorm.DB, _ []Seat) error {
		declared, err := declarations(tx.Where("member = ?", seat.Member))
		if err != nil {
			return err
		}
		if Interests(declared, seat) == words {
			return ErrSameInterests
		}
		row := interestRow{ID: identity.NewID(), Member: seat.Member, Words: words, DeclaredAt: b.now()}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "board", What: "interests declared", About: seat.ID, At: row.DeclaredAt})
	})
}

// Declarations are what people who sit or sat declared after they took their seats, the newest first.
func (b *Board) Declarations(ctx context.Context) ([]Declaration, error) {
	return declarations(b.db.Read(ctx))
}

func declarations(tx *gorm.DB) ([]Declaration, error) {
	var rows []interestRow
	if err := tx.Order("declared_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list declarations of interests: %w", err)
	}
	all := make([]Declaration, len(rows))
	for i, r := range rows {
		all[i] = Declaration{r.Member, r.Words, r.DeclaredAt.UTC()}
	}
	return all, nil
}

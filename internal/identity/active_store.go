package identity

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ActiveDays is how long ago somebody may have used the service last to be counted as active.
const ActiveDays = 30

type activeRow struct {
	Month     string `gorm:"primaryKey"` // "2026-11"
	People    int
	CountedAt time.Time
}

func (activeRow) TableName() string { return "monthly_active" }

// CountActive notes for a month how many accounts had a device here since a moment. Each count of a month replaces the one before, so that
// its last day's stays. Only the number is kept.
func (a *Accounts) CountActive(ctx context.Context, month string, since time.Time) error {
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		row := activeRow{Month: month, CountedAt: a.now().UTC().Truncate(time.Microsecond)}
		if err := tx.Raw("SELECT count(DISTINCT account) FROM devices WHERE seen >= ?", since.UTC()).Scan(&row.People).Error; err != nil {
			return fmt.Errorf("count who was here: %w", err)
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}

// ActivePeople is how many people used the service in a month, as last counted in it; false if nobody counted.
func (a *Accounts) ActivePeople(ctx context.Context, month string) (n int, known bool, err error) {
	var rows []activeRow
	if err := a.db.Read(ctx).Where("month = ?", month).Find(&rows).Error; err != nil {
		return 0, false, fmt.Errorf("look up who was here in %s: %w", month, err)
	}
	if len(rows) == 0 {
		return 0, false, nil
	}
	return rows[0].People, true, nil
}

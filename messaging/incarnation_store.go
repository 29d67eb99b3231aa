package messaging

import (
	"context"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/messaging/bus"
)

type inLogRow struct {
	Cell        string `gorm:"primaryKey"`
	Identity    string
	Incarnation int32
}

func (inLogRow) TableName() string { return "in_logs" }

// Incarnation of `in` that positions of this run carry: one more whenever `in` is not the log that this database knew.
func Incarnation(ctx context.Context, db *database.DB, inIdentity string) (int32, error) {
	row := inLogRow{Cell: bus.LocalCell, Identity: inIdentity, Incarnation: 1}
	err := db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "in_logs"); err != nil { // processes may start together
			return err
		}
		var known inLogRow
		ok, err := found(tx.Where("cell = ?", bus.LocalCell).Take(&known).Error)
		switch {
		case err != nil:
			return err
		case !ok:
			return tx.Create(&row).Error
		case known.Identity == inIdentity:
			row = known
			return nil
		default:
			row.Incarnation = known.Incarnation + 1
			return tx.Save(&row).Error
		}
	})
	return row.Incarnation, err
}

// VerdictsLast: as long as a mailbox keeps what they speak of.
const (
	VerdictsLast = 45 * 24 * time.Hour
	ParkedLasts  = 30 * 24 * time.Hour
	RequestsWait = 45 * 24 * time.Hour // for somebody to join
	SaidLasts    = 45 * 24 * time.Hour // that the society has said it, so that it does not say it again
)

// Sweep forgets old verdicts, parked envelopes and facts, what was written to people who never joined, and what the society has said.
func Sweep(ctx context.Context, db *database.DB, now time.Time) error {
	return db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("judged_at < ?", now.UTC().Add(-VerdictsLast)).Delete(&verdictRow{}).Error; err != nil {
			return err
		}
		if err := tx.Where("said_at < ?", now.UTC().Add(-SaidLasts)).Delete(&societyRow{}).Error; err != nil {
			return err
		}
		waited := tx.Model(&requestRow{}).Where("copy IS NOT NULL AND asked_at < ?", now.UTC().Add(-RequestsWait))
		if err := waited.Update("copy", nil).Error; err != nil {
			return err
		}
		if err := tx.Where("parked_at < ?", now.UTC().Add(-ParkedLasts)).Delete(&outboxRow{}).Error; err != nil {
			return err
		}
		return tx.Where("parked_at < ?", now.UTC().Add(-ParkedLasts)).Delete(&parkedRow{}).Error
	})
}

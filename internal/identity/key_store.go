package identity

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ErrOtherKey says that the codes of this database are made with another key than ours.
var ErrOtherKey = errors.New("this database belongs to another server key")

type settingRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (settingRow) TableName() string { return "settings" }

const (
	keySetting = "server_key"
	keyMark    = 8 // bytes: enough to tell keys apart
)

// SameKey makes sure that all processes on a database make codes with one key: the first to come leaves a mark of its key,
// which does not tell the key, and others must have the same. ErrOtherKey: of a code that one process mails, another would say
// that it is wrong, and limits by source would count each process apart.
func (a *Accounts) SameKey(ctx context.Context) error {
	ours := settingRow{keySetting, fmt.Sprintf("%x", a.keyed("mark of the key", "")[:keyMark])}
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&ours).Error; err != nil {
			return err
		}
		var first settingRow
		if err := tx.Where("name = ?", keySetting).Take(&first).Error; err != nil {
			return err
		}
		if first.Value != ours.Value {
			return ErrOtherKey
		}
		return nil
	})
}

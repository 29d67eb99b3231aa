package meeting

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/identity"
)

type versionRow struct {
	Motion    string
	Number    int
	Words     string
	Amendment string
	MadeAt    time.Time
}

func (versionRow) TableName() string { return "meeting_versions" }

// Versions are the words of a motion over time, the first first.
func (m *Meetings) Versions(ctx context.Context, motion string) ([]Version, error) {
	var rows []versionRow
	if err := m.db.Read(ctx).Where("motion = ?", motion).Order("number").Limit(MostVersions).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	all := make([]Version, len(rows))
	for i, r := range rows {
		all[i] = Version{r.Number, r.Words, r.Amendment, r.MadeAt.UTC()}
	}
	return all, nil
}

// Reword has a proposer change the words of their motion, until somebody has seconded it. version is the one they saw.
// ErrNotYours, ErrSeconded, ErrNotStanding, ErrTooLate, ErrChanged, ErrSameWords, ErrMany, and an error for each text.
func (m *Meetings) Reword(ctx context.Context, account identity.AccountID, motion string, version int, d Draft) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	if d, err = d.check(); err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		now := m.now()
		switch err := of.takes(Called, now); {
		case old.Proposer != who:
			return ErrNotYours
		case err != nil:
			return err
		case !old.GoneAt.IsZero():
			return ErrNotStanding
		case old.Seconder != "":
			return ErrSeconded
		case old.Version != version:
			return ErrChanged
		case old.Draft == d:
			return ErrSameWords
		case old.Version >= MostRewordings:
			return ErrMany
		}
		if err := tx.Create(&versionRow{motion, old.Version + 1, d.Words, "", now}).Error; err != nil {
			return err
		}
		return setMotion(tx, motion, map[string]any{"version": old.Version + 1, "title": d.Title, "reasons": d.Reasons, "needs": d.Needs})
	})
}

package meeting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
)

// Mind does what the clock asks for: it makes the order papers of all meetings whose time for motions is over, and forgets who was at a meeting whose
// minutes are not signed in time. Whatever was made stays.
func (m *Meetings) Mind(ctx context.Context) error {
	return errors.Join(m.makeOrders(ctx), m.forgetPresence(ctx))
}

func (m *Meetings) forgetPresence(ctx context.Context) error {
	var due []string
	err := m.db.Read(ctx).Model(&meetingRow{}).Where("signed_at IS NULL AND closed_at <= ?", m.now().AddDate(0, 0, -keptUnsigned)).
		Where("id IN (?)", m.db.Read(ctx).Model(&attendanceRow{}).Select("meeting")).Limit(MostListed).Pluck("id", &due).Error
	if err != nil {
		return fmt.Errorf("list meetings whose minutes are not signed: %w", err)
	}
	for _, id := range due {
		if err := m.on(ctx, id, func(tx *gorm.DB, _ Meeting) error { return forget(tx, id) }); err != nil {
			return err
		}
	}
	return nil
}

func (m *Meetings) makeOrders(ctx context.Context) error {
	var due []string
	err := m.db.Read(ctx).Model(&meetingRow{}).Where("confirmed_at IS NOT NULL AND ended_at IS NULL AND ordered_at IS NULL AND motions_by <= ?", m.now()).
		Order("motions_by").Limit(MostListed).Pluck("id", &due).Error
	if err != nil {
		return fmt.Errorf("list meetings without an order paper: %w", err)
	}
	for _, id := range due {
		if err := m.on(ctx, id, func(tx *gorm.DB, old Meeting) error { return order(tx, old, m.now()) }); err != nil {
			return err
		}
	}
	return nil
}

// order gives the motions that stand their places: the board's first, then members' as they were written.
func order(tx *gorm.DB, of Meeting, now time.Time) error {
	if !of.OrderedAt.IsZero() || !of.EndedAt.IsZero() || now.Before(of.MotionsBy) {
		return nil
	}
	all, err := motionsOf(tx, tx.Where("meeting = ?", of.ID))
	if err != nil {
		return err
	}
	n := 0
	for _, fromBoard := range []bool{true, false} {
		for _, one := range all {
			if !one.Open() || (one.FromBoard != "") != fromBoard {
				continue
			}
			n++
			if err := setMotion(tx, one.ID, map[string]any{"number": n}); err != nil {
				return err
			}
		}
	}
	if err := set(tx, of.ID, map[string]any{"ordered_at": now}); err != nil {
		return err
	}
	return audit.Record(tx, audit.Act{As: "clock", What: "order paper made", About: of.ID, Why: fmt.Sprintf("%d of %d motions", n, len(all)), At: now})
}

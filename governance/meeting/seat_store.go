package meeting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type seatsRow struct {
	Meeting     string
	Nth         int
	ChairName   string
	MinutesName string
	GivenAt     time.Time
}

func (seatsRow) TableName() string { return "meeting_seats" }

// Seats are who took the chair and the minutes of a meeting from a moment on.
type Seats struct {
	Chair, Minutes string
	At             time.Time
}

// Reseated is who took the chair or the minutes of a meeting after it was opened, the first first.
func (m *Meetings) Reseated(ctx context.Context, meeting string) ([]Seats, error) {
	return reseated(m.db.Read(ctx), meeting)
}

func reseated(tx *gorm.DB, meeting string) (all []Seats, err error) {
	var rows []seatsRow
	if err := tx.Where("meeting = ?", meeting).Order("nth").Limit(MostReseats).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list who took the chair: %w", err)
	}
	for _, r := range rows {
		all = append(all, Seats{r.ChairName, r.MinutesName, r.GivenAt.UTC()})
	}
	return all, nil
}

// Reseat has somebody else take the chair, or write the minutes, of a meeting whose minutes are not signed; nil is whoever does it already. Once it was
// opened the minutes tell of it. ErrSameSeats, ErrNoChair, ErrNoMinutes, ErrSamePerson, ErrGone, ErrVoteOpen, ErrMany, member.ErrNoWhy.
func (m *Meetings) Reseat(ctx context.Context, by identity.AccountID, id string, toChair, toMinutes *Seat, why string) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	why, noWhy := member.Reason(why)
	return m.on(ctx, id, func(tx *gorm.DB, old Meeting) error {
		if !old.EndedAt.IsZero() || !old.SignedAt.IsZero() {
			return ErrGone
		}
		chair, minutes := old.Chair, old.Minutes
		if toChair != nil {
			chair = *toChair
		}
		if toMinutes != nil {
			minutes = *toMinutes
		}
		amiss := seated(chair, minutes)
		if chair.Member == old.Chair.Member && minutes.Member == old.Minutes.Member {
			amiss = ErrSameSeats
		}
		if err := errors.Join(amiss, noWhy); err != nil {
			return err
		}
		if _, is, err := openVote(tx, id); err != nil || is { // whoever opened a vote closes it
			return orOpen(err)
		}
		now := m.now()
		if err := noteSeats(tx, old, chair, minutes, now); err != nil {
			return err
		}
		err := set(tx, id, map[string]any{"chair": chair.Member, "chair_name": chair.Name, "minutes": minutes.Member, "minutes_name": minutes.Name})
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "general meeting's chair or minutes given to somebody", About: id, Why: why, At: now})
	})
}

// noteSeats keeps for the minutes who took the chair of a meeting that was opened. ErrMany.
func noteSeats(tx *gorm.DB, of Meeting, chair, minutes Seat, now time.Time) error {
	if of.OpenedAt.IsZero() {
		return nil
	}
	var n int64
	if err := tx.Model(&seatsRow{}).Where("meeting = ?", of.ID).Count(&n).Error; err != nil {
		return err
	}
	if n >= MostReseats {
		return ErrMany
	}
	return tx.Create(&seatsRow{of.ID, int(n) + 1, chair.Name, minutes.Name, now}).Error
}

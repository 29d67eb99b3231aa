package meeting

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type notesRow struct {
	Meeting string
	Item    string
	Words   string
	NotedAt time.Time
}

func (notesRow) TableName() string { return "meeting_notes" }

type additionRow struct {
	ID      string
	Meeting string
	Words   string
	AddedBy identity.AccountID
	AddedAs string
	AddedAt time.Time
}

func (additionRow) TableName() string { return "meeting_additions" }

// Note is what the minutes say of items: of a motion by its ID, or of Whole. No words take one out; what happened stands there without it. seen is the
// Mark of what whoever writes had before them: from another page of theirs nothing is lost. ErrNotMinutes, ErrTooEarly before the meeting was opened,
// ErrSigned, ErrChanged, ErrNoMotion, ErrBadMinutes.
func (m *Meetings) Note(ctx context.Context, by identity.AccountID, meeting, seen string, said map[string]string) error {
	if amiss := slices.Collect(maps.Values(Unkept(said))); len(amiss) > 0 {
		return errors.Join(amiss...)
	}
	return m.atMinutes(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		switch {
		case of.OpenedAt.IsZero():
			return ErrTooEarly
		case !of.SignedAt.IsZero():
			return ErrSigned
		}
		was, err := notes(tx, meeting)
		if err != nil {
			return err
		}
		mark, err := markOf(tx, meeting)
		if err != nil {
			return err
		}
		for item, words := range said {
			words, err := member.Prose(words, LongestMinutes)
			switch {
			case err != nil:
				return err
			case words == was[item]:
				continue
			case was[item] != "" && mark != seen:
				return ErrChanged
			}
			if err := note(tx, notesRow{meeting, item, words, m.now()}); err != nil {
				return err
			}
		}
		return nil
	})
}

func note(tx *gorm.DB, row notesRow) error {
	if row.Item != Whole {
		if one, err := oneMotion(tx, row.Item); err != nil || one.Meeting != row.Meeting || one.Number == 0 {
			return ErrNoMotion
		}
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "meeting"}, {Name: "item"}}, DoUpdates: clause.AssignmentColumns([]string{"words", "noted_at"}),
	}).Create(&row).Error
}

// Notes are what the minutes say, by item.
func (m *Meetings) Notes(ctx context.Context, meeting string) (map[string]string, error) {
	return notes(m.db.Read(ctx), meeting)
}

func notes(tx *gorm.DB, meeting string) (map[string]string, error) {
	var rows []notesRow
	if err := tx.Where("meeting = ?", meeting).Limit(mostItems + 1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up minutes: %w", err)
	}
	all := map[string]string{}
	for _, r := range rows {
		all[r.Item] = r.Words
	}
	return all, nil
}

// Sign is the chair's word that the minutes are right: everybody can read them, and nobody can change them. Who was present is forgotten; the
// minutes tell how many. seen is the Mark of what the chair read. ErrNotChair, ErrNotClosed, ErrSigned, ErrChanged.
func (m *Meetings) Sign(ctx context.Context, by identity.AccountID, meeting, seen string) error {
	return m.inChair(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		switch {
		case !of.SignedAt.IsZero():
			return ErrSigned
		case of.ClosedAt.IsZero():
			return ErrNotClosed
		}
		if mark, err := markOf(tx, meeting); err != nil || mark != seen {
			return orChanged(err)
		}
		now := m.now()
		if err := set(tx, meeting, map[string]any{"signed_at": now, "signed_name": of.Chair.Name}); err != nil {
			return err
		}
		if err := forget(tx, meeting); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "minutes signed", About: meeting, At: now})
	})
}

// forget deletes who was at a meeting, and who asked for a secret ballot.
func forget(tx *gorm.DB, meeting string) error {
	if err := tx.Where("meeting = ?", meeting).Delete(&attendanceRow{}).Error; err != nil {
		return err
	}
	return tx.Where("motion IN (?)", tx.Model(&motionRow{}).Select("id").Where("meeting = ?", meeting)).Delete(&askerRow{}).Error
}

func markOf(tx *gorm.DB, meeting string) (string, error) {
	said, err := notes(tx, meeting)
	if err != nil {
		return "", err
	}
	seats, err := reseated(tx, meeting)
	return Mark(said, seats), err
}

func orChanged(err error) error {
	if err != nil {
		return err
	}
	return ErrChanged
}

// Add corrects signed minutes by a dated addition. ErrNotWriter, ErrNotSigned, ErrNothingSaid, ErrBadMinutes, ErrMany.
func (m *Meetings) Add(ctx context.Context, by identity.AccountID, meeting, words string) error {
	words, err := member.Prose(words, LongestWords)
	if err != nil {
		return member.Amiss(ErrBadMinutes, err)
	}
	if !says(words) {
		return ErrNothingSaid
	}
	who, err := m.actor(ctx, by)
	if err != nil {
		return err
	}
	return m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error {
		as, may := who.writes(of)
		switch {
		case !may:
			return ErrNotWriter
		case of.SignedAt.IsZero():
			return ErrNotSigned
		}
		var n int64
		if err := tx.Model(&additionRow{}).Where("meeting = ?", meeting).Count(&n).Error; err != nil {
			return err
		}
		if n >= MostAdditions {
			return ErrMany
		}
		now := m.now()
		if err := tx.Create(&additionRow{identity.NewID(), meeting, words, by, as, now}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "minutes added to", About: meeting, Why: words, At: now})
	})
}

// Additions are those to the minutes of a meeting, oldest first.
func (m *Meetings) Additions(ctx context.Context, meeting string) ([]Addition, error) {
	var rows []additionRow
	if err := m.db.Read(ctx).Where("meeting = ?", meeting).Order("added_at, id").Limit(MostAdditions).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list additions to minutes: %w", err)
	}
	all := make([]Addition, len(rows))
	for i, r := range rows {
		all[i] = Addition{r.ID, r.Words, r.AddedAs, r.AddedAt.UTC()}
	}
	return all, nil
}

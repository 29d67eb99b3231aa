package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type meetingRow struct {
	ID         string
	Held       string
	Minute     string
	Corrects   string
	RecordedBy identity.AccountID
	RecordedAt time.Time
}

func (meetingRow) TableName() string { return "board_meetings" }

type attendanceRow struct {
	Meeting string
	Seat    string
	Here    Here
}

func (attendanceRow) TableName() string { return "board_attendance" }

// Meet records a meeting, or corrects the entry of one. ErrNotRecorder, ErrNoEntry, ErrNobodySat, ErrVotes, ErrNoMinute, ErrBadDay.
func (b *Board) Meet(ctx context.Context, by identity.AccountID, m Meeting) (string, error) {
	as, _, err := b.recorder(ctx, by)
	if err != nil {
		return "", err
	}
	if m.Entry, err = b.checkEntry(m.Entry); err != nil {
		return "", err
	}
	row := meetingRow{ID: identity.NewID(), Held: m.Day.String(), Minute: m.Minute, Corrects: m.Corrects, RecordedBy: by, RecordedAt: b.now()}
	return row.ID, b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		if err := errors.Join(everybody(all, m.Day, m.Here, Heres), free(tx, row.TableName(), m.Corrects)); err != nil {
			return err
		}
		here := make([]attendanceRow, 0, len(m.Here))
		for _, s := range Sitting(all, m.Day) {
			here = append(here, attendanceRow{row.ID, s.ID, m.Here[s.ID]})
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := tx.Create(&here).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: recorded("board's meeting", m.Corrects), About: row.ID, Why: m.Minute, At: row.RecordedAt})
	})
}

// Meeting is one entry. ErrNoEntry.
func (b *Board) Meeting(ctx context.Context, id string) (Meeting, error) {
	all, err := b.Meetings(ctx)
	if err != nil {
		return Meeting{}, err
	}
	at := slices.IndexFunc(all, func(m Meeting) bool { return m.ID == id })
	if at < 0 {
		return Meeting{}, ErrNoEntry
	}
	return all[at], nil
}

// Meetings are the latest, entries that were corrected among them.
func (b *Board) Meetings(ctx context.Context) ([]Meeting, error) {
	tx := b.db.Read(ctx)
	var rows []meetingRow
	if err := tx.Order("held DESC, recorded_at DESC, id").Limit(mostMeetings).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the board's meetings: %w", err)
	}
	all, at := make([]Meeting, len(rows)), map[string]int{}
	for i, r := range rows {
		all[i] = Meeting{Entry: Entry{
			ID: r.ID, Day: dayIn(r.Held), Minute: r.Minute, Corrects: r.Corrects, RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt.UTC(),
		}, Here: map[string]Here{}}
		at[r.ID] = i
	}
	for _, m := range all {
		if i, listed := at[m.Corrects]; listed {
			all[i].CorrectedBy = m.ID
		}
	}
	var here []attendanceRow
	if err := tx.Find(&here).Error; err != nil {
		return nil, fmt.Errorf("list attendance: %w", err)
	}
	for _, h := range here {
		if i, listed := at[h.Meeting]; listed {
			all[i].Here[h.Seat] = h.Here
		}
	}
	return all, nil
}

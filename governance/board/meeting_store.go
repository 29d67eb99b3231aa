package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
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

// Meet records a meeting, or corrects the entry of one. Nobody is away where a decision of that day has them voting: that is corrected first.
// ErrNotRecorder, or all that is amiss: ErrNoEntry, ErrNobodySat, ErrVotes, NotThereError, ErrNoMinute, ErrBadDay.
func (b *Board) Meet(ctx context.Context, by identity.AccountID, m Meeting) (string, error) {
	as, _, err := b.recorder(ctx, by)
	if err != nil {
		return "", err
	}
	var amiss error
	m.Entry, amiss = b.checkEntry(m.Entry)
	id := identity.NewID()
	return id, b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		if amiss != nil {
			return errors.Join(amiss, everybody(all, m.Day, m.Here, Heres), free(tx, meetingRow{}.TableName(), m.Corrects))
		}
		return b.keepMeeting(tx, all, by, as, id, m)
	})
}

// keepMeeting keeps an entry, checked but for the decisions of its day. ErrVotes, ErrNoEntry, NotThereError.
func (b *Board) keepMeeting(tx *gorm.DB, all []Seat, by identity.AccountID, as, id string, m Meeting) error {
	row := meetingRow{ID: id, Held: m.Day.String(), Minute: m.Minute, Corrects: m.Corrects, RecordedBy: by, RecordedAt: b.now()}
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
	if err := thereStill(tx, m); err != nil {
		return err
	}
	return audit.Record(tx, audit.Act{By: by, As: as, What: recorded("board's meeting", m.Corrects), About: row.ID, Why: m.Minute, At: row.RecordedAt})
}

// thereStill holds the decisions of a meeting's day, and of the day that an entry had which it corrects, against who was there now. NotThereError.
func thereStill(tx *gorm.DB, m Meeting) error {
	days := []calendar.Date{m.Day}
	if m.Corrects != "" {
		var old meetingRow
		if err := tx.Where("id = ?", m.Corrects).Take(&old).Error; err != nil {
			return err
		}
		days = append(days, dayIn(old.Held))
	}
	for _, on := range days {
		met, err := metOn(tx, on)
		if err != nil {
			return err
		}
		decided, err := decidedOn(tx, on)
		if err != nil {
			return err
		}
		for _, d := range decided {
			if err := there(d.Votes, met); err != nil {
				return err
			}
		}
	}
	return nil
}

// metOn are the meetings of a day, as they stand.
func metOn(tx *gorm.DB, on calendar.Date) ([]Meeting, error) {
	var rows []meetingRow
	if err := tx.Where("held = ?", on.String()).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up whether the board met on a day: %w", err)
	}
	all, err := meetings(tx, rows)
	return slices.DeleteFunc(all, func(m Meeting) bool { return !m.Stands() }), err
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
	return meetings(tx, rows)
}

func meetings(tx *gorm.DB, rows []meetingRow) ([]Meeting, error) {
	all, at, ids := make([]Meeting, len(rows)), map[string]int{}, make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		all[i] = Meeting{Entry: Entry{
			ID: r.ID, Day: dayIn(r.Held), Minute: r.Minute, Corrects: r.Corrects, RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt.UTC(),
		}, Here: map[string]Here{}}
		at[r.ID] = i
	}
	var later []meetingRow
	if err := tx.Where("corrects IN ?", ids).Find(&later).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	for _, l := range later {
		all[at[l.Corrects]].CorrectedBy = l.ID
	}
	var here []attendanceRow
	if err := tx.Where("meeting IN ?", ids).Find(&here).Error; err != nil {
		return nil, fmt.Errorf("list attendance: %w", err)
	}
	for _, h := range here {
		all[at[h.Meeting]].Here[h.Seat] = h.Here
	}
	return all, nil
}

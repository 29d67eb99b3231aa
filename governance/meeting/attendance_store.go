package meeting

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type attendanceRow struct {
	Meeting string
	Member  member.ID
	Way     Way
	CameAt  time.Time
	LeftAt  *time.Time
}

func (attendanceRow) TableName() string { return "meeting_attendance" }

// Hall is who is present at a meeting now, in numbers, and what it takes.
func (m *Meetings) Hall(ctx context.Context, of Meeting) (Hall, error) {
	return m.hall(ctx, m.db.Read(ctx), of)
}

func (m *Meetings) hall(ctx context.Context, tx *gorm.DB, of Meeting) (h Hall, err error) {
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return h, err
	}
	count, err := m.register.Count(ctx)
	if err != nil {
		return h, err
	}
	h.Members = count[member.Admitted]
	h.Needed = rules.Quorum(h.Members)
	gone, err := m.gonePresent(ctx, tx, of.ID)
	if err != nil {
		return h, err
	}
	var n struct{ Present, Room int }
	err = tx.Model(&attendanceRow{}).Where("meeting = ? AND left_at IS NULL AND member NOT IN ?", of.ID, gone).
		Select("count(*) AS present, count(CASE WHEN way = ? THEN 1 END) AS room", InRoom).Scan(&n).Error
	if err != nil {
		return h, fmt.Errorf("count who is present: %w", err)
	}
	h.Present, h.Room = n.Present, n.Room
	return h, nil
}

// gonePresent are those who came to a meeting and are no members any more: they count for nothing. It begins with nobody, as no list may be empty.
func (m *Meetings) gonePresent(ctx context.Context, tx *gorm.DB, meeting string) ([]member.ID, error) {
	ceased, err := m.register.Ceased(ctx, m.today())
	if err != nil {
		return nil, err
	}
	var came []member.ID
	if err := tx.Model(&attendanceRow{}).Where("meeting = ?", meeting).Pluck("member", &came).Error; err != nil {
		return nil, fmt.Errorf("look up who came: %w", err)
	}
	gone := []member.ID{""}
	for _, who := range came {
		if ceased[who] {
			gone = append(gone, who)
		}
	}
	return gone, nil
}

// Presence is how a member is present at a meeting; here is false for somebody who is not.
func (m *Meetings) Presence(ctx context.Context, meeting string, who member.ID) (way Way, here bool, err error) {
	return presence(m.db.Read(ctx), meeting, who)
}

func presence(tx *gorm.DB, meeting string, who member.ID) (way Way, here bool, err error) {
	var rows []attendanceRow
	if err := tx.Where("meeting = ? AND member = ? AND left_at IS NULL", meeting, who).Limit(1).Find(&rows).Error; err != nil {
		return "", false, fmt.Errorf("look up who is present: %w", err)
	}
	if len(rows) == 0 {
		return "", false, nil
	}
	return rows[0].Way, true, nil
}

// MostInRoom is how many of those in the room are listed.
const MostInRoom = 500

// Room lists who is in the room without a device, for whoever writes the minutes. ErrNotMinutes.
func (m *Meetings) Room(ctx context.Context, by identity.AccountID, of Meeting) (all []Attendance, err error) {
	who, err := m.member(ctx, by)
	if err != nil {
		return nil, err
	}
	if who != of.Minutes.Member {
		return nil, ErrNotMinutes
	}
	var rows []attendanceRow
	err = m.db.Read(ctx).Where("meeting = ? AND left_at IS NULL AND way = ?", of.ID, InRoom).Order("came_at, member").Limit(MostInRoom).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list who is in the room: %w", err)
	}
	for _, r := range rows {
		all = append(all, Attendance{r.Member, r.Way, r.CameAt.UTC(), database.Moment(r.LeftAt)})
	}
	return all, nil
}

// CheckIn is a member's own word that they are present. ErrNotMember, ErrDoors, ErrCountedInRoom.
func (m *Meetings) CheckIn(ctx context.Context, account identity.AccountID, meeting string) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error { return m.comes(tx, of, who, ByDevice) })
}

// MarkPresent is the word of whoever writes the minutes that a member is in the room without a device. ErrNotMinutes, ErrNotMember, ErrDoors, ErrByDevice.
func (m *Meetings) MarkPresent(ctx context.Context, by identity.AccountID, meeting string, who member.ID) error {
	entry, err := m.register.Get(ctx, who)
	if err != nil {
		return err
	}
	if entry.State != member.Admitted {
		return ErrNotMember
	}
	return m.atMinutes(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		if way, here, err := presence(tx, meeting, who); err != nil || here && way == ByDevice {
			return orDevice(err)
		}
		if err := m.comes(tx, of, who, InRoom); err != nil {
			return err
		}
		return m.marked(tx, by, meeting, "somebody marked as present in the room")
	})
}

// marked leaves a trace of what whoever writes the minutes said of somebody; not of whom, as the log outlives the list of who was there.
func (m *Meetings) marked(tx *gorm.DB, by identity.AccountID, meeting, what string) error {
	return audit.Record(tx, audit.Act{By: by, As: "minutes", What: what, About: meeting, At: m.now()})
}

func orDevice(err error) error {
	if err != nil {
		return err
	}
	return ErrByDevice
}

func (m *Meetings) comes(tx *gorm.DB, of Meeting, who member.ID, way Way) error {
	now := m.now()
	if !of.Doors(now) {
		return ErrDoors
	}
	was, here, err := presence(tx, of.ID, who)
	if err != nil || here && was == way {
		return err
	}
	if here {
		if err := uncounted(tx, of.ID); err != nil {
			return err
		}
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "meeting"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"way", "came_at", "left_at"}),
	}).Create(&attendanceRow{of.ID, who, way, now, nil}).Error
}

// uncounted refuses to change who is in the room once their hands were counted in the vote that is open.
func uncounted(tx *gorm.DB, meeting string) error {
	if v, is, err := openVote(tx, meeting); err != nil || is && v.Hands.all() > 0 {
		if err != nil {
			return err
		}
		return ErrCountedInRoom
	}
	return nil
}

// Leave is somebody's own word that they go, who need be no member any more. What they voted stays. ErrNotMember, ErrNotPresent, ErrCountedInRoom.
func (m *Meetings) Leave(ctx context.Context, account identity.AccountID, meeting string) error {
	who, is, err := m.register.Of(ctx, account)
	if err != nil {
		return err
	}
	if !is {
		return ErrNotMember
	}
	return m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error { return m.goes(tx, of, who.ID) })
}

// MarkLeft is the word of whoever writes the minutes that somebody is not in the room any more. ErrNotMinutes, ErrByDevice, ErrNotPresent, ErrCountedInRoom.
func (m *Meetings) MarkLeft(ctx context.Context, by identity.AccountID, meeting string, who member.ID) error {
	return m.atMinutes(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		if way, here, err := presence(tx, meeting, who); err != nil || here && way == ByDevice {
			return orDevice(err)
		}
		if err := m.goes(tx, of, who); err != nil {
			return err
		}
		return m.marked(tx, by, meeting, "somebody marked as gone from the room")
	})
}

func (m *Meetings) goes(tx *gorm.DB, of Meeting, who member.ID) error {
	way, here, err := presence(tx, of.ID, who)
	switch {
	case err != nil:
		return err
	case !here || !of.ClosedAt.IsZero():
		return ErrNotPresent
	case way == InRoom:
		if err := uncounted(tx, of.ID); err != nil {
			return err
		}
	}
	return tx.Model(&attendanceRow{}).Where("meeting = ? AND member = ?", of.ID, who).Update("left_at", m.now()).Error
}

// Open is the chair's word that the meeting begins. ErrNotChair, ErrTooEarly, ErrTooLate, ErrInquorate, ErrGone.
func (m *Meetings) Open(ctx context.Context, by identity.AccountID, meeting string) error {
	return m.inChair(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		now := m.now()
		switch {
		case of.State(now) != Due:
			return ErrGone
		case now.Before(of.At):
			return ErrTooEarly
		case of.Missed(now):
			return ErrTooLate
		}
		hall, err := m.hall(ctx, tx, of)
		if err != nil {
			return err
		}
		if !hall.Quorate() {
			return ErrInquorate
		}
		if err := order(tx, of, now); err != nil {
			return err
		}
		if err := set(tx, meeting, map[string]any{"opened_at": now, "opened_name": of.Chair.Name, "present": hall.Present, "quorum": hall.Needed}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "general meeting opened", About: meeting, Why: fmt.Sprintf("%d present of %d", hall.Present, hall.Needed), At: now})
	})
}

// Close is the chair's word that the meeting is over. What members asked a ballot on goes to one; what else was not decided was not reached.
// ErrNotChair, ErrVoteOpen, ErrGone.
func (m *Meetings) Close(ctx context.Context, by identity.AccountID, meeting string) error {
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return err
	}
	return m.inChair(ctx, by, meeting, func(tx *gorm.DB, of Meeting) error {
		now := m.now()
		if of.State(now) != Sitting {
			return ErrGone
		}
		if _, is, err := openVote(tx, meeting); err != nil || is {
			return orOpen(err)
		}
		all, err := motionsOf(tx, tx.Where("meeting = ?", meeting))
		if err != nil {
			return err
		}
		for _, one := range all {
			if err := leave(tx, one, rules.BallotAskers, now); err != nil {
				return err
			}
		}
		if err := set(tx, meeting, map[string]any{"closed_at": now}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "general meeting closed", About: meeting, At: now})
	})
}

// leave says what becomes of a motion that is still open when its meeting ends.
func leave(tx *gorm.DB, one Motion, askers int, now time.Time) error {
	if !one.Open() {
		return nil
	}
	for _, a := range one.Next() {
		if err := setAmendment(tx, a.ID, map[string]any{"outcome": NotReached, "decided_at": now}); err != nil {
			return err
		}
	}
	asked, err := asking(tx, one.ID)
	if err != nil {
		return err
	}
	outcome := NotReached
	if asked >= askers {
		outcome = Ballot
	}
	return setMotion(tx, one.ID, map[string]any{"outcome": outcome, "decided_at": now})
}

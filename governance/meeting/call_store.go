package meeting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

func rowOf(c Call) meetingRow {
	return meetingRow{
		Kind: c.Kind, Title: c.Title, Why: c.Why, MeetsAt: c.At.UTC(), Place: c.Place, Link: c.Link, MotionsBy: c.MotionsBy.UTC(), AmendmentsBy: c.AmendmentsBy.UTC(),
		Chair: c.Chair.Member, ChairName: c.Chair.Name, Minutes: c.Minutes.Member, MinutesName: c.Minutes.Name,
	}
}

// Propose has an officer propose a meeting; another one confirms it. An error for each field.
func (m *Meetings) Propose(ctx context.Context, by identity.AccountID, c Call) (string, error) {
	as, err := m.officer(ctx, by)
	if err != nil {
		return "", err
	}
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return "", err
	}
	if c, err = c.check(m.today(), rules); err != nil {
		return "", err
	}
	row := rowOf(c)
	row.ID, row.ProposedBy, row.ProposedAt = identity.NewID(), by, m.now()
	return row.ID, m.db.Write(ctx, func(tx *gorm.DB) error {
		var open int64
		if err := tx.Model(&meetingRow{}).Where("confirmed_at IS NULL AND ended_at IS NULL").Count(&open).Error; err != nil {
			return err
		}
		if open >= MostProposed {
			return ErrManyMeetings
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "general meeting proposed", About: row.ID, Why: c.Title, At: row.ProposedAt})
	})
}

// Confirm is the second officer's word: the meeting is called, and every member is told. What has become too late for its notice is refused.
// ErrTakesTwo for one's own, ErrGone, and the errors of Propose.
func (m *Meetings) Confirm(ctx context.Context, by identity.AccountID, id string) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return err
	}
	all, err := m.register.Everybody(ctx, member.ForNotice)
	if err != nil {
		return err
	}
	return m.on(ctx, id, func(tx *gorm.DB, old Meeting) error {
		now := m.now()
		switch {
		case old.State(now) != Proposed:
			return ErrGone
		case by == old.ProposedBy:
			return ErrTakesTwo
		}
		if still, err := m.officers.Offices(ctx, old.ProposedBy); err != nil || len(still) == 0 { // a proposal falls with the office of whoever made it
			return errors.Join(ErrNotOfficer, err)
		}
		if _, err := old.check(calendar.On(now), rules); err != nil {
			return err
		}
		if err := set(tx, id, map[string]any{"confirmed_by": by, "confirmed_at": now}); err != nil {
			return err
		}
		if err := m.tell(ctx, tx, id, NoticeCalled, all); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "general meeting called", About: id, Why: fmt.Sprintf("notice to %d members", len(all)), At: now})
	})
}

const rowsAtOnce = 500

// tell writes a notice to each member, and queues it.
func (m *Meetings) tell(ctx context.Context, tx *gorm.DB, id, what string, all []member.ID) error {
	rows, letters := make([]noticeRow, len(all)), make([]jobs.Args, len(all))
	for i, who := range all {
		rows[i], letters[i] = noticeRow{Meeting: id, What: what, Member: who}, GiveNotice{id, what, who}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(rows, rowsAtOnce).Error; err != nil {
		return err
	}
	return m.jobs.AddAll(ctx, tx, letters)
}

// CallOff ends a meeting that was not opened. Whoever was told of it is told, too. ErrGone, member.ErrNoWhy.
func (m *Meetings) CallOff(ctx context.Context, by identity.AccountID, id, why string) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	all, err := m.register.Everybody(ctx, member.ForNotice)
	if err != nil {
		return err
	}
	return m.on(ctx, id, func(tx *gorm.DB, old Meeting) error {
		if !old.EndedAt.IsZero() || !old.OpenedAt.IsZero() {
			return ErrGone
		}
		now := m.now()
		if err := set(tx, id, map[string]any{"ended_by": by, "ended_why": why, "ended_at": now}); err != nil {
			return err
		}
		if err := forget(tx, id); err != nil {
			return err
		}
		if !old.ConfirmedAt.IsZero() {
			if err := m.tell(ctx, tx, id, NoticeOff, all); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "general meeting called off", About: id, Why: why, At: now})
	})
}

// Adjourn is the chair's word that too few came: the meeting stands adjourned to a new moment, of which everybody is told. Who is there now has to
// check in again then. ErrNotChair, ErrTooEarly within half an hour of its time, ErrGone, ErrBadNewDay.
func (m *Meetings) Adjourn(ctx context.Context, by identity.AccountID, id string, to time.Time) error {
	all, err := m.register.Everybody(ctx, member.ForNotice)
	if err != nil {
		return err
	}
	return m.inChair(ctx, by, id, func(tx *gorm.DB, old Meeting) error {
		now := m.now()
		switch away := calendar.On(now).Days(calendar.On(to)); {
		case old.State(now) != Due:
			return ErrGone
		case !old.Inquorate(now):
			return ErrTooEarly
		case to.IsZero() || away < leastPutOff || away > mostPutOff:
			return ErrBadNewDay
		}
		hall, err := m.hall(ctx, tx, old)
		if err != nil {
			return err
		}
		if hall.Quorate() && !old.Missed(now) {
			return ErrGone // it can be opened
		}
		if err := set(tx, id, map[string]any{"meets_at": to.UTC(), "adjourned": old.Adjourned + 1}); err != nil {
			return err
		}
		if err := tx.Where("meeting = ?", id).Delete(&attendanceRow{}).Error; err != nil {
			return err
		}
		if err := m.tell(ctx, tx, id, fmt.Sprintf("%s_%d", NoticePutOff, old.Adjourned+1), all); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "general meeting adjourned", About: id, Why: fmt.Sprintf("%d present of %d", hall.Present, hall.Needed), At: now})
	})
}

// inChair does what only the chair of a meeting may. ErrNotMember, ErrNotChair.
func (m *Meetings) inChair(ctx context.Context, by identity.AccountID, id string, do func(tx *gorm.DB, old Meeting) error) error {
	return m.bySeat(ctx, by, id, func(old Meeting) member.ID { return old.Chair.Member }, ErrNotChair, do)
}

// atMinutes does what only whoever writes the minutes of a meeting may. ErrNotMember, ErrNotMinutes.
func (m *Meetings) atMinutes(ctx context.Context, by identity.AccountID, id string, do func(tx *gorm.DB, old Meeting) error) error {
	return m.bySeat(ctx, by, id, func(old Meeting) member.ID { return old.Minutes.Member }, ErrNotMinutes, do)
}

func (m *Meetings) bySeat(ctx context.Context, by identity.AccountID, id string, whose func(Meeting) member.ID, refused error, do func(tx *gorm.DB, old Meeting) error) error {
	who, err := m.member(ctx, by)
	if err != nil {
		return err
	}
	return m.on(ctx, id, func(tx *gorm.DB, old Meeting) error {
		if whose(old) != who {
			return refused
		}
		return do(tx, old)
	})
}

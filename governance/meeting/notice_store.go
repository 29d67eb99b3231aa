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
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Notice is how a member was told something of a meeting.
type Notice struct {
	What       string
	Member     member.ID
	MailedAt   time.Time // when the mail server took it; zero before
	BouncedAt  time.Time // when it came back, or was refused; zero if it did not
	BouncedWhy string
	Posted     calendar.Date // when a letter went out instead; zero if none did
}

// Letter reports whether a letter is still to be posted.
func (n Notice) Letter() bool { return !n.BouncedAt.IsZero() && n.Posted.IsZero() }

// Errors of notices.
var (
	ErrNoNotice  = errors.New("that member was sent no notice of that meeting")
	ErrNoLetter  = errors.New("no letter is due to that member, or it was posted")
	ErrBadPosted = errors.New("a letter was posted on a day between the notice and today")
)

type noticeRow struct {
	Meeting    string
	What       string
	Member     member.ID
	MailedAt   *time.Time
	BouncedAt  *time.Time
	BouncedWhy string
	Posted     string
}

func (noticeRow) TableName() string { return "meeting_notices" }

func (r noticeRow) notice() Notice {
	n := Notice{What: r.What, Member: r.Member, MailedAt: database.Moment(r.MailedAt), BouncedAt: database.Moment(r.BouncedAt), BouncedWhy: r.BouncedWhy}
	if r.Posted != "" {
		n.Posted = dayIn(r.Posted)
	}
	return n
}

// dayIn reads what a table says, which is a day.
func dayIn(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("meeting: the tables say %q where a day should be", s))
	}
	return d
}

// Notice is how a member was told. ErrNoNotice.
func (m *Meetings) Notice(ctx context.Context, job GiveNotice) (Notice, error) {
	var rows []noticeRow
	err := m.db.Read(ctx).Where("meeting = ? AND what = ? AND member = ?", job.Meeting, job.What, job.Member).Limit(1).Find(&rows).Error
	if err != nil {
		return Notice{}, fmt.Errorf("look up a notice: %w", err)
	}
	if len(rows) == 0 {
		return Notice{}, ErrNoNotice
	}
	return rows[0].notice(), nil
}

// Mailed notes that the mail server took a notice.
func (m *Meetings) Mailed(ctx context.Context, job GiveNotice) error {
	return m.note(ctx, job, map[string]any{"mailed_at": m.now()})
}

// Bounced notes that a notice will not reach a member by mail, and why: a letter is due to them.
func (m *Meetings) Bounced(ctx context.Context, job GiveNotice, why string) error {
	return m.note(ctx, job, map[string]any{"bounced_at": m.now(), "bounced_why": why})
}

func (m *Meetings) note(ctx context.Context, job GiveNotice, to map[string]any) error {
	return m.db.Write(ctx, func(tx *gorm.DB) error {
		done := tx.Model(&noticeRow{}).Where("meeting = ? AND what = ? AND member = ?", job.Meeting, job.What, job.Member).Updates(to)
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNoNotice
		}
		return done.Error
	})
}

// Returned is an officer's word that a notice came back, as mail servers tell late and to people only. ErrNoNotice, member.ErrNoWhy.
func (m *Meetings) Returned(ctx context.Context, by identity.AccountID, job GiveNotice, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	return m.onNotice(ctx, by, job, "notice came back", why, func(n Notice, _ Meeting, now time.Time) (map[string]any, error) {
		if !n.BouncedAt.IsZero() {
			return nil, nil
		}
		return map[string]any{"bounced_at": now, "bounced_why": why}, nil
	})
}

// Posted is an officer's word that a letter went out. ErrNoLetter, ErrBadPosted.
func (m *Meetings) Posted(ctx context.Context, by identity.AccountID, job GiveNotice, on calendar.Date) error {
	return m.onNotice(ctx, by, job, "notice posted", on.String(), func(n Notice, of Meeting, now time.Time) (map[string]any, error) {
		switch {
		case !n.Letter():
			return nil, ErrNoLetter
		case on.IsZero() || on.Before(calendar.On(of.ConfirmedAt)) || on.After(calendar.On(now)):
			return nil, ErrBadPosted
		}
		return map[string]any{"posted": on.String()}, nil
	})
}

func (m *Meetings) onNotice(ctx context.Context, by identity.AccountID, job GiveNotice, what, why string,
	decide func(Notice, Meeting, time.Time) (map[string]any, error),
) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	n, err := m.Notice(ctx, job)
	if err != nil {
		return err
	}
	return m.on(ctx, job.Meeting, func(tx *gorm.DB, of Meeting) error {
		now := m.now()
		to, err := decide(n, of, now)
		if err != nil || to == nil {
			return err
		}
		if err := tx.Model(&noticeRow{}).Where("meeting = ? AND what = ? AND member = ?", job.Meeting, job.What, job.Member).Updates(to).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: job.Meeting, Why: fmt.Sprintf("%s: %s", job.Member, why), At: now})
	})
}

// mostLetters is how many letters are listed at a time.
const mostLetters = 200

// Letters are the notices of a meeting that did not reach their members by mail and are not posted yet, the oldest first.
func (m *Meetings) Letters(ctx context.Context, id string) ([]Notice, error) {
	var rows []noticeRow
	err := m.db.Read(ctx).Where("meeting = ? AND bounced_at IS NOT NULL AND posted = ''", id).Order("bounced_at, what, member").Limit(mostLetters).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	all := make([]Notice, len(rows))
	for i, r := range rows {
		all[i] = r.notice()
	}
	return all, nil
}

// Told counts a meeting's notices of one sort.
type Told struct{ Members, Mailed, Bounced, Posted int }

// Told counts who was told of the call, and how.
func (m *Meetings) Told(ctx context.Context, id string) (t Told, err error) {
	err = m.db.Read(ctx).Model(&noticeRow{}).Where("meeting = ? AND what = ?", id, NoticeCalled).
		Select("count(*) AS members, count(mailed_at) AS mailed, count(bounced_at) AS bounced, count(NULLIF(posted, '')) AS posted").Scan(&t).Error
	if err != nil {
		err = fmt.Errorf("count notices: %w", err)
	}
	return t, err
}

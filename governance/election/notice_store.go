package election

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
	"folkmoot/internal/jobs"
)

// Due has all elections do what their timetables say by now: Notify and MakeRolls.
type Due struct{}

// Kind names the job.
func (Due) Kind() string { return "elections_due" }

// GiveNotice tells one member of an election: by mail to the address in the register, and in their chats.
type GiveNotice struct {
	Election string    `json:"election"`
	Member   member.ID `json:"member"`
}

// Kind names the job.
func (GiveNotice) Kind() string { return "election_notice" }

// Notice is how a member was told of an election.
type Notice struct {
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
	ErrNoNotice  = errors.New("that member was sent no notice of that election")
	ErrNoLetter  = errors.New("no letter is due to that member, or it was posted")
	ErrBadPosted = errors.New("a letter was posted on a day between the notice and today")
)

type noticeRow struct {
	Election   string
	Member     member.ID
	MailedAt   *time.Time
	BouncedAt  *time.Time
	BouncedWhy string
	Posted     string
}

func (noticeRow) TableName() string { return "election_notices" }

func (r noticeRow) notice() Notice {
	n := Notice{Member: r.Member, MailedAt: database.Moment(r.MailedAt), BouncedAt: database.Moment(r.BouncedAt), BouncedWhy: r.BouncedWhy}
	if r.Posted != "" {
		n.Posted = dayIn(r.Posted)
	}
	return n
}

// Notify writes the notices of all elections whose day it is, one to each member, and queues them. The clock asks for it. A day that was
// missed is not made good: the timetable would not keep the rules any more.
func (e *Elections) Notify(ctx context.Context) error {
	today := calendar.On(e.now())
	all, err := e.List(ctx)
	if err != nil {
		return err
	}
	for _, el := range all {
		if el.State(e.now()) == Called && !el.Timetable.Notice.After(today) {
			if err := e.notify(ctx, el.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Elections) notify(ctx context.Context, id string) error {
	ids, err := e.register.Everybody(ctx, member.ForNotice)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil || el.State(e.now()) != Called {
			return err
		}
		rows, letters := make([]noticeRow, len(ids)), make([]jobs.Args, len(ids))
		for i, m := range ids {
			rows[i], letters[i] = noticeRow{Election: id, Member: m}, GiveNotice{id, m}
		}
		now := e.now()
		if err := tx.CreateInBatches(rows, rowsAtOnce).Error; err != nil {
			return err
		}
		if err := tx.Model(&electionRow{}).Where("id = ?", id).Update("noticed_at", now).Error; err != nil {
			return err
		}
		if err := e.queue.AddAll(ctx, tx, letters); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{As: "clock", What: "notice given", About: id, Why: fmt.Sprintf("to %d members", len(ids)), At: now})
	})
}

const rowsAtOnce = 500

// Notice is how a member was told. ErrNoNotice.
func (e *Elections) Notice(ctx context.Context, id string, m member.ID) (Notice, error) {
	var row noticeRow
	err := e.db.Read(ctx).Where("election = ? AND member = ?", id, m).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Notice{}, ErrNoNotice
	}
	if err != nil {
		return Notice{}, fmt.Errorf("look up a notice: %w", err)
	}
	return row.notice(), nil
}

// Mailed notes that the mail server took a notice.
func (e *Elections) Mailed(ctx context.Context, job GiveNotice) error {
	return e.note(ctx, job, map[string]any{"mailed_at": e.now()})
}

// Bounced notes that a notice will not reach a member by mail, and why: a letter is due to them.
func (e *Elections) Bounced(ctx context.Context, job GiveNotice, why string) error {
	return e.note(ctx, job, map[string]any{"bounced_at": e.now(), "bounced_why": why})
}

func (e *Elections) note(ctx context.Context, job GiveNotice, to map[string]any) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		done := tx.Model(&noticeRow{}).Where("election = ? AND member = ?", job.Election, job.Member).Updates(to)
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNoNotice
		}
		return done.Error
	})
}

// Returned is an officer's word that a notice came back, as mail servers tell late and to people only. ErrNoNotice.
func (e *Elections) Returned(ctx context.Context, by identity.AccountID, id string, m member.ID, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	return e.onNotice(ctx, by, id, m, "notice came back", why, func(n Notice, now time.Time) (map[string]any, error) {
		if !n.BouncedAt.IsZero() {
			return nil, nil
		}
		return map[string]any{"bounced_at": now, "bounced_why": why}, nil
	})
}

// Posted is an officer's word that a letter went out. ErrNoLetter, ErrBadPosted.
func (e *Elections) Posted(ctx context.Context, by identity.AccountID, id string, m member.ID, on calendar.Date) error {
	return e.onNotice(ctx, by, id, m, "notice posted", on.String(), func(n Notice, now time.Time) (map[string]any, error) {
		el, err := e.Get(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case !n.Letter():
			return nil, ErrNoLetter
		case on.IsZero() || on.Before(el.Timetable.Notice) || on.After(calendar.On(now)):
			return nil, ErrBadPosted
		}
		return map[string]any{"posted": on.String()}, nil
	})
}

func (e *Elections) onNotice(ctx context.Context, by identity.AccountID, id string, m member.ID, what, why string,
	decide func(Notice, time.Time) (map[string]any, error),
) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	n, err := e.Notice(ctx, id, m)
	if err != nil {
		return err
	}
	now := e.now()
	to, err := decide(n, now)
	if err != nil || to == nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&noticeRow{}).Where("election = ? AND member = ?", id, m).Updates(to).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: id, Why: fmt.Sprintf("%s: %s", m, why), At: now})
	})
}

// mostLetters is how many letters are listed at a time.
const mostLetters = 200

// Letters are the notices that came back and are not posted yet, the oldest first.
func (e *Elections) Letters(ctx context.Context, id string) ([]Notice, error) {
	var rows []noticeRow
	err := e.db.Read(ctx).Where("election = ? AND bounced_at IS NOT NULL AND posted = ''", id).Order("bounced_at, member").Limit(mostLetters).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	all := make([]Notice, len(rows))
	for i, r := range rows {
		all[i] = r.notice()
	}
	return all, nil
}

// Told counts an election's notices.
type Told struct{ Members, Mailed, Bounced, Posted int }

// Told counts who was told how.
func (e *Elections) Told(ctx context.Context, id string) (t Told, err error) {
	err = e.db.Read(ctx).Model(&noticeRow{}).Where("election = ?", id).
		Select("count(*) AS members, count(mailed_at) AS mailed, count(bounced_at) AS bounced, count(NULLIF(posted, '')) AS posted").Scan(&t).Error
	if err != nil {
		err = fmt.Errorf("count notices: %w", err)
	}
	return t, err
}

package notice

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

type campaignRow struct {
	Year        int `gorm:"primaryKey;autoIncrement:false"`
	Day         string
	PreparedBy  identity.AccountID
	PreparedAt  time.Time
	Attempt     string
	WorkedOutAt *time.Time
	ReleasedBy  identity.AccountID
	ReleasedAt  *time.Time
}

func (campaignRow) TableName() string { return "notice_campaigns" }

func (r campaignRow) campaign() (Campaign, error) {
	day, err := calendar.ParseDate(r.Day)
	return Campaign{
		Year: r.Year, Day: day, PreparedBy: r.PreparedBy, PreparedAt: r.PreparedAt.UTC(), WorkedOutAt: database.Moment(r.WorkedOutAt),
		ReleasedBy: r.ReleasedBy, ReleasedAt: database.Moment(r.ReleasedAt),
	}, err
}

type histogramRow struct{ Year, Told, People int }

func (histogramRow) TableName() string { return "notice_histogram" }

// Last is the latest campaign, nil before the first.
func (n *Notices) Last(ctx context.Context) (*Campaign, error) { return latest(n.db.Read(ctx)) }

// LastReleased is the latest campaign that was released, nil before the first.
func (n *Notices) LastReleased(ctx context.Context) (*Campaign, error) {
	return latest(n.db.Read(ctx).Where("released_at IS NOT NULL"))
}

func latest(tx *gorm.DB) (*Campaign, error) {
	var row campaignRow
	err := tx.Order("year DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // there is none before the first
	}
	if err != nil {
		return nil, fmt.Errorf("look up the last campaign of notices: %w", err)
	}
	c, err := row.campaign()
	return &c, err
}

// MayPrepare reports whether a campaign may be prepared today.
func (n *Notices) MayPrepare(last *Campaign) bool {
	return mayFollow(last, n.now()) == nil
}

// Prepare has the degrees of this year worked out, as they are today; once, and not again unless nobody has heard of them for too long.
// ErrThisYear, ErrTooSoon, ErrGoesOut.
func (n *Notices) Prepare(ctx context.Context, by identity.AccountID) error {
	now := n.now()
	today := calendar.On(now)
	err := n.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "notice campaigns"); err != nil {
			return err
		}
		last, err := latest(tx)
		if err == nil {
			err = mayFollow(last, now)
		}
		if err != nil {
			return err
		}
		row := campaignRow{Year: today.Year, Day: today.String(), PreparedBy: by, PreparedAt: now}
		if err := anew(tx, row); err != nil {
			return err
		}
		if err := record(tx, by, "annual notice prepared", today.Year, now); err != nil {
			return err
		}
		return n.queue.AddOnce(ctx, tx, WorkOut{today.Year})
	})
	if err != nil {
		return fmt.Errorf("prepare the annual notice: %w", err)
	}
	return nil
}

// givenUp is how long after it was prepared a campaign is worked out anew if it is not worked out yet: by then its job has been given up.
const givenUp = 36 * time.Hour

// anew keeps a campaign in the place of one of the same year that is stale.
func anew(tx *gorm.DB, row campaignRow) error {
	if err := tx.Where("year = ?", row.Year).Delete(&histogramRow{}).Error; err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

// Resume queues the job of a campaign again that was given up: its working out, or its delivery.
func (n *Notices) Resume(ctx context.Context) error {
	last, err := n.Last(ctx)
	if err != nil || last == nil {
		return err
	}
	var job jobs.Args
	switch {
	case last.WorkedOutAt.IsZero() && !n.now().Before(last.PreparedAt.Add(givenUp)):
		job = WorkOut{last.Year}
	case last.shown(n.now()):
		left, err := n.left(ctx, last.Year)
		if err != nil || !left {
			return err
		}
		job = Deliver{last.Year}
	default:
		return nil
	}
	if err := n.db.Write(ctx, func(tx *gorm.DB) error { return n.queue.AddOnce(ctx, tx, job) }); err != nil {
		return fmt.Errorf("take the annual notice of %d up again: %w", last.Year, err)
	}
	return nil
}

// left reports whether anything of a campaign is still to go out.
func (n *Notices) left(ctx context.Context, year int) (bool, error) {
	var some []noticeRow
	if err := n.db.Read(ctx).Where("year = ? AND unsettled", year).Limit(1).Find(&some).Error; err != nil {
		return false, fmt.Errorf("look for notices that have to go out: %w", err)
	}
	return len(some) > 0, nil
}

// Release has the notices of a campaign go out. ErrNoCampaign, ErrNotReady, ErrReleased, ErrStale.
func (n *Notices) Release(ctx context.Context, by identity.AccountID, year int) error {
	now := n.now()
	err := n.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "notice campaigns"); err != nil {
			return err
		}
		last, err := latest(tx)
		switch {
		case err != nil:
			return err
		case last == nil || last.Year != year:
			return ErrNoCampaign
		case !last.ReleasedAt.IsZero():
			return ErrReleased
		case last.Stale(calendar.On(now)):
			return ErrStale
		case !last.Ready():
			return ErrNotReady
		}
		if err := tx.Model(&campaignRow{}).Where("year = ?", year).Updates(map[string]any{"released_by": by, "released_at": now}).Error; err != nil {
			return err
		}
		if err := record(tx, by, "annual notice released", year, now); err != nil {
			return err
		}
		return n.queue.AddOnce(ctx, tx, Deliver{year})
	})
	if err != nil {
		return fmt.Errorf("release the annual notice: %w", err)
	}
	return nil
}

func record(tx *gorm.DB, by identity.AccountID, what string, year int, at time.Time) error {
	return audit.Record(tx, audit.Act{By: by, As: string(member.Secretary), What: what, About: strconv.Itoa(year), At: at})
}

// Try has a sample of each sort sent to the officer who asks. ErrNoCampaign, ErrNotReady.
func (n *Notices) Try(ctx context.Context, by identity.AccountID, year int) error {
	last, err := n.Last(ctx)
	switch {
	case err != nil:
		return err
	case last == nil || last.Year != year:
		return ErrNoCampaign
	case last.WorkedOutAt.IsZero():
		return ErrNotReady
	}
	err = n.db.Write(ctx, func(tx *gorm.DB) error {
		if err := record(tx, by, "annual notice tried out", year, n.now()); err != nil {
			return err
		}
		return n.queue.Add(ctx, tx, Sample{year, by})
	})
	if err != nil {
		return fmt.Errorf("try the annual notice out: %w", err)
	}
	return nil
}

// Histogram is how many people are told what in a year, as everybody may see it.
func (n *Notices) Histogram(ctx context.Context, year int) ([]Cell, error) {
	var rows []histogramRow
	if err := n.db.Read(ctx).Where("year = ?", year).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read how far people are from who pays: %w", err)
	}
	people := map[Told]int{}
	for _, row := range rows {
		people[Told(row.Told)] += row.People
	}
	return published(people), nil
}

// Progress is what became of a campaign's notices by now.
func (n *Notices) Progress(ctx context.Context, c Campaign) (Progress, error) {
	now := n.now()
	var rows []struct {
		Chat, Mail string
		Stale      bool
		People     int
	}
	err := n.db.Read(ctx).Raw(`SELECT chat, mail, stale, count(*) AS people
		FROM (SELECT chat, mail, coalesce(claimed_at <= ?, FALSE) AS stale FROM notices WHERE year = ?) n
		GROUP BY chat, mail, stale`, now.Add(-claimFor), c.Year).Scan(&rows).Error
	if err != nil {
		return Progress{}, fmt.Errorf("count notices: %w", err)
	}
	var p Progress
	for _, row := range rows {
		p.People += row.People
		for _, state := range []string{row.Chat, row.Mail} {
			*p.count(state, row.Stale, c.Over(now)) += row.People
		}
	}
	return p, nil
}

// count is where something in a state is counted.
func (p *Progress) count(state string, stale, over bool) *int {
	switch {
	case state == said:
		return &p.Said
	case state == sent:
		return &p.Mailed
	case state == claimed && stale:
		return &p.Unknown
	case state == failed, state == queued && over:
		return &p.Failed
	case state == queued, state == claimed:
		return &p.Queued
	case state == dropped:
		return &p.Dropped
	}
	return new(int) // nobody wanted it
}

// Unknown lists the mails of a campaign of which nobody can say whether they went out, the first of them.
func (n *Notices) Unknown(ctx context.Context, year int) ([]Unknown, error) {
	var rows []noticeRow
	err := n.db.Read(ctx).Where("year = ? AND mail = ? AND claimed_at <= ?", year, claimed, n.now().Add(-claimFor)).
		Order("claimed_at, account").Limit(MostListed).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list mails of notices: %w", err)
	}
	list := make([]Unknown, len(rows))
	for i, row := range rows {
		list[i] = Unknown{row.Account, row.ClaimedAt.UTC()}
	}
	return list, nil
}

// Over reports whether nothing of a campaign goes out any more.
func (n *Notices) Over(c Campaign) bool { return c.Over(n.now()) }

// Waiting is how many notices a campaign still has to bring out, by what is told and by the way: for a dry run.
type Waiting struct {
	Told       Told
	Chat, Mail int
}

// Waiting tells what would go out.
func (n *Notices) Waiting(ctx context.Context, year int) ([]Waiting, error) {
	var all []Waiting
	err := n.db.Read(ctx).Raw(`SELECT told, sum(CASE WHEN n.chat = 'queued' AND w.chat THEN 1 ELSE 0 END) AS chat,
			sum(CASE WHEN n.mail = 'queued' AND w.mail THEN 1 ELSE 0 END) AS mail
		FROM notices n JOIN notice_wishes w ON w.account = n.account WHERE n.year = ? AND n.unsettled GROUP BY told ORDER BY told`, year).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("count notices: %w", err)
	}
	return all, nil
}

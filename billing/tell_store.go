package billing

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/jobs"
)

// tellPage is how many members are looked up and queued together.
const tellPage = 500

type (
	// ImpactRun wants the members after one told what their dues did in a month that was closed.
	ImpactRun struct {
		Month calendar.Month `json:"month"`
		After member.ID      `json:"after"`
	}
	// TellImpact wants one member told.
	TellImpact struct {
		Month  calendar.Month `json:"month"`
		Member member.ID      `json:"member"`
	}
)

func (ImpactRun) Kind() string  { return "impact_run" }  // Kind names the job.
func (TellImpact) Kind() string { return "tell_impact" } // Kind names the job.

type toldRow struct {
	Month    string    `gorm:"primaryKey"`
	Member   member.ID `gorm:"primaryKey"`
	MailedAt *time.Time
}

func (toldRow) TableName() string { return "impact_told" }

type wishRow struct {
	Member          member.ID `gorm:"primaryKey"`
	Mails, Messages bool
	Since           time.Time
}

func (wishRow) TableName() string { return "impact_wishes" }

// ImpactWishes is how a member wants to be told of their impact.
type ImpactWishes struct {
	Mails    bool // once a month
	Messages bool // of the society, in their chats
}

// Announce has members told, by jobs in queue, what their dues did in each month that is closed from here on. Without it nobody is told, as
// when books are planted or read by a command.
func (l *Ledger) Announce(queue *jobs.Queue) { l.queue = queue }

// announce queues in the transaction that closes a month.
func (l *Ledger) announce(ctx context.Context, tx *gorm.DB, m calendar.Month) error {
	if l.queue == nil {
		return nil
	}
	return l.queue.Add(ctx, tx, ImpactRun{Month: m})
}

// TellSome queues the telling of the next members who paid dues in a month, one job each, and the run for those after them. Done again it
// queues nobody twice.
func (l *Ledger) TellSome(ctx context.Context, job ImpactRun) error {
	err := l.db.Write(ctx, func(tx *gorm.DB) error {
		members, err := paidAfter(tx, job.Month, job.After)
		if err != nil || len(members) == 0 {
			return err
		}
		var work []jobs.Args
		for _, m := range members {
			kept := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&toldRow{Month: job.Month.String(), Member: m})
			if kept.Error != nil {
				return kept.Error
			}
			if kept.RowsAffected > 0 {
				work = append(work, TellImpact{job.Month, m})
			}
		}
		return l.queue.AddAll(ctx, tx, append(work, ImpactRun{job.Month, members[len(members)-1]}))
	})
	if err != nil {
		return fmt.Errorf("tell members of %s: %w", job.Month, err)
	}
	return nil
}

// paidAfter are the members, in order of their ids, whose dues of a month are more than what was given back of them.
func paidAfter(tx *gorm.DB, in calendar.Month, after member.ID) (members []member.ID, err error) {
	err = tx.Raw(`SELECT e.member FROM entries e JOIN postings p ON p.entry = e.source_key
		WHERE e.month = ? AND e.member > ? AND p.account = ? GROUP BY e.member HAVING sum(p.amount) < 0 ORDER BY e.member LIMIT ?`,
		in.String(), after, IncomeDues, tellPage).Scan(&members).Error
	return members, err
}

// Telling is what one member is told of one month.
type Telling struct {
	Impact
	Mail, Message bool // what is wanted; a mail that is out is not wanted again
}

// ToTell is what a job asks to be told, or false if nothing is: it is not known, or not wanted, or there is nothing to tell.
func (l *Ledger) ToTell(ctx context.Context, job TellImpact, people People) (t Telling, due bool, err error) {
	wishes, err := l.ImpactWishes(ctx, job.Member)
	if err != nil {
		return t, false, err
	}
	var mailed int64
	err = l.db.Read(ctx).Model(&toldRow{}).Where("month = ? AND member = ? AND mailed_at IS NOT NULL", job.Month.String(), job.Member).Count(&mailed).Error
	if err != nil {
		return t, false, fmt.Errorf("look up a mail of %s: %w", job.Month, err)
	}
	t.Mail, t.Message = wishes.Mails && mailed == 0, wishes.Messages
	if !t.Mail && !t.Message {
		return t, false, nil
	}
	t.Impact, err = l.Impact(ctx, job.Member, job.Month, people)
	return t, err == nil && t.Known && t.Net > 0, err
}

// ImpactMailed notes that a member's mail is out.
func (l *Ledger) ImpactMailed(ctx context.Context, job TellImpact) error {
	err := l.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&toldRow{}).Where("month = ? AND member = ?", job.Month.String(), job.Member).Update("mailed_at", l.now().UTC()).Error
	})
	if err != nil {
		return fmt.Errorf("note a mail of %s: %w", job.Month, err)
	}
	return nil
}

// ImpactWishes is how a member wants to be told; who never said is told in both ways.
func (l *Ledger) ImpactWishes(ctx context.Context, m member.ID) (ImpactWishes, error) {
	var rows []wishRow
	if err := l.db.Read(ctx).Where("member = ?", m).Find(&rows).Error; err != nil {
		return ImpactWishes{}, fmt.Errorf("look up how a member wants to be told: %w", err)
	}
	if len(rows) == 0 {
		return ImpactWishes{Mails: true, Messages: true}, nil
	}
	return ImpactWishes{rows[0].Mails, rows[0].Messages}, nil
}

// WishImpact keeps how a member wants to be told.
func (l *Ledger) WishImpact(ctx context.Context, m member.ID, w ImpactWishes) error {
	row := wishRow{m, w.Mails, w.Messages, l.now().UTC()}
	err := l.db.Write(ctx, func(tx *gorm.DB) error { return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error })
	if err != nil {
		return fmt.Errorf("keep how a member wants to be told: %w", err)
	}
	return nil
}

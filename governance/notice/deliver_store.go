package notice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/identity"
)

// What can have become of a message or a mail; "" where nobody wanted one.
const (
	queued  = "queued"
	said    = "said"    // the message
	claimed = "claimed" // a mail that somebody has given to the mail server, or is about to
	sent    = "sent"    // the mail server has taken it
	failed  = "failed"  // the mail server will never take it
	dropped = "dropped" // switched off before it went out
)

type noticeRow struct {
	Year                        int                `gorm:"primaryKey;autoIncrement:false"`
	Account                     identity.AccountID `gorm:"primaryKey"`
	Told                        *int
	Guarded                     *int // told instead, once somebody has taken their agreement back
	Chat, Mail                  string
	Unsettled                   bool
	Tries                       int
	NextAt                      time.Time
	SaidAt, ClaimedAt, MailedAt *time.Time
}

func (noticeRow) TableName() string { return "notices" }

// Due is a notice that has to go out.
type Due struct {
	Year       int
	Account    identity.AccountID
	Told       Told
	Chat, Mail bool // in which ways it still has to
	tries      int
}

// Due are some notices of the released campaign that have to go out now, and whether there is anything left, then or later.
func (n *Notices) Due(ctx context.Context, most int) (due []Due, left bool, err error) {
	last, err := n.Last(ctx)
	now := n.now()
	if err != nil || last == nil || last.ReleasedAt.IsZero() || last.Over(now) {
		return nil, false, err
	}
	var rows []noticeRow
	err = n.db.Read(ctx).Where("year = ? AND unsettled", last.Year).Order("next_at, account").Limit(most).Find(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("look for notices that have to go out: %w", err)
	}
	for _, row := range rows {
		if row.Told != nil && !row.NextAt.After(now) {
			due = append(due, Due{row.Year, row.Account, Told(*row.Told), row.Chat == queued, row.Mail == queued, row.Tries})
		}
	}
	return due, len(rows) > 0, nil
}

// Wanted drops what somebody has switched off since, and returns what is left to go out, as it is to be told by now.
func (n *Notices) Wanted(ctx context.Context, d Due) (Due, error) {
	err := n.db.Write(ctx, func(tx *gorm.DB) error {
		wish, err := wishOf(tx, d.Account)
		if err != nil {
			return err
		}
		if d.Chat && !wish.Chat {
			err = n.settle(tx, d, "chat", dropped, nil)
		}
		if err == nil && d.Mail && !wish.Mail {
			err = n.settle(tx, d, "mail", dropped, nil)
		}
		if err != nil {
			return err
		}
		var row noticeRow
		err = tx.Where("year = ? AND account = ?", d.Year, d.Account).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			d.Chat, d.Mail = false, false // the account is closed
			return nil
		}
		if err != nil {
			return err
		}
		d.Chat, d.Mail = row.Chat == queued, row.Mail == queued
		if row.Told == nil {
			return errForgotten
		}
		d.Told = Told(*row.Told)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("ask whether a notice is still wanted: %w", err)
	}
	return d, nil
}

// settle says what became of something that was queued, and whether anything of the notice is left to do.
func (n *Notices) settle(tx *gorm.DB, d Due, way, state string, also map[string]any) error {
	other := map[string]string{"chat": "mail", "mail": "chat"}[way]
	to := map[string]any{way: state, "unsettled": gorm.Expr(other + " = 'queued'")}
	maps.Copy(to, also)
	return tx.Model(&noticeRow{}).Where("year = ? AND account = ? AND "+way+" = 'queued'", d.Year, d.Account).Updates(to).Error
}

// Said notes that the message is on its way. Said again it changes nothing.
func (n *Notices) Said(ctx context.Context, d Due) error {
	return n.note(ctx, func(tx *gorm.DB) error { return n.settle(tx, d, "chat", said, map[string]any{"said_at": n.now()}) })
}

// Unreachable notes that there is no address to mail to.
func (n *Notices) Unreachable(ctx context.Context, d Due) error {
	return n.note(ctx, func(tx *gorm.DB) error { return n.settle(tx, d, "mail", failed, nil) })
}

// Claim is asked before a mail is given to the mail server, and kept before anything is given: of all who ask, in all processes, one is told
// yes, with what is to be told by now. It is no where the mail was switched off. Whoever was told yes says Mailed, Refused or NotTaken. If
// they cannot, nobody else tries.
func (n *Notices) Claim(ctx context.Context, d Due) (_ Due, mine bool, err error) {
	err = n.db.Write(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&noticeRow{}).Where("year = ? AND account = ?", d.Year, d.Account).
			Where("mail = ? AND told IS NOT NULL AND EXISTS (SELECT 1 FROM notice_wishes w WHERE w.account = notices.account AND w.mail)", queued).
			Updates(map[string]any{"mail": claimed, "claimed_at": n.now(), "unsettled": gorm.Expr("chat = 'queued'")})
		if mine = res.RowsAffected == 1; res.Error != nil || !mine {
			return res.Error
		}
		var row noticeRow
		if err := tx.Where("year = ? AND account = ?", d.Year, d.Account).Take(&row).Error; err != nil {
			return err
		}
		d.Told = Told(*row.Told)
		return nil
	})
	if err != nil {
		return d, false, fmt.Errorf("claim a mail of a notice: %w", err)
	}
	return d, mine, nil
}

// Mailed notes that the mail server has taken a mail. A power cut may take the note, not the claim: then it is not known whether it went out.
func (n *Notices) Mailed(ctx context.Context, d Due) error {
	return n.claimWas(ctx, d, map[string]any{"mail": sent, "mailed_at": n.now()})
}

// Refused notes that the mail server will not have a mail, now or later.
func (n *Notices) Refused(ctx context.Context, d Due) error {
	return n.claimWas(ctx, d, map[string]any{"mail": failed})
}

// NotTaken notes that the mail server has surely not taken a mail: it can be tried again later.
func (n *Notices) NotTaken(ctx context.Context, d Due) error {
	to := n.again(d)
	to["mail"], to["claimed_at"], to["unsettled"] = queued, nil, true
	return n.claimWas(ctx, d, to)
}

func (n *Notices) claimWas(ctx context.Context, d Due, to map[string]any) error {
	err := n.db.WriteUnsynced(ctx, func(tx *gorm.DB) error {
		return tx.Model(&noticeRow{}).Where("year = ? AND account = ? AND mail = ?", d.Year, d.Account, claimed).Updates(to).Error
	})
	if err != nil {
		return fmt.Errorf("note what became of a notice: %w", err)
	}
	return nil
}

// Later puts a notice off that could not go out.
func (n *Notices) Later(ctx context.Context, d Due) error {
	return n.note(ctx, func(tx *gorm.DB) error {
		return tx.Model(&noticeRow{}).Where("year = ? AND account = ? AND unsettled", d.Year, d.Account).Updates(n.again(d)).Error
	})
}

const (
	firstPause = time.Minute
	mostPause  = 6 * time.Hour
)

// again is when something is tried again: twice as long after each time.
func (n *Notices) again(d Due) map[string]any {
	pause := mostPause
	if d.tries < 9 { // 2^9 minutes is more than the most
		pause = min(firstPause<<d.tries, mostPause)
	}
	return map[string]any{"tries": gorm.Expr("tries + 1"), "next_at": n.now().Add(pause)}
}

func (n *Notices) note(ctx context.Context, how func(tx *gorm.DB) error) error {
	if err := n.db.Write(ctx, how); err != nil {
		return fmt.Errorf("note what became of a notice: %w", err)
	}
	return nil
}

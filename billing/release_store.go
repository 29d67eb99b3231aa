package billing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// releasePage is how many parts become income in one transaction.
const releasePage = 200

// ReleaseRun wants dues in advance released whose month has begun.
type ReleaseRun struct {
	Month string `json:"month"`
}

func (ReleaseRun) Kind() string { return "release_run" } // Kind names the job.

// Release makes dues paid in advance income of the months in which their periods begin, up to one; it returns for how many periods.
func (d *Dues) Release(ctx context.Context, upTo calendar.Month) (int, error) {
	for all := 0; ; {
		n, err := d.releaseSome(ctx, upTo)
		all += n
		if err != nil || n == 0 {
			return all, err
		}
	}
}

// ReleaseSome is Release for as long as a job may take; the rest is another job.
func (d *Dues) ReleaseSome(ctx context.Context, job ReleaseRun) error {
	for began := time.Now(); time.Since(began) < planTime; {
		if n, err := d.releaseSome(ctx, monthOf(job.Month)); err != nil || n == 0 {
			return err
		}
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error { return d.queue.Add(ctx, tx, job) })
}

func (d *Dues) releaseSome(ctx context.Context, upTo calendar.Month) (n int, err error) {
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		n = 0
		due := func() *gorm.DB {
			return tx.Where("NOT released AND amount > 0 AND month <= ?", upTo.String()).Order("month, id").Limit(releasePage)
		}
		var members []member.ID
		if err := due().Model(&partRow{}).Pluck("member", &members).Error; err != nil {
			return err
		}
		slices.Sort(members) // all are locked, in one order, before any is touched
		members = slices.Compact(members)
		for _, m := range members {
			if err := lockMember(tx, m); err != nil {
				return err
			}
		}
		var parts []partRow
		if err := due().Where("member IN ?", members).Find(&parts).Error; err != nil {
			return err
		}
		for _, p := range parts {
			if err := d.release(tx, p); err != nil {
				return err
			}
		}
		n = len(parts)
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("release dues in advance: %w", err)
	}
	return n, nil
}

func (d *Dues) release(tx *gorm.DB, p partRow) error {
	if err := tx.Model(&partRow{}).Where("id = ?", p.ID).Update("released", true).Error; err != nil {
		return err
	}
	_, err := d.post(tx, Entry{
		SourceKey: fmt.Sprintf("dues:%d", p.ID), Date: monthOf(p.Month).First(), Kind: EntryRelease, Words: "dues in advance", Member: p.Member,
	}, 0, map[LedgerAccount]money.Pence{DuesInAdvance: p.Amount, IncomeDues: -p.Amount})
	return err
}

package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type voucherRow struct {
	Decision string
	Seat     string
	Holds    bool
	Words    string
	SaidAt   time.Time
}

func (voucherRow) TableName() string { return "board_vouchers" }

// Vouch records what somebody who sat says of how an entry has them voting: that it is so, or that it is not, and what was. Everybody reads it, and
// each says it once of an entry that stands. ErrNoEntry, ErrNotVoter, ErrVouched; ErrNoReason for a denial without words.
func (b *Board) Vouch(ctx context.Context, by identity.AccountID, decision string, holds bool, words string) error {
	m, is, err := b.register.Of(ctx, by)
	if err != nil {
		return err
	}
	if holds {
		words = ""
	} else if words, err = member.Reason(words); err != nil {
		return member.Amiss(ErrNoReason, err)
	}
	return b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		if decision == "" {
			return ErrNoEntry
		}
		if err := free(tx, decisionRow{}.TableName(), decision); err != nil {
			return err
		}
		var votes []voteRow
		if err := tx.Where("decision = ?", decision).Find(&votes).Error; err != nil {
			return err
		}
		at := slices.IndexFunc(votes, func(v voteRow) bool {
			return is && slices.ContainsFunc(all, func(s Seat) bool { return s.ID == v.Seat && s.Member == m.ID })
		})
		if at < 0 {
			return ErrNotVoter
		}
		row := voucherRow{decision, votes[at].Seat, holds, words, b.now()}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrVouched
		} else if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "board", What: vouched(holds), About: decision, Why: words, At: row.SaidAt})
	})
}

func vouched(holds bool) string {
	if holds {
		return "own vote confirmed"
	}
	return "own vote disputed"
}

// recent is for how many days somebody is asked whether an entry has their vote right.
const recent = 60

// Unvouched are how many entries of the last days have a member voting, who has not said yet whether it is so.
func (b *Board) Unvouched(ctx context.Context, who member.ID) (int, error) {
	var n int64
	err := b.db.Read(ctx).Raw(`SELECT COUNT(*) FROM board_votes v JOIN board_decisions d ON d.id = v.decision JOIN board_seats s ON s.id = v.seat
WHERE s.member = ? AND d.recorded_at > ? AND NOT EXISTS (SELECT 1 FROM board_decisions c WHERE c.corrects = d.id)
AND NOT EXISTS (SELECT 1 FROM board_vouchers o WHERE o.decision = d.id AND o.seat = v.seat)`, who, b.now().AddDate(0, 0, -recent)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count votes that nobody has confirmed: %w", err)
	}
	return int(n), nil
}

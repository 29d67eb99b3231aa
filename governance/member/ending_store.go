package member

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Errors of an ending.
var (
	ErrWish   = errors.New("say what is to become of the share: repaid or given")
	ErrFuture = errors.New("that day has not come, or is before the membership began")
)

// Resign ends a membership at once, at the member's own word. Twice is once. The entry stays among the former members.
func (r *Register) Resign(ctx context.Context, id ID, wish ShareWish) error {
	if wish != ShareRepaid && wish != ShareGiven {
		return ErrWish
	}
	return r.end(ctx, id, Resigned, wish, r.today(), audit.Act{As: "member", What: "member resigned"})
}

// ResignedByLetter ends a membership that a member resigned by other means than the page, on the day that the letter arrived.
func (r *Register) ResignedByLetter(ctx context.Context, id ID, wish ShareWish, on calendar.Date, by identity.AccountID, why string) error {
	why, err := r.ended(on, why)
	if wish != ShareRepaid && wish != ShareGiven {
		err = errors.Join(err, ErrWish)
	}
	if err != nil {
		return err
	}
	return r.end(ctx, id, Resigned, wish, on, audit.Act{By: by, As: string(Secretary), What: "member resigned", Why: why})
}

// Died ends a membership on the day of death. The share's money is the estate's.
func (r *Register) Died(ctx context.Context, id ID, on calendar.Date, by identity.AccountID, why string) error {
	why, err := r.ended(on, why)
	if err != nil {
		return err
	}
	return r.end(ctx, id, Died, ShareRepaid, on, audit.Act{By: by, As: string(Secretary), What: "member died", Why: why})
}

// ended is what an officer says of an end: on which day it was, and why.
func (r *Register) ended(on calendar.Date, why string) (string, error) {
	why, err := reason(why)
	if on.IsZero() || on.After(r.today()) {
		err = errors.Join(ErrFuture, err)
	}
	return why, err
}

func (r *Register) end(ctx context.Context, id ID, how Ending, wish ShareWish, on calendar.Date, act audit.Act) error {
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil || m.State == Ended && m.Ending == how {
			return err
		}
		return r.close(ctx, tx, m, how, wish, on, act)
	})
}

// close writes the end of a membership. An open charge against the person ends with it.
func (r *Register) close(ctx context.Context, tx *gorm.DB, m Member, how Ending, wish ShareWish, on calendar.Date, act audit.Act) error {
	if m.State != Admitted {
		return ErrNotMember
	}
	if on.After(r.today()) || on.Before(m.Entered) {
		return ErrFuture
	}
	act.About, act.At = string(m.ID), r.now()
	err := change(tx, m.ID, map[string]any{"state": Ended, "ceased": on.String(), "ending": how, "ended_why": act.Why})
	if err != nil {
		return err
	}
	if err := tx.Model(&shareRow{}).Where("member = ?", m.ID).Update("wish", wish).Error; err != nil {
		return err
	}
	err = tx.Model(&chargeRow{}).Where("member = ? AND decision = ''", m.ID).
		Updates(map[string]any{"decision": Moot, "decided_at": act.At}).Error
	if err != nil {
		return err
	}
	if err := r.queue.Add(ctx, tx, Over{m.ID}); err != nil {
		return err
	}
	return audit.Record(tx, act)
}

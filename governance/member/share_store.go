package member

import (
	"context"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// SharePaid notes that the share of a member, or of an applicant, is paid since a day. Twice is once.
func (r *Register) SharePaid(ctx context.Context, id ID, on calendar.Date) error {
	return r.share(ctx, id, func(s Share) (map[string]any, audit.Act) {
		if !s.Paid.IsZero() {
			return nil, audit.Act{}
		}
		return map[string]any{"paid": on.String()}, audit.Act{As: "clock", What: "share paid"}
	})
}

// ShareUnpaid notes that the money for a share went back: a late failure, a charge-back, a refund. The membership goes on. Twice is once.
func (r *Register) ShareUnpaid(ctx context.Context, id ID) error {
	return r.share(ctx, id, func(s Share) (map[string]any, audit.Act) {
		if s.Paid.IsZero() {
			return nil, audit.Act{}
		}
		return map[string]any{"paid": ""}, audit.Act{As: "clock", What: "share unpaid again"}
	})
}

// ShareSettled notes that a former member has had the share's money back. Twice is once.
func (r *Register) ShareSettled(ctx context.Context, id ID, by identity.AccountID, as Role, why string) error {
	why, err := prose(why, LongestWords)
	if err != nil {
		return err
	}
	return r.share(ctx, id, func(s Share) (map[string]any, audit.Act) {
		if !s.Due() {
			return nil, audit.Act{}
		}
		return map[string]any{"settled": r.today().String()}, audit.Act{By: by, As: string(as), What: "share repaid", Why: why}
	})
}

// share changes what is known of a share, and records it. No change, no record.
func (r *Register) share(ctx context.Context, id ID, decide func(Share) (map[string]any, audit.Act)) error {
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil {
			return err
		}
		to, act := decide(m.Share)
		if to == nil {
			return nil
		}
		if err := tx.Model(&shareRow{}).Where("member = ?", id).Updates(to).Error; err != nil {
			return err
		}
		act.About, act.At = string(id), r.now()
		return audit.Record(tx, act)
	})
}

package member

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type chargeRow struct {
	ID                 string
	Member             ID
	Rule, Words        string
	BroughtBy          identity.AccountID
	BroughtAt          time.Time
	Served, ReplyUntil string
	Reply              string
	RepliedAt          *time.Time
	Decision           Decision
	Minute             string
	DecidedBy          identity.AccountID
	DecidedAt          *time.Time
}

func (chargeRow) TableName() string { return "charges" }

func (r chargeRow) charge() Charge {
	return Charge{
		ID: r.ID, Member: r.Member, Rule: r.Rule, Words: r.Words, BroughtBy: r.BroughtBy, BroughtAt: r.BroughtAt.UTC(),
		Served: day(r.Served), ReplyUntil: day(r.ReplyUntil), Reply: r.Reply, RepliedAt: database.Moment(r.RepliedAt),
		Decision: r.Decision, Minute: r.Minute, DecidedBy: r.DecidedBy, DecidedAt: database.Moment(r.DecidedAt),
	}
}

const longestRule = 100

// Charge begins the way to an expulsion: an officer says which rule was broken, and how. ErrCharged.
func (r *Register) Charge(ctx context.Context, id ID, by identity.AccountID, as Role, rule, words string) (string, error) {
	rule, ruled := line(rule, longestRule)
	if ruled != nil || rule == "" {
		ruled = Amiss(ErrNoRule, ruled)
	}
	words, worded := reason(words)
	if err := errors.Join(ruled, worded); err != nil {
		return "", err
	}
	row := chargeRow{ID: identity.NewID(), Member: id, Rule: rule, Words: words, BroughtBy: by, BroughtAt: r.now()}
	return row.ID, r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil {
			return err
		}
		if m.State != Admitted {
			return ErrNotMember
		}
		err = tx.Create(&row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrCharged
		}
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: string(as), What: "charge brought", About: string(id), Why: rule, At: row.BroughtAt})
	})
}

// Serve notes the day on which the notice of a charge reached the member. From it the days of the reply are counted.
func (r *Register) Serve(ctx context.Context, charge string, by identity.AccountID, as Role, on calendar.Date) error {
	return r.onCharge(ctx, charge, func(c Charge) (map[string]any, audit.Act, error) {
		switch today := r.today(); {
		case !c.Served.IsZero():
			return nil, audit.Act{}, ErrServed
		case on.After(today) || on.Before(calendar.On(c.BroughtAt)):
			return nil, audit.Act{}, ErrFuture
		}
		return map[string]any{"served": on.String(), "reply_until": on.AddDays(ReplyDays).String()},
			audit.Act{By: by, As: string(as), What: "charge served"}, nil
	})
}

// Reply keeps what a member says to a charge, in their own words; a second one takes the place of the first.
// by is the officer who writes down what came by post, and "" when the member writes.
func (r *Register) Reply(ctx context.Context, charge string, by identity.AccountID, as Role, words string) error {
	words, err := reason(words)
	if err != nil {
		return err
	}
	return r.onCharge(ctx, charge, func(c Charge) (map[string]any, audit.Act, error) {
		act := audit.Act{By: by, As: string(as), What: "charge replied to"}
		if by == "" {
			act.As = "member"
		}
		return map[string]any{"reply": words, "replied_at": r.now()}, act, c.mayReply(r.today())
	})
}

// Decide records the board's decision on a charge. If it is upheld, the membership ends today.
func (r *Register) Decide(ctx context.Context, charge string, by identity.AccountID, d Decision, minute string) error {
	minute, noted := line(minute, LongestName)
	if noted != nil || minute == "" {
		noted = Amiss(ErrNoMinute, noted)
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		c, m, err := openCharge(tx, charge)
		if err != nil {
			return err
		}
		if err := errors.Join(c.mayDecide(by, d, r.today()), noted); err != nil {
			return err
		}
		err = amendCharge(tx, charge, map[string]any{"decision": d, "minute": minute, "decided_by": by, "decided_at": r.now()})
		if err != nil {
			return err
		}
		act := audit.Act{By: by, As: string(Secretary), What: "charge dismissed", About: string(m.ID), Why: "rule " + c.Rule + ", minute " + minute, At: r.now()}
		if d == Dismissed {
			return audit.Record(tx, act)
		}
		act.What = "member expelled"
		return r.close(ctx, tx, m, Expelled, ShareRepaid, r.today(), act)
	})
}

// Charges lists the charges against a member, the newest first.
func (r *Register) Charges(ctx context.Context, id ID) ([]Charge, error) {
	all, err := r.charges(ctx, "member = ?", id)
	if err != nil {
		return nil, fmt.Errorf("list charges against member %s: %w", id, err)
	}
	return all, nil
}

// OpenCharges lists the charges against anybody that are not decided, the newest first.
func (r *Register) OpenCharges(ctx context.Context) ([]Charge, error) {
	all, err := r.charges(ctx, "decision = ''")
	if err != nil {
		return nil, fmt.Errorf("list open charges: %w", err)
	}
	return all, nil
}

func (r *Register) charges(ctx context.Context, which string, of ...any) ([]Charge, error) {
	var rows []chargeRow
	if err := r.db.Read(ctx).Where(which, of...).Order("brought_at DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]Charge, len(rows))
	for i, row := range rows {
		all[i] = row.charge()
	}
	return all, nil
}

func (r *Register) onCharge(ctx context.Context, charge string, decide func(Charge) (map[string]any, audit.Act, error)) error {
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		c, m, err := openCharge(tx, charge)
		if err != nil {
			return err
		}
		to, act, err := decide(c)
		if err != nil {
			return err
		}
		if err := amendCharge(tx, charge, to); err != nil {
			return err
		}
		act.About, act.At = string(m.ID), r.now()
		return audit.Record(tx, act)
	})
}

func openCharge(tx *gorm.DB, charge string) (Charge, Member, error) {
	var row chargeRow
	err := tx.Where("id = ? AND decision = ''", charge).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Charge{}, Member{}, ErrNoCharge
	}
	if err != nil {
		return Charge{}, Member{}, err
	}
	m, err := locked(tx, row.Member)
	if err != nil {
		return Charge{}, Member{}, err
	}
	// Read again behind the lock: it may have been decided while we waited.
	err = tx.Where("id = ? AND decision = ''", charge).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNoCharge
	}
	return row.charge(), m, err
}

func amendCharge(tx *gorm.DB, charge string, to map[string]any) error {
	return tx.Model(&chargeRow{}).Where("id = ? AND decision = ''", charge).Updates(to).Error
}

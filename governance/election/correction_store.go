package election

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type correctionRow struct {
	ID          string
	Election    string
	Member      member.ID
	Class       member.Class
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt *time.Time
	DroppedBy   identity.AccountID
	DroppedAt   *time.Time
}

func (correctionRow) TableName() string { return "roll_corrections" }

func (r correctionRow) correction() Correction {
	return Correction{
		r.ID, r.Election, r.Member, r.Class, r.Why, r.ProposedBy, r.ProposedAt.UTC(), r.ConfirmedBy, database.Moment(r.ConfirmedAt), r.DroppedBy, database.Moment(r.DroppedAt),
	}
}

// Correct proposes a change to a roll: the class in which a member votes from then on, "" for none. A second person who runs the election
// confirms it. ErrOpened, ErrNoRoll, ErrSameLine, ErrOwnLine, ErrProposed, ErrNotMember.
func (e *Elections) Correct(ctx context.Context, by identity.AccountID, id string, m member.ID, class member.Class, why string) (string, error) {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return "", err
	}
	if why, err = member.Reason(why); err != nil {
		return "", err
	}
	if class != "" && !slices.Contains(member.AllClasses, class) {
		return "", member.ErrNotInClass
	}
	who, err := e.register.Get(ctx, m)
	if errors.Is(err, member.ErrNoMember) || err == nil && who.State != member.Admitted && class != "" {
		return "", ErrNotMember
	}
	if err != nil {
		return "", err
	}
	if err := e.notOwn(ctx, by, m); err != nil {
		return "", err
	}
	row := correctionRow{ID: identity.NewID(), Election: id, Member: m, Class: class, Why: why, ProposedBy: by, ProposedAt: e.now()}
	return row.ID, e.onRoll(ctx, id, func(tx *gorm.DB, el Election, now Roll) error {
		is, err := classOf(tx, id, m)
		row.Class = el.votesIn(class)
		switch {
		case err != nil:
			return err
		case is == row.Class:
			return ErrSameLine
		case row.Class != "" && el.Seats[row.Class] == 0:
			return ErrNoSeats
		}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrProposed
		} else if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll correction proposed", About: id, Why: why, At: row.ProposedAt})
	})
}

// notOwn keeps officers off their own line.
func (e *Elections) notOwn(ctx context.Context, by identity.AccountID, m member.ID) error {
	own, is, err := e.register.Of(ctx, by)
	if err == nil && is && own.ID == m {
		err = ErrOwnLine
	}
	return err
}

// onRoll changes an election's roll, one after the other, while it may be changed.
func (e *Elections) onRoll(ctx context.Context, id string, do func(tx *gorm.DB, el Election, now Roll) error) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if !el.Correctable(e.now()) {
			return ErrOpened
		}
		now, err := newest(tx, id)
		if err != nil {
			return err
		}
		return do(tx, el, now)
	})
}

// ConfirmCorrection is the second word: it makes the next version. ErrTakesTwo for one's own, ErrOwnLine, ErrOpened, ErrNoCorrection.
func (e *Elections) ConfirmCorrection(ctx context.Context, by identity.AccountID, id, correction string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	c, err := e.correction(e.db.Read(ctx), id, correction)
	if err != nil {
		return err
	}
	if err := e.notOwn(ctx, by, c.Member); err != nil {
		return err
	}
	if _, err := e.runs(ctx, c.ProposedBy, id); err != nil { // a proposal falls with the office of whoever made it
		return err
	}
	return e.onRoll(ctx, id, func(tx *gorm.DB, _ Election, now Roll) error {
		c, err := e.correction(tx, id, correction)
		switch {
		case err != nil:
			return err
		case c.ProposedBy == by:
			return ErrTakesTwo
		}
		before, err := voters(tx, id, now.Version)
		if err != nil {
			return err
		}
		after := slices.DeleteFunc(before, func(v Voter) bool { return v.Member == c.Member })
		if c.Class != "" {
			after = append(after, Voter{c.Member, c.Class})
		}
		if err := e.keepRoll(tx, id, now.Version+1, after, []Voter{{c.Member, c.Class}}, c.ID); err != nil {
			return err
		}
		at := e.now()
		if err := tx.Model(&correctionRow{}).Where("id = ?", c.ID).Updates(map[string]any{"confirmed_by": by, "confirmed_at": at}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll corrected", About: id, Why: fmt.Sprintf("version %d: %s", now.Version+1, c.Why), At: at})
	})
}

// DropCorrection ends a proposal that nobody confirmed. ErrNoCorrection.
func (e *Elections) DropCorrection(ctx context.Context, by identity.AccountID, id, correction string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if _, err := locked(tx, id); err != nil {
			return err
		}
		c, err := e.correction(tx, id, correction)
		if err != nil {
			return err
		}
		at := e.now()
		if err := tx.Model(&correctionRow{}).Where("id = ?", c.ID).Updates(map[string]any{"dropped_by": by, "dropped_at": at}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "roll correction dropped", About: id, Why: c.Why, At: at})
	})
}

// correction is an open one.
func (e *Elections) correction(tx *gorm.DB, id, correction string) (Correction, error) {
	var row correctionRow
	err := tx.Where("id = ? AND election = ? AND confirmed_at IS NULL AND dropped_at IS NULL", correction, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Correction{}, ErrNoCorrection
	}
	if err != nil {
		return Correction{}, fmt.Errorf("look up a correction: %w", err)
	}
	return row.correction(), nil
}

// Corrections are all that were proposed, the newest first.
func (e *Elections) Corrections(ctx context.Context, id string) ([]Correction, error) {
	var rows []correctionRow
	if err := e.db.Read(ctx).Where("election = ?", id).Order("proposed_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	all := make([]Correction, len(rows))
	for i, r := range rows {
		all[i] = r.correction()
	}
	return all, nil
}

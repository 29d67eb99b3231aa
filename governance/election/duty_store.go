package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Replacement is somebody else for a duty in an election: for a returning officer or a scrutineer who is ill, say. Two officers decide it.
type Replacement struct {
	ID          string
	Election    string
	Whom        identity.AccountID // had the duty
	With        identity.AccountID // has it from then on
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt time.Time // zero while it is proposed
	DroppedAt   time.Time
}

// Open reports whether it waits for a second officer.
func (r Replacement) Open() bool { return r.ConfirmedAt.IsZero() && r.DroppedAt.IsZero() }

// Waits reports whether it waits for this officer's word.
func (r Replacement) Waits(by identity.AccountID) bool {
	return r.Open() && by != r.ProposedBy && by != r.With
}

// Errors of duties.
var (
	ErrNoDuty        = errors.New("that person has no duty in this election")
	ErrHasDutyTo     = errors.New("whoever runs or watches an election, stands in it, or supports a candidate takes no other duty in it")
	ErrReplacing     = errors.New("somebody else for that duty is proposed already")
	ErrNoReplacement = errors.New("there is no such proposal, or it is decided")
)

type replacementRow struct {
	ID          string
	Election    string
	Whom        identity.AccountID
	Successor   identity.AccountID
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt *time.Time
	DroppedBy   identity.AccountID
	DroppedAt   *time.Time
}

func (replacementRow) TableName() string { return "duty_replacements" }

func (r replacementRow) replacement() Replacement {
	return Replacement{
		r.ID, r.Election, r.Whom, r.Successor, r.Why, r.ProposedBy, r.ProposedAt.UTC(), r.ConfirmedBy, database.Moment(r.ConfirmedAt), database.Moment(r.DroppedAt),
	}
}

// Replace proposes somebody else for a duty. ErrNotOfficer, ErrNotOpen, ErrNoDuty, ErrHasDutyTo, ErrTakesTwo for oneself, ErrReplacing.
func (e *Elections) Replace(ctx context.Context, by identity.AccountID, id string, whom, with identity.AccountID, why string) (string, error) {
	why, err := member.Reason(why)
	if err != nil {
		return "", err
	}
	row := replacementRow{ID: identity.NewID(), Election: id, Whom: whom, Successor: with, Why: why, ProposedBy: by, ProposedAt: e.now()}
	return row.ID, e.onDuties(ctx, by, row.replacement(), func(tx *gorm.DB) (string, error) {
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return "", ErrReplacing
		} else if err != nil {
			return "", err
		}
		return "replacement proposed", nil
	})
}

// ConfirmReplacement is the second officer's word. ErrTakesTwo for one's own, ErrNoReplacement, and what Replace refuses.
func (e *Elections) ConfirmReplacement(ctx context.Context, by identity.AccountID, id, replacement string) error {
	r, err := e.replacement(ctx, id, replacement)
	if err != nil {
		return err
	}
	if by == r.ProposedBy {
		return ErrTakesTwo
	}
	if _, err := e.office(ctx, r.ProposedBy); err != nil { // a proposal falls with the office of whoever made it
		return err
	}
	return e.onDuties(ctx, by, r, func(tx *gorm.DB) (string, error) {
		done := tx.Model(&replacementRow{}).Where("id = ? AND confirmed_at IS NULL AND dropped_at IS NULL", r.ID).
			Updates(map[string]any{"confirmed_by": by, "confirmed_at": e.now()})
		if done.Error != nil || done.RowsAffected == 0 {
			return "", errors.Join(ErrNoReplacement, done.Error)
		}
		return "duty passed on", tx.Model(&dutyRow{}).Where("election = ? AND account = ?", id, r.Whom).Update("account", r.With).Error
	})
}

// DropReplacement ends a proposal that nobody confirmed. ErrNotOfficer, ErrNoReplacement.
func (e *Elections) DropReplacement(ctx context.Context, by identity.AccountID, id, replacement string) error {
	as, err := e.office(ctx, by)
	if err != nil {
		return err
	}
	r, err := e.replacement(ctx, id, replacement)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		now := e.now()
		done := tx.Model(&replacementRow{}).Where("id = ? AND confirmed_at IS NULL AND dropped_at IS NULL", r.ID).Updates(map[string]any{"dropped_by": by, "dropped_at": now})
		if done.Error != nil || done.RowsAffected == 0 {
			return errors.Join(ErrNoReplacement, done.Error)
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "replacement dropped", About: id, Why: r.Why, At: now})
	})
}

// onDuties does something about a duty that may pass on, and records it. Nobody decides about a duty of their own, old or new.
func (e *Elections) onDuties(ctx context.Context, by identity.AccountID, r Replacement, do func(tx *gorm.DB) (what string, err error)) error {
	as, err := e.office(ctx, by)
	if err != nil {
		return err
	}
	if by == r.With {
		return ErrTakesTwo
	}
	takes, err := e.takesPart(ctx, r.With, r.Election)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, r.Election)
		if err != nil {
			return err
		}
		there, err := contestsOf(tx, r.Election)
		if err != nil {
			return err
		}
		final := el.Online() && len(there) > 0
		switch {
		case !el.EndedAt.IsZero() || !el.SeatedAt.IsZero() || el.ConfirmedAt.IsZero():
			return ErrNotOpen
		case !el.Runs(r.Whom):
			return ErrNoDuty
		case final && r.Whom != el.Returning: // their key is in the manifests, and two of three are enough
			return ErrFinal
		case r.With == "" || takes || el.Runs(r.With):
			return ErrHasDutyTo
		}
		what, err := do(tx)
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: r.Election, Why: r.Why, At: e.now()})
	})
}

func (e *Elections) replacement(ctx context.Context, id, replacement string) (Replacement, error) {
	all, err := e.Replacements(ctx, id)
	if err != nil {
		return Replacement{}, err
	}
	for _, r := range all {
		if r.ID == replacement && r.Open() {
			return r, nil
		}
	}
	return Replacement{}, ErrNoReplacement
}

// Replacements are all that were proposed in an election, the oldest first.
func (e *Elections) Replacements(ctx context.Context, id string) ([]Replacement, error) {
	var rows []replacementRow
	if err := e.db.Read(ctx).Where("election = ?", id).Order("proposed_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list replacements: %w", err)
	}
	all := make([]Replacement, len(rows))
	for i, r := range rows {
		all[i] = r.replacement()
	}
	return all, nil
}

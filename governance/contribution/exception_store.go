package contribution

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type exceptionRow struct {
	ID          string
	Kind        ExceptionKind
	Change      string
	Member      member.ID
	First, Last string
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt *time.Time
	EndedBy     identity.AccountID
	EndedWhy    string
	EndedAt     *time.Time
}

func (exceptionRow) TableName() string { return "work_exceptions" }

func (r exceptionRow) exception() Exception {
	return Exception{
		ID: r.ID, Kind: r.Kind, Change: r.Change, Member: r.Member, First: dayOf(r.First), Last: dayOf(r.Last), Why: r.Why,
		ProposedBy: r.ProposedBy, Proposed: r.ProposedAt.UTC(), ConfirmedBy: r.ConfirmedBy, Confirmed: stamp(r.ConfirmedAt),
		EndedBy: r.EndedBy, EndedWhy: r.EndedWhy, Ended: stamp(r.EndedAt),
	}
}

// hashes are the beginnings of a commit's that leave no doubt which it is, and no number of a forge's.
var hashes = regexp.MustCompile(`\A[0-9a-f]{12,40}\z`)

// mostDays is the longest that a declaration, or an exception for a person, holds: it is looked at again then.
const mostDays = 731

func sensible(first, last calendar.Date) error {
	if first.IsZero() || last.IsZero() || last.Before(first) || first.Days(last) >= mostDays {
		return ErrBadDays
	}
	return nil
}

// ProposeOnChange has an officer propose that a change counts, or does not. of is "owner/name #12", or the path of a repository without a
// forge with a commit's hash. ErrNoChange, ErrStands.
func (b *Book) ProposeOnChange(ctx context.Context, by identity.AccountID, kind ExceptionKind, of, why string) (string, error) {
	var wrong error
	if kind != Counted && kind != Struck {
		wrong = ErrNoKind
	}
	row, err := b.changeNamed(ctx, of)
	if err != nil && !errors.Is(err, ErrNoChange) {
		return "", err
	}
	_, noWhy := reason(why)
	if wrong = errors.Join(wrong, err, noWhy); wrong != nil {
		return "", wrong
	}
	return b.propose(ctx, by, exceptionRow{Kind: kind, Change: row.ID, Why: why})
}

// changeNamed finds a change by what pages call it, as in "folkmoot/folkmoot #12". ErrNoChange.
func (b *Book) changeNamed(ctx context.Context, of string) (row changeRow, err error) {
	path, number, ok := strings.Cut(strings.TrimSpace(of), "#")
	if !ok {
		return row, ErrNoChange
	}
	ask := b.db.Read(ctx).Joins("JOIN work_repositories r ON r.id = merged_changes.repository").Where("r.path = ?", strings.TrimSpace(path))
	if number = strings.TrimSpace(number); hashes.MatchString(number) {
		ask = ask.Where("merged_changes.number LIKE ?", number+"%") // pages show the beginning of a hash
	} else {
		ask = ask.Where("merged_changes.number = ?", number)
	}
	err = ask.Order("merged_changes.recorded_at DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, ErrNoChange
	}
	if err != nil {
		return row, fmt.Errorf("look up a change: %w", err)
	}
	return row, nil
}

// ProposeMember has an officer propose that a member is a contributor from one day to another, for work that is not merged anywhere.
func (b *Book) ProposeMember(ctx context.Context, by identity.AccountID, m member.ID, first, last calendar.Date, why string) (string, error) {
	if err := sensible(first, last); err != nil {
		return "", err
	}
	if _, err := b.register.Get(ctx, m); err != nil {
		return "", err
	}
	return b.propose(ctx, by, exceptionRow{Kind: Appointed, Member: m, First: first.String(), Last: last.String(), Why: why})
}

func (b *Book) propose(ctx context.Context, by identity.AccountID, row exceptionRow) (_ string, err error) {
	if row.Why, err = reason(row.Why); err != nil {
		return "", err
	}
	as, err := b.acts(ctx, by)
	if err != nil {
		return "", err
	}
	row.ID, row.ProposedBy, row.ProposedAt = identity.NewID(), by, b.now()
	return row.ID, b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrStands
		} else if err != nil {
			return err
		}
		return record(tx, by, as, "exception proposed", row.ID, row.Why, row.ProposedAt)
	})
}

// ConfirmException is the second officer's word. ErrTakesTwo for one's own; a proposal falls with the office of whoever made it.
func (b *Book) ConfirmException(ctx context.Context, by identity.AccountID, id string) error {
	return b.onException(ctx, by, id, func(e Exception) (map[string]any, string, error) {
		switch {
		case !e.Confirmed.IsZero():
			return nil, "", ErrNotOpen
		case e.ProposedBy == by:
			return nil, "", ErrTakesTwo
		}
		if _, err := b.acts(ctx, e.ProposedBy); err != nil {
			return nil, "", fmt.Errorf("whoever proposed it: %w", err)
		}
		return map[string]any{"confirmed_by": by, "confirmed_at": b.now()}, "exception confirmed", nil
	}, "")
}

// EndException drops a proposal, or ends an exception from now on: either brings the rule back, so one officer is enough.
func (b *Book) EndException(ctx context.Context, by identity.AccountID, id, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	return b.onException(ctx, by, id, func(e Exception) (map[string]any, string, error) {
		what := "exception ended"
		if e.Confirmed.IsZero() {
			what = "exception dropped"
		}
		return map[string]any{"ended_by": by, "ended_why": why, "ended_at": b.now()}, what, nil
	}, why)
}

func (b *Book) onException(ctx context.Context, by identity.AccountID, id string, decide func(Exception) (map[string]any, string, error), why string) error {
	as, err := b.acts(ctx, by)
	if err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "exception "+id); err != nil {
			return err
		}
		var row exceptionRow
		err := tx.Where("id = ? AND ended_at IS NULL", id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNotOpen
		}
		if err != nil {
			return err
		}
		change, what, err := decide(row.exception())
		if err != nil {
			return err
		}
		if err := tx.Model(&exceptionRow{}).Where("id = ?", id).Updates(change).Error; err != nil {
			return err
		}
		return record(tx, by, as, what, id, why, b.now())
	})
}

// mostListed is how many lines a list for officers has, newest first.
const mostListed = 200

// Exceptions are those proposed, those that hold, and those that are over.
func (b *Book) Exceptions(ctx context.Context) ([]Exception, error) {
	var rows []exceptionRow
	err := b.db.Read(ctx).Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, proposed_at DESC, id").Limit(mostListed).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	names, err := b.changeNames(ctx, rows)
	all := make([]Exception, len(rows))
	for i, row := range rows {
		all[i] = row.exception()
		all[i].Of = names[row.Change]
	}
	return all, err
}

// changeNames are what people call the changes of exceptions: "owner/name #12".
func (b *Book) changeNames(ctx context.Context, rows []exceptionRow) (map[string]string, error) {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.Change)
	}
	var found []struct{ ID, Path, Number string }
	err := b.db.Read(ctx).Model(&changeRow{}).Select("merged_changes.id, r.path, merged_changes.number").
		Joins("JOIN work_repositories r ON r.id = merged_changes.repository").Where("merged_changes.id IN ?", ids).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("name changes: %w", err)
	}
	names := map[string]string{}
	for _, f := range found {
		names[f.ID] = f.Path + " #" + f.Number
	}
	return names, nil
}

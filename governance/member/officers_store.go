package member

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Officers knows who holds which office, and keeps who held it before.
type Officers struct {
	db  *database.DB
	now func() time.Time
}

// NewOfficers opens the register of officers.
func NewOfficers(db *database.DB, now func() time.Time) *Officers {
	return &Officers{db, database.Clock(now)}
}

type officeRow struct {
	ID          string
	Account     identity.AccountID
	Role        Role
	Why         string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	HeldFrom    *time.Time
	EndAskedBy  identity.AccountID
	EndWhy      string
	EndedBy     identity.AccountID
	EndedAt     *time.Time
}

func (officeRow) TableName() string { return "offices" }

func (r officeRow) office() Office {
	return Office{
		ID: r.ID, Account: r.Account, Role: r.Role, Why: r.Why,
		ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), ConfirmedBy: r.ConfirmedBy, From: database.Moment(r.HeldFrom),
		EndAskedBy: r.EndAskedBy, EndWhy: r.EndWhy, EndedBy: r.EndedBy, Until: database.Moment(r.EndedAt),
	}
}

const held = "held_from IS NOT NULL AND ended_at IS NULL"

// Holds reports whether an account holds an office now.
func (o *Officers) Holds(ctx context.Context, account identity.AccountID, role Role) (bool, error) {
	var n int64
	err := o.db.Read(ctx).Model(&officeRow{}).Where("account = ? AND role = ? AND "+held, account, role).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("look up an office: %w", err)
	}
	return n > 0, nil
}

// Offices are what an account holds now.
func (o *Officers) Offices(ctx context.Context, account identity.AccountID) ([]Role, error) {
	var roles []Role
	err := o.db.Read(ctx).Model(&officeRow{}).Where("account = ? AND "+held, account).Order("role").Pluck("role", &roles).Error
	if err != nil {
		return nil, fmt.Errorf("look up offices: %w", err)
	}
	return roles, nil
}

// As is an office that an account holds, to act as. has is false for who holds none.
func (o *Officers) As(ctx context.Context, account identity.AccountID) (as string, has bool, err error) {
	held, err := o.Offices(ctx, account)
	if err != nil || len(held) == 0 {
		return "", false, err
	}
	return string(held[0]), true, nil
}

// Appoint makes one of the first officers, without another's word: the command line asks for it. ErrEnoughToVote.
func (o *Officers) Appoint(ctx context.Context, account identity.AccountID, role Role, why string) error {
	why, err := grantable(role, why)
	if err != nil {
		return err
	}
	return o.write(ctx, func(tx *gorm.DB) error {
		var officers int64
		if err := tx.Model(&officeRow{}).Where(held).Distinct("account").Count(&officers).Error; err != nil {
			return err
		}
		if officers >= FirstOfficers {
			return ErrEnoughToVote
		}
		now := o.now()
		row := officeRow{ID: identity.NewID(), Account: account, Role: role, Why: why, ProposedAt: now, HeldFrom: &now}
		if err := open(tx, row); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{As: "command", What: "officer appointed", About: row.ID, Why: why, At: now})
	})
}

// Propose asks the other officers to give somebody an office.
func (o *Officers) Propose(ctx context.Context, by, account identity.AccountID, role Role, why string) (string, error) {
	why, err := grantable(role, why)
	if err != nil {
		return "", err
	}
	row := officeRow{ID: identity.NewID(), Account: account, Role: role, Why: why, ProposedBy: by, ProposedAt: o.now()}
	return row.ID, o.write(ctx, func(tx *gorm.DB) error {
		as, err := officer(tx, by)
		if err != nil {
			return err
		}
		if err := open(tx, row); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "officer proposed", About: row.ID, Why: why, At: row.ProposedAt})
	})
}

// Confirm is the second officer's word on a proposal, to give an office or to withdraw it. ErrTakesTwo for one's own.
// A proposal falls with the office of whoever made it.
func (o *Officers) Confirm(ctx context.Context, by identity.AccountID, id, why string) error {
	why, err := prose(why, LongestWords)
	if err != nil {
		return err
	}
	return o.write(ctx, func(tx *gorm.DB) error {
		as, line, err := o.officerAnd(tx, by, id)
		if err != nil {
			return err
		}
		if err := line.mayConfirm(by); err != nil {
			return err
		}
		asked, what, now := line.ProposedBy, "officer confirmed", o.now()
		change := map[string]any{"confirmed_by": by, "held_from": now}
		if line.State() == Leaving {
			asked, what = line.EndAskedBy, "office withdrawn"
			change = map[string]any{"ended_by": by, "ended_at": now}
		}
		if _, err := officer(tx, asked); err != nil {
			return fmt.Errorf("whoever proposed it: %w", err)
		}
		if err := amend(tx, id, change); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: id, Why: why, At: now})
	})
}

// Withdraw takes an office back. Officers lay down their own at once, and drop a proposal alone; to end another's takes two.
func (o *Officers) Withdraw(ctx context.Context, by identity.AccountID, id, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	return o.write(ctx, func(tx *gorm.DB) error {
		as, line, err := o.officerAnd(tx, by, id)
		if err != nil {
			return err
		}
		now := o.now()
		change := map[string]any{"end_why": why, "ended_by": by, "ended_at": now}
		var what string
		switch state := line.State(); {
		case state == Proposed:
			what = "proposal dropped"
		case (state == Held || state == Leaving) && by == line.Account:
			what = "office laid down"
		case state == Held:
			what, change = "withdrawal proposed", map[string]any{"end_why": why, "end_asked_by": by}
		case state == Leaving && by == line.EndAskedBy:
			what, change = "withdrawal dropped", map[string]any{"end_why": "", "end_asked_by": ""}
		default:
			return ErrNoOffice
		}
		if err := amend(tx, id, change); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: id, Why: why, At: now})
	})
}

// List is the register of officers, with what is proposed: those open first, then those that are over, newest first.
func (o *Officers) List(ctx context.Context) ([]Office, error) {
	var rows []officeRow
	err := o.db.Read(ctx).Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, ended_at DESC, proposed_at, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	all := make([]Office, len(rows))
	for i, r := range rows {
		all[i] = r.office()
	}
	return all, nil
}

// write has those who appoint wait for each other: how many officers there are must not change meanwhile.
func (o *Officers) write(ctx context.Context, do func(tx *gorm.DB) error) error {
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "offices"); err != nil {
			return err
		}
		return do(tx)
	})
}

func (o *Officers) officerAnd(tx *gorm.DB, by identity.AccountID, id string) (as string, line Office, err error) {
	if as, err = officer(tx, by); err != nil {
		return "", Office{}, err
	}
	var row officeRow
	err = tx.Where("id = ? AND ended_at IS NULL", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNoOffice
	}
	return as, row.office(), err
}

func grantable(role Role, why string) (string, error) {
	why, err := reason(why)
	if !role.Known() {
		err = errors.Join(ErrNoRole, err)
	}
	return why, err
}

func open(tx *gorm.DB, row officeRow) error {
	err := tx.Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrHeld
	}
	return err
}

func amend(tx *gorm.DB, id string, change map[string]any) error {
	return tx.Model(&officeRow{}).Where("id = ? AND ended_at IS NULL", id).Updates(change).Error
}

// officer names an office that the account holds, for the audit log. ErrNotOfficer.
func officer(tx *gorm.DB, account identity.AccountID) (as string, err error) {
	var row officeRow
	err = tx.Where("account = ? AND "+held, account).Order("role").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotOfficer
	}
	return string(row.Role), err
}

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

// Operators knows who runs what, and keeps who ran it before.
type Operators struct {
	db  *database.DB
	now func() time.Time
}

// NewOperators opens the list of operators.
func NewOperators(db *database.DB, now func() time.Time) *Operators {
	return &Operators{db, database.Clock(now)}
}

type operatorRow struct {
	ID                             string
	Member                         ID
	Name, Runs, Since, Minute, Why string
	ProposedBy                     identity.AccountID
	ProposedAt                     time.Time
	ConfirmedBy                    identity.AccountID
	HeldFrom                       *time.Time
	EndAskedBy                     identity.AccountID
	EndWhy                         string
	EndedBy                        identity.AccountID
	EndedAt                        *time.Time
}

func (operatorRow) TableName() string { return "operators" }

func (r operatorRow) operator() Operator {
	return Operator{
		Appointment: Appointment{Member: r.Member, Name: r.Name, Runs: r.Runs, Since: day(r.Since), Minute: r.Minute, Why: r.Why},
		ID:          r.ID, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), ConfirmedBy: r.ConfirmedBy, From: database.Moment(r.HeldFrom),
		EndAskedBy: r.EndAskedBy, EndWhy: r.EndWhy, EndedBy: r.EndedBy, Until: database.Moment(r.EndedAt),
	}
}

// Appoint makes a member an operator: at once when the board did, as its minute says; otherwise another officer confirms it.
func (o *Operators) Appoint(ctx context.Context, by identity.AccountID, a Appointment) (string, error) {
	now := o.now()
	a, err := a.line(calendar.On(now))
	if err != nil {
		return "", err
	}
	row := operatorRow{
		ID: identity.NewID(), Member: a.Member, Name: a.Name, Runs: a.Runs, Since: a.Since.String(), Minute: a.Minute, Why: a.Why,
		ProposedBy: by, ProposedAt: now,
	}
	what := "operator proposed"
	if a.Minute != "" {
		row.HeldFrom, what = &now, "operator appointed"
	}
	return row.ID, o.db.Write(ctx, func(tx *gorm.DB) error {
		as, err := officer(tx, by)
		if err != nil {
			return err
		}
		m, err := locked(tx, a.Member)
		if err != nil {
			return err
		}
		if m.State != Admitted {
			return ErrNotMember
		}
		if err := tx.Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrRunsIt
		} else if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: row.ID, Why: whyWith(a), At: now})
	})
}

func whyWith(a Appointment) string {
	if a.Minute == "" {
		return a.Why
	}
	return a.Minute + ": " + a.Why
}

// Confirm is the second officer's word on a proposal, to appoint or to end. ErrTakesTwo for one's own.
func (o *Operators) Confirm(ctx context.Context, by identity.AccountID, id string) error {
	return o.onLine(ctx, by, id, func(tx *gorm.DB, line Operator) (map[string]any, audit.Act, error) {
		if err := line.office().mayConfirm(by); errors.Is(err, ErrNoOffice) {
			return nil, audit.Act{}, ErrNoOperator
		} else if err != nil {
			return nil, audit.Act{}, err
		}
		asked, what := line.ProposedBy, "operator confirmed"
		change := map[string]any{"confirmed_by": by, "held_from": o.now()}
		if line.State() == Leaving {
			asked, what = line.EndAskedBy, "operator ended"
			change = map[string]any{"ended_by": by, "ended_at": o.now()}
		}
		if _, err := officer(tx, asked); err != nil { // a proposal falls with the office of whoever made it
			return nil, audit.Act{}, fmt.Errorf("whoever proposed it: %w", err)
		}
		return change, audit.Act{What: what}, nil
	})
}

// End takes an appointment back: at once when the board did, as its minute says; otherwise another officer confirms it. An officer drops a
// proposal alone, and the wish to end that they made themself.
func (o *Operators) End(ctx context.Context, by identity.AccountID, id, minute, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	if minute, err = line(minute, LongestName); err != nil {
		return err
	}
	if minute != "" {
		why = minute + ": " + why
	}
	return o.onLine(ctx, by, id, func(_ *gorm.DB, line Operator) (map[string]any, audit.Act, error) {
		over := map[string]any{"end_why": why, "ended_by": by, "ended_at": o.now()}
		switch state := line.State(); {
		case state == Proposed:
			return over, audit.Act{What: "operator's proposal dropped", Why: why}, nil
		case minute != "":
			return over, audit.Act{What: "operator ended", Why: why}, nil
		case state == Held:
			return map[string]any{"end_why": why, "end_asked_by": by}, audit.Act{What: "operator's end proposed", Why: why}, nil
		case state == Leaving && by == line.EndAskedBy:
			return map[string]any{"end_why": "", "end_asked_by": ""}, audit.Act{What: "operator's end dropped", Why: why}, nil
		default:
			return nil, audit.Act{}, ErrNoOperator
		}
	})
}

// onLine changes an open line as an officer decides, and records it. On PostgreSQL others wait for each other.
func (o *Operators) onLine(ctx context.Context, by identity.AccountID, id string, decide func(tx *gorm.DB, line Operator) (map[string]any, audit.Act, error)) error {
	return o.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "operators"); err != nil {
			return err
		}
		as, err := officer(tx, by)
		if err != nil {
			return err
		}
		var row operatorRow
		err = tx.Where("id = ? AND ended_at IS NULL", id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNoOperator
		}
		if err != nil {
			return err
		}
		change, act, err := decide(tx, row.operator())
		if err != nil {
			return err
		}
		if err := tx.Model(&operatorRow{}).Where("id = ?", id).Updates(change).Error; err != nil {
			return err
		}
		act.By, act.As, act.About, act.At = by, as, id, o.now()
		return audit.Record(tx, act)
	})
}

// List is everybody who runs something or did, with what is proposed: those open first, in the order in which they began.
func (o *Operators) List(ctx context.Context) ([]Operator, error) {
	return o.find(o.db.Read(ctx))
}

// Of is what a member runs or did, with what is proposed, in the order of List.
func (o *Operators) Of(ctx context.Context, m ID) ([]Operator, error) {
	return o.find(o.db.Read(ctx).Where("member = ?", m))
}

func (o *Operators) find(tx *gorm.DB) ([]Operator, error) {
	var rows []operatorRow
	err := tx.Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, ended_at DESC, since, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	all := make([]Operator, len(rows))
	for i, r := range rows {
		all[i] = r.operator()
	}
	return all, nil
}

// Counts reports whether a member is an operator on a day, as far as was known at a moment. Who was appointed after the day of an
// election's notice was appointed too late for it; the zero notice is no election.
func (o *Operators) Counts(ctx context.Context, m ID, on, notice calendar.Date, knownAt time.Time) (bool, error) {
	lines, err := o.Of(ctx, m)
	if err != nil {
		return false, err
	}
	for _, line := range lines {
		if line.known(knownAt).Counts(on, notice) {
			return true, nil
		}
	}
	return false, nil
}

package meeting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type actionRow struct {
	ID      string
	Meeting string
	Words   string
	Who     string
	Due     string
	MadeBy  identity.AccountID
	MadeAt  time.Time
	DoneBy  identity.AccountID
	DoneAt  *time.Time
	Note    string
}

func (actionRow) TableName() string { return "meeting_actions" }

func (r actionRow) action() Action {
	return Action{r.ID, r.Meeting, r.Words, r.Who, dayIn(r.Due), r.MadeAt.UTC(), database.Moment(r.DoneAt), r.Note}
}

// AddAction lists something to be done that a meeting decided on. ErrNotWriter, ErrTooEarly before it was opened, ErrMany, or all that is amiss:
// ErrNothingSaid, ErrNoWho, ErrNoDue.
func (m *Meetings) AddAction(ctx context.Context, by identity.AccountID, meeting, words, who string, due calendar.Date) error {
	var amiss error
	words, err := member.Prose(words, LongestAction)
	if err != nil || !says(words) {
		amiss = member.Amiss(ErrNothingSaid, err)
	}
	if who, err = member.Line(who, LongestTitle); err != nil || !says(who) {
		amiss = errors.Join(amiss, member.Amiss(ErrNoWho, err))
	}
	if due.IsZero() || due.Before(m.today()) {
		amiss = errors.Join(amiss, ErrNoDue)
	}
	if amiss != nil {
		return amiss
	}
	acts, err := m.actor(ctx, by)
	if err != nil {
		return err
	}
	return m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error {
		as, may := acts.writes(of)
		switch {
		case !may:
			return ErrNotWriter
		case of.OpenedAt.IsZero():
			return ErrTooEarly
		}
		var n int64
		if err := tx.Model(&actionRow{}).Where("meeting = ?", meeting).Count(&n).Error; err != nil {
			return err
		}
		if n >= MostActions {
			return ErrMany
		}
		now := m.now()
		row := actionRow{ID: identity.NewID(), Meeting: meeting, Words: words, Who: who, Due: due.String(), MadeBy: by, MadeAt: now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "action listed", About: meeting, Why: words, At: now})
	})
}

// Done says that an action is done, or that it is not after all, with a note for everybody. ErrNotWriter, ErrNoAction, ErrBadMinutes.
func (m *Meetings) Done(ctx context.Context, by identity.AccountID, action string, done bool, note string) error {
	note, err := member.Prose(note, LongestAction)
	if err != nil {
		return member.Amiss(ErrBadMinutes, err)
	}
	acts, err := m.actor(ctx, by)
	if err != nil {
		return err
	}
	var rows []actionRow
	if err := m.db.Read(ctx).Where("id = ?", action).Limit(1).Find(&rows).Error; err != nil {
		return fmt.Errorf("look up an action: %w", err)
	}
	if len(rows) == 0 {
		return ErrNoAction
	}
	return m.on(ctx, rows[0].Meeting, func(tx *gorm.DB, of Meeting) error {
		as, may := acts.writes(of)
		if !may {
			return ErrNotWriter
		}
		now := m.now()
		to, what := map[string]any{"done_by": by, "done_at": now, "note": note}, "action done"
		if !done {
			to["done_at"], what = nil, "action not done after all"
		}
		if err := tx.Model(&actionRow{}).Where("id = ?", action).Updates(to).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: of.ID, Why: note, At: now})
	})
}

// Actions are what is to be done, of all meetings or of one: first what is open, the most urgent first, then what is done, the latest first.
func (m *Meetings) Actions(ctx context.Context, meeting string) (open, done []Action, err error) {
	q := m.db.Read(ctx).Order("CASE WHEN done_at IS NULL THEN 0 ELSE 1 END, CASE WHEN done_at IS NULL THEN due END, done_at DESC, id").Limit(ActionsListed)
	if meeting != "" {
		q = q.Where("meeting = ?", meeting)
	}
	var rows []actionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, nil, fmt.Errorf("list actions: %w", err)
	}
	for _, r := range rows {
		if a := r.action(); a.DoneAt.IsZero() {
			open = append(open, a)
		} else {
			done = append(done, a)
		}
	}
	return open, done, nil
}

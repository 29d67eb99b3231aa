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

type objectionRow struct {
	ID         string
	Election   string
	Member     member.ID
	Words      string
	MadeAt     time.Time
	Answer     string
	AnsweredBy identity.AccountID
	AnsweredAt *time.Time
}

func (objectionRow) TableName() string { return "roll_objections" }

func (r objectionRow) objection() Objection {
	return Objection{r.ID, r.Election, r.Member, r.Words, r.MadeAt.UTC(), r.Answer, r.AnsweredBy, database.Moment(r.AnsweredAt)}
}

// Object keeps what a member says is wrong with the roll: with their own line, or with anybody's. One at a time waits for an answer.
// ErrNotMember, ErrNoRoll, ErrTooLate, ErrObjected.
func (e *Elections) Object(ctx context.Context, account identity.AccountID, id, words string) error {
	words, err := member.Reason(words)
	if err != nil {
		return err
	}
	who, is, err := e.register.Of(ctx, account)
	if err == nil && (!is || who.State != member.Admitted) {
		err = ErrNotMember
	}
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if _, err := newest(tx, id); err != nil {
			return err
		}
		now := e.now()
		if !el.Objecting(now) {
			return ErrTooLate
		}
		err = tx.Create(&objectionRow{ID: identity.NewID(), Election: id, Member: who.ID, Words: words, MadeAt: now}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrObjected
		}
		return err
	})
}

// Answer tells a member what came of their objection. ErrNoObjection.
func (e *Elections) Answer(ctx context.Context, by identity.AccountID, id, objection, words string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "election:"+id); err != nil {
			return err
		}
		now := e.now()
		done := tx.Model(&objectionRow{}).Where("id = ? AND election = ? AND answered_at IS NULL", objection, id).
			Updates(map[string]any{"answer": words, "answered_by": by, "answered_at": now})
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNoObjection
		}
		if done.Error != nil {
			return done.Error
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "objection answered", About: id, Why: words, At: now})
	})
}

// Objections are all that were made, open ones first. With m, only that member's.
func (e *Elections) Objections(ctx context.Context, id string, m member.ID) ([]Objection, error) {
	ask := e.db.Read(ctx).Where("election = ?", id)
	if m != "" {
		ask = ask.Where("member = ?", m)
	}
	var rows []objectionRow
	if err := ask.Order("CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, made_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list objections: %w", err)
	}
	all := make([]Objection, len(rows))
	for i, r := range rows {
		all[i] = r.objection()
	}
	return all, nil
}

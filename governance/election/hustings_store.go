package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type questionRow struct {
	ID        string
	Election  string
	Class     member.Class
	Member    member.ID
	Words     string
	AskedAt   time.Time
	HiddenBy  identity.AccountID
	HiddenWhy string
	HiddenAt  *time.Time
}

func (questionRow) TableName() string { return "hustings_questions" }

type answerRow struct {
	Question   string
	Nomination string
	Words      string
	AnsweredAt time.Time
}

func (answerRow) TableName() string { return "hustings_answers" }

// Ask puts a question to all candidates of the class in which a member votes. ErrHustingsShut, ErrNotMember, ErrNotInClass, ErrHasDuty,
// ErrManyQuestions.
func (e *Elections) Ask(ctx context.Context, account identity.AccountID, id, words string) error {
	el, err := e.Get(ctx, id)
	if err != nil {
		return err
	}
	m, class, err := e.voter(ctx, el, account)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		now := e.now()
		if !el.Asking(now) {
			return ErrHustingsShut
		}
		var asked int64
		if err := tx.Model(&questionRow{}).Where("election = ? AND member = ?", id, m).Count(&asked).Error; err != nil {
			return err
		}
		if asked >= MostQuestions {
			return ErrManyQuestions
		}
		return tx.Create(&questionRow{ID: identity.NewID(), Election: id, Class: class, Member: m, Words: words, AskedAt: now}).Error
	})
}

// Reply is a candidate's answer to a question; a later one takes its place while questions are open.
// ErrHustingsShut, ErrNotYours for whoever is no candidate of that class, ErrNoQuestion.
func (e *Elections) Reply(ctx context.Context, account identity.AccountID, question, words string) error {
	m, is, err := e.register.Of(ctx, account)
	if err != nil {
		return err
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return e.onQuestion(ctx, question, func(tx *gorm.DB, el Election, q questionRow) error {
		if !el.Asking(e.now()) {
			return ErrHustingsShut
		}
		var row nominationRow
		err := tx.Where("election = ? AND class = ? AND candidate = ? AND accepted_at IS NOT NULL AND withdrawn_at IS NULL", el.ID, q.Class, m.ID).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) || !is {
			return ErrNotYours
		}
		if err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "question"}, {Name: "nomination"}}, DoUpdates: clause.AssignmentColumns([]string{"words", "answered_at"}),
		}).Create(&answerRow{q.ID, row.ID, words, e.now()}).Error
	})
}

// Hide takes a question down, with a reason that everybody reads in its place. ErrNotOfficer, ErrNoQuestion.
func (e *Elections) Hide(ctx context.Context, by identity.AccountID, id, question, why string) error {
	as, err := e.runs(ctx, by, id)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	return e.onQuestion(ctx, question, func(tx *gorm.DB, el Election, q questionRow) error {
		if el.ID != id {
			return ErrNoQuestion
		}
		now := e.now()
		err := tx.Model(&questionRow{}).Where("id = ?", q.ID).Updates(map[string]any{"hidden_by": by, "hidden_why": why, "hidden_at": now}).Error
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "question taken down", About: id, Why: why, At: now})
	})
}

// onQuestion does something to a question that was not taken down.
func (e *Elections) onQuestion(ctx context.Context, question string, do func(tx *gorm.DB, el Election, q questionRow) error) error {
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		var q questionRow
		err := tx.Where("id = ?", question).Take(&q).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNoQuestion
		}
		if err != nil {
			return err
		}
		el, err := locked(tx, q.Election)
		if err != nil {
			return err
		}
		if err := tx.Where("id = ? AND hidden_at IS NULL", question).Take(&q).Error; errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNoQuestion
		} else if err != nil {
			return err
		}
		return do(tx, el, q)
	})
}

// Questions are those put to the candidates of a class, with all answers, in the order in which they were asked.
func (e *Elections) Questions(ctx context.Context, id string, class member.Class) ([]Question, error) {
	tx := e.db.Read(ctx)
	var rows []questionRow
	if err := tx.Where("election = ? AND class = ?", id, class).Order("asked_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list questions: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var answers []answerRow
	if err := tx.Where("question IN ?", ids).Find(&answers).Error; err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	all := make([]Question, len(rows))
	for i, r := range rows {
		all[i] = Question{
			ID: r.ID, Election: r.Election, Class: r.Class, Member: r.Member, Words: r.Words, AskedAt: r.AskedAt.UTC(),
			HiddenWhy: r.HiddenWhy, HiddenAt: database.Moment(r.HiddenAt), Answers: map[string]string{},
		}
		for _, a := range answers {
			if a.Question == r.ID {
				all[i].Answers[a.Nomination] = a.Words
			}
		}
	}
	return all, nil
}

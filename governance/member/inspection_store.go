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

// Inspection is somebody's wish to see the register, and what came of it.
type Inspection struct {
	ID         string
	Who        string // asked
	Why        string
	Asked      calendar.Date
	Answer     Answer
	Shown      string // what they saw, or why they did not
	NotedBy    identity.AccountID
	AnsweredBy identity.AccountID
	AnsweredAt time.Time
}

// Answer is what came of a wish to see the register. "" is none yet.
type Answer string

const (
	Shown     Answer = "shown"
	NotShown  Answer = "refused"
	CalledOff Answer = "called off"
)

// Errors of inspections.
var (
	ErrNoInspection = errors.New("there is no such request, or it is answered")
	ErrNoWho        = errors.New("say who asked")
	ErrAnswer       = errors.New("a request is shown, refused or called off")
)

type inspectionRow struct {
	ID         string
	Who, Why   string
	Asked      string
	Answer     Answer
	Shown      string
	NotedBy    identity.AccountID
	AnsweredBy identity.AccountID
	AnsweredAt *time.Time
}

func (inspectionRow) TableName() string { return "inspections" }

// AskInspection keeps a request to see the register, before anything is shown.
func (r *Register) AskInspection(ctx context.Context, who, why string, by identity.AccountID) (string, error) {
	who, named := line(who, LongestName)
	if named != nil || who == "" {
		named = Amiss(ErrNoWho, named)
	}
	why, worded := reason(why)
	if err := errors.Join(named, worded); err != nil {
		return "", err
	}
	row := inspectionRow{ID: identity.NewID(), Who: who, Why: why, Asked: r.today().String(), NotedBy: by}
	return row.ID, r.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: string(Secretary), What: "inspection asked for", About: row.ID, At: r.now()})
	})
}

// AnswerInspection notes what somebody was shown, or why not. ErrNoInspection when it has an answer.
func (r *Register) AnswerInspection(ctx context.Context, id string, by identity.AccountID, answer Answer, shown string) error {
	if answer != Shown && answer != NotShown && answer != CalledOff {
		return ErrAnswer
	}
	shown, err := reason(shown)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		now := r.now()
		done := tx.Model(&inspectionRow{}).Where("id = ? AND answer = ''", id).
			Updates(map[string]any{"answer": answer, "shown": shown, "answered_by": by, "answered_at": now})
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrNoInspection
		}
		if done.Error != nil {
			return done.Error
		}
		return audit.Record(tx, audit.Act{By: by, As: string(Secretary), What: "inspection " + string(answer), About: id, At: now})
	})
}

// mostInspections is how many are listed.
const mostInspections = 200

// Inspections lists the requests: open ones first, then the newest.
func (r *Register) Inspections(ctx context.Context) ([]Inspection, error) {
	var rows []inspectionRow
	err := r.db.Read(ctx).Order("CASE answer WHEN '' THEN 0 ELSE 1 END, asked DESC, id").Limit(mostInspections).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list inspections: %w", err)
	}
	all := make([]Inspection, len(rows))
	for i, row := range rows {
		all[i] = Inspection{
			row.ID, row.Who, row.Why, day(row.Asked), row.Answer, row.Shown, row.NotedBy, row.AnsweredBy, database.Moment(row.AnsweredAt),
		}
	}
	return all, nil
}

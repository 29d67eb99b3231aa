// Package audit keeps what officers did, each act with who, in which office and why. Nothing in it is ever changed.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Act is one line of the log.
type Act struct {
	ID    int64              // set when it is read; later acts have higher ones
	By    identity.AccountID // "" when a command, the clock or the person concerned acted
	As    string             // the office, or "command", "clock", "member"
	What  string             // fixed words: "month closed"
	About string             // the id of what it was done to, or a month
	Why   string
	At    time.Time
}

type actRow struct {
	ID                     int64
	Account                identity.AccountID
	Role, What, About, Why string
	At                     time.Time
}

func (actRow) TableName() string { return "audit" }

var errWordless = errors.New("an act needs words for what was done, and as whom")

// Record adds an act in the transaction that does it: either both happen or neither.
func Record(tx *gorm.DB, a Act) error {
	if a.What == "" || a.As == "" {
		return errWordless
	}
	row := actRow{Account: a.By, Role: a.As, What: a.What, About: a.About, Why: a.Why, At: a.At.UTC().Truncate(time.Microsecond)}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("record %q in the audit log: %w", a.What, err)
	}
	return nil
}

// Log is the log for those who read it.
type Log struct{ db *database.DB }

// NewLog opens the log.
func NewLog(db *database.DB) *Log { return &Log{db} }

// Wanted says which acts. The zero Wanted is the newest of all.
type Wanted struct {
	About  string // only those about it
	Before int64  // only those older than the act with this id
}

// PageSize is how many acts List returns at most.
const PageSize = 100

// List returns acts, newest first, and whether there are older ones.
func (l *Log) List(ctx context.Context, w Wanted) (acts []Act, older bool, err error) {
	ask := l.db.Read(ctx).Order("id DESC").Limit(PageSize + 1)
	if w.About != "" {
		ask = ask.Where("about = ?", w.About)
	}
	if w.Before > 0 {
		ask = ask.Where("id < ?", w.Before)
	}
	var rows []actRow
	if err := ask.Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("read the audit log: %w", err)
	}
	if older = len(rows) > PageSize; older {
		rows = rows[:PageSize]
	}
	for _, r := range rows {
		acts = append(acts, Act{r.ID, r.Account, r.Role, r.What, r.About, r.Why, r.At.UTC()})
	}
	return acts, older, nil
}

package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type wishRow struct {
	Account                   identity.AccountID `gorm:"primaryKey"`
	Chat, Mail, Card, Counted bool
	PutAway                   int
	Since                     time.Time
}

func (wishRow) TableName() string { return "notice_wishes" }

func (r wishRow) wish() Wish { return Wish{r.Chat, r.Mail, r.Card, r.Counted} }

func (r *wishRow) set(w Wish) { r.Chat, r.Mail, r.Card, r.Counted = w.Chat, w.Mail, w.Card, w.Counted }

// wishOf is what somebody wishes; who never said has the wish of everybody who is not asked.
func wishOf(tx *gorm.DB, account identity.AccountID) (wishRow, error) {
	row := wishRow{Account: account}
	row.set(unasked)
	err := tx.Where("account = ?", account).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	if err != nil {
		return row, fmt.Errorf("look up how somebody wants to hear: %w", err)
	}
	return row, nil
}

// Wish is how somebody wants to hear.
func (n *Notices) Wish(ctx context.Context, account identity.AccountID) (Wish, error) {
	row, err := wishOf(n.db.Read(ctx), account)
	return row.wish(), err
}

// Choose keeps how somebody wants to hear. What is under way and not wanted any more does not go out.
func (n *Notices) Choose(ctx context.Context, account identity.AccountID, w Wish) error {
	return n.change(ctx, account, func(row *wishRow) { row.set(w) })
}

// Silence switches everything off for good. Somebody who is not there can do so as well: whoever asks is not told.
func (n *Notices) Silence(ctx context.Context, account identity.AccountID) error {
	_, err := n.accounts.Account(ctx, account)
	if errors.Is(err, identity.ErrNoAccount) {
		return nil
	}
	if err != nil {
		return err
	}
	return n.change(ctx, account, func(row *wishRow) { row.set(row.wish().silence()) })
}

// PutAway is for somebody who has seen this year's card.
func (n *Notices) PutAway(ctx context.Context, account identity.AccountID, year int) error {
	return n.change(ctx, account, func(row *wishRow) { row.PutAway = max(row.PutAway, year) })
}

func (n *Notices) change(ctx context.Context, account identity.AccountID, how func(*wishRow)) error {
	err := n.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "notices:"+string(account)); err != nil {
			return err
		}
		row, err := wishOf(tx, account)
		if err != nil {
			return err
		}
		before := row.wish()
		how(&row)
		row.Since = n.now()
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return err
		}
		if before.counts() && !row.wish().counts() {
			return takeBack(tx, account)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep how somebody wants to hear: %w", err)
	}
	return nil
}

// counts reports whether contacts may be told of somebody, if they pay.
func (w Wish) counts() bool { return w.Counted && w.Consents() }

// takeBack has nobody told any more that a contact of theirs pays. The graph is gone, so we cannot know of whom that still may be told: what
// has not gone out is told as if nobody had agreed. Who did not pay when the degrees were worked out has nothing to take back.
func takeBack(tx *gorm.DB, account identity.AccountID) error {
	var years []int
	if err := tx.Model(&noticeRow{}).Where("account = ? AND told = ?", account, int(Pays)).Pluck("year", &years).Error; err != nil || len(years) == 0 {
		return err
	}
	return farther(tx, slices.Max(years))
}

// farther tells nobody of a year any more that a contact of theirs pays. Only to make a "1" a "2" would show by those one step on, who know that
// account alone.
func farther(tx *gorm.DB, year int) error {
	return tx.Model(&noticeRow{}).Where("year = ? AND unsettled AND told IS NOT NULL", year).Update("told", gorm.Expr("guarded")).Error
}

// Card is what somebody who has asked for no message sees now, if anything.
func (n *Notices) Card(ctx context.Context, account identity.AccountID) (Card, bool, error) {
	row, err := wishOf(n.db.Read(ctx), account)
	if err != nil {
		return Card{}, false, err
	}
	last, err := n.LastReleased(ctx)
	if err != nil {
		return Card{}, false, err
	}
	who, err := n.accounts.Account(ctx, account)
	if err != nil {
		return Card{}, false, err
	}
	if last == nil || !last.shown(n.now()) || !who.Since.Before(last.ReleasedAt) {
		return Card{}, false, nil // to who came later it would be the first thing that they see
	}
	return Card{last.Year}, row.Card && !row.wish().Consents() && row.PutAway < last.Year, nil
}

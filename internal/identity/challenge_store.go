package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
)

// Challenge has a code sent to an address, for whoever asks from source (a network address, say; kept as a keyed hash alone).
// It looks nobody up, so it cannot tell who has an account. *TooManyError when this address or source has asked too often.
func (a *Accounts) Challenge(ctx context.Context, to Address, source, language string) (ChallengeID, error) {
	now := a.now()
	row := challengeRow{
		ID: ChallengeID(NewID()), Scheme: to.Scheme, Value: to.Value, Typed: to.Typed, Language: language,
		Source: a.keyed("source", source), Since: now, Expires: now.Add(codeLasts),
	}
	err := a.db.Write(ctx, func(tx *gorm.DB) error {
		if err := a.withinLimits(tx, row); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return a.queue.Add(ctx, tx, SendCode{row.ID})
	})
	if err != nil {
		return "", fmt.Errorf("challenge an address: %w", err)
	}
	return row.ID, nil
}

// withinLimits counts in the database, where the count outlives this process and is shared with others.
// Who asks for the same address or from the same source at once is counted one after the other.
func (a *Accounts) withinLimits(tx *gorm.DB, row challengeRow) error {
	for _, lock := range []string{"challenges to " + row.Scheme + ":" + row.Value, "challenges from " + hex.EncodeToString(row.Source)} {
		if err := database.Lock(tx, lock); err != nil {
			return err
		}
	}
	var toAddress, fromSource []time.Time
	since := row.Since.Add(-Remembered)
	err := errors.Join(
		tx.Model(&challengeRow{}).Where("scheme = ? AND value = ? AND since > ?", row.Scheme, row.Value, since).
			Order("since DESC").Limit(most(addressLimits)).Pluck("since", &toAddress).Error,
		tx.Model(&challengeRow{}).Where("source = ? AND since > ?", row.Source, since).
			Order("since DESC").Limit(most(sourceLimits)).Pluck("since", &fromSource).Error,
	)
	if err != nil {
		return err
	}
	longest := max(wait(addressLimits, toAddress, row.Since), wait(sourceLimits, fromSource, row.Since))
	if longest > 0 {
		return &TooManyError{longest}
	}
	return nil
}

// Challenged tells of a challenge, for the page that asks for its code and the mail that brings it. Those forgotten have expired.
func (a *Accounts) Challenged(ctx context.Context, id ChallengeID) (Challenge, error) {
	row, err := challenged(a.db.Read(ctx), id)
	if err != nil {
		return Challenge{}, err
	}
	return row.challenge(), nil
}

func challenged(db *gorm.DB, id ChallengeID) (challengeRow, error) {
	var row challengeRow
	err := db.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, ErrCodeExpired
	}
	if err != nil {
		return row, fmt.Errorf("look up a challenge: %w", err)
	}
	return row, nil
}

// Enter signs somebody in who gives the code of a challenge. deviceSecret is what an earlier Entry left in this browser, or "".
// *WrongCodeError, ErrCodeExpired, ErrCodeSpent.
func (a *Accounts) Enter(ctx context.Context, id ChallengeID, code, deviceSecret, deviceName string) (Entry, error) {
	var entry Entry
	var refused error // told after the commit: a wrong guess must stay counted
	err := a.db.Write(ctx, func(tx *gorm.DB) error {
		var row challengeRow
		var err error
		row, refused, err = a.guess(tx, id, code)
		if err != nil || refused != nil {
			return err
		}
		entry, err = a.admit(ctx, tx, row.address(), row.Language, deviceSecret, deviceName)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("enter by a code: %w", err)
	}
	if refused != nil {
		return Entry{}, refused
	}
	return entry, nil
}

// guess counts the guess before it is compared, in one statement: guesses made at the same moment are counted each.
func (a *Accounts) guess(tx *gorm.DB, id ChallengeID, code string) (row challengeRow, refused, err error) {
	now := a.now()
	counted := tx.Model(&challengeRow{}).
		Where("id = ? AND tries < ? AND spent IS NULL AND expires > ?", id, codeTries, now).
		Update("tries", gorm.Expr("tries + 1"))
	if counted.Error != nil {
		return row, nil, counted.Error
	}
	row, err = challenged(tx, id)
	switch {
	case errors.Is(err, ErrCodeExpired):
		return row, err, nil
	case err != nil:
		return row, nil, err
	case counted.RowsAffected == 0:
		return row, row.why(now), nil
	case !a.right(id, code):
		return row, &WrongCodeError{codeTries - row.Tries}, nil
	}
	return row, nil, tx.Model(&challengeRow{}).Where("id = ?", id).Update("spent", now).Error
}

// why a challenge takes no more guesses.
func (r challengeRow) why(now time.Time) error {
	switch {
	case r.Spent != nil:
		return ErrCodeSpent
	case !r.Expires.After(now):
		return ErrCodeExpired
	}
	return &WrongCodeError{0}
}

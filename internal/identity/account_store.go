package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Account tells of an account.
func (a *Accounts) Account(ctx context.Context, id AccountID) (Account, error) {
	var row accountRow
	err := a.db.Read(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Account{}, ErrNoAccount
	}
	if err != nil {
		return Account{}, fmt.Errorf("look up account %s: %w", id, err)
	}
	return Account{AccountID(row.ID), row.Name, row.Language, row.Since.UTC()}, nil
}

// Rename changes what an account is called. ErrBadName.
func (a *Accounts) Rename(ctx context.Context, id AccountID, name string) error {
	name, err := properName(name)
	if err != nil {
		return err
	}
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		renamed := tx.Model(&accountRow{}).Where("id = ?", id).Update("name", name)
		if renamed.Error == nil && renamed.RowsAffected == 0 {
			return ErrNoAccount
		}
		return renamed.Error
	})
}

// namesAtOnce keeps a question short of the databases' limits on its length.
const namesAtOnce = 500

// Names tells what accounts are called. Those that are not there are not in it.
func (a *Accounts) Names(ctx context.Context, ids []AccountID) (map[AccountID]string, error) {
	names := make(map[AccountID]string, len(ids))
	for some := range slices.Chunk(ids, namesAtOnce) {
		var rows []accountRow
		if err := a.db.Read(ctx).Select("id", "name").Where("id IN ?", some).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("look up names: %w", err)
		}
		for _, row := range rows {
			names[AccountID(row.ID)] = row.Name
		}
	}
	return names, nil
}

// Addresses are those that an account has proved, in the order in which it did.
func (a *Accounts) Addresses(ctx context.Context, id AccountID) ([]Address, error) {
	var rows []addressRow
	err := a.db.Read(ctx).Where("account = ? AND verified IS NOT NULL", id).Order("verified, value").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up the addresses of account %s: %w", id, err)
	}
	proved := make([]Address, len(rows))
	for i, row := range rows {
		proved[i] = Address{row.Scheme, row.Value, row.Typed}
	}
	return proved, nil
}

// Open reports whether somebody has ever signed in to an account, which is otherwise merely reserved.
func (a *Accounts) Open(ctx context.Context, id AccountID) (bool, error) {
	var open int64
	err := a.db.Read(ctx).Model(&accountRow{}).Where("id = ? AND opened IS NOT NULL", id).Count(&open).Error
	if err != nil {
		return false, fmt.Errorf("look up account %s: %w", id, err)
	}
	return open == 1, nil
}

// Opened tells since when accounts are open. Those that are merely reserved, or not there, are not in it.
func (a *Accounts) Opened(ctx context.Context, ids []AccountID) (map[AccountID]time.Time, error) {
	opened := make(map[AccountID]time.Time, len(ids))
	for some := range slices.Chunk(ids, namesAtOnce) {
		var rows []accountRow
		if err := a.db.Read(ctx).Select("id", "opened").Where("id IN ? AND opened IS NOT NULL", some).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("look up since when accounts are open: %w", err)
		}
		for _, row := range rows {
			opened[AccountID(row.ID)] = row.Opened.UTC()
		}
	}
	return opened, nil
}

// Reserve is the account behind an address. If nobody has it, an account is kept for whoever proves it one day,
// and neither the answer nor the statements on the way to it differ.
func (a *Accounts) Reserve(ctx context.Context, address Address) (AccountID, error) {
	var id AccountID
	err := a.db.Write(ctx, func(tx *gorm.DB) (err error) {
		id, err = reserve(tx, address, a.now())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reserve an account: %w", err)
	}
	return id, nil
}

func reserve(tx *gorm.DB, address Address, now time.Time) (AccountID, error) {
	fresh := AccountID(NewID())
	if err := tx.Create(&accountRow{ID: string(fresh), Since: now}).Error; err != nil {
		return "", err
	}
	// Who comes second waits here for the first, and then finds their row.
	kept := addressRow{Scheme: address.Scheme, Value: address.Value, Typed: address.Typed, Account: fresh, Since: now}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&kept).Error; err != nil {
		return "", err
	}
	var row addressRow
	if err := tx.Where("scheme = ? AND value = ?", address.Scheme, address.Value).Take(&row).Error; err != nil {
		return "", err
	}
	err := tx.Where("id = ? AND id <> ?", fresh, row.Account).Delete(&accountRow{}).Error
	return row.Account, err
}

// Admit signs in whoever has proved an address, and opens the account if this is the first time.
func (a *Accounts) Admit(ctx context.Context, to Address, deviceSecret, deviceName string) (Entry, error) {
	var entry Entry
	err := a.db.Write(ctx, func(tx *gorm.DB) (err error) {
		entry, err = a.admit(ctx, tx, to, "", deviceSecret, deviceName)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("admit: %w", err)
	}
	return entry, nil
}

func (a *Accounts) admit(ctx context.Context, tx *gorm.DB, to Address, language, deviceSecret, deviceName string) (Entry, error) {
	now := a.now()
	id, err := reserve(tx, to, now)
	if err != nil {
		return Entry{}, err
	}
	opened, err := a.open(ctx, tx, id, to, language, now)
	if err != nil {
		return Entry{}, err
	}
	device, secret, err := recognise(tx, id, deviceSecret, deviceName, now)
	if err != nil {
		return Entry{}, err
	}
	token, expires, err := begin(tx, device, now)
	if err != nil {
		return Entry{}, err
	}
	var row accountRow
	if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
		return Entry{}, err
	}
	return Entry{
		Session: Session{Account: id, Device: device, Name: row.Name, Expires: expires},
		Token:   token, DeviceSecret: secret, NewAccount: opened,
	}, nil
}

// open notes that the address is proved, and reports whether that opened the account.
func (a *Accounts) open(ctx context.Context, tx *gorm.DB, id AccountID, by Address, language string, now time.Time) (bool, error) {
	err := tx.Model(&addressRow{}).Where("scheme = ? AND value = ? AND verified IS NULL", by.Scheme, by.Value).
		Updates(map[string]any{"verified": now, "typed": by.Typed}).Error
	if err != nil {
		return false, err
	}
	opened := tx.Model(&accountRow{}).Where("id = ? AND opened IS NULL", id).
		Updates(map[string]any{"opened": now, "language": language})
	if opened.Error != nil || opened.RowsAffected == 0 {
		return false, opened.Error
	}
	return true, a.queue.Add(ctx, tx, AccountOpened{id})
}

package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const (
	SessionLasts = 30 * 24 * time.Hour // since it was last renewed
	renewEvery   = time.Hour           // so that looking is not writing
	mostDevices  = 200                 // shown of one account
)

// recognise finds the device that has this secret, or notes a new one, whose secret is then the second answer.
// A secret that the browser got for another account serves this one too, hashed apart.
func recognise(tx *gorm.DB, account AccountID, secret, name string, now time.Time) (DeviceID, string, error) {
	if !isSecret(secret) {
		secret = newSecret()
	}
	// The secret decides: two who enter at once from one browser are one device.
	row := deviceRow{
		ID: DeviceID(NewID()), Account: account, Name: shortName(name),
		Secret: hashedFor(account, secret), Since: now, Seen: now,
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "secret"}},
		DoUpdates: clause.AssignmentColumns([]string{"name", "seen"}),
	}).Create(&row).Error
	if err != nil {
		return "", "", err
	}
	var known deviceRow
	if err := tx.Where("secret = ?", row.Secret).Take(&known).Error; err != nil {
		return "", "", err
	}
	return known.ID, secret, nil
}

// begin starts the device's session; one that it had is over.
func begin(tx *gorm.DB, device DeviceID, now time.Time) (token string, expires time.Time, err error) {
	token = newSecret()
	row := sessionRow{Token: hashed(token), Device: device, Renewed: now, Expires: now.Add(SessionLasts)}
	err = tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "device"}},
		DoUpdates: clause.AssignmentColumns([]string{"token", "renewed", "expires"}),
	}).Create(&row).Error
	return token, row.Expires, err
}

// Session is who presents a token, and prolongs the session. ErrNoSession when that is nobody, or nobody any more.
func (a *Accounts) Session(ctx context.Context, token string) (Session, error) {
	session, renewed, err := a.session(ctx, token)
	now := a.now()
	if err != nil || now.Sub(renewed) < renewEvery {
		return session, err
	}
	if err := a.renew(ctx, token, session.Device, now); err != nil {
		// Whoever is signed in stays so while the disk is full, say; the next look tries again.
		slog.WarnContext(ctx, "session not renewed", "device", session.Device, "error", err)
		return session, nil
	}
	session.Expires = now.Add(SessionLasts)
	return session, nil
}

// Glimpse is Session for what a page asks by itself: nobody need be there, so the session ends as if it had not been asked.
func (a *Accounts) Glimpse(ctx context.Context, token string) (Session, error) {
	session, _, err := a.session(ctx, token)
	return session, err
}

func (a *Accounts) session(ctx context.Context, token string) (_ Session, renewed time.Time, err error) {
	var row struct {
		Account          AccountID
		Device           DeviceID
		Name             string
		Renewed, Expires time.Time
	}
	err = a.db.Read(ctx).Table("sessions").
		Select("devices.account, sessions.device, accounts.name, sessions.renewed, sessions.expires").
		Joins("JOIN devices ON devices.id = sessions.device AND devices.revoked IS NULL").
		Joins("JOIN accounts ON accounts.id = devices.account").
		Where("sessions.token = ? AND sessions.expires > ?", hashed(token), a.now()).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Session{}, time.Time{}, ErrNoSession
	}
	if err != nil {
		return Session{}, time.Time{}, fmt.Errorf("look up a session: %w", err)
	}
	return Session{row.Account, row.Device, row.Name, row.Expires.UTC()}, row.Renewed, nil
}

func (a *Accounts) renew(ctx context.Context, token string, device DeviceID, now time.Time) error {
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		err := tx.Model(&sessionRow{}).Where("token = ?", hashed(token)).
			Updates(map[string]any{"renewed": now, "expires": now.Add(SessionLasts)}).Error
		if err != nil {
			return err
		}
		return tx.Model(&deviceRow{}).Where("id = ?", device).Update("seen", now).Error
	})
}

// SignOut ends a session. The device stays the account's.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Where("token = ?", hashed(token)).Delete(&sessionRow{}).Error
	})
}

// Devices lists an account's devices, revoked ones too, the last used first.
func (a *Accounts) Devices(ctx context.Context, account AccountID) ([]Device, error) {
	var rows []struct {
		ID          DeviceID
		Account     AccountID
		Name        string
		Since, Seen time.Time
		Revoked     *time.Time
		Session     []byte
	}
	err := a.db.Read(ctx).Table("devices").Select("devices.*, sessions.token AS session").
		Joins("LEFT JOIN sessions ON sessions.device = devices.id AND sessions.expires > ?", a.now()).
		Where("devices.account = ?", account).Order("devices.seen DESC, devices.id").Limit(mostDevices).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list devices of account %s: %w", account, err)
	}
	devices := make([]Device, len(rows))
	for i, row := range rows {
		devices[i] = Device{
			ID: row.ID, Account: row.Account, Name: row.Name, Since: row.Since.UTC(), LastSeen: row.Seen.UTC(),
			Revoked: row.Revoked != nil, SignedIn: row.Session != nil,
		}
	}
	return devices, nil
}

// Revoke ends an account's trust in one of its devices, and the session there. To revoke it again changes nothing. ErrNoDevice.
func (a *Accounts) Revoke(ctx context.Context, account AccountID, device DeviceID) error {
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		var row deviceRow
		err := tx.Where("id = ? AND account = ?", device, account).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNoDevice
		}
		if err != nil {
			return err
		}
		revoked := tx.Model(&deviceRow{}).Where("id = ? AND revoked IS NULL", device).
			Updates(map[string]any{"revoked": a.now(), "secret": nil})
		if revoked.Error != nil || revoked.RowsAffected == 0 {
			return revoked.Error
		}
		if err := tx.Where("device = ?", device).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		return a.queue.Add(ctx, tx, DeviceRevoked{account, device})
	})
}

// Sweep forgets challenges that no limit counts any more, and sessions that have expired.
func (a *Accounts) Sweep(ctx context.Context) error {
	now := a.now()
	return a.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("since <= ?", now.Add(-Remembered)).Delete(&challengeRow{}).Error; err != nil {
			return err
		}
		return tx.Where("expires <= ?", now).Delete(&sessionRow{}).Error
	})
}

package messaging

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/identity"
)

const InvitationLasts = 30 * 24 * time.Hour

type invitationRow struct {
	TokenHash []byte
	Account   string
	UsesLeft  int
	MadeAt    time.Time
	ExpiresAt time.Time
}

func (invitationRow) TableName() string { return "invitations" }

// Invite makes a link's secret. Whoever opens it and says yes, and its maker, have each other as contacts: nobody needs to ask.
func (c *Contacts) Invite(ctx context.Context, owner identity.AccountID) (token string, expires time.Time, err error) {
	if err := c.settled(ctx, owner); err != nil {
		return "", time.Time{}, err
	}
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", time.Time{}, err
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	now := c.now().UTC()
	expires = now.Add(InvitationLasts)
	err = c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("account = ? AND (expires_at <= ? OR uses_left <= 0)", owner, now).Delete(&invitationRow{}).Error; err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&invitationRow{}).Where("account = ?", owner).Count(&open).Error; err != nil {
			return err
		}
		if open >= MaxInvitations {
			return ErrTooManyInvites
		}
		return tx.Create(&invitationRow{tokenHash(token), string(owner), InvitationUses, now, expires}).Error
	})
	return token, expires, err
}

// Invited tells who made an invitation, or ErrNoInvitation.
func (c *Contacts) Invited(ctx context.Context, token string) (identity.AccountID, error) {
	return c.inviter(c.db.Read(ctx), token)
}

func (c *Contacts) inviter(tx *gorm.DB, token string) (identity.AccountID, error) {
	var row invitationRow
	ok, err := found(tx.Where("token_hash = ? AND expires_at > ? AND uses_left > 0", tokenHash(token), c.now().UTC()).Take(&row).Error)
	if err == nil && !ok {
		err = ErrNoInvitation
	}
	return identity.AccountID(row.Account), err
}

// AcceptInvitation makes guest and the maker of the invitation contacts of each other. Twice is once.
func (c *Contacts) AcceptInvitation(ctx context.Context, token string, guest identity.AccountID) (Person, error) {
	if err := c.mayAdd(ctx, guest); err != nil {
		return Person{}, err
	}
	if err := c.settled(ctx, guest); err != nil {
		return Person{}, err
	}
	var host identity.AccountID
	err := c.db.Write(ctx, func(tx *gorm.DB) (err error) {
		if host, err = c.inviter(tx, token); err != nil {
			return err
		}
		if host == guest {
			return ErrYourself
		}
		already, err := found(tx.Where("owner = ? AND account = ?", guest, host).Take(&contactRow{}).Error)
		if err != nil {
			return err
		}
		if err := c.admit(tx, host, guest, ""); err != nil {
			return err
		}
		if err := c.admit(tx, guest, host, ""); err != nil || already {
			return err
		}
		return useUp(tx, token)
	})
	return c.after(ctx, guest, host, err)
}

// useUp takes one use away. The last may have gone to somebody else since it was looked for: nobody comes in by it twice.
func useUp(tx *gorm.DB, token string) error {
	used := tx.Model(&invitationRow{}).Where("token_hash = ? AND uses_left > 0", tokenHash(token)).
		Update("uses_left", gorm.Expr("uses_left - 1"))
	if used.Error == nil && used.RowsAffected == 0 {
		return ErrNoInvitation
	}
	return used.Error
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

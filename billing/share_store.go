package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"folkmoot/governance/member"
)

// Why nobody is asked for a share.
var (
	ErrShareHeld  = errors.New("their share is paid")
	ErrShareAsked = errors.New("their share is on its way with their dues")
)

// TakesShareAlone reports whether somebody can pay their share online without beginning to pay dues: by card only, as a mandate for one
// pound would be one to collect dues by.
func (d *Dues) TakesShareAlone() bool { return slices.Contains(d.Providers(), Stripe) }

// BeginShare opens the page on which somebody pays their share alone, once, and returns where to send them. It says nothing of dues: they
// begin by a choice of their own. Asked again before the page is done, it is the same page.
func (d *Dues) BeginShare(ctx context.Context, m member.ID, who Payer) (string, error) {
	return d.open(ctx, m, Stripe, Terms{Interval: Monthly}, who)
}

// shareOpen reports by its error why a share is not to be paid now.
func shareOpen(tx *gorm.DB, m member.ID, paid bool) error {
	if paid {
		return ErrShareHeld
	}
	var asked, flying int64
	err := errors.Join(
		tx.Model(&attemptRow{}).Where("member = ? AND live AND share > 0", m).Count(&asked).Error,
		tx.Model(&paymentRow{}).Where("member = ? AND share > 0 AND state IN ?", m, []PaymentState{PaymentPending, PaymentSubmitted, PaymentAction}).Count(&flying).Error,
	)
	if err != nil {
		return fmt.Errorf("look for a share under way: %w", err)
	}
	if asked+flying > 0 {
		return ErrShareAsked
	}
	return nil
}

package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
)

// Receipt says that a payment came. They are numbered by the calendar year, without gaps, and never changed: money that went back later is
// told beside.
type Receipt struct {
	Year, N  int
	Member   member.ID
	Payment  PaymentID
	Amount   money.Pence // the share included
	Share    money.Pence
	Paid     calendar.Date // as it stands beside the payment
	Issued   calendar.Date // when we were told, which can be later; the number is of its year
	Refunded money.Pence   // so far
	Reversed bool
	For      []Period // those that the payment paid for when it was asked
}

// Number is what stands on it: "2026-00042".
func (r Receipt) Number() string { return fmt.Sprintf("%d-%05d", r.Year, r.N) }

// ErrNoReceipt says that a member has no receipt with that number.
var ErrNoReceipt = errors.New("there is no such receipt")

// receipt issues one with the first money of a payment. Whoever issues at once waits, so that a number is given when it is kept.
func (s *settlement) receipt() error {
	if s.row.Booked == 0 || s.row.Member == "" {
		return nil
	}
	var there int64
	err := s.tx.Model(&receiptRow{}).Where("provider = ? AND payment = ?", s.row.Provider, s.row.Ref).Count(&there).Error
	if err != nil || there > 0 {
		return err
	}
	if err := database.Lock(s.tx, "receipts"); err != nil {
		return err
	}
	var last int
	if err := s.tx.Raw("SELECT coalesce(max(n), 0) FROM dues_receipts WHERE year = ?", s.today.Year).Scan(&last).Error; err != nil {
		return err
	}
	share := min(s.row.Share, s.row.Amount)
	return s.tx.Create(&receiptRow{
		Year: s.today.Year, N: last + 1, Member: s.row.Member, Provider: s.row.Provider, Payment: s.row.Ref,
		Amount: s.row.Amount, Share: share, IssuedOn: written(s.today),
	}).Error
}

// Receipt is a member's own receipt by its number. ErrNoReceipt, also for somebody else's.
func (d *Dues) Receipt(ctx context.Context, m member.ID, year, n int) (Receipt, error) {
	var rows []receiptRow
	db := d.db.Read(ctx)
	if err := db.Where("year = ? AND n = ? AND member = ?", year, n, m).Find(&rows).Error; err != nil {
		return Receipt{}, fmt.Errorf("look up a receipt: %w", err)
	}
	if len(rows) == 0 {
		return Receipt{}, ErrNoReceipt
	}
	return d.receiptOf(db, rows[0])
}

func (d *Dues) receiptOf(db *gorm.DB, row receiptRow) (Receipt, error) {
	r := Receipt{
		Year: row.Year, N: row.N, Member: row.Member, Payment: paymentID(row.Provider, row.Payment),
		Amount: row.Amount, Share: row.Share, Issued: dayOf(row.IssuedOn),
	}
	pay, err := paymentOf(db, row.Provider, row.Payment)
	if err != nil {
		return r, err
	}
	r.Paid, r.Refunded, r.Reversed = pay.on(), pay.Refunded, pay.State == PaymentReversed
	var parts []partRow
	err = db.Where("provider = ? AND payment = ? AND kind = ?", row.Provider, row.Payment, partPeriod).Order("period").Find(&parts).Error
	if err != nil || len(parts) == 0 { // a share that came alone, before any dues
		return r, err
	}
	var begun memberRow
	err = db.Where("member = ?", row.Member).Take(&begun).Error
	for _, p := range parts {
		r.For = append(r.For, periodOf(dayOf(begun.Joined), p.Period))
	}
	return r, err
}

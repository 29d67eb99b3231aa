package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/money"
)

// convergePayout brings a payout, its items and what they tell of fees into the books.
func (d *Dues) convergePayout(ctx context.Context, provider Provider, ref string) error {
	for range convergeTries {
		was, err := payoutOf(d.db.Read(ctx), provider.Name(), ref)
		if err != nil {
			return err
		}
		truth, err := provider.Payout(ctx, ref)
		if err != nil {
			return err
		}
		if err := d.meet(ctx, provider, truth.Items); err != nil {
			return err
		}
		if err = d.bank(ctx, truth, was.Version); !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

// meet reads the payments of a payout that we have never heard of.
func (d *Dues) meet(ctx context.Context, provider Provider, items []PayoutItem) error {
	var refs []string
	for _, i := range items {
		if i.Payment != "" {
			refs = append(refs, i.Payment)
		}
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)
	for some := range slices.Chunk(refs, keysAtOnce) {
		var known []string
		err := d.db.Read(ctx).Model(&paymentRow{}).Where("provider = ? AND ref IN ?", provider.Name(), some).Pluck("ref", &known).Error
		if err != nil {
			return err
		}
		for _, r := range some {
			if slices.Contains(known, r) {
				continue
			}
			if err := d.convergePayment(ctx, provider, r); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

func payoutOf(db *gorm.DB, name ProviderName, ref string) (payoutRow, error) {
	var rows []payoutRow
	err := db.Where("provider = ? AND ref = ?", name, ref).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return payoutRow{Provider: name, Ref: ref}, err
	}
	return rows[0], nil
}

func (d *Dues) bank(ctx context.Context, truth Payout, version int) error {
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "payout "+string(paymentID(truth.Provider, truth.Ref))); err != nil {
			return err
		}
		row, err := payoutOf(tx, truth.Provider, truth.Ref)
		if err != nil {
			return err
		}
		if row.Version != version {
			return errMoved
		}
		first := row.Version == 0
		row.Amount, row.Arrives, row.State, row.Words, row.Trouble = truth.Amount, written(truth.Arrives), truth.State, truth.Words, trouble(truth)
		row.Version++
		if err := d.items(tx, &row, truth); err != nil {
			return err
		}
		if err := d.toBank(tx, &row); err != nil {
			return err
		}
		if first {
			return tx.Create(&row).Error
		}
		return tx.Save(&row).Error
	})
}

// trouble says in fixed words why a payout is for the treasurer to look at.
func trouble(p Payout) string {
	var sum money.Pence
	odd := ""
	for _, i := range p.Items {
		sum += i.Amount
		if i.Kind == ItemOther {
			odd = troubleAdjusted
		}
	}
	switch {
	case sum != p.Amount:
		return troubleItems
	case p.State == PayoutFailed:
		return troubleBack
	default:
		return odd
	}
}

// items keeps what a payout consists of, once, and books the fees and adjustments that only it tells.
func (d *Dues) items(tx *gorm.DB, row *payoutRow, truth Payout) error {
	var kept int64
	err := tx.Model(&payoutItemRow{}).Where("provider = ? AND payout = ?", row.Provider, row.Ref).Count(&kept).Error
	if err != nil || int(kept) >= len(truth.Items) || truth.State == PayoutPending {
		return err
	}
	on := dayOr(truth.Arrives, d.today())
	var told []string // payments of whose fees it tells
	for n, i := range truth.Items {
		if n < int(kept) {
			continue
		}
		item := payoutItemRow{Provider: row.Provider, Payout: row.Ref, N: n + 1, Kind: i.Kind, Payment: i.Payment, Amount: i.Amount}
		if err := tx.Create(&item).Error; err != nil {
			return err
		}
		switch {
		case i.Kind == ItemFee && i.Payment != "":
			told = append(told, i.Payment)
		case i.Kind == ItemFee:
			err = d.adjust(tx, row, n+1, EntryFee, "fee", on, PaymentFees, -i.Amount)
		case i.Kind == ItemOther:
			err = d.adjust(tx, row, n+1, EntryCorrected, "adjustment by the provider", on, Suspense, -i.Amount)
		}
		if err != nil {
			return err
		}
	}
	slices.Sort(told) // payments are locked in one order by all
	for _, ref := range slices.Compact(told) {
		if err := d.feeFromPayout(tx, row, ref, on); err != nil {
			return err
		}
	}
	return nil
}

func dayOr(d, otherwise calendar.Date) calendar.Date {
	if d.IsZero() {
		return otherwise
	}
	return d
}

// adjust books an item that is about no payment.
func (d *Dues) adjust(tx *gorm.DB, row *payoutRow, n int, kind EntryKind, words string, on calendar.Date, account LedgerAccount, amount money.Pence) error {
	_, err := d.post(tx, Entry{
		SourceKey: fmt.Sprintf("%s:item", paymentID(row.Provider, row.Ref)), Date: on, Kind: kind, Words: words, Document: row.Ref,
	}, n-1, map[LedgerAccount]money.Pence{account: amount, Clearing(row.Provider): -amount})
	return err
}

// feeFromPayout books a payment's fee as its payouts tell it, some of which may give it back. Where the provider told it already, that stands.
func (d *Dues) feeFromPayout(tx *gorm.DB, payout *payoutRow, ref string, on calendar.Date) error {
	if err := database.Lock(tx, "payment "+string(paymentID(payout.Provider, ref))); err != nil {
		return err
	}
	row, err := paymentOf(tx, payout.Provider, ref)
	if err != nil {
		return err
	}
	if row.Version == 0 {
		return d.unknownFee(tx, payout, ref, on)
	}
	fee, err := feeTold(tx.Where("provider = ? AND payment = ?", payout.Provider, ref))
	if err != nil {
		return err
	}
	if row.Payout == "" {
		row.Payout = payout.Ref
	}
	if row.Fee == nil || row.Provider == GoCardless { // whose payments never tell it
		row.Fee = &fee
		s := &settlement{d: d, tx: tx, row: row, today: on}
		if err := s.fee(); err != nil {
			return err
		}
		row = s.row
	}
	row.Version++
	return tx.Save(&row).Error
}

// feeTold is what payouts' items say that payments cost.
func feeTold(items *gorm.DB) (fee money.Pence, err error) {
	err = items.Model(&payoutItemRow{}).Where("kind = ?", ItemFee).Select("CAST(coalesce(-sum(amount), 0) AS BIGINT)").Scan(&fee).Error
	return fee, err
}

// unknownFee books a fee for a payment that the provider itself no longer knows.
func (d *Dues) unknownFee(tx *gorm.DB, payout *payoutRow, ref string, on calendar.Date) error {
	fee, err := feeTold(tx.Where("provider = ? AND payout = ? AND payment = ?", payout.Provider, payout.Ref, ref))
	if err != nil {
		return err
	}
	_, err = d.post(tx, Entry{
		SourceKey: string(paymentID(payout.Provider, payout.Ref)) + ":" + ref, Date: on, Kind: EntryFee, Words: "fee", Document: payout.Ref,
	}, 0, map[LedgerAccount]money.Pence{PaymentFees: fee, Clearing(payout.Provider): -fee})
	return err
}

// toBank moves a payout that is paid from clearing to the bank, and one that failed back.
func (d *Dues) toBank(tx *gorm.DB, row *payoutRow) error {
	var due money.Pence
	if row.State == PayoutPaid {
		due = row.Amount
	}
	more := due - row.Booked
	row.Booked = due
	on := dayOr(dayOf(row.Arrives), d.today())
	if row.Entries > 0 {
		on = d.today()
	}
	var err error
	row.Entries, err = d.post(tx, Entry{
		SourceKey: string(paymentID(row.Provider, row.Ref)), Date: on, Kind: EntryPayout, Words: "payout", Document: row.Ref,
	}, row.Entries, map[LedgerAccount]money.Pence{Bank: more, Clearing(row.Provider): -more})
	return err
}

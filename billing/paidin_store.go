package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// PaidIn wants dues settled by what a member paid at the bank. Entry is the one that told of it.
type PaidIn struct {
	Entry string `json:"entry"`
}

// Kind names the job.
func (PaidIn) Kind() string { return "paid_in" }

func (d *Dues) paidIn(ctx context.Context, tx *gorm.DB, entry string) error {
	return d.queue.Add(ctx, tx, PaidIn{entry})
}

// SettlePaidIn settles dues by a standing order or a cheque as if a provider had told of it: the truth about it is the treasurer's entry,
// and that it was taken back is the entry that corrects it. It may be done twice.
func (d *Dues) SettlePaidIn(ctx context.Context, job PaidIn) error {
	for range convergeTries {
		was, err := paymentOf(d.db.Read(ctx), ByBank, job.Entry)
		if err != nil {
			return err
		}
		truth, err := d.paidAtBank(ctx, job.Entry)
		if err != nil {
			return err
		}
		if truth.Share = was.Share; was.Version == 0 {
			if truth.Share, err = d.shareIn(ctx, truth); err != nil {
				return err
			}
		}
		if err = d.settle(ctx, truth, was.Version); !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

// shareIn is the part of a first payment that is for the share: no form told of it, so the amount must.
func (d *Dues) shareIn(ctx context.Context, p Payment) (money.Pence, error) {
	paid, err := sharePaid(d.db.Read(ctx), p.Member)
	if err != nil || paid {
		return 0, err
	}
	s, err := d.Statement(ctx, p.Member)
	if err != nil || p.Amount != member.ShareNominal && (s.Terms.Amount == 0 || p.Amount != member.ShareNominal+s.Terms.Price()) {
		return 0, err
	}
	return member.ShareNominal, nil
}

func (d *Dues) paidAtBank(ctx context.Context, key string) (Payment, error) {
	e, there, err := d.ledger.Entry(ctx, key)
	if err == nil && !there {
		err = fmt.Errorf("%q: %w", key, ErrNoEntry)
	}
	if err != nil {
		return Payment{}, err
	}
	p := Payment{
		Provider: ByBank, Ref: key, Member: e.Member, State: PaymentPaid, Amount: -e.on(ClearingBank),
		Made: e.Date.Start(), PaidAt: e.Date.Start(), ChargeOn: e.Date, Live: d.live,
	}
	_, undone, err := d.ledger.Entry(ctx, correctionOf(key))
	if undone {
		p.State = PaymentReversed
	}
	return p, err
}

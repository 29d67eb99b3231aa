package billing

import (
	"context"
	"errors"
	"fmt"
	"math"

	"folkmoot/governance/member"
)

// Beginning is how far somebody who applied has come with dues: what a list of many tells of each.
type Beginning struct {
	Begun   bool // they chose what to pay, or paid
	Nothing bool // they chose to pay nothing
	Paid    bool // see Statement.PaidDues
}

// Beginnings tell of many members, looked up together.
func (d *Dues) Beginnings(ctx context.Context, members []member.ID) (map[member.ID]Beginning, error) {
	db := d.db.Read(ctx)
	histories, err := historiesOf(db, members)
	var payments []paymentRow
	if err = errors.Join(err, db.Where("member IN ?", members).Find(&payments).Error); err != nil {
		return nil, fmt.Errorf("look up how dues begin: %w", err)
	}
	all := make(map[member.ID]Beginning, len(members))
	for m, h := range histories {
		p := h.on(d.today())
		last := p.terms(math.MaxInt)
		all[m] = Beginning{
			Begun:   !p.joined.IsZero() || len(h.choices) > 0,
			Nothing: !p.joined.IsZero() && last.Amount == 0 && last.Interval != "",
		}
	}
	for _, pay := range payments {
		b := all[pay.Member]
		b.Begun, b.Paid = true, b.Paid || pay.State == PaymentPaid && pay.Amount-pay.Refunded > pay.Share
		all[pay.Member] = b
	}
	return all, nil
}

package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Notice tells a member that dues are open: one of three at most, dated and neutral.
type Notice struct {
	Member member.ID
	N, Of  int
	On     calendar.Date // as of which it was true
	Open   []Period      // the earliest first
	Amount money.Pence   // of them together
	Until  calendar.Date // the last day of grace of the earliest; it may be over
	Way    bool          // something collects: nothing has to be set up anew
}

// Noticed is the notice that a job asks for, or false if it was sent, or nothing is open any more.
func (d *Dues) Noticed(ctx context.Context, job DuesNotice) (Notice, bool, error) {
	db := d.db.Read(ctx)
	var rows []noticeRow
	err := db.Where("member = ? AND since = ? AND n = ? AND sent_at IS NULL", job.Member, job.Since, job.N).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return Notice{}, false, err
	}
	h, err := historyOf(db, job.Member)
	if err != nil {
		return Notice{}, false, err
	}
	p := h.on(d.today())
	arrears, grace := p.owed()
	open := append(arrears, grace...)
	if len(open) == 0 || p.lapsed || !p.left.IsZero() {
		return Notice{}, false, nil
	}
	n := Notice{Member: job.Member, N: job.N, Of: len(noticeDays), On: p.on, Until: p.graceUntil(open[0])}
	for _, period := range open {
		n.Open = append(n.Open, periodOf(p.joined, period))
		n.Amount += p.price(period)
	}
	var ways int64
	err = db.Model(&methodRow{}).Where("member = ? AND wanted", job.Member).Count(&ways).Error
	n.Way = ways > 0
	return n, err == nil, err
}

// NoticeSent notes that a notice went out.
func (d *Dues) NoticeSent(ctx context.Context, job DuesNotice) error {
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&noticeRow{}).Where("member = ? AND since = ? AND n = ?", job.Member, job.Since, job.N).Update("sent_at", d.now()).Error
	})
	if err != nil {
		return fmt.Errorf("note a notice: %w", err)
	}
	return nil
}

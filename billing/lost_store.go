package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// Lost is a way to pay that ended without its owner's doing, as when their bank ends a Direct Debit, while nothing else collects.
type Lost struct {
	Provider ProviderName
	From     calendar.Date // the first day of the earliest period that is to be paid and that no money is on its way for
	Begun    bool          // that period has: what it costs is due
}

// Words is the key, under "lost", of what its owner is told.
func (l Lost) Words() string {
	if l.Begun {
		return string(l.Provider) + "_now"
	}
	return string(l.Provider) + "_by"
}

// WayLost wants a member told that their way to pay has ended.
type WayLost struct {
	Member member.ID `json:"member"`
}

func (WayLost) Kind() string { return "way_lost" } // Kind names the job.

// LostWay is what there is to tell of a member's way to pay; nil if something collects, or nothing is to be collected.
func (d *Dues) LostWay(ctx context.Context, m member.ID) (*Lost, error) {
	db := d.db.Read(ctx)
	h, err := historyOf(db, m)
	if err != nil {
		return nil, err
	}
	p := h.on(d.today())
	flying, err := inFlight(db, m, p)
	if err != nil {
		return nil, err
	}
	return lostWay(db, m, h, p, flying)
}

func lostWay(db *gorm.DB, m member.ID, h history, p position, flying map[int]bool) (*Lost, error) {
	var methods []methodRow
	var paid []paymentRow
	err := errors.Join(
		db.Where("member = ?", m).Order("made_at DESC").Find(&methods).Error,
		db.Where("member = ? AND state = ?", m, PaymentPaid).Order("paid_at DESC").Limit(1).Find(&paid).Error,
	)
	if err != nil {
		return nil, fmt.Errorf("look up how a member paid: %w", err)
	}
	collects := slices.ContainsFunc(methods, func(r methodRow) bool { return r.State != MethodEnded }) // one that was replaced does until the new one works
	byBank := len(paid) > 0 && paid[0].Provider == ByBank                                              // who sends dues themself needs no method
	if len(methods) == 0 || collects || byBank || !h.collects(p, methods[0].MadeAt) {
		return nil, nil
	}
	from := periodOf(p.joined, p.firstFree(flying)).Starts
	return &Lost{Provider: methods[0].Provider, From: from, Begun: !from.After(p.on)}, nil
}

// collects reports whether what was authorised at a moment should still collect: they neither lapsed nor chose to pay nothing since.
func (h history) collects(p position, authorised time.Time) bool {
	if p.joined.IsZero() || !p.left.IsZero() || p.lapsed {
		return false
	}
	for _, f := range h.facts {
		if f.kind == factLapsed && f.known.After(authorised) {
			return false
		}
	}
	amount := money.Pence(0)
	for _, c := range h.choices {
		if amount = c.Amount; amount == 0 && c.known.After(authorised) {
			return false
		}
	}
	return amount > 0
}

package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
)

// lockMember has whoever changes a member's dues do so one after the other.
func lockMember(tx *gorm.DB, m member.ID) error { return database.Lock(tx, "dues of "+string(m)) }

// historyOf is all that is known of a member's dues.
func historyOf(db *gorm.DB, m member.ID) (history, error) {
	all, err := historiesOf(db, []member.ID{m})
	return all[m], err
}

func historiesOf(db *gorm.DB, members []member.ID) (map[member.ID]history, error) {
	var facts []factRow
	var terms []termsRow
	fresh := func() *gorm.DB { return db.Session(&gorm.Session{NewDB: true}) }
	err := errors.Join(
		fresh().Where("member IN ?", members).Order("id").Find(&facts).Error,
		fresh().Where("member IN ?", members).Order("member, n").Find(&terms).Error,
	)
	if err != nil {
		return nil, fmt.Errorf("read what is known of dues: %w", err)
	}
	all := make(map[member.ID]history, len(members))
	for _, f := range facts {
		h := all[f.Member]
		h.facts = append(h.facts, fact{f.Kind, f.Period, dayOf(f.Day), f.RecordedAt.UTC()})
		all[f.Member] = h
	}
	for _, t := range terms {
		h := all[t.Member]
		h.choices = append(h.choices, choice{t.terms(), t.FromPeriod, t.ChosenAt.UTC()})
		all[t.Member] = h
	}
	return all, nil
}

// learn adds a fact.
func (d *Dues) learn(tx *gorm.DB, f factRow) error {
	f.RecordedAt = d.now()
	if err := tx.Create(&f).Error; err != nil {
		return fmt.Errorf("record that a period is %s: %w", f.Kind, err)
	}
	return nil
}

// begin starts a member's dues on a day, unless they have begun, with what they chose.
func (d *Dues) begin(tx *gorm.DB, m member.ID, on calendar.Date, t Terms) error {
	var row memberRow
	switch err := tx.Where("member = ?", m).Take(&row).Error; {
	case err == nil:
		return nil
	case !errors.Is(err, gorm.ErrRecordNotFound):
		return err
	}
	if err := tx.Create(&memberRow{Member: m, Joined: written(on), Since: d.now()}).Error; err != nil {
		return err
	}
	if err := d.learn(tx, factRow{Member: m, Kind: factJoined, Day: written(on)}); err != nil {
		return err
	}
	return d.choose(tx, m, t, 1)
}

// choose records terms from a period on, unless they hold there already.
func (d *Dues) choose(tx *gorm.DB, m member.ID, t Terms, from int) error {
	var all []termsRow
	if err := tx.Where("member = ?", m).Order("n").Find(&all).Error; err != nil {
		return err
	}
	if n := len(all); n > 0 && all[n-1].terms() == t && all[n-1].FromPeriod <= from {
		return nil
	}
	return tx.Create(&termsRow{
		Member: m, N: len(all) + 1, Amount: t.Amount, Paid: t.Interval, FromPeriod: from, ChosenAt: d.now(),
	}).Error
}

// inFlight is account.inFlight of what is in the database now.
func inFlight(tx *gorm.DB, m member.ID, p position) (map[int]bool, error) {
	var attempts []attemptRow
	var payments []paymentRow
	err := errors.Join(
		tx.Where("member = ? AND live", m).Find(&attempts).Error,
		tx.Where("member = ? AND attempt = '' AND amount > share AND state IN ?", m,
			[]PaymentState{PaymentPending, PaymentSubmitted, PaymentAction, PaymentFailed}).Find(&payments).Error,
	)
	if err != nil {
		return nil, fmt.Errorf("look up what is in flight: %w", err)
	}
	a := account{attempts: attempts}
	for _, pay := range payments {
		if pay.State.underWay(pay.NextTry != "") {
			a.flying += pay.Periods
		}
	}
	return a.inFlight(p), nil
}

// Standing is how a member stood on a day, as far as was known at a moment: ask for a roll with the moment at which it is frozen.
// Its State is "" for somebody whose dues had not begun.
func (d *Dues) Standing(ctx context.Context, m member.ID, on calendar.Date, knownAt time.Time) (member.Standing, error) {
	h, err := historyOf(d.db.Read(ctx), m)
	if err != nil {
		return member.Standing{}, err
	}
	return h.standing(on, knownAt), nil
}

// payingPage is how many members' dues are read together.
const payingPage = 500

// Paying are the members who pay dues on a day, as far as is known now, in the order of their ids.
func (d *Dues) Paying(ctx context.Context, on calendar.Date) (paying []member.ID, err error) {
	for after := member.ID(""); ; {
		var members []member.ID
		ask := d.db.Read(ctx).Model(&memberRow{}).Where("NOT gone AND member > ?", after)
		if err := ask.Order("member").Limit(payingPage).Pluck("member", &members).Error; err != nil {
			return nil, fmt.Errorf("look for who pays dues: %w", err)
		}
		if len(members) == 0 {
			return paying, nil
		}
		all, err := historiesOf(d.db.Read(ctx), members)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if all[m].pays(on) {
				paying = append(paying, m)
			}
		}
		after = members[len(members)-1]
	}
}

// sharePaid reports whether some payment holds the member's share.
func sharePaid(tx *gorm.DB, m member.ID) (bool, error) {
	var n int64
	err := tx.Model(&partRow{}).Where("member = ? AND kind = ? AND amount > 0", m, partShare).Count(&n).Error
	return n > 0, err
}

// Change has a member pay other dues from their next period on that is neither paid nor in flight. To pay nothing ends what collects.
func (d *Dues) Change(ctx context.Context, m member.ID, t Terms) error {
	if err := t.Check(); err != nil {
		return err
	}
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, m); err != nil {
			return err
		}
		return d.change(ctx, tx, m, t)
	})
	if err != nil {
		return fmt.Errorf("change dues: %w", err)
	}
	return nil
}

func (d *Dues) change(ctx context.Context, tx *gorm.DB, m member.ID, t Terms) error {
	h, err := historyOf(tx, m)
	if err != nil {
		return err
	}
	p := h.on(d.today())
	if p.joined.IsZero() {
		return ErrNoDues
	}
	// Nobody is asked for what has not been planned yet: what is planned for the old amount is planned again.
	if err := unplan(tx, m); err != nil {
		return err
	}
	flying, err := inFlight(tx, m, p)
	if err != nil {
		return err
	}
	if err := d.choose(tx, m, t, p.firstFree(flying)); err != nil {
		return err
	}
	var methods []methodRow
	if err := tx.Where("member = ? AND wanted", m).Find(&methods).Error; err != nil {
		return err
	}
	var choices int64
	if err := tx.Model(&termsRow{}).Where("member = ?", m).Count(&choices).Error; err != nil {
		return err
	}
	for _, method := range methods {
		if t.Amount == 0 {
			err = errors.Join(d.unwant(tx, method), d.queue.Add(ctx, tx, EndMethod{Provider: method.Provider, Ref: method.Ref}))
		} else {
			err = d.queue.Add(ctx, tx, ChangeMethod{method.Provider, method.Ref, m, int(choices)})
		}
		if err != nil {
			return err
		}
	}
	return d.queue.Add(ctx, tx, PlanMember{m})
}

// unplan cancels attempts that nobody was asked for.
func unplan(tx *gorm.DB, m member.ID) error {
	return tx.Model(&attemptRow{}).Where("member = ? AND state = ?", m, attemptPlanned).
		Updates(map[string]any{"state": attemptCancelled, "live": false}).Error
}

// ChangeCollected tells a provider that collects by itself of changed terms, unless they were changed again.
func (d *Dues) ChangeCollected(ctx context.Context, job ChangeMethod) error {
	var all []termsRow
	if err := d.db.Read(ctx).Where("member = ?", job.Member).Order("n").Find(&all).Error; err != nil {
		return err
	}
	if len(all) != job.Choice {
		return nil
	}
	provider, err := d.provider(job.Provider)
	if err != nil || !provider.CollectsItself() {
		return err
	}
	last := all[len(all)-1]
	err = provider.Change(ctx, job.Ref, last.terms(), fmt.Sprintf("change:%s:%d", job.Member, last.N))
	if errors.Is(err, ErrRefused) || errors.Is(err, ErrNotFound) {
		return d.unlessEnded(ctx, provider, job.Ref, err)
	}
	return err
}

// unlessEnded looks again at a method that the provider will not change: that it has ended is the likely cause, and then all is well.
func (d *Dues) unlessEnded(ctx context.Context, provider Provider, ref string, refusal error) error {
	if err := d.convergeMethod(ctx, provider, ref); err != nil {
		return errors.Join(refusal, err)
	}
	row, there, err := methodOf(d.db.Read(ctx), provider.Name(), ref)
	if err != nil || there && row.State != MethodEnded {
		return errors.Join(refusal, err)
	}
	return nil
}

// Leave ends what collects, at once. Nothing is owed for periods that would begin later; membership is the register's to end.
func (d *Dues) Leave(ctx context.Context, m member.ID) error {
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, m); err != nil {
			return err
		}
		h, err := historyOf(tx, m)
		if err != nil {
			return err
		}
		if p := h.on(d.today()); p.joined.IsZero() || !p.left.IsZero() {
			return nil
		}
		if err := d.learn(tx, factRow{Member: m, Kind: factLeft, Day: written(d.today())}); err != nil {
			return err
		}
		if err := tx.Model(&memberRow{}).Where("member = ?", m).Update("gone", true).Error; err != nil {
			return err
		}
		return d.stopCollecting(ctx, tx, m)
	})
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

func (d *Dues) stopCollecting(ctx context.Context, tx *gorm.DB, m member.ID) error {
	if err := unplan(tx, m); err != nil {
		return err
	}
	var methods []methodRow
	if err := tx.Where("member = ? AND state <> ?", m, MethodEnded).Find(&methods).Error; err != nil {
		return err
	}
	for _, method := range methods {
		if err := errors.Join(d.unwant(tx, method), d.queue.Add(ctx, tx, EndMethod{method.Provider, method.Ref, true})); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dues) unwant(tx *gorm.DB, method methodRow) error {
	return tx.Model(&methodRow{}).Where("provider = ? AND ref = ?", method.Provider, method.Ref).Update("wanted", false).Error
}

// known reports whether a period has begun, or will before long.
func (p position) known(n int) bool {
	return n >= 1 && !p.joined.IsZero() && n <= periodAt(p.joined, p.on)+24
}

// ShareHeld reports whether a member's share is paid for, and since when. The jobs that tell of it may come in any order: this is so now.
func (d *Dues) ShareHeld(ctx context.Context, m member.ID) (since calendar.Date, held bool, err error) {
	var rows []paymentRow
	err = d.db.Read(ctx).Where("(provider, ref) IN (?)",
		d.db.Read(ctx).Model(&partRow{}).Select("provider, payment").Where("member = ? AND kind = ? AND amount > 0", m, partShare),
	).Limit(1).Find(&rows).Error
	if err != nil {
		return calendar.Date{}, false, fmt.Errorf("look up a share: %w", err)
	}
	if len(rows) == 0 {
		return calendar.Date{}, false, nil
	}
	return rows[0].on(), true, nil
}

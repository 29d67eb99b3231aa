package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
)

// Begin opens a provider's page on which somebody authorises their dues, and returns where to send them; "" for hardship, where there is
// nothing to collect and dues have begun. Asked again before the page is done, it is the same page. Somebody who pays already switches
// by it: the new method starts at the first period that is neither paid nor in flight, and the old one ends when the new one works.
func (d *Dues) Begin(ctx context.Context, m member.ID, name ProviderName, t Terms, who Payer) (string, error) {
	if err := t.Check(); err != nil {
		return "", err
	}
	if t.Amount == 0 {
		return "", d.beginNothing(ctx, m, t)
	}
	return d.open(ctx, m, name, t, who)
}

// open opens a page, or leads to the one that is open already. Terms of nothing are the share alone.
func (d *Dues) open(ctx context.Context, m member.ID, name ProviderName, t Terms, who Payer) (string, error) {
	provider, err := d.provider(name)
	if err != nil {
		return "", err
	}
	flow, err := d.reserve(ctx, m, name, t)
	if err != nil {
		return "", fmt.Errorf("begin dues: %w", err)
	}
	if flow.ID != "" {
		now, err := provider.Flow(ctx, flow.ID)
		switch {
		case err == nil && now.State == FlowOpen:
			return cmp.Or(now.URL, flow.URL), nil // some tell the address once only
		case err != nil && !errors.Is(err, ErrNotFound):
			return "", fmt.Errorf("begin dues: %w", err)
		}
		if err := d.closeFlow(ctx, provider, flow, err); err != nil {
			return "", err
		}
		return d.open(ctx, m, name, t, who) // that page is over: another
	}
	made, err := provider.Begin(ctx, Setup{
		Key: flow.Key, Member: m, Email: who.Email, Name: who.Name, Terms: t, Share: flow.Share,
		First: dayOf(flow.Starts), Done: who.Done, Quit: who.Quit,
	})
	if err != nil {
		return "", fmt.Errorf("begin dues: %w", err)
	}
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&flowRow{}).Where("key = ?", flow.Key).Updates(map[string]any{"id": made.ID, "url": made.URL}).Error
	})
	if err != nil {
		return "", fmt.Errorf("begin dues: %w", err)
	}
	return made.URL, nil
}

// closeFlow keeps what became of a page that can no longer be used.
func (d *Dues) closeFlow(ctx context.Context, provider Provider, flow flowRow, unknown error) error {
	if unknown == nil {
		return d.Converge(ctx, provider.Name(), Ref{RefFlow, flow.ID})
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&flowRow{}).Where("key = ?", flow.Key).Update("state", FlowExpired).Error
	})
}

// beginNothing starts or changes dues to nothing a month.
func (d *Dues) beginNothing(ctx context.Context, m member.ID, t Terms) error {
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, m); err != nil {
			return err
		}
		if err := d.begin(tx, m, d.today(), t); err != nil {
			return err
		}
		return d.change(ctx, tx, m, t)
	})
	if err != nil {
		return fmt.Errorf("begin dues: %w", err)
	}
	return nil
}

// reserve finds the open page for these terms, with the share on it or not as it is to be paid, or keeps the key of a new one before the provider is asked for it.
func (d *Dues) reserve(ctx context.Context, m member.ID, name ProviderName, t Terms) (flowRow, error) {
	var flow flowRow
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, m); err != nil {
			return err
		}
		paid, err := sharePaid(tx, m)
		if err != nil {
			return err
		}
		if t.Amount == 0 {
			if err := shareOpen(tx, m, paid); err != nil {
				return err
			}
		}
		var all []flowRow
		if err := tx.Where("member = ?", m).Order("made_at").Find(&all).Error; err != nil {
			return err
		}
		for _, f := range all {
			if f.State == FlowOpen && f.Provider == name && f.Amount == t.Amount && f.Paid == t.Interval && f.Share > 0 == !paid {
				flow = f
				return nil
			}
		}
		starts, err := d.startOfNext(tx, m)
		if err != nil {
			return err
		}
		flow = flowRow{
			Key: fmt.Sprintf("begin:%s:%d", m, len(all)+1), Provider: name, Member: m, Amount: t.Amount, Paid: t.Interval,
			Starts: written(starts), State: FlowOpen, MadeAt: d.now(),
		}
		if !paid {
			flow.Share = member.ShareNominal
		}
		return tx.Create(&flow).Error
	})
	return flow, err
}

// startOfNext is when the first period that is neither paid nor in flight begins; zero for who has not begun.
func (d *Dues) startOfNext(tx *gorm.DB, m member.ID) (calendar.Date, error) {
	h, err := historyOf(tx, m)
	if err != nil {
		return calendar.Date{}, err
	}
	p := h.on(d.today())
	if p.joined.IsZero() {
		return calendar.Date{}, nil
	}
	flying, err := inFlight(tx, m, p)
	return periodOf(p.joined, p.firstFree(flying)).Starts, err
}

// Returned follows when somebody comes back from a provider's page: what became of it is read there, not taken from the address.
func (d *Dues) Returned(ctx context.Context, name ProviderName, flow string) error {
	return d.Converge(ctx, name, Ref{RefFlow, flow})
}

// CameBack follows when somebody comes back from a page that tells nothing of itself: the newest of theirs that is open is read again.
func (d *Dues) CameBack(ctx context.Context, m member.ID) error {
	var flows []flowRow
	err := d.db.Read(ctx).Where("member = ? AND state = ? AND id <> ''", m, FlowOpen).Order("made_at DESC").Limit(1).Find(&flows).Error
	if err != nil || len(flows) == 0 {
		return err
	}
	return d.Returned(ctx, flows[0].Provider, flows[0].ID)
}

// convergeFlow makes what a page authorised the method that is wanted.
func (d *Dues) convergeFlow(ctx context.Context, provider Provider, id string) error {
	truth, err := provider.Flow(ctx, id)
	if err != nil || truth.State == FlowOpen {
		return err
	}
	var method Method
	if truth.State == FlowDone && truth.Method != "" {
		if method, err = provider.Method(ctx, truth.Method); err != nil {
			return err
		}
	}
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		flow, there, err := flowOf(tx, provider.Name(), id, truth.Member)
		if err != nil || !there || flow.State == truth.State {
			return err
		}
		if err := lockMember(tx, flow.Member); err != nil {
			return err
		}
		flow.ID, flow.State = id, truth.State
		if err := tx.Save(&flow).Error; err != nil {
			return err
		}
		if method.Ref == "" {
			return nil
		}
		return d.adopt(ctx, tx, provider, flow, method)
	})
	if err == nil && truth.Payment != "" {
		err = d.convergePayment(ctx, provider, truth.Payment)
	}
	return err
}

// flowOf is our copy of a page, found by the member's open one if the provider's answer with its id was lost.
func flowOf(tx *gorm.DB, name ProviderName, id string, m member.ID) (flowRow, bool, error) {
	var flows []flowRow
	err := tx.Where("provider = ? AND (id = ? OR id = '' AND member = ?)", name, id, m).Order("id DESC, made_at DESC").Limit(1).Find(&flows).Error
	if err != nil || len(flows) == 0 {
		return flowRow{}, false, err
	}
	return flows[0], true, nil
}

// adopt makes a newly authorised method the one that is wanted, with the terms of its page.
func (d *Dues) adopt(ctx context.Context, tx *gorm.DB, provider Provider, flow flowRow, method Method) error {
	t := Terms{flow.Amount, flow.Paid}
	if err := d.begin(tx, flow.Member, d.today(), t); err != nil {
		return err
	}
	h, err := historyOf(tx, flow.Member)
	if err != nil {
		return err
	}
	p := h.on(d.today())
	flying, err := inFlight(tx, flow.Member, p)
	if err != nil {
		return err
	}
	if err := d.choose(tx, flow.Member, t, p.firstFree(flying)); err != nil {
		return err
	}
	if err := unplan(tx, flow.Member); err != nil { // planned under the old method
		return err
	}
	err = tx.Model(&methodRow{}).Where("member = ? AND NOT (provider = ? AND ref = ?)", flow.Member, provider.Name(), method.Ref).Update("wanted", false).Error
	if err != nil {
		return err
	}
	var row methodRow
	switch err := tx.Where("provider = ? AND ref = ?", provider.Name(), method.Ref).Take(&row).Error; {
	case errors.Is(err, gorm.ErrRecordNotFound):
		row = methodRow{Provider: provider.Name(), Ref: method.Ref, MadeAt: d.now()}
	case err != nil:
		return err
	}
	row.Member, row.Wanted = flow.Member, true
	return d.keepMethod(ctx, tx, row, method)
}

// convergeMethod brings our copy of an authority to the provider's, and follows what took its place.
func (d *Dues) convergeMethod(ctx context.Context, provider Provider, ref string) error {
	for range convergeTries {
		was, there, err := methodOf(d.db.Read(ctx), provider.Name(), ref)
		if err != nil {
			return err
		}
		truth, err := provider.Method(ctx, ref)
		if err != nil {
			return err
		}
		if !there && truth.Member == "" {
			return nil // of something that is not ours
		}
		err = d.db.Write(ctx, func(tx *gorm.DB) error {
			if err := database.Lock(tx, "method "+string(provider.Name())+":"+ref); err != nil {
				return err
			}
			row, there, err := methodOf(tx, provider.Name(), ref)
			if err != nil {
				return err
			}
			if !there {
				row = methodRow{Provider: provider.Name(), Ref: ref, Member: truth.Member, MadeAt: d.now()}
			}
			if row.Version != was.Version {
				return errMoved
			}
			if err := lockMember(tx, row.Member); err != nil {
				return err
			}
			return d.keepMethod(ctx, tx, row, truth)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

func methodOf(db *gorm.DB, name ProviderName, ref string) (methodRow, bool, error) {
	var rows []methodRow
	err := db.Where("provider = ? AND ref = ?", name, ref).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return methodRow{}, false, err
	}
	return rows[0], true, nil
}

// keepMethod writes a method as the provider has it, and queues what follows from that.
func (d *Dues) keepMethod(ctx context.Context, tx *gorm.DB, row methodRow, truth Method) error {
	row.State, row.Description, row.Customer = truth.State, truth.Description, truth.Customer
	row.PaidTo, row.ReplacedBy = written(truth.PaidTo), truth.ReplacedBy
	row.Version++
	if row.Wanted && truth.State == MethodEnded {
		row.Wanted = false
		if truth.ReplacedBy != "" {
			heir := methodRow{
				Provider: row.Provider, Ref: truth.ReplacedBy, Member: row.Member, State: MethodPending, Wanted: true,
				Description: truth.Description, Customer: truth.Customer, MadeAt: d.now(),
			}
			if err := d.inherit(ctx, tx, row, heir); err != nil {
				return err
			}
		} else if err := d.queue.Add(ctx, tx, WayLost{row.Member}); err != nil {
			return err
		}
	}
	if err := tx.Save(&row).Error; err != nil {
		return err
	}
	if !row.Wanted {
		return nil
	}
	if truth.State == MethodActive {
		if err := d.endOthers(ctx, tx, row); err != nil {
			return err
		}
	}
	return d.queue.Add(ctx, tx, PlanMember{row.Member})
}

// inherit has the mandate that took another's place collect instead of it.
func (d *Dues) inherit(ctx context.Context, tx *gorm.DB, old, heir methodRow) error {
	if err := d.unwant(tx, old); err != nil {
		return err
	}
	if _, there, err := methodOf(tx, heir.Provider, heir.Ref); err != nil {
		return err
	} else if there {
		err = tx.Model(&methodRow{}).Where("provider = ? AND ref = ?", heir.Provider, heir.Ref).Updates(map[string]any{"wanted": true, "member": heir.Member}).Error
		return errors.Join(err, d.queue.Add(ctx, tx, ConvergeTo{heir.Provider, RefMethod, heir.Ref}))
	}
	return errors.Join(tx.Create(&heir).Error, d.queue.Add(ctx, tx, ConvergeTo{heir.Provider, RefMethod, heir.Ref}))
}

// endOthers has a member's other methods ended, now that this one works.
func (d *Dues) endOthers(ctx context.Context, tx *gorm.DB, row methodRow) error {
	var others []methodRow
	err := tx.Where("member = ? AND NOT wanted AND state <> ?", row.Member, MethodEnded).Find(&others).Error
	for _, o := range others {
		if o.Provider != row.Provider || o.Ref != row.Ref {
			err = errors.Join(err, d.queue.Add(ctx, tx, EndMethod{Provider: o.Provider, Ref: o.Ref}))
		}
	}
	return err
}

// End ends a method that nobody wants any more. Unless its owner is leaving, what is in flight under it is let come home first: its last
// payment asks for it again.
func (d *Dues) End(ctx context.Context, job EndMethod) error {
	db := d.db.Read(ctx)
	row, there, err := methodOf(db, job.Provider, job.Ref)
	if err != nil || !there || row.Wanted || row.State == MethodEnded {
		return err
	}
	if !job.Leaving {
		var live int64
		err := db.Model(&attemptRow{}).Where("provider = ? AND method = ? AND live AND state <> ?", job.Provider, job.Ref, attemptPlanned).Count(&live).Error
		if err != nil || live > 0 {
			return err
		}
	}
	provider, err := d.provider(job.Provider)
	if err != nil {
		return err
	}
	if err := provider.End(ctx, job.Ref); err != nil {
		return fmt.Errorf("end a method: %w", err)
	}
	return d.convergeMethod(ctx, provider, job.Ref)
}

package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/jobs"
)

// asideRow is what somebody decided to leave as it is. With another trouble it waits again.
type asideRow struct {
	Matter   Matter       `gorm:"primaryKey"`
	Provider ProviderName `gorm:"primaryKey"`
	Ref      string       `gorm:"primaryKey"`
	Trouble  string       `gorm:"primaryKey"`
	Day      string
}

func (asideRow) TableName() string { return "dues_put_aside" }

// Exceptions lists what waits for the treasurer, each list from its beginning; members in arrears by their ids from one on.
func (d *Dues) Exceptions(ctx context.Context, after member.ID) (e Exceptions, err error) {
	db := d.db.Read(ctx)
	lists := []func() error{
		func() (err error) { e.Failed, err = d.failed(ctx); return err },
		func() (err error) { e.Arrears, err = d.inArrears(ctx, after); return err },
		func() (err error) { e.Contested, err = d.contested(db); return err },
		func() (err error) { e.Refunds, err = openRefunds(db); return err },
		func() (err error) { e.Nobodys, err = nobodys(db); return err },
		func() (err error) { e.Events, err = d.stuck(db); return err },
		func() (err error) { e.Payouts, err = oddPayouts(db); return err },
	}
	for _, list := range lists {
		if err := list(); err != nil {
			return e, fmt.Errorf("list exceptions: %w", err)
		}
	}
	return e, nil
}

// candidate is a charge that did not come in, before it is known whether that still matters.
type candidate struct {
	FailedCharge
	made            time.Time
	attempt         string // ours; "" where a provider made it by itself
	from, periods   int    // that it was for; 0: whatever was due
	action, retried bool
}

func (d *Dues) failed(ctx context.Context) (Few[FailedCharge], error) {
	found, all, err := d.failures(d.db.Read(ctx))
	if err != nil || len(found) == 0 {
		return Few[FailedCharge]{}, err
	}
	members := make([]member.ID, len(found))
	for i, c := range found {
		members[i] = c.Member
	}
	accounts, _, err := d.accounts(ctx, d.today(), members)
	if err != nil {
		return Few[FailedCharge]{}, err
	}
	var waiting []FailedCharge
	for i, c := range found {
		if c, waits := c.look(accounts[i], d.today()); waits {
			waiting = append(waiting, c)
		}
	}
	return few(waiting, all, FailedCharge.Waits), nil
}

// look says whether the charge still waits for somebody, and what helps.
func (c candidate) look(a account, on calendar.Date) (FailedCharge, bool) {
	p := a.history.on(on)
	if c.from > 0 && !p.waits(c.from, c.periods) || c.from == 0 && !p.owing() {
		return c.FailedCharge, false
	}
	c.Again = c.retried
	for _, at := range a.attempts {
		if at.Live && at.ID != c.attempt {
			c.Again, c.NextTry = true, dayOf(at.ChargeOn)
		}
	}
	c.Remedy = a.remedy(c.action, c.Again)
	return c.FailedCharge, true
}

// failures are the newest of each member, the newest first.
func (d *Dues) failures(db *gorm.DB) (found []candidate, all bool, err error) {
	since := d.now().Add(-chargesFor)
	var payments []paymentRow
	var refused, behind []attemptRow
	err = errors.Join(
		db.Where("state IN ? AND made_at > ? AND member <> ''", []PaymentState{PaymentFailed, PaymentAction}, since).
			Order("made_at DESC, ref").Limit(mostLooked).Find(&payments).Error,
		db.Where("state = 'failed' AND payment = '' AND made_at > ?", since).Order("made_at DESC, id").Limit(mostLooked).Find(&refused).Error,
	)
	if err != nil {
		return nil, false, err
	}
	var ids []string
	for _, pay := range payments {
		ids = append(ids, pay.Attempt)
	}
	if err := db.Where("id IN ?", ids).Find(&behind).Error; err != nil {
		return nil, false, err
	}
	for _, pay := range payments {
		at := slices.IndexFunc(behind, func(a attemptRow) bool { return a.ID == pay.Attempt })
		c := pay.failure()
		if at >= 0 {
			c.from, c.periods = behind[at].Period, behind[at].Periods
		}
		found = append(found, c)
	}
	for _, a := range refused {
		found = append(found, a.failure())
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return b.made.Compare(a.made) })
	seen := map[member.ID]bool{}
	found = slices.DeleteFunc(found, func(c candidate) bool {
		again := seen[c.Member]
		seen[c.Member] = true
		return again
	})
	return found, len(payments) < mostLooked && len(refused) < mostLooked, nil
}

func (r paymentRow) failure() candidate {
	return candidate{
		FailedCharge: FailedCharge{
			Payment: r.id(), Provider: r.Provider, Member: r.Member, Amount: r.Amount, On: r.on(), Reason: r.Reason, NextTry: dayOf(r.NextTry),
		},
		made: r.MadeAt, attempt: r.Attempt, action: r.State == PaymentAction || r.Action != "", retried: r.NextTry != "",
	}
}

func (r attemptRow) failure() candidate {
	return candidate{
		FailedCharge: FailedCharge{Provider: r.Provider, Member: r.Member, Amount: r.Amount, On: calendar.On(r.MadeAt), Reason: r.Reason},
		made:         r.MadeAt, attempt: r.ID, from: r.Period, periods: r.Periods,
	}
}

// inArrears lists members in arrears by their ids from one on.
func (d *Dues) inArrears(ctx context.Context, after member.ID) (Few[InArrears], error) {
	var found []InArrears
	next, err := d.walk(ctx, d.behind, after, shownFew, func(m member.ID, h history) bool {
		p := h.on(d.today())
		if p.state() != member.Arrears {
			return false
		}
		a := InArrears{Member: m, Standing: h.standing(d.today(), d.now())}
		arrears, _ := p.owed()
		for _, n := range arrears {
			a.Periods = append(a.Periods, PeriodLine{periodOf(p.joined, n), p.price(n), PeriodArrears})
		}
		found = append(found, a)
		return true
	})
	if err != nil || len(found) == 0 {
		return Few[InArrears]{Open: next != "", Next: next}, err
	}
	members := make([]member.ID, len(found))
	for i, a := range found {
		members[i] = a.Member
	}
	accounts, _, err := d.accounts(ctx, d.today(), members)
	if err != nil {
		return Few[InArrears]{}, err
	}
	for i, a := range accounts {
		flying := a.inFlight(a.history.on(d.today()))
		found[i].OnItsWay = slices.ContainsFunc(found[i].Periods, func(p PeriodLine) bool { return flying[p.N] })
	}
	return Few[InArrears]{First: found, Open: next != "", Next: next}, nil
}

const (
	lookPage  = 100 // members whose histories are read together
	lookPages = 20  // that one walk looks through, while somebody waits
)

// behind are members who may be in arrears: all who are, and some others. Dues are settled from the earliest period on, so whoever has
// settled as many as had begun when the grace began owes none; whoever had one waived, reopened or lapsed is looked at in any case.
func (d *Dues) behind(db *gorm.DB) *gorm.DB {
	due := d.today().AddDays(-member.GraceDays - 1)
	until := due.Day
	if due == due.InMonth().Last() {
		until = 31 // longer months' days are over as well
	}
	return db.Where(`(SELECT coalesce(sum(CASE f.kind WHEN 'settled' THEN 1 WHEN 'joined' THEN 0 ELSE -1000 END), 0)
		FROM dues_facts f WHERE f.member = dues_members.member)
		< ? - CAST(substr(joined, 1, 4) AS INTEGER) * 12 - CAST(substr(joined, 6, 2) AS INTEGER)
		+ CASE WHEN CAST(substr(joined, 9, 2) AS INTEGER) <= ? THEN 1 ELSE 0 END`, due.Year*12+int(due.Month), until)
}

func onceLapsed(db *gorm.DB) *gorm.DB {
	return db.Where("member IN (SELECT member FROM dues_facts WHERE kind = 'lapsed')")
}

// walk looks at some of the members who have not left, by their ids from one on, until so many were wanted or enough looked at. It returns
// where to go on; "" behind the last.
func (d *Dues) walk(ctx context.Context, among func(*gorm.DB) *gorm.DB, after member.ID, most int, wanted func(member.ID, history) bool) (next member.ID, err error) {
	db := d.db.Read(ctx)
	for range lookPages {
		var members []member.ID
		ask := among(db.Model(&memberRow{}).Where("NOT gone AND member > ?", after))
		if err := ask.Order("member").Limit(lookPage).Pluck("member", &members).Error; err != nil {
			return "", err
		}
		if len(members) == 0 {
			return "", nil
		}
		all, err := historiesOf(db, members)
		if err != nil {
			return "", err
		}
		for i, m := range members {
			if !wanted(m, all[m]) {
				continue
			}
			if most--; most == 0 && (i+1 < len(members) || len(members) == lookPage) {
				return m, nil
			}
		}
		if len(members) < lookPage {
			return "", nil
		}
		after = members[len(members)-1]
	}
	return after, nil
}

func (d *Dues) contested(db *gorm.DB) (Few[Contested], error) {
	var disputed []paymentRow
	if err := db.Where("disputed").Order("made_at DESC, ref").Limit(mostLooked).Find(&disputed).Error; err != nil {
		return Few[Contested]{}, err
	}
	found := make([]Contested, len(disputed))
	for i, pay := range disputed {
		found[i] = pay.contested()
	}
	lost, all, err := d.lost(db)
	return few(append(found, lost...), all && len(disputed) < mostLooked, Contested.Waits), err
}

func (r paymentRow) contested() Contested {
	return Contested{Payment: r.id(), Provider: r.Provider, Member: r.Member, Amount: r.Amount, Paid: r.on()}
}

// lost are payments that were taken back, while what they paid for is owed again.
func (d *Dues) lost(db *gorm.DB) (found []Contested, all bool, err error) {
	var facts []factRow
	err = db.Where("kind = 'reopened' AND day > ?", written(d.today().AddDays(-int(chargesFor.Hours())/24))).
		Order("id DESC").Limit(mostLooked).Find(&facts).Error
	if err != nil || len(facts) == 0 {
		return nil, true, err
	}
	var members []member.ID
	var refs []string
	for _, f := range facts {
		members, refs = append(members, f.Member), append(refs, f.Payment)
	}
	histories, err := historiesOf(db, members)
	if err != nil {
		return nil, false, err
	}
	var reversed []paymentRow
	if err := db.Where("ref IN ? AND state = ?", refs, PaymentReversed).Find(&reversed).Error; err != nil {
		return nil, false, err
	}
	for _, f := range facts {
		p := histories[f.Member].on(d.today())
		at := slices.IndexFunc(reversed, func(r paymentRow) bool { return r.Provider == f.Provider && r.Ref == f.Payment })
		if at < 0 || !p.waits(f.Period, 1) {
			continue
		}
		c := reversed[at].contested()
		i := slices.IndexFunc(found, func(o Contested) bool { return o.Payment == c.Payment })
		if i < 0 {
			c.Lost = dayOf(f.Day)
			i, found = len(found), append(found, c)
		}
		if again := periodOf(p.joined, f.Period); !slices.Contains(found[i].Open, again) {
			found[i].Open = append(found[i].Open, again)
		}
	}
	return found, len(facts) < mostLooked, nil
}

// notAside leaves out what was put aside with the trouble that it has now. The columns are named in our own words only.
func notAside(db *gorm.DB, what Matter, provider, ref, trouble string) *gorm.DB {
	return db.Where("NOT EXISTS (SELECT 1 FROM dues_put_aside a WHERE a.matter = ? AND a.provider = "+provider+" AND a.ref = "+ref+" AND a.trouble = "+trouble+")", what)
}

func refundsWaiting(db *gorm.DB) *gorm.DB {
	return notAside(db, MatterRefund, "dues_refunds.provider", "dues_refunds.id", "dues_refunds.reason").
		Where("state IN ('ordered', 'refused')").
		Where("NOT EXISTS (SELECT 1 FROM dues_refunds later WHERE later.provider = dues_refunds.provider AND later.payment = dues_refunds.payment AND later.made_at > dues_refunds.made_at)")
}

func openRefunds(db *gorm.DB) (Few[OpenRefund], error) {
	var rows []refundRow
	if err := refundsWaiting(db).Order("made_at, id").Limit(mostLooked).Find(&rows).Error; err != nil {
		return Few[OpenRefund]{}, err
	}
	found := make([]OpenRefund, len(rows))
	for i, r := range rows {
		found[i] = OpenRefund{
			ID: r.ID, Provider: r.Provider, Payment: paymentID(r.Provider, r.Payment), Member: r.Member, Amount: r.Amount,
			Ordered: calendar.On(r.MadeAt), Reason: r.Reason,
		}
	}
	return few(found, len(rows) < mostLooked, OpenRefund.Waits), nil
}

func nobodysWaiting(db *gorm.DB) *gorm.DB {
	return notAside(db, MatterPayment, "dues_payments.provider", "dues_payments.ref", "''").
		Where("member = '' AND state = ? AND refunded < amount", PaymentPaid)
}

func nobodys(db *gorm.DB) (Few[NobodysPayment], error) {
	var rows []paymentRow
	if err := nobodysWaiting(db).Order("made_at, ref").Limit(mostLooked).Find(&rows).Error; err != nil {
		return Few[NobodysPayment]{}, err
	}
	found := make([]NobodysPayment, len(rows))
	for i, r := range rows {
		found[i] = NobodysPayment{Payment: r.id(), Provider: r.Provider, Ref: r.Ref, Amount: r.Amount - r.Refunded, On: r.on()}
	}
	return few(found, len(rows) < mostLooked, always), nil
}

func (d *Dues) eventsWaiting(db *gorm.DB) *gorm.DB {
	return notAside(db, MatterEvent, "dues_inbox.provider", "dues_inbox.event", "dues_inbox.reason").
		Where("state <> 'done' AND (state = ? OR received_at < ?)", inboxFailed, d.now().Add(-stuckFor))
}

func (d *Dues) stuck(db *gorm.DB) (Few[StuckEvent], error) {
	var rows []inboxRow
	if err := d.eventsWaiting(db).Order("received_at, event").Limit(mostLooked).Find(&rows).Error; err != nil {
		return Few[StuckEvent]{}, err
	}
	found := make([]StuckEvent, len(rows))
	for i, r := range rows {
		found[i] = StuckEvent{
			Provider: r.Provider, Event: r.Event, Kind: r.Kind, About: Ref{r.AboutKind, r.About}, Received: calendar.On(r.ReceivedAt), Tries: r.Tries, Reason: r.Reason,
		}
	}
	return few(found, len(rows) < mostLooked, always), nil
}

func payoutsWaiting(db *gorm.DB) *gorm.DB {
	return notAside(db, MatterPayout, "dues_payouts.provider", "dues_payouts.ref", "dues_payouts.trouble").Where("trouble <> ''")
}

func oddPayouts(db *gorm.DB) (Few[OddPayout], error) {
	var rows []payoutRow
	if err := payoutsWaiting(db).Order("arrives, ref").Limit(mostLooked).Find(&rows).Error; err != nil {
		return Few[OddPayout]{}, err
	}
	found := make([]OddPayout, len(rows))
	for i, r := range rows {
		found[i] = OddPayout{Provider: r.Provider, Ref: r.Ref, Amount: r.Amount, Arrives: dayOf(r.Arrives), Trouble: r.Trouble}
	}
	return few(found, len(rows) < mostLooked, always), nil
}

// LookAgain has an event worked, or an object read, once more. ErrNotWaiting.
func (d *Dues) LookAgain(ctx context.Context, what Matter, provider ProviderName, ref string, by TreasurerAct) error {
	return d.attend(ctx, what, provider, ref, audit.Act{What: "looked at again"}, by, func(tx *gorm.DB, _ string) error {
		var job jobs.Args
		switch what {
		case MatterEvent:
			job = Reread{provider, ref}
		case MatterPayout:
			job = ConvergeTo{provider, RefPayout, ref}
		case MatterPayment:
			job = ConvergeTo{provider, RefPayment, ref}
		default: // a refund that was refused is ordered anew
			return ErrNotWaiting
		}
		return d.queue.Add(ctx, tx, job)
	})
}

// PutAside has something wait no longer, although nothing came of it: the treasurer's decision. With another trouble it waits again. ErrNotWaiting.
func (d *Dues) PutAside(ctx context.Context, what Matter, provider ProviderName, ref string, by TreasurerAct) error {
	why, err := member.Reason(by.Why)
	if err != nil {
		return err
	}
	by.Why = why
	return d.attend(ctx, what, provider, ref, audit.Act{What: "put aside"}, by, func(tx *gorm.DB, trouble string) error {
		return putAside(tx, asideRow{what, provider, ref, trouble, written(d.today())})
	})
}

func putAside(tx *gorm.DB, row asideRow) error {
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

// attend does something about what waits, and records it.
func (d *Dues) attend(ctx context.Context, what Matter, provider ProviderName, ref string, act audit.Act, by TreasurerAct, do func(tx *gorm.DB, trouble string) error) error {
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
		trouble, err := d.troubleOf(tx, what, provider, ref)
		if err != nil {
			return err
		}
		if err := do(tx, trouble); err != nil {
			return err
		}
		act.By, act.As, act.About, act.Why, act.At = by.By, string(member.Treasurer), string(what)+" "+string(paymentID(provider, ref)), by.Why, d.now()
		return audit.Record(tx, act)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act.What, err)
	}
	return nil
}

// troubleOf is why something waits. ErrNotWaiting.
func (d *Dues) troubleOf(tx *gorm.DB, what Matter, provider ProviderName, ref string) (string, error) {
	var trouble []string
	var err error
	switch what {
	case MatterEvent:
		err = d.eventsWaiting(tx.Model(&inboxRow{})).Where("provider = ? AND event = ?", provider, ref).Pluck("reason", &trouble).Error
	case MatterPayout:
		err = payoutsWaiting(tx.Model(&payoutRow{})).Where("provider = ? AND ref = ?", provider, ref).Pluck("trouble", &trouble).Error
	case MatterPayment:
		err = nobodysWaiting(tx.Model(&paymentRow{})).Where("provider = ? AND ref = ?", provider, ref).Pluck("''", &trouble).Error
	case MatterRefund:
		err = refundsWaiting(tx.Model(&refundRow{})).Where("provider = ? AND id = ? AND state = ?", provider, ref, refundRefused).Pluck("reason", &trouble).Error
	case matterLapse: // the stewards', who have verbs of their own
	}
	if err == nil && len(trouble) == 0 {
		err = ErrNotWaiting
	}
	if err != nil {
		return "", err
	}
	return trouble[0], nil
}

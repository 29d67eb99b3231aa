package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/jobs"
	"folkmoot/internal/money"
)

const (
	planPage  = 500              // members looked at together: what the run keeps in memory
	planTime  = 20 * time.Second // then the rest is a job of its own: jobs may not take much longer
	planSince = 400              // days of attempts that planning looks back on
	stuckFor  = time.Hour        // what has not moved for so long is asked about again
	quietFor  = 48 * time.Hour   // a payment under way that nothing was heard of
	chasePage = 500              // of each sort, a night
)

// PlanRun wants the members after one planned.
type PlanRun struct {
	On    string    `json:"on"`
	After member.ID `json:"after"`
}

func (PlanRun) Kind() string { return "plan_run" } // Kind names the job.

// Plan plans the payments to ask for, and the notices, of everybody on a day. Killed anywhere it is done again: what was planned is not
// planned twice.
func (d *Dues) Plan(ctx context.Context, on calendar.Date) (Planned, error) {
	var all Planned
	for after := member.ID(""); ; {
		done, last, err := d.planPage(ctx, on, after)
		all.add(done)
		if err != nil || last == "" {
			return all, err
		}
		after = last
	}
}

// PlanSome is Plan for as long as a job may take; the rest is another job.
func (d *Dues) PlanSome(ctx context.Context, job PlanRun) (Planned, error) {
	var all Planned
	began := time.Now()
	for time.Since(began) < planTime {
		done, last, err := d.planPage(ctx, dayOf(job.On), job.After)
		all.add(done)
		if err != nil || last == "" {
			return all, err
		}
		job.After = last
	}
	return all, d.db.Write(ctx, func(tx *gorm.DB) error { return d.queue.Add(ctx, tx, job) })
}

// BeginDay queues what a day brings: payments and notices to plan, and dues in advance that become income with their month.
func (d *Dues) BeginDay(ctx context.Context, today calendar.Date) error {
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		return errors.Join(d.queue.Add(ctx, tx, ReleaseRun{today.InMonth().String()}), d.queue.Add(ctx, tx, PlanRun{On: today.String()}))
	})
}

// PlanOne plans for one member now.
func (d *Dues) PlanOne(ctx context.Context, m member.ID) error {
	_, err := d.planMembers(ctx, d.today(), []member.ID{m})
	return err
}

// planPage plans the next members in order of their ids; last is "" behind the last of all.
func (d *Dues) planPage(ctx context.Context, on calendar.Date, after member.ID) (done Planned, last member.ID, err error) {
	var members []member.ID
	err = d.db.Read(ctx).Model(&memberRow{}).Where("member > ? AND NOT gone", after).Order("member").Limit(planPage).Pluck("member", &members).Error
	if err != nil || len(members) == 0 {
		return done, "", err
	}
	if done, err = d.planMembers(ctx, on, members); err != nil && len(members) > 1 {
		// One of them is in the way: the others are not to suffer.
		done, err = d.planEach(ctx, on, members)
	}
	return done, members[len(members)-1], err
}

func (d *Dues) planEach(ctx context.Context, on calendar.Date, members []member.ID) (done Planned, err error) {
	failed := 0
	for _, m := range members {
		one, cause := d.planMembers(ctx, on, []member.ID{m})
		done.add(one)
		if cause != nil {
			failed, err = failed+1, cause
		}
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
	}
	if failed == len(members) {
		return done, fmt.Errorf("plan dues: %w", err)
	}
	return done, nil
}

func (d *Dues) planMembers(ctx context.Context, on calendar.Date, members []member.ID) (Planned, error) {
	done := Planned{Members: len(members)}
	accounts, credits, err := d.accounts(ctx, on, members)
	if err != nil {
		return done, fmt.Errorf("plan dues: %w", err)
	}
	for _, m := range credits {
		used, err := d.useCredit(ctx, m)
		if err != nil {
			return done, err
		}
		done.Credits += used
	}
	if done.Credits > 0 {
		if accounts, _, err = d.accounts(ctx, on, members); err != nil {
			return done, fmt.Errorf("plan dues: %w", err)
		}
	}
	var attempts []attemptRow
	var notices []noticeRow
	var work []jobs.Args
	now := d.now()
	for _, a := range accounts {
		if at := a.attempt(on); at != nil && !d.collectsItself(at.Provider) {
			at.MadeAt = now
			attempts, work = append(attempts, *at), append(work, CollectDue{at.ID})
			done.Amount += at.Amount
		}
		if n := a.notice(on); n != nil {
			n.DueAt = now
			notices, work = append(notices, *n), append(work, DuesNotice{n.Member, n.Since, n.N})
		}
	}
	if len(work) == 0 {
		return done, nil
	}
	done.Attempts, done.Notices = len(attempts), len(notices)
	return done, d.db.Write(ctx, func(tx *gorm.DB) error {
		// Whoever planned the same meanwhile made the same rows.
		once := func() *gorm.DB { return tx.Clauses(clause.OnConflict{DoNothing: true}) }
		if len(attempts) > 0 {
			if err := once().Create(&attempts).Error; err != nil {
				return err
			}
		}
		if len(notices) > 0 {
			if err := once().Create(&notices).Error; err != nil {
				return err
			}
		}
		return d.queue.AddAll(ctx, tx, work)
	})
}

func (d *Dues) collectsItself(name ProviderName) bool {
	p, ok := d.providers[name]
	return !ok || p.CollectsItself()
}

// accounts reads what planning wants to know of members, and names those who have credit.
func (d *Dues) accounts(ctx context.Context, on calendar.Date, members []member.ID) (all []account, credits []member.ID, err error) {
	db := d.db.Read(ctx)
	histories, err := historiesOf(db, members)
	if err != nil {
		return nil, nil, err
	}
	var methods []methodRow
	var attempts []attemptRow
	var payments []paymentRow
	var notices []noticeRow
	var parts []partRow
	var refunds []refundRow
	err = errors.Join(
		db.Where("member IN ? AND state <> ?", members, MethodEnded).Find(&methods).Error,
		db.Where("member IN ? AND (live OR made_at > ?)", members, on.AddDays(-planSince).Start()).Find(&attempts).Error,
		db.Where("member IN ? AND attempt = '' AND amount > share AND state IN ?", members,
			[]PaymentState{PaymentPending, PaymentSubmitted, PaymentAction, PaymentFailed}).Find(&payments).Error,
		db.Where("member IN ?", members).Find(&notices).Error,
		db.Where("member IN ? AND (kind = ? OR kind = ? AND amount > 0)", members, partShare, partCredit).Find(&parts).Error,
		db.Where("member IN ? AND state <> ?", members, refundRefused).Find(&refunds).Error,
	)
	if err != nil {
		return nil, nil, err
	}
	nth := make(map[member.ID]int, len(members))
	all = make([]account, len(members))
	for i, m := range members {
		nth[m], all[i] = i, account{member: m, history: histories[m], stopped: map[PaymentID]bool{}}
	}
	for _, r := range methods {
		a := &all[nth[r.Member]]
		a.methods = append(a.methods, r)
	}
	for _, r := range attempts {
		a := &all[nth[r.Member]]
		a.attempts = append(a.attempts, r)
	}
	for _, r := range payments {
		if r.State.underWay(r.NextTry != "") {
			all[nth[r.Member]].flying += r.Periods
		}
	}
	for _, r := range notices {
		a := &all[nth[r.Member]]
		a.sent = append(a.sent, r)
	}
	for _, r := range refunds {
		all[nth[r.Member]].stopped[paymentID(r.Provider, r.Payment)] = true
	}
	for _, r := range parts {
		if r.Kind == partShare {
			all[nth[r.Member]].shareDone = true
		} else {
			credits = append(credits, r.Member)
		}
	}
	return all, credits, nil
}

// useCredit settles periods that have begun with money that came in before and found nothing open; not while a provider collects for them
// by itself.
func (d *Dues) useCredit(ctx context.Context, m member.ID) (used int, err error) {
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		used = 0
		if err := lockMember(tx, m); err != nil {
			return err
		}
		h, err := historyOf(tx, m)
		if err != nil {
			return err
		}
		p := h.on(d.today())
		var wanted []methodRow
		if err := tx.Where("member = ? AND wanted", m).Find(&wanted).Error; err != nil {
			return err
		}
		if len(wanted) > 0 && d.collectsItself(wanted[0].Provider) {
			return nil
		}
		flying, err := inFlight(tx, m, p)
		if err != nil {
			return err
		}
		var credits []partRow
		if err := tx.Where("member = ? AND kind = ? AND amount > 0", m, partCredit).Order("id").Find(&credits).Error; err != nil {
			return err
		}
		arrears, grace := p.owed()
		for _, n := range append(arrears, grace...) {
			for i := range credits {
				price := p.price(n)
				if flying[n] || credits[i].Amount < price {
					continue
				}
				if err := d.moveCredit(ctx, tx, &credits[i], periodOf(p.joined, n), price); err != nil {
					return err
				}
				used++
				break
			}
		}
		return nil
	})
	return used, err
}

// moveCredit has a part of a payment pay for a period.
func (d *Dues) moveCredit(ctx context.Context, tx *gorm.DB, credit *partRow, period Period, price money.Pence) error {
	row, err := paymentOf(tx, credit.Provider, credit.Payment)
	if err != nil {
		return err
	}
	s := &settlement{d: d, ctx: ctx, tx: tx, row: row, today: d.today()}
	credit.Amount -= price
	credit.Whole -= price
	if err := tx.Save(credit).Error; err != nil {
		return err
	}
	postings := map[LedgerAccount]money.Pence{}
	if err := s.keep(part{partPeriod, period.N, period.Starts.InMonth(), price}, s.today, postings); err != nil {
		return err
	}
	for account := range postings {
		postings[account] = -postings[account]
	}
	postings[MemberCredit] += price
	if err := s.post(EntryCredit, s.today, "dues from credit", postings); err != nil {
		return err
	}
	s.row.Version++
	return tx.Save(&s.row).Error
}

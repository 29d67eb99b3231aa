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
	"folkmoot/internal/money"
)

// convergeTries is how often an object is read again because somebody else converged to it in between.
const convergeTries = 5

// Converge reads an object again and brings ours, and the books, to what the provider has now. It is the only way in for what providers
// know; it does the same in any order, twice, or with gaps.
func (d *Dues) Converge(ctx context.Context, name ProviderName, ref Ref) error {
	provider, err := d.provider(name)
	if err != nil {
		return err
	}
	switch ref.Kind {
	case RefPayment:
		err = d.convergePayment(ctx, provider, ref.Ref)
	case RefMethod:
		err = d.convergeMethod(ctx, provider, ref.Ref)
	case RefFlow:
		err = d.convergeFlow(ctx, provider, ref.Ref)
	case RefPayout:
		err = d.convergePayout(ctx, provider, ref.Ref)
	case RefNothing:
	default:
		err = fmt.Errorf("nothing reads a %q", ref.Kind)
	}
	if err != nil {
		return fmt.Errorf("converge to %s %s: %w", name, ref.Kind, err)
	}
	return nil
}

// convergePayment takes what it read only if nobody else has converged since before it asked: what it holds could be older than theirs.
func (d *Dues) convergePayment(ctx context.Context, provider Provider, ref string) error {
	for range convergeTries {
		was, err := paymentOf(d.db.Read(ctx), provider.Name(), ref)
		if err != nil {
			return err
		}
		truth, err := provider.Payment(ctx, ref)
		if err != nil {
			return err
		}
		if truth.Ref != ref { // told by another name, as a dispute names the charge: our copy goes by the payment's own
			ref = truth.Ref
			continue
		}
		if err = d.settle(ctx, truth, was.Version); !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

// paymentOf is our copy of a payment; its Version is 0 where we have none.
func paymentOf(db *gorm.DB, name ProviderName, ref string) (paymentRow, error) {
	var rows []paymentRow
	err := db.Where("provider = ? AND ref = ?", name, ref).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return paymentRow{Provider: name, Ref: ref}, err
	}
	return rows[0], nil
}

// settlement is one payment being brought to what the provider has, in one transaction.
type settlement struct {
	d       *Dues
	ctx     context.Context // the transaction's
	tx      *gorm.DB
	truth   Payment
	row     paymentRow
	before  paymentRow  // as it was kept
	attempt *attemptRow // nil: the provider made the payment by itself
	parts   []partRow
	today   calendar.Date
}

// settle brings a payment's copy, the facts, the books, the receipt and the jobs that follow to the truth, all or nothing. version is the
// copy's before the truth was read.
func (d *Dues) settle(ctx context.Context, truth Payment, version int) error {
	if truth.Live != d.live {
		return ErrMode
	}
	return d.db.Write(ctx, func(tx *gorm.DB) error {
		s := &settlement{d: d, ctx: ctx, tx: tx, truth: truth, today: d.today()}
		if err := s.open(); err != nil {
			return err
		}
		s.copy()
		if s.row == s.before && s.row.Version > 0 {
			return nil
		}
		if s.before.Version != version {
			return errMoved
		}
		return s.converge()
	})
}

// open takes hold of the payment and of its member's dues.
func (s *settlement) open() error {
	if err := database.Lock(s.tx, "payment "+string(paymentID(s.truth.Provider, s.truth.Ref))); err != nil {
		return err
	}
	var err error
	if s.row, err = paymentOf(s.tx, s.truth.Provider, s.truth.Ref); err != nil {
		return err
	}
	s.row.MadeAt = s.row.MadeAt.UTC()
	s.before = s.row
	if err := s.findAttempt(); err != nil {
		return err
	}
	if s.row.Member == "" {
		if s.row.Member, err = s.whose(); err != nil {
			return err
		}
	}
	if s.row.Member != "" {
		if err := lockMember(s.tx, s.row.Member); err != nil {
			return err
		}
	}
	return s.tx.Where("provider = ? AND payment = ? AND whole > 0", s.row.Provider, s.row.Ref).Order("id").Find(&s.parts).Error
}

func (s *settlement) findAttempt() error {
	var found []attemptRow
	err := s.tx.Where("id = ? OR provider = ? AND payment = ? AND payment <> ''", s.truth.Key, s.truth.Provider, s.truth.Ref).Find(&found).Error
	if err == nil && len(found) > 0 {
		s.attempt = &found[0]
	}
	return err
}

// whose payment it is: as its own words, our attempt or its method tell.
func (s *settlement) whose() (member.ID, error) {
	switch {
	case s.truth.Member != "":
		return s.truth.Member, nil
	case s.attempt != nil:
		return s.attempt.Member, nil
	}
	var rows []methodRow
	err := s.tx.Where("provider = ? AND ref = ?", s.truth.Provider, s.truth.Method).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Member, nil
}

// copy brings our copy to the truth, but for what counts the books.
func (s *settlement) copy() {
	t, r := s.truth, &s.row
	if t.Fee != nil && (r.Fee == nil || *r.Fee != *t.Fee) {
		fee := *t.Fee
		r.Fee = &fee
	}
	r.Method, r.State, r.Amount, r.Share = t.Method, t.State, t.Amount, t.Share
	if s.attempt != nil {
		r.Attempt, r.Share = s.attempt.ID, max(t.Share, s.attempt.Share)
	}
	r.Refunded, r.Disputed, r.MadeAt = t.Refunded, t.Disputed, t.Made.UTC().Truncate(time.Microsecond)
	if at := t.PaidAt.UTC().Truncate(time.Microsecond); !t.PaidAt.IsZero() && (r.PaidAt == nil || !r.PaidAt.Equal(at)) {
		r.PaidAt = &at // otherwise the pointer stays: rows are compared
	}
	r.ChargeOn, r.NextTry, r.Action, r.Reason = written(t.ChargeOn), written(t.NextTry), t.Action, t.Reason
	if t.Payout != "" {
		r.Payout = t.Payout
	}
}

func (s *settlement) converge() error {
	steps := []func() error{s.count, s.follow, s.book, s.dispute, s.loss, s.fee, s.receipt}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	s.row.Version++
	if s.before.Version == 0 {
		return s.tx.Create(&s.row).Error
	}
	return s.tx.Save(&s.row).Error
}

// count finds how many periods the payment is for.
func (s *settlement) count() error {
	const halfAYear = 183 // days: nearer to a year than to a month
	switch {
	case s.attempt != nil:
		s.row.Periods = s.attempt.Periods
	case !s.truth.Covers[0].IsZero():
		s.row.Periods = 1
		if s.truth.Covers[0].Days(s.truth.Covers[1]) > halfAYear {
			s.row.Periods = 12
		}
	case s.row.Periods == 0:
		t, err := s.chosen()
		if err != nil {
			return err
		}
		s.row.Periods = 1
		if t.Interval == Annual && t.Amount > 0 && s.row.Amount-s.row.Share >= t.Price() {
			s.row.Periods = 12
		}
	}
	return nil
}

// chosen are the terms that the payer chose last, if not in terms then on the page that they paid on. A page for the share alone has none.
func (s *settlement) chosen() (Terms, error) {
	var terms []termsRow
	var flows []flowRow
	err := errors.Join(
		s.tx.Where("member = ?", s.row.Member).Order("n DESC").Limit(1).Find(&terms).Error,
		s.tx.Where("member = ? AND amount > 0", s.row.Member).Order("made_at DESC").Limit(1).Find(&flows).Error,
	)
	switch {
	case len(terms) > 0:
		return terms[0].terms(), err
	case len(flows) > 0:
		return Terms{flows[0].Amount, flows[0].Paid}, err
	}
	return Terms{s.row.Amount - s.row.Share, Monthly}, err
}

// follow brings the attempt along, and ends what waited for it.
func (s *settlement) follow() error {
	if s.attempt == nil {
		return nil
	}
	a := s.attempt
	state, live := attemptAfter(s.truth)
	if live && !a.Live {
		var others int64
		if err := s.tx.Model(&attemptRow{}).Where("member = ? AND period = ? AND live", a.Member, a.Period).Count(&others).Error; err != nil {
			return err
		}
		live = others == 0
	}
	a.State, a.Live, a.Payment, a.Reason = state, live, s.row.Ref, s.row.Reason
	if s.row.ChargeOn != "" {
		a.ChargeOn = s.row.ChargeOn
	}
	if err := s.tx.Save(a).Error; err != nil || live {
		return err
	}
	var unwanted []methodRow
	if err := s.tx.Where("provider = ? AND ref = ? AND NOT wanted AND state <> ?", a.Provider, a.Method, MethodEnded).Find(&unwanted).Error; err != nil {
		return err
	}
	for _, m := range unwanted {
		if err := s.d.queue.Add(s.ctx, s.tx, EndMethod{Provider: m.Provider, Ref: m.Ref}); err != nil {
			return err
		}
	}
	return s.d.queue.Add(s.ctx, s.tx, PlanMember{a.Member})
}

// due is what of the payment should be ours now.
func (s *settlement) due() money.Pence {
	if s.row.State != PaymentPaid {
		return 0
	}
	return max(0, s.row.Amount-s.row.Refunded)
}

// book brings the parts of the payment, the facts and the books to what is ours of it now.
func (s *settlement) book() error {
	if s.row.Member != "" {
		if err := s.claim(); err != nil {
			return err
		}
	}
	switch due := s.due(); {
	case due > s.row.Booked:
		return s.take(due - s.row.Booked)
	case due < s.row.Booked:
		return s.giveUp(s.row.Booked-due, s.undoing())
	default:
		return nil
	}
}

func (s *settlement) undoing() EntryKind {
	if s.row.State == PaymentPaid {
		return EntryRefund
	}
	return EntryReversal
}

// claim takes money whose owner was not known out of suspense, now that they are.
func (s *settlement) claim() error {
	for i := range s.parts {
		if p := &s.parts[i]; p.Kind == partUnmatched && p.Amount > 0 {
			return s.giveUp(p.Amount, EntryCorrected)
		}
	}
	return nil
}

// post puts an entry for this payment in the books, dated on a day or in the first month that is open after it.
func (s *settlement) post(kind EntryKind, on calendar.Date, words string, postings map[LedgerAccount]money.Pence) error {
	var err error
	s.row.Entries, err = s.d.post(s.tx, Entry{
		SourceKey: string(s.row.id()), Date: on, Kind: kind, Words: words, Member: s.row.Member, Document: s.row.Ref,
	}, s.row.Entries, postings)
	return err
}

// post adds to the books what happened to an object for the nth time, and returns n.
func (d *Dues) post(tx *gorm.DB, e Entry, n int, postings map[LedgerAccount]money.Pence) (int, error) {
	e.Postings = inChartOrder(postings)
	if len(e.Postings) == 0 {
		return n, nil
	}
	n++
	e.SourceKey = fmt.Sprintf("%s:%s:%d", e.SourceKey, e.Kind, n)
	var err error
	if e.Date, err = d.ledger.openDate(tx, e.Date); err != nil {
		return n, err
	}
	return n, d.ledger.postOpen(tx, e)
}

// dispute holds money back in the books while a dispute is open.
func (s *settlement) dispute() error {
	var held money.Pence
	if s.row.Disputed && s.row.Provider == Stripe {
		held = s.due()
	}
	more := held - s.row.BookedDisputed
	s.row.BookedDisputed = held
	return s.post(EntryDispute, s.today, "dispute", map[LedgerAccount]money.Pence{DisputedStripe: more, ClearingStripe: -more})
}

// loss books what went to the payer twice: paid back by us, and then taken back by their bank all the same, which may ask it of us.
func (s *settlement) loss() error {
	var lost money.Pence
	if s.row.State == PaymentReversed && s.row.Provider == GoCardless { // Stripe lets nobody dispute what they had back
		lost = s.row.Refunded
	}
	more := lost - s.row.BookedLost
	s.row.BookedLost = lost
	return s.post(EntryReversal, s.today, "taken back after it was paid back", map[LedgerAccount]money.Pence{CostOther: more, ClearingGoCardless: -more})
}

// fee books what the provider took for this payment, once it is known.
func (s *settlement) fee() error {
	if s.row.Fee == nil {
		return nil
	}
	on := s.paidOn()
	if s.row.BookedFee != 0 {
		on = s.today
	}
	more := *s.row.Fee - s.row.BookedFee
	s.row.BookedFee = *s.row.Fee
	return s.post(EntryFee, on, "payment fee", map[LedgerAccount]money.Pence{PaymentFees: more, Clearing(s.row.Provider): -more})
}

// paidOn is the day of the first telling, and today for whatever comes after.
func (s *settlement) paidOn() calendar.Date {
	if s.row.PaidAt != nil {
		return calendar.On(*s.row.PaidAt)
	}
	return s.today
}

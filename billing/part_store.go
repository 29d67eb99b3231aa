package billing

import (
	"cmp"
	"maps"
	"slices"

	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// take finds what new money of the payment is for.
func (s *settlement) take(more money.Pence) error {
	on := s.today
	if len(s.parts) == 0 {
		on = s.paidOn()
	}
	credited := map[LedgerAccount]money.Pence{}
	if s.row.Member == "" {
		if err := s.keep(part{kind: partUnmatched, amount: more}, on, credited); err != nil {
			return err
		}
		s.row.Booked += more
		return s.postTaken(on, more, credited)
	}
	if err := s.begun(on); err != nil {
		return err
	}
	left, err := s.refill(more, credited)
	if err != nil {
		return err
	}
	h, err := historyOf(s.tx, s.row.Member)
	if err != nil {
		return err
	}
	paid, err := sharePaid(s.tx, s.row.Member)
	if err != nil {
		return err
	}
	if left > 0 {
		share := s.row.Share
		if s.holds(partShare) {
			share = 0
		}
		for _, p := range h.on(s.today).settle(left, share, paid, s.periodsIn(left, share)) {
			if err := s.keep(p, on, credited); err != nil {
				return err
			}
		}
	}
	s.row.Booked += more
	return s.postTaken(on, more, credited)
}

// begun starts the member's dues with their first payment, where it came before all else that would.
func (s *settlement) begun(on calendar.Date) error {
	if s.row.Amount <= s.row.Share { // a share that came alone says nothing of dues: to pay none is a choice of its own
		return nil
	}
	t, err := s.chosen()
	if err != nil || t.Amount == 0 {
		return err
	}
	return s.d.begin(s.tx, s.row.Member, on, t)
}

// periodsIn is how many of its periods a part of the payment's money pays for.
func (s *settlement) periodsIn(amount, share money.Pence) int {
	each := (s.row.Amount - s.row.Share) / money.Pence(s.row.Periods)
	if each <= 0 {
		return 1
	}
	n := int((amount - min(share, amount) + each - 1) / each)
	return min(max(n, 1), s.row.Periods)
}

func (s *settlement) holds(kind partKind) bool {
	return slices.ContainsFunc(s.parts, func(p partRow) bool { return p.Kind == kind && p.Amount > 0 })
}

// refill gives money that came back to the parts that had lost some but not all of theirs, and returns what is left.
func (s *settlement) refill(more money.Pence, credited map[LedgerAccount]money.Pence) (money.Pence, error) {
	for i := range s.parts {
		p := &s.parts[i]
		if p.Amount == 0 || p.Amount == p.Whole || more == 0 {
			continue
		}
		given := min(p.Whole-p.Amount, more)
		p.Amount += given
		more -= given
		credited[p.account()] += given
		if err := s.tx.Save(p).Error; err != nil {
			return 0, err
		}
	}
	return more, nil
}

// keep records what a part of the money is for, and tells who waits for that.
func (s *settlement) keep(p part, on calendar.Date, credited map[LedgerAccount]money.Pence) error {
	row := partRow{
		Provider: s.row.Provider, Payment: s.row.Ref, Member: s.row.Member, Kind: p.kind, Period: p.period, Amount: p.amount, Whole: p.amount, Released: true,
	}
	if p.kind == partPeriod {
		open, err := s.d.ledger.openDate(s.tx, on)
		if err != nil {
			return err
		}
		row.Month, row.Released = p.month.String(), !open.InMonth().Before(p.month)
	}
	if err := s.tx.Create(&row).Error; err != nil {
		return err
	}
	s.parts = append(s.parts, row)
	credited[row.account()] += p.amount
	switch p.kind {
	case partShare:
		return s.d.queue.Add(s.ctx, s.tx, SharePaid{s.row.Member})
	case partPeriod:
		return s.settled(p, on)
	default:
		return nil
	}
}

func (s *settlement) settled(p part, on calendar.Date) error {
	var before int64
	err := s.tx.Model(&factRow{}).Where("member = ? AND kind = ?", s.row.Member, factSettled).Limit(1).Count(&before).Error
	if err != nil {
		return err
	}
	err = s.d.learn(s.tx, factRow{
		Member: s.row.Member, Kind: factSettled, Period: p.period, Day: written(on), Provider: s.row.Provider, Payment: s.row.Ref,
	})
	if err != nil || before > 0 {
		return err
	}
	return s.d.queue.Add(s.ctx, s.tx, FirstSettled{s.row.Member})
}

// postTaken books new money: the share's part as what it is, the rest as dues.
func (s *settlement) postTaken(on calendar.Date, more money.Pence, credited map[LedgerAccount]money.Pence) error {
	clearing := Clearing(s.row.Provider)
	if share := credited[ShareCapital]; share > 0 {
		if err := s.post(EntryShare, on, "share", map[LedgerAccount]money.Pence{clearing: share, ShareCapital: -share}); err != nil {
			return err
		}
		delete(credited, ShareCapital)
		more -= share
	}
	kind, words := EntryDues, "dues"
	if credited[IncomeDues]+credited[DuesInAdvance] == 0 {
		kind, words = EntryCredit, "came in, nothing open for it"
	}
	postings := map[LedgerAccount]money.Pence{clearing: more}
	for account, amount := range credited {
		postings[account] = -amount
	}
	return s.post(kind, on, words, postings)
}

// giveUp takes money that is no longer ours out of what it was for.
func (s *settlement) giveUp(less money.Pence, kind EntryKind) error {
	var parts []part
	for _, p := range s.parts {
		parts = append(parts, p.part())
	}
	postings := map[LedgerAccount]money.Pence{Clearing(s.row.Provider): -less}
	for _, lost := range undo(parts, less) {
		row := s.rowOf(lost)
		row.Amount -= lost.amount
		postings[row.account()] += lost.amount
		if err := s.tx.Save(row).Error; err != nil {
			return err
		}
		if row.Amount == 0 {
			if err := s.reopened(*row); err != nil {
				return err
			}
		}
	}
	s.row.Booked -= less
	words := map[EntryKind]string{EntryRefund: "paid back", EntryReversal: "taken back", EntryCorrected: "its owner was found"}
	return s.post(kind, s.today, words[kind], postings)
}

func (s *settlement) rowOf(p part) *partRow {
	i := slices.IndexFunc(s.parts, func(r partRow) bool { return r.Kind == p.kind && r.Period == p.period && r.Amount >= p.amount })
	return &s.parts[i]
}

func (s *settlement) reopened(row partRow) error {
	switch row.Kind {
	case partShare:
		return s.d.queue.Add(s.ctx, s.tx, ShareUnpaid{row.Member})
	case partPeriod:
		return s.d.learn(s.tx, factRow{
			Member: row.Member, Kind: factReopened, Period: row.Period, Day: written(s.today), Provider: row.Provider, Payment: row.Payment,
		})
	default:
		return nil
	}
}

// account is where the books have a part's money.
func (r partRow) account() LedgerAccount {
	switch {
	case r.Kind == partShare:
		return ShareCapital
	case r.Kind == partCredit:
		return MemberCredit
	case r.Kind == partUnmatched:
		return Suspense
	case r.Released:
		return IncomeDues
	default:
		return DuesInAdvance
	}
}

// inChartOrder makes postings of sums, without those of nothing.
func inChartOrder(sums map[LedgerAccount]money.Pence) []Posting {
	var postings []Posting
	for _, account := range slices.Sorted(maps.Keys(sums)) {
		if sums[account] != 0 {
			postings = append(postings, Posting{account, sums[account]})
		}
	}
	slices.SortStableFunc(postings, func(a, b Posting) int { return cmp.Compare(b.Amount, a.Amount) })
	return postings
}

package board

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// recorder is as whom an account keeps the board's records: as the secretary, or as somebody who sits. ErrNotRecorder.
func (b *Board) recorder(ctx context.Context, by identity.AccountID) (as string, seat Seat, err error) {
	held, err := b.officers.Offices(ctx, by)
	if err != nil {
		return "", Seat{}, err
	}
	if seat, err = b.SeatOf(ctx, by); err == nil {
		return "board", seat, nil
	}
	if errors.Is(err, ErrNotSitting) && slices.Contains(held, member.Secretary) {
		return string(member.Secretary), Seat{}, nil
	}
	if errors.Is(err, ErrNotSitting) {
		err = ErrNotRecorder
	}
	return "", Seat{}, err
}

// Records reports whether an account keeps the board's records.
func (b *Board) Records(ctx context.Context, by identity.AccountID) (bool, error) {
	_, _, err := b.recorder(ctx, by)
	if errors.Is(err, ErrNotRecorder) {
		return false, nil
	}
	return err == nil, err
}

// SeatOf is the seat on which an account's member sits today. ErrNotSitting.
func (b *Board) SeatOf(ctx context.Context, account identity.AccountID) (Seat, error) {
	m, is, err := b.register.Of(ctx, account)
	if err != nil {
		return Seat{}, err
	}
	all, err := b.Seats(ctx)
	if err != nil {
		return Seat{}, err
	}
	today := calendar.On(b.now())
	at := slices.IndexFunc(all, func(s Seat) bool { return s.Member == m.ID && s.Held(today) })
	if !is || at < 0 {
		return Seat{}, ErrNotSitting
	}
	return all[at], nil
}

// checkEntry holds an entry's day and minute against what can be, and tells all that is amiss.
func (b *Board) checkEntry(e Entry) (_ Entry, amiss error) {
	var err error
	if e.Minute, err = member.Line(e.Minute, member.LongestName); err != nil || e.Minute == "" {
		amiss = member.Amiss(ErrNoMinute, err)
	}
	if today := calendar.On(b.now()); e.Day.IsZero() || e.Day.After(today) || e.Day.Before(today.AddDays(-mostRecorded)) {
		amiss = errors.Join(amiss, ErrBadDay)
	}
	return e, amiss
}

// everybody checks that those who sat on a day, and nobody else, have one of the answers that there are.
func everybody[A comparable](all []Seat, on calendar.Date, said map[string]A, answers []A) error {
	sat := Sitting(all, on)
	if len(sat) == 0 {
		return ErrNobodySat
	}
	for _, s := range sat {
		if !slices.Contains(answers, said[s.ID]) {
			return ErrVotes
		}
	}
	if len(said) != len(sat) {
		return ErrVotes
	}
	return nil
}

// there refuses votes of people whom the meetings of that day do not have there. NotThereError.
func there(votes map[string]Vote, met []Meeting) error {
	if seats := NotThere(votes, met); len(seats) > 0 {
		return &NotThereError{seats}
	}
	return nil
}

// free checks that an entry is there to be corrected, and that no other has taken its place.
func free(tx *gorm.DB, table, entry string) error {
	if entry == "" {
		return nil
	}
	var there, corrected int64
	if err := tx.Table(table).Where("id = ?", entry).Count(&there).Error; err != nil {
		return err
	}
	if err := tx.Table(table).Where("corrects = ?", entry).Count(&corrected).Error; err != nil {
		return err
	}
	if there == 0 || corrected > 0 {
		return ErrNoEntry
	}
	return nil
}

func recorded(what, corrects string) string {
	if corrects != "" {
		return what + " corrected"
	}
	return what + " recorded"
}

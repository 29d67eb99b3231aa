package participation

import (
	"context"
	"errors"
	"slices"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Who may not.
var (
	ErrNotMember    = errors.New("only a member may do that")
	ErrNotBoard     = errors.New("only the secretary or somebody who sits on the board may do that")
	ErrNotSecretary = errors.New("only the secretary may do that")
	ErrNotOfficer   = errors.New("only an officer may do that")
)

// onBoard is the office in which somebody acts who sits on the board.
const onBoard = "board"

// people tells who may do what.
type people struct {
	register *member.Register
	officers *member.Officers
	board    *board.Board
	now      func() time.Time
}

func (p people) today() calendar.Date { return calendar.On(p.now()) }

// member is who acts. ErrNotMember for whoever is none today.
func (p people) member(ctx context.Context, account identity.AccountID) (member.ID, error) {
	m, is, err := p.register.Of(ctx, account)
	if err == nil && (!is || m.State != member.Admitted) {
		err = ErrNotMember
	}
	return m.ID, err
}

// speaker is in which office somebody speaks for the board, and which member they are, if any. ErrNotBoard.
func (p people) speaker(ctx context.Context, account identity.AccountID) (as string, m member.ID, err error) {
	m, err = p.member(ctx, account)
	if err != nil && !errors.Is(err, ErrNotMember) {
		return "", "", err
	}
	if err == nil {
		sit, err := p.sitting(ctx)
		if err != nil {
			return "", "", err
		}
		if slices.Contains(sit, m) {
			return onBoard, m, nil
		}
	}
	is, err := p.officers.Holds(ctx, account, member.Secretary)
	if err == nil && !is {
		err = ErrNotBoard
	}
	return string(member.Secretary), m, err
}

// Speaks reports whether somebody may speak for the board: they sit on it, or are the secretary.
func (p people) Speaks(ctx context.Context, account identity.AccountID) (bool, error) {
	_, _, err := p.speaker(ctx, account)
	if errors.Is(err, ErrNotBoard) {
		return false, nil
	}
	return err == nil, err
}

// sitting are those who sit on the board today.
func (p people) sitting(ctx context.Context) (sit []member.ID, err error) {
	seats, err := p.board.Seats(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range seats {
		if s.Held(p.today()) {
			sit = append(sit, s.Member)
		}
	}
	return sit, nil
}

// officer is an office that somebody holds. ErrNotOfficer.
func (p people) officer(ctx context.Context, by identity.AccountID) (as string, err error) {
	as, has, err := p.officers.As(ctx, by)
	if err == nil && !has {
		err = ErrNotOfficer
	}
	return as, err
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// boardSaid are the words for what was done before the page is shown again.
var boardSaid = map[string]string{"co_opted": "board.said_co_opted", "leaves": "board.said_leaves", "declared": "interests.said"}

func (s *Site) board(c echo.Context) error {
	d := s.public(c, "/board")
	d.Said = boardSaid[c.QueryParam("said")]
	if c.QueryParam("declare") != "" { // led here to do so
		d.Failed = "interests.declare"
	}
	return s.showBoard(c, http.StatusOK, d)
}

// boardSits reports whether anybody sits on the board: until then the society is still to be founded by those who join.
func (s *Site) boardSits(ctx context.Context) (bool, error) {
	all, err := s.Board.Seats(ctx)
	today := calendar.On(s.Now())
	return slices.ContainsFunc(all, func(seat board.Seat) bool { return seat.Held(today) }), err
}

func (s *Site) showBoard(c echo.Context, status int, d templates.Desk) error {
	ctx, today := c.Request().Context(), calendar.On(s.Now())
	d.Here = "/board"
	page := templates.Board{Desk: d, Today: today, Runs: d.Officer}
	all, err := s.Board.Seats(ctx)
	if err != nil {
		return err
	}
	if err := s.boardRecords(c, &page); err != nil {
		return err
	}
	seats, err := election.SeatsOn(today)
	if err != nil {
		return err
	}
	for _, class := range member.AllClasses {
		of := templates.BoardOf{Class: class, Seats: seats[class], Vacant: board.Vacant(all, class, seats[class], today)}
		for _, seat := range all {
			switch {
			case seat.Class != class:
			case seat.Held(today):
				of.Sit = append(of.Sit, seat)
			case seat.Since.After(today) && !seat.Last().Before(seat.Since):
				of.Come = append(of.Come, seat)
			}
		}
		page.Classes = append(page.Classes, of)
	}
	for _, seat := range all {
		if seat.Last().Before(today) && !seat.Last().Before(seat.Since) {
			page.Past = append(page.Past, seat)
		}
	}
	return show(c, status, templates.BoardPage(page))
}

// boardRecords fills in what is recorded of those who sit, and how many questions wait.
func (s *Site) boardRecords(c echo.Context, page *templates.Board) (err error) {
	ctx := c.Request().Context()
	if page.Declared, err = s.Board.Declarations(ctx); err != nil {
		return err
	}
	if page.Meetings, err = s.Board.Meetings(ctx); err != nil {
		return err
	}
	if page.Open, page.Overdue, err = s.Board.Waiting(ctx); err != nil || !page.SignedIn {
		return err
	}
	own, err := s.Board.SeatOf(ctx, signedIn(c).Account)
	if errors.Is(err, board.ErrNotSitting) {
		return nil
	}
	page.Own = own.ID
	return err
}

func (s *Site) declareInterests(c echo.Context) error {
	amiss := func(err error) (string, string, bool) {
		return fault(err, []faulty{
			{board.ErrNoReason, "interests", "interests.no_words"},
			{board.ErrSameInterests, "interests", "interests.same"},
			{board.ErrNotSitting, "", "interests.not_sitting"},
		})
	}
	return s.filled(c, "/board?said=declared", "interests.declare", amiss, s.showBoard, func(ctx context.Context, f url.Values) error {
		return s.Board.Declare(ctx, signedIn(c).Account, f.Get("interests"))
	})
}

// amissOnBoard says in which field of a form about seats an error is, and in which words; missing are those for a text that is.
func amissOnBoard(err error, day, why, missing string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{errNoSuchMember, "board_member", "polling.no_member"},
		{board.ErrNoClass, "board_class-" + string(member.AllClasses[0]), "board.no_class"},
		{board.ErrNotVacant, "board_since", "board.not_vacant"},
		{board.ErrNotInClass, "board_member", "board.not_in_class"},
		{board.ErrSits, "board_member", "board.sits_already"},
		{board.ErrNoName, "board_name", "board.no_name"},
		{board.ErrNoMinute, "board_minute", "election.no_minute"},
		{board.ErrNoReason, why, missing},
		{board.ErrBadDay, day, "board.bad_day"},
		{board.ErrNoSeat, "", "board.no_seat"},
	})
}

func (s *Site) coOpt(c echo.Context) error {
	amiss := func(err error) (string, string, bool) {
		return amissOnBoard(err, "board_until", "board_interests", "interests.no_words")
	}
	return s.filled(c, "/board?said=co_opted", "board.coopt", amiss, s.showBoard, func(ctx context.Context, f url.Values) error {
		m, err := s.theMember(ctx, f, "board_member")
		if err != nil {
			return err
		}
		_, err = s.Board.CoOpt(ctx, signedIn(c).Account, board.CoOption{
			Person: board.Person{Member: m, Name: f.Get("board_name"), Interests: f.Get("board_interests")},
			Class:  member.Class(f.Get("board_class")), Since: readDay(f.Get("board_since")), Until: readDay(f.Get("board_until")), Minute: f.Get("board_minute"),
		})
		return err
	})
}

func (s *Site) leaveSeat(c echo.Context) error {
	id := c.Param("seat")
	if !messaging.ValidID(id) {
		return echo.ErrNotFound
	}
	amiss := func(err error) (string, string, bool) {
		return amissOnBoard(err, "last_"+id, "leave_"+id, "board.no_words")
	}
	return s.filled(c, "/board?said=leaves", "board.leave."+id, amiss, s.showBoard, func(ctx context.Context, f url.Values) error {
		return s.Board.Leave(ctx, signedIn(c).Account, id, readDay(f.Get("last_"+id)), f.Get("leave_"+id))
	})
}

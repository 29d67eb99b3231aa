package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

func (s *Site) society(c echo.Context) error {
	hub, err := s.hub(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.SocietyPage(hub))
}

func (s *Site) you(c echo.Context) error {
	hub, err := s.hub(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.YouPage(hub))
}

// hub is what the visitor finds on the pages that lead to all others.
func (s *Site) hub(c echo.Context) (h templates.Hub, err error) {
	h.Frame = s.frame(c)
	if !h.SignedIn {
		return h, nil
	}
	ctx, me := c.Request().Context(), signedIn(c).Account
	m, is, err := s.Register.Of(ctx, me)
	if err != nil {
		return h, err
	}
	h.Member = is && (m.State == member.Applied || m.State == member.Admitted)
	h.Former = is && !h.Member
	h.Belongs = is && m.State == member.Admitted
	if h.Belongs {
		in, err := s.Classes.Of(ctx, m.ID, member.Asked{On: calendar.On(s.Now()), KnownAt: s.Now()})
		if err != nil {
			return h, err
		}
		h.Several = len(in.In) > 1
	}
	if _, err = s.Board.SeatOf(ctx, me); err == nil {
		h.Board = true
	} else if !errors.Is(err, board.ErrNotSitting) {
		return h, err
	}
	held, err := s.Officers.Offices(ctx, me)
	if err != nil {
		return h, err
	}
	h.Treasury, h.Steward, h.Secretary = slices.Contains(held, member.Treasurer), slices.Contains(held, member.Steward), slices.Contains(held, member.Secretary)
	h.Register = h.Steward || h.Secretary
	return h, nil
}

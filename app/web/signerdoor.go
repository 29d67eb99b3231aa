package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/scrutineer"
)

// The scrutineers' signer comes by here, with the token that a scrutineer made for it. It is no account's, and opens nothing else.

func (s *Site) signerLooks(c echo.Context) error {
	token, _ := bearer(c)
	e, final, err := s.Polls.SignerAsks(c.Request().Context(), token)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	is := scrutineer.Society{Election: e.ID, Title: e.Title, Final: final, Closes: e.Timetable.PollCloses, Now: s.Now()}
	for _, class := range member.AllClasses {
		if e.Seats[class] > 0 {
			is.Classes = append(is.Classes, class)
		}
	}
	return c.JSON(http.StatusOK, is)
}

func (s *Site) signerComes(c echo.Context) error {
	token, _ := bearer(c)
	var said scrutineer.Introduction
	if err := readJSON(c, &said); err != nil {
		return s.refuseVoter(c, err)
	}
	if err := s.Polls.SignerComes(c.Request().Context(), token, said.Address, said.Issuer, said.Keys); err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Site) signerCopies(c echo.Context) error {
	token, _ := bearer(c)
	out, err := s.Polls.SignerCopy(c.Request().Context(), token)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Site) signerCounts(c echo.Context) error {
	token, _ := bearer(c)
	class, err := classOf(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	var said ballot.Issued
	if err := readJSON(c, &said); err != nil {
		return s.refuseVoter(c, err)
	}
	if err := s.Polls.SignerCounts(c.Request().Context(), token, class, said); err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

// A scrutineer's command line comes by here, with a token of their own.

func (s *Site) openerLooks(c echo.Context) error {
	token, _ := bearer(c)
	_, e, err := s.Polls.Opener(c.Request().Context(), token)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	contests, err := s.Polls.Contests(c.Request().Context(), e.ID)
	if err != nil {
		return err
	}
	classes := []member.Class{}
	for _, of := range contests {
		if of.Outcome == election.OutcomePoll {
			classes = append(classes, of.Class)
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"election": e.ID, "title": e.Title, "classes": classes})
}

func (s *Site) openerWorks(c echo.Context) error {
	token, _ := bearer(c)
	by, e, err := s.Polls.Opener(c.Request().Context(), token)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	class, err := classOf(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	_, number, w, err := s.Polls.OpeningWork(c.Request().Context(), by, e.ID, class)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	of, err := s.Polls.Contest(c.Request().Context(), e.ID, class)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, scrutineer.Handed{Manifest: of.Manifest, Number: number, Work: w})
}

func (s *Site) openerKeeps(c echo.Context) error {
	token, _ := bearer(c)
	by, e, err := s.Polls.Opener(c.Request().Context(), token)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	class, err := classOf(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	var done box.Done
	if err := readJSON(c, &done); err != nil {
		return s.refuseVoter(c, err)
	}
	if err := s.Polls.Peel(c.Request().Context(), by, e.ID, class, done.Peeled); err != nil {
		return s.refuseVoter(c, err)
	}
	if err := s.Polls.OpenBallots(c.Request().Context(), by, e.ID, class, done.Openings); err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

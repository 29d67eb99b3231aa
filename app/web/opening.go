package web

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

var openingSaid = map[string]string{"made": "opening.said_key"}

// opening is the page of those who open ballots: the scrutineers do, everybody who handles papers looks.
func (s *Site) opening(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	if !e.Online() {
		return echo.ErrNotFound
	}
	contests, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return err
	}
	v := templates.Opening{
		Frame: s.frame(c), Script: s.asset("scrutineer.js"), ID: e.ID, Title: e.Title, Said: openingSaid[c.QueryParam("said")], Closes: e.Timetable.PollCloses, You: -1,
		MayMakeKey: len(contests) == 0 && e.EndedAt.IsZero(),
	}
	ready, err := s.Polls.Prepared(ctx, e.ID)
	if err != nil {
		return err
	}
	v.Signer, v.Needs, v.Final = ready.Signer.Address, ready.Needs(e), e.Final()
	for i, account := range openers(e, ready) {
		who, err := s.Accounts.Account(ctx, account)
		if err != nil {
			return err
		}
		one := templates.OpeningScrutineer{Name: who.Name}
		if at := slices.IndexFunc(ready.Keys, func(k election.OpeningKey) bool { return k.Account == account }); at >= 0 {
			one.Public = ready.Keys[at].Public
		}
		v.Scrutineers = append(v.Scrutineers, one)
		if account == me {
			v.You = i
		}
	}
	for _, of := range contests {
		if of.Outcome != election.OutcomePoll {
			continue
		}
		o, err := s.Polls.Opening(ctx, of)
		if err != nil {
			return err
		}
		v.Closed = o.Logged
		v.Classes = append(v.Classes, templates.OpeningClass{Class: of.Class, Ballots: o.Ballots, Peeled: o.PeeledBy(), Opened: o.OpenedBy(), Done: o.Ballots - o.Missing()})
	}
	return show(c, http.StatusOK, templates.OpeningPage(v))
}

// openers are the scrutineers, in the order of the manifest once there is one.
func openers(e election.Election, ready election.Prepared) []identity.AccountID {
	var all []identity.AccountID
	for n := range ballot.Scrutineer {
		for _, k := range ready.Keys {
			if k.Number == n {
				all = append(all, k.Account)
			}
		}
	}
	if len(all) == ballot.Scrutineer {
		return all
	}
	return e.Scrutineers
}

func (s *Site) giveOpeningKey(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	public, err := base64.StdEncoding.DecodeString(c.FormValue("public"))
	if err != nil {
		return election.ErrNoKey
	}
	if err := s.Polls.GiveOpeningKey(c.Request().Context(), signedIn(c).Account, e.ID, public); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/elections/"+e.ID+"/opening?said=made")
}

// linkSigner shows, once, the token with which the scrutineers' signer comes.
func (s *Site) linkSigner(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	token, err := s.Polls.LinkSigner(c.Request().Context(), signedIn(c).Account, e.ID)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.SignerTokenPage(templates.SignerToken{Frame: s.frame(c), ID: e.ID, Title: e.Title, Token: token, Society: s.Base}))
}

// openerToken shows, once, the token with which a scrutineer opens by command line.
func (s *Site) openerToken(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	token, err := s.Polls.OpenerToken(c.Request().Context(), signedIn(c).Account, e.ID)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.OpenerTokenPage(templates.SignerToken{Frame: s.frame(c), ID: e.ID, Title: e.Title, Token: token, Society: s.Base}))
}

func (s *Site) openingWork(c echo.Context) error {
	e, of, err := s.contestOf(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	contest, number, w, err := s.Polls.OpeningWork(c.Request().Context(), signedIn(c).Account, e.ID, of.Class)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, map[string]any{
		"contest": contest, "manifest": "/elections/" + e.ID + "/manifest/" + string(of.Class), "number": number, "peel": w.Peel, "open": w.Open,
	})
}

func (s *Site) keepPeeled(c echo.Context) error {
	var said struct {
		Peeled []box.Peeled `json:"peeled"`
	}
	return s.keepOpening(c, &said, func(e election.Election, of election.Contest) error {
		return s.Polls.Peel(c.Request().Context(), signedIn(c).Account, e.ID, of.Class, said.Peeled)
	})
}

func (s *Site) keepOpened(c echo.Context) error {
	var said struct {
		Openings []box.Opened `json:"openings"`
	}
	return s.keepOpening(c, &said, func(e election.Election, of election.Contest) error {
		return s.Polls.OpenBallots(c.Request().Context(), signedIn(c).Account, e.ID, of.Class, said.Openings)
	})
}

func (s *Site) keepOpening(c echo.Context, said any, keep func(election.Election, election.Contest) error) error {
	if err := readJSON(c, said); err != nil {
		return s.refuseVoter(c, err)
	}
	e, of, err := s.contestOf(c)
	if err == nil {
		err = keep(e, of)
	}
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Site) declareOpened(c echo.Context) error {
	class, err := classOf(c)
	if err != nil {
		return err
	}
	why := "opened_" + string(class) + "_why"
	return s.onPoll(c, "declared", "", why, why, func(ctx context.Context, id string, f url.Values) error {
		return s.Polls.DeclareOpened(ctx, signedIn(c).Account, id, class, f.Get(why))
	})
}

func (s *Site) tenderBallot(c echo.Context) error {
	return s.onPoll(c, "tendered", "polling.tender", "tendered", "tender_why", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.theMember(ctx, f, "tendered")
		if err != nil {
			return err
		}
		return s.Polls.Tender(ctx, signedIn(c).Account, id, m, f.Get("tender_why"))
	})
}

// auditFile is a file that `folkmoot audit` reads, and anybody else.
func (s *Site) auditFile(c echo.Context) error {
	ctx := c.Request().Context()
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	if !e.Online() {
		return echo.ErrNotFound
	}
	result, err := s.Polls.Result(ctx, e.ID)
	if errors.Is(err, election.ErrNotIssued) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	who, in := visitor(c)
	opens := in && e.Runs(who.Account) // the returning officer and the scrutineers see opened ballots that are not public
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMEOctetStream)
	err = s.Polls.PublicFile(ctx, result, c.Param("*"), opens, c.Response())
	switch {
	case c.Response().Committed:
	case errors.Is(err, election.ErrNoFile):
		return echo.ErrNotFound
	case errors.Is(err, election.ErrElsewhere):
		return echo.ErrServiceUnavailable
	}
	return err
}

package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/templates"
)

// leadsToBallots lets a page's script speak to the ballot host and to the scrutineers' signers of elections that are under way.
func (s *Site) leadsToBallots(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		hosts, err := s.signerHosts(c.Request().Context())
		if err != nil {
			return err
		}
		if len(hosts) > 0 {
			to := strings.Join(append(hosts, s.ballotBase()), " ")
			c.Response().Header().Set("Content-Security-Policy", strings.Replace(csp, "connect-src 'self'", "connect-src 'self' "+to, 1))
		}
		return next(c)
	}
}

// signerHosts are the addresses of the signers of elections with votes online that are not over.
func (s *Site) signerHosts(ctx context.Context) (hosts []string, err error) {
	all, err := s.Elections.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if state := e.State(s.Now()); !e.Online() || state != election.Hustings && state != election.Polling && state != election.Counting {
			continue
		}
		ready, err := s.Polls.Prepared(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		if at := ready.Signer.Address; at != "" && !slices.Contains(hosts, at) {
			hosts = append(hosts, at)
		}
	}
	return hosts, nil
}

func (s *Site) vote(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	if !e.Online() {
		return echo.ErrNotFound
	}
	ready, err := s.Polls.Prepared(ctx, e.ID)
	if err != nil {
		return err
	}
	page := templates.Vote{Frame: s.frame(c), Script: s.asset("vote.js"), Poll: templates.VoteData{
		Election: e.ID, Title: e.Title, Account: string(me), Now: s.Now(), Opens: e.Timetable.PollOpens, Closes: e.Timetable.PollCloses,
		Signer: ready.Signer.Address, Ballots: s.ballotBase(),
	}}
	if e.Motion != nil {
		page.Poll.Motion = e.Motion.Words
	}
	m, is, err := s.Register.Of(ctx, me)
	if err != nil {
		return err
	}
	contests, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return err
	}
	page.Poll.Phase = phaseOf(e, len(contests) > 0, s.Now())
	if is {
		page.Poll.Member = string(m.ID)
		if page.Poll.Contests, err = s.voteContests(ctx, e, m.ID, contests); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, templates.VotePage(page))
}

func phaseOf(e election.Election, final bool, now time.Time) templates.VotePhase {
	switch {
	case !e.EndedAt.IsZero() || !now.Before(e.Timetable.PollCloses):
		return templates.VoteClosed
	case !final:
		return templates.VoteWaits
	case now.Before(e.Timetable.PollOpens):
		return templates.VoteCollects
	}
	return templates.VoteOpen
}

// voteContests is the poll in which a member votes: the one of the class that the marked register says, or, before there is one, the roll.
func (s *Site) voteContests(ctx context.Context, e election.Election, m member.ID, contests []election.Contest) ([]templates.VoteContest, error) {
	if len(contests) == 0 {
		class, err := s.Elections.ClassOnRoll(ctx, e.ID, m)
		if errors.Is(err, election.ErrNoRoll) || err == nil && class == "" {
			return nil, nil
		}
		return []templates.VoteContest{{Class: class, Seats: e.Seats[class]}}, err
	}
	line, err := s.Polls.Standing(ctx, e.ID, m)
	if errors.Is(err, election.ErrNoPaper) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(contests, func(c election.Contest) bool { return c.Class == line.Class })
	if at < 0 || contests[at].Outcome != election.OutcomePoll {
		return nil, nil
	}
	of := contests[at]
	v := templates.VoteContest{
		Contest: of.ManifestHash, Class: of.Class, Seats: of.Seats, Manifest: "/elections/" + e.ID + "/manifest/" + string(of.Class), Signed: line.Signed, Tendered: line.Tendered,
	}
	for _, o := range of.Candidates {
		choice := templates.VoteChoice{Number: o.Number, Name: o.Name, Reopens: o.Reopens(), Struck: !o.StruckAt.IsZero()}
		if e.Motion != nil {
			choice.Says = o.Nomination
		}
		v.Candidates = append(v.Candidates, choice)
	}
	return []templates.VoteContest{v}, nil
}

// voting is the member who asks, and the election that the address names.
func (s *Site) voting(c echo.Context) (e election.Election, m member.ID, err error) {
	if e, err = s.electionOf(c); err != nil {
		return e, "", err
	}
	who, is, err := s.Register.Of(c.Request().Context(), signedIn(c).Account)
	if err == nil && !is {
		err = election.ErrNoPaper
	}
	return e, who.ID, err
}

func (s *Site) signVoterKey(c echo.Context) error {
	var asked struct {
		Contest ballot.Contest `json:"contest"`
		Blinded []byte         `json:"blinded"`
	}
	if err := readJSON(c, &asked); err != nil {
		return s.refuseVoter(c, err)
	}
	e, m, err := s.voting(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	signature, err := s.Polls.SignKey(c.Request().Context(), m, e.ID, asked.Contest, asked.Blinded)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, map[string][]byte{"signature": signature})
}

func (s *Site) keepRecovery(c echo.Context) error {
	var said struct {
		Ciphertext []byte `json:"ciphertext"`
	}
	if err := readJSON(c, &said); err != nil {
		return s.refuseVoter(c, err)
	}
	e, m, err := s.voting(c)
	if err == nil {
		err = s.Polls.KeepRecovery(c.Request().Context(), m, e.ID, said.Ciphertext)
	}
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Site) recovery(c echo.Context) error {
	e, m, err := s.voting(c)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	kept, err := s.Polls.Recovery(c.Request().Context(), m, e.ID)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, map[string][]byte{"ciphertext": kept})
}

func (s *Site) castTendered(c echo.Context) error {
	var said struct {
		Commitment ballot.Digest `json:"commitment"`
		Sealed     ballot.Sealed `json:"sealed"`
	}
	if err := readJSON(c, &said); err != nil {
		return s.refuseVoter(c, err)
	}
	e, m, err := s.voting(c)
	if err == nil {
		err = s.Polls.CastTendered(c.Request().Context(), m, e.ID, said.Commitment, said.Sealed)
	}
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}

// errNotJSON says that a program sent what is not what was asked for.
var errNotJSON = errors.New("that is no question that is understood here")

func readJSON(c echo.Context, into any) error {
	if err := json.NewDecoder(c.Request().Body).Decode(into); err != nil {
		return errors.Join(errNotJSON, err)
	}
	return nil
}

// ballotRefusals are what voters', scrutineers' and signers' programs are refused for: the status, and a word that programs go by.
var ballotRefusals = []struct {
	err    error
	status int
	kind   string
}{
	{errNotJSON, http.StatusBadRequest, "bad_request"},
	{election.ErrNoElection, http.StatusNotFound, "unknown"},
	{election.ErrNoContest, http.StatusNotFound, "unknown"},
	{election.ErrNoPaper, http.StatusForbidden, "not_on_roll"},
	{election.ErrNotOnline, http.StatusNotFound, "unknown"},
	{election.ErrOtherContest, http.StatusConflict, "other_contest"},
	{election.ErrOtherVoter, http.StatusConflict, "other_key"},
	{election.ErrPollShut, http.StatusConflict, "closed"},
	{election.ErrPollOpen, http.StatusConflict, "not_closed"},
	{election.ErrNoRecovery, http.StatusNotFound, "unknown"},
	{election.ErrLongRecovery, http.StatusBadRequest, "bad_request"},
	{election.ErrNotTendered, http.StatusForbidden, "not_tendered"},
	{election.ErrNoToken, http.StatusUnauthorized, "unauthorized"},
	{election.ErrBadSigner, http.StatusBadRequest, "bad_request"},
	{election.ErrFinal, http.StatusConflict, "final"},
	{election.ErrNotFinal, http.StatusConflict, "not_final"},
	{election.ErrNotOpen, http.StatusConflict, "closed"},
	{election.ErrNotScrutineer, http.StatusForbidden, "not_scrutineer"},
	{election.ErrNotLogged, http.StatusConflict, "not_logged"},
	{election.ErrNoKey, http.StatusBadRequest, "bad_request"},
	{election.ErrElsewhere, http.StatusServiceUnavailable, "elsewhere"},
	{box.ErrNoContest, http.StatusNotFound, "other_contest"},
	{box.ErrNotOpen, http.StatusConflict, "not_open"},
	{box.ErrClosed, http.StatusConflict, "closed"},
	{box.ErrReplayed, http.StatusConflict, "replayed"},
	{box.ErrSkipped, http.StatusConflict, "skipped"},
	{ballot.ErrTooManyCasts, http.StatusConflict, "too_many"},
	{election.ErrCertified, http.StatusConflict, "certified"},
	{election.ErrBadCount, http.StatusBadRequest, "bad_request"},
	{box.ErrNoCast, http.StatusNotFound, "unknown"},
	{box.ErrStillOpen, http.StatusConflict, "not_closed"},
	{box.ErrNotOnes, http.StatusConflict, "not_yours"},
	{bulletin.ErrNotInLog, http.StatusNotFound, "unknown"},
	{ballot.ErrBadBlinded, http.StatusBadRequest, "bad_request"},
	{ballot.ErrNotSigned, http.StatusForbidden, "not_signed"},
	{ballot.ErrForgedCast, http.StatusForbidden, "forged"},
	{ballot.ErrForgedIssued, http.StatusForbidden, "forged"},
	{ballot.ErrOddSize, http.StatusBadRequest, "odd_size"},
	{ballot.ErrNotCommitted, http.StatusBadRequest, "not_committed"},
	{ballot.ErrLongBallot, http.StatusBadRequest, "bad_request"},
}

// refuseVoter answers a program with the rule's own words; what broke goes the way of every error.
func (s *Site) refuseVoter(c echo.Context, err error) error {
	for _, known := range ballotRefusals {
		if errors.Is(err, known.err) {
			return c.JSON(known.status, map[string]string{"error": known.err.Error(), "kind": known.kind})
		}
	}
	return err
}

package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// resultSaid are the words for what was done before the page is shown again.
var resultSaid = map[string]string{"made": "challenge.said_made", "settled": "challenge.said_settled"}

func (s *Site) result(c echo.Context) error {
	d := s.public(c, "")
	d.Said = resultSaid[c.QueryParam("said")]
	return s.showResult(c, http.StatusOK, d)
}

func (s *Site) showResult(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.Result{Desk: d, Election: e, State: e.State(s.Now())}
	if page.Issue, err = s.Polls.Result(ctx, e.ID); err != nil {
		return err
	}
	book, err := election.RuleBookOn(e.Timetable.Notice)
	if err != nil {
		return err
	}
	page.ChallengeUntil, page.TermsFrom = e.ChallengesUntil(book), e.TermsFrom(book)
	for _, class := range page.Issue.Classes {
		of, err := s.resultOf(ctx, page.Issue, class)
		if err != nil {
			return err
		}
		page.Classes = append(page.Classes, of)
	}
	if page.Challenges, err = s.Polls.Challenges(ctx, e.ID); err != nil {
		return err
	}
	if d.SignedIn {
		me := signedIn(c).Account
		m, is, err := s.Register.Of(ctx, me)
		if err != nil {
			return err
		}
		page.MayChallenge = is && m.State == member.Admitted && !e.Runs(me) && e.Challengeable(book, s.Now())
		page.MaySettle = d.Officer && !e.Runs(me)
	}
	return show(c, status, templates.ResultPage(page))
}

// resultOf is what the page of a result tells of a class, with its count.
func (s *Site) resultOf(ctx context.Context, i election.Issue, class election.CertifiedClass) (templates.ResultOf, error) {
	of := templates.ResultOf{CertifiedClass: class, Seated: class.SeatedNames()}
	if i.Resolution != nil {
		var err error
		if of.Yes, of.No, err = class.Votes(); err != nil {
			return of, err
		}
	}
	counted, err := s.Polls.Recount(i, class)
	if err != nil || counted.Result == nil {
		return of, err
	}
	of.Count = &templates.Count{
		Election: counted.Tally, Result: counted.Result, Title: text.N(ctx, "seats."+string(class.Class), class.Seats), Anchor: string(class.Class), Reopen: counted.Reopen(),
		Spoilt: spoilt(ctx, class),
	}
	return of, nil
}

// spoilt tells why papers of a class give nobody a vote.
func spoilt(ctx context.Context, class election.CertifiedClass) (lines []templates.SpoiltLine) {
	for _, why := range election.AllSpoiled {
		if n := class.Reasons[why]; n > 0 {
			lines = append(lines, templates.SpoiltLine{Why: text.T(ctx, "spoiled."+string(why)), Papers: n})
		}
	}
	return lines
}

// papersFile is the file of a class's papers, where it is public.
func (s *Site) papersFile(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	class, err := classOf(c)
	if err != nil {
		return err
	}
	i, err := s.Polls.Result(c.Request().Context(), e.ID)
	if err != nil {
		return err
	}
	for _, of := range i.Classes {
		if of.Class != class || of.Count == nil {
			continue
		}
		if !of.Public {
			if handles, err := s.handlesPapers(c, e); err != nil || !handles {
				return echo.ErrNotFound
			}
		}
		return download(c, "folkmoot-papers-"+string(class)+".blt", []byte(i.Files[class]))
	}
	return election.ErrNoContest
}

// handlesPapers reports whether the visitor, who may be nobody, handles the papers of an election.
func (s *Site) handlesPapers(c echo.Context, e election.Election) (bool, error) {
	if !s.frame(c).SignedIn {
		return false, nil
	}
	return s.Polls.Handles(c.Request().Context(), signedIn(c).Account, e)
}

func (s *Site) challengeResult(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInChallenge(err, "", "challenge") }
	return s.filled(c, "/elections/"+e.ID+"/result?said=made", "challenge.make", amiss, s.showResult, func(ctx context.Context, f url.Values) error {
		return s.Polls.Challenge(ctx, signedIn(c).Account, e.ID, f.Get("challenge"))
	})
}

// amissInChallenge says in which field of a form about a challenge, whose ID it is, an error is, and in which words.
func amissInChallenge(err error, id, why string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{member.ErrNoWhy, why, "polling.no_words"},
		{member.ErrBadWords, why, "form.hidden"},
		{election.ErrNotChallengable, "", "challenge.shut"},
		{election.ErrChallenged, "", "challenge.already"},
		{election.ErrNoChallenge, "", "challenge.gone"},
		{election.ErrNoVerdict, "verdict_" + id + "-" + string(election.Dismissed), "challenge.no_verdict"},
		{election.ErrNoMinute, "minute_" + id, "election.no_minute"},
		{election.ErrPartial, "", "challenge.partial"},
		{election.ErrHasDuty, "", "challenge.has_duty"},
		{election.ErrNotMember, "", "challenge.not_in_class"},
		{election.ErrNotInClass, "", "challenge.not_in_class"},
	})
}

func (s *Site) settleChallenge(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	id := c.Param("challenge")
	if !messaging.ValidID(id) {
		return election.ErrNoElection
	}
	amiss := func(err error) (string, string, bool) { return amissInChallenge(err, id, "settled_"+id) }
	return s.filled(c, "/elections/"+e.ID+"/result?said=settled", "challenge.settle."+id, amiss, s.showResult, func(ctx context.Context, f url.Values) error {
		verdict := election.Verdict(f.Get("verdict_" + id))
		if verdict == "again" {
			verdict = election.CountAgain
		}
		return s.Polls.Settle(ctx, signedIn(c).Account, e.ID, id, verdict, f.Get("settled_"+id), f.Get("minute_"+id))
	})
}

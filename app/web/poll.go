package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) poll(c echo.Context) error {
	ctx := c.Request().Context()
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	d := s.public(c, "")
	page := templates.Poll{Desk: d, Election: e, State: e.State(s.Now())}
	page.Here = ""
	if page.Classes, err = s.pollsOf(ctx, e); err != nil {
		return err
	}
	if len(page.Classes) == 0 {
		return echo.ErrNotFound
	}
	if !d.SignedIn {
		keepPapers(page.Classes)
		return show(c, http.StatusOK, templates.PollPage(page))
	}
	if page.Handles, err = s.Polls.Handles(ctx, signedIn(c).Account, e); err != nil {
		return err
	}
	if !page.Handles {
		keepPapers(page.Classes)
	}
	if page.Marked, err = s.ownMark(c, e.ID); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.PollPage(page))
}

// keepPapers hides what is on papers where so few voted that they are not published, either (rule 14.20).
func keepPapers(classes []templates.PollOf) {
	for i, of := range classes {
		classes[i].Kept = of.Contest.Papers < of.PublishFrom
	}
}

// ownMark is the visitor's line in the marked register; nil for none.
func (s *Site) ownMark(c echo.Context, id string) (*election.Marked, error) {
	ctx := c.Request().Context()
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err != nil || !is {
		return nil, err
	}
	line, err := s.Polls.Issued(ctx, id, m.ID)
	if errors.Is(err, election.ErrNoPaper) {
		return nil, nil //nolint:nilnil // nobody's line is no error
	}
	return &line, err
}

// pollsOf are the polls of all classes, as everybody may see them.
func (s *Site) pollsOf(ctx context.Context, e election.Election) ([]templates.PollOf, error) {
	contests, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	var all []templates.PollOf
	for _, c := range contests {
		of := templates.PollOf{Contest: c}
		m, err := c.Read()
		if err != nil {
			return nil, err
		}
		of.Beacon, of.Where, of.PublishFrom, of.Spoke = m.Beacon, s.Polls.Where(m.Beacon), m.PublishFrom, !s.Now().Before(m.Beacon.At)
		if of.Online = m.Online != nil && c.Outcome == election.OutcomePoll; of.Online {
			if of.Opening, err = s.Polls.Opening(ctx, c); err != nil {
				return nil, err
			}
		}
		if of.Figures, err = s.Polls.Figures(ctx, c); err != nil {
			return nil, err
		}
		if of.Progress, of.Differ, err = s.Polls.Read(ctx, c); err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

// classOf is the class that the address names. ErrNoContest for none.
func classOf(c echo.Context) (member.Class, error) {
	class := member.Class(c.Param("class"))
	if !slices.Contains(member.AllClasses, class) {
		return "", election.ErrNoContest
	}
	return class, nil
}

// contestOf is the election and the contest that the address names.
func (s *Site) contestOf(c echo.Context) (e election.Election, of election.Contest, err error) {
	if e, err = s.electionOf(c); err != nil {
		return e, of, err
	}
	class, err := classOf(c)
	if err != nil {
		return e, of, err
	}
	of, err = s.Polls.Contest(c.Request().Context(), e.ID, class)
	return e, of, err
}

func (s *Site) manifestFile(c echo.Context) error {
	_, of, err := s.contestOf(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, []byte(of.Manifest))
}

// handling lets in who handles the papers of the election that the address names.
func (s *Site) handling(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := s.electionOf(c)
		if err != nil {
			return err
		}
		handles, err := s.Polls.Handles(c.Request().Context(), signedIn(c).Account, e)
		if err == nil && !handles {
			err = echo.ErrForbidden
		}
		if err != nil {
			return err
		}
		return next(c)
	}
}

// papersAtOnce is how many letters and papers one page prints.
const papersAtOnce = 50

func (s *Site) issuePapers(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, of, err := s.contestOf(c)
	if err != nil {
		return err
	}
	behind := c.QueryParam("behind")
	if behind != "" && !messaging.ValidID(behind) {
		return election.ErrNoContest
	}
	page := templates.IssuedPapers{Desk: s.public(c, ""), Election: e, Contest: of, Behind: member.ID(behind), Today: calendar.On(s.Now())}
	page.Here = ""
	figures, err := s.Polls.Figures(ctx, of)
	if err != nil {
		return err
	}
	page.Issued = figures.Issued
	marked, err := s.Polls.Marked(ctx, e.ID, of.Class, page.Behind, papersAtOnce+1)
	if err != nil {
		return err
	}
	if len(marked) > papersAtOnce {
		marked = marked[:papersAtOnce]
		page.More = marked[papersAtOnce-1].Member
	}
	for _, line := range marked {
		m, err := s.Register.Look(ctx, me, line.Member)
		if err != nil {
			return err
		}
		page.To = append(page.To, templates.IssuedTo{Member: m, Reference: billing.Reference(m.ID)})
	}
	return show(c, http.StatusOK, templates.IssuedPapersPage(page))
}

// practiceBeacon is what the practice beacon published of a round, in the words of the real one.
func (s *Site) practiceBeacon(c echo.Context) error {
	if s.PracticeBeacon == nil {
		return echo.ErrNotFound
	}
	round, err := strconv.ParseUint(c.Param("round"), 10, 63)
	if err != nil {
		return echo.ErrNotFound
	}
	said, err := s.PracticeBeacon.Speak(round, s.Now())
	if errors.Is(err, election.ErrBeaconSilent) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"round": round, "signature": said})
}

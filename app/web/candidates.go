package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// candidatesSaid are the words for what was done before the page is shown again.
var candidatesSaid = map[string]string{
	"stands": "candidates.said_stands", "nominated": "candidates.said_nominated", "accepted": "candidates.said_accepted", "withdrawn": "candidates.said_withdrawn",
	"seconded": "candidates.said_seconded", "asked": "candidates.said_asked", "replied": "candidates.said_replied", "hidden": "candidates.said_hidden",
}

func (s *Site) candidates(c echo.Context) error {
	d := s.public(c, "")
	d.Said = candidatesSaid[c.QueryParam("said")]
	return s.showCandidates(c, http.StatusOK, d)
}

func (s *Site) showCandidates(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	if e.Motion != nil {
		return echo.ErrNotFound // nobody stands
	}
	d.Here = ""
	page := templates.Candidates{Desk: d, Election: e, State: e.State(s.Now())}
	if page.Book, err = election.RuleBookOn(e.Timetable.Notice); err != nil {
		return err
	}
	all, err := s.standing(ctx, e)
	if err != nil {
		return err
	}
	if d.SignedIn {
		if err := s.ownPart(c, &page, all); err != nil {
			return err
		}
	}
	for _, class := range member.AllClasses {
		if e.Seats[class] == 0 {
			continue
		}
		of := templates.CandidatesOf{Class: class, Seats: e.Seats[class]}
		for _, one := range all {
			if one.Class == class && !one.AcceptedAt.IsZero() {
				of.Stand = append(of.Stand, one)
			}
		}
		if of.Questions, err = s.Elections.Questions(ctx, e.ID, class); err != nil {
			return err
		}
		page.Classes = append(page.Classes, of)
	}
	return show(c, status, templates.CandidatesPage(page))
}

// standing are the open nominations, with what each still needs.
func (s *Site) standing(ctx context.Context, e election.Election) ([]templates.Candidate, error) {
	nominated, err := s.Elections.Nominations(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	var all []templates.Candidate
	for _, n := range nominated {
		if !n.Open() {
			continue
		}
		lacks, err := s.Elections.Lacks(ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, templates.Candidate{Nomination: n, Lacks: lacks})
	}
	return all, nil
}

// ownPart fills in what the visitor may do.
func (s *Site) ownPart(c echo.Context, page *templates.Candidates, all []templates.Candidate) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	page.Runs = page.Officer || me == page.Returning
	m, is, err := s.Register.Of(ctx, me)
	if err != nil || !is || m.State != member.Admitted {
		return err
	}
	if page.Aside = page.Election.Runs(me); page.Aside {
		return nil
	}
	if page.Class, err = s.Elections.VotingClass(ctx, page.Election, m.ID); err != nil {
		return err
	}
	page.May = page.State == election.Nominations && page.Class != ""
	asking := page.Election.Asking(s.Now())
	page.Asking = asking && page.Class != ""
	for i := range all {
		one := &all[i]
		if one.Candidate == m.ID {
			page.Own = one
			page.Answers = asking && !one.AcceptedAt.IsZero()
			continue
		}
		one.Seconded = slices.Contains(one.Seconders, m.ID)
		one.Seconds = page.May && one.Class == page.Class && !one.AcceptedAt.IsZero() && !one.Seconded && len(one.Seconders) < election.MostSeconders
	}
	return nil
}

// amissInNomination says in which field of a form about candidates an error is, and in which words. words is the field of a text.
func amissInNomination(err error, words string) (field, said string, ok bool) {
	return fault(err, []faulty{
		{election.ErrNoName, "paper_name", "candidates.bad_name"},
		{election.ErrStatementLong, "statement", "candidates.bad_statement"},
		{election.ErrNoStatement, "statement", "candidates.bad_statement"},
		{election.ErrNoInterests, "interests", "candidates.bad_interests"},
		{member.ErrNoWhy, words, "candidates.bad_words"},
		{member.ErrBadWords, words, "form.hidden"},
		{errNoSuchMember, "nominee", "candidates.no_nominee"},
		{election.ErrNotMember, "", "election.not_member"},
		{election.ErrNominationsShut, "", "candidates.shut"},
		{election.ErrNotInClass, "", "candidates.not_in_class"},
		{election.ErrHasDuty, "", "candidates.has_duty"},
		{election.ErrStands, "", "candidates.stands_already"},
		{election.ErrNoNomination, "", "candidates.gone"},
		{election.ErrNotYours, "", "candidates.not_yours"},
		{election.ErrOtherClass, "", "candidates.other_class"},
		{election.ErrOwnNomination, "", "candidates.own_nomination"},
		{election.ErrSeconded, "", "candidates.seconded"},
		{election.ErrEnoughSeconders, "", "candidates.enough"},
		{election.ErrManyTerms, "", "candidates.many_terms"},
		{election.ErrManyProposed, "", "candidates.many_proposed"},
		{election.ErrTooLateToLeave, "", "candidates.too_late"},
		{election.ErrHustingsShut, "", "candidates.questions_shut"},
		{election.ErrManyQuestions, "question", "candidates.many_questions"},
		{election.ErrNoQuestion, "", "candidates.gone"},
		{election.ErrNotOfficer, "", "election.fallen"},
	})
}

// onCandidates does what a form of that page asks, and shows it again, saying so. words is the field of the form's text.
func (s *Site) onCandidates(c echo.Context, done, which, words string, do func(ctx context.Context, id string, f url.Values) error) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	for _, name := range []string{"nomination", "question"} {
		if id := c.Param(name); id != "" && !messaging.ValidID(id) {
			return election.ErrNoElection
		}
	}
	amiss := func(err error) (string, string, bool) { return amissInNomination(err, words) }
	return s.filled(c, "/elections/"+e.ID+"/candidates?said="+done, which, amiss, s.showCandidates, func(ctx context.Context, f url.Values) error {
		return do(ctx, e.ID, f)
	})
}

func readPaper(f url.Values) election.Paper {
	return election.Paper{Name: f.Get("paper_name"), Statement: f.Get("statement"), Interests: f.Get("interests")}
}

func (s *Site) stand(c echo.Context) error {
	return s.onCandidates(c, "stands", "candidates.stand", "", func(ctx context.Context, id string, f url.Values) error {
		_, err := s.Elections.Stand(ctx, signedIn(c).Account, id, readPaper(f))
		return err
	})
}

func (s *Site) nominate(c echo.Context) error {
	return s.onCandidates(c, "nominated", "candidates.nominate", "", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.memberCalled(ctx, f, "nominee")
		if err != nil {
			return err
		}
		if m == "" {
			return errNoSuchMember
		}
		_, err = s.Elections.Nominate(ctx, signedIn(c).Account, id, m)
		return err
	})
}

func (s *Site) acceptNomination(c echo.Context) error {
	return s.onCandidates(c, "accepted", "candidates.accept", "", func(ctx context.Context, _ string, f url.Values) error {
		return s.Elections.Accept(ctx, signedIn(c).Account, c.Param("nomination"), readPaper(f))
	})
}

func (s *Site) withdrawNomination(c echo.Context) error {
	return s.onCandidates(c, "withdrawn", "", "", func(ctx context.Context, _ string, _ url.Values) error {
		return s.Elections.Withdraw(ctx, signedIn(c).Account, c.Param("nomination"))
	})
}

func (s *Site) secondNomination(c echo.Context) error {
	return s.onCandidates(c, "seconded", "", "", func(ctx context.Context, _ string, _ url.Values) error {
		return s.Elections.Second(ctx, signedIn(c).Account, c.Param("nomination"))
	})
}

func (s *Site) askCandidates(c echo.Context) error {
	return s.onCandidates(c, "asked", "candidates.ask", "question", func(ctx context.Context, id string, f url.Values) error {
		return s.Elections.Ask(ctx, signedIn(c).Account, id, f.Get("question"))
	})
}

func (s *Site) replyToQuestion(c echo.Context) error {
	field := "reply_" + c.Param("question")
	return s.onCandidates(c, "replied", "", field, func(ctx context.Context, _ string, f url.Values) error {
		return s.Elections.Reply(ctx, signedIn(c).Account, c.Param("question"), f.Get(field))
	})
}

func (s *Site) hideQuestion(c echo.Context) error {
	field := "why_" + c.Param("question")
	return s.onCandidates(c, "hidden", "", field, func(ctx context.Context, id string, f url.Values) error {
		return s.Elections.Hide(ctx, signedIn(c).Account, id, c.Param("question"), f.Get(field))
	})
}

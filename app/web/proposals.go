package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) proposals(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.Proposals{Desk: s.public(c, "/proposals"), Today: calendar.On(s.Now()), Sought: c.QueryParam("q")}
	open, closed := c.QueryParam("open"), c.QueryParam("closed")
	if !plain(page.Sought) || open != "" && !messaging.ValidID(open) || closed != "" && !messaging.ValidID(closed) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	m, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	if page.Member = is; is {
		if page.Waits, err = s.Proposals.Waiting(ctx, signedIn(c).Account, m); err != nil {
			return err
		}
		ballot, waits, err := s.Priorities.Waiting(ctx, m)
		if err != nil {
			return err
		}
		if waits {
			page.Ranks = ballot.LastDay()
		}
	}
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return err
	}
	page.Days = rules.AnswerDays
	if page.Needs, err = s.Proposals.Needs(ctx); err != nil {
		return err
	}
	if page.Sought != "" {
		if page.Found, err = s.Proposals.Search(ctx, page.Sought); err != nil {
			return err
		}
		return show(c, http.StatusOK, templates.ProposalsPage(page))
	}
	if page.Waiting, err = s.Proposals.Unanswered(ctx); err != nil {
		return err
	}
	if page.Open, page.MoreOpen, err = s.Proposals.Open(ctx, open); err != nil {
		return err
	}
	if page.Closed, page.MoreClose, err = s.Proposals.Closed(ctx, closed); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.ProposalsPage(page))
}

// ownMember is which member the visitor is, if they are one.
func (s *Site) ownMember(c echo.Context) (m member.ID, is bool, err error) {
	session, in := visitor(c)
	if !in {
		return "", false, nil
	}
	own, is, err := s.Register.Of(c.Request().Context(), session.Account)
	return own.ID, is && own.State == member.Admitted, err
}

// askProposal leads whoever is no member to where it says so, before they have filled in a form.
func (s *Site) askProposal(c echo.Context) error {
	if _, is, err := s.ownMember(c); err != nil {
		return err
	} else if !is {
		return c.Redirect(http.StatusSeeOther, "/proposals")
	}
	return s.showPropose(c, http.StatusOK, s.public(c, ""))
}

func (s *Site) showPropose(c echo.Context, status int, d templates.Desk) error {
	d.Here = ""
	return show(c, status, templates.ProposePage(templates.Propose{Desk: d, Name: signedIn(c).Name}))
}

func readDraft(f url.Values) participation.Draft {
	return participation.Draft{Title: f.Get("proposal_title"), Problem: f.Get("problem"), Change: f.Get("change"), Affected: f.Get("affected"), Cost: f.Get("cost")}
}

// shownName is the visitor's name where the form says to show it.
func shownName(c echo.Context, f url.Values) string {
	if f.Get("shown") == "name" {
		return signedIn(c).Name
	}
	return ""
}

// amissInProposal says in which field of a form about a proposal an error is, and in which words. why is the field of a reason.
func amissInProposal(err error, why string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{participation.ErrNoTitle, "proposal_title", "propose.no_title"},
		{participation.ErrNoProblem, "problem", "propose.no_problem"},
		{participation.ErrNoChange, "change", "propose.no_change"},
		{participation.ErrNoAffected, "affected", "propose.no_affected"},
		{participation.ErrBadCost, "cost", "propose.bad_cost"},
		{participation.ErrBadName, "shown-name", "propose.bad_name"},
		{participation.ErrManyOpen, "", "propose.many_open"},
		{participation.ErrManyProposed, "", "propose.many_proposed"},
		{participation.ErrTakenDown, "", "proposal_wrong.gone"},
		{participation.ErrNotMember, "", "propose.no_member"},
		{participation.ErrSameWords, "proposal_title", "proposal_wrong.same"},
		{participation.ErrManyVersions, "", "proposal_wrong.many_versions"},
		{participation.ErrNotGathering, "", "proposal_wrong.gone"},
		{participation.ErrAmended, "", "proposal_wrong.amended"},
		{participation.ErrNotAmendable, "", "proposal_wrong.gone"},
		{participation.ErrNotWaiting, "", "proposal_wrong.gone"},
		{participation.ErrClosed, "", "proposal_wrong.gone"},
		{participation.ErrNoComment, "", "proposal_wrong.gone"},
		{participation.ErrNotYours, "", "proposal_wrong.not_yours"},
		{participation.ErrOwnProposal, "", "proposal_wrong.own"},
		{participation.ErrNoWords, "comment", "proposal_wrong.no_words"},
		{participation.ErrManyComments, "comment", "proposal_wrong.many_comments"},
		{participation.ErrNoOutcome, "outcome-" + string(participation.Accepted), "proposal_wrong.no_outcome"},
		{participation.ErrNoReasons, "reasons", "proposal_wrong.no_reasons"},
		{participation.ErrNoMinute, "minute", "proposal_wrong.no_minute"},
		{participation.ErrNotBoard, "", "proposal_wrong.not_board"},
		{member.ErrNoWhy, why, "proposal_wrong.no_why"},
		{member.ErrBadWords, why, "form.hidden"},
	})
}

func (s *Site) propose(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	id, err := s.Proposals.Propose(c.Request().Context(), signedIn(c).Account, shownName(c, f), readDraft(f))
	amiss := func(err error) (string, string, bool) { return amissInProposal(err, "") }
	if wrong := problems(c, err, amiss); len(wrong) > 0 {
		return s.showPropose(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/proposals/"+id+"?said=proposed")
}

// proposalSaid are the words for what was done before the page of a proposal is shown again.
var proposalSaid = map[string]string{
	"proposed": "proposal.said_proposed", "supported": "proposal.said_supported", "unsupported": "proposal.said_unsupported", "amended": "proposal.said_amended",
	"withdrawn": "proposal.said_withdrawn", "commented": "proposal.said_commented", "hidden": "proposal.said_hidden", "answered": "proposal.said_answered",
	"taken_down": "proposal.said_taken_down",
}

func (s *Site) proposal(c echo.Context) error {
	d := s.public(c, "")
	d.Said = proposalSaid[c.QueryParam("said")]
	return s.showProposal(c, http.StatusOK, d)
}

func (s *Site) proposalOf(c echo.Context) (participation.Proposal, error) {
	if !messaging.ValidID(c.Param("id")) {
		return participation.Proposal{}, participation.ErrNoProposal
	}
	return s.Proposals.Get(c.Request().Context(), c.Param("id"))
}

func (s *Site) showProposal(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	p, err := s.proposalOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.ProposalView{Desk: d, Proposal: p, Today: calendar.On(s.Now())}
	if page.Needs, err = s.Proposals.Needs(ctx); err != nil {
		return err
	}
	if page.Versions, err = s.Proposals.Versions(ctx, p.ID); err != nil {
		return err
	}
	if page.Comments, err = s.Proposals.Comments(ctx, p); err != nil {
		return err
	}
	items, err := s.Roadmap.Of(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, i := range items {
		page.Items = append(page.Items, templates.ProposalItem{ID: i.ID, Title: i.Title})
	}
	if d.SignedIn {
		if err := s.ownPartIn(c, &page); err != nil {
			return err
		}
	}
	return show(c, status, templates.ProposalPage(page))
}

// ownPartIn fills in what the visitor may do.
func (s *Site) ownPartIn(c echo.Context, page *templates.ProposalView) error {
	ctx := c.Request().Context()
	m, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	page.Name = signedIn(c).Name
	if page.Member = is; is {
		if page.Part, err = s.Proposals.Own(ctx, m, page.Proposal); err != nil {
			return err
		}
	}
	open := []participation.State{participation.Waiting, participation.Overdue, participation.Lacking}
	if slices.Contains(open, page.State(page.Today)) && !page.Part.Author {
		page.Speaks, err = s.Proposals.Speaks(ctx, signedIn(c).Account)
	}
	return err
}

func (s *Site) proposalVersion(c echo.Context) error {
	p, err := s.proposalOf(c)
	if err != nil {
		return err
	}
	if !p.TakenDownAt.IsZero() {
		return c.Redirect(http.StatusSeeOther, "/proposals/"+p.ID)
	}
	all, err := s.Proposals.Versions(c.Request().Context(), p.ID)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.Param("number"))
	if err != nil || n < 1 || n > len(all) {
		return participation.ErrNoProposal
	}
	page := templates.ProposalVersion{Frame: s.public(c, "").Frame, ID: p.ID, Version: all[n-1], Last: len(all)}
	if n > 1 {
		page.Before = all[n-2]
	}
	return show(c, http.StatusOK, templates.ProposalVersionPage(page))
}

// onProposal does what a form of that page asks, and shows it again. why is the field of the form's reason.
func (s *Site) onProposal(c echo.Context, said, which, why string, do func(ctx context.Context, id string, f url.Values) error) error {
	p, err := s.proposalOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInProposal(err, why) }
	return s.filled(c, "/proposals/"+p.ID+"?said="+said, which, amiss, s.showProposal, func(ctx context.Context, f url.Values) error {
		return do(ctx, p.ID, f)
	})
}

// seenVersion is which version of its words was on the page that a form came from; 0, which none has, where it does not say.
func seenVersion(f url.Values) int {
	n, err := strconv.Atoi(f.Get("seen"))
	if err != nil {
		return 0
	}
	return n
}

func (s *Site) amendProposal(c echo.Context) error {
	return s.onProposal(c, "amended", "proposal.amend", "amend_why", func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Amend(ctx, signedIn(c).Account, id, seenVersion(f), readDraft(f), f.Get("amend_why"), f.Get("kind") != "small")
	})
}

func (s *Site) supportProposal(c echo.Context) error {
	return s.onProposal(c, "supported", "", "", func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Support(ctx, signedIn(c).Account, id, seenVersion(f))
	})
}

func (s *Site) unsupportProposal(c echo.Context) error {
	return s.onProposal(c, "unsupported", "", "", func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Unsupport(ctx, signedIn(c).Account, id, seenVersion(f))
	})
}

func (s *Site) withdrawProposal(c echo.Context) error {
	return s.onProposal(c, "withdrawn", "proposal.withdraw", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Proposals.Withdraw(ctx, signedIn(c).Account, id)
	})
}

func (s *Site) commentOnProposal(c echo.Context) error {
	return s.onProposal(c, "commented", "proposal.comment", "", func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Comment(ctx, signedIn(c).Account, id, shownName(c, f), f.Get("comment"))
	})
}

func (s *Site) hideComment(c echo.Context) error {
	comment := c.Param("comment")
	if !messaging.ValidID(comment) {
		return participation.ErrNoProposal
	}
	return s.onProposal(c, "hidden", "", "why_"+comment, func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Hide(ctx, signedIn(c).Account, id, comment, f.Get("why_"+comment))
	})
}

func (s *Site) answerProposal(c echo.Context) error {
	return s.onProposal(c, "answered", "proposal.answer", "", func(ctx context.Context, id string, f url.Values) error {
		return s.Proposals.Answer(ctx, signedIn(c).Account, id, seenVersion(f), participation.Reply{
			Outcome: participation.Outcome(f.Get("outcome")), Reasons: f.Get("reasons"), Minute: f.Get("minute"),
		})
	})
}

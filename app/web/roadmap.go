package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/money"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// roadmapSaid are the words for what was done before a page of the roadmap is shown again.
var roadmapSaid = map[string]string{"added": "roadmap.said_added", "changed": "roadmap.said_changed"}

func (s *Site) roadmap(c echo.Context) error {
	d := s.public(c, "/roadmap")
	d.Said = roadmapSaid[c.QueryParam("said")]
	return s.showRoadmap(c, http.StatusOK, d)
}

func (s *Site) showRoadmap(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	d.Here = "/roadmap"
	page := templates.Roadmap{Desk: d}
	var err error
	if page.Items, err = s.Roadmap.Items(ctx); err != nil {
		return err
	}
	ballots, err := s.Priorities.List(ctx)
	if err != nil {
		return err
	}
	if len(ballots) > 0 && ballots[0].Open(s.Now()) {
		page.Ballot = ballots[0].LastDay()
	}
	if page.Keeps, page.Decided, err = s.keepsRoadmap(c); err != nil {
		return err
	}
	return show(c, status, templates.RoadmapPage(page))
}

// keepsRoadmap reports whether the visitor keeps the roadmap, and what items can come from.
func (s *Site) keepsRoadmap(c echo.Context) (keeps bool, decided []participation.Proposal, err error) {
	session, in := visitor(c)
	if !in {
		return false, nil, nil
	}
	ctx := c.Request().Context()
	if keeps, err = s.Roadmap.Speaks(ctx, session.Account); err != nil || !keeps {
		return false, nil, err
	}
	decided, err = s.Proposals.Decided(ctx)
	return keeps, decided, err
}

func (s *Site) roadmapItem(c echo.Context) error {
	d := s.public(c, "")
	d.Said = roadmapSaid[c.QueryParam("said")]
	return s.showRoadmapItem(c, http.StatusOK, d)
}

func (s *Site) showRoadmapItem(c echo.Context, status int, d templates.Desk) error {
	ctx, id := c.Request().Context(), c.Param("item")
	if !messaging.ValidID(id) {
		return participation.ErrNoItem
	}
	item, err := s.Roadmap.Item(ctx, id)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.RoadmapItem{Desk: d, Item: item}
	if page.History, err = s.Roadmap.History(ctx, id); err != nil {
		return err
	}
	if page.Keeps, page.Decided, err = s.keepsRoadmap(c); err != nil {
		return err
	}
	return show(c, status, templates.RoadmapItemPage(page))
}

// amissOnRoadmap says in which field of a form about an item an error is, and in which words.
func amissOnRoadmap(err error) (field, words string, ok bool) {
	return fault(err, []faulty{
		{participation.ErrNoTitle, "item_title", "roadmap_wrong.title"},
		{participation.ErrNoWhat, "item_words", "roadmap_wrong.words"},
		{participation.ErrNoStatus, "status-" + string(participation.Considered), "roadmap_wrong.status"},
		{participation.ErrNoOwner, "owner", "roadmap_wrong.owner"},
		{participation.ErrNoDecision, "minute", "roadmap_wrong.decision"},
		{participation.ErrNotAccepted, "proposal", "roadmap_wrong.accepted"},
		{participation.ErrBadEstimate, "estimate", "roadmap_wrong.estimate"},
		{participation.ErrNoActual, "actual", "roadmap_wrong.actual"},
		{participation.ErrManyItems, "", "roadmap_wrong.full"},
		{participation.ErrManyVersions, "", "roadmap_wrong.often"},
		{participation.ErrSameWords, "item_title", "roadmap_wrong.same"},
		{participation.ErrNotBoard, "", "roadmap_wrong.not_board"},
		{member.ErrNoWhy, "item_why", "proposal_wrong.no_why"},
		{member.ErrBadWords, "item_why", "form.hidden"},
	})
}

// readPlan reads an item. A cost that is no sum is one that cannot be.
func readPlan(f url.Values) participation.Plan {
	return participation.Plan{
		Title: f.Get("item_title"), Words: f.Get("item_words"), Status: participation.Status(f.Get("status")), Owner: f.Get("owner"),
		Proposal: f.Get("proposal"), Minute: f.Get("minute"), Estimate: readCost(f.Get("estimate")), Actual: readCost(f.Get("actual")),
	}
}

func readCost(typed string) participation.Cost {
	if typed == "" {
		return participation.Cost{}
	}
	sum, err := money.Parse(typed)
	if err != nil {
		sum = -1
	}
	return participation.Cost{Known: true, Pence: sum}
}

func (s *Site) addToRoadmap(c echo.Context) error {
	return s.filled(c, "/roadmap?said=added", "roadmap.add", amissOnRoadmap, s.showRoadmap, func(ctx context.Context, f url.Values) error {
		_, err := s.Roadmap.Add(ctx, signedIn(c).Account, readPlan(f), f.Get("item_why"))
		return err
	})
}

func (s *Site) changeRoadmap(c echo.Context) error {
	id := c.Param("item")
	if !messaging.ValidID(id) {
		return participation.ErrNoItem
	}
	return s.filled(c, "/roadmap/"+id+"?said=changed", "roadmap.change", amissOnRoadmap, s.showRoadmapItem, func(ctx context.Context, f url.Values) error {
		return s.Roadmap.Change(ctx, signedIn(c).Account, id, readPlan(f), f.Get("item_why"))
	})
}

// roadmapFeed is for programs that tell people what is new.
func (s *Site) roadmapFeed(c echo.Context) error {
	ctx := c.Request().Context()
	feed := templates.Feed{Base: s.Base}
	var err error
	if feed.Answers, err = s.Proposals.LatestAnswers(ctx, participation.LatestTold); err != nil {
		return err
	}
	if feed.Changes, err = s.Roadmap.Latest(ctx, participation.LatestTold); err != nil {
		return err
	}
	body, err := templates.RoadmapFeed(ctx, feed)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/atom+xml; charset=utf-8", body)
}

package web

import (
	"context"
	"errors"
	"fmt"
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

// prioritiesSaid are the words for what was done before the page is shown again.
var prioritiesSaid = map[string]string{"ranked": "priorities.said_ranked", "opened": "priorities.said_opened"}

func (s *Site) priorities(c echo.Context) error {
	d := s.public(c, "")
	d.Said = prioritiesSaid[c.QueryParam("said")]
	return s.showPriorities(c, http.StatusOK, d)
}

func (s *Site) showPriorities(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	d.Here = ""
	page := templates.Priorities{Desk: d, FirstDay: calendar.On(s.Now()).AddDays(participation.LeastDays)}
	all, err := s.Priorities.List(ctx)
	if err != nil {
		return err
	}
	for i, b := range all {
		if b.Open(s.Now()) {
			page.Open = &all[i]
		} else {
			page.Past = append(page.Past, b)
		}
	}
	if d.SignedIn {
		if err := s.ownPartInPriorities(c, &page); err != nil {
			return err
		}
	}
	return show(c, status, templates.PrioritiesPage(page))
}

// ownPartInPriorities fills in what the visitor may do.
func (s *Site) ownPartInPriorities(c echo.Context, page *templates.Priorities) error {
	ctx := c.Request().Context()
	m, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	if is && page.Open != nil {
		if page.Votes, err = s.Priorities.Votes(ctx, m, *page.Open); err != nil {
			return err
		}
		if page.Ranked, err = s.Priorities.Ranked(ctx, m, page.Open.ID); err != nil {
			return err
		}
	}
	secretary, err := s.Officers.Holds(ctx, signedIn(c).Account, member.Secretary)
	if err != nil || !secretary || page.Open != nil {
		return err
	}
	page.MayOpen = !slices.ContainsFunc(page.Past, func(b participation.Ballot) bool {
		return b.CountedAt.IsZero() || b.Quarter == participation.Quarter(calendar.On(s.Now()))
	})
	page.Chosen = c.Request().PostForm["item"]
	items, err := s.Roadmap.Items(ctx)
	for _, i := range items {
		if i.Status == participation.Considered || i.Status == participation.Planned {
			page.Items = append(page.Items, i)
		}
	}
	return err
}

func (s *Site) openPriorities(c echo.Context) error {
	amiss := func(err error) (string, string, bool) {
		return fault(err, []faulty{
			{participation.ErrNoChoices, "items", "priority_wrong.choices"},
			{participation.ErrBadTake, "take", "priority_wrong.take"},
			{participation.ErrBadClose, "closes", "priority_wrong.closes"},
			{participation.ErrBallotHeld, "", "priority_wrong.held"},
		})
	}
	return s.filled(c, "/roadmap/priorities?said=opened", "priorities.open", amiss, s.showPriorities, func(ctx context.Context, f url.Values) error {
		take, err := strconv.Atoi(f.Get("take"))
		if err != nil {
			take = 0 // which cannot be
		}
		_, err = s.Priorities.Open(ctx, signedIn(c).Account, participation.Call{Items: f["item"], Take: take, Closes: readDay(f.Get("closes"))})
		return err
	})
}

// twiceError says at which choice a place stands that another one has, too.
type twiceError struct{ field string }

func (twiceError) Error() string { return "two items have the same place" }

func (s *Site) rankPriorities(c echo.Context) error {
	id := c.Param("ballot")
	if !messaging.ValidID(id) {
		return participation.ErrNoBallot
	}
	b, err := s.Priorities.Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) {
		if twice, ok := errors.AsType[twiceError](err); ok {
			return twice.field, "priority_wrong.twice", true
		}
		return fault(err, []faulty{
			{participation.ErrBadRanking, "rank_1", "priority_wrong.ranking"},
			{participation.ErrBallotClosed, "", "priority_wrong.closed"},
			{participation.ErrNoVote, "", "priority_wrong.no_vote"},
			{participation.ErrNotMember, "", "propose.no_member"},
		})
	}
	return s.filled(c, "/roadmap/priorities?said=ranked", "", amiss, s.showPriorities, func(ctx context.Context, f url.Values) error {
		ranking, err := readRanking(f, len(b.Choices))
		if err != nil {
			return err
		}
		return s.Priorities.Rank(ctx, signedIn(c).Account, id, ranking)
	})
}

// readRanking puts the choices into the order of the places that somebody gave them. Places may be left out, and none is there twice.
func readRanking(f url.Values, choices int) ([]int, error) {
	at := make([]int, choices+1)
	for n := 1; n <= choices; n++ {
		field := fmt.Sprintf("rank_%d", n)
		if f.Get(field) == "" {
			continue
		}
		place, err := strconv.Atoi(f.Get(field))
		if err != nil || place < 1 || place > choices {
			return nil, participation.ErrBadRanking
		}
		if at[place] != 0 {
			return nil, twiceError{field}
		}
		at[place] = n
	}
	return slices.DeleteFunc(at, func(n int) bool { return n == 0 }), nil
}

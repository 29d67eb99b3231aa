package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// front is the first page: to a stranger what this is, to everybody else what waits for them.
func (s *Site) front(c echo.Context) error {
	if _, in := visitor(c); !in {
		sits, err := s.boardSits(c.Request().Context())
		if err != nil {
			return err
		}
		return show(c, http.StatusOK, templates.FrontPage(templates.Front{Frame: s.frame(c), Sits: sits, SignedOut: c.QueryParam("said") == "signed_out"}))
	}
	me := signedIn(c)
	page := templates.Home{Frame: s.frame(c), Name: me.Name, Account: string(me.Account), Device: string(me.Device), Script: s.asset("home.js")}
	var err error
	page.Chats = s.chatsWait(c)
	if page.Society, page.Member, err = s.societyWaits(c); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.HomePage(page))
}

// waiting is how much waits for the visitor in the society: the web client says so above the chats.
func (s *Site) waiting(c echo.Context) error {
	all, _, err := s.societyWaits(c)
	if err != nil {
		return err
	}
	n := 0
	for _, group := range all {
		for _, w := range group.Lines {
			if !w.Soft {
				n++
			}
		}
	}
	return c.JSON(http.StatusOK, map[string]int{"waiting": n})
}

// societyWaits is all that waits for the visitor but their chats. A group without lines is left out.
func (s *Site) societyWaits(c echo.Context) (groups []templates.WaitGroup, is bool, err error) {
	ctx, me := c.Request().Context(), signedIn(c).Account
	m, is, err := s.Register.Of(ctx, me)
	if err != nil {
		return nil, false, err
	}
	belongs := is && m.State == member.Admitted
	elections, err := s.Elections.List(ctx)
	if err != nil {
		return nil, false, err
	}
	var proposals participation.Waits
	var changes participation.PrivacyWaits
	if belongs || s.isOfficer(c) { // the secretary may be no member
		if proposals, err = s.Proposals.Waiting(ctx, me, m.ID); err != nil {
			return nil, false, err
		}
		if changes, err = s.PrivacyChanges.Waiting(ctx, me, m.ID); err != nil {
			return nil, false, err
		}
	}
	asks := []struct {
		head string
		ask  func() ([]templates.Wait, error)
		of   bool
	}{
		{"home.dues", func() ([]templates.Wait, error) { return s.membershipWaits(ctx, m) }, is},
		{"home.votes", func() ([]templates.Wait, error) { return s.votesWait(ctx, elections, me, m.ID) }, belongs},
		{"home.meetings", func() ([]templates.Wait, error) { return s.meetingsWait(ctx, m.ID) }, belongs},
		{"home.says", func() ([]templates.Wait, error) { return saysWait(proposals, changes), nil }, belongs},
		{"home.board", func() ([]templates.Wait, error) { return s.boardWaits(ctx, me, m.ID, proposals.Due, changes.Owed) }, true},
		{"home.notices", func() ([]templates.Wait, error) { return s.noticesWait(ctx, me) }, true},
		{"home.duties", func() ([]templates.Wait, error) { return s.dutiesWait(ctx, elections, me) }, true},
		{"home.office", func() ([]templates.Wait, error) { return s.officeWaits(ctx, elections, me) }, true},
	}
	for _, a := range asks {
		if !a.of {
			continue
		}
		lines, err := a.ask()
		if err != nil {
			return nil, false, err
		}
		slices.SortStableFunc(lines, func(a, b templates.Wait) int { return a.Weight() - b.Weight() })
		if len(lines) > 0 {
			groups = append(groups, templates.WaitGroup{Head: a.head, Lines: lines})
		}
	}
	return groups, is, nil
}

// chatPatience is how long the first page waits for the bus: what waits elsewhere is worth reading without the chats.
const chatPatience = 2 * time.Second

// chatsWait tells of requests and of messages that came since this device last looked. A bus that does not answer costs that line.
func (s *Site) chatsWait(c echo.Context) templates.ChatsWait {
	ctx, cancel := context.WithTimeout(c.Request().Context(), chatPatience)
	defer cancel()
	me := signedIn(c)
	var w templates.ChatsWait
	people, err := s.Contacts.People(ctx, me.Account)
	if err == nil {
		w.Alone = !slices.ContainsFunc(people, func(p messaging.Person) bool { return p.Account != messaging.SocietyAccount })
		for _, p := range people {
			if p.Asks() {
				w.Requests++
			}
		}
		w.Arrived, w.More, err = s.Mailboxes.Arrived(ctx, me.Account, me.Device)
	}
	if err != nil {
		w.Unknown = true
		s.Log.WarnContext(ctx, "chats of the first page", "error", err)
	}
	return w
}

package web

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) meetingHall(c echo.Context) error {
	return s.showHall(c, http.StatusOK, s.saidOf(c))
}

func (s *Site) showHall(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	page, err := s.hallOf(c, false)
	if err != nil {
		return err
	}
	d.Here = ""
	if c.QueryParam("said") == "counted" {
		page.Counted = page.Closed(c.QueryParam("vote"))
	}
	page.Desk, page.Sought, page.Script = d, c.QueryParam("find"), s.asset("hall.js")
	if !plain(page.Sought) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	if page.Writes {
		if err := s.roomOf(ctx, signedIn(c).Account, &page); err != nil {
			return err
		}
	}
	for i, one := range page.Motions {
		if len(one.Amendments) > 0 {
			if page.Motions[i].Versions, err = s.Meetings.Versions(ctx, one.ID); err != nil {
				return err
			}
		}
	}
	return show(c, status, templates.MeetingHallPage(page))
}

// hallNow is what the hall's page asks for every few seconds.
func (s *Site) hallNow(c echo.Context) error {
	page, err := s.hallOf(c, true)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, page.Told(c.Request().Context()))
}

// hallKept is for how long what all see of a hall is told again to those who ask, without a look at the database.
const hallKept = time.Second

// halls keeps what all see of meetings, and nothing that is anybody's own: however many pages ask, the database is asked once a second.
type halls struct {
	mu   sync.Mutex
	seen map[string]seenHall // by meeting; guarded by mu, which whoever of those who ask looks holds: the others wait for what they find
}

// seenHall is what all see of a meeting. A page is never made of what is kept, waits for nobody, and what is kept is never older than it.
func (s *Site) seenHall(ctx context.Context, id string, kept bool) (templates.MeetingHall, error) {
	if !kept {
		page, err := s.lookIntoHall(ctx, id, s.Now())
		if err == nil {
			s.halls.mu.Lock()
			defer s.halls.mu.Unlock()
			s.halls.keep(id, page)
		}
		return page, err
	}
	s.halls.mu.Lock()
	defer s.halls.mu.Unlock()
	now := s.Now()
	if page, is := s.halls.seen[id]; is && page.fresh(now) {
		return page.MeetingHall, nil
	}
	page, err := s.lookIntoHall(ctx, id, now)
	if err == nil {
		s.halls.keep(id, page)
	}
	return page, err
}

// keep is called with mu held.
func (h *halls) keep(id string, page templates.MeetingHall) {
	if old, is := h.seen[id]; is && old.Now.After(page.Now) {
		return
	}
	if h.seen == nil {
		h.seen = map[string]seenHall{}
	}
	maps.DeleteFunc(h.seen, func(_ string, old seenHall) bool { return !old.fresh(page.Now) })
	h.seen[id] = seenHall{page}
}

// seenHall is a hall as of its Now.
type seenHall struct{ templates.MeetingHall }

func (h seenHall) fresh(now time.Time) bool { return !now.Before(h.Now) && now.Sub(h.Now) < hallKept }

func (s *Site) lookIntoHall(ctx context.Context, id string, now time.Time) (page templates.MeetingHall, err error) {
	page.Now = now
	if page.Meeting, err = s.Meetings.Get(ctx, id); err != nil {
		return page, err
	}
	if page.Hall, err = s.Meetings.Hall(ctx, page.Meeting); err != nil {
		return page, err
	}
	vote, open, err := s.Meetings.OpenVote(ctx, id)
	if err != nil {
		return page, err
	}
	if open {
		page.Vote = &vote
	}
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return page, err
	}
	page.Askers = rules.BallotAskers
	on, _, err := s.onPaper(ctx, page.Meeting)
	if err != nil {
		return page, err
	}
	asked, err := s.Meetings.Asking(ctx, id, "")
	if err != nil {
		return page, err
	}
	for _, one := range on {
		page.Motions = append(page.Motions, templates.HallMotion{Motion: one, Asking: asked[one.ID].Count})
	}
	return page, nil
}

// hallOf is the hall with the visitor's part in it. Nobody's name is looked up for it.
func (s *Site) hallOf(c echo.Context, kept bool) (page templates.MeetingHall, err error) {
	ctx, id := c.Request().Context(), c.Param("id")
	if !messaging.ValidID(id) {
		return page, meeting.ErrNoMeeting
	}
	if page, err = s.seenHall(ctx, id, kept); err != nil {
		return page, err
	}
	if err := s.mayReadOf(c, page.Meeting); err != nil {
		return page, err
	}
	page.Now, page.Motions = s.Now(), slices.Clone(page.Motions) // others have the same ones before them
	who, is, err := s.ownMember(c)
	if err != nil || !is {
		return page, err
	}
	page.Member = true
	return page, s.ownPartInHall(ctx, who, &page)
}

// ownPartInHall fills in how a member is present, and what they do there.
func (s *Site) ownPartInHall(ctx context.Context, who member.ID, page *templates.MeetingHall) (err error) {
	page.Chair, page.Writes = who == page.Meeting.Chair.Member, who == page.Meeting.Minutes.Member
	if page.Way, page.Here, err = s.Meetings.Presence(ctx, page.Meeting.ID, who); err != nil {
		return err
	}
	if page.Vote != nil {
		if page.Own, err = s.Meetings.Own(ctx, page.Vote.ID, who); err != nil {
			return err
		}
	}
	if !page.Here {
		return nil
	}
	asked, err := s.Meetings.Asking(ctx, page.Meeting.ID, who)
	for i, one := range page.Motions {
		page.Motions[i].Asked = asked[one.ID].Own
	}
	return err
}

// roomOf fills in, for whoever writes the minutes, who is in the room, and whom they seek in the register.
func (s *Site) roomOf(ctx context.Context, by identity.AccountID, page *templates.MeetingHall) error {
	room, err := s.Meetings.Room(ctx, by, page.Meeting)
	if err != nil {
		return err
	}
	ids := make([]member.ID, len(room))
	for i, a := range room {
		ids[i] = a.Member
	}
	names, err := s.Register.Names(ctx, by, ids)
	if err != nil {
		return err
	}
	in := map[member.ID]bool{}
	for _, id := range ids {
		in[id] = true
		page.Room = append(page.Room, templates.HallMember{ID: id, Name: names[id]})
	}
	if page.Sought == "" || !page.Meeting.Doors(page.Now) {
		return nil
	}
	found, _, err := s.Register.List(ctx, by, member.Wanted{States: []member.State{member.Admitted}, Name: page.Sought})
	for _, m := range found {
		if !in[m.ID] {
			page.Found = append(page.Found, templates.HallMember{ID: m.ID, Name: m.Name})
		}
	}
	return err
}

// inHall does what a form of the hall asks, and shows it again.
func (s *Site) inHall(c echo.Context, said, which string, do func(ctx context.Context, me identity.AccountID, meeting string, f url.Values) error) error {
	return s.onMeeting(c, "/hall?said="+said, which, meetingFields{}, s.showHall, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return do(ctx, signedIn(c).Account, m.ID, f)
	})
}

func (s *Site) checkIn(c echo.Context) error {
	return s.inHall(c, "present", "", func(ctx context.Context, me identity.AccountID, id string, _ url.Values) error {
		return s.Meetings.CheckIn(ctx, me, id)
	})
}

func (s *Site) leaveMeeting(c echo.Context) error {
	return s.inHall(c, "left", "", func(ctx context.Context, me identity.AccountID, id string, _ url.Values) error {
		return s.Meetings.Leave(ctx, me, id)
	})
}

// roomMember is whom a form of the room is about. member.ErrNoMember.
func roomMember(f url.Values) (member.ID, error) {
	if id := f.Get("member"); messaging.ValidID(id) {
		return member.ID(id), nil
	}
	return "", member.ErrNoMember
}

func (s *Site) markPresent(c echo.Context) error {
	return s.inHall(c, "marked", "", func(ctx context.Context, me identity.AccountID, id string, f url.Values) error {
		who, err := roomMember(f)
		if err != nil {
			return err
		}
		return s.Meetings.MarkPresent(ctx, me, id, who)
	})
}

func (s *Site) markLeft(c echo.Context) error {
	return s.inHall(c, "marked_left", "", func(ctx context.Context, me identity.AccountID, id string, f url.Values) error {
		who, err := roomMember(f)
		if err != nil {
			return err
		}
		return s.Meetings.MarkLeft(ctx, me, id, who)
	})
}

func (s *Site) openMeeting(c echo.Context) error {
	return s.inHall(c, "opened", "", func(ctx context.Context, me identity.AccountID, id string, _ url.Values) error {
		return s.Meetings.Open(ctx, me, id)
	})
}

func (s *Site) adjournMeeting(c echo.Context) error {
	return s.inHall(c, "adjourned", "hall.adjourn", func(ctx context.Context, me identity.AccountID, id string, f url.Values) error {
		return s.Meetings.Adjourn(ctx, me, id, readMoment(f.Get("adjourn_to")))
	})
}

func (s *Site) closeMeeting(c echo.Context) error {
	return s.inHall(c, "closed", "hall.close", func(ctx context.Context, me identity.AccountID, id string, _ url.Values) error {
		return s.Meetings.Close(ctx, me, id)
	})
}

// onItem does something to a motion of the order paper, in the words that the visitor saw.
func (s *Site) onItem(c echo.Context, said, which string, of meetingFields, do func(ctx context.Context, me identity.AccountID, one meeting.Motion, f url.Values) error) error {
	return s.onMeeting(c, "/hall?said="+said, which, of, s.showHall, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		one, err := s.motionAt(ctx, c, m)
		if err != nil {
			return err
		}
		return do(ctx, signedIn(c).Account, one, f)
	})
}

func (s *Site) putToVote(c echo.Context) error {
	return s.onItem(c, "put", "", meetingFields{}, func(ctx context.Context, me identity.AccountID, one meeting.Motion, f url.Values) error {
		return s.Meetings.Put(ctx, me, one.ID, f.Get("amendment"), seenVersion(f))
	})
}

func (s *Site) motionToBallot(c echo.Context) error {
	return s.onItem(c, "to_ballot", "", meetingFields{}, func(ctx context.Context, me identity.AccountID, one meeting.Motion, f url.Values) error {
		return s.Meetings.ToBallot(ctx, me, one.ID, seenVersion(f))
	})
}

func (s *Site) askMeetingBallot(c echo.Context) error {
	return s.onItem(c, "asked", "", meetingFields{}, func(ctx context.Context, me identity.AccountID, one meeting.Motion, _ url.Values) error {
		return s.Meetings.AskBallot(ctx, me, one.ID)
	})
}

func (s *Site) takeAmendment(c echo.Context) error {
	id := c.Param("motion")
	of := meetingFields{words: "take_" + id + "_words", reasons: "take_" + id + "_reasons"}
	return s.onItem(c, "taken", "hall.take."+id, of, func(ctx context.Context, me identity.AccountID, one meeting.Motion, f url.Values) error {
		return s.Meetings.TakeAmendment(ctx, me, one.ID, seenVersion(f), f.Get(of.words), f.Get(of.reasons))
	})
}

func (s *Site) castVote(c echo.Context) error {
	return s.inHall(c, "voted", "", func(ctx context.Context, me identity.AccountID, id string, f url.Values) error {
		return s.Meetings.Cast(ctx, me, id, c.Param("vote"), meeting.Choice(f.Get("choice")))
	})
}

func (s *Site) countHands(c echo.Context) error {
	return s.inHall(c, "hands", "", func(ctx context.Context, me identity.AccountID, id string, f url.Values) error {
		var hands meeting.Count
		for field, n := range map[string]*int{"hands_for": &hands.Yes, "hands_against": &hands.No, "hands_abstain": &hands.Abstain} {
			var err error
			if *n, err = strconv.Atoi(f.Get(field)); err != nil {
				return meeting.ErrTooManyHands
			}
		}
		return s.Meetings.CountHands(ctx, me, id, c.Param("vote"), hands)
	})
}

func (s *Site) closeVote(c echo.Context) error {
	return s.inHall(c, "counted&vote="+url.QueryEscape(c.Param("vote")), "", func(ctx context.Context, me identity.AccountID, id string, _ url.Values) error {
		return s.Meetings.CloseVote(ctx, me, id, c.Param("vote"))
	})
}

func (s *Site) callOffVote(c echo.Context) error {
	return s.onMeeting(c, "/hall?said=vote_off", "hall.call_off", meetingFields{why: "vote_off_why"}, s.showHall, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.CallOffVote(ctx, signedIn(c).Account, m.ID, c.Param("vote"), f.Get("vote_off_why"))
	})
}

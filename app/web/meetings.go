package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) meetings(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.Meetings{Desk: s.public(c, "/meetings"), Now: s.Now()}
	all, err := s.Meetings.Coming(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State(page.Now) != meeting.Proposed {
			page.Coming = append(page.Coming, m)
		} else if page.Officer {
			page.Proposed = append(page.Proposed, m)
		}
	}
	if page.Past, err = s.Meetings.Past(ctx); err != nil {
		return err
	}
	who, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	if page.Member = is; is {
		if page.Waits, err = s.Meetings.Waiting(ctx, who); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, templates.MeetingsPage(page))
}

func (s *Site) askMeetingCall(c echo.Context) error {
	return s.showMeetingCall(c, http.StatusOK, s.public(c, ""))
}

func (s *Site) showMeetingCall(c echo.Context, status int, d templates.Desk) error {
	rules, err := s.Register.Rules(c.Request().Context())
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.MeetingCall{Desk: d, Days: rules.MeetingDays, Draft: meeting.Propose(calendar.On(s.Now()), rules)}
	return show(c, status, templates.MeetingCallPage(page))
}

func (s *Site) callMeeting(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	id, err := s.proposeMeeting(c, f)
	if wrong := problemsIn(c.Request().Context(), err, amissInMeeting(meetingFields{})); len(wrong) > 0 {
		return s.showMeetingCall(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/meetings/"+id+"?said=proposed")
}

func (s *Site) proposeMeeting(c echo.Context, f url.Values) (id string, err error) {
	ctx := c.Request().Context()
	call := meeting.Call{
		Kind: meeting.Kind(f.Get("kind")), Title: f.Get("meeting_title"), Why: f.Get("what_for"), At: readMoment(f.Get("meets_at")), Place: f.Get("place"), Link: f.Get("link"),
		MotionsBy: readMoment(f.Get("motions_by")), AmendmentsBy: readMoment(f.Get("amendments_by")),
	}
	if call.Chair, call.Minutes, err = s.meetingSeats(ctx, f); err != nil {
		return "", err
	}
	return s.Meetings.Propose(ctx, signedIn(c).Account, call)
}

// meetingSeats are the members who sign in with the addresses in a form; none for who is not found.
func (s *Site) meetingSeats(ctx context.Context, f url.Values) (chair, minutes meeting.Seat, err error) {
	for _, of := range []struct {
		field string
		seat  *meeting.Seat
	}{{"chair", &chair}, {"minute_taker", &minutes}} {
		account, err := s.whoSignsIn(ctx, f.Get(of.field))
		if errors.Is(err, identity.ErrBadAddress) || errors.Is(err, errNobodyThere) {
			continue
		}
		if err != nil {
			return chair, minutes, err
		}
		m, is, err := s.Register.Behind(ctx, account, member.ForNotice)
		if err != nil {
			return chair, minutes, err
		}
		if !is || m.State != member.Admitted {
			continue
		}
		names, err := s.Accounts.Names(ctx, []identity.AccountID{account})
		if err != nil {
			return chair, minutes, err
		}
		*of.seat = meeting.Seat{Member: m.ID, Name: called(names, account)}
	}
	return chair, minutes, nil
}

// meetingOf is the meeting that the address names. One that was never called is for officers only.
func (s *Site) meetingOf(c echo.Context) (meeting.Meeting, error) {
	if !messaging.ValidID(c.Param("id")) {
		return meeting.Meeting{}, meeting.ErrNoMeeting
	}
	m, err := s.Meetings.Get(c.Request().Context(), c.Param("id"))
	if err == nil {
		err = s.mayReadOf(c, m)
	}
	return m, err
}

// mayReadOf refuses to tell of a meeting that was never called to anybody but officers. meeting.ErrNoMeeting.
func (s *Site) mayReadOf(c echo.Context, m meeting.Meeting) error {
	if m.ConfirmedAt.IsZero() && !s.frame(c).Officer {
		return meeting.ErrNoMeeting
	}
	return nil
}

// meetingSaid are the words for what was done before a page of a meeting is shown again.
var meetingSaid = map[string]string{
	"called": "meeting.said_called", "proposed": "meeting.said_proposed", "off": "meeting.said_off", "reseated": "meeting.said_reseated",
	"returned": "meeting.said_returned", "posted": "meeting.said_posted",
	"moved": "moved.said_moved", "moved_board": "moved.said_moved_board", "reworded": "moved.said_reworded", "seconded": "moved.said_seconded",
	"withdrawn": "moved.said_withdrawn", "ruled_out": "moved.said_ruled_out",
	"amended": "amending.said_amended", "change_seconded": "amending.said_seconded", "change_withdrawn": "amending.said_withdrawn", "change_ruled_out": "amending.said_ruled_out",
	"present": "hall.said_present", "left": "hall.said_left", "marked": "hall.said_marked", "marked_left": "hall.said_marked_left",
	"opened": "hall.said_opened", "adjourned": "hall.said_adjourned", "closed": "hall.said_closed", "put": "hall.said_put", "taken": "hall.said_taken",
	"to_ballot": "hall.said_to_ballot", "asked": "hall.said_asked", "voted": "hall.said_voted", "hands": "hall.said_hands", "vote_off": "hall.said_vote_off",
	"noted": "minutes.said_noted", "signed": "minutes.said_signed", "added": "minutes.said_added", "listed": "action.said_listed", "done": "action.said_done",
}

// saidOf is a page of a meeting that tells what was done.
func (s *Site) saidOf(c echo.Context) templates.Desk {
	d := s.public(c, "")
	d.Said = meetingSaid[c.QueryParam("said")]
	return d
}

func (s *Site) meeting(c echo.Context) error {
	return s.showMeeting(c, http.StatusOK, s.saidOf(c))
}

func (s *Site) showMeeting(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.Meeting{Desk: d, Meeting: m, Now: s.Now()}
	if page.Motions, err = s.Meetings.Motions(ctx, m.ID); err != nil {
		return err
	}
	who, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	if page.Member = is; is {
		page.Chair, page.Writes = who == m.Chair.Member, who == m.Minutes.Member
		waits, err := s.Meetings.Waiting(ctx, who)
		if err != nil {
			return err
		}
		page.Waits = waits.In(m.ID)
	}
	if d.SignedIn {
		if page.Board, err = s.Meetings.MovesForBoard(ctx, signedIn(c).Account); err != nil {
			return err
		}
	}
	if page.Officer {
		page.Own = m.ProposedBy == signedIn(c).Account
		if page.Told, err = s.Meetings.Told(ctx, m.ID); err != nil {
			return err
		}
		if err := s.proposedBy(c, &page); err != nil {
			return err
		}
	}
	return show(c, status, templates.MeetingPage(page))
}

// proposedBy fills in who proposed a meeting, and until when another officer can confirm it.
func (s *Site) proposedBy(c echo.Context, page *templates.Meeting) error {
	ctx := c.Request().Context()
	if page.State(page.Now) != meeting.Proposed {
		return nil
	}
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return err
	}
	page.ConfirmBy = page.Meeting.ConfirmBy(calendar.On(page.Now), rules)
	names, err := s.Accounts.Names(ctx, []identity.AccountID{page.ProposedBy})
	page.By = called(names, page.ProposedBy)
	return err
}

func (s *Site) orderPaper(c echo.Context) error {
	ctx := c.Request().Context()
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	page := templates.OrderPaper{Desk: s.public(c, ""), Meeting: m}
	page.Motions, page.Left, page.Versions, err = s.itemsOf(ctx, m)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.OrderPaperPage(page))
}

// onPaper are the motions on a meeting's order paper, or those that would be on it today, and what is left out.
func (s *Site) onPaper(ctx context.Context, m meeting.Meeting) (on, left []meeting.Motion, err error) {
	all, err := s.Meetings.Motions(ctx, m.ID)
	for _, one := range all {
		if one.Number == 0 && (!m.OrderedAt.IsZero() || !one.Open()) {
			left = append(left, one)
		} else {
			on = append(on, one)
		}
	}
	return on, left, err
}

// itemsOf is onPaper with the words of those with amendments.
func (s *Site) itemsOf(ctx context.Context, m meeting.Meeting) (on, left []meeting.Motion, words map[string][]meeting.Version, err error) {
	if on, left, err = s.onPaper(ctx, m); err != nil {
		return nil, nil, nil, err
	}
	words = map[string][]meeting.Version{}
	for _, one := range on {
		if len(one.Amendments) > 0 {
			if words[one.ID], err = s.Meetings.Versions(ctx, one.ID); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return on, left, words, nil
}

func (s *Site) meetingActions(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.MeetingActions{Desk: s.public(c, ""), Today: calendar.On(s.Now()), Titles: map[string]string{}}
	var err error
	if page.Open, page.Done, err = s.Meetings.Actions(ctx, ""); err != nil {
		return err
	}
	for _, some := range [][]meeting.Action{page.Open, page.Done} {
		for _, a := range some {
			if page.Titles[a.Meeting] == "" {
				m, err := s.Meetings.Get(ctx, a.Meeting)
				if err != nil {
					return err
				}
				page.Titles[a.Meeting] = m.Title
			}
		}
	}
	return show(c, http.StatusOK, templates.MeetingActionsPage(page))
}

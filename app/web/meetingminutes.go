package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/meeting"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) minutes(c echo.Context) error {
	return s.showMinutes(c, http.StatusOK, s.saidOf(c))
}

func (s *Site) showMinutes(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.MeetingMinutes{Desk: d, Meeting: m, Now: s.Now()}
	if page.Motions, page.Left, page.Versions, err = s.itemsOf(ctx, m); err != nil {
		return err
	}
	if page.Notes, err = s.Meetings.Notes(ctx, m.ID); err != nil {
		return err
	}
	if page.Seats, err = s.Meetings.Reseated(ctx, m.ID); err != nil {
		return err
	}
	if page.Additions, err = s.Meetings.Additions(ctx, m.ID); err != nil {
		return err
	}
	if page.Open, page.Done, err = s.Meetings.Actions(ctx, m.ID); err != nil {
		return err
	}
	who, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	chair := is && who == m.Chair.Member
	page.Writes = is && who == m.Minutes.Member
	page.Keeps = page.Writes || d.Officer
	page.Reads = !m.SignedAt.IsZero() || chair || page.Keeps
	page.Signs = chair && m.State(page.Now) == meeting.Closed
	return show(c, status, templates.MeetingMinutesPage(page))
}

// onMinutes does what a form of the minutes asks, and shows them again. words is the field of what was written.
func (s *Site) onMinutes(c echo.Context, which, words string, do func(ctx context.Context, m meeting.Meeting, f url.Values) error) error {
	return s.onMeeting(c, "/minutes?said=saved", which, meetingFields{words: words}, s.showMinutes, do)
}

func (s *Site) noteInMinutes(c echo.Context) error {
	item := c.Param("item")
	if item != meeting.Whole && !messaging.ValidID(item) {
		return meeting.ErrNoMotion
	}
	return s.onMinutes(c, "minutes.note."+item, "note_"+item, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.Note(ctx, signedIn(c).Account, m.ID, item, f.Get("note_"+item))
	})
}

func (s *Site) signMinutes(c echo.Context) error {
	return s.onMinutes(c, "minutes.sign", "", func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.Sign(ctx, signedIn(c).Account, m.ID, f.Get("seen"))
	})
}

func (s *Site) addToMinutes(c echo.Context) error {
	return s.onMinutes(c, "minutes.add", "added", func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.Add(ctx, signedIn(c).Account, m.ID, f.Get("added"))
	})
}

func (s *Site) addAction(c echo.Context) error {
	return s.onMinutes(c, "action.add", "action_words", func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.AddAction(ctx, signedIn(c).Account, m.ID, f.Get("action_words"), f.Get("action_who"), readDay(f.Get("action_due")))
	})
}

func (s *Site) actionDone(c echo.Context) error {
	id := c.Param("action")
	if !messaging.ValidID(id) {
		return meeting.ErrNoAction
	}
	return s.onMinutes(c, "action."+id, "done_"+id, func(ctx context.Context, _ meeting.Meeting, f url.Values) error {
		return s.Meetings.Done(ctx, signedIn(c).Account, id, f.Get("done") != "no", f.Get("done_"+id))
	})
}

package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

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

// notesIn are the notes in a form of the minutes, by their items.
func notesIn(f url.Values) map[string]string {
	said := map[string]string{}
	for name := range f {
		if item, is := strings.CutPrefix(name, "note_"); is && (item == meeting.Whole || messaging.ValidID(item)) {
			said[item] = f.Get(name)
		}
	}
	return said
}

// onMinutes keeps the notes that came with a form, whichever button of the page was pressed, does what that one asks, and shows the minutes again.
func (s *Site) onMinutes(c echo.Context, said, which string, of meetingFields, do func(ctx context.Context, m meeting.Meeting, f url.Values) error) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	notes := notesIn(f)
	for item, why := range meeting.Unkept(notes) {
		of.words = "note_" + item
		of.known = append(of.known, faulty{why, of.words, "form.hidden"})
	}
	return s.onMeeting(c, "/minutes?said="+said, which, of, s.showMinutes, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		if len(notes) > 0 {
			if err := s.Meetings.Note(ctx, signedIn(c).Account, m.ID, f.Get("seen"), notes); err != nil {
				return err
			}
		}
		return do(ctx, m, f)
	})
}

// errUnsent: Enter in a field for something else sends the notes alone.
var errUnsent = errors.New("something else was typed")

// unsent is the field of what else was typed, and the part of the page that it is in; "" for nothing.
func unsent(f url.Values) (field, part string) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		id, done := strings.CutPrefix(name, "done_")
		switch {
		case f.Get(name) == "":
		case name == "action_words" || name == "action_who":
			return name, "action.add"
		case done:
			return name, "action." + id
		}
	}
	return "", ""
}

func (s *Site) noteInMinutes(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	field, part := unsent(f)
	of := meetingFields{known: []faulty{{errUnsent, field, "minutes.unsent"}}}
	return s.onMinutes(c, "noted", part, of, func(context.Context, meeting.Meeting, url.Values) error {
		if field != "" {
			return errUnsent
		}
		return nil
	})
}

func (s *Site) signMinutes(c echo.Context) error {
	return s.onMinutes(c, "signed", "minutes.sign", meetingFields{}, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.Sign(ctx, signedIn(c).Account, m.ID, f.Get("seen"))
	})
}

func (s *Site) addToMinutes(c echo.Context) error {
	return s.onMinutes(c, "added", "minutes.add", meetingFields{words: "added"}, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.Add(ctx, signedIn(c).Account, m.ID, f.Get("added"))
	})
}

func (s *Site) addAction(c echo.Context) error {
	return s.onMinutes(c, "listed", "action.add", meetingFields{words: "action_words"}, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.AddAction(ctx, signedIn(c).Account, m.ID, f.Get("action_words"), f.Get("action_who"), readDay(f.Get("action_due")))
	})
}

func (s *Site) actionDone(c echo.Context) error {
	id := c.Param("action")
	if !messaging.ValidID(id) {
		return meeting.ErrNoAction
	}
	return s.onMinutes(c, "done", "action."+id, meetingFields{words: "done_" + id}, func(ctx context.Context, _ meeting.Meeting, f url.Values) error {
		return s.Meetings.Done(ctx, signedIn(c).Account, id, f.Get("finish_"+id) != "no", f.Get("done_"+id))
	})
}

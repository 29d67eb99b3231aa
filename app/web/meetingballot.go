package web

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/messaging"
	"folkmoot/templates/text"
)

// mayCallBallot reports whether the visitor can call the secret ballot on a motion: officers can, when none is called, or what was called has ended.
func (s *Site) mayCallBallot(c echo.Context, one meeting.Motion) (bool, error) {
	if one.Outcome != meeting.Ballot || !s.frame(c).Officer {
		return false, nil
	}
	if one.Election == "" {
		return true, nil
	}
	called, err := s.calledVote(c, one.Election)
	return err == nil && called.Ended(), err
}

// motionToDecide is a motion that stands adjourned to a secret ballot, which the visitor may call. meeting.ErrNoMotion.
func (s *Site) motionToDecide(c echo.Context, id, motion string) (m meeting.Meeting, one meeting.Motion, err error) {
	if !messaging.ValidID(id) || !messaging.ValidID(motion) {
		return m, one, meeting.ErrNoMotion
	}
	ctx := c.Request().Context()
	if m, err = s.Meetings.Get(ctx, id); err != nil {
		return m, one, err
	}
	if one, err = s.Meetings.Motion(ctx, motion); err != nil {
		return m, one, err
	}
	may, err := s.mayCallBallot(c, one)
	if err == nil && (!may || one.Meeting != m.ID) {
		err = meeting.ErrNoMotion
	}
	return m, one, err
}

// movedIn is the meeting's motion that a form puts to the ballot, if it is about one, and about nothing else. Its words and its majority are the motion's, and nobody's who
// fills in the form.
func (s *Site) movedIn(c echo.Context, f url.Values, call election.Call) (_ election.Call, m meeting.Meeting, one meeting.Motion, err error) {
	if f.Get("meeting") == "" {
		return call, m, one, nil
	}
	if call.Motion.About != "" { // a ballot is about one thing
		return call, m, one, meeting.ErrNoMotion
	}
	if m, one, err = s.motionToDecide(c, f.Get("meeting"), f.Get("of_motion")); err != nil {
		return call, m, one, err
	}
	call.Title = one.Title
	call.Motion.Words, call.Motion.Needs, call.Motion.About = wordsMoved(c, m, one), election.Majority(one.Needs), meeting.About(one)
	return call, m, one, nil
}

// wordsMoved are what a ballot says of a motion: its words, where they fit on one line of a paper, or which version of them is meant. A version is
// never changed.
func wordsMoved(c echo.Context, m meeting.Meeting, one meeting.Motion) string {
	if !strings.Contains(one.Words, "\n") && utf8.RuneCountInString(one.Words) <= election.LongestMotion {
		return one.Words
	}
	return text.T(c.Request().Context(), "motion.of_meeting", "Title", one.Title, "Number", one.Number, "Meeting", m.Title, "Version", one.Version)
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
	"folkmoot/templates/email"
	"folkmoot/templates/text"
)

// meetingFields are those of a form whose names depend on what it is about.
type meetingFields struct {
	why, words, reasons string

	known []faulty // what else may be wrong with it
}

// amiss is what a form about a meeting can have wrong: what this page knows, and of what it does not, what all say.
func (of meetingFields) amiss() []faulty {
	rest := slices.DeleteFunc(amissInMeeting(of), func(f faulty) bool {
		return slices.ContainsFunc(of.known, func(k faulty) bool { return errors.Is(k.err, f.err) })
	})
	return slices.Concat(of.known, rest)
}

// amissInMeeting says in which field of a form about a meeting an error is, and in which words.
func amissInMeeting(of meetingFields) []faulty {
	return []faulty{
		{meeting.ErrNoKind, "kind-annual", "meeting_wrong.kind"},
		{meeting.ErrNoTitle, titleField(of), "meeting_wrong.title"},
		{meeting.ErrNoWhy, "what_for", "meeting_wrong.what_for"},
		{meeting.ErrNoMoment, "meets_at", "meeting_wrong.moment"},
		{meeting.ErrShortNotice, "meets_at", "meeting_wrong.short_notice"},
		{meeting.ErrBadMotions, "motions_by", "meeting_wrong.motions"},
		{meeting.ErrBadAmending, "amendments_by", "meeting_wrong.amending"},
		{meeting.ErrNoPlace, "place", "meeting_wrong.place"},
		{meeting.ErrBadLink, "link", "meeting_wrong.link"},
		{meeting.ErrSameSeats, "chair", "meeting_wrong.same_seats"},
		{meeting.ErrNoChair, "chair", "meeting_wrong.chair"},
		{meeting.ErrNoMinutes, "minute_taker", "meeting_wrong.minute_taker"},
		{meeting.ErrSamePerson, "minute_taker", "meeting_wrong.people"},
		{meeting.ErrManyMeetings, "", "meeting_wrong.many_meetings"},
		{meeting.ErrGone, "", "meeting_wrong.gone"},
		{meeting.ErrTakesTwo, "", "meeting_wrong.takes_two"},
		{meeting.ErrNotOfficer, "", "meeting_wrong.not_officer"},
		{meeting.ErrNotMember, "", "meeting_wrong.not_member"},
		{meeting.ErrNotChair, "", "meeting_wrong.not_chair"},
		{meeting.ErrNotMinutes, "", "meeting_wrong.not_minutes"},
		{meeting.ErrBadNewDay, "adjourn_to", "meeting_wrong.new_day"},
		{meeting.ErrNoNotice, of.why, "meeting_wrong.no_notice"},
		{meeting.ErrNoLetter, of.why, "meeting_wrong.no_notice"},
		{meeting.ErrBadPosted, of.why, "meeting_wrong.posted"},
		{meeting.ErrNoWords, of.words, "meeting_wrong.words"},
		{meeting.ErrNoReasons, of.reasons, "meeting_wrong.reasons"},
		{meeting.ErrBadReasons, of.reasons, "meeting_wrong.reasons"},
		{meeting.ErrNoMajority, "needs-simple", "meeting_wrong.majority"},
		{meeting.ErrBadName, "shown-name", "meeting_wrong.name"},
		{meeting.ErrTooLate, "", "meeting_wrong.late"},
		{meeting.ErrTooEarly, "", "meeting_wrong.early"},
		{meeting.ErrManyOwn, "", "meeting_wrong.own_many"},
		{meeting.ErrMany, "", "meeting_wrong.too_many"},
		{meeting.ErrOwn, "", "meeting_wrong.own"},
		{meeting.ErrSeconded, "", "meeting_wrong.seconded"},
		{meeting.ErrNotSeconded, "", "meeting_wrong.not_seconded"},
		{meeting.ErrNotYours, "", "meeting_wrong.not_yours"},
		{meeting.ErrNotStanding, "", "meeting_wrong.not_standing"},
		{meeting.ErrNoAmendment, "", "meeting_wrong.not_standing"},
		{meeting.ErrChanged, "", "meeting_wrong.changed"},
		{meeting.ErrSameWords, of.words, "meeting_wrong.same"},
		{meeting.ErrNotBoard, "", "meeting_wrong.not_board"},
		{meeting.ErrAmendmentFirst, "", "meeting_wrong.amendment_first"},
		{meeting.ErrDoors, "", "meeting_wrong.doors"},
		{meeting.ErrNotPresent, "", "meeting_wrong.not_present"},
		{meeting.ErrInquorate, "", "meeting_wrong.inquorate"},
		{meeting.ErrVoteOpen, "", "meeting_wrong.vote_open"},
		{meeting.ErrNoVote, "", "meeting_wrong.no_vote"},
		{meeting.ErrNoChoice, "choice-for", "meeting_wrong.choice"},
		{meeting.ErrTooManyHands, "hands_for", "meeting_wrong.hands"},
		{meeting.ErrCountedInRoom, "", "meeting_wrong.counted"},
		{meeting.ErrByDevice, "", "meeting_wrong.by_device"},
		{meeting.ErrAskedBallot, "", "meeting_wrong.asked_ballot"},
		{meeting.ErrNoBallotDue, "", "meeting_wrong.no_ballot"},
		{meeting.ErrNotClosed, "", "meeting_wrong.not_closed"},
		{meeting.ErrSigned, "", "meeting_wrong.signed"},
		{meeting.ErrNotSigned, "", "meeting_wrong.not_signed"},
		{meeting.ErrBadMinutes, of.words, "form.hidden"},
		{meeting.ErrNothingSaid, of.words, "meeting_wrong.said_nothing"},
		{meeting.ErrNoWho, "action_who", "meeting_wrong.who"},
		{meeting.ErrNoDue, "action_due", "meeting_wrong.due"},
		{meeting.ErrNotWriter, "", "meeting_wrong.not_writer"},
		{member.ErrNoMember, of.why, "meeting_wrong.no_member"},
		{member.ErrNoWhy, of.why, "meeting_wrong.no_why"},
		{member.ErrBadWords, of.why, "form.hidden"},
	}
}

// titleField is that of the call, or of a motion.
func titleField(of meetingFields) string {
	if of.words == "" {
		return "meeting_title"
	}
	return "motion_title"
}

// onMeeting does what a form about the meeting asks, and leads on to a page below it. What can be mended is shown by again.
func (s *Site) onMeeting(c echo.Context, next, which string, of meetingFields, again func(echo.Context, int, templates.Desk) error,
	do func(ctx context.Context, m meeting.Meeting, f url.Values) error,
) error {
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	err = do(ctx, m, f)
	if wrong := problemsIn(ctx, err, of.amiss()); len(wrong) > 0 {
		return again(c, http.StatusUnprocessableEntity, s.failedIn(c, f, which, wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/meetings/"+m.ID+next)
}

func (s *Site) confirmMeeting(c echo.Context) error {
	known := []faulty{{meeting.ErrShortNotice, "", "meeting_wrong.confirm_late"}, {meeting.ErrBadMotions, "", "meeting_wrong.confirm_late"}} // the day is not asked for here
	return s.onMeeting(c, "?said=called", "", meetingFields{known: known}, s.showMeeting, func(ctx context.Context, m meeting.Meeting, _ url.Values) error {
		return s.Meetings.Confirm(ctx, signedIn(c).Account, m.ID)
	})
}

func (s *Site) callOffMeeting(c echo.Context) error {
	return s.onMeeting(c, "?said=off", "meeting.call_off", meetingFields{why: "off_why"}, s.showMeeting, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		return s.Meetings.CallOff(ctx, signedIn(c).Account, m.ID, f.Get("off_why"))
	})
}

func (s *Site) reseatMeeting(c echo.Context) error {
	return s.onMeeting(c, "?said=reseated", "meeting.reseat", meetingFields{why: "seats_why"}, s.showMeeting, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		chair, minutes, err := s.meetingSeats(ctx, f)
		if err != nil {
			return err
		}
		typed := func(field string, seat meeting.Seat) *meeting.Seat {
			if f.Get(field) == "" {
				return nil
			}
			return &seat
		}
		return s.Meetings.Reseat(ctx, signedIn(c).Account, m.ID, typed("chair", chair), typed("minute_taker", minutes), f.Get("seats_why"))
	})
}

func (s *Site) meetingNoticeReturned(c echo.Context) error {
	of := meetingFields{why: "returned_why"}
	return s.onMeeting(c, "?said=returned", "meeting.returned", of, s.showMeeting, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		who, err := s.Register.Beginning(ctx, f.Get("returned_member"))
		if err != nil {
			return err
		}
		return s.Meetings.Returned(ctx, signedIn(c).Account, meeting.GiveNotice{Meeting: m.ID, What: meeting.NoticeCalled, Member: who}, f.Get("returned_why"))
	})
}

func (s *Site) meetingLetters(c echo.Context) error {
	return s.showMeetingLetters(c, http.StatusOK, s.saidOf(c))
}

func (s *Site) showMeetingLetters(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	due, err := s.Meetings.Letters(ctx, m.ID)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.MeetingLetters{Desk: d, Meeting: m, Today: calendar.On(s.Now())}
	for _, n := range due {
		to, err := s.Register.Look(ctx, signedIn(c).Account, n.Member)
		if err != nil {
			return err
		}
		lines := append(email.MeetingLines(text.From(ctx), m, n.What), s.Base+"/meetings/"+m.ID)
		page.Letters = append(page.Letters, templates.MeetingLetter{Notice: n, To: to, Lines: lines})
	}
	return show(c, status, templates.MeetingLettersPage(page))
}

func (s *Site) meetingLetterPosted(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	field := "posted_" + f.Get("what") + "_" + c.Param("member")
	return s.onMeeting(c, "/letters?said=posted", "", meetingFields{why: field}, s.showMeetingLetters, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		job := meeting.GiveNotice{Meeting: m.ID, What: f.Get("what"), Member: member.ID(c.Param("member"))}
		return s.Meetings.Posted(ctx, signedIn(c).Account, job, readDay(f.Get(field)))
	})
}

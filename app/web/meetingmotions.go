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

func (s *Site) askMeetingMotion(c echo.Context) error {
	return s.showMoving(c, http.StatusOK, s.public(c, ""))
}

func (s *Site) showMoving(c echo.Context, status int, d templates.Desk) error {
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.Moving{Desk: d, Meeting: m, Name: signedIn(c).Name}
	if _, page.Member, err = s.ownMember(c); err != nil {
		return err
	}
	if page.Board, err = s.Meetings.MovesForBoard(c.Request().Context(), signedIn(c).Account); err != nil {
		return err
	}
	return show(c, status, templates.MovingPage(page))
}

func readMeetingDraft(f url.Values) meeting.Draft {
	return meeting.Draft{Title: f.Get("motion_title"), Words: f.Get("motion_words"), Reasons: f.Get("motion_reasons"), Needs: meeting.Majority(f.Get("needs"))}
}

var draftFields = meetingFields{words: "motion_words", reasons: "motion_reasons"}

func (s *Site) move(c echo.Context) error {
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	ctx, me := c.Request().Context(), signedIn(c).Account
	var id string
	said := "moved"
	if f.Get("whose") == "board" {
		said = "moved_board"
		id, err = s.Meetings.MoveForBoard(ctx, me, m.ID, readMeetingDraft(f))
	} else {
		id, err = s.Meetings.Move(ctx, me, m.ID, shownName(c, f), readMeetingDraft(f))
	}
	if wrong := problemsIn(ctx, err, amissInMeeting(draftFields)); len(wrong) > 0 {
		return s.showMoving(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/meetings/"+m.ID+"/motions/"+id+"?said="+said)
}

// motionAt is the motion that the address names.
func (s *Site) motionAt(ctx context.Context, c echo.Context, m meeting.Meeting) (meeting.Motion, error) {
	if !messaging.ValidID(c.Param("motion")) {
		return meeting.Motion{}, meeting.ErrNoMotion
	}
	one, err := s.Meetings.Motion(ctx, c.Param("motion"))
	if err == nil && one.Meeting != m.ID {
		err = meeting.ErrNoMotion
	}
	return one, err
}

func (s *Site) meetingMotion(c echo.Context) error {
	return s.showMeetingMotion(c, http.StatusOK, s.saidOf(c))
}

func (s *Site) showMeetingMotion(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	m, err := s.meetingOf(c)
	if err != nil {
		return err
	}
	one, err := s.motionAt(ctx, c, m)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.MotionView{Desk: d, Motion: one, Meeting: m, Now: s.Now(), Changes: map[string]bool{}, SecondedChanges: map[string]bool{}}
	if page.Versions, err = s.Meetings.Versions(ctx, one.ID); err != nil {
		return err
	}
	who, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	if d.SignedIn {
		page.Name = signedIn(c).Name
	}
	if page.Member = is; is {
		page.Own, page.Seconded = one.Proposer == who, one.Seconder == who
		for _, a := range one.Amendments {
			page.Changes[a.ID], page.SecondedChanges[a.ID] = a.Proposer == who, a.Seconder == who
		}
	}
	page.Rules = d.Officer || is && who == m.Chair.Member && m.State(page.Now) == meeting.Sitting
	if page.Calls, err = s.mayCallBallot(c, one); err != nil {
		return err
	}
	if one.Outcome == meeting.Ballot {
		if page.Called, err = s.calledVote(c, one.Election); err != nil {
			return err
		}
	}
	return show(c, status, templates.MotionPage(page))
}

// onMotion does what a form about the motion asks, and shows its page again. version is the one that the visitor saw.
func (s *Site) onMotion(c echo.Context, said, which string, of meetingFields, do func(ctx context.Context, one meeting.Motion, version int, f url.Values) error) error {
	next := "/motions/" + c.Param("motion") + "?said=" + said
	return s.onMeeting(c, next, which, of, s.showMeetingMotion, func(ctx context.Context, m meeting.Meeting, f url.Values) error {
		one, err := s.motionAt(ctx, c, m)
		if err != nil {
			return err
		}
		return do(ctx, one, seenVersion(f), f)
	})
}

func (s *Site) rewordMotion(c echo.Context) error {
	return s.onMotion(c, "reworded", "moved.reword", draftFields, func(ctx context.Context, one meeting.Motion, version int, f url.Values) error {
		return s.Meetings.Reword(ctx, signedIn(c).Account, one.ID, version, readMeetingDraft(f))
	})
}

func (s *Site) secondMotion(c echo.Context) error {
	return s.onMotion(c, "seconded", "", meetingFields{}, func(ctx context.Context, one meeting.Motion, version int, _ url.Values) error {
		return s.Meetings.Second(ctx, signedIn(c).Account, one.ID, version)
	})
}

func (s *Site) withdrawMotion(c echo.Context) error {
	return s.onMotion(c, "withdrawn", "moved.withdraw", meetingFields{}, func(ctx context.Context, one meeting.Motion, _ int, _ url.Values) error {
		return s.Meetings.Withdraw(ctx, signedIn(c).Account, one.ID)
	})
}

func (s *Site) ruleOutMotion(c echo.Context) error {
	why := "why_" + c.Param("motion")
	return s.onMotion(c, "ruled_out", "", meetingFields{why: why}, func(ctx context.Context, one meeting.Motion, _ int, f url.Values) error {
		return s.Meetings.RuleOut(ctx, signedIn(c).Account, one.ID, f.Get(why))
	})
}

func (s *Site) amendMotion(c echo.Context) error {
	of := meetingFields{words: "amending_words", reasons: "amending_reasons"}
	return s.onMotion(c, "amended", "amending.propose", of, func(ctx context.Context, one meeting.Motion, version int, f url.Values) error {
		return s.Meetings.Amend(ctx, signedIn(c).Account, one.ID, version, shownName(c, f), f.Get(of.words), f.Get(of.reasons))
	})
}

func (s *Site) secondAmendment(c echo.Context) error {
	return s.onMotion(c, "change_seconded", "", meetingFields{}, func(ctx context.Context, one meeting.Motion, version int, _ url.Values) error {
		return s.Meetings.SecondAmendment(ctx, signedIn(c).Account, one.ID, c.Param("amendment"), version)
	})
}

func (s *Site) withdrawAmendment(c echo.Context) error {
	return s.onMotion(c, "change_withdrawn", "", meetingFields{}, func(ctx context.Context, one meeting.Motion, _ int, _ url.Values) error {
		return s.Meetings.WithdrawAmendment(ctx, signedIn(c).Account, one.ID, c.Param("amendment"))
	})
}

func (s *Site) ruleOutAmendment(c echo.Context) error {
	why := "why_" + c.Param("amendment")
	return s.onMotion(c, "change_ruled_out", "", meetingFields{why: why}, func(ctx context.Context, one meeting.Motion, _ int, f url.Values) error {
		return s.Meetings.RuleOutAmendment(ctx, signedIn(c).Account, one.ID, c.Param("amendment"), f.Get(why))
	})
}

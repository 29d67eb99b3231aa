package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) askMotion(c echo.Context) error {
	notice := calendar.On(s.Now()).AddDays(inAWeek)
	book, err := election.RuleBookOn(notice)
	if err != nil {
		return err
	}
	page := templates.MotionCall{Desk: s.public(c, "/elections/motion"), Book: book, Draft: book.ProposeMotion(notice)}
	if id := c.QueryParam("privacy"); id != "" {
		change, err := s.changeToVoteOn(c, id)
		if err != nil {
			return err
		}
		page.Privacy, page.Title, page.Words = change.ID, change.Title, motionOf(c, change)
	}
	if id := c.QueryParam("motion"); id != "" {
		m, moved, err := s.motionToDecide(c, c.QueryParam("meeting"), id)
		if err != nil {
			return err
		}
		page.Meeting, page.Motion, page.Title, page.Words, page.Needs = m.ID, moved.ID, moved.Title, wordsMoved(c, m, moved), election.Majority(moved.Needs)
	}
	return show(c, http.StatusOK, templates.MotionCallPage(page))
}

// changeToVoteOn is a privacy change on which the members are to vote. participation.ErrNoVoteDue.
func (s *Site) changeToVoteOn(c echo.Context, id string) (participation.PrivacyChange, error) {
	if !messaging.ValidID(id) {
		return participation.PrivacyChange{}, participation.ErrNoPrivacyChange
	}
	change, err := s.PrivacyChanges.Get(c.Request().Context(), id)
	if err != nil {
		return change, err
	}
	may, err := s.mayCallVote(c, change)
	if err == nil && !may {
		err = participation.ErrNoPrivacyChange
	}
	return change, err
}

// calledVote is the vote of the members that was called on something; the zero one for "", where none was.
func (s *Site) calledVote(c echo.Context, id string) (v templates.CalledVote, err error) {
	if id == "" {
		return v, nil
	}
	ctx := c.Request().Context()
	if v.Election, err = s.Elections.Get(ctx, id); err != nil {
		return v, err
	}
	v.Officer = s.frame(c).Officer
	v.State, err = s.Polls.State(ctx, v.Election)
	return v, err
}

// mayCallVote reports whether the visitor can put a privacy change to the vote: officers can, when none is called, or what was called has ended.
func (s *Site) mayCallVote(c echo.Context, change participation.PrivacyChange) (bool, error) {
	if !s.frame(c).Officer {
		return false, nil
	}
	state := change.PrivacyState(calendar.On(s.Now()))
	if state != participation.Voting {
		return state == participation.AwaitingVote, nil
	}
	called, err := s.calledVote(c, change.Election)
	return err == nil && called.Ended(), err
}

func (s *Site) callMotion(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	call, change, err := s.motionIn(c, f)
	if err != nil {
		return err
	}
	call, of, moved, err := s.movedIn(c, f, call)
	if err != nil {
		return err
	}
	call, err = s.readDuties(ctx, f, call)
	var id string
	if err == nil {
		id, err = s.Elections.Call(ctx, signedIn(c).Account, call)
	}
	if err == nil && change.ID != "" {
		err = s.PrivacyChanges.VoteCalled(ctx, change.ID, id, change.Election, signedIn(c).Account)
	}
	if err == nil && moved.ID != "" {
		err = s.Meetings.BallotCalled(ctx, signedIn(c).Account, moved.ID, id, moved.Election)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/elections/"+id+"/work?said=called")
	}
	d, book, notice, findings, err := s.amissInCall(c, f, call, err)
	if err != nil {
		return err
	}
	d.Here = "/elections/motion"
	page := templates.MotionCall{Desk: d, Book: book, Draft: book.ProposeMotion(notice), Findings: findings, Privacy: change.ID, Title: call.Title, Words: call.Motion.Words, Meeting: of.ID, Motion: moved.ID, Needs: call.Motion.Needs}
	return show(c, http.StatusUnprocessableEntity, templates.MotionCallPage(page))
}

// motionIn is what a form puts to the vote. Where it decides a privacy change its words are that change's, and nobody's who fills in the form.
func (s *Site) motionIn(c echo.Context, f url.Values) (call election.Call, change participation.PrivacyChange, err error) {
	call = readMotion(f)
	if f.Get("privacy") == "" {
		return call, change, nil
	}
	if change, err = s.changeToVoteOn(c, f.Get("privacy")); err != nil {
		return call, change, err
	}
	call.Title, call.Motion.Words, call.Motion.About = change.Title, motionOf(c, change), participation.AboutChange+change.ID
	return call, change, nil
}

func motionOf(c echo.Context, change participation.PrivacyChange) string {
	return text.T(c.Request().Context(), "motion.of_change", "Title", change.Title)
}

func readMotion(f url.Values) election.Call {
	return election.Call{
		Title: f.Get("title"), Minute: f.Get("minute"), Ballots: election.BallotsOnline,
		Motion: &election.Motion{Words: f.Get("motion"), Needs: election.Majority(f.Get("needs"))},
		Timetable: election.Timetable{
			Notice: readDay(f.Get("notice")), Record: readDay(f.Get("record")), ObjectionsClose: readMoment(f.Get("objections_close")),
			PollOpens: readMoment(f.Get("poll_opens")), PollCloses: readMoment(f.Get("poll_closes")), Count: readDay(f.Get("count_on")), TermsBegin: readDay(f.Get("terms_begin")),
		},
	}
}

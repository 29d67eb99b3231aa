package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

func (s *Site) askMotion(c echo.Context) error {
	notice := calendar.On(s.Now()).AddDays(inAWeek)
	book, err := election.RuleBookOn(notice)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.MotionCallPage(templates.MotionCall{Desk: s.public(c, "/elections/motion"), Book: book, Draft: book.ProposeMotion(notice)}))
}

func (s *Site) callMotion(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	call, err := s.readDuties(ctx, f, readMotion(f))
	var id string
	if err == nil {
		id, err = s.Elections.Call(ctx, signedIn(c).Account, call)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/elections/"+id+"/work?said=saved")
	}
	d, book, notice, findings, err := s.amissInCall(c, f, call, err)
	if err != nil {
		return err
	}
	d.Here = "/elections/motion"
	return show(c, http.StatusUnprocessableEntity, templates.MotionCallPage(templates.MotionCall{Desk: d, Book: book, Draft: book.ProposeMotion(notice), Findings: findings}))
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

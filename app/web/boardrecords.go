package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/board"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// recording lets in who keeps the board's records: the secretary, and those who sit.
func (s *Site) recording(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		may, err := s.Board.Records(c.Request().Context(), signedIn(c).Account)
		if err != nil {
			return err
		}
		if !may {
			return errNoOffice
		}
		return next(c)
	}
}

// records reports whether the visitor keeps the board's records.
func (s *Site) records(c echo.Context) (bool, error) {
	session, in := visitor(c)
	if !in {
		return false, nil
	}
	return s.Board.Records(c.Request().Context(), session.Account)
}

// boardSeats are all who ever sat, by seat and in the order of the board's page.
func (s *Site) boardSeats(ctx context.Context) (seats map[string]board.Seat, order []string, err error) {
	all, err := s.Board.Seats(ctx)
	seats = map[string]board.Seat{}
	for _, seat := range all {
		seats[seat.ID] = seat
		order = append(order, seat.ID)
	}
	return seats, order, err
}

// mostPages is how far a list can be turned back.
const mostPages = 1000

// pageOf is which part of a long list is asked for.
func pageOf(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil {
		return 1
	}
	return min(max(1, n), mostPages)
}

// recordSaid are the words for an entry that was made before a page is shown again.
var recordSaid = map[string]string{"saved": "decisions.said_saved", "vouched": "decisions.said_vouched"}

func (s *Site) boardDecisions(c echo.Context) error {
	d := s.public(c, "")
	d.Said = recordSaid[c.QueryParam("said")]
	return s.showDecisions(c, http.StatusOK, d)
}

func (s *Site) showDecisions(c echo.Context, status int, d templates.Desk) (err error) {
	ctx := c.Request().Context()
	d.Here = ""
	page := templates.BoardDecisions{Desk: d, Page: pageOf(c), Own: map[string]bool{}}
	if page.Decisions, page.More, err = s.Board.Decisions(ctx, page.Page); err != nil {
		return err
	}
	if page.Seats, page.Order, err = s.boardSeats(ctx); err != nil {
		return err
	}
	if page.Records, err = s.records(c); err != nil {
		return err
	}
	m, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	for id, seat := range page.Seats {
		page.Own[id] = is && seat.Member == m
	}
	return show(c, status, templates.BoardDecisionsPage(page))
}

// vouch takes what somebody who sat says of how a decision has them voting.
func (s *Site) vouch(c echo.Context) error {
	id := c.Param("decision")
	if !messaging.ValidID(id) {
		return echo.ErrNotFound
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	err = s.Board.Vouch(c.Request().Context(), signedIn(c).Account, id, f.Get("holds") == "yes", f.Get("dispute_"+id))
	field, words, ok := fault(err, []faulty{
		{board.ErrNoReason, "dispute_" + id, "decisions.no_dispute"},
		{board.ErrNoEntry, "", "decisions.no_entry"},
		{board.ErrNotVoter, "", "decisions.not_voter"},
		{board.ErrVouched, "", "decisions.vouched"},
	})
	if ok {
		return s.showDecisions(c, http.StatusUnprocessableEntity, s.failed(c, f, "disputes-"+id, field, words))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/board/decisions?said=vouched#d-"+id)
}

func (s *Site) boardMeetings(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.BoardMeetings{Desk: s.public(c, ""), Page: pageOf(c)}
	page.Said = recordSaid[c.QueryParam("said")]
	all, err := s.Board.Meetings(ctx)
	if err != nil {
		return err
	}
	from := min(len(all), (page.Page-1)*board.PageSize)
	to := min(len(all), from+board.PageSize)
	page.Meetings, page.More = all[from:to], to < len(all)
	if page.Seats, page.Order, err = s.boardSeats(ctx); err != nil {
		return err
	}
	if page.Records, err = s.records(c); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.BoardMeetingsPage(page))
}

// recordForm is a form for an entry: about the day that is asked for, else that of the entry it corrects, else today.
func (s *Site) recordForm(c echo.Context, d templates.Desk, corrects string, on, otherwise calendar.Date) (templates.BoardRecord, error) {
	d.Here = ""
	page := templates.BoardRecord{Desk: d, Today: calendar.On(s.Now()), Corrects: corrects, Day: on}
	if page.Day.IsZero() {
		page.Day = otherwise
	}
	if page.Day.IsZero() {
		page.Day = page.Today
	}
	all, err := s.Board.Seats(c.Request().Context())
	page.Sat = board.Sitting(all, page.Day)
	return page, err
}

func (s *Site) askDecision(c echo.Context) error {
	return s.showDecisionForm(c, http.StatusOK, s.public(c, ""), c.QueryParam("corrects"), readDay(c.QueryParam("day")))
}

func (s *Site) showDecisionForm(c echo.Context, status int, d templates.Desk, corrects string, on calendar.Date) (err error) {
	var old board.Decision
	if corrects != "" {
		if old, err = s.Board.Decision(c.Request().Context(), corrects); err != nil {
			return err
		}
	}
	page, err := s.recordForm(c, d, corrects, on, old.Day)
	if err != nil {
		return err
	}
	page.Decision = old
	return show(c, status, templates.BoardDecisionForm(page))
}

func (s *Site) askMeeting(c echo.Context) error {
	return s.showMeetingForm(c, http.StatusOK, s.public(c, ""), c.QueryParam("corrects"), readDay(c.QueryParam("day")))
}

func (s *Site) showMeetingForm(c echo.Context, status int, d templates.Desk, corrects string, on calendar.Date) (err error) {
	var old board.Meeting
	if corrects != "" {
		if old, err = s.Board.Meeting(c.Request().Context(), corrects); err != nil {
			return err
		}
	}
	page, err := s.recordForm(c, d, corrects, on, old.Day)
	if err != nil {
		return err
	}
	page.Meeting = old
	return show(c, status, templates.BoardMeetingForm(page))
}

// perSeat are the answers of a form that asks about everybody who sat. first is the field of the first one that is missing, or of the first.
func perSeat[A ~string](f url.Values, prefix string) (said map[string]A) {
	said = map[string]A{}
	for name := range f {
		if seat, ok := strings.CutPrefix(name, prefix); ok && messaging.ValidID(seat) {
			said[seat] = A(f.Get(name))
		}
	}
	return said
}

// unsaid is the field of the first who sat and of whom a form says nothing.
func (s *Site) unsaid(c echo.Context, f url.Values, prefix string) string {
	all, err := s.Board.Seats(c.Request().Context())
	if err != nil {
		return "" // the summary says it all the same
	}
	for _, seat := range board.Sitting(all, readDay(f.Get("day"))) {
		if f.Get(prefix+seat.ID) == "" {
			return prefix + seat.ID
		}
	}
	return ""
}

func amissInRecord(err error, missing, missingWords string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{board.ErrNoDecision, "decision", "decisions.no_words"},
		{board.ErrNoReasons, "reasons", "decisions.no_reasons"},
		{board.ErrNoMinute, "minute", "decisions.no_minute"},
		{board.ErrBadDay, "on", "decisions.bad_day"},
		{board.ErrNobodySat, "on", "decisions.nobody_sat"},
		{board.ErrVotes, missing, missingWords},
		{board.ErrNoEntry, "", "decisions.no_entry"},
		{board.ErrNotRecorder, "", "decisions.not_recorder"},
	})
}

func entryIn(f url.Values) board.Entry {
	return board.Entry{Day: readDay(f.Get("day")), Minute: f.Get("minute"), Corrects: f.Get("corrects")}
}

func (s *Site) recordDecision(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	entry := entryIn(f)
	_, err = s.Board.Decide(c.Request().Context(), signedIn(c).Account, board.Decision{
		Entry: entry, Words: f.Get("decision"), Reasons: f.Get("reasons"), Votes: perSeat[board.Vote](f, "vote_"),
	})
	if field, words, ok := amissInRecord(err, s.unsaid(c, f, "vote_"), "decisions.no_vote"); ok {
		return s.showDecisionForm(c, http.StatusUnprocessableEntity, s.failed(c, f, "", field, words), entry.Corrects, entry.Day)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/board/decisions?said=saved")
}

func (s *Site) recordMeeting(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	entry := entryIn(f)
	_, err = s.Board.Meet(c.Request().Context(), signedIn(c).Account, board.Meeting{Entry: entry, Here: perSeat[board.Here](f, "here_")})
	if field, words, ok := amissInRecord(err, s.unsaid(c, f, "here_"), "attendance.no_here"); ok {
		return s.showMeetingForm(c, http.StatusUnprocessableEntity, s.failed(c, f, "", field, words), entry.Corrects, entry.Day)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/board/meetings?said=saved")
}

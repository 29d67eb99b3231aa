package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/board"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
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
	if page.Decided, page.More, err = s.decidedByBoard(ctx, page.Page); err != nil {
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

// decidedByBoard is a page of all that the board decided, the latest days first: what is recorded here, what it answered to proposals, what it decided
// about privacy changes, and the settings of the rule book that were changed. Each of the four is asked for as many as all pages up to this one can hold.
func (s *Site) decidedByBoard(ctx context.Context, page int) (all []templates.Decided, more bool, err error) {
	most := page*board.PageSize + 1
	recorded, err := s.Board.Decisions(ctx, most)
	if err != nil {
		return nil, false, err
	}
	answers, err := s.Proposals.LatestAnswers(ctx, most)
	if err != nil {
		return nil, false, err
	}
	changes, err := s.PrivacyChanges.Decided(ctx, most)
	if err != nil {
		return nil, false, err
	}
	rules, err := s.Register.RuleChanges(ctx, most)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rules {
		all = append(all, templates.Decided{Day: calendar.On(r.At), Rules: &r})
	}
	for _, d := range recorded {
		all = append(all, templates.Decided{Day: d.Day, Decision: &d})
	}
	for _, a := range answers {
		all = append(all, templates.Decided{Day: calendar.On(a.At), Answer: &a})
	}
	for _, change := range changes {
		all = append(all, templates.Decided{Day: change.DecidedOn, Change: &change})
	}
	slices.SortStableFunc(all, func(a, b templates.Decided) int { return b.Day.Compare(a.Day) })
	from, to := min(len(all), most-1-board.PageSize), min(len(all), most-1)
	return all[from:to], to < len(all), nil
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
		return s.showDecisions(c, http.StatusUnprocessableEntity, s.failed(c, f, "disputes-"+id, err, field, words))
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
	if corrects != "" {
		if page.Met, err = s.metOnce(c.Request().Context(), page.Day); err != nil {
			return err
		}
	}
	return show(c, status, templates.BoardDecisionForm(page))
}

// metOnce is the only meeting of a day, as it stands; the zero one where there is none, or more than one.
func (s *Site) metOnce(ctx context.Context, on calendar.Date) (board.Meeting, error) {
	all, err := s.Board.Meetings(ctx)
	all = slices.DeleteFunc(all, func(m board.Meeting) bool { return m.Day != on || !m.Stands() })
	if err != nil || len(all) != 1 {
		return board.Meeting{}, err
	}
	return all[0], nil
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

// perSeat are the answers of a form that asks about everybody who sat.
func perSeat[A ~string](f url.Values, prefix string) (said map[string]A) {
	said = map[string]A{}
	for name := range f {
		if seat, ok := strings.CutPrefix(name, prefix); ok && messaging.ValidID(seat) {
			said[seat] = A(f.Get(name))
		}
	}
	return said
}

// amissInRecord are all that is wrong with an entry. asked begins the fields that ask about somebody who sat; missing says that nothing is said of them,
// and against that what is said goes against what is recorded already.
func (s *Site) amissInRecord(c echo.Context, err error, f url.Values, asked, missing, against string) templates.Problems {
	if err == nil {
		return nil
	}
	ctx := c.Request().Context()
	wrong := problemsIn(ctx, err, []faulty{
		{board.ErrNotRecorder, "", "decisions.not_recorder"},
		{board.ErrNoEntry, "", "decisions.no_entry"},
		{board.ErrBadDay, "on", "decisions.bad_day"},
		{board.ErrNobodySat, "on", "decisions.nobody_sat"},
		{board.ErrNoDecision, "decision", "decisions.no_words"},
		{board.ErrNoReasons, "reasons", "decisions.no_reasons"},
		{board.ErrNoMinute, "minute", "decisions.no_minute"},
	})
	seats, order, listed := s.boardSeats(ctx)
	if listed != nil {
		return wrong // the rest is told when it is sent again
	}
	of := func(asked, seat, words string) {
		wrong = append(wrong, templates.Problem{Field: asked + seat, Text: text.T(ctx, words, "Name", seats[seat].Name)})
	}
	unsaid := func(asked, words string) {
		for _, id := range order {
			if errors.Is(err, board.ErrVotes) && seats[id].Held(readDay(f.Get("day"))) && f.Get(asked+id) == "" {
				of(asked, id, words)
			}
		}
	}
	unsaid(asked, missing)
	if f.Get("met") != "" { // the form of a decision that asks who was there, too
		unsaid("here_", "attendance.no_here")
	}
	if absent, is := errors.AsType[*board.NotThereError](err); is {
		for _, id := range absent.Seats {
			of(asked, id, against)
		}
	}
	if errors.Is(err, board.ErrVotes) && len(wrong) == 0 { // of somebody who did not sit: no page of ours asks that
		wrong = append(wrong, templates.Problem{Text: text.T(ctx, "decisions.bad_votes")})
	}
	return wrong
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
	met := board.Meeting{Entry: board.Entry{Corrects: f.Get("met")}, Here: perSeat[board.Here](f, "here_")}
	_, err = s.Board.DecideWith(c.Request().Context(), signedIn(c).Account, board.Decision{
		Entry: entry, Words: f.Get("decision"), Reasons: f.Get("reasons"), Votes: perSeat[board.Vote](f, "vote_"),
	}, met)
	against := "decisions.was_away"
	if met.Corrects != "" {
		against = "decisions.is_away"
	}
	if wrong := s.amissInRecord(c, err, f, "vote_", "decisions.no_vote", against); len(wrong) > 0 {
		return s.showDecisionForm(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong), entry.Corrects, entry.Day)
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
	if wrong := s.amissInRecord(c, err, f, "here_", "attendance.no_here", "attendance.voted"); len(wrong) > 0 {
		return s.showMeetingForm(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong), entry.Corrects, entry.Day)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/board/meetings?said=saved")
}

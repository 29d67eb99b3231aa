package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// inAWeek is when a notice goes out unless the officer says otherwise: another must confirm the call before.
const inAWeek = 7

func (s *Site) askElection(c echo.Context) error {
	return s.proposeDates(c, readDay(c.QueryParam("from")), s.public(c, "/elections/call"))
}

// proposeDates shows the form with the dates that follow from the day of the notice, and with all else as it was typed.
func (s *Site) proposeDates(c echo.Context, notice calendar.Date, d templates.Desk) error {
	if today := calendar.On(s.Now()); notice.Before(today) {
		notice = today.AddDays(inAWeek)
	}
	book, err := election.RuleBookOn(notice)
	if err != nil {
		return err
	}
	draft := book.Propose(notice)
	page := templates.ElectionCall{Desk: d, Book: book, Draft: draft, Findings: book.Check(draft, calendar.On(s.Now()))}
	if page.Vacant, err = s.vacantSeats(c.Request().Context(), draft.TermsBegin); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.ElectionCallPage(page))
}

func (s *Site) callElection(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	if f.Has("dates") {
		d := s.public(c, "/elections/call")
		d.Typed, d.Said = typed(f), "call.said_dates"
		for _, field := range fieldOfTimetable {
			delete(d.Typed, field)
		}
		return s.proposeDates(c, readDay(f.Get("from")), d)
	}
	call, err := s.readCall(ctx, f)
	var id string
	if err == nil {
		id, err = s.Elections.Call(ctx, signedIn(c).Account, call)
	}
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/elections/"+id+"/work?said=called")
	}
	return s.callAgain(c, f, call, err)
}

// callAgain is the form again, with what is wrong.
func (s *Site) callAgain(c echo.Context, f url.Values, call election.Call, err error) error {
	d, book, notice, findings, err := s.amissInCall(c, f, call, err)
	if err != nil {
		return err
	}
	d.Here = "/elections/call"
	page := templates.ElectionCall{Desk: d, Book: book, Draft: book.Propose(notice), Findings: findings}
	if page.Vacant, err = s.vacantSeats(c.Request().Context(), page.Draft.TermsBegin); err != nil {
		return err
	}
	return show(c, http.StatusUnprocessableEntity, templates.ElectionCallPage(page))
}

// amissInCall is what is wrong with a form by which something is called, and the day and the rules from which its dates are proposed anew. An error
// that is nothing of the form's is returned.
func (s *Site) amissInCall(c echo.Context, f url.Values, call election.Call, err error) (d templates.Desk, book election.RuleBook, notice calendar.Date, findings []election.Finding, _ error) {
	wrong := problems(c, err, func(err error) (field, words string, ok bool) { return amissInField(err, call) })
	broken, refused := errors.AsType[*election.TimetableError](err)
	if len(wrong) == 0 && !refused {
		return d, book, notice, nil, err
	}
	notice = call.Timetable.Notice
	if _, known := election.RuleBookOn(notice); notice.IsZero() || known != nil {
		notice = calendar.On(s.Now()).AddDays(inAWeek)
	}
	if book, err = election.RuleBookOn(notice); err != nil {
		return d, book, notice, nil, err
	}
	if refused {
		findings = broken.Findings
		for _, found := range findings {
			if !found.Warning {
				wrong = append(wrong, templates.Problem{Field: fieldOfTimetable[found.Field], Text: found.Words})
			}
		}
	}
	return s.failedIn(c, f, "call", wrong), book, notice, findings, nil
}

// amissInField is one thing that is wrong in the form of a call.
func amissInField(err error, call election.Call) (field, words string, ok bool) {
	if stranger, is := errors.AsType[*strangerError](err); is {
		return stranger.field, "call.nobody", true
	}
	if call.Motion != nil && errors.Is(err, election.ErrNoTitle) {
		return "title", "motion.bad_title", true
	}
	return amissInElection(err, "")
}

// vacantSeats is how many seats of each class nobody holds on a day.
func (s *Site) vacantSeats(ctx context.Context, on calendar.Date) (map[member.Class]int, error) {
	free, err := s.Board.Vacant(ctx, on)
	if err != nil {
		return nil, err
	}
	seats := map[member.Class]int{}
	for class, vacancies := range free {
		seats[class] = len(vacancies)
	}
	return seats, nil
}

// fieldOfTimetable is the form's name for a field of a timetable.
var fieldOfTimetable = map[string]string{
	"Notice": "notice", "NominationsOpen": "nominations_open", "NominationsClose": "nominations_close", "Record": "record",
	"ObjectionsClose": "objections_close", "HustingsOpen": "hustings_open", "HustingsClose": "hustings_close",
	"PollOpens": "poll_opens", "PollCloses": "poll_closes", "Count": "count_on", "TermsBegin": "terms_begin",
}

// strangerError says that nobody signs in with an address.
type strangerError struct{ field string }

func (e *strangerError) Error() string { return "nobody signs in with the address in " + e.field }

// readCall reads the form of an election. What is wrong with what cannot be read is joined with what the rules say of the rest.
func (s *Site) readCall(ctx context.Context, f url.Values) (call election.Call, err error) {
	call = election.Call{
		Title: f.Get("title"), Minute: f.Get("minute"), Rule: election.Rule(f.Get("rule")), Ballots: election.Ballots(f.Get("ballots")), Seats: map[member.Class]int{},
		Timetable: election.Timetable{
			Notice: readDay(f.Get("notice")), NominationsOpen: readMoment(f.Get("nominations_open")), NominationsClose: readMoment(f.Get("nominations_close")),
			Record: readDay(f.Get("record")), ObjectionsClose: readMoment(f.Get("objections_close")),
			HustingsOpen: readMoment(f.Get("hustings_open")), HustingsClose: readMoment(f.Get("hustings_close")),
			PollOpens: readMoment(f.Get("poll_opens")), PollCloses: readMoment(f.Get("poll_closes")),
			Count: readDay(f.Get("count_on")), TermsBegin: readDay(f.Get("terms_begin")),
		},
	}
	for _, class := range member.AllClasses {
		n, err := strconv.Atoi(f.Get("seats_" + string(class)))
		if err != nil {
			n = -1 // which cannot be
		}
		call.Seats[class] = n
	}
	return s.readDuties(ctx, f, call)
}

// readDuties adds who returns and who watches. Where nobody signs in with an address, all else that is amiss is told, too.
func (s *Site) readDuties(ctx context.Context, f url.Values, call election.Call) (election.Call, error) {
	var strangers error
	who := map[string]identity.AccountID{}
	for _, field := range []string{"returning", "scrutineer_1", "scrutineer_2", "scrutineer_3"} {
		account, err := s.accountAt(ctx, f, field)
		if _, is := errors.AsType[*strangerError](err); is {
			account, strangers = identity.AccountID("somebody at "+field), errors.Join(strangers, err)
		} else if err != nil {
			return call, err
		}
		who[field] = account
		if account != "" && field != "returning" {
			call.Scrutineers = append(call.Scrutineers, account)
		}
	}
	call.Returning = who["returning"]
	if strangers != nil {
		return call, errors.Join(s.Elections.Amiss(call), strangers)
	}
	return call, nil
}

// accountAt is the account that signs in with the address in a field; "" for an empty one.
func (s *Site) accountAt(ctx context.Context, f url.Values, field string) (identity.AccountID, error) {
	if f.Get(field) == "" {
		return "", nil
	}
	account, err := s.whoSignsIn(ctx, f.Get(field))
	if errors.Is(err, identity.ErrBadAddress) || errors.Is(err, errNobodyThere) {
		return "", &strangerError{field}
	}
	return account, err
}

// readMoment reads "2027-01-12T17:00" as London's; the zero time for what is none.
func readMoment(typed string) time.Time {
	t, err := time.ParseInLocation("2006-01-02T15:04", typed, calendar.London)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// running lets in whoever runs the election: its returning officer, and officers of the society.
func (s *Site) running(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		e, err := s.electionOf(c)
		if err != nil {
			return err
		}
		if signedIn(c).Account != e.Returning {
			if err := s.hasOffice(c, member.Roles); err != nil {
				return err
			}
		}
		return next(c)
	}
}

func (s *Site) electionWork(c echo.Context) error {
	d := s.public(c, "")
	d.Said = electionSaid[c.QueryParam("said")]
	return s.showElectionWork(c, http.StatusOK, d)
}

func (s *Site) showElectionWork(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.ElectionWork{Desk: d, Election: e, Waits: d.Officer && e.Waits(me)}
	if page.State, err = s.Polls.State(ctx, e); err != nil {
		return err
	}
	if page.People, err = s.peopleOf(ctx, e); err != nil {
		return err
	}
	page.Correctable = e.Correctable(s.Now())
	opened, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return err
	}
	page.MayCallOff = d.Officer && e.EndedAt.IsZero() && (len(opened) == 0 || s.Now().Before(e.Timetable.PollOpens))
	if e.Online() {
		ready, err := s.Polls.Prepared(ctx, e.ID)
		if err != nil {
			return err
		}
		page.Needs = ready.Needs(e)
	}
	names, err := s.Accounts.Names(ctx, []identity.AccountID{e.ProposedBy})
	if err != nil {
		return err
	}
	page.ProposedBy = called(names, e.ProposedBy)
	if page.State == election.Proposed {
		book, err := election.RuleBookOn(e.Timetable.Notice)
		if err != nil {
			return err
		}
		page.Findings = e.Findings(book, calendar.On(s.Now()))
	}
	if err := s.dutiesOf(ctx, me, &page); err != nil {
		return err
	}
	if page.Told, err = s.Elections.Told(ctx, e.ID); err != nil {
		return err
	}
	if page.Rolls, err = s.Elections.Rolls(ctx, e.ID); err != nil {
		return err
	}
	if err := s.rollWork(ctx, me, &page); err != nil {
		return err
	}
	return show(c, status, templates.ElectionWorkPage(page))
}

// rollWork fills in the corrections and the objections.
func (s *Site) rollWork(ctx context.Context, me identity.AccountID, page *templates.ElectionWork) error {
	corrections, err := s.Elections.Corrections(ctx, page.ID)
	if err != nil {
		return err
	}
	var by []identity.AccountID
	for _, c := range corrections {
		by = append(by, c.ProposedBy)
	}
	called, err := s.Accounts.Names(ctx, by)
	if err != nil {
		return err
	}
	for _, c := range corrections {
		page.Corrections = append(page.Corrections, templates.RollCorrection{
			Correction: c, Reference: billing.Reference(c.Member), By: called[c.ProposedBy], Waits: c.Waits(me),
		})
	}
	objections, err := s.Elections.Objections(ctx, page.ID, "")
	if err != nil || len(objections) == 0 {
		return err
	}
	var who []member.ID
	for _, o := range objections {
		who = append(who, o.Member)
	}
	names, err := s.Register.Names(ctx, me, who)
	if err != nil {
		return err
	}
	for _, o := range objections {
		page.Objections = append(page.Objections, templates.RollObjection{Objection: o, Name: names[o.Member], Reference: billing.Reference(o.Member)})
	}
	return nil
}

// onElection does what a form of that page asks, and shows it again, saying so. why is the field of the form's reason.
func (s *Site) onElection(c echo.Context, said, which, why string, do func(ctx context.Context, e string, f url.Values) error) error {
	for _, name := range []string{"objection", "correction", "member", "replacement"} {
		if id := c.Param(name); id != "" && !messaging.ValidID(id) {
			return election.ErrNoElection
		}
	}
	id := c.Param("id")
	amiss := func(err error) (field, words string, ok bool) {
		if _, broken := errors.AsType[*election.TimetableError](err); broken {
			return "", "election.confirm_refused", true
		}
		if errors.Is(err, election.ErrSeatsTaken) {
			return "", "election.confirm_seats", true
		}
		return amissInElection(err, why)
	}
	return s.filled(c, "/elections/"+id+"/work?said="+said, which, amiss, s.showElectionWork, func(ctx context.Context, f url.Values) error {
		return do(ctx, id, f)
	})
}

func (s *Site) confirmElection(c echo.Context) error {
	return s.onElection(c, "confirmed", "", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Elections.Confirm(ctx, signedIn(c).Account, id)
	})
}

func (s *Site) callOffElection(c echo.Context) error {
	return s.onElection(c, "called_off", "election.call_off", "why", func(ctx context.Context, id string, f url.Values) error {
		return s.Elections.CallOff(ctx, signedIn(c).Account, id, f.Get("minute"), f.Get("why"))
	})
}

func (s *Site) noticeReturned(c echo.Context) error {
	return s.onElection(c, "returned", "election.returned", "returned_why", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.memberCalled(ctx, f, "returned_member")
		if err != nil {
			return err
		}
		if m == "" {
			return errNoReturned
		}
		return s.Elections.Returned(ctx, signedIn(c).Account, id, m, f.Get("returned_why"))
	})
}

func (s *Site) answerObjection(c echo.Context) error {
	field := "answer_" + c.Param("objection")
	return s.onElection(c, "answered", "", field, func(ctx context.Context, id string, f url.Values) error {
		return s.Elections.Answer(ctx, signedIn(c).Account, id, c.Param("objection"), f.Get(field))
	})
}

func (s *Site) correctRoll(c echo.Context) error {
	return s.onElection(c, "corrected", "election.correct", "correct_why", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.memberCalled(ctx, f, "correct_member")
		if err != nil {
			return err
		}
		if m == "" {
			return errNoSuchMember
		}
		to := f.Get("class")
		if to == "" {
			return member.ErrNotInClass // nothing was chosen
		}
		if to == "off" {
			to = ""
		}
		_, err = s.Elections.Correct(ctx, signedIn(c).Account, id, m, member.Class(to), f.Get("correct_why"))
		return err
	})
}

func (s *Site) confirmCorrection(c echo.Context) error {
	return s.onElection(c, "correction_confirmed", "", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Elections.ConfirmCorrection(ctx, signedIn(c).Account, id, c.Param("correction"))
	})
}

func (s *Site) dropCorrection(c echo.Context) error {
	return s.onElection(c, "correction_dropped", "", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Elections.DropCorrection(ctx, signedIn(c).Account, id, c.Param("correction"))
	})
}

func (s *Site) letters(c echo.Context) error {
	d := s.public(c, "")
	d.Said = electionSaid[c.QueryParam("said")]
	return s.showLetters(c, http.StatusOK, d)
}

func (s *Site) showLetters(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	due, err := s.Elections.Letters(ctx, e.ID)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.ElectionLetters{Desk: d, Election: e, Base: s.Base, Today: calendar.On(s.Now())}
	for _, n := range due {
		m, err := s.Register.Look(ctx, me, n.Member)
		if err != nil {
			return err
		}
		page.Letters = append(page.Letters, templates.ElectionLetter{Member: m, Bounced: n.BouncedWhy})
	}
	return show(c, status, templates.ElectionLettersPage(page))
}

func (s *Site) letterPosted(c echo.Context) error {
	m := member.ID(c.Param("member"))
	if !messaging.ValidID(string(m)) {
		return election.ErrNoElection
	}
	id, field := c.Param("id"), "posted_"+string(m)
	amiss := func(err error) (string, string, bool) { return amissInElection(err, field) }
	return s.filled(c, "/elections/"+id+"/letters?said=posted", "", amiss, s.showLetters, func(ctx context.Context, f url.Values) error {
		return s.Elections.Posted(ctx, signedIn(c).Account, id, m, readDay(f.Get(field)))
	})
}

// dutiesOf fills in who has which duty, and who may take it on.
func (s *Site) dutiesOf(ctx context.Context, me identity.AccountID, page *templates.ElectionWork) (err error) {
	if page.ConfirmedAt.IsZero() || !page.EndedAt.IsZero() || !page.SeatedAt.IsZero() {
		return nil
	}
	names, err := s.Accounts.Names(ctx, append([]identity.AccountID{page.Returning}, page.Scrutineers...))
	if err != nil {
		return err
	}
	page.Duties = append(page.Duties, templates.Duty{Account: string(page.Returning), Name: called(names, page.Returning), Returning: true})
	for _, id := range page.Scrutineers {
		page.Duties = append(page.Duties, templates.Duty{Account: string(id), Name: called(names, id)})
	}
	if page.Passing, err = s.replacements(ctx, page.ID); err != nil {
		return err
	}
	for i := range page.Passing {
		page.Passing[i].Waits = page.Passing[i].Replacement.Waits(me)
	}
	return nil
}

// replacements are those of an election, with names.
func (s *Site) replacements(ctx context.Context, id string) ([]templates.DutyReplacement, error) {
	all, err := s.Elections.Replacements(ctx, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var who []identity.AccountID
	for _, r := range all {
		who = append(who, r.Whom, r.With, r.ProposedBy)
	}
	names, err := s.Accounts.Names(ctx, who)
	if err != nil {
		return nil, err
	}
	told := make([]templates.DutyReplacement, len(all))
	for i, r := range all {
		told[i] = templates.DutyReplacement{Replacement: r, WhomName: called(names, r.Whom), WithName: called(names, r.With), By: called(names, r.ProposedBy)}
	}
	return told, nil
}

func (s *Site) replaceDuty(c echo.Context) error {
	return s.onElection(c, "replaced", "duty.replace", "duty_why", func(ctx context.Context, id string, f url.Values) error {
		with, err := s.accountAt(ctx, f, "successor")
		if stranger, is := errors.AsType[*strangerError](err); is {
			return fmt.Errorf("%w: %w", election.ErrHasDutyTo, stranger)
		}
		if err != nil {
			return err
		}
		_, err = s.Elections.Replace(ctx, signedIn(c).Account, id, identity.AccountID(f.Get("whom")), with, f.Get("duty_why"))
		return err
	})
}

func (s *Site) confirmReplacement(c echo.Context) error {
	return s.onElection(c, "replacement_confirmed", "", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Elections.ConfirmReplacement(ctx, signedIn(c).Account, id, c.Param("replacement"))
	})
}

func (s *Site) dropReplacement(c echo.Context) error {
	return s.onElection(c, "replacement_dropped", "", "", func(ctx context.Context, id string, _ url.Values) error {
		return s.Elections.DropReplacement(ctx, signedIn(c).Account, id, c.Param("replacement"))
	})
}

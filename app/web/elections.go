package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) elections(c echo.Context) error {
	all, err := s.Elections.List(c.Request().Context())
	if err != nil {
		return err
	}
	page := templates.Elections{Desk: s.public(c, "/elections")}
	page.MayCall = page.Officer
	for _, e := range all {
		state, err := s.Polls.State(c.Request().Context(), e)
		if err != nil {
			return err
		}
		if state != election.Proposed && (state != election.CalledOff || !e.ConfirmedAt.IsZero()) || page.Officer {
			page.All = append(page.All, templates.ElectionLine{Election: e, State: state})
		}
	}
	if page.Waits, err = s.electionsWait(c, all); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.ElectionsPage(page))
}

// public is the desk of a page that anybody may read.
func (s *Site) public(c echo.Context, here string) templates.Desk {
	d := templates.Desk{Frame: s.frame(c)}
	d.Here = here
	return d
}

// electionSaid are the words for what was done before the page of an election is shown again.
var electionSaid = map[string]string{
	"objected": "election.said_objected", "called": "election.said_called", "confirmed": "election.said_confirmed", "called_off": "election.said_called_off",
	"returned": "election.said_returned", "answered": "election.said_answered", "corrected": "election.said_corrected",
	"correction_confirmed": "election.said_correction_confirmed", "correction_dropped": "election.said_correction_dropped",
	"replaced": "election.said_replaced", "replacement_confirmed": "election.said_replacement_confirmed", "replacement_dropped": "election.said_replacement_dropped",
	"posted": "letters.said_posted",
}

func (s *Site) election(c echo.Context) error {
	d := s.public(c, "")
	d.Said = electionSaid[c.QueryParam("said")]
	return s.showElection(c, http.StatusOK, d)
}

func (s *Site) showElection(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	page := templates.ElectionView{Desk: d, Election: e}
	if page.State, err = s.Polls.State(ctx, e); err != nil {
		return err
	}
	page.Here = ""
	if page.People, err = s.peopleOf(ctx, e); err != nil {
		return err
	}
	if page.Rolls, err = s.rollVersions(ctx, e.ID); err != nil {
		return err
	}
	opened, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return err
	}
	page.Opened, page.Certified = len(opened) > 0, !e.CertifiedAt.IsZero()
	if d.SignedIn {
		page.Runs = d.Officer || signedIn(c).Account == e.Returning
		page.Confirms = d.Officer && e.Waits(signedIn(c).Account)
		page.Watches = e.Online() && slices.Contains(e.Scrutineers, signedIn(c).Account)
		page.Votes = page.Opened && s.Now().Before(e.Timetable.PollCloses) && e.EndedAt.IsZero()
		if err := s.ownLine(ctx, signedIn(c).Account, &page); err != nil {
			return err
		}
	}
	return show(c, status, templates.ElectionPage(page))
}

// peopleOf are those who run and watch an election.
func (s *Site) peopleOf(ctx context.Context, e election.Election) (who templates.ElectionPeople, err error) {
	names, err := s.Accounts.Names(ctx, append([]identity.AccountID{e.Returning}, e.Scrutineers...))
	if err != nil {
		return who, err
	}
	who.Returning = called(names, e.Returning)
	for _, id := range e.Scrutineers {
		who.Watching = append(who.Watching, called(names, id))
	}
	slices.Sort(who.Watching)
	replaced, err := s.replacements(ctx, e.ID)
	for _, r := range replaced {
		if !r.ConfirmedAt.IsZero() {
			who.Replaced = append(who.Replaced, r)
		}
	}
	return who, err
}

// electionOf is the election that the address names. One that was never called is for officers only.
func (s *Site) electionOf(c echo.Context) (election.Election, error) {
	if !messaging.ValidID(c.Param("id")) {
		return election.Election{}, election.ErrNoElection
	}
	e, err := s.Elections.Get(c.Request().Context(), c.Param("id"))
	if err == nil && e.ConfirmedAt.IsZero() && !s.frame(c).Officer {
		err = election.ErrNoElection
	}
	return e, err
}

// rollVersions are the versions of a roll with the reasons of the corrections that made them.
func (s *Site) rollVersions(ctx context.Context, id string) ([]templates.RollVersion, error) {
	rolls, err := s.Elections.Rolls(ctx, id)
	if err != nil {
		return nil, err
	}
	corrections, err := s.Elections.Corrections(ctx, id)
	if err != nil {
		return nil, err
	}
	why := map[string]string{}
	for _, c := range corrections {
		why[c.ID] = c.Why
	}
	versions := make([]templates.RollVersion, len(rolls))
	for i, r := range rolls {
		versions[i] = templates.RollVersion{Roll: r, Why: why[r.Correction]}
	}
	return versions, nil
}

// ownLine fills in what the roll says of the visitor.
func (s *Site) ownLine(ctx context.Context, account identity.AccountID, page *templates.ElectionView) error {
	m, is, err := s.Register.Of(ctx, account)
	if err != nil || !is || m.Entered.IsZero() {
		return err
	}
	page.Member, page.Reference = true, billing.Reference(m.ID)
	if len(page.Rolls) == 0 {
		return nil
	}
	if page.Class, err = s.Elections.ClassOnRoll(ctx, page.ID, m.ID); err != nil {
		return err
	}
	if page.Objections, err = s.Elections.Objections(ctx, page.ID, m.ID); err != nil {
		return err
	}
	page.MayObject = m.State == member.Admitted && page.Objecting(s.Now())
	for _, o := range page.Objections {
		page.MayObject = page.MayObject && !o.AnsweredAt.IsZero()
	}
	return nil
}

func (s *Site) objectToRoll(c echo.Context) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInElection(err, "objection") }
	return s.filled(c, "/elections/"+e.ID+"?said=objected", "election.object", amiss, s.showElection, func(ctx context.Context, f url.Values) error {
		return s.Elections.Object(ctx, signedIn(c).Account, e.ID, f.Get("objection"))
	})
}

// amissInElection says in which field of a form about an election an error is, and in which words. why is the field of the reason.
func amissInElection(err error, why string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{member.ErrNoWhy, why, "election.no_words"},
		{member.ErrBadWords, why, "form.hidden"},
		{election.ErrNoTitle, "title", "call.bad_title"},
		{election.ErrNoMotion, "motion", "motion.no_motion"},
		{participation.ErrNoVoteDue, "", "motion.called"},
		{meeting.ErrNoBallotDue, "", "motion.called"},
		{election.ErrNoMajority, "needs-" + string(election.Simple), "motion.no_majority"},
		{election.ErrNoMinute, "minute", "election.no_minute"},
		{election.ErrNoCounting, "rule-scottish", "call.bad_rule"},
		{election.ErrNoReturning, "returning", "call.bad_returning"},
		{election.ErrNoScrutineer, "scrutineer_1", "call.bad_scrutineers"},
		{election.ErrNoRuleBook, "notice", "call.no_book"},
		{election.ErrNoBallots, "ballots-" + string(election.BallotsOnline), "call.no_ballots"},
		{election.ErrThreeWatch, "scrutineer_3", "call.three_watch"},
		{election.ErrNoSeats, "seats_ordinary", "call.bad_seats"},
		{election.ErrSeatsTaken, "seats_ordinary", "call.seats_taken"},
		{errNoSuchMember, "correct_member", "election.no_member"},
		{errNoReturned, "returned_member", "election.no_member"},
		{member.ErrNotInClass, "class-off", "election.no_class"},
		{election.ErrNotMember, "", "election.not_member"},
		{election.ErrSameLine, "class-off", "election.same_line"},
		{election.ErrOwnLine, "", "election.own_line"},
		{election.ErrProposed, "", "election.open_already"},
		{election.ErrTakesTwo, "", "election.takes_two"},
		{election.ErrOpened, "", "election.opened"},
		{election.ErrObjected, "", "election.objected_already"},
		{election.ErrTooLate, "", "election.too_late"},
		{election.ErrNotOfficer, "", "election.fallen"},
		{election.ErrNoNotice, "returned_member", "election.no_notice"},
		{election.ErrBadPosted, why, "election.bad_posted"},
		{election.ErrNotOpen, "", "election.gone"},
		{election.ErrNoLetter, "", "election.gone"},
		{election.ErrNoRoll, "", "election.gone"},
		{election.ErrNoCorrection, "", "election.gone"},
		{election.ErrNoReplacement, "", "election.gone"},
		{election.ErrNoDuty, "successor", "duty.no_whom"},
		{election.ErrHasDutyTo, "successor", "duty.no_with"},
		{election.ErrReplacing, "", "duty.open_already"},
		{election.ErrNoObjection, "", "election.gone"},
	})
}

var (
	errNoSuchMember = errors.New("no member has that reference")
	errNoReturned   = errors.New("no member has that reference on the form of a notice that came back")
)

// memberCalled is the one member whose reference, or ID, somebody typed; "" for none.
func (s *Site) memberCalled(ctx context.Context, f url.Values, field string) (member.ID, error) {
	typed := f.Get(field)
	if messaging.ValidID(typed) {
		return member.ID(typed), nil
	}
	return s.Register.Beginning(ctx, billing.ReferenceIn(typed))
}

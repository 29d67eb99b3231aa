package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// desk is what goes around the pages of officers.
func (s *Site) desk(c echo.Context) templates.Desk {
	d := templates.Desk{Frame: s.frame(c), Offices: offices(c)}
	if did := c.QueryParam("done"); did != "" {
		says(c, &d, did, c.QueryParam("about"))
	}
	return d
}

// says has a page tell of a deed. Whom it was done to, the page names: see saysWhom.
func says(c echo.Context, d *templates.Desk, did, about string) {
	d.Said, d.Did = "register.saved", did
	if messaging.ValidID(about) {
		d.About = about
	}
	if key := "done." + did; text.T(c.Request().Context(), key) != key {
		d.Done = text.T(c.Request().Context(), key)
	}
}

// saysWhom puts a name to a deed, where there are words for that.
func saysWhom(c echo.Context, d *templates.Desk, name string) {
	key := "done_to." + d.Did
	if words := text.T(c.Request().Context(), key, "Name", name); d.Did != "" && name != "" && words != key {
		d.Done = words
	}
}

// failed is the desk of a form that failed: what it had in it, and what is wrong with it.
func (s *Site) failed(c echo.Context, f url.Values, which string, err error, field, words string) templates.Desk {
	d := s.desk(c)
	d.Failed, d.Typed = which, typed(f)
	d.Problems = templates.Problems{{Field: field, Text: wording(c.Request().Context(), err, words)}}
	return d
}

// typed is what a form carries, by the names of its fields.
func typed(f url.Values) map[string]string {
	all := map[string]string{}
	for id := range f {
		all[id] = f.Get(id)
	}
	return all
}

// filled does what a form asks and leads on to next. What the visitor can mend, as amiss says, is the page again.
func (s *Site) filled(c echo.Context, next, which string, amiss func(error) (field, words string, ok bool),
	again func(echo.Context, int, templates.Desk) error, do func(ctx context.Context, f url.Values) error,
) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	err = do(c.Request().Context(), f)
	if wrong := problems(c, err, amiss); len(wrong) > 0 {
		return again(c, http.StatusUnprocessableEntity, s.failedIn(c, f, which, wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// done leads back to a page that says so, and about whom.
func done(c echo.Context, path, about string) error {
	said := url.Values{"done": {deedOf(c.Path())}}
	if about != "" {
		said.Set("about", about)
	}
	return c.Redirect(http.StatusSeeOther, path+"?"+said.Encode())
}

// deedOf is the name of what is done at an address: entry_admit at "/register/entry/:id/admit".
func deedOf(route string) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(route, "/"), "/")
	parts := strings.Split(rest, "/")
	last := parts[len(parts)-1]
	parts = slices.DeleteFunc(parts, func(part string) bool { return part != last && strings.HasPrefix(part, ":") })
	return strings.ReplaceAll(strings.Join(parts, "_"), ":", "")
}

// doneBeside is done for one line of a form with many. What the visitor has typed in other lines is not lost: then the page comes at once.
func (s *Site) doneBeside(c echo.Context, f url.Values, own, path, about string, again func(echo.Context, int, templates.Desk) error) error {
	d := s.desk(c)
	d.Typed = typed(f)
	for id := range d.Typed {
		if id == own || !strings.Contains(id, "_") || d.Typed[id] == "" {
			delete(d.Typed, id)
		}
	}
	if len(d.Typed) == 0 {
		return done(c, path, about)
	}
	says(c, &d, deedOf(c.Path()), about)
	return again(c, http.StatusOK, d)
}

const (
	mostWaiting = member.PageSize     // applications are listed
	mostLooked  = 4 * member.PageSize // are looked at, to find those that wait for a decision
)

func (s *Site) register(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	page := templates.Register{Desk: s.desk(c)}
	var err error
	if page.Waiting, page.More, err = s.applications(ctx, me); err != nil {
		return err
	}
	if page.Count, err = s.Register.Count(ctx); err != nil {
		return err
	}
	if page.Owed, _, err = s.Register.List(ctx, me, member.Wanted{Owed: true}); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.RegisterPage(page))
}

// applications are those that wait for a decision, and then the others, as they came; more says that not all are among them. Those that nobody
// goes on with stay for long, and hide none that somebody has to decide on.
func (s *Site) applications(ctx context.Context, me identity.AccountID) (all []templates.Applicant, more bool, err error) {
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return nil, false, err
	}
	var deciding, others []templates.Applicant
	wanted, more := member.Wanted{States: []member.State{member.Applied}}, true
	for more && len(deciding) < mostWaiting && len(deciding)+len(others) < mostLooked {
		var found []member.Member
		if found, more, err = s.Register.List(ctx, me, wanted); err != nil {
			return nil, false, err
		}
		some, err := s.applicants(ctx, rules, found)
		if err != nil {
			return nil, false, err
		}
		for _, one := range some {
			if one.Waits.Decision() {
				deciding = append(deciding, one)
			} else {
				others = append(others, one)
			}
			wanted.After = one.ID
		}
	}
	all = append(deciding, others...)
	more = more || len(all) > mostWaiting
	return all[:min(len(all), mostWaiting)], more, nil
}

func (s *Site) applicants(ctx context.Context, rules member.Rules, of []member.Member) ([]templates.Applicant, error) {
	ids := make([]member.ID, len(of))
	for i, m := range of {
		ids[i] = m.ID
	}
	flags, err := s.Register.Flags(ctx, ids)
	if err != nil {
		return nil, err
	}
	dues, err := s.Dues.Beginnings(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]templates.Applicant, len(of))
	for i, m := range of {
		all[i] = templates.Applicant{Member: m, Same: flags[m.ID].Same, Waits: applicationWaits(rules, flags[m.ID].Held, dues[m.ID])}
	}
	return all, nil
}

// applicationWaits is what an application waits for: see member.Register.AdmitByPayment.
func applicationWaits(rules member.Rules, held bool, dues billing.Beginning) templates.ApplicationWaits {
	switch {
	case held:
		return templates.WaitsSame
	case !rules.AdmitOnPayment:
		return templates.WaitsRule
	case dues.Paid:
		return templates.WaitsPaid
	case dues.Nothing:
		return templates.WaitsNothing
	case dues.Begun:
		return templates.WaitsMoney
	default:
		return templates.WaitsApplicant
	}
}

func (s *Site) members(c echo.Context) error {
	wanted := member.Wanted{Name: c.QueryParam("name"), After: member.ID(c.QueryParam("after"))}
	state := member.State(c.QueryParam("state"))
	switch state {
	case member.Ended, member.Refused:
	default:
		state = member.Admitted
	}
	if wanted.After != "" && !messaging.ValidID(string(wanted.After)) || !plain(wanted.Name) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	wanted.States = []member.State{state}
	found, more, err := s.Register.List(c.Request().Context(), signedIn(c).Account, wanted)
	if err != nil {
		return err
	}
	page := templates.RegisterMembers{Desk: s.desk(c), Sought: wanted.Name, State: state, Members: found}
	if more {
		last := string(found[len(found)-1].ID)
		page.Next = "/register/members?" + url.Values{"name": {wanted.Name}, "state": {string(state)}, "after": {last}}.Encode()
	}
	return show(c, http.StatusOK, templates.RegisterMembersPage(page))
}

// plain text has what both databases can hold.
func plain(s string) bool {
	return len(s) <= 1000 && strings.ToValidUTF8(s, "") == s && !strings.Contains(s, "\x00")
}

func (s *Site) entry(c echo.Context) error {
	return s.showEntry(c, http.StatusOK, s.desk(c))
}

func (s *Site) showEntry(c echo.Context, status int, d templates.Desk) error {
	ctx, id := c.Request().Context(), member.ID(c.Param("id"))
	if !messaging.ValidID(string(id)) {
		return member.ErrNoMember
	}
	m, err := s.Register.Look(ctx, signedIn(c).Account, id)
	if err != nil {
		return err
	}
	d.Here = ""
	saysWhom(c, &d, m.Name)
	page := templates.RegisterEntry{Desk: d, Member: m, Today: calendar.On(s.Now())}
	if page.Same, err = s.Register.Duplicates(ctx, id); err != nil {
		return err
	}
	if page.Charges, err = s.Register.Charges(ctx, id); err != nil {
		return err
	}
	done, _, err := s.Audit.List(ctx, audit.Wanted{About: string(id)})
	if err != nil {
		return err
	}
	if page.Acts, err = s.acts(ctx, done); err != nil {
		return err
	}
	return show(c, status, templates.RegisterEntryPage(page))
}

// acts puts names to accounts.
func (s *Site) acts(ctx context.Context, done []audit.Act) ([]templates.DeskAct, error) {
	var ids []identity.AccountID
	for _, a := range done {
		ids = append(ids, a.By)
	}
	names, err := s.Accounts.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	lines := make([]templates.DeskAct, len(done))
	for i, a := range done {
		lines[i] = templates.DeskAct{Day: calendar.On(a.At), By: called(names, a.By), As: a.As, What: a.What, About: a.About, Why: a.Why}
	}
	return lines, nil
}

// deed does one thing to an entry. What fails for a reason that the officer can mend is the same page again.
func (s *Site) deed(c echo.Context, which string, do func(ctx context.Context, id member.ID, f url.Values) error) error {
	id := member.ID(c.Param("id"))
	if !messaging.ValidID(string(id)) || c.Param("charge") != "" && !messaging.ValidID(c.Param("charge")) {
		return member.ErrNoMember
	}
	amiss := func(err error) (string, string, bool) { return amiss(err, which) }
	return s.filled(c, "/register/entry/"+string(id)+"?done="+deedOf(c.Path()), which, amiss, s.showEntry, func(ctx context.Context, f url.Values) error {
		return do(ctx, id, f)
	})
}

func (s *Site) admitApplicant(c echo.Context) error {
	return s.deed(c, "entry.admit", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.Admit(ctx, id, signedIn(c).Account, f.Get("admit_why"))
	})
}

func (s *Site) refuseApplicant(c echo.Context) error {
	return s.deed(c, "entry.refuse", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.Refuse(ctx, id, signedIn(c).Account, f.Get("refuse_why"))
	})
}

func (s *Site) correctEntry(c echo.Context) error {
	return s.deed(c, "entry.correct", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.Correct(ctx, id, signedIn(c).Account, readParticulars(f))
	})
}

func (s *Site) resigned(c echo.Context) error {
	return s.deed(c, "entry.resign", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.ResignedByLetter(ctx, id, member.ShareWish(f.Get("resign_share")), readDay(f.Get("resign_on")), signedIn(c).Account, f.Get("resign_why"))
	})
}

func (s *Site) died(c echo.Context) error {
	return s.deed(c, "entry.death", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.Died(ctx, id, readDay(f.Get("death_on")), signedIn(c).Account, f.Get("death_why"))
	})
}

func (s *Site) shareSettled(c echo.Context) error {
	return s.deed(c, "entry.settle", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.ShareSettled(ctx, id, signedIn(c).Account, member.Secretary, f.Get("settle_why"))
	})
}

func (s *Site) bringCharge(c echo.Context) error {
	return s.deed(c, "entry.charge", func(ctx context.Context, id member.ID, f url.Values) error {
		_, err := s.Register.Charge(ctx, id, signedIn(c).Account, as(c, member.Steward, member.Secretary), f.Get("charge_rule"), f.Get("charge_words"))
		return err
	})
}

func (s *Site) serveCharge(c echo.Context) error {
	return s.deed(c, "charge.serve", func(ctx context.Context, _ member.ID, f url.Values) error {
		return s.Register.Serve(ctx, c.Param("charge"), signedIn(c).Account, as(c, member.Steward, member.Secretary), readDay(f.Get("served_on")))
	})
}

func (s *Site) writeReply(c echo.Context) error {
	return s.deed(c, "charge.reply", func(ctx context.Context, _ member.ID, f url.Values) error {
		return s.Register.Reply(ctx, c.Param("charge"), signedIn(c).Account, as(c, member.Steward, member.Secretary), f.Get("reply"))
	})
}

func (s *Site) decideCharge(c echo.Context) error {
	return s.deed(c, "charge.decide", func(ctx context.Context, _ member.ID, f url.Values) error {
		return s.Register.Decide(ctx, c.Param("charge"), signedIn(c).Account, member.Decision(f.Get("decision")), f.Get("minute"))
	})
}

// readDay is the zero day for what is none; verbs refuse that in their own words.
func readDay(typed string) calendar.Date {
	d, err := calendar.ParseDate(typed)
	if err != nil {
		return calendar.Date{}
	}
	return d
}

func readParticulars(f url.Values) member.Particulars {
	return member.Particulars{Name: f.Get("legal_name"), Address: f.Get("postal"), Postcode: f.Get("postcode"), Email: f.Get("email")}
}

// faulty is an error that an officer or a member can mend: in which field of a form, and in which words.
type faulty struct {
	err          error
	field, words string
}

// fault finds the one that an error is.
func fault(err error, known []faulty) (field, words string, ok bool) {
	for _, k := range known {
		if errors.Is(err, k.err) {
			return k.field, k.words, true
		}
	}
	return "", "", false
}

// amiss says in which field of a form an error is, and in which words. Others are not the officer's to mend.
func amiss(err error, which string) (field, words string, ok bool) {
	own := fieldsOf[which]
	if field, words, ok = fault(err, []faulty{
		{member.ErrNoRule, "charge_rule", "charge.no_rule"},
		{member.ErrNoMinute, "minute", "charge.no_minute"},
		{member.ErrNoWho, "who", "inspections.no_who"},
		{member.ErrNoWhy, own.why, "register.no_why"},
		{member.ErrBadWords, own.why, "form.hidden"},
		{member.ErrFuture, own.day, "register.bad_day"},
		{member.ErrName, "legal_name", "register.bad_name"},
		{member.ErrAddress, "postal", "register.bad_address"},
		{member.ErrPostcode, "postcode", "register.bad_postcode"},
		{member.ErrEmail, "email", "register.bad_email"},
		{member.ErrWish, "resign_share-repaid", "register.bad_share"},
		{member.ErrDecision, "decision-dismissed", "charge.no_decision"},
		{member.ErrAccuser, "decision-dismissed", "charge.accuser"},
		{member.ErrReplying, "decision-dismissed", "charge.too_early"},
		{member.ErrNotServed, "decision-dismissed", "charge.not_served"},
		{member.ErrReplyLate, "", "charge.too_late"},
		{member.ErrNoRole, "role-treasurer", "officers.no_role"},
		{member.ErrHeld, "address", "officers.held_already"},
		{identity.ErrBadAddress, "address", "register.bad_email"},
		{errNobodyThere, "address", "officers.nobody"},
		{member.ErrTakesTwo, "", "officers.takes_two"},
		{member.ErrNotOfficer, "", "officers.fallen"},
		{member.ErrAnswer, own.day, "inspections.no_answer"},
		{member.ErrRules, "minimum_age", "rules.bad_number"},
		{member.ErrNotApplied, "", "register.too_late"},
		{member.ErrNotMember, "", "register.too_late"},
		{member.ErrCharged, "", "register.too_late"},
		{member.ErrServed, "", "register.too_late"},
		{member.ErrNoCharge, "", "register.too_late"},
		{member.ErrNoOffice, "", "register.too_late"},
		{member.ErrNoInspection, "", "register.too_late"},
		{billing.ErrNotWaiting, "", "exceptions.gone"},
		{billing.ErrNoPeriod, "", "exceptions.no_period"},
		{billing.ErrNoDues, "", "standing.not_begun"},
		{billing.ErrAmount, "amount", "back.too_much"},
		{billing.ErrNoRefund, "", "back.too_early"},
		{billing.ErrUnderWay, "", "back.under_way"},
		{billing.ErrNoProvider, "", "back.no_provider"},
		{billing.ErrLapse, "", "lapses.not_owing"},
		{billing.ErrNotLapsed, "", "lapses.not_lapsed"},
	}); ok {
		return field, words, true
	}
	return "", "", false
}

// fieldsOf are the fields of a form that asks for a reason or a day.
var fieldsOf = map[string]struct{ why, day string }{
	"entry.admit":       {why: "admit_why"},
	"entry.refuse":      {why: "refuse_why"},
	"entry.resign":      {why: "resign_why", day: "resign_on"},
	"entry.death":       {why: "death_why", day: "death_on"},
	"entry.settle":      {why: "settle_why"},
	"entry.charge":      {why: "charge_words"},
	"charge.serve":      {day: "served_on"},
	"charge.reply":      {why: "reply"},
	"charge.decide":     {why: "minute"},
	"officers.propose":  {why: "why"},
	"inspections.ask":   {why: "why"},
	"rules.go":          {why: "why"},
	"own.reply":         {why: "reply"},
	"own.correct":       {},
	"officers.withdraw": {},
	"back.yes":          {why: "why"},
}

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

func (s *Site) inspections(c echo.Context) error {
	return s.showInspections(c, http.StatusOK, s.desk(c))
}

func (s *Site) showInspections(c echo.Context, status int, d templates.Desk) error {
	all, err := s.Register.Inspections(c.Request().Context())
	if err != nil {
		return err
	}
	d.Here = "/register/inspections"
	return show(c, status, templates.RegisterInspectionsPage(templates.RegisterInspections{Desk: d, All: all}))
}

func (s *Site) askInspection(c echo.Context) error {
	amiss := func(err error) (string, string, bool) { return amiss(err, "inspections.ask") }
	next := "/register/inspections?done=" + deedOf(c.Path())
	return s.filled(c, next, "inspections.ask", amiss, s.showInspections, func(ctx context.Context, f url.Values) error {
		_, err := s.Register.AskInspection(ctx, f.Get("who"), f.Get("why"), signedIn(c).Account)
		return err
	})
}

func (s *Site) answerInspection(c echo.Context) error {
	id := c.Param("id")
	if !messaging.ValidID(id) {
		return member.ErrNoMember
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	err = s.Register.AnswerInspection(c.Request().Context(), id, signedIn(c).Account, member.Answer(f.Get("answer_"+id)), f.Get("shown_"+id))
	if _, words, ok := amiss(err, ""); ok {
		field := "shown_" + id
		if words == "inspections.no_answer" {
			field = "answer_" + id + "-shown"
		}
		return s.showInspections(c, http.StatusUnprocessableEntity, s.failed(c, f, "", err, field, words))
	}
	if err != nil {
		return err
	}
	return done(c, "/register/inspections", "")
}

func (s *Site) rules(c echo.Context) error { return s.showRules(c, http.StatusOK, s.desk(c)) }

func (s *Site) showRules(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return err
	}
	changes, err := s.Register.RuleChanges(ctx, audit.PageSize)
	if err != nil {
		return err
	}
	var ids []identity.AccountID
	for _, change := range changes {
		ids = append(ids, change.By)
	}
	names, err := s.Accounts.Names(ctx, ids)
	if err != nil {
		return err
	}
	d.Here = "/register/rules"
	page := templates.RegisterRules{Desk: d, Rules: rules}
	for _, change := range changes {
		page.Changes = append(page.Changes, templates.RuleChange{RuleChange: change, Name: called(names, change.By)})
	}
	return show(c, status, templates.RegisterRulesPage(page))
}

func (s *Site) setRules(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	again := func(field, words string) error {
		return s.showRules(c, http.StatusUnprocessableEntity, s.failed(c, f, "rules.go", err, field, words))
	}
	rules := member.Rules{AdmitOnPayment: f.Get("admit") == "payment"}
	for _, of := range []struct {
		field       string
		is          *int
		least, most int
	}{
		{"minimum_age", &rules.MinimumAge, 0, member.MostMinimumAge},
		{"minimum_membership", &rules.MinimumMembership, 0, member.MostMinimumMembership},
		{"window", &rules.Window, member.LeastWindow, member.MostWindow},
		{"support_least", &rules.SupportLeast, 1, member.MostSupportLeast},
		{"support_permille", &rules.SupportPermille, 0, member.MostSupportPermille},
		{"answer_days", &rules.AnswerDays, member.LeastAnswerDays, member.MostAnswerDays},
		{"comment_days", &rules.CommentDays, member.LeastCommentDays, member.MostAnswerDays},
		{"emergency_days", &rules.EmergencyDays, member.LeastAnswerDays, member.MostAnswerDays},
		{"meeting_days", &rules.MeetingDays, member.LeastMeetingDays, member.MostMeetingDays},
		{"quorum_least", &rules.QuorumLeast, member.LeastQuorum, member.MostQuorum},
		{"quorum_percent", &rules.QuorumPercent, 0, member.MostQuorumPercent},
		{"ballot_askers", &rules.BallotAskers, 1, member.MostBallotAskers},
	} {
		if *of.is, err = strconv.Atoi(f.Get(of.field)); err != nil || *of.is < of.least || *of.is > of.most {
			return again(of.field, "rules.bad_number")
		}
	}
	err = s.Register.SetRules(c.Request().Context(), rules, signedIn(c).Account, f.Get("why"))
	if errors.Is(err, member.ErrSameRules) {
		return again("", "rules.same")
	}
	if field, words, ok := amiss(err, "rules.go"); ok {
		return again(field, words)
	}
	if err != nil {
		return err
	}
	return done(c, "/register/rules", "")
}

func (s *Site) auditLog(c echo.Context) error {
	ctx := c.Request().Context()
	before, err := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	if c.QueryParam("before") != "" && err != nil {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	done, older, err := s.Audit.List(ctx, audit.Wanted{Before: before})
	if err != nil {
		return err
	}
	page := templates.RegisterAudit{Desk: s.desk(c)}
	if page.Acts, err = s.acts(ctx, done); err != nil {
		return err
	}
	if err := s.nameActs(c, page.Acts); err != nil {
		return err
	}
	if older {
		page.Older = "/register/audit?" + url.Values{"before": {fmt.Sprint(done[len(done)-1].ID)}}.Encode()
	}
	return show(c, http.StatusOK, templates.RegisterAuditPage(page))
}

// nameActs puts a name and an address to what is about a member or an officer, as far as the visitor may look there.
func (s *Site) nameActs(c echo.Context, acts []templates.DeskAct) error {
	ctx, path := c.Request().Context(), "/register/entry/"
	if as(c, member.Secretary, member.Steward) == "" {
		path = memberPath("")
	}
	var ids []member.ID
	for _, a := range acts {
		if about := firstWord(a.About); messaging.ValidID(about) {
			ids = append(ids, member.ID(about))
		}
	}
	members, err := s.Register.Names(ctx, signedIn(c).Account, ids)
	if err != nil {
		return err
	}
	offices, err := s.Officers.List(ctx)
	if err != nil {
		return err
	}
	names, err := s.officerNames(ctx, offices)
	if err != nil {
		return err
	}
	lines, err := s.linesOf(ctx, acts)
	if err != nil {
		return err
	}
	elections, err := s.Elections.List(ctx)
	if err != nil {
		return err
	}
	titles := map[string]string{}
	for _, e := range elections {
		titles[e.ID] = e.Title
	}
	officers := map[string]string{}
	for _, o := range offices {
		officers[o.ID] = called(names, o.Account)
	}
	for i, a := range acts {
		acts[i].Line = lines[a.About]
		if about := firstWord(a.About); members[member.ID(about)] != "" {
			acts[i].Whom, acts[i].Path = members[member.ID(about)], path+about
		} else if name := officers[a.About]; name != "" {
			acts[i].Whom, acts[i].Path = name, "/register/officers"
		} else if title := titles[a.About]; title != "" {
			acts[i].Whom, acts[i].Path = title, "/elections/"+a.About
		} else if page := actPageOf(a); page.path != "" {
			acts[i].Whom, acts[i].Path = text.T(ctx, page.words), page.path+a.About
		}
	}
	return nil
}

type actPage struct{ did, path, words string }

// actPages are where that can be looked at which acts are about, by how their words begin.
var actPages = []actPage{
	{"general meeting", "/meetings/", "audit.meeting"},
	{"order paper", "/meetings/", "audit.meeting"},
	{"minutes", "/meetings/", "audit.meeting"},
	{"proposal", "/proposals/", "audit.proposal"},
	{"privacy change", "/privacy/changes/", "audit.privacy_change"},
}

func actPageOf(a templates.DeskAct) actPage {
	at := slices.IndexFunc(actPages, func(p actPage) bool { return messaging.ValidID(a.About) && strings.HasPrefix(a.What, p.did) })
	if at < 0 {
		return actPage{}
	}
	return actPages[at]
}

// firstWord is whom an act is about, where it says of which month, too.
func firstWord(about string) string {
	first, _, _ := strings.Cut(about, " ")
	return first
}

// linesOf are the lines of the bank's statement that acts are about. Their words may name people, and are the treasurer's alone.
func (s *Site) linesOf(ctx context.Context, acts []templates.DeskAct) (map[string]templates.StatementLine, error) {
	var ids []string
	for _, a := range acts {
		if billing.AboutLine(a.What) {
			ids = append(ids, a.About)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.Ledger.Lines(ctx, ids)
	if err != nil {
		return nil, err
	}
	lines := map[string]templates.StatementLine{}
	for _, l := range found {
		lines[l.ID] = templates.StatementLine{ID: l.ID, Date: l.Date, Amount: l.Amount}
	}
	return lines, nil
}

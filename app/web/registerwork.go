package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) registerWork(c echo.Context) error {
	return s.showRegisterWork(c, http.StatusOK, s.desk(c))
}

func (s *Site) showRegisterWork(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	d.Here = "/register/contribution"
	page := templates.RegisterWork{Desk: d, Forges: s.Work.Forges()}
	var err error
	if page.Repositories, err = s.Work.Repositories(ctx); err != nil {
		return err
	}
	exceptions, err := s.Work.Exceptions(ctx)
	if err != nil {
		return err
	}
	var ids []identity.AccountID
	for _, e := range exceptions {
		ids = append(ids, e.ProposedBy)
	}
	names, err := s.Accounts.Names(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range exceptions {
		waits := e.Ended.IsZero() && e.Confirmed.IsZero() && e.ProposedBy != me
		page.Exceptions = append(page.Exceptions, templates.WorkException{Exception: e, By: called(names, e.ProposedBy), Waits: waits})
	}
	if page.Declarations, err = s.declarations(c); err != nil {
		return err
	}
	return show(c, status, templates.RegisterWorkPage(page))
}

// declarations are shown by legal names, so to those officers who may look at the register.
func (s *Site) declarations(c echo.Context) (lines []templates.WorkDeclaration, err error) {
	ctx := c.Request().Context()
	if as(c, member.Secretary, member.Steward) == "" {
		return nil, nil
	}
	declared, err := s.Work.AllDeclarations(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range declared {
		m, err := s.Register.Look(ctx, signedIn(c).Account, d.Member)
		if err != nil {
			return nil, err
		}
		lines = append(lines, templates.WorkDeclaration{Declaration: d, Name: m.Name})
	}
	return lines, nil
}

// amissInWork says in which field of an officers' form about work an error is, and in which words.
func amissInWork(err error, why string) (field, words string, ok bool) {
	if field, words, ok = fault(err, []faulty{
		{contribution.ErrNoForge, "forge-git", "work.no_forge"},
		{contribution.ErrBadPath, "path", "work.bad_path"},
		{contribution.ErrNoRepository, "path", "work.no_repository"},
		{contribution.ErrListed, "path", "work.listed_already"},
		{contribution.ErrNoChange, "of", "work.no_change"},
		{contribution.ErrNoKind, "kind-struck", "work.no_kind"},
		{contribution.ErrStands, "", "work.stands"},
		{contribution.ErrTakesTwo, "", "officers.takes_two"},
		{contribution.ErrNotOpen, "", "register.too_late"},
		{contribution.ErrNoWhy, why, "register.no_why"},
		{contribution.ErrBadWords, why, "form.hidden"},
		{contribution.ErrBadDays, "contributor_first", "contribute.bad_days"},
		{member.ErrNoWhy, why, "register.no_why"},
		{member.ErrBadWords, why, "form.hidden"},
		{member.ErrNoListName, "operator_name", "operators.no_name"},
		{member.ErrNoRuns, "operator_runs", "operators.no_runs"},
		{member.ErrBadSince, "operator_since", "operators.bad_since"},
		{member.ErrRunsIt, "operator_runs", "operators.runs_it"},
		{member.ErrNoOperator, "", "register.too_late"},
		{member.ErrNotMember, "", "register.too_late"},
		{member.ErrTakesTwo, "", "officers.takes_two"},
		{member.ErrNotOfficer, "", "officers.fallen"},
	}); ok {
		return field, words, true
	}
	if _, busy := errors.AsType[*contribution.BusyError](err); busy {
		return "path", "work.forge_busy", true
	}
	return "", "", false
}

// onWork does what a form of an officers' page about work asks, and shows that page again.
func (s *Site) onWork(c echo.Context, which, why, back string, again func(echo.Context, int, templates.Desk) error, do func(ctx context.Context, f url.Values) error) error {
	if id := c.Param("id"); id != "" && !messaging.ValidID(id) {
		return errNoOffice
	}
	amiss := func(err error) (string, string, bool) { return amissInWork(err, why) }
	return s.filled(c, back+"?done="+deedOf(c.Path()), which, amiss, again, do)
}

func (s *Site) onRegisterWork(c echo.Context, which, why string, do func(ctx context.Context, f url.Values) error) error {
	return s.onWork(c, which, why, "/register/contribution", s.showRegisterWork, do)
}

func (s *Site) listRepository(c echo.Context) error {
	return s.onRegisterWork(c, "work.list", "list_why", func(ctx context.Context, f url.Values) error {
		_, err := s.Work.List(ctx, signedIn(c).Account, contribution.ForgeName(f.Get("forge")), f.Get("path"), f.Get("walk") == "yes", f.Get("list_why"))
		return err
	})
}

func (s *Site) delistRepository(c echo.Context) error {
	id := c.Param("id")
	return s.onRegisterWork(c, "", "why_"+id, func(ctx context.Context, f url.Values) error {
		return s.Work.Delist(ctx, signedIn(c).Account, id, f.Get("why_"+id))
	})
}

func (s *Site) exceptChange(c echo.Context) error {
	return s.onRegisterWork(c, "work.except", "except_why", func(ctx context.Context, f url.Values) error {
		_, err := s.Work.ProposeOnChange(ctx, signedIn(c).Account, contribution.ExceptionKind(f.Get("kind")), f.Get("of"), f.Get("except_why"))
		return err
	})
}

func (s *Site) confirmException(c echo.Context) error {
	return s.onRegisterWork(c, "", "", func(ctx context.Context, _ url.Values) error {
		return s.Work.ConfirmException(ctx, signedIn(c).Account, c.Param("id"))
	})
}

func (s *Site) endException(c echo.Context) error {
	id := c.Param("id")
	return s.onRegisterWork(c, "", "why_"+id, func(ctx context.Context, f url.Values) error {
		return s.Work.EndException(ctx, signedIn(c).Account, id, f.Get("why_"+id))
	})
}

func (s *Site) confirmFullTime(c echo.Context) error {
	return s.onRegisterWork(c, "", "", func(ctx context.Context, _ url.Values) error {
		return s.Work.ConfirmDeclaration(ctx, signedIn(c).Account, c.Param("id"))
	})
}

func (s *Site) endFullTime(c echo.Context) error {
	id := c.Param("id")
	return s.onRegisterWork(c, "", "why_"+id, func(ctx context.Context, f url.Values) error {
		return s.Work.EndDeclaration(ctx, signedIn(c).Account, id, f.Get("why_"+id))
	})
}

func (s *Site) exceptMember(c echo.Context) error {
	return s.onWork(c, "entry.contributor", "contributor_why", "/register/contribution", s.showEntry, func(ctx context.Context, f url.Values) error {
		_, err := s.Work.ProposeMember(ctx, signedIn(c).Account, member.ID(c.Param("id")),
			readDay(f.Get("contributor_first")), readDay(f.Get("contributor_last")), f.Get("contributor_why"))
		return err
	})
}

func (s *Site) appointOperator(c echo.Context) error {
	return s.onWork(c, "entry.operator", "operator_why", "/register/operators", s.showEntry, func(ctx context.Context, f url.Values) error {
		_, err := s.Operators.Appoint(ctx, signedIn(c).Account, member.Appointment{
			Member: member.ID(c.Param("id")), Name: f.Get("operator_name"), Runs: f.Get("operator_runs"), Since: readDay(f.Get("operator_since")),
			Minute: strings.TrimSpace(f.Get("operator_minute")), Why: f.Get("operator_why"),
		})
		return err
	})
}

func (s *Site) registerOperators(c echo.Context) error {
	return s.showRegisterOperators(c, http.StatusOK, s.desk(c))
}

func (s *Site) showRegisterOperators(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	all, err := s.Operators.List(ctx)
	if err != nil {
		return err
	}
	var ids []identity.AccountID
	for _, o := range all {
		ids = append(ids, o.ProposedBy, o.EndAskedBy)
	}
	names, err := s.Accounts.Names(ctx, ids)
	if err != nil {
		return err
	}
	d.Here = "/register/operators"
	page := templates.RegisterOperators{Desk: d}
	for _, o := range all {
		line := templates.RegisterOperator{
			Operator: o, ProposedName: called(names, o.ProposedBy), EndAskedName: called(names, o.EndAskedBy), Waits: o.Waits(me), Asked: o.EndAskedBy == me,
		}
		if o.Until.IsZero() {
			page.Open = append(page.Open, line)
		} else {
			page.Former = append(page.Former, line)
		}
	}
	return show(c, status, templates.RegisterOperatorsPage(page))
}

func (s *Site) confirmOperator(c echo.Context) error {
	return s.onWork(c, "", "", "/register/operators", s.showRegisterOperators, func(ctx context.Context, _ url.Values) error {
		return s.Operators.Confirm(ctx, signedIn(c).Account, c.Param("id"))
	})
}

func (s *Site) endOperator(c echo.Context) error {
	id := c.Param("id")
	return s.onWork(c, "", "why_"+id, "/register/operators", s.showRegisterOperators, func(ctx context.Context, f url.Values) error {
		return s.Operators.End(ctx, signedIn(c).Account, id, strings.TrimSpace(f.Get("minute_"+id)), f.Get("why_"+id))
	})
}

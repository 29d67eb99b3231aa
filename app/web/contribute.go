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
	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// leadsToForges lets a page's form end on a forge's sign-in page: browsers hold a form to form-action through redirects, too.
func (s *Site) leadsToForges(next echo.HandlerFunc) echo.HandlerFunc {
	leads := []string{"form-action 'self'"}
	for _, name := range s.forges() {
		f, err := s.Work.Forge(name)
		if err != nil {
			continue
		}
		if u, err := url.Parse(f.Web()); err == nil && u.Scheme+"://"+u.Host != s.Base {
			leads = append(leads, u.Scheme+"://"+u.Host)
		}
	}
	policy := strings.Replace(csp, leads[0], strings.Join(leads, " "), 1)
	return func(c echo.Context) error {
		c.Response().Header().Set("Content-Security-Policy", policy)
		return next(c)
	}
}

func (s *Site) forges() []contribution.ForgeName {
	if s.Work == nil {
		return nil
	}
	return s.Work.Forges()
}

// contributeDone are the words for what was done before the page is shown again.
var contributeDone = map[string]string{
	"linked": "contribute.said_linked", "unlinked": "contribute.said_unlinked", "named": "contribute.said_named", "class": "contribute.said_class", "declared": "contribute.said_declared",
}

func (s *Site) contribute(c echo.Context) error {
	return s.showContribute(c, http.StatusOK, templates.Desk{Frame: s.frame(c), Said: contributeDone[c.QueryParam("said")]})
}

func (s *Site) showContribute(c echo.Context, status int, d templates.Desk) error {
	ctx, now := c.Request().Context(), s.Now()
	d.Here = "/contribute"
	page := templates.Contribute{Desk: d, Share: member.ShareNominal, Today: calendar.On(now), Forges: s.Work.Forges(), Practice: s.PracticeForge != nil}
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err != nil {
		return err
	}
	if is {
		page.State, page.Reference = m.State, billing.Reference(m.ID)
		page.Shared = !m.Share.Paid.IsZero() && m.State != member.Ended // whoever has left needs another one
		if err := s.contribution(ctx, m.ID, signedIn(c).Account, &page); err != nil {
			return err
		}
	}
	if page.Standing, err = s.Work.Contributor(ctx, m.ID, page.Today, now); err != nil {
		return err
	}
	return show(c, status, templates.ContributePage(page))
}

// contribution fills in what is kept of a member.
func (s *Site) contribution(ctx context.Context, id member.ID, account identity.AccountID, page *templates.Contribute) error {
	links, err := s.Work.Links(ctx, id)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Unlinked.IsZero() {
			page.Links = append(page.Links, l)
		} else {
			page.Past = append(page.Past, l)
		}
	}
	proved, err := s.Accounts.Addresses(ctx, account)
	if err != nil {
		return err
	}
	for _, a := range proved {
		if !slices.ContainsFunc(page.Links, func(l contribution.Link) bool { return l.Forge == contribution.Git && l.Subject == a.Value }) {
			page.Addresses = append(page.Addresses, a.Typed)
		}
	}
	if page.Name, err = s.Work.Called(ctx, id); err != nil {
		return err
	}
	if page.Declared, err = s.Work.Declarations(ctx, id); err != nil {
		return err
	}
	in, err := s.Classes.Of(ctx, id, member.Asked{On: page.Today, KnownAt: s.Now()})
	page.In, page.Chosen = in.In, in.Chosen
	return err
}

// onContribute does something for the visitor as a member. said names the words for it.
func (s *Site) onContribute(c echo.Context, which, said string, do func(ctx context.Context, id member.ID, f url.Values) error) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err != nil {
		return err
	}
	if !is || m.State != member.Applied && m.State != member.Admitted {
		return c.Redirect(http.StatusSeeOther, "/contribute")
	}
	err = do(ctx, m.ID, f)
	if wrong := problems(c, err, amissAtWork); len(wrong) > 0 {
		return s.showContribute(c, http.StatusUnprocessableEntity, s.failedIn(c, f, which, wrong))
	}
	if err != nil || c.Response().Committed {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/contribute?said="+said)
}

// amissAtWork says in which field of the page of one's own work an error is, and in which words.
func amissAtWork(err error) (field, words string, ok bool) {
	if field, words, ok = fault(err, []faulty{
		{contribution.ErrTaken, "", "contribute.taken"},
		{contribution.ErrNoSignIn, "", "contribute.no_sign_in"},
		{contribution.ErrForgeRefused, "", "contribute.refused"},
		{contribution.ErrNoForge, "", "contribute.no_sign_in"},
		{contribution.ErrBadName, "name", "contribute.bad_name"},
		{contribution.ErrBadDays, "first", "contribute.bad_days"},
		{contribution.ErrNoWhy, "on", "contribute.no_words"},
		{contribution.ErrBadWords, "on", "form.hidden"},
		{member.ErrNotInClass, "", "contribute.no_class"},
	}); ok {
		return field, words, true
	}
	if _, busy := errors.AsType[*contribution.BusyError](err); busy {
		return "", "contribute.busy", true
	}
	return "", "", false
}

func (s *Site) beginLink(c echo.Context) error {
	return s.onContribute(c, "", "", func(ctx context.Context, id member.ID, f url.Values) error {
		to, err := s.Work.BeginLink(ctx, id, contribution.ForgeName(f.Get("forge")))
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, to)
	})
}

// linked is where a forge sends somebody back to. Whom it names is linked to the member who was sent, and to nobody who was led here.
func (s *Site) linked(c echo.Context) error {
	return s.onContribute(c, "", "linked", func(ctx context.Context, id member.ID, _ url.Values) error {
		_, err := s.Work.FinishLink(ctx, id, contribution.ForgeName(c.Param("forge")), c.QueryParam("state"), c.QueryParam("code"))
		return err
	})
}

func (s *Site) unlink(c echo.Context) error {
	return s.onContribute(c, "", "unlinked", func(ctx context.Context, id member.ID, _ url.Values) error {
		if !messaging.ValidID(c.Param("id")) {
			return contribution.ErrNoLink
		}
		return s.Work.Unlink(ctx, id, c.Param("id"))
	})
}

var errNotProved = errors.New("the account has not proved that address")

func (s *Site) linkAddress(c echo.Context) error {
	return s.onContribute(c, "", "linked", func(ctx context.Context, id member.ID, f url.Values) error {
		proved, err := s.Accounts.Addresses(ctx, signedIn(c).Account)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(proved, func(a identity.Address) bool { return a.Typed == f.Get("address") })
		if at < 0 {
			return errNotProved
		}
		_, err = s.Work.LinkAddress(ctx, id, proved[at])
		return err
	})
}

func (s *Site) beCalled(c echo.Context) error {
	return s.onContribute(c, "", "named", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Work.BeCalled(ctx, id, f.Get("name"))
	})
}

func (s *Site) declare(c echo.Context) error {
	return s.onContribute(c, "contribute.declare", "declared", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Work.Declare(ctx, id, f.Get("on"), readDay(f.Get("first")), readDay(f.Get("last")))
	})
}

func (s *Site) chooseClass(c echo.Context) error {
	return s.onContribute(c, "", "class", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Classes.Choose(ctx, id, member.Class(f.Get("class")))
	})
}

func (s *Site) contributors(c echo.Context) error {
	ctx := c.Request().Context()
	roll, err := s.Work.CreditRoll(ctx)
	if err != nil {
		return err
	}
	all, err := s.Work.Repositories(ctx)
	if err != nil {
		return err
	}
	page := templates.Contributors{Frame: s.frame(c), Roll: roll}
	for _, r := range all {
		if r.Delisted.IsZero() {
			page.Repositories = append(page.Repositories, r.Path)
		}
	}
	return show(c, http.StatusOK, templates.ContributorsPage(page))
}

func (s *Site) operatorsList(c echo.Context) error {
	all, err := s.Operators.List(c.Request().Context())
	if err != nil {
		return err
	}
	page := templates.Operators{Frame: s.frame(c)}
	for _, o := range all {
		if state := o.State(); state == member.Held || state == member.Leaving {
			page.Now = append(page.Now, templates.OperatorLine{Name: o.Name, Runs: o.Runs, Since: o.Since})
		}
	}
	return show(c, http.StatusOK, templates.OperatorsPage(page))
}

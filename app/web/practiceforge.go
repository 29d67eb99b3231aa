package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/contribution"
	forge "folkmoot/governance/contribution/practice"
	"folkmoot/templates"
)

// practicePath is the one repository of the practice forge.
const practicePath = "folkmoot/folkmoot"

// forgePractised lets others find nothing at all where a real forge is set up.
func (s *Site) forgePractised(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.PracticeForge == nil {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

func (s *Site) practiceSignIn(c echo.Context) error {
	if err := s.PracticeForge.Asked(c.QueryParams()); err != nil {
		return echo.NewHTTPError(http.StatusUnprocessableEntity).SetInternal(err)
	}
	return show(c, http.StatusOK, templates.PracticeForgePage(templates.PracticeForge{Frame: s.frame(c), SignIn: true, Query: c.QueryParams().Encode()}))
}

func (s *Site) practiceSignedIn(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	to, err := s.PracticeForge.Grant(c.QueryParams(), login(f.Get("login")))
	if errors.Is(err, forge.ErrAsked) || err == nil && !strings.HasPrefix(to, s.Base+"/contribute/linked/") { // it leads nowhere else
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// login is what somebody is called at the practice forge.
func login(typed string) string {
	kept := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '[' || r == ']' {
			return r
		}
		return -1
	}, strings.ToLower(typed))
	if kept = kept[:min(len(kept), 40)]; kept == "" {
		return "nobody"
	}
	return kept
}

func (s *Site) practiceWork(c echo.Context) error {
	return s.showPracticeWork(c, http.StatusOK, templates.PracticeForge{Merged: c.QueryParam("done") != "", Login: "nia"})
}

func (s *Site) showPracticeWork(c echo.Context, status int, page templates.PracticeForge) error {
	page.Frame, page.Path = s.frame(c), practicePath
	return show(c, status, templates.PracticeForgePage(page))
}

var (
	errNoLogin = errors.New("nobody's change")
	errNoTitle = errors.New("a change without a title")
)

// practiceMerge merges a change at the practice forge, and has it told as a forge tells: by a signed delivery.
func (s *Site) practiceMerge(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	who, title := strings.TrimSpace(f.Get("login")), strings.TrimSpace(f.Get("title"))
	err = s.merges(ctx, who, title)
	wrong := problemsIn(ctx, err, []faulty{
		{errNoLogin, "login", "practice_forge.no_login"},
		{errNoTitle, "title", "practice_forge.no_title"},
		{contribution.ErrForeign, "", "practice_forge.not_listed"},
	})
	if len(wrong) > 0 {
		return s.showPracticeWork(c, http.StatusUnprocessableEntity, templates.PracticeForge{
			Problems: wrong, Login: who, Title: title, Unlisted: errors.Is(err, contribution.ErrForeign),
		})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/practice/forge?done=1")
}

func (s *Site) merges(ctx context.Context, who, title string) error {
	var missing error
	if who == "" {
		missing = errNoLogin
	}
	if title == "" || !plain(title) {
		missing = errors.Join(missing, errNoTitle)
	}
	if missing != nil {
		return missing
	}
	header, body, err := s.PracticeForge.Delivery(s.PracticeForge.Close(practicePath, login(who), title, true))
	if err != nil {
		return err
	}
	_, err = s.Work.Receive(ctx, contribution.Practice, header, body)
	return err
}

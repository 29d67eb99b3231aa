package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

// practising lets others find nothing at all where real money moves.
func (s *Site) practising(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Practice == nil {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

// cards are the ways to pay on the look-alike of Checkout.
var cards = map[string]practice.Card{
	"works": practice.CardWorks, "declined": practice.CardDeclined, "fails": practice.CardFails, "approval": practice.CardApproval,
}

func (s *Site) practiceCheckout(c echo.Context) error {
	return s.showCheckout(c, http.StatusOK, false)
}

func (s *Site) showCheckout(c echo.Context, status int, declined bool) error {
	order, err := s.Practice.Checkout(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	page := templates.PracticePage{Frame: s.frame(c), Due: order.Due, Over: !order.Open, Declined: declined}
	if !order.First.IsZero() {
		page.First = calendar.On(order.First)
	}
	for _, l := range order.Lines {
		page.Lines = append(page.Lines, templates.PracticeLine{Words: l.Name, Amount: l.Amount, Every: l.Every})
	}
	return show(c, status, templates.PracticeProviderPage(page))
}

func (s *Site) payCheckout(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	said, err := form(c)
	if err != nil {
		return err
	}
	if said.Get("do") == "quit" {
		back, err := s.Practice.QuitCheckout(ctx, id)
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, back)
	}
	card, ok := cards[said.Get("do")]
	if !ok {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	done, err := s.Practice.PayCheckout(ctx, id, card)
	switch {
	case errors.Is(err, practice.ErrDeclined):
		return s.showCheckout(c, http.StatusUnprocessableEntity, true)
	case errors.Is(err, practice.ErrNotNow):
		return s.showCheckout(c, http.StatusUnprocessableEntity, false)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, done)
}

func (s *Site) playTheBank(c echo.Context) error {
	return s.showPlay(c, http.StatusOK, templates.PracticeHouse{Done: c.QueryParam("done") != ""})
}

// thingsAtOnce is how many things one page lists, the newest first.
const thingsAtOnce = 50

func (s *Site) showPlay(c echo.Context, status int, page templates.PracticeHouse) error {
	things, err := s.Practice.Acts(c.Request().Context())
	if err != nil {
		return err
	}
	page.Frame, page.All = s.frame(c), len(things)
	n := pageOf(c)
	if (n-1)*thingsAtOnce >= len(things) {
		n = 1
	}
	from, to := (n-1)*thingsAtOnce, min(n*thingsAtOnce, len(things))
	if page.From = from; to < len(things) {
		page.Older = "/practice?page=" + strconv.Itoa(n+1)
	}
	for _, t := range things[from:to] {
		line := templates.PracticeThing{Provider: string(t.Provider), ID: t.ID, Kind: t.Kind, State: t.State, Amount: t.Amount, Made: calendar.On(t.Made)}
		for _, a := range t.Acts {
			line.Acts = append(line.Acts, string(a))
		}
		page.Things = append(page.Things, line)
	}
	return show(c, status, templates.PracticeHousePage(page))
}

func (s *Site) play(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	err = s.Practice.Do(c.Request().Context(), billing.ProviderName(said.Get("provider")), said.Get("thing"), practice.Act(said.Get("act")))
	if errors.Is(err, practice.ErrNotNow) {
		return s.showPlay(c, http.StatusUnprocessableEntity, templates.PracticeHouse{NotNow: true})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/practice?done=1")
}

// accounts are the ways to sign on the look-alike of a mandate page.
var accounts = map[string]practice.Account{
	"works": practice.AccountWorks, "fails": practice.AccountEmpty, "closed": practice.AccountClosed,
}

func (s *Site) practiceMandate(c echo.Context) error { return s.showMandate(c, http.StatusOK) }

func (s *Site) showMandate(c echo.Context, status int) error {
	asked, err := s.Practice.MandatePage(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return show(c, status, templates.PracticeProviderPage(templates.PracticePage{
		Frame: s.frame(c), Debit: true, Over: !asked.Open, Words: asked.Words, Name: asked.Name,
	}))
}

func (s *Site) signMandate(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	said, err := form(c)
	if err != nil {
		return err
	}
	if said.Get("do") == "quit" {
		back, err := s.Practice.QuitFlow(ctx, id)
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, back)
	}
	account, ok := accounts[said.Get("do")]
	if !ok {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	done, err := s.Practice.Authorise(ctx, id, account)
	if errors.Is(err, practice.ErrNotNow) {
		return s.showMandate(c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, done)
}

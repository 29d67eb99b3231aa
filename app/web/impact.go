package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/templates"
	"folkmoot/templates/email"
	"folkmoot/templates/text"
)

// shownImpacts is how many months the picture of somebody's impact goes back.
const shownImpacts = 12

func (s *Site) impact(c echo.Context) error {
	ctx := c.Request().Context()
	m, _, err := s.mine(c)
	if errors.Is(err, member.ErrNoMember) {
		return s.impactOfMembers(c)
	}
	if err != nil {
		return err
	}
	wishes, err := s.Ledger.ImpactWishes(ctx, m.ID)
	if err != nil {
		return err
	}
	page := templates.Impact{
		Frame: s.frame(c), Practice: s.Practice != nil, Mails: wishes.Mails, Messages: wishes.Messages, Saved: c.QueryParam("said") == "saved",
	}
	all, err := s.Ledger.Impacts(ctx, m.ID, shownImpacts, s.active)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Known {
			page.Over = append(page.Over, templates.ImpactMonth{Month: i.Month, Tenths: i.Tenths, Paid: i.Paid})
		}
	}
	if len(all) > 0 {
		tell(&page, all[len(all)-1])
	}
	return show(c, http.StatusOK, templates.ImpactPage(page))
}

// impactOfMembers says to who never applied what this page is, with what the standard dues did.
func (s *Site) impactOfMembers(c echo.Context) error {
	ctx := c.Request().Context()
	did, err := s.Ledger.Example(ctx, billing.StandardDues, s.active)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.NoImpactPage(s.frame(c), email.AnnualDid(text.From(ctx), did)))
}

// wishImpact takes how a member wants to be told once a month.
func (s *Site) wishImpact(c echo.Context) error {
	m, _, err := s.mine(c)
	if err != nil {
		return err
	}
	said, err := form(c)
	if err != nil {
		return err
	}
	wishes := billing.ImpactWishes{Mails: said.Get("mails") != "", Messages: said.Get("messages") != ""}
	if err := s.Ledger.WishImpact(c.Request().Context(), m.ID, wishes); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/impact?said=saved")
}

// tell puts one month's impact on the page.
func tell(page *templates.Impact, i billing.Impact) {
	page.Month, page.Known, page.NoPayment = i.Month, i.Known, i.Paid <= 0
	if !i.Known {
		return
	}
	page.Paid, page.Tenths, page.From, page.To, page.Reserve = i.Paid, i.Tenths, i.From, i.To, i.Reserve
	page.PerPerson = i.Workings.PerPerson
	page.Where = partLines(i.Where)
	if i.Reserve > 0 {
		page.Where = append(page.Where, templates.Part{Key: "reserve", Amount: i.Reserve})
	}
	if page.NoPayment {
		page.Where = nil
		return
	}
	page.Workings = &templates.Workings{
		From: i.Workings.From, To: i.Workings.To, Costs: i.Workings.Costs, Uses: i.Workings.Uses,
		Fee: i.Fee, Net: i.Net, PerPerson: i.Workings.PerPerson, Scaled: i.Workings.Scaled,
	}
}

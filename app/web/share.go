package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/templates"
)

// askShare is for who pays no dues: everybody else's share is taken along with their first.
func (s *Site) askShare(c echo.Context) error {
	m, dues, err := s.mine(c)
	if err != nil {
		return err
	}
	if dues.SharePaid || !inSociety(m) {
		return c.Redirect(http.StatusSeeOther, "/membership")
	}
	return show(c, http.StatusOK, templates.ShareAlonePage(templates.ShareAlone{
		Frame: s.frame(c), Share: member.ShareNominal, Reference: billing.Reference(m.ID), Card: s.Dues.TakesShareAlone(), Practice: s.Practice != nil,
		Bank: s.BankAccount,
	}))
}

// inSociety reports whether somebody is a member, or applied to become one.
func inSociety(m member.Member) bool { return m.State == member.Applied || m.State == member.Admitted }

// payShare leads on to the page on which the share alone is paid.
func (s *Site) payShare(c echo.Context) error {
	m, _, err := s.mine(c)
	if err != nil {
		return err
	}
	if !inSociety(m) {
		return c.Redirect(http.StatusSeeOther, "/membership")
	}
	to, err := s.Dues.BeginShare(c.Request().Context(), m.ID, billing.Payer{
		Email: m.Email, Name: m.Name,
		Done: s.Base + "/membership/share/done?stripe={CHECKOUT_SESSION_ID}", Quit: s.Base + turnedBack,
	})
	switch {
	case errors.Is(err, billing.ErrShareHeld):
		return c.Redirect(http.StatusSeeOther, "/membership?said=share")
	case errors.Is(err, billing.ErrShareAsked):
		return c.Redirect(http.StatusSeeOther, "/membership?said=share_asked")
	default:
		return leadOn(c, to, err)
	}
}

// sharePaid is where the provider's page sends somebody back to who paid their share.
func (s *Site) sharePaid(c echo.Context) error {
	_, dues, err := s.back(c)
	if err != nil {
		return err
	}
	if !dues.SharePaid {
		return c.Redirect(http.StatusSeeOther, "/membership?said=share_waits")
	}
	return c.Redirect(http.StatusSeeOther, "/membership?said=share")
}

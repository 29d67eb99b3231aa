package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// ownEntry is what the register says of the visitor.
func (s *Site) ownEntry(c echo.Context) error {
	return s.showOwnEntry(c, http.StatusOK, templates.Desk{Frame: s.frame(c)})
}

func (s *Site) showOwnEntry(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err != nil {
		return err
	}
	if !is {
		return member.ErrNoMember
	}
	switch c.QueryParam("done") {
	case "":
	case "register_charges_charge":
		d.Said = "own.replied"
	default:
		d.Said = "own.saved"
	}
	page := templates.OwnEntry{Desk: d, Member: m, Today: calendar.On(s.Now())}
	if page.Charges, err = s.Register.Charges(ctx, m.ID); err != nil {
		return err
	}
	looks, err := s.Register.Looks(ctx, m.ID)
	if err != nil {
		return err
	}
	for _, l := range looks {
		page.Looks = append(page.Looks, templates.OwnLook{Day: calendar.On(l.At), Purpose: strings.ReplaceAll(string(l.Purpose), " ", "_")})
	}
	return show(c, status, templates.OwnEntryPage(page))
}

func (s *Site) correctOwnEntry(c echo.Context) error {
	return s.onOwnEntry(c, "own.correct", func(ctx context.Context, id member.ID, f url.Values) error {
		return s.Register.Correct(ctx, id, "", readParticulars(f))
	})
}

func (s *Site) replyToCharge(c echo.Context) error {
	return s.onOwnEntry(c, "own.reply", func(ctx context.Context, id member.ID, f url.Values) error {
		charges, err := s.Register.Charges(ctx, id)
		if err != nil {
			return err
		}
		for _, charge := range charges {
			if charge.ID == c.Param("charge") {
				return s.Register.Reply(ctx, charge.ID, "", "", f.Get("reply"))
			}
		}
		return member.ErrNoMember // somebody else's, or none
	})
}

func (s *Site) onOwnEntry(c echo.Context, which string, do func(ctx context.Context, id member.ID, f url.Values) error) error {
	if charge := c.Param("charge"); charge != "" && !messaging.ValidID(charge) {
		return member.ErrNoMember
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	m, is, err := s.Register.Of(c.Request().Context(), signedIn(c).Account)
	if err != nil {
		return err
	}
	if !is {
		return member.ErrNoMember
	}
	err = do(c.Request().Context(), m.ID, f)
	amiss := func(err error) (field, words string, ok bool) { return amiss(err, which) }
	if wrong := problems(c, err, amiss); len(wrong) > 0 {
		d := s.failedIn(c, f, which, wrong)
		d.Here = "/membership/register"
		return s.showOwnEntry(c, http.StatusUnprocessableEntity, d)
	}
	if err != nil {
		return err
	}
	return done(c, "/membership/register", "")
}

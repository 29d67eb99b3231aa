package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
	"folkmoot/templates/email"
	"folkmoot/templates/text"
)

// offDoor is where the link in a notice leads, signed in or not. Mail programs post to it for their reader (RFC 8058).
const offDoor = "/notices/off/:token"

// firstWish is what somebody ticked when they signed up. Whoever ticks nothing sees a card.
func firstWish(f url.Values) notice.Wish {
	return notice.Wish{Chat: f.Get("notice_chat") != "", Mail: f.Get("notice_mail") != "", Card: true}
}

func (s *Site) notices(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	wish, err := s.Notices.Wish(ctx, me)
	if err != nil {
		return err
	}
	pays, err := s.paysDues(c)
	if err != nil {
		return err
	}
	page := templates.Notices{Frame: s.frame(c), Wish: wish, Pays: pays || wish.Counted, Saved: c.QueryParam("said") != ""}
	return show(c, http.StatusOK, templates.NoticesPage(page))
}

// paysDues reports whether the visitor is a member whose dues have begun: the others have nothing to agree to.
func (s *Site) paysDues(c echo.Context) (bool, error) {
	ctx := c.Request().Context()
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err != nil || !is {
		return false, err
	}
	standing, err := s.Dues.Standing(ctx, m.ID, calendar.On(s.Now()), s.Now())
	return standing.State != "", err
}

func (s *Site) chooseNotices(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	wish := notice.Wish{Chat: f.Get("chat") != "", Mail: f.Get("mail") != "", Card: f.Get("card") != "", Counted: f.Get("counted") != ""}
	if wish.Counted { // of who pays nothing there is nothing to agree to
		if wish.Counted, err = s.paysDues(c); err != nil {
			return err
		}
	}
	if err := s.Notices.Choose(c.Request().Context(), signedIn(c).Account, wish); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/notices?said=saved")
}

func (s *Site) howFar(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.HowFar{Frame: s.frame(c)}
	last, err := s.Notices.LastReleased(ctx)
	if err != nil {
		return err
	}
	if last != nil {
		page.Day = last.Day
		if page.Cells, err = s.Notices.Histogram(ctx, last.Year); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, templates.HowFarPage(page))
}

func (s *Site) askNoticesOff(c echo.Context) error {
	if _, ours := s.Notices.OffBy(c.Param("token")); !ours {
		return echo.ErrNotFound
	}
	return show(c, http.StatusOK, templates.NoticesOffPage(templates.NoticesOff{Frame: s.frame(c), Path: "/notices/off/" + c.Param("token")}))
}

// noticesOff answers with a page and leads nowhere on, as mail programs want it.
func (s *Site) noticesOff(c echo.Context) error {
	account, ours := s.Notices.OffBy(c.Param("token"))
	if !ours {
		return echo.ErrNotFound
	}
	ctx, page := c.Request().Context(), templates.NoticesOff{Frame: s.frame(c), Done: true}
	if session, in := visitor(c); in && session.Account == account { // the link alone switches off, and neither tells nor changes anything else
		var err error
		if page.Before, err = s.Notices.Wish(ctx, account); err != nil {
			return err
		}
	}
	if err := s.Notices.Silence(ctx, account); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.NoticesOffPage(page))
}

// noticeCard is the card of this year for whoever asked for no message; null for everybody else, whatever their reason.
func (s *Site) noticeCard(c echo.Context) error {
	ctx := c.Request().Context()
	card, is, err := s.Notices.Card(ctx, signedIn(c).Account)
	if err != nil {
		return err
	}
	did, err := s.Ledger.Example(ctx, billing.StandardDues, s.active)
	if err != nil {
		return err
	}
	if !is {
		return c.JSON(http.StatusOK, map[string]any{"card": nil})
	}
	return c.JSON(http.StatusOK, map[string]any{"card": map[string]any{"year": card.Year, "did": email.AnnualDid(text.From(ctx), did)}})
}

func (s *Site) dismissNotice(c echo.Context) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	card, is, err := s.Notices.Card(ctx, me)
	if err == nil && is {
		err = s.Notices.PutAway(ctx, me, card.Year)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"card": nil})
}

func (s *Site) neverNotice(c echo.Context) error {
	if err := s.Notices.Silence(c.Request().Context(), signedIn(c).Account); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"card": nil})
}

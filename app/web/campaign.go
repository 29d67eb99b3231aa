package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/templates"
	"folkmoot/templates/email"
	"folkmoot/templates/text"
)

// sampleWords are who gets each sample.
var sampleWords = map[notice.Told]string{
	notice.Pays: "campaign.v_pays", 1: "campaign.v_one", 2: "campaign.v_steps", notice.ThreeOrMore: "campaign.v_far",
}

func (s *Site) noticeCampaign(c echo.Context) error {
	d := s.desk(c)
	if c.QueryParam("said") != "" {
		d.Said = "campaign.tried"
	}
	return s.showCampaign(c, http.StatusOK, d)
}

func (s *Site) showCampaign(c echo.Context, status int, d templates.Desk) error {
	ctx := c.Request().Context()
	d.Here = "/register/notices"
	last, err := s.Notices.Last(ctx)
	if err != nil {
		return err
	}
	page := templates.NoticeCampaign{Desk: d, Last: last, May: s.Notices.MayPrepare(last)}
	if last != nil {
		page.Over, page.Stale = s.Notices.Over(*last), last.Stale(calendar.On(s.Now()))
		if page.Progress, err = s.Notices.Progress(ctx, *last); err != nil {
			return err
		}
		if last.Ready() {
			if page.Chats, page.Mails, err = s.toGoOut(ctx, last.Year); err != nil {
				return err
			}
		}
		if page.Unknown, err = s.unknownMails(ctx, last.Year); err != nil {
			return err
		}
	}
	did, err := s.Ledger.Example(ctx, billing.StandardDues, s.active)
	if err != nil {
		return err
	}
	own, err := s.ownImpact(ctx, signedIn(c).Account)
	if err != nil {
		return err
	}
	words := text.From(ctx)
	for _, told := range notice.Samples {
		a := email.Annual{Told: told, Did: did}
		if told == notice.Pays {
			a.Did = own
		}
		page.Samples = append(page.Samples, templates.NoticeSample{Key: sampleWords[told], Lines: email.AnnualLines(words, a)})
	}
	card := text.Client(words.Lang)
	page.Samples = append(page.Samples, templates.NoticeSample{Key: "campaign.v_card", Lines: []string{card["annual_card.text"], email.AnnualDid(words, did)}})
	return show(c, status, templates.NoticeCampaignPage(page))
}

// ownImpact is what the officer's own dues did last: the sample that they are sent says so, too.
func (s *Site) ownImpact(ctx context.Context, me identity.AccountID) (own billing.Impact, err error) {
	m, is, err := s.Register.Of(ctx, me)
	if err != nil || !is {
		return own, err
	}
	all, err := s.Ledger.Impacts(ctx, m.ID, 1, s.active)
	if err == nil && len(all) > 0 {
		own = all[0]
	}
	return own, err
}

// toGoOut is how many messages and mails wait for the release.
func (s *Site) toGoOut(ctx context.Context, year int) (chats, mails int, err error) {
	all, err := s.Notices.Waiting(ctx, year)
	for _, w := range all {
		chats, mails = chats+w.Chat, mails+w.Mail
	}
	return chats, mails, err
}

func (s *Site) unknownMails(ctx context.Context, year int) ([]templates.NoticeUnknown, error) {
	all, err := s.Notices.Unknown(ctx, year)
	if err != nil {
		return nil, err
	}
	ids := make([]identity.AccountID, len(all))
	for i, u := range all {
		ids[i] = u.Account
	}
	names, err := s.Accounts.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]templates.NoticeUnknown, len(all))
	for i, u := range all {
		name := names[u.Account]
		if name == "" {
			name = text.T(ctx, "campaign.unnamed")
		}
		list[i] = templates.NoticeUnknown{Name: name, At: u.At}
	}
	return list, nil
}

// amissInCampaign says why the secretary cannot do that.
func amissInCampaign(err error) (field, words string, ok bool) {
	return fault(err, []faulty{
		{notice.ErrThisYear, "", "campaign.this_year"},
		{notice.ErrTooSoon, "", "campaign.too_soon"},
		{notice.ErrStale, "", "campaign.stale"},
		{notice.ErrGoesOut, "", "campaign.goes_out"},
		{notice.ErrNotReady, "", "campaign.not_ready"},
		{notice.ErrReleased, "", "campaign.was_released"},
	})
}

// campaignDeed is a form of the page, which has no fields.
func (s *Site) campaignDeed(c echo.Context, next, which string, do func(ctx context.Context) error) error {
	err := s.filled(c, next, which, amissInCampaign, s.showCampaign, func(ctx context.Context, _ url.Values) error { return do(ctx) })
	if errors.Is(err, notice.ErrNoCampaign) {
		return echo.ErrNotFound
	}
	return err
}

func (s *Site) prepareNotices(c echo.Context) error {
	return s.campaignDeed(c, "/register/notices?done=1", "campaign.prepare", func(ctx context.Context) error {
		return s.Notices.Prepare(ctx, signedIn(c).Account)
	})
}

func campaignYear(c echo.Context) (int, error) {
	year, err := strconv.Atoi(c.Param("year"))
	if err != nil {
		return 0, echo.ErrNotFound
	}
	return year, nil
}

func (s *Site) releaseNotices(c echo.Context) error {
	year, err := campaignYear(c)
	if err != nil {
		return err
	}
	return s.campaignDeed(c, "/register/notices?done=1", "campaign.release", func(ctx context.Context) error {
		return s.Notices.Release(ctx, signedIn(c).Account, year)
	})
}

// tryNotices has one of each sort sent to the officer who asks, and to nobody else.
func (s *Site) tryNotices(c echo.Context) error {
	year, err := campaignYear(c)
	if err != nil {
		return err
	}
	return s.campaignDeed(c, "/register/notices?said=tried", "campaign.try", func(ctx context.Context) error {
		return s.Notices.Try(ctx, signedIn(c).Account, year)
	})
}

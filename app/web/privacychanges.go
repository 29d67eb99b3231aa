package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) privacyChanges(c echo.Context) error {
	ctx := c.Request().Context()
	page := templates.PrivacyChanges{Desk: s.public(c, "/privacy/changes"), Today: calendar.On(s.Now())}
	may, err := s.privacyRights(c)
	if err != nil {
		return err
	}
	page.MayDraft = may.drafts
	all, err := s.PrivacyChanges.List(ctx)
	if err != nil {
		return err
	}
	page.Votes = map[string]templates.CalledVote{}
	for _, one := range all {
		if !one.On.IsZero() || may.publishes {
			page.All = append(page.All, one)
		}
		if one.PrivacyState(page.Today) == participation.Voting {
			if page.Votes[one.ID], err = s.calledVote(c, one.Election); err != nil {
				return err
			}
		}
	}
	if m, is, err := s.ownMember(c); err != nil {
		return err
	} else if is {
		if page.Waits, err = s.PrivacyChanges.Waiting(ctx, signedIn(c).Account, m); err != nil {
			return err
		}
	}
	return show(c, http.StatusOK, templates.PrivacyChangesPage(page))
}

// rights are what a visitor may do with privacy changes.
type rights struct {
	drafts    bool // and decides: the secretary, and who sits on the board
	publishes bool // what another wrote, and takes comments down: officers, too
}

func (s *Site) privacyRights(c echo.Context) (r rights, err error) {
	session, in := visitor(c)
	if !in {
		return r, nil
	}
	if r.drafts, err = s.PrivacyChanges.Speaks(c.Request().Context(), session.Account); err != nil {
		return r, err
	}
	r.publishes = r.drafts || s.isOfficer(c)
	return r, nil
}

func (s *Site) askPrivacyChange(c echo.Context) error {
	return s.showPrivacyDraft(c, http.StatusOK, s.public(c, ""))
}

func (s *Site) showPrivacyDraft(c echo.Context, status int, d templates.Desk) error {
	may, err := s.privacyRights(c)
	if err == nil && !may.drafts {
		err = errNoOffice
	}
	if err != nil {
		return err
	}
	d.Here = ""
	return show(c, status, templates.PrivacyDraftPage(templates.PrivacyDraft{Desk: d}))
}

func (s *Site) draftPrivacyChange(c echo.Context) error {
	f, err := form(c)
	if err != nil {
		return err
	}
	id, err := s.PrivacyChanges.Draft(c.Request().Context(), signedIn(c).Account, readPrivacyNotice(f))
	amiss := func(err error) (string, string, bool) { return amissInPrivacy(err, "") }
	if wrong := problems(c, err, amiss); len(wrong) > 0 {
		return s.showPrivacyDraft(c, http.StatusUnprocessableEntity, s.failedIn(c, f, "", wrong))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/changes/"+id+"?said=drafted")
}

func readPrivacyNotice(f url.Values) participation.Notice {
	return participation.Notice{
		Title: f.Get("change_title"), Was: f.Get("was"), Becomes: f.Get("becomes"), Why: f.Get("change_why"), Risk: f.Get("risk"),
		Major: f.Get("weight") == "major", Emergency: f.Get("speed") == "emergency", Urgency: f.Get("urgency"),
	}
}

// amissInPrivacy says in which field of a form about a privacy change an error is, and in which words. why is the field of a reason.
func amissInPrivacy(err error, why string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{participation.ErrBadTitle, "change_title", "privacy_wrong.title"},
		{participation.ErrNoWas, "was", "privacy_wrong.was"},
		{participation.ErrNoBecomes, "becomes", "privacy_wrong.becomes"},
		{participation.ErrNoPurpose, "change_why", "privacy_wrong.purpose"},
		{participation.ErrNoRisk, "risk", "privacy_wrong.risk"},
		{participation.ErrNoUrgency, "urgency", "privacy_wrong.urgency"},
		{participation.ErrManyDrafts, "", "privacy_wrong.many_drafts"},
		{participation.ErrPublished, "", "privacy_wrong.published"},
		{participation.ErrRedrafted, "", "privacy_wrong.redrafted"},
		{participation.ErrOwnWords, "", "privacy_wrong.own_words"},
		{participation.ErrNoRemark, "remark", "privacy_wrong.remark"},
		{participation.ErrManyRemarks, "remark", "privacy_wrong.many_remarks"},
		{participation.ErrCommentsOver, "", "privacy_wrong.over"},
		{participation.ErrCommentsGoOn, "", "privacy_wrong.go_on"},
		{participation.ErrNotMember, "", "privacy_wrong.no_member"},
		{participation.ErrOwnRemark, "", "privacy_wrong.own_remark"},
		{participation.ErrNoStand, "", "privacy_wrong.gone"},
		{participation.ErrNoComment, "", "privacy_wrong.gone"},
		{participation.ErrDecided, "", "privacy_wrong.decided"},
		{participation.ErrNoSuchDecision, "decision-" + string(participation.Adopted), "privacy_wrong.decision"},
		{participation.ErrNoChanged, "board_changes", "privacy_wrong.changes"},
		{participation.ErrNoReasons, "board_reasons", "privacy_wrong.reasons"},
		{participation.ErrNoMinute, "minute", "privacy_wrong.minute"},
		{participation.ErrNotBoard, "", "privacy_wrong.not_board"},
		{participation.ErrNotOfficer, "", "privacy_wrong.not_board"},
		{member.ErrNoWhy, why, "privacy_wrong.why"},
		{member.ErrBadWords, why, "form.hidden"},
	})
}

// privacySaid are the words for what was done before the page of a privacy change is shown again.
var privacySaid = map[string]string{
	"drafted": "privacy_change.said_drafted", "published": "privacy_change.said_published", "withdrawn": "privacy_change.said_withdrawn",
	"remarked": "privacy_change.said_remarked", "stood": "privacy_change.said_stood", "hidden": "privacy_change.said_hidden", "decided": "privacy_change.said_decided",
}

func (s *Site) privacyChange(c echo.Context) error {
	d := s.public(c, "")
	d.Said = privacySaid[c.QueryParam("said")]
	return s.showPrivacyChange(c, http.StatusOK, d)
}

// privacyChangeOf is the one that the address names. A draft is for those who work on it.
func (s *Site) privacyChangeOf(c echo.Context) (participation.PrivacyChange, rights, error) {
	may, err := s.privacyRights(c)
	if err != nil {
		return participation.PrivacyChange{}, may, err
	}
	if !messaging.ValidID(c.Param("id")) || c.Param("comment") != "" && !messaging.ValidID(c.Param("comment")) {
		return participation.PrivacyChange{}, may, participation.ErrNoPrivacyChange
	}
	change, err := s.PrivacyChanges.Get(c.Request().Context(), c.Param("id"))
	if err == nil && change.On.IsZero() && !may.publishes {
		err = participation.ErrNoPrivacyChange
	}
	return change, may, err
}

func (s *Site) showPrivacyChange(c echo.Context, status int, d templates.Desk) error {
	change, may, err := s.privacyChangeOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	today := calendar.On(s.Now())
	page := templates.PrivacyChangeView{Desk: d, PrivacyChange: change, Today: today, State: change.PrivacyState(today)}
	m, is, err := s.ownMember(c)
	if err != nil {
		return err
	}
	page.Member = is
	page.MayEdit = may.drafts && page.State == participation.Drafted
	page.MayPublish = may.publishes && page.State == participation.Drafted && change.DraftedBy != signedIn(c).Account
	page.MayComment = is && page.State == participation.Commenting
	page.MayModerate = may.publishes
	page.MayDecide = may.drafts && change.Owed(today)
	if page.MayCall, err = s.mayCallVote(c, change); err != nil {
		return err
	}
	if page.Called, err = s.calledVote(c, change.Election); err != nil {
		return err
	}
	if page.Remarks, err = s.PrivacyChanges.Remarks(c.Request().Context(), change, m); err != nil {
		return err
	}
	return show(c, status, templates.PrivacyChangePage(page))
}

// onPrivacyChange does what a form of that page asks, and shows it again. which is the form, why the field of its reason.
func (s *Site) onPrivacyChange(c echo.Context, which, why, said string, do func(ctx context.Context, id string, f url.Values) error) error {
	change, _, err := s.privacyChangeOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInPrivacy(err, why) }
	return s.filled(c, "/privacy/changes/"+change.ID+"?said="+said, which, amiss, s.showPrivacyChange, func(ctx context.Context, f url.Values) error {
		return do(ctx, change.ID, f)
	})
}

func (s *Site) redraftPrivacyChange(c echo.Context) error {
	return s.onPrivacyChange(c, "privacy_change.redraft", "", "drafted", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Redraft(ctx, signedIn(c).Account, id, f.Get("seen"), readPrivacyNotice(f))
	})
}

func (s *Site) withdrawPrivacyChange(c echo.Context) error {
	return s.onPrivacyChange(c, "privacy_change.withdraw", "withdraw_why", "withdrawn", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Withdraw(ctx, signedIn(c).Account, id, f.Get("seen"), f.Get("withdraw_why"))
	})
}

func (s *Site) publishPrivacyChange(c echo.Context) error {
	return s.onPrivacyChange(c, "", "", "published", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Publish(ctx, signedIn(c).Account, id, f.Get("seen"))
	})
}

func (s *Site) remarkOnPrivacy(c echo.Context) error {
	return s.onPrivacyChange(c, "privacy_change.remark", "", "remarked", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Remarked(ctx, signedIn(c).Account, id, f.Get("remark"))
	})
}

func (s *Site) answerRemark(c echo.Context) error {
	return s.onPrivacyChange(c, "", "", "stood", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Stand(ctx, signedIn(c).Account, id, c.Param("comment"), participation.Stand(f.Get("stand")))
	})
}

func (s *Site) hideRemark(c echo.Context) error {
	field := "hide_" + c.Param("comment")
	return s.onPrivacyChange(c, "privacy_change.hide."+c.Param("comment"), field, "hidden", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.HideRemark(ctx, signedIn(c).Account, id, c.Param("comment"), f.Get(field))
	})
}

func (s *Site) decidePrivacyChange(c echo.Context) error {
	return s.onPrivacyChange(c, "privacy_change.decide", "", "decided", func(ctx context.Context, id string, f url.Values) error {
		return s.PrivacyChanges.Decide(ctx, signedIn(c).Account, id, participation.BoardDecision{
			Decision: participation.Decision(f.Get("decision")), Changes: f.Get("board_changes"), Reasons: f.Get("board_reasons"), Minute: f.Get("minute"),
		})
	})
}

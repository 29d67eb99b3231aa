package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/messaging"
	"folkmoot/templates"
)

// findMember leads from a reference, a name or an address to the dues of whom they are, or asks which of several.
func (s *Site) findMember(c echo.Context) error {
	typed := c.QueryParam("reference")
	if !plain(typed) {
		return echo.NewHTTPError(http.StatusUnprocessableEntity)
	}
	found, words, err := s.membersTyped(c, typed)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return c.Redirect(http.StatusSeeOther, memberPath(found[0].ID))
	}
	d := s.failed(c, url.Values{"reference": {typed}}, "", nil, "reference", words)
	return s.showFound(c, http.StatusUnprocessableEntity, d, found)
}

// membersTyped is the one whose reference, id, email address or part of a name somebody typed; or those whom they may mean, and what to tell them.
func (s *Site) membersTyped(c echo.Context, typed string) (found []member.Member, words string, err error) {
	ctx, typed := c.Request().Context(), strings.TrimSpace(typed)
	if typed == "" || !plain(typed) {
		return nil, "exceptions.seek_none", nil
	}
	id, err := s.memberTyped(ctx, typed)
	if err != nil || id != "" {
		return []member.Member{{ID: id}}, "", err
	}
	found, more, err := s.Register.List(ctx, signedIn(c).Account, member.Wanted{Name: typed})
	switch {
	case more:
		return nil, "exceptions.seek_many", err
	case len(found) == 0:
		return nil, "exceptions.seek_none", err
	}
	return found, "exceptions.seek_which", err
}

// memberTyped is the member whose reference, or whose id, somebody typed; "" for nobody.
func (s *Site) memberTyped(ctx context.Context, typed string) (member.ID, error) {
	if id := strings.ToLower(strings.TrimSpace(typed)); messaging.ValidID(id) {
		m, err := s.Register.Get(ctx, member.ID(id))
		return m.ID, ignoring(err, member.ErrNoMember)
	}
	return s.Register.Beginning(ctx, billing.ReferenceIn(strings.ReplaceAll(typed, " ", "")))
}

func memberPath(id member.ID) string { return "/treasury/members/" + string(id) }

func (s *Site) memberDues(c echo.Context) error {
	return s.showMemberDues(c, http.StatusOK, s.desk(c))
}

func (s *Site) showMemberDues(c echo.Context, status int, d templates.Desk) error {
	ctx, id := c.Request().Context(), member.ID(c.Param("id"))
	if !messaging.ValidID(string(id)) {
		return member.ErrNoMember
	}
	entry, err := s.Register.Look(ctx, signedIn(c).Account, id)
	if err != nil {
		return err
	}
	dues, err := s.Dues.Statement(ctx, id)
	if err != nil {
		return err
	}
	back, err := s.Dues.Refundable(ctx, id)
	if err != nil {
		return err
	}
	d.Here = ""
	saysWhom(c, &d, entry.Name)
	page := templates.TreasuryMember{
		Desk: d, ID: id, Name: entry.Name, Today: calendar.On(s.Now()), Dues: dues, Back: back, Practice: s.Practice != nil,
	}
	for _, p := range dues.Payments {
		page.Payments = append(page.Payments, paymentLine(p))
	}
	return show(c, status, templates.TreasuryMemberPage(page))
}

// waive closes a period of a member without payment. It leads back to where the treasurer was.
func (s *Site) waive(c echo.Context) error {
	id := member.ID(c.Param("id"))
	if !messaging.ValidID(string(id)) {
		return member.ErrNoMember
	}
	f, err := form(c)
	if err != nil {
		return err
	}
	back, again := memberPath(id), s.showMemberDues
	if f.Get("from") == "exceptions" {
		back, again = "/treasury/exceptions", s.showExceptions
	}
	period, err := strconv.Atoi(f.Get("period"))
	if err != nil {
		period = 0 // which nobody has
	}
	why := "why_" + string(id)
	err = s.Dues.Waive(c.Request().Context(), id, period, signedIn(c).Account, f.Get(why))
	if field, words, ok := amissOr(err, why); ok {
		return again(c, http.StatusUnprocessableEntity, s.failed(c, f, "", err, field, words))
	}
	if err != nil {
		return err
	}
	return s.doneBeside(c, f, why, back, string(id), again)
}

func (s *Site) askRefundOf(c echo.Context) error {
	return s.showRefundOf(c, http.StatusOK, s.desk(c), c.QueryParam("payment"))
}

func (s *Site) showRefundOf(c echo.Context, status int, d templates.Desk, payment string) error {
	ctx := c.Request().Context()
	if !plain(payment) {
		return billing.ErrNoPayment
	}
	refund, err := s.Dues.ToRefund(ctx, billing.PaymentID(payment))
	if err != nil {
		return err
	}
	page := templates.TreasuryRefund{Desk: d, ToRefund: refund}
	if refund.Member != "" {
		entry, err := s.Register.Look(ctx, signedIn(c).Account, refund.Member)
		if err != nil && !errors.Is(err, member.ErrNoMember) { // what a provider calls a member need not be one
			return err
		}
		page.Name = entry.Name
	}
	return show(c, status, templates.TreasuryRefundPage(page))
}

func (s *Site) refundOf(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	payment := f.Get("payment")
	if !plain(payment) {
		return billing.ErrNoPayment
	}
	wrong := func(field, words string) error {
		return s.showRefundOf(c, http.StatusUnprocessableEntity, s.failed(c, f, "back.yes", err, field, words), payment)
	}
	amount, err := money.Parse(f.Get("amount"))
	if err != nil {
		return wrong("amount", "back.bad_amount")
	}
	refund, err := s.Dues.ToRefund(ctx, billing.PaymentID(payment))
	if err != nil {
		return err
	}
	by := billing.By{Account: signedIn(c).Account, As: member.Treasurer}
	err = s.Dues.RefundPayment(ctx, refund.Payment, refund.Member, amount, by, f.Get("why"))
	if field, words, ok := amiss(err, "back.yes"); ok {
		return wrong(field, words)
	}
	if err != nil {
		return err
	}
	if refund.Member == "" {
		return done(c, "/treasury/exceptions", "")
	}
	return done(c, memberPath(refund.Member), "")
}

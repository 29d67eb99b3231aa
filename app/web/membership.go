package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// mine is the visitor's entry in the register and their dues. ErrNoMember sends others to the page on which they can join.
func (s *Site) mine(c echo.Context) (member.Member, billing.Statement, error) {
	ctx := c.Request().Context()
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	if err == nil && !is {
		err = member.ErrNoMember
	}
	if err != nil {
		return m, billing.Statement{}, err
	}
	dues, err := s.Dues.Statement(ctx, m.ID)
	return m, dues, err
}

var errOver = errors.New("their membership has ended, or did not begin")

// still is mine for what only members do, and who applied. errOver sends others back to how it ended.
func (s *Site) still(c echo.Context) (member.Member, billing.Statement, error) {
	m, dues, err := s.mine(c)
	if err == nil && !inSociety(m) {
		err = errOver
	}
	return m, dues, err
}

// belonging sends who never applied to the page on which they can.
func belonging(do echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := do(c)
		switch {
		case c.Response().Committed:
		case errors.Is(err, member.ErrNoMember):
			return c.Redirect(http.StatusSeeOther, "/join")
		case errors.Is(err, errOver):
			return c.Redirect(http.StatusSeeOther, "/membership")
		}
		return err
	}
}

// membershipDone are the words for what was done before the page is shown again.
var membershipDone = map[string]string{
	"amount": "membership.said_amount", "refund": "membership.said_refund", "left": "membership.said_left", "quit": "membership.said_quit",
	"busy": "membership.said_busy", "refused": "membership.said_refused", "late": "refunding.late",
	"share": "membership.said_share", "share_waits": "membership.said_share_waits", "share_asked": "membership.said_share_asked",
	"way": "membership.said_way", "way_waits": "membership.said_way_waits", "stopped": "membership.said_stopped",
	"withdrawn": "membership.said_withdrawn",
}

func (s *Site) membership(c echo.Context) error {
	m, dues, err := s.mine(c)
	if err != nil {
		return err
	}
	page := templates.Membership{
		Frame: s.frame(c), State: m.State, Standing: dues.Standing, PaidUntil: dues.PaidUntil, Joined: m.Entered,
		SharePaid: dues.SharePaid, ShareComes: dues.ShareComes, Share: member.ShareNominal, Terms: dues.Terms,
		Begun: dues.Begun && dues.Terms.Interval != "", OnItsWay: dues.OnItsWay, Next: s.nextCharge(dues),
		Credit: dues.Credit, Practice: s.Practice != nil, Said: membershipDone[c.QueryParam("said")],
		Left: m.Ceased, Withdrawn: m.Withdrawn(), Held: m.Share, Ahead: dues.PaidAhead(),
	}
	page.Nothing = page.Begun && dues.Terms.Amount == 0
	if m.State == member.Applied {
		byItself, err := s.Register.AdmitsByPayment(c.Request().Context(), m.ID)
		if err != nil {
			return err
		}
		page.ByHand = !byItself
	}
	page.Lost = dues.Lost
	if dues.Method != nil {
		page.Way = &templates.Way{Provider: dues.Provider, Words: dues.Method.Description, State: dues.Method.State}
	}
	for _, w := range dues.Until {
		page.Until = append(page.Until, templates.Way{Provider: w.Provider, Words: w.Description, State: w.State})
	}
	for _, p := range dues.Periods {
		page.Periods = append(page.Periods, templates.DuesPeriod{
			First: p.Starts, Last: p.Ends.AddDays(-1), Amount: p.Price, State: string(p.State),
		})
	}
	for _, p := range dues.Payments {
		page.Payments = append(page.Payments, paymentLine(p))
	}
	if page.Earlier, err = s.earlierReceipts(c); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.MembershipPage(page))
}

// earlierReceipts are the payments with a receipt of who was a member before, and is entered anew.
func (s *Site) earlierReceipts(c echo.Context) (all []templates.DuesPayment, err error) {
	ctx := c.Request().Context()
	earlier, err := s.Register.Earlier(ctx, signedIn(c).Account)
	for _, e := range earlier {
		dues, err := s.Dues.Statement(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range dues.Payments {
			if p.Receipt != nil {
				all = append(all, templates.DuesPayment{On: p.On, Amount: p.Amount, State: paymentState(p), Receipt: p.Receipt.Number()})
			}
		}
	}
	return all, err
}

// nextCharge is what will be collected next, for who wants to know when.
func (s *Site) nextCharge(dues billing.Statement) *templates.NextCharge {
	if dues.Next == nil {
		return nil
	}
	n := dues.Next
	return &templates.NextCharge{
		On: n.On, Amount: n.Amount, Asked: n.Asked, Again: n.Again, Taken: n.Asked && !n.On.IsZero() && !n.On.After(calendar.On(s.Now())),
	}
}

func paymentLine(p billing.StatementLine) templates.DuesPayment {
	line := templates.DuesPayment{
		ID: string(p.ID), On: p.On, Amount: p.Amount, State: paymentState(p), Action: p.Action, Refundable: p.Refundable, RefundFrom: p.RefundFrom,
	}
	if underRefund(p) {
		line.Refundable, line.RefundFrom = 0, calendar.Date{}
	}
	if p.Receipt != nil {
		line.Receipt = p.Receipt.Number()
	}
	return line
}

// paymentState is the words' key for how a payment stands, for somebody who wants to know where their money is.
func paymentState(p billing.StatementLine) string {
	switch {
	case p.State == billing.PaymentPaid && p.Refunded >= p.Amount:
		return "refunded"
	case p.State == billing.PaymentPaid && p.Refunded > 0:
		return "refunded_part"
	case p.State == billing.PaymentPaid && underRefund(p):
		return "refunding"
	case p.State == billing.PaymentPaid && p.Disputed:
		return "disputed"
	case p.State == billing.PaymentFailed && !p.NextTry.IsZero():
		return "failed_again"
	default:
		return string(p.State)
	}
}

func underRefund(p billing.StatementLine) bool {
	for _, r := range p.Refunds {
		if r.State == "ordered" || r.State == "sent" {
			return true
		}
	}
	return false
}

// back is mine for who comes back from a provider's page. What became of it is asked there; if that cannot be had now, a webhook brings it
// later.
func (s *Site) back(c echo.Context) (member.Member, billing.Statement, error) {
	ctx, session := c.Request().Context(), c.QueryParam("stripe")
	m, is, err := s.Register.Of(ctx, signedIn(c).Account)
	switch {
	case err != nil || !is:
	case session != "":
		err = s.Dues.Returned(ctx, billing.Stripe, session)
	default:
		err = s.Dues.CameBack(ctx, m.ID)
	}
	if err != nil && !errors.Is(err, billing.ErrBusy) && !errors.Is(err, billing.ErrNotFound) && !errors.Is(err, billing.ErrNoProvider) {
		return m, billing.Statement{}, err
	}
	return s.mine(c)
}

// soon is for how many seconds somebody waits for what takes a moment before their page looks again by itself.
const soon = "3"

// joined is where a provider's page sends somebody back to who applied and began to pay dues.
func (s *Site) joined(c echo.Context) error {
	m, dues, err := s.back(c)
	if err != nil {
		return err
	}
	page := templates.JoinDone{
		Frame: s.frame(c), Admitted: m.State == member.Admitted, Settled: dues.PaidDues(), Next: s.nextCharge(dues), OnItsWay: dues.OnItsWay,
		Nothing: dues.Begun && dues.Terms.Interval != "" && dues.Terms.Amount == 0, Practice: s.Practice != nil,
	}
	if m.State == member.Applied {
		byItself, err := s.Register.AdmitsByPayment(c.Request().Context(), m.ID)
		if err != nil {
			return err
		}
		page.ByHand = !byItself
		if page.Settled && byItself {
			c.Response().Header().Set("Refresh", soon+"; url=/join/done") // a job enters them
		}
	}
	return show(c, http.StatusOK, templates.JoinDonePage(page))
}

// wayDone is where a provider's page sends a member back to who chose another way to pay.
func (s *Site) wayDone(c echo.Context) error {
	_, dues, err := s.back(c)
	if err != nil {
		return err
	}
	if dues.Method == nil || dues.Method.State != billing.MethodActive {
		return c.Redirect(http.StatusSeeOther, "/membership?said=way_waits")
	}
	return c.Redirect(http.StatusSeeOther, "/membership?said=way")
}

// answersOf are a member's present answers, to be changed.
func answersOf(dues billing.Statement) templates.Dues {
	d := templates.Dues{Amount: "standard", Interval: billing.Monthly, Provider: dues.Provider}
	t := dues.Terms
	if t.Interval == "" && dues.Chose != nil {
		t, d.Provider = dues.Chose.Terms, dues.Chose.Provider
	}
	if t.Interval == "" {
		return d
	}
	d.Interval = t.Interval
	typed := strings.TrimSuffix(t.Amount.Decimal(), ".00")
	switch {
	case t.Amount == 0:
		d.Amount = "nothing"
	case t.Amount < billing.StandardDues:
		d.Amount, d.Reduced = "reduced", typed
	case t.Amount > billing.StandardDues:
		d.Amount, d.More = "more", typed
	}
	return d
}

func (s *Site) askAmount(c echo.Context) error {
	m, dues, err := s.still(c)
	if err != nil {
		return err
	}
	page := templates.DuesChange{Dues: answersOf(dues), NoWay: dues.Method == nil}
	if dues.Standing.State == member.Current && dues.Next != nil && !dues.Next.Asked {
		page.From = dues.Next.On
	}
	return s.showChange(c, http.StatusOK, m, page)
}

func (s *Site) askWay(c echo.Context) error {
	m, dues, err := s.still(c)
	if err != nil {
		return err
	}
	way := dues.Terms.Amount > 0
	return s.showChange(c, http.StatusOK, m, templates.DuesChange{Dues: answersOf(dues), Way: way, NoWay: !way})
}

func (s *Site) showChange(c echo.Context, status int, m member.Member, page templates.DuesChange) error {
	rules, err := s.Register.Rules(c.Request().Context())
	if err != nil {
		return err
	}
	page.Frame, page.Practice, page.Dues = s.frame(c), s.Practice != nil, s.asked(page.Dues)
	page.Dues.Member, page.Dues.AtOnce = m.State == member.Admitted, rules.AdmitOnPayment
	return show(c, status, templates.DuesChangePage(page))
}

// changeAmount changes what is collected by the way there is. Who has none, or paid nothing, goes on to a provider's page.
func (s *Site) changeAmount(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	m, dues, err := s.still(c)
	if err != nil {
		return err
	}
	page := templates.DuesChange{Dues: duesSaid(said), NoWay: dues.Method == nil}
	terms, problems := amountAnswered(c, page.Dues)
	if page.NoWay {
		terms, problems = s.answered(c, page.Dues)
	}
	if page.Problems = problems; len(problems) > 0 {
		return s.showChange(c, http.StatusUnprocessableEntity, m, page)
	}
	if page.NoWay {
		return s.toProvider(c, m, s.asked(page.Dues).Provider, terms)
	}
	if err := s.Dues.Change(ctx, m.ID, terms); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/membership?said=amount")
}

func (s *Site) changeWay(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	m, dues, err := s.still(c)
	if err != nil {
		return err
	}
	if dues.Terms.Amount == 0 {
		return c.Redirect(http.StatusSeeOther, "/membership/dues") // which asks how much as well
	}
	page := templates.DuesChange{Dues: answersOf(dues), Way: true}
	page.Dues.Provider = billing.ProviderName(said.Get("provider"))
	if problem := s.wayProblem(c, page.Dues); problem.Text != "" {
		page.Problems = templates.Problems{problem}
		return s.showChange(c, http.StatusUnprocessableEntity, m, page)
	}
	return s.toProvider(c, m, page.Dues.Provider, dues.Terms)
}

func (s *Site) askLeave(c echo.Context) error {
	m, dues, err := s.still(c)
	if err != nil {
		return err
	}
	page := templates.Leaving{
		Frame: s.frame(c), Share: member.ShareNominal, SharePaid: dues.SharePaid && m.State == member.Admitted, Applied: m.State == member.Applied,
	}
	for _, p := range dues.Payments {
		if p.State == billing.PaymentSubmitted {
			page.OnItsWay += p.Amount
		}
		page.Refunds = page.Refunds || p.Refundable > 0 && p.State == billing.PaymentPaid || !p.RefundFrom.IsZero()
	}
	if m.State == member.Admitted {
		page.Ahead = dues.PaidAhead()
	}
	return show(c, http.StatusOK, templates.LeavingPage(page))
}

// leave ends what collects first: if the second half fails, nothing is taken from somebody who wanted to go, and they can click again.
func (s *Site) leave(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	m, _, err := s.still(c)
	if err != nil {
		return err
	}
	if err := s.Dues.Leave(ctx, m.ID); err != nil {
		return err
	}
	said := "left"
	if m.State == member.Applied {
		said, err = "withdrawn", s.Register.Withdraw(ctx, m.ID)
	}
	if m.State == member.Admitted {
		wish := member.ShareWish(f.Get("share"))
		if wish == "" {
			wish = member.ShareRepaid
		}
		err = s.Register.Resign(ctx, m.ID, wish)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/membership?said="+said)
}

// ownPayment finds a payment of the visitor's, and what is collected after it.
func (s *Site) ownPayment(c echo.Context, id string) (page templates.Refunding, _ member.ID, _ billing.StatementLine, _ error) {
	m, dues, err := s.mine(c)
	if err != nil {
		return page, "", billing.StatementLine{}, err
	}
	for _, p := range dues.Payments {
		if string(p.ID) != id {
			continue
		}
		page = templates.Refunding{
			Frame: s.frame(c), Payment: string(p.ID), Amount: p.Refundable, On: p.On, Share: p.Share,
			Stopped: p.State == billing.PaymentPending, Debit: p.Provider == billing.GoCardless,
		}
		if inSociety(m) && !page.Stopped {
			page.Next = s.nextCharge(dues)
		}
		return page, m.ID, p, nil
	}
	return page, "", billing.StatementLine{}, billing.ErrNoPayment
}

func (s *Site) askRefund(c echo.Context) error {
	page, _, p, err := s.ownPayment(c, c.QueryParam("payment"))
	if err != nil {
		return err
	}
	if p.Refundable == 0 {
		return c.Redirect(http.StatusSeeOther, "/membership?said=late")
	}
	return show(c, http.StatusOK, templates.RefundingPage(page))
}

func (s *Site) refund(c echo.Context) error {
	ctx := c.Request().Context()
	f, err := form(c)
	if err != nil {
		return err
	}
	page, m, p, err := s.ownPayment(c, f.Get("payment"))
	if err != nil {
		return err
	}
	said := "refund"
	if page.Stopped {
		said = "stopped"
	}
	err = s.Dues.RefundPayment(ctx, p.ID, m, p.Refundable, billing.By{}, "")
	switch {
	case errors.Is(err, billing.ErrNoRefund):
		page.Problem = templates.Problem{Text: text.T(ctx, "refunding.not_yet")}
		return show(c, http.StatusUnprocessableEntity, templates.RefundingPage(page))
	case errors.Is(err, billing.ErrUnderWay):
	case errors.Is(err, billing.ErrNoRight), errors.Is(err, billing.ErrAmount):
		return c.Redirect(http.StatusSeeOther, "/membership?said=late")
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/membership?said="+said)
}

// ownReceipt reads one of the visitor's receipts by the number in the address: "2026-00042".
func (s *Site) ownReceipt(c echo.Context, number string) (templates.Receipt, error) {
	ctx := c.Request().Context()
	var year, n int
	if _, err := fmt.Sscanf(number, "%d-%d", &year, &n); err != nil {
		return templates.Receipt{}, billing.ErrNoReceipt
	}
	m, _, err := s.mine(c)
	if err != nil {
		return templates.Receipt{}, err
	}
	earlier, err := s.Register.Earlier(ctx, signedIn(c).Account)
	if err != nil {
		return templates.Receipt{}, err
	}
	r, err := s.Dues.Receipt(ctx, m.ID, year, n)
	for _, e := range earlier {
		if errors.Is(err, billing.ErrNoReceipt) {
			m = e
			r, err = s.Dues.Receipt(ctx, m.ID, year, n)
		}
	}
	if err != nil {
		return templates.Receipt{}, err
	}
	dues, err := s.Dues.Statement(ctx, m.ID)
	if err != nil {
		return templates.Receipt{}, err
	}
	page := templates.Receipt{
		Frame: s.frame(c), Number: r.Number(), Paid: r.Paid, Name: m.Name, Member: string(m.ID), Total: r.Amount,
		Refunded: r.Refunded, Reversed: r.Reversed, Practice: s.Practice != nil, Lines: receiptLines(r),
	}
	for _, p := range dues.Payments {
		switch {
		case p.ID != r.Payment:
		case p.Provider == billing.Stripe:
			page.Way = text.T(ctx, "dues.card")
		case p.Provider == billing.GoCardless:
			page.Way = text.T(ctx, "dues.debit")
		}
	}
	return page, nil
}

func receiptLines(r billing.Receipt) (lines []templates.ReceiptLine) {
	if r.Share > 0 {
		lines = append(lines, templates.ReceiptLine{Share: true, Amount: r.Share})
	}
	rest := r.Amount - r.Share
	switch {
	case rest <= 0:
	case len(r.For) == 0:
		lines = append(lines, templates.ReceiptLine{Credit: true, Amount: rest})
	default:
		lines = append(lines, templates.ReceiptLine{First: r.For[0].Starts, Last: r.For[len(r.For)-1].Ends.AddDays(-1), Amount: rest})
	}
	return lines
}

func (s *Site) receipt(c echo.Context) error {
	number, paper := strings.CutSuffix(c.Param("number"), ".pdf")
	page, err := s.ownReceipt(c, number)
	if err != nil {
		return err
	}
	if !paper {
		return show(c, http.StatusOK, templates.ReceiptPage(page))
	}
	return s.paper(c, page)
}

// export is all that the society holds about somebody's membership, for them.
func (s *Site) export(c echo.Context) error {
	m, dues, err := s.mine(c)
	if err != nil {
		return err
	}
	entry, err := s.Register.Export(c.Request().Context(), m.ID)
	if err != nil {
		return err
	}
	told, err := s.Ledger.ImpactWishes(c.Request().Context(), m.ID)
	if err != nil {
		return err
	}
	file, err := json.MarshalIndent(struct {
		Currency string
		Register member.Export
		Dues     billing.Statement
		Told     billing.ImpactWishes
	}{money.Currency, entry, dues, told}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the export of a member: %w", err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="folkmoot-membership.json"`)
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", file)
}

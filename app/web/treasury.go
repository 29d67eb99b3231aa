package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

// maxFile is the largest file that the treasurer's desk takes.
const maxFile = "5M"

// shownEntries is how many of a month's entries the desk lists.
const shownEntries = 500

// explains are what a line of the bank's statement can be recorded as, the likeliest first.
var explains = []billing.LedgerAccount{
	billing.MemberCredit, billing.Suspense, billing.CostOther, billing.IncomeDonations, billing.IncomeGrants, billing.IncomeOther,
	billing.ClearingStripe, billing.ClearingGoCardless, billing.PaymentFees, billing.OpeningBalances,
}

func treasurer(c echo.Context, why string) billing.TreasurerAct {
	return billing.TreasurerAct{By: signedIn(c).Account, Why: why}
}

func (s *Site) treasury(c echo.Context) error {
	page := templates.Treasury{}
	if done, ok := treasuryDone[c.QueryParam("said")]; ok {
		page.Said = text.T(c.Request().Context(), done)
	}
	return s.showTreasury(c, http.StatusOK, page)
}

var treasuryDone = map[string]string{
	"closed": "treasury.said_closed", "matched": "treasury.said_matched", "explained": "treasury.said_explained",
}

func (s *Site) showTreasury(c echo.Context, status int, page templates.Treasury) error {
	ctx := c.Request().Context()
	page.Frame, page.Practice, page.Explains = s.frame(c), s.Practice != nil, explains
	page.Here = "/treasury"
	exceptions, err := s.Dues.Exceptions(ctx, "")
	if err != nil {
		return err
	}
	page.Exceptions, page.MoreExceptions = exceptions.Count()
	closing, err := s.Ledger.NextToClose(ctx)
	if err != nil && !errors.Is(err, billing.ErrNothingToClose) {
		return err
	}
	if err == nil {
		page.Closing = &templates.MonthEnd{
			Month: closing.Month, Books: closing.Books, Bank: closing.Bank, Unmatched: closing.Unmatched, Over: closing.Over,
		}
	}
	waiting, err := s.Ledger.Unmatched(ctx, s.Register.Beginning)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		line := statementLine(w.Line)
		line.Member = string(w.Member)
		for _, e := range w.Entries {
			line.Matches = append(line.Matches, templates.Match{Key: e.SourceKey, Date: e.Date, Words: e.Words, Document: e.Document})
		}
		page.Waiting = append(page.Waiting, line)
	}
	unknown, err := s.Ledger.InSuspense(ctx)
	if err != nil {
		return err
	}
	for _, b := range unknown {
		page.Suspense = append(page.Suspense, statementLine(b))
	}
	return show(c, status, templates.TreasuryPage(page))
}

func statementLine(b billing.BankLine) templates.StatementLine {
	return templates.StatementLine{ID: b.ID, Date: b.Date, Words: b.Words, Amount: b.Amount}
}

func (s *Site) closeMonth(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	month, err := calendar.ParseMonth(said.Get("month"))
	if err != nil {
		return echo.NewHTTPError(http.StatusUnprocessableEntity).SetInternal(err)
	}
	page := templates.Treasury{Bank: said.Get("bank")}
	bank, err := money.Parse(page.Bank)
	if err != nil {
		page.Problems = templates.Problems{{Field: "bank", Text: text.T(ctx, "treasury.bad_bank")}}
		return s.showTreasury(c, http.StatusUnprocessableEntity, page)
	}
	err = s.Ledger.CloseMonth(ctx, treasurer(c, ""), month, bank)
	if refused(err) {
		page.Problems = templates.Problems{{Field: "bank", Text: notDone(c, err)}}
		return s.showTreasury(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/treasury?said=closed")
}

// refused reports whether the ledger said no for a reason that the treasurer can mend, and which is told in the ledger's words.
func refused(err error) bool {
	line := (*billing.LineError)(nil)
	return errors.As(err, &line) || slices.ContainsFunc([]error{
		billing.ErrMonthClosed, billing.ErrMonthNotOver, billing.ErrMonthsInTurn, billing.ErrLinesUnmatched, billing.ErrBankDiffers,
		billing.ErrNoLine, billing.ErrMatched, billing.ErrOtherAmount, billing.ErrNotSuspense, billing.ErrNotForBank,
		billing.ErrNoEntry, billing.ErrNotCorrected, billing.ErrTwice, billing.ErrOtherEntry,
	}, func(is error) bool { return errors.Is(err, is) })
}

func notDone(c echo.Context, err error) string {
	return text.T(c.Request().Context(), "treasury.not_done", "Why", err.Error())
}

func (s *Site) matchLine(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	err = s.Ledger.Match(c.Request().Context(), treasurer(c, ""), c.Param("id"), said.Get("entry"))
	return s.treasuryDid(c, err, "matched")
}

func (s *Site) explainLine(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	as, whose := explained(said)
	return s.treasuryDid(c, s.Ledger.Explain(c.Request().Context(), treasurer(c, ""), c.Param("id"), as, whose), "explained")
}

func (s *Site) sortLine(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	as, whose := explained(said)
	return s.treasuryDid(c, s.Ledger.Sort(c.Request().Context(), treasurer(c, ""), c.Param("id"), as, whose), "explained")
}

// explained reads what a line is. A member counts only with what can be a member's.
func explained(said url.Values) (as billing.LedgerAccount, whose member.ID) {
	as = billing.LedgerAccount(said.Get("account"))
	if as == billing.MemberCredit {
		whose = member.ID(said.Get("member"))
	}
	return as, whose
}

func (s *Site) treasuryDid(c echo.Context, err error, did string) error {
	if errors.Is(err, billing.ErrNotForBank) {
		problem := templates.Problem{Text: text.T(c.Request().Context(), "treasury.whose")}
		return s.showTreasury(c, http.StatusUnprocessableEntity, templates.Treasury{Problems: templates.Problems{problem}})
	}
	if refused(err) {
		return s.showTreasury(c, http.StatusUnprocessableEntity, templates.Treasury{Problems: templates.Problems{{Text: notDone(c, err)}}})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/treasury?said="+did)
}

// uploaded is the file of a form, or nothing if none was chosen.
func uploaded(c echo.Context, field string) ([]byte, error) {
	head, err := c.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		if e := (*echo.HTTPError)(nil); errors.As(err, &e) {
			return nil, e
		}
		return nil, echo.NewHTTPError(http.StatusUnprocessableEntity).SetInternal(err)
	}
	file, err := head.Open()
	if err != nil {
		return nil, fmt.Errorf("open an uploaded file: %w", err)
	}
	text, err := io.ReadAll(file)
	return text, errors.Join(err, file.Close())
}

func (s *Site) importStatement(c echo.Context) error {
	ctx := c.Request().Context()
	file, err := uploaded(c, "statement")
	if err != nil {
		return err
	}
	wrong := func(words string) error {
		return s.showTreasury(c, http.StatusUnprocessableEntity, templates.Treasury{Problems: templates.Problems{{Field: "statement", Text: words}}})
	}
	if len(file) == 0 {
		return wrong(text.T(ctx, "treasury.bad_file"))
	}
	if _, err := billing.ParseStatement(file); err != nil {
		return wrong(text.T(ctx, "treasury.file_why", "Why", err.Error()))
	}
	done, err := s.Ledger.ImportStatement(ctx, treasurer(c, ""), file)
	if refused(err) {
		return wrong(text.T(ctx, "treasury.file_why", "Why", err.Error()))
	}
	if err != nil {
		return err
	}
	return s.showTreasury(c, http.StatusOK, templates.Treasury{
		Said: text.T(ctx, "treasury.said_imported", "Fresh", done.Fresh, "Known", done.Known, "Matched", done.Matched),
	})
}

func (s *Site) askCosts(c echo.Context) error {
	page := templates.TreasuryCosts{Date: calendar.On(s.Now()).String(), Over: "1"}
	if c.QueryParam("said") == "corrected" {
		page.Said = text.T(c.Request().Context(), "treasury.said_corrected")
	}
	return s.showCosts(c, http.StatusOK, page)
}

func (s *Site) showCosts(c echo.Context, status int, page templates.TreasuryCosts) error {
	ctx := c.Request().Context()
	page.Frame, page.Practice = s.frame(c), s.Practice != nil
	page.Here = "/treasury/costs"
	page.Costs, page.Incomes = billing.CostAccounts, billing.IncomeAccounts
	page.Month = calendar.MonthOf(s.Now())
	if closing, err := s.Ledger.NextToClose(ctx); err == nil && closing.Month.Before(page.Month) {
		page.Month = closing.Month
	}
	entries, err := s.Ledger.EntriesIn(ctx, page.Month, shownEntries)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		if line, own := ownEntry(e); own {
			page.Entries = append(page.Entries, line)
		}
	}
	return show(c, status, templates.TreasuryCostsPage(page))
}

// ownEntry is an entry that the treasurer recorded, by the account that stands against the bank.
func ownEntry(e billing.Entry) (line templates.TreasuryEntry, own bool) {
	if !slices.Contains([]billing.EntryKind{billing.EntryCost, billing.EntryIncome, billing.EntryBank, billing.EntryCorrected}, e.Kind) {
		return line, false
	}
	line = templates.TreasuryEntry{Key: e.SourceKey, Date: e.Date, Document: e.Document, Mendable: e.Kind != billing.EntryCorrected}
	for _, p := range e.Postings {
		if p.Account != billing.Bank {
			line.Account, line.Amount = p.Account, -p.Amount
		}
	}
	return line, true
}

func (s *Site) recordCost(c echo.Context) error {
	ctx := c.Request().Context()
	said, err := form(c)
	if err != nil {
		return err
	}
	page := templates.TreasuryCosts{
		Account: said.Get("account"), Supplier: said.Get("supplier"), Invoice: said.Get("invoice"),
		Date: said.Get("date"), Amount: said.Get("amount"), Over: said.Get("over"),
	}
	outlay, problems := outlaySaid(c, page)
	if page.Problems = problems; len(problems) > 0 {
		return s.showCosts(c, http.StatusUnprocessableEntity, page)
	}
	fresh, err := s.Ledger.Record(ctx, treasurer(c, ""), outlay)
	if refused(err) {
		page.Problems = templates.Problems{{Text: notDone(c, err)}}
		return s.showCosts(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return s.showCosts(c, http.StatusOK, templates.TreasuryCosts{
		Date: page.Date, Over: "1", Said: text.N(ctx, "treasury.said_recorded", fresh),
	})
}

func outlaySaid(c echo.Context, page templates.TreasuryCosts) (o billing.Outlay, problems templates.Problems) {
	ctx := c.Request().Context()
	o = billing.Outlay{Account: billing.LedgerAccount(page.Account), Supplier: page.Supplier, Invoice: page.Invoice}
	var err error
	if o.Date, err = calendar.ParseDate(page.Date); err != nil {
		problems = append(problems, templates.Problem{Field: "date", Text: text.T(ctx, "treasury.not_done", "Why", err.Error())})
	}
	if o.Amount, err = money.Parse(page.Amount); err != nil {
		problems = append(problems, templates.Problem{Field: "amount", Text: text.T(ctx, "treasury.not_done", "Why", err.Error())})
	}
	if o.Over, err = strconv.Atoi(page.Over); err != nil {
		problems = append(problems, templates.Problem{Field: "over", Text: text.T(ctx, "costs.bad_over")})
	}
	if err := o.Check(); err != nil && len(problems) == 0 {
		problems = append(problems, templates.Problem{Field: "supplier", Text: notDone(c, err)})
	}
	return o, problems
}

func (s *Site) importCosts(c echo.Context) error {
	ctx := c.Request().Context()
	file, err := uploaded(c, "file")
	if err != nil {
		return err
	}
	wrong := func(words string) error {
		return s.showCosts(c, http.StatusUnprocessableEntity, templates.TreasuryCosts{Problems: templates.Problems{{Field: "file", Text: words}}})
	}
	if len(file) == 0 {
		return wrong(text.T(ctx, "treasury.bad_file"))
	}
	outlays, err := billing.ParseOutlays(file)
	if err != nil {
		return wrong(text.T(ctx, "treasury.file_why", "Why", err.Error()))
	}
	fresh, err := s.Ledger.Record(ctx, treasurer(c, ""), outlays...)
	if refused(err) {
		return wrong(text.T(ctx, "treasury.file_why", "Why", err.Error()))
	}
	if err != nil {
		return err
	}
	return s.showCosts(c, http.StatusOK, templates.TreasuryCosts{Said: text.N(ctx, "treasury.said_recorded", fresh)})
}

func (s *Site) takeBack(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	err = s.Ledger.Correct(c.Request().Context(), treasurer(c, said.Get("why")), said.Get("entry"))
	if refused(err) {
		return s.showCosts(c, http.StatusUnprocessableEntity, templates.TreasuryCosts{Problems: templates.Problems{{Text: notDone(c, err)}}})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/treasury/costs?said=corrected")
}

// large lets a form bring a file, or all the notes of long minutes.
func large(do echo.HandlerFunc) echo.HandlerFunc { return middleware.BodyLimit(maxFile)(do) }

var roomyPaths = []string{"/treasury/statement", "/treasury/costs/import", "/meetings/:id/minutes/notes", "/meetings/:id/actions", "/meetings/:id/actions/:action"}

// roomy is for the addresses that take more than maxBody, with a limit of their own.
func roomy(c echo.Context) bool {
	return hooked(c) || slices.Contains(roomyPaths, c.Path())
}

package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	billing.ClearingStripe, billing.ClearingGoCardless, billing.PaymentFees, billing.ShareCapital, billing.OpeningBalances,
}

func treasurer(c echo.Context, why string) billing.TreasurerAct {
	return billing.TreasurerAct{By: signedIn(c).Account, Why: why}
}

func (s *Site) treasury(c echo.Context) error {
	return s.showTreasury(c, http.StatusOK, templates.Treasury{Said: treasurySaid(c, c.QueryParam("said"), c.QueryParam("of"))})
}

// treasurySaid says what was done, and to which month or as what.
func treasurySaid(c echo.Context, did, of string) string {
	ctx := c.Request().Context()
	month, err := calendar.ParseMonth(of)
	switch {
	case did == "closed" && err == nil:
		return text.T(ctx, "treasury.said_closed", "Month", templates.MonthWords(ctx, month))
	case did == "matched":
		return text.T(ctx, "treasury.said_matched")
	case did == "explained" && slices.Contains(explains, billing.LedgerAccount(of)):
		return text.T(ctx, "treasury.said_explained", "Account", text.T(ctx, "account."+templates.AccountKey(billing.LedgerAccount(of))))
	default:
		return ""
	}
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
		page.Closing = &templates.MonthEnd{Closing: closing}
		if closing.Differs() != 0 || status != http.StatusOK {
			unseen, err := s.Ledger.Unseen(ctx, closing.Month)
			if err != nil {
				return err
			}
			for _, e := range unseen {
				page.Closing.Unseen = append(page.Closing.Unseen, templates.Unseen{Date: e.Date, Words: cmp.Or(e.Document, e.Words), Amount: e.AtBank()})
			}
		}
	}
	if page.Waiting, page.Suspense, err = s.linesWaiting(ctx); err != nil {
		return err
	}
	return show(c, status, templates.TreasuryPage(page))
}

// linesWaiting are the lines of the bank that no entry tells of, and those of which nobody knows what they are.
func (s *Site) linesWaiting(ctx context.Context) (all, suspense []templates.StatementLine, err error) {
	waiting, err := s.Ledger.Unmatched(ctx, s.Register.Beginning)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range waiting {
		line := statementLine(w.Line)
		if w.Member != "" {
			line.Member = billing.Reference(w.Member)
		}
		for _, e := range w.Entries {
			line.Matches = append(line.Matches, templates.Match{Key: e.SourceKey, Date: e.Date, Words: e.Words, Document: e.Document})
		}
		all = append(all, line)
	}
	unknown, err := s.Ledger.InSuspense(ctx)
	for _, b := range unknown {
		suspense = append(suspense, statementLine(b))
	}
	return all, suspense, err
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
	if words, no := refused(ctx, err); no || errors.Is(err, billing.ErrBankDiffers) {
		if !no {
			if words, err = s.bankDiffers(ctx, bank); err != nil {
				return err
			}
		}
		page.Problems = templates.Problems{{Field: "bank", Text: words}}
		return s.showTreasury(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/treasury?"+url.Values{"said": {"closed"}, "of": {month.String()}}.Encode())
}

// bankDiffers says by how much the balance that the treasurer read differs, and from what.
func (s *Site) bankDiffers(ctx context.Context, bank money.Pence) (string, error) {
	c, err := s.Ledger.NextToClose(ctx)
	switch {
	case err != nil:
		return "", err
	case bank > c.Books:
		return text.T(ctx, "treasury.typed_more", "Bank", bank, "Books", c.Books, "Amount", bank-c.Books), nil
	case bank < c.Books:
		return text.T(ctx, "treasury.typed_less", "Bank", bank, "Books", c.Books, "Amount", c.Books-bank), nil
	case c.Bank != nil:
		return text.T(ctx, "treasury.typed_other", "Bank", bank, "Statement", *c.Bank), nil
	default:
		return text.T(ctx, "ledger.gone"), nil
	}
}

// refused says in the page's words why the ledger said no, if that is for a reason that the treasurer can mend.
func refused(ctx context.Context, err error) (words string, no bool) {
	_, key, no := fault(err, []faulty{
		{billing.ErrMonthClosed, "", "ledger.closed"},
		{billing.ErrMonthNotOver, "", "ledger.not_over"},
		{billing.ErrMonthsInTurn, "", "ledger.in_turn"},
		{billing.ErrLinesUnmatched, "", "ledger.lines"},
		{billing.ErrNoLine, "", "ledger.gone"},
		{billing.ErrMatched, "", "ledger.gone"},
		{billing.ErrNotSuspense, "", "ledger.gone"},
		{billing.ErrNoEntry, "", "ledger.gone"},
		{billing.ErrOtherAmount, "", "ledger.amount"},
		{billing.ErrNotForBank, "", "treasury.cannot_be"},
		{billing.ErrNotCorrected, "", "ledger.not_yours"},
		{billing.ErrTwice, "", "ledger.twice"},
		{billing.ErrOtherEntry, "", "ledger.other_entry"},
		{member.ErrNoWhy, "", "register.no_why"},
		{member.ErrBadWords, "", "form.hidden"},
	})
	if !no {
		return "", false
	}
	return wording(ctx, err, key), true
}

func (s *Site) matchLine(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	err = s.Ledger.Match(c.Request().Context(), treasurer(c, ""), c.Param("id"), said.Get("entry"))
	return s.lineDid(c, said, err, "matched", "")
}

func (s *Site) explainLine(c echo.Context) error { return s.onLine(c, s.Ledger.Explain) }
func (s *Site) sortLine(c echo.Context) error    { return s.onLine(c, s.Ledger.Sort) }

// onLine has the treasurer say what a line is. A member counts only with what can be a member's.
func (s *Site) onLine(c echo.Context, record func(ctx context.Context, by billing.TreasurerAct, line string, as billing.LedgerAccount, m member.ID) error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	said, err := form(c)
	if err != nil {
		return err
	}
	as, whose := billing.LedgerAccount(said.Get("account_"+id)), member.ID("")
	if as == billing.MemberCredit {
		found, words, err := s.membersTyped(c, said.Get("member_"+id))
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(found, func(m member.Member) bool { return string(m.ID) == said.Get("which_"+id) }); i >= 0 {
			found = found[i : i+1] // of those whom the words may mean, and of no others: they may have been changed since
		}
		if len(found) != 1 {
			return s.showTreasury(c, http.StatusUnprocessableEntity, templates.Treasury{
				Typed: typed(said), Problems: templates.Problems{{Field: "member_" + id, Text: text.T(ctx, words)}}, Asks: id, Found: found,
			})
		}
		whose = found[0].ID
	}
	return s.lineDid(c, said, record(ctx, treasurer(c, ""), id, as, whose), "explained", string(as))
}

// lineDid leads back to the desk. What else was typed there is not lost: then the page comes at once.
func (s *Site) lineDid(c echo.Context, said url.Values, err error, did, of string) error {
	page := templates.Treasury{Typed: typed(said)}
	if words, no := refused(c.Request().Context(), err); no {
		page.Problems = templates.Problems{{Field: "account_" + c.Param("id"), Text: words}}
		return s.showTreasury(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	all, suspense, err := s.linesWaiting(c.Request().Context())
	if err != nil {
		return err
	}
	for _, l := range slices.Concat(all, suspense) {
		as, whose := page.Typed["account_"+l.ID], page.Typed["member_"+l.ID]
		if l.ID != c.Param("id") && (as != "" && as != string(explains[0]) || whose != "" && whose != l.Member) {
			page.Said = treasurySaid(c, did, of)
			return s.showTreasury(c, http.StatusOK, page)
		}
	}
	return c.Redirect(http.StatusSeeOther, "/treasury?"+url.Values{"said": {did}, "of": {of}}.Encode())
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
	if errors.Is(err, billing.ErrMonthClosed) {
		return wrong(text.T(ctx, "treasury.file_closed"))
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
	if words, no := refused(ctx, err); no {
		field := "invoice"
		if errors.Is(err, billing.ErrMonthClosed) {
			field = "date"
		}
		page.Problems = templates.Problems{{Field: field, Text: words}}
		return s.showCosts(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return s.showCosts(c, http.StatusOK, templates.TreasuryCosts{Date: page.Date, Over: "1", Said: outlayRecorded(ctx, outlay, fresh > 0)})
}

func outlayRecorded(ctx context.Context, o billing.Outlay, fresh bool) string {
	key := "costs.said_cost"
	switch {
	case !fresh:
		key = "costs.said_known"
	case o.Income():
		key = "costs.said_income"
	}
	account := text.T(ctx, "account."+templates.AccountKey(o.Account))
	return text.T(ctx, key, "Amount", o.Amount, "Supplier", o.Supplier, "Invoice", o.Invoice, "Account", account)
}

// outlaySaid reads the form. What cannot be read is left out, and is then among the outlay's faults.
func outlaySaid(c echo.Context, page templates.TreasuryCosts) (o billing.Outlay, problems templates.Problems) {
	o = billing.Outlay{
		Account: billing.LedgerAccount(page.Account), Supplier: strings.TrimSpace(page.Supplier), Invoice: strings.TrimSpace(page.Invoice), Date: readDay(page.Date),
	}
	if amount, err := money.Parse(page.Amount); err == nil {
		o.Amount = amount
	}
	var err error
	if o.Over, err = strconv.Atoi(strings.TrimSpace(page.Over)); err != nil {
		o.Over = -1
	}
	for _, wrong := range o.Faults() {
		field, words, _ := fault(wrong, []faulty{
			{billing.ErrCategory, "account", "costs.bad_account"},
			{billing.ErrSupplier, "supplier", "costs.bad_supplier"},
			{billing.ErrInvoice, "invoice", "costs.bad_invoice"},
			{billing.ErrNoDay, "date", "costs.bad_date"},
			{billing.ErrOutlay, "amount", "costs.bad_amount"},
			{billing.ErrOver, "over", "costs.bad_over"},
		})
		problems = append(problems, templates.Problem{Field: field, Text: wording(c.Request().Context(), wrong, words)})
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
		return s.showCosts(c, http.StatusUnprocessableEntity, templates.TreasuryCosts{
			Date: calendar.On(s.Now()).String(), Over: "1", Problems: templates.Problems{{Field: "file", Text: words}},
		})
	}
	if len(file) == 0 {
		return wrong(text.T(ctx, "treasury.bad_file"))
	}
	outlays, err := billing.ParseOutlays(file)
	if err != nil {
		return wrong(text.T(ctx, "treasury.file_why", "Why", err.Error()))
	}
	fresh, err := s.Ledger.Record(ctx, treasurer(c, ""), outlays...)
	words, no := refused(ctx, err)
	if one, is := errors.AsType[*billing.OutlayError](err); is && no {
		return wrong(text.T(ctx, "treasury.file_one", "Supplier", one.Supplier, "Invoice", one.Invoice, "Why", words))
	}
	if err != nil {
		return err
	}
	return s.showCosts(c, http.StatusOK, templates.TreasuryCosts{Date: calendar.On(s.Now()).String(), Over: "1", Said: text.N(ctx, "treasury.said_recorded", fresh)})
}

func (s *Site) takeBack(c echo.Context) error {
	said, err := form(c)
	if err != nil {
		return err
	}
	ctx, why := c.Request().Context(), "why_"+said.Get("entry")
	err = s.Ledger.Correct(ctx, treasurer(c, said.Get(why)), said.Get("entry"))
	page := templates.TreasuryCosts{Date: calendar.On(s.Now()).String(), Over: "1", Typed: typed(said)}
	if words, no := refused(ctx, err); no {
		page.Problems = templates.Problems{{Field: why, Text: words}}
		return s.showCosts(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	for field, value := range page.Typed {
		if field != why && strings.HasPrefix(field, "why_") && value != "" {
			page.Said = text.T(ctx, "treasury.said_corrected")
			return s.showCosts(c, http.StatusOK, page)
		}
	}
	return c.Redirect(http.StatusSeeOther, "/treasury/costs?said=corrected")
}

// large lets a form bring a file, or all the notes of long minutes.
func large(do echo.HandlerFunc) echo.HandlerFunc { return middleware.BodyLimit(maxFile)(do) }

var roomyPaths = []string{"/treasury/statement", "/treasury/costs/import", "/treasury/lines/:id/match", "/treasury/lines/:id/explain", "/treasury/lines/:id/sort", "/meetings/:id/minutes/notes", "/meetings/:id/actions", "/meetings/:id/actions/:action"}

// roomy is for the addresses that take more than maxBody, with a limit of their own.
func roomy(c echo.Context) bool {
	return hooked(c) || slices.Contains(roomyPaths, c.Path())
}

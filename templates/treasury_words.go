package templates

import (
	"context"
	"strings"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

// fixed says in the words of a section what providers and the books say in fixed words: "insufficient_funds", "it came back". What has no
// words of ours is shown as they say it.
func fixed(ctx context.Context, section, said string) string {
	key := fixedKey(section, said)
	if words := text.T(ctx, key); words != key {
		return words
	}
	return strings.ReplaceAll(said, "_", " ")
}

func fixedKey(section, said string) string {
	between := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	return section + "." + strings.Join(strings.FieldsFunc(strings.ToLower(said), between), "_")
}

func providerWords(ctx context.Context, p billing.ProviderName) string {
	switch p {
	case billing.Stripe:
		return text.T(ctx, "dues.card")
	case billing.GoCardless:
		return text.T(ctx, "dues.debit")
	default:
		return text.T(ctx, "exceptions.at_bank")
	}
}

// waiting is the main sentence about what waits for the treasurer.
func waiting(ctx context.Context, n int, more bool) string {
	switch {
	case more && n == 0:
		return text.T(ctx, "exceptions.perhaps")
	case more:
		return text.N(ctx, "exceptions.at_least", n)
	case n == 0:
		return text.T(ctx, "exceptions.none")
	default:
		return text.N(ctx, "exceptions.count", n)
	}
}

func exceptionsWaiting(ctx context.Context, e billing.Exceptions) string {
	n, more := e.Count()
	return waiting(ctx, n, more)
}

func failedLine(ctx context.Context, f billing.FailedCharge) string {
	way := providerWords(ctx, f.Provider)
	switch {
	case f.Payment == "":
		return text.T(ctx, "exceptions.not_asked", "Day", day(ctx, f.On), "Way", way, "Reason", fixed(ctx, "reason", f.Reason))
	case f.Reason == "":
		return text.T(ctx, "exceptions.failed_plain", "Day", day(ctx, f.On), "Way", way)
	default:
		return text.T(ctx, "exceptions.failed_line", "Day", day(ctx, f.On), "Way", way, "Reason", fixed(ctx, "reason", f.Reason))
	}
}

func failedNext(ctx context.Context, f billing.FailedCharge, today calendar.Date) string {
	switch {
	case f.Remedy == billing.RemedyApprove:
		return text.T(ctx, "exceptions.must_approve")
	case f.Remedy == billing.RemedyWay:
		return text.T(ctx, "exceptions.must_choose")
	case f.Remedy == billing.RemedyLater:
		return text.T(ctx, "exceptions.later")
	case f.NextTry.Before(today):
		return text.T(ctx, "exceptions.again_soon")
	default:
		return text.T(ctx, "exceptions.again_on", "Day", day(ctx, f.NextTry))
	}
}

func contestedLine(ctx context.Context, c billing.Contested) string {
	way := providerWords(ctx, c.Provider)
	if c.Lost.IsZero() {
		return text.T(ctx, "exceptions.disputed", "Day", day(ctx, c.Paid), "Way", way)
	}
	return text.T(ctx, "exceptions.lost", "Day", day(ctx, c.Paid), "Way", way, "Lost", day(ctx, c.Lost))
}

func periodWords(ctx context.Context, p billing.Period) string {
	return text.T(ctx, "membership.from_to", "First", day(ctx, p.Starts), "Last", day(ctx, p.Ends.AddDays(-1)))
}

// standingWords say how a member stands, to somebody else.
func standingWords(ctx context.Context, s billing.Statement) string {
	switch {
	case s.Joined.IsZero():
		return text.T(ctx, "standing.not_begun")
	case !s.Left.IsZero():
		return text.T(ctx, "standing.left", "Day", day(ctx, s.Left))
	case s.Standing.State == member.Lapsed:
		return text.T(ctx, "standing.lapsed", "Day", day(ctx, s.Standing.Since))
	case s.Standing.State == member.Arrears:
		return text.N(ctx, "standing.arrears", s.Standing.Owed, "Day", day(ctx, s.Standing.Since))
	case s.Standing.State == member.Grace:
		return text.T(ctx, "standing.grace", "Day", day(ctx, s.Standing.Until))
	case s.PaidUntil.IsZero():
		return text.T(ctx, "standing.current")
	default:
		return text.T(ctx, "standing.paid", "Day", day(ctx, s.PaidUntil))
	}
}

// nothingCollects says why nothing is about to be collected from somebody who has chosen to pay; "" where there is nothing to say.
func nothingCollects(ctx context.Context, s billing.Statement) string {
	switch {
	case s.Next != nil || s.Method == nil || s.Terms.Amount == 0 || !s.Left.IsZero() || s.Standing.State == member.Lapsed:
		return ""
	case s.Method.State == billing.MethodActive || s.Method.State == billing.MethodPending:
		return text.T(ctx, "standing.waits")
	default:
		return text.T(ctx, "standing.stuck")
	}
}

func chargeWords(ctx context.Context, c billing.Charge) string {
	switch {
	case c.Approve && !c.Due.IsZero():
		return text.T(ctx, "standing.approve", "Amount", c.Amount, "Due", day(ctx, c.Due))
	case c.Asked:
		return text.T(ctx, "standing.asked", "Amount", c.Amount)
	case !c.Due.IsZero() && c.On.IsZero():
		return text.T(ctx, "standing.late", "Amount", c.Amount, "Due", day(ctx, c.Due))
	case !c.Due.IsZero():
		return text.T(ctx, "standing.again", "Amount", c.Amount, "Due", day(ctx, c.Due), "Day", day(ctx, c.On))
	case c.On.IsZero():
		return text.T(ctx, "standing.soon", "Amount", c.Amount)
	default:
		return text.T(ctx, "standing.next", "Amount", c.Amount, "Day", day(ctx, c.On))
	}
}

// waivable reports whether the treasurer is offered to waive a period. One that has not begun is left alone.
func waivable(p billing.PeriodLine, on calendar.Date) bool {
	switch p.State {
	case billing.PeriodGrace, billing.PeriodArrears:
		return true
	case billing.PeriodFlying:
		return !p.Starts.After(on)
	default:
		return false
	}
}

// backWords say why nothing of a payment can go back; "" where there is nothing to say.
func backWords(ctx context.Context, r billing.Refundable) string {
	switch {
	case r.UnderWay:
		return text.T(ctx, "payment.refunding_them")
	case r.Early && r.From.IsZero():
		return text.T(ctx, "back.not_paid_out")
	case r.Early:
		return text.T(ctx, "back.from", "Day", day(ctx, r.From))
	default:
		return ""
	}
}

// sheetWords are those for an account in a balance sheet.
func sheetWords(ctx context.Context, a billing.LedgerAccount) string {
	switch a {
	case billing.Bank:
		return text.T(ctx, "sheet.bank")
	case billing.ClearingStripe:
		return text.T(ctx, "sheet.stripe")
	case billing.ClearingGoCardless:
		return text.T(ctx, "sheet.gocardless")
	case billing.ClearingBank:
		return text.T(ctx, "sheet.clearing")
	case billing.MemberCredit:
		return text.T(ctx, "sheet.credit")
	case billing.Suspense:
		return text.T(ctx, "sheet.suspense")
	default:
		return text.T(ctx, "account."+AccountKey(a))
	}
}

func resultWords(ctx context.Context, y billing.YearEnd) string {
	if y.Surplus < 0 {
		return text.T(ctx, "year.deficit", "Amount", -y.Surplus)
	}
	return text.T(ctx, "year.surplus", "Amount", y.Surplus)
}

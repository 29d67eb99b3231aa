package templates

import (
	"slices"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"

	"github.com/a-h/templ"
)

// treasuryPages are those on which the treasurer works exceptions, and the stewards' page of lapses.
func treasuryPages() map[string]templ.Component {
	at := func(path string, roles ...member.Role) Desk {
		return Desk{Frame: Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}, SignedIn: true, Officer: true, Here: path}, Offices: roles}
	}
	const nia, ben = "niaaaaaaaaaaaaaaaaaaaaaaaa", "benbbbbbbbbbbbbbbbbbbbbbbb"
	names := map[member.ID]string{nia: "Nia <Owen>", ben: "Ben Hill"}
	moment := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	period := func(n int, first, after calendar.Date) billing.Period {
		return billing.Period{N: n, Starts: first, Ends: after}
	}
	first, second := period(1, date(8, 15), date(9, 15)), period(2, date(9, 15), date(10, 15))
	arrears := billing.InArrears{Member: nia, Standing: member.Standing{State: member.Arrears, Since: date(9, 13), Owed: 2}, Periods: []billing.PeriodLine{
		{Period: first, Price: 1000, State: billing.PeriodArrears},
		{Period: second, Price: 1000, State: billing.PeriodArrears},
	}}
	paying := arrears
	paying.Member, paying.OnItsWay = ben, true
	all := billing.Exceptions{
		Failed: billing.Few[billing.FailedCharge]{Known: 5, More: 2, First: []billing.FailedCharge{
			{Payment: "stripe:in_2", Provider: billing.Stripe, Member: ben, Amount: 1000, On: date(11, 15), Remedy: billing.RemedyApprove},
			{Provider: billing.GoCardless, Member: ben, Amount: 1000, On: date(11, 15), Reason: "refused", Remedy: billing.RemedyWay},
			{Payment: "gocardless:PM1", Provider: billing.GoCardless, Member: nia, Amount: 1100, On: date(11, 16), Reason: "insufficient_funds", NextTry: date(11, 23), Again: true},
			{Payment: "stripe:in_1", Provider: billing.Stripe, Member: ben, Amount: 1000, On: date(11, 16), Reason: "odd_reason_of_theirs", NextTry: date(11, 20), Again: true},
			{Payment: "gocardless:PM2", Provider: billing.GoCardless, Member: ben, Amount: 1000, On: date(11, 15), Reason: "refer_to_payer", Remedy: billing.RemedyLater},
		}},
		Arrears: billing.Few[billing.InArrears]{First: []billing.InArrears{arrears, paying}, Open: true, Next: ben},
		Contested: billing.Few[billing.Contested]{Known: 1, First: []billing.Contested{
			{Payment: "stripe:in_3", Provider: billing.Stripe, Member: nia, Amount: 1100, Paid: date(10, 15)},
			{Payment: "gocardless:PM3", Provider: billing.GoCardless, Amount: 1000, Paid: date(8, 15), Lost: date(11, 2), Open: []billing.Period{first}},
		}},
		Refunds: billing.Few[billing.OpenRefund]{Known: 1, First: []billing.OpenRefund{
			{ID: "refund:gocardless:PM3:1", Provider: billing.GoCardless, Payment: "gocardless:PM3", Member: ben, Amount: 500, Ordered: date(11, 20), Reason: "too soon after its payout"},
			{ID: "refund:stripe:in_3:1", Provider: billing.Stripe, Payment: "stripe:in_3", Member: nia, Amount: 500, Ordered: date(11, 22)},
		}},
		Nobodys: billing.Few[billing.NobodysPayment]{First: []billing.NobodysPayment{{Payment: "stripe:in_9", Provider: billing.Stripe, Ref: "in_9", Amount: 2500, On: date(11, 3)}}},
		Events: billing.Few[billing.StuckEvent]{More: 1, Open: true, First: []billing.StuckEvent{
			{Provider: billing.Stripe, Event: "evt_1", Kind: "invoice.paid", About: billing.Ref{Kind: billing.RefPayment, Ref: "in_8"}, Received: date(11, 21), Tries: 3, Reason: "the provider does not know it"},
			{Provider: billing.GoCardless, Event: "EV1", Kind: "payments.confirmed", About: billing.Ref{Kind: billing.RefPayment, Ref: "PM8"}, Received: date(11, 22)},
		}},
		Payouts: billing.Few[billing.OddPayout]{First: []billing.OddPayout{{Provider: billing.Stripe, Ref: "po_1", Amount: 91000, Arrives: date(11, 20), Trouble: "it came back"}}},
	}
	wrong := at("/treasury/exceptions", member.Treasurer)
	wrong.Typed, wrong.Problems = map[string]string{"why_" + nia: "!", "reference": "FM1"}, Problems{{"why_" + nia, "Say why"}, {"reference", "Nobody"}, {AsideWhy(billing.MatterEvent, "evt_1"), "Say why"}}
	said := at("/treasury/exceptions", member.Treasurer)
	said.Said = "done.exceptions_again"

	dues := billing.Statement{
		Member: nia, Begun: true, Joined: date(8, 15), Standing: arrears.Standing, Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly},
		SharePaid: true, Credit: 250, Next: &billing.Charge{On: date(11, 30), Amount: 1000}, Provider: billing.GoCardless,
		Method: &billing.Method{State: billing.MethodActive, Description: "account ending 11"},
		Periods: []billing.PeriodLine{
			{Period: period(4, date(11, 15), date(12, 15)), Price: 1000, State: billing.PeriodFlying},
			{Period: period(3, date(10, 15), date(11, 15)), Price: 1000, State: billing.PeriodPaid},
			{Period: second, Price: 1000, State: billing.PeriodArrears},
			{Period: first, Price: 1000, State: billing.PeriodWaived},
		},
		Payments: []billing.StatementLine{
			{ID: "gocardless:PM5", Provider: billing.GoCardless, On: date(11, 30), State: billing.PaymentPending, Amount: 1000},
			{ID: "gocardless:PM4", Provider: billing.GoCardless, On: date(10, 15), State: billing.PaymentPaid, Amount: 1000, Refunds: []billing.RefundLine{{Amount: 500, Ordered: moment, State: "refused", Reason: "too soon after its payout"}}},
			{ID: "stripe:in_1", Provider: billing.Stripe, On: date(8, 15), State: billing.PaymentPaid, Amount: 1100, Refunded: 300},
			{ID: "stripe:in_0", Provider: billing.Stripe, On: date(8, 14), State: billing.PaymentFailed, Amount: 1100, Reason: "card_declined"},
		},
	}
	owing := TreasuryMember{
		Desk: at("", member.Treasurer), ID: nia, Name: "Nia <Owen>", Today: date(11, 23), Dues: dues,
		Back: map[billing.PaymentID]billing.Refundable{
			"gocardless:PM5": {Most: 1000, Whole: true}, "gocardless:PM4": {Early: true, From: date(11, 27)}, "stripe:in_1": {Most: 800},
		},
		Payments: []DuesPayment{
			{On: date(11, 30), Amount: 1000, State: "pending"},
			{On: date(10, 15), Amount: 1000, State: "refunding", Receipt: "2026-00012"},
			{On: date(8, 15), Amount: 1100, State: "refunded_part", Receipt: "2026-00003"},
			{On: date(8, 14), Amount: 1100, State: "failed"},
		},
	}
	unknown := TreasuryMember{Desk: at("", member.Treasurer), ID: ben, Today: date(11, 23), Dues: billing.Statement{Member: ben}, Practice: true}
	debit := TreasuryRefund{Desk: at("", member.Treasurer), Name: "Nia <Owen>", ToRefund: billing.ToRefund{
		Refundable: billing.Refundable{Most: 1000, Warn: billing.ErrPaidTwice}, Payment: "gocardless:PM4", Provider: billing.GoCardless, Member: nia, Amount: 1000, On: date(10, 15),
	}}
	tooMuch := debit
	tooMuch.Typed, tooMuch.Problems = map[string]string{"amount": "99", "why": "<asked>"}, Problems{{"amount", "More than there is"}}
	early := debit
	early.Refundable = billing.Refundable{Early: true, From: date(11, 27)}
	stop := TreasuryRefund{Desk: at("", member.Treasurer), ToRefund: billing.ToRefund{
		Refundable: billing.Refundable{Most: 1000, Whole: true}, Payment: "gocardless:PM5", Provider: billing.GoCardless, Amount: 1000, On: date(11, 30),
	}}
	year := billing.YearEnd{
		From: calendar.Month{Year: 2025, Month: 11}, To: monthOf(10), Final: true, Members: billing.Membership{Start: 300, Joined: 120, Left: 18},
		Income: []billing.Part{{Account: billing.IncomeDues, Amount: 3900000}, {Account: billing.IncomeDonations, Amount: 120000}}, In: 4020000,
		Costs: []billing.Part{{Account: billing.CostServers, Amount: 1400000}, {Account: billing.PaymentFees, Amount: 190000}}, Out: 1590000, Surplus: 2430000,
		Assets: []billing.Part{{Account: billing.Bank, Amount: 2600000}, {Account: billing.ClearingStripe, Amount: 90000}, {Account: billing.ClearingGoCardless, Amount: 5000}, {Account: billing.ClearingBank, Amount: 1000}}, Owned: 2696000,
		Liabilities: []billing.Part{{Account: billing.DuesInAdvance, Amount: 200000}, {Account: billing.MemberCredit, Amount: 20000}, {Account: billing.Suspense, Amount: 5800}}, Owed: 225800,
		ShareCapital: 40200, Reserves: 2430000,
	}
	open := year
	open.Final, open.Surplus = false, -1000
	months := []calendar.Month{monthOf(11), monthOf(10), monthOf(9)}
	lapses := RegisterLapses{
		Desk: at("/register/lapses", member.Steward), Names: names, Proposed: []billing.Proposal{{Member: nia, Standing: arrears.Standing}}, Further: "/register/lapses?after=" + nia,
		Lapsed: []billing.Lapse{{Member: ben, On: date(11, 1), Why: "three months, no answer to <letters>"}}, Others: "/register/lapses?lapsed=" + ben,
	}
	silent := lapses
	silent.Problems, silent.Further, silent.Others = Problems{{"why_" + nia, "Say why"}}, "", ""
	return map[string]templ.Component{
		"treasury-waiting":          TreasuryPage(Treasury{Frame: at("/treasury").Frame, Exceptions: 3}),
		"treasury-exceptions":       TreasuryExceptionsPage(TreasuryExceptions{Desk: said, All: all, Today: date(11, 23), Names: names, Page: "?after=" + nia, Begun: true}),
		"treasury-exceptions-wrong": TreasuryExceptionsPage(TreasuryExceptions{Desk: wrong, All: all, Today: date(11, 23), Names: names}),
		"treasury-exceptions-none":  TreasuryExceptionsPage(TreasuryExceptions{Desk: at("/treasury/exceptions", member.Treasurer), Practice: true}),
		"treasury-member":           TreasuryMemberPage(owing),
		"treasury-member-unknown":   TreasuryMemberPage(unknown),
		"treasury-refund":           TreasuryRefundPage(debit),
		"treasury-refund-wrong":     TreasuryRefundPage(tooMuch),
		"treasury-refund-early":     TreasuryRefundPage(early),
		"treasury-refund-stop":      TreasuryRefundPage(stop),
		"treasury-year":             TreasuryYearPage(TreasuryYear{Desk: at("/treasury/year", member.Treasurer), Year: year, Months: months}),
		"treasury-year-open":        TreasuryYearPage(TreasuryYear{Desk: at("/treasury/year", member.Treasurer), Year: open, Months: months, Practice: true}),
		"register-lapses":           RegisterLapsesPage(lapses),
		"register-lapses-wrong":     RegisterLapsesPage(silent),
		"register-lapses-none":      RegisterLapsesPage(RegisterLapses{Desk: at("/register/lapses", member.Steward)}),
	}
}

func TestWhatProvidersSayInFixedWordsIsSaidInOurs(t *testing.T) {
	for said, want := range map[string]string{
		"insufficient_funds": "not enough money in the account", "something_new": "something new", "": "",
	} {
		if got := fixed(t.Context(), "reason", said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}

func TestEveryTroubleHasWords(t *testing.T) {
	for _, trouble := range billing.Troubles {
		if key := fixedKey("trouble", trouble); text.T(t.Context(), key) == key {
			t.Errorf("%q has no words under %q", trouble, key)
		}
	}
}

func TestWhatWaitsIsCountedInWords(t *testing.T) {
	for _, c := range []struct {
		n    int
		more bool
		want string
	}{
		{0, false, "No exception waits for you."},
		{1, false, "1 exception waits for you."},
		{3, false, "3 exceptions wait for you."},
		{3, true, "At least 3 exceptions wait for you."},
		{0, true, "No exception was found so far."},
	} {
		if got := waiting(text.With(t.Context(), text.In("en")), c.n, c.more); got != c.want {
			t.Errorf("%d, more %v: got %q, want %q", c.n, c.more, got, c.want)
		}
	}
}

func TestALateChargeIsToldAsWhatItIs(t *testing.T) {
	due, next := date(11, 15), date(11, 30)
	for want, charge := range map[string]billing.Charge{
		"£10 on 30 November 2026": {Amount: 1000, On: next},
		"£10, due on 15 November 2026. It is collected as soon as possible.":                        {Amount: 1000, Due: due},
		"£10, due on 15 November 2026. It did not come in, and is tried again on 30 November 2026.": {Amount: 1000, Due: due, On: next},
		"£10, due on 15 November 2026. Their bank waits for their approval.":                        {Amount: 1000, Due: due, Approve: true},
		"£10, on its way": {Amount: 1000, Due: due, Asked: true},
	} {
		if got := chargeWords(t.Context(), charge); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEveryAccountOfAnOwnEntryHasWords(t *testing.T) {
	for _, account := range slices.Concat(billing.CostAccounts, billing.IncomeAccounts, []billing.LedgerAccount{
		billing.MemberCredit, billing.ClearingBank, billing.Suspense, billing.ClearingStripe, billing.ClearingGoCardless, billing.PaymentFees, billing.OpeningBalances,
	}) {
		if key := "account." + AccountKey(account); text.T(t.Context(), key) == key {
			t.Errorf("%s has no words", account)
		}
	}
}

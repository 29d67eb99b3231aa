package templates

import (
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
	"folkmoot/templates/text"

	"github.com/a-h/templ"
)

func date(month time.Month, day int) calendar.Date {
	return calendar.Date{Year: 2026, Month: month, Day: day}
}

func monthOf(month time.Month) calendar.Month { return calendar.Month{Year: 2026, Month: month} }

// duesPages are those of joining, membership, dues and the books.
func duesPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in := out
	in.SignedIn = true
	at := func(f Frame, path string) Frame { f.Here = path; return f }
	asked := Dues{Amount: "standard", Interval: billing.Monthly, Standard: 1000, Least: 300, Card: true, Debit: true}
	typed := Dues{Amount: "reduced", Reduced: "2,50", Interval: billing.Annual, Provider: billing.GoCardless, Standard: 1000, Least: 300, Card: true, Debit: true}
	join := Join{Frame: at(out, "/join"), Dues: asked, Share: 100, RefundDays: 14, Email: "nia@example.org"}
	joining := join
	joining.Frame, joining.Practice, joining.MinimumAge = at(in, "/join"), true, 16
	wrong := joining
	wrong.Dues, wrong.Postal, wrong.Problems = typed, "1 High Street\n<Leeds>", Problems{{"legal_name", "Enter a name"}, {"reduced", "Enter £3 or more"}}
	paid := Membership{
		Frame: at(in, "/membership"), State: member.Admitted, Standing: member.Standing{State: member.Current}, PaidUntil: date(11, 14), Joined: date(8, 15),
		SharePaid: true, Share: 100, Begun: true, Terms: billing.Terms{Amount: 1000, Interval: billing.Monthly},
		Next: &NextCharge{On: date(11, 15), Amount: 1000}, Way: &Way{billing.Stripe, "Visa ending 4242", billing.MethodActive},
		Periods: []DuesPeriod{{date(10, 15), date(11, 14), 1000, "paid"}, {date(9, 15), date(10, 14), 1000, "waived"}, {date(8, 15), date(9, 14), 1000, "forgone"}},
		Payments: []DuesPayment{
			{ID: "stripe:in_1", On: date(10, 15), Amount: 1000, State: "paid", Receipt: "2026-00012", Refundable: 1000},
			{ID: "gocardless:PM1", On: date(8, 15), Amount: 1100, State: "refunded", Receipt: "2026-00003", RefundFrom: date(12, 1)},
		},
	}
	grace := paid
	grace.Standing = member.Standing{State: member.Grace, Until: date(12, 12)}
	grace.Way, grace.Next, grace.Credit = &Way{billing.GoCardless, "", billing.MethodEnded}, nil, 250
	grace.Payments = []DuesPayment{{On: date(11, 15), Amount: 1000, State: "action", Action: "https://bank.example/approve"}, {On: date(11, 15), Amount: 1000, State: "failed"}}
	arrears := paid
	arrears.Standing, arrears.Next = member.Standing{State: member.Arrears, Owed: 2}, nil
	lost := paid
	lost.Way, lost.Next, lost.Lost = nil, nil, &billing.Lost{Provider: billing.GoCardless, From: date(11, 15)}
	rejoined := paid
	rejoined.Earlier = []DuesPayment{{On: date(2, 15), Amount: 1100, State: "paid", Receipt: "2026-00001"}}
	applied := Membership{Frame: at(in, "/membership"), State: member.Applied, Standing: member.Standing{State: member.Current}, Share: 100, Practice: true, Said: "membership.said_quit"}
	nothing := Membership{Frame: at(in, "/membership"), State: member.Admitted, Standing: member.Standing{State: member.Current}, Nothing: true, Begun: true, Share: 100, Joined: date(11, 2)}
	coming := Membership{
		Frame: at(in, "/membership"), State: member.Applied, Standing: grace.Standing, Share: 100, ShareComes: true, Begun: true, Terms: paid.Terms,
		OnItsWay: true, Next: &NextCharge{On: date(11, 27), Amount: 1100, Asked: true}, Way: &Way{billing.GoCardless, "account ending 11", billing.MethodPending},
	}
	again := paid
	again.Standing, again.OnItsWay, again.Next = grace.Standing, true, &NextCharge{On: date(11, 30), Amount: 1000, Asked: true, Again: true}
	awaited := lost
	awaited.Said, awaited.Standing = "membership.said_way_waits", grace.Standing
	next := grace
	next.Said, next.Way, next.Payments = "membership.said_way_waits", &Way{billing.GoCardless, "account ending 11", billing.MethodPending}, nil
	switching := paid
	switching.Said, switching.Way, switching.Until = "membership.said_way_waits", coming.Way, []Way{*paid.Way}
	left := Membership{
		Frame: at(in, "/membership"), State: member.Ended, Standing: grace.Standing, Share: 100, Begun: true, Terms: paid.Terms, Said: "membership.said_left",
		Left: date(11, 20), Held: member.Share{Paid: date(8, 15), Wish: member.ShareRepaid}, Periods: paid.Periods, Payments: paid.Payments,
	}
	each := money.Pence(121)
	months := []InOut{
		{Month: monthOf(6), In: 301000, Out: 288000},
		{Month: monthOf(7), In: 322000, Out: 291000},
		{Month: monthOf(8), In: 290000, Out: 342000},
		{Month: monthOf(9), In: 351000, Out: 301050},
		{Month: monthOf(10), In: 402000, Out: 309000},
		{Month: monthOf(11), In: 210000, Out: 120000, Open: true},
	}
	books := Finances{
		Frame: at(out, "/finances"), Month: monthOf(10), In: 402000, Out: 309000, Reserves: 1021950, Runway: 3, Active: 2554, PerPerson: &each,
		Income: []Part{{"dues", 390000}, {"donations", 12000}},
		Costs:  []Part{{"servers", 140000}, {"wages", 120000}, {"support", 30000}, {"fees", 19000}},
		Needed: 319, Payers: 402, Standard: 1000, Months: months, SmallestSum: 10,
		Files: []BookFiles{{monthOf(10), []BookFile{{"2026-10.journal", "journal"}, {"2026-10.beancount", "beancount"}, {"2026-10.csv", "csv"}, {"2026-10-current-xero.csv", "xero"}}}},
		Head:  "3f0c8ae1b2d4c6e8f00112233445566778899aabbccddeeff001122334455667",
	}
	impact := Impact{
		Frame: at(in, "/impact"), Month: monthOf(10), Known: true, Paid: 1000, Tenths: 80, From: 7, To: 9, PerPerson: 121,
		Where:    []Part{{"servers", 410}, {"wages", 372}, {"fees", 38}, {"reserve", 180}},
		Reserve:  180,
		Workings: &Workings{From: monthOf(8), To: monthOf(10), Costs: 930000, Uses: 7660, Fee: 38, Net: 962, PerPerson: 121},
		Mails:    true,
		Over:     []ImpactMonth{{monthOf(8), 70, 1000, false}, {monthOf(9), 77, 1000, false}, {monthOf(10), 80, 1000, false}, {monthOf(11), 80, 1000, true}},
	}
	scaled := impact
	scaled.Workings = &Workings{From: monthOf(8), To: monthOf(10), Costs: 930000, Uses: 7660, Fee: 38, Net: 962, PerPerson: 121, Scaled: true}
	scaled.Tenths, scaled.From, scaled.To = 25, 2, 3
	receipt := Receipt{
		Frame: in, Number: "2026-00012", Paid: date(10, 15), Name: "Nia Öğretmen", Total: 1100, Way: "Visa ending 4242",
		Lines: []ReceiptLine{{Share: true, Amount: 100}, {First: date(10, 15), Last: date(11, 14), Amount: 1000}},
	}
	gone := receipt
	gone.Reversed, gone.Practice = true, true
	share, monthly := PracticeLine{"One share", 100, ""}, PracticeLine{"Dues", 1000, "month"}
	card := PracticePage{Frame: in, Lines: []PracticeLine{monthly, share}, Due: 1100}
	yearly := PracticePage{Frame: in, Lines: []PracticeLine{{"Dues", 12000, "year"}, share}, First: date(11, 30)}
	debit := PracticePage{Frame: in, Debit: true, Words: "Dues, £10 a month", Name: "Nia Griffiths"}
	declined := card
	declined.Declined = true
	things := []PracticeThing{
		{Provider: "gocardless", ID: "PM1", Kind: "payment", State: "submitted", Amount: 1000, Made: date(11, 2), Acts: []string{"confirm", "fail"}},
		{Provider: "stripe", ID: "sub_1", Kind: "subscription", State: "active", Amount: 1000, Made: date(11, 1)},
	}
	bankSays := money.Pence(1020000)
	end := MonthEnd{Closing: billing.Closing{Month: monthOf(10), Books: 1021950, Bank: &bankSays, Unmatched: 1, Over: true}, Unseen: []Unseen{{date(10, 3), "Host <Ltd>, 17", -12050}}}
	ended := MonthEnd{Closing: billing.Closing{Month: monthOf(10), Books: 1021950, Over: true}}
	waits := StatementLine{
		ID: "l1", Date: date(10, 28), Words: "STO NIA <FMABCDEFGH>", Amount: 1000, Member: "abcdefgh",
		Matches: []Match{{Key: "income:a:b", Date: date(10, 27), Words: "donations", Document: "A. Donor, letter"}, {Key: "payout", Date: date(10, 29), Words: "payout"}},
	}
	explains := []billing.LedgerAccount{billing.MemberCredit, billing.Suspense, billing.PaymentFees}
	costs := TreasuryCosts{
		Frame: at(in, "/treasury/costs"), Account: string(billing.CostPush), Date: "2026-10-28", Over: "1",
		Costs: billing.CostAccounts, Incomes: billing.IncomeAccounts, Month: monthOf(10),
		Entries: []TreasuryEntry{
			{Key: "cost:a", Date: date(10, 3), Account: billing.CostServers, Document: "Host, 17", Amount: -12050, Mendable: true},
			{Key: "corrected:b", Date: date(10, 2), Account: billing.PaymentFees, Amount: 300},
		},
	}
	miscounted := costs
	miscounted.Entries, miscounted.Problems = nil, Problems{{"amount", "Not an amount"}, {"file", "Choose a file"}}
	return map[string]templ.Component{
		"treasury":             TreasuryPage(Treasury{Frame: at(in, "/treasury"), Closing: &end, Waiting: []StatementLine{waits}, Suspense: []StatementLine{waits}, Explains: explains, Said: "Matched."}),
		"treasury-ready":       TreasuryPage(Treasury{Frame: at(in, "/treasury"), Closing: &ended, Bank: "ten", Problems: Problems{{"bank", "Enter the balance"}}}),
		"treasury-empty":       TreasuryPage(Treasury{Frame: at(in, "/treasury"), Practice: true}),
		"treasury-costs":       TreasuryCostsPage(costs),
		"treasury-costs-wrong": TreasuryCostsPage(miscounted),
		"join":                 JoinPage(join),
		"join-signed-in":       JoinPage(joining),
		"join-wrong":           JoinPage(wrong),
		"join-done":            JoinDonePage(JoinDone{Frame: in, Admitted: true}),
		"join-done-waiting":    JoinDonePage(JoinDone{Frame: in, Practice: true}),
		"join-done-settled":    JoinDonePage(JoinDone{Frame: in, Settled: true}),
		"join-done-by-hand":    JoinDonePage(JoinDone{Frame: in, Settled: true, ByHand: true}),
		"join-done-coming":     JoinDonePage(JoinDone{Frame: in, OnItsWay: true, Next: coming.Next}),
		"join-done-nothing":    JoinDonePage(JoinDone{Frame: in, Nothing: true}),
		"membership":           MembershipPage(paid),
		"membership-grace":     MembershipPage(grace),
		"membership-arrears":   MembershipPage(arrears),
		"membership-rejoined":  MembershipPage(rejoined),
		"membership-lost":      MembershipPage(lost),
		"membership-awaited":   MembershipPage(awaited),
		"membership-next":      MembershipPage(next),
		"membership-applied":   MembershipPage(applied),
		"membership-nothing":   MembershipPage(nothing),
		"membership-left":      MembershipPage(left),
		"membership-coming":    MembershipPage(coming),
		"membership-again":     MembershipPage(again),
		"membership-switching": MembershipPage(switching),
		"membership-withdrawn": MembershipPage(Membership{Frame: at(in, "/membership"), State: member.Refused, Withdrawn: true, Share: 100}),
		"change-amount":        DuesChangePage(DuesChange{Frame: in, Dues: asked, From: date(12, 15)}),
		"change-way":           DuesChangePage(DuesChange{Frame: in, Dues: asked, Way: true, Problems: Problems{{"provider", "Choose one"}}}),
		"share-alone":          ShareAlonePage(ShareAlone{Frame: in, Share: 100, Reference: "FMABCDEFGH", Card: true}),
		"share-alone-bank":     ShareAlonePage(ShareAlone{Frame: in, Share: 100, Reference: "FMABCDEFGH", Card: true, Bank: "Folkmoot Ltd, 00-00-00, 12345678"}),
		"share-alone-no-card":  ShareAlonePage(ShareAlone{Frame: in, Share: 100, Reference: "FMABCDEFGH", Practice: true}),
		"leaving":              LeavingPage(Leaving{Frame: in, Share: 100, SharePaid: true}),
		"leaving-applied":      LeavingPage(Leaving{Frame: in, Share: 100, Applied: true, OnItsWay: 1100, Refunds: true}),
		"refunding-stops":      RefundingPage(Refunding{Frame: in, Payment: "pay1", Amount: 1100, Share: 100, Stopped: true, Debit: true}),
		"refunding-first":      RefundingPage(Refunding{Frame: in, Payment: "pay1", Amount: 1100, On: date(10, 15), Share: 100, Next: paid.Next}),
		"refunding":            RefundingPage(Refunding{Frame: in, Payment: "pay1", Amount: 1000, On: date(10, 15), Debit: true}),
		"receipt":              ReceiptPage(receipt),
		"receipt-reversed":     ReceiptPage(gone),
		"finances":             FinancesPage(books),
		"finances-none":        FinancesPage(Finances{Frame: at(in, "/finances"), Practice: true, Runway: -1}),
		"impact":               ImpactPage(impact),
		"impact-stranger":      NoImpactPage(at(in, "/impact"), "In October 2026, £10 paid for <about> eight people."),
		"impact-scaled":        ImpactPage(scaled),
		"impact-nothing":       ImpactPage(Impact{Frame: at(in, "/impact"), Month: monthOf(10), Known: true, NoPayment: true}),
		"impact-unknown":       ImpactPage(Impact{Frame: at(in, "/impact"), Mails: true, Messages: true, Saved: true}),
		"practice-card":        PracticeProviderPage(card),
		"practice-yearly":      PracticeProviderPage(yearly),
		"practice-debit":       PracticeProviderPage(debit),
		"practice-declined":    PracticeProviderPage(declined),
		"practice-over":        PracticeProviderPage(PracticePage{Frame: in, Over: true}),
		"practice-house":       PracticeHousePage(PracticeHouse{Frame: at(in, "/practice"), Things: things, From: 50, All: 60, Older: "/practice?from=52", Done: true}),
		"practice-not-now":     PracticeHousePage(PracticeHouse{Frame: at(in, "/practice"), Things: things, All: 2, NotNow: true}),
		"practice-house-empty": PracticeHousePage(PracticeHouse{Frame: at(out, "/practice")}),
	}
}

func TestEveryMonthHasAName(t *testing.T) {
	for m := time.January; m <= time.December; m++ {
		if got := monthName(t.Context(), m); got != m.String() {
			t.Errorf("month %d is called %q", m, got)
		}
		if got := shortMonth(t.Context(), m); got != m.String()[:3] {
			t.Errorf("month %d is called %q for short", m, got)
		}
	}
}

func TestEveryAccountHasWords(t *testing.T) {
	accounts := append([]billing.LedgerAccount{
		billing.Bank, billing.ClearingStripe, billing.ClearingGoCardless, billing.DisputedStripe, billing.DuesInAdvance, billing.MemberCredit,
		billing.Suspense, billing.ShareCapital, billing.OpeningBalances, billing.IncomeDues, billing.PaymentFees,
	}, append(billing.CostAccounts, billing.IncomeAccounts...)...)
	for _, a := range accounts {
		if key := "account." + AccountKey(a); text.T(t.Context(), key) == key {
			t.Errorf("%s has no words under %q", a, key)
		}
	}
}

func TestTenthsOfPeopleAreShownOnlyBelowThree(t *testing.T) {
	for tenths, want := range map[int]string{5: "0.5", 10: "1", 25: "2.5", 29: "2.9", 30: "3", 77: "7", 1200: "120"} {
		if got := billing.PeopleWords(tenths); got != want {
			t.Errorf("%d tenths: got %q, want %q", tenths, got, want)
		}
	}
}

func TestAChartsHighestLineIsRoundAndAboveEveryMonth(t *testing.T) {
	for _, c := range []struct{ highest, want money.Pence }{{0, 100}, {100, 100}, {101, 200}, {402000, 500000}, {342000, 400000}, {999999, 1000000}} {
		if got := scale([]InOut{{In: c.highest}, {Out: c.highest / 2}}); got != c.want {
			t.Errorf("highest %s: line at %s, want %s", c.highest, got, c.want)
		}
	}
}

func TestNobodyIsToldMoreThanTheirStanding(t *testing.T) {
	v := Membership{State: member.Admitted, Standing: member.Standing{State: member.Current}, PaidUntil: date(11, 14)}
	if got, want := paidSentence(text.With(t.Context(), text.In("en")), v), "You are paid up until 14 November 2026."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/internal/calendar"
)

// at is the end of an address: the id of a provider's page.
func at(address string) string { return address[strings.LastIndex(address, "/")+1:] }

// path is an address without its server.
func (b *browser) path(address string) string {
	b.h.t.Helper()
	u, err := url.Parse(address)
	b.h.must(err)
	return u.RequestURI()
}

func TestAFirstDirectDebitOnItsWayIsNoReproach(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		bank := h.opensBooks()
		nia := h.people("Nia")[0]
		bank.byDebit(nia.applies("Nia Owen", "nia@example.org"))
		nia.says(nia.get("/membership"), 200, "your first payment is on its way", "£11", "Your membership begins when the first payment has come in", "being set up")
		nia.silentOn(nia.get("/membership"), "A payment is due", "Pay another way", "The secretary", "Pay your share")
		nia.silentOn(nia.get("/"), "Your dues have not come in", "share is not paid")
		bank.does(practice.ActSubmit)
		bank.does(practice.ActFail)
		h.must(h.site.Dues.PlanOne(t.Context(), nia.member()))
		nia.says(nia.get("/membership"), 200, "A payment did not go through", "is collected again on", "Pay another way")
		nia.says(nia.get("/"), 200, "Your dues have not come in")
	})
}

func TestWhoComesBackFromTheirBankIsAtOnceRight(t *testing.T) {
	each(t, func(h *house) {
		h.site.Base = "https://folkmoot.invalid"
		bank := h.opensBooks()
		nia := h.people("Nia")[0]
		to := nia.post("/join", "legal_name", "Nia Owen", "postal", "1 High Street", "age", "34", "email", "nia@example.org",
			"amount", "standard", "interval", "monthly", "provider", "gocardless").Header.Get("Location")
		done, err := bank.house.Authorise(t.Context(), at(to), practice.AccountWorks)
		h.must(err)
		nia.says(nia.get(nia.path(done)), 200, "Your first payment is on its way", "£11 is collected as soon as possible")
	})
}

// Until a job has entered them, who paid by card is told what happens by itself; the secretary has no part in it.
func TestWhoPaidByCardIsBeingEntered(t *testing.T) {
	each(t, func(h *house) {
		h.site.Base = "https://folkmoot.invalid"
		bank := h.opensBooks()
		nia := h.people("Nia")[0]
		to := nia.post("/join", "legal_name", "Nia Owen", "postal", "1 High Street", "age", "34", "email", "nia@example.org",
			"amount", "standard", "interval", "monthly", "provider", "stripe").Header.Get("Location")
		done, err := bank.house.PayCheckout(t.Context(), at(to), practice.CardWorks)
		h.must(err)
		page := nia.get(nia.path(done))
		nia.says(page, 200, "Your payment has come in", "This takes a moment", `href="/join/done"`)
		nia.silentOn(page, "secretary")
		nia.silentOn(nia.get("/membership"), "secretary", "We wait")
		if got := page.Header.Get("Refresh"); got != "3; url=/join/done" {
			t.Errorf("looks again: %q", got)
		}
		h.must(h.site.Register.AdmitByPayment(t.Context(), nia.member()))
		page = nia.get("/join/done")
		nia.says(page, 200, "You are a member")
		if page.Header.Get("Refresh") != "" {
			t.Error("a page that has nothing to wait for looks again")
		}
	})
}

func TestAnApplicationIsToldAllItsFaultsAtOnce(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		nia := h.people("Nia")[0]
		page := nia.post("/join", "legal_name", "Nia Owen", "postal", "1 High Street", "age", "12", "email", "nia at home", "amount", "more", "more", "lots", "interval", "monthly")
		nia.says(page, 422, "16 years old or more", "like nia@example.org", "Enter an amount in pounds", "Choose card or Direct Debit", "There are 4 problems",
			`value="12"`, `value="nia at home"`, `value="lots"`, `value="Nia Owen"`)
		if _, is, err := h.site.Register.Of(t.Context(), nia.account()); err != nil || is {
			t.Errorf("applied: %t, %v", is, err)
		}
	})
}

func TestWhoSwitchesReadsOnTheirMembershipHowFarThatIs(t *testing.T) {
	each(t, func(h *house) {
		h.site.Base = "https://folkmoot.invalid"
		bank := h.opensBooks()
		nia := h.enrolled("Nia")[0]
		bank.byCard(nia.member())
		nia.silentOn(nia.get("/membership/dues"), "begins at once")
		nia.silentOn(nia.get("/membership/amount"), "admits you by hand")
		to := nia.post("/membership/dues", "provider", "gocardless").Header.Get("Location")
		done, err := bank.house.Authorise(t.Context(), at(to), practice.AccountWorks)
		h.must(err)
		nia.goes(nia.get(nia.path(done)), "/membership?said=way_waits")
		nia.says(nia.get("/membership?said=way_waits"), 200, "is being set up", "Visa ending 4242", "in use until the new way works", "You are paid up until")
	})
}

func TestWhoTurnedBackFromPayingFindsTheirAnswersAgain(t *testing.T) {
	each(t, func(h *house) {
		h.site.Base = "https://folkmoot.invalid"
		h.opensBooks()
		nia := h.people("Nia")[0]
		nia.applies("Nia Owen", "nia@example.org")
		nia.says(nia.get("/membership/dues"), 200, "You pay on the next page", `value="standard" checked`)
		nia.post("/membership/amount", "amount", "more", "more", "12.50", "interval", "annual", "provider", "stripe")
		nia.says(nia.get("/membership?said=quit"), 200, "You turned back before paying")
		nia.silentOn(nia.get("/membership?said=quit"), "You turned back before paying") // a link alone says nothing
		nia.says(nia.get("/membership/dues"), 200, `value="12.50"`, `value="more" checked`, `value="annual" checked`, `value="stripe" checked`)
	})
}

func TestWhoLeavesReadsOfMonthsThatHadNotBegun(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia := h.enrolled("Nia")[0]
		bank.pays(nia.member(), billing.Terms{Amount: 1000, Interval: billing.Annual})
		nia.says(nia.get("/membership/leave"), 200, "11 months that you paid for have not begun")
		h.at(h.time().AddDate(0, 0, 20))
		nia.get("/membership") // so that they stay signed in
		h.at(h.time().AddDate(0, 0, 20))
		nia.says(nia.get("/membership/leave"), 200, "10 months that you paid for have not begun")
		nia.goes(nia.post("/membership/leave", "share", "given"), "/membership?said=left")
		left := nia.get("/membership")
		nia.says(left, 200, "10 months that you paid for had not begun")
		nia.silentOn(left, "can still be taken back")
	})
}

func TestAPaymentOnItsWayBackIsNotOfferedAgain(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia := h.enrolled("Nia")[0]
		bank.byCard(nia.member())
		at := regexp.MustCompile(`/membership/refund\?payment=[^"]+`).FindString(nia.get("/membership").page)
		payment, err := url.QueryUnescape(strings.TrimPrefix(at, "/membership/refund?payment="))
		h.must(err)
		nia.goes(nia.post("/membership/refund", "payment", payment), "/membership?said=refund")
		page := nia.get("/membership?said=refund")
		nia.says(page, 200, "Your payment is on its way back to you")
		nia.silentOn(page, "/membership/refund?payment=")
	})
}

func TestAfterARefundAMemberReadsWhatIsCollectedNext(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia := h.enrolled("Nia")[0]
		bank.byCard(nia.member())
		nia.goes(nia.post("/membership/amount", "amount", "reduced", "reduced", "5", "interval", "monthly"), "/membership?said=amount")
		dues, err := h.site.Dues.Statement(t.Context(), nia.member())
		h.must(err)
		payment := string(dues.Payments[0].ID)
		nia.says(nia.get("/membership/refund?payment="+url.QueryEscape(payment)), 200, "Your share of £1 is in this payment", "The next £5 is collected on 23 December 2026")
		h.must(h.site.Dues.RefundPayment(t.Context(), dues.Payments[0].ID, nia.member(), 1100, billing.By{}, ""))
		h.must(h.site.Dues.GiveBack(t.Context(), "refund:stripe:"+strings.TrimPrefix(payment, "stripe:")+":1"))
		nia.says(nia.get("/membership?said=refund"), 200, "£5 every month", "The next £5 is collected on 23 December 2026", "Paid back", "Pay your share")
	})
}

func TestWhoLeftReadsHowItEnded(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia, ben := h.enrolled("Nia")[0], h.people("Ben")[0]
		bank.byCard(nia.member())
		h.must(h.site.Register.SharePaid(t.Context(), nia.member(), calendar.On(h.time())))
		nia.says(nia.get("/membership/leave"), 200, "There is no fixed day for it", "can still be taken back")
		nia.goes(nia.post("/membership/leave", "share", "repaid"), "/membership?said=left")
		left := nia.get("/membership?said=left")
		nia.says(left, 200, "It ended on 23 November 2026", "The treasurer pays your share of £1 back to you", "/membership/receipts/", "/membership/refund?payment=", `href="/join"`)
		nia.silentOn(left, "Pay another way", "not paid yet", "Due", "Change the amount")
		for _, path := range []string{"/membership/amount", "/membership/dues", "/membership/leave"} {
			nia.goes(nia.get(path), "/membership")
		}
		nia.goes(nia.post("/membership/dues", "provider", "stripe"), "/membership")
		nia.says(nia.get("/you"), 200, `href="/membership"`, "receipts", `href="/join"`)

		ben.applies("Ben Owen", "ben@example.org")
		ben.says(ben.get("/membership/leave"), 200, "Withdraw your application?")
		ben.goes(ben.post("/membership/leave"), "/membership?said=withdrawn")
		ben.says(ben.get("/membership"), 200, "You took your application back")
		ben.silentOn(ben.get("/membership"), "was refused")
	})
}

func TestWhoJoinsAgainStillOpensTheirEarlierReceipts(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia := h.enrolled("Nia", "Ben")[0]
		bank.byCard(nia.member())
		nia.goes(nia.post("/membership/leave", "share", "repaid"), "/membership?said=left")
		receipt := regexp.MustCompile(`/membership/receipts/[0-9-]+`).FindString(nia.get("/membership").page)
		nia.applies("Nia Hill", "nia@example.org")
		nia.says(nia.get("/membership"), 200, "Receipts of your earlier membership", receipt)
		nia.says(nia.get(receipt), 200, "Nia Owen", "£11")
		nia.says(nia.get(receipt+".pdf"), 200)
		nia.says(nia.get("/membership/receipts/2026-99999"), 404)
	})
}

func TestPeopleAreToldWhereToPayAndWhomToWriteTo(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		nia := h.enrolled("Nia")[0]
		nia.says(nia.get("/membership/share"), 200, "Which account? Ask the treasurer.", `href="/board"`)
		h.site.BankAccount = "Folkmoot Ltd, 00-00-00, 12345678"
		nia.says(nia.get("/membership/share"), 200, "to Folkmoot Ltd, 00-00-00, 12345678, with the reference FM")
		nia.silentOn(nia.get("/you"), "mailto:")
		h.site.Contact = "office@example.org"
		nia.says(nia.get("/you"), 200, `href="mailto:office@example.org"`)
	})
}

// The bank is told of at night: the receipt is then numbered a day later, but says the day that stands beside the payment.
func TestAReceiptSaysTheDayThatStandsBesideThePayment(t *testing.T) {
	each(t, func(h *house) {
		bank := h.opensBooks()
		nia := h.enrolled("Nia")[0]
		bank.byDebit(nia.member())
		bank.does(practice.ActSubmit)
		things, err := bank.house.Acts(t.Context())
		h.must(err)
		for _, thing := range things {
			if thing.Kind == "payment" {
				h.must(bank.house.Do(t.Context(), thing.Provider, thing.ID, practice.ActConfirm))
			}
		}
		h.later(day)
		bank.reads()
		row := regexp.MustCompile(`<th scope="row">(\d+ \w+ 2026)</th>`).FindStringSubmatch(nia.get("/membership").page)
		if row == nil {
			h.t.Fatal("no row of a payment")
		}
		nia.says(nia.get("/membership/receipts/2026-00001"), 200, "<dt>On</dt><dd>"+row[1]+"</dd>")
	})
}

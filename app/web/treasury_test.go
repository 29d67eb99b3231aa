package web

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/gocardless"
	"folkmoot/billing/practice"
	"folkmoot/billing/stripe"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
)

const day = 24 * time.Hour

// bank is the practice providers of a site, which reach the dues only when a test has them read.
type bank struct {
	h     *house
	house *practice.House
}

// opensBooks gives the site its books, and providers that one can play with.
func (h *house) opensBooks() *bank {
	h.t.Helper()
	silent := func(context.Context, billing.ProviderName, http.Header, []byte) error { return nil }
	b := &bank{h: h}
	var err error
	if b.house, err = practice.Open(h.t.Context(), h.db, h.jobs, "https://folkmoot.invalid", h.time, silent); err != nil {
		h.t.Fatal(err)
	}
	card, err := stripe.New(stripe.Options{
		Key: "sk_test_practice", Secret: b.house.Secret(billing.Stripe), URL: "http://practice.stripe.invalid",
		HTTP: &http.Client{Transport: practice.Transport(b.house.Stripe())},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	debit, err := gocardless.New(gocardless.Config{
		Token: "sandbox_practice", Secret: b.house.Secret(billing.GoCardless), Endpoint: "http://practice.gocardless.invalid",
		HTTP: &http.Client{Transport: practice.Transport(b.house.GoCardless())},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.site.Ledger = billing.NewLedger(h.db, h.time)
	h.site.Dues = billing.NewDues(h.db, h.jobs, h.site.Ledger, map[billing.ProviderName]billing.Provider{billing.Stripe: card, billing.GoCardless: debit}, false, h.time)
	return b
}

func (b *bank) must(err error) {
	b.h.t.Helper()
	if err != nil {
		b.h.t.Fatal(err)
	}
}

// reads has the dues read all that changed at the providers.
func (b *bank) reads() {
	b.h.t.Helper()
	b.must(b.h.site.Dues.Reconcile(b.h.t.Context(), b.h.time().Add(-300*day)))
}

// byCard has a member pay the first dues, and the share, by card.
func (b *bank) byCard(m member.ID) {
	b.h.t.Helper()
	b.pays(m, billing.Terms{Amount: 1000, Interval: billing.Monthly})
}

// pays has a member pay dues for the first time, and the share, by card.
func (b *bank) pays(m member.ID, terms billing.Terms) {
	b.h.t.Helper()
	ctx := b.h.t.Context()
	to, err := b.h.site.Dues.Begin(ctx, m, billing.Stripe, terms, billing.Payer{Done: "https://folkmoot.invalid/d", Quit: "https://folkmoot.invalid/q"})
	b.must(err)
	page := to[strings.LastIndex(to, "/")+1:]
	_, err = b.house.PayCheckout(ctx, page, practice.CardWorks)
	b.must(err)
	b.must(b.h.site.Dues.Returned(ctx, billing.Stripe, page))
	b.reads()
}

// byDebit has a member authorise a Direct Debit, and asks for the first payment.
func (b *bank) byDebit(m member.ID) {
	b.h.t.Helper()
	ctx := b.h.t.Context()
	to, err := b.h.site.Dues.Begin(ctx, m, billing.GoCardless, billing.Terms{Amount: 1000, Interval: billing.Monthly}, billing.Payer{Done: "https://folkmoot.invalid/d", Quit: "https://folkmoot.invalid/q"})
	b.must(err)
	page := to[strings.LastIndex(to, "/")+1:]
	_, err = b.house.Authorise(ctx, page, practice.AccountWorks)
	b.must(err)
	b.reads()
	b.must(b.h.site.Dues.PlanOne(ctx, m))
	b.must(b.h.site.Dues.Collect(ctx, "dues:"+string(m)+":1:1"))
}

// does has something happen to the newest thing for which that is offered.
func (b *bank) does(act practice.Act) {
	b.h.t.Helper()
	things, err := b.house.Acts(b.h.t.Context())
	b.must(err)
	for _, thing := range things {
		for _, a := range thing.Acts {
			if a == act && thing.Kind == "payment" {
				b.must(b.house.Do(b.h.t.Context(), thing.Provider, thing.ID, act))
				b.reads()
				return
			}
		}
	}
	b.h.t.Fatalf("nothing can %s", act)
}

// owes has a member owe dues for three months, with nothing that collects them.
func (h *house) owes(m member.ID) {
	h.t.Helper()
	ctx := h.t.Context()
	for _, amount := range []billing.Terms{{Amount: 0, Interval: billing.Monthly}, {Amount: 1000, Interval: billing.Monthly}} {
		var err error
		if amount.Amount == 0 {
			_, err = h.site.Dues.Begin(ctx, m, "", amount, billing.Payer{})
		} else {
			err = h.site.Dues.Change(ctx, m, amount)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	h.later(200 * day)
}

// society is a treasurer, a steward, and Nia who is a member.
func (h *house) society() (treasurer, steward, nia *browser, id member.ID) {
	h.t.Helper()
	treasurer, steward, nia = h.browser(), h.browser(), h.browser()
	treasurer.signIn("tom@example.org", "Tom")
	steward.signIn("sue@example.org", "Sue")
	nia.signIn("nia@example.org", "Nia")
	for b, role := range map[*browser]member.Role{treasurer: member.Treasurer, steward: member.Steward} {
		if err := h.site.Officers.Appoint(h.t.Context(), b.account(), role, "first board"); err != nil {
			h.t.Fatal(err)
		}
	}
	id = nia.applies("Nia <Owen>", "nia@example.org")
	if err := h.site.Register.Admit(h.t.Context(), id, treasurer.account(), "board"); err != nil {
		h.t.Fatal(err)
	}
	return treasurer, steward, nia, id
}

// logged checks the newest act in the audit log.
func (h *house) logged(what, why string, by *browser) {
	h.t.Helper()
	acts, _, err := h.site.Audit.List(h.t.Context(), audit.Wanted{})
	if err != nil || len(acts) == 0 || acts[0].What != what || acts[0].Why != why || acts[0].By != by.account() {
		h.t.Errorf("the log says %+v, %v, want %q because of %q", acts[:min(1, len(acts))], err, what, why)
	}
}

func (b *browser) silentOn(a answer, words ...string) {
	b.h.t.Helper()
	for _, w := range words {
		if strings.Contains(a.page, w) {
			b.h.t.Errorf("%s: says %q", a.Request.URL.Path, w)
		}
	}
}

func TestTheTreasuryIsTheTreasurersAndLapsesAreTheStewards(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, steward, nia, id := h.society()
		stranger := h.browser()
		treasurers := []string{"/treasury", "/treasury/exceptions", "/treasury/members?reference=FM", "/treasury/members/" + string(id), "/treasury/refund?payment=stripe:in_1", "/treasury/year", "/treasury/year.csv"}
		for _, path := range append(treasurers, "/register/lapses") {
			nia.says(nia.get(path), 404, "There is nothing here")
			if a := stranger.get(path); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
				h.t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
			}
		}
		for _, path := range treasurers {
			steward.says(steward.get(path), 404, "There is nothing here")
		}
		treasurer.says(treasurer.get("/register/lapses"), 404, "There is nothing here")
		steward.says(steward.get("/register/lapses"), 200)
		for _, path := range []string{"/treasury/exceptions/again", "/treasury/exceptions/aside", "/treasury/members/" + string(id) + "/waive", "/treasury/refund"} {
			nia.says(nia.post(path, "why", "x"), 404)
			steward.says(steward.post(path, "why", "x"), 404)
		}
		for _, deed := range []string{"lapse", "leave", "restore"} {
			nia.says(nia.post("/register/lapses/"+string(id)+"/"+deed, "why_"+string(id), "asked"), 404)
			treasurer.says(treasurer.post("/register/lapses/"+string(id)+"/"+deed, "why_"+string(id), "asked"), 404)
		}
	})
}

func TestNothingWaitsAndThePageSaysSo(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, _, _, _ := h.society()
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "No exception waits for you.", `aria-current="page"`)
		treasurer.says(treasurer.get("/treasury"), 200, "No exception waits for you.", `href="/treasury/exceptions"`)
	})
}

var arrearsPeriod = regexp.MustCompile(`name="period" value="(\d+)"`)

func TestTheTreasurerWaivesArrearsOneByOne(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, _, nia, id := h.society()
		h.owes(id)
		treasurer.signIn("tom@example.org", "Tom") // it was long ago
		nia.signIn("nia@example.org", "Nia")
		why := "why_" + string(id)
		treasurer.says(treasurer.get("/treasury"), 200, "1 exception waits for you.")
		page := treasurer.get("/treasury/exceptions")
		treasurer.says(page, 200, "Nia &lt;Owen&gt;", billing.Reference(id), "£30", "3 months, in arrears since")
		periods := arrearsPeriod.FindAllStringSubmatch(page.page, -1)
		if len(periods) != member.MostArrears {
			h.t.Fatalf("%d periods can be waived", len(periods))
		}
		path := "/treasury/members/" + string(id)
		treasurer.says(treasurer.post(path+"/waive", "from", "exceptions", "period", periods[0][1], why, " "), 422, "Say why", `href="#`+why+`"`, `id="`+why+`"`)
		treasurer.says(treasurer.post(path+"/waive", "from", "exceptions", "period", "77", why, "typed <before>"), 422, "not open any more", "typed &lt;before&gt;")
		treasurer.says(treasurer.post(path+"/waive", "period", "x", why, "asked"), 422, "not open any more")
		treasurer.goes(treasurer.post(path+"/waive", "from", "exceptions", "period", periods[0][1], why, "illness"), "/treasury/exceptions?about="+string(id)+"&done=members_waive")
		h.logged("dues waived", "illness", treasurer)
		treasurer.says(treasurer.get("/treasury/exceptions?about="+string(id)+"&done=members_waive"), 200, "A month of Nia &lt;Owen&gt; is waived", "2 months, in arrears since")
		treasurer.goes(treasurer.post(path+"/waive", "period", periods[1][1], why, "illness"), path+"?about="+string(id)+"&done=members_waive")
		treasurer.says(treasurer.get(path), 200, "Waived", "They owe 1 month")
		treasurer.goes(treasurer.post(path+"/waive", "from", "exceptions", "period", periods[2][1], why, "illness"), "/treasury/exceptions?about="+string(id)+"&done=members_waive")
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "No exception waits for you.")
		treasurer.says(treasurer.post(path+"/waive", "period", periods[2][1], why, "again"), 422, "not open any more")
		nia.says(nia.get("/membership/register"), 200, "an officer at work")
	})
}

func TestAFailedDirectDebitThatIsTriedAgainIsForInformation(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		treasurer, _, _, id := h.society()
		b.byDebit(id)
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "No exception waits for you.")
		b.does(practice.ActFail)
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "No exception waits for you.", "1 matter that goes on by itself", "Nia &lt;Owen&gt;", "Direct Debit", "£11")
		path := "/treasury/members/" + string(id)
		treasurer.says(treasurer.get(path), 200, "Dues are due, with time until", "Failed", "£11")
		treasurer.goes(treasurer.post(path+"/waive", "period", "1", "why_"+string(id), "illness"), path+"?about="+string(id)+"&done=members_waive")
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "No exception waits for you.")
	})
}

func TestAMemberIsFoundByReferenceAddressOrName(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, _, _, id := h.society()
		for _, typed := range []string{billing.Reference(id), "++" + strings.ToLower(billing.Reference(id)) + "+", string(id), strings.ToUpper(string(id))} {
			treasurer.goes(treasurer.get("/treasury/members?reference="+typed), "/treasury/members/"+string(id))
		}
		for _, typed := range []string{"", "FM", billing.Reference(id)[:6], "FMZZZZZZZZ", "Nobody", "nobody@example.org", "%25", "_"} {
			treasurer.says(treasurer.get("/treasury/members?reference="+typed), 422, "Nobody has that reference", `href="#reference"`)
		}
		treasurer.says(treasurer.get("/treasury/members?reference=%00"), 422)
		for _, typed := range []string{"nia", "%3COWEN", "Nia%40Example.org"} {
			treasurer.goes(treasurer.get("/treasury/members?reference="+typed), "/treasury/members/"+string(id))
		}
		other := h.people("Ned")[0].applies("Ned Owens", "ned@example.org")
		treasurer.says(treasurer.get("/treasury/members?reference=owen"), 422, "Several people match", `value="owen"`,
			"Nia &lt;Owen&gt;, "+billing.Reference(id), "Ned Owens, "+billing.Reference(other), "/treasury/members/"+string(other))
		treasurer.says(treasurer.get("/treasury/members/"+string(id)), 200, "Their dues have not begun", "Nia &lt;Owen&gt;")
	})
}

func TestTheTreasurerPaysBackAPart(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		treasurer, _, _, id := h.society()
		b.byCard(id)
		path := "/treasury/members/" + string(id)
		page := treasurer.get(path)
		treasurer.says(page, 200, "They are paid up until 22 December 2026", "2026-00001", "£11")
		link := regexp.MustCompile(`/treasury/refund\?payment=[^"]+`).FindString(page.page)
		payment, ok := strings.CutPrefix(link, "/treasury/refund?payment=stripe%3A")
		if !ok {
			h.t.Fatalf("no way to a refund: %q", link)
		}
		payment = "stripe:" + payment
		ask := treasurer.get(link)
		treasurer.says(ask, 200, "Pay back £11, or a part of it?", "Nia &lt;Owen&gt;", `value="11.00"`)
		treasurer.silentOn(ask, "indemnity")
		refund := func(amount, why string) answer {
			return treasurer.post("/treasury/refund", "payment", payment, "amount", amount, "why", why)
		}
		treasurer.says(refund("ten", "asked"), 422, "Enter an amount in pounds", `href="#amount"`, "asked", `value="ten"`)
		treasurer.says(refund("5", " "), 422, "Say why", `href="#why"`, `value="5"`)
		treasurer.says(refund("11.01", "asked"), 422, "more than can go back")
		treasurer.says(refund("-1", "asked"), 422)
		treasurer.goes(refund("5", "asked <kindly>"), path+"?done=refund")
		h.logged("refund ordered", "asked <kindly>", treasurer)
		treasurer.says(refund("5", "again"), 422, "under way already")
		treasurer.says(treasurer.get("/treasury/exceptions"), 200, "about to be sent", "£5")
		treasurer.says(treasurer.get("/treasury/refund?payment=stripe:in_none"), 404)
		treasurer.says(treasurer.post("/treasury/refund", "payment", "stripe:in_none", "amount", "5", "why", "asked"), 404)
		treasurer.says(treasurer.get("/treasury/refund?payment=%00"), 404)
	})
}

func TestADirectDebitGoesBackOnlyAfterItsSafetyPeriodAndWithAWarning(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		treasurer, _, _, id := h.society()
		b.byDebit(id)
		path := "/treasury/members/" + string(id)
		link := regexp.MustCompile(`/treasury/refund\?payment=gocardless[^"]+`).FindString(treasurer.get(path).page)
		treasurer.says(treasurer.get(link), 200, "Stop a payment of £11?", "nothing is taken")
		b.does(practice.ActConfirm)
		treasurer.says(treasurer.get(path), 200, "Can go back a week after it is paid out")
		treasurer.says(treasurer.get(link), 200, "Nothing of this can be paid back now", "Can go back a week after it is paid out")
		things, err := b.house.Acts(t.Context())
		b.must(err)
		for _, thing := range things {
			if thing.Kind == "balance" {
				b.must(b.house.Do(t.Context(), thing.Provider, thing.ID, practice.ActPayOut))
			}
		}
		b.reads()
		treasurer.says(treasurer.get(link), 200, "Can go back from")
		payment := strings.ReplaceAll(strings.TrimPrefix(link, "/treasury/refund?payment="), "%3A", ":")
		treasurer.says(treasurer.post("/treasury/refund", "payment", payment, "amount", "5", "why", "asked"), 422, "seven days have passed")
		h.later(9 * day)
		treasurer.signIn("tom@example.org", "Tom")
		treasurer.says(treasurer.get(link), 200, "Pay back £11, or a part of it?", "An indemnity claim may follow", "seven days have passed since its payout")
		treasurer.goes(treasurer.post("/treasury/refund", "payment", payment, "amount", "11", "why", "asked"), path+"?done=refund")
	})
}

func TestWhatCouldNotBeWorkedIsLookedAtAgainOrPutAside(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, _, _, _ := h.society()
		err := h.site.Dues.Converge(t.Context(), billing.Stripe, billing.Ref{Kind: billing.RefPayment, Ref: "in_none"})
		if err == nil {
			h.t.Fatal("the practice provider knows an invoice that nobody made")
		}
		deed := func(verb, matter, ref, why string) answer {
			where := url.Values{"matter": {matter}, "provider": {"stripe"}, "ref": {ref}}
			return treasurer.post("/treasury/exceptions/"+verb+"?"+where.Encode(), "aside_"+matter+"_"+ref, why)
		}
		for _, matter := range []string{"event", "payout", "payment", "refund", "lapse", "<b>"} {
			treasurer.says(deed("again", matter, "evt_1", ""), 422, "does not wait any more")
			treasurer.says(deed("aside", matter, "evt_1", "an old one"), 422, "does not wait any more")
		}
		treasurer.says(deed("again", "event", "\x00", ""), 422)
		treasurer.says(deed("aside", "event", "evt_1", ""), 422, "Say why")
	})
}

func TestStewardsDecideOnLapsesAndSayWhy(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		_, steward, nia, id := h.society()
		steward.says(steward.get("/register/lapses"), 200, "Nobody owes so much", "Chats are never cut", "Nobody’s standing has lapsed")
		path, why := "/register/lapses/"+string(id), "why_"+string(id)
		steward.says(steward.post(path+"/lapse", why, "too soon"), 422, "dues have not begun")
		h.owes(id)
		steward.signIn("sue@example.org", "Sue")
		nia.signIn("nia@example.org", "Nia")
		steward.says(steward.get("/register/lapses"), 200, "Nia &lt;Owen&gt;", billing.Reference(id), "Owes 3 months, in arrears since")
		steward.says(steward.post(path+"/lapse", why, ""), 422, "Say why", `href="#`+why+`"`)
		steward.goes(steward.post(path+"/leave", why, "ill, and we know her"), "/register/lapses?about="+string(id)+"&done=lapses_leave")
		h.logged("left as they are", "ill, and we know her", steward)
		steward.says(steward.get("/register/lapses"), 200, "Nobody owes so much")
		steward.goes(steward.post(path+"/lapse", why, "she asked for it"), "/register/lapses?about="+string(id)+"&done=lapses_lapse")
		h.logged("standing lapsed", "she asked for it", steward)
		steward.says(steward.get("/register/lapses"), 200, "she asked for it", "Restore the standing")
		nia.says(nia.get("/membership"), 200, "Your standing has lapsed")
		if a := nia.get("/chat"); a.StatusCode != 200 {
			h.t.Errorf("the chat of somebody who lapsed: %d", a.StatusCode)
		}
		steward.says(steward.post(path+"/lapse", why, "again"), 422, "not in arrears any more")
		steward.says(steward.post(path+"/restore", why, ""), 422, "Say why")
		steward.goes(steward.post(path+"/restore", why, "came back"), "/register/lapses?about="+string(id)+"&done=lapses_restore")
		h.logged("standing restored", "came back", steward)
		steward.says(steward.post(path+"/restore", why, "again"), 422, "has not lapsed")
	})
}

func TestTheYearsEndIsAPageAndAFile(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		treasurer, _, _, id := h.society()
		b.byCard(id)
		treasurer.says(treasurer.get("/treasury/year"), 200, "December 2025 to November 2026", "can still change", "Held for us by Stripe", "Shares of members", "A surplus of")
		treasurer.silentOn(treasurer.get("/treasury/year"), "October 2026") // before the books began there was no year
		file := treasurer.get("/treasury/year.csv?to=2026-11")
		treasurer.says(file, 200, "year,to,2026-11\n", "year,final,no\n", "members,joined,1\n", "income,Income:Dues,10.00\n", "left,share capital,1.00\n")
		if kind, name := file.Header.Get("Content-Type"), file.Header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || name != "attachment; filename=year-to-2026-11.csv" {
			h.t.Errorf("%q, %q", kind, name)
		}
		for _, to := range []string{"2026-12", "2026-10", "2026-13", "x", "0001-01", "2026", "%00"} {
			treasurer.says(treasurer.get("/treasury/year?to="+to), 422)
			treasurer.says(treasurer.get("/treasury/year.csv?to="+to), 422)
		}
	})
}

func TestWhoIsStewardAndTreasurerGoesFromTheRegisterToTheDues(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, steward, _, id := h.society()
		const link = "Their dues, as the treasurer sees them"
		steward.silentOn(steward.get("/register/entry/"+string(id)), link)
		steward.goes(steward.post("/register/officers", "address", "tom@example.org", "role", "steward", "why", "minute 7"), "/register/officers?done=officers")
		steward.goes(steward.post("/register/officers", "address", "sue@example.org", "role", "treasurer", "why", "minute 7"), "/register/officers?done=officers")
		confirm := regexp.MustCompile(`/register/officers/[a-z2-7]{26}/confirm`).FindString(treasurer.get("/register/officers").page)
		treasurer.goes(treasurer.post(confirm), "/register/officers?done=officers_confirm")
		steward.says(steward.get("/register/entry/"+string(id)), 200, link, "/treasury/members/"+string(id))
	})
}

func TestOddAddressesInTheTreasuryAreNotThere(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, steward, _, _ := h.society()
		for _, id := range odd {
			treasurer.says(treasurer.get("/treasury/members/"+id), 404)
			treasurer.says(treasurer.post("/treasury/members/"+id+"/waive"), 404)
			treasurer.says(treasurer.get("/treasury/exceptions?after="+id), 422)
			steward.says(steward.post("/register/lapses/"+id+"/lapse"), 404)
			steward.says(steward.get("/register/lapses?after="+id), 422)
			steward.says(steward.get("/register/lapses?lapsed="+id), 422)
		}
		nobody := strings.Repeat("a", 26)
		treasurer.says(treasurer.get("/treasury/members/"+nobody), 404)
		treasurer.says(treasurer.post("/treasury/members/"+nobody+"/waive", "period", "1", "why_"+nobody, "asked"), 404)
	})
}

func TestTheTreasurerIsToldAllFaultsOfACostInTheirOwnWords(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		treasurer, _, _, _ := h.society()
		cost := func(pairs ...string) answer {
			return treasurer.post("/treasury/costs", append([]string{"account", string(billing.CostServers)}, pairs...)...)
		}
		wrong := cost("supplier", " ", "invoice", "17", "date", "", "amount", "", "over", "x")
		treasurer.says(wrong, 422, "Enter the supplier", "Enter the day on which the money moved", "Enter the amount in pounds", "Enter a number of months", `href="#amount"`, `value="17"`)
		treasurer.silentOn(wrong, "is not an amount", "is not a day")
		good := []string{"supplier", "Host & Sons", "invoice", "17", "date", "2026-11-20", "amount", "40", "over", "1"}
		treasurer.says(cost(good...), 200, "£40 to Host &amp; Sons is in the books, under “Servers and network”.")
		treasurer.says(cost(good...), 200, "That was in the books already")
		good[7] = "41"
		treasurer.says(cost(good...), 422, "Each invoice is recorded once", `value="41"`)
		file := treasurer.get("/treasury/costs")
		treasurer.says(file, 200, `name="entry"`, "Servers and network")
		treasurer.says(treasurer.post("/treasury/correct", "entry", "nothing", "why_nothing", "typed"), 422, "is not there any more")
		key := html.UnescapeString(regexp.MustCompile(`name="entry" value="([^"]+)"`).FindStringSubmatch(file.page)[1])
		treasurer.says(treasurer.post("/treasury/correct", "entry", key, "why_"+key, " "), 422, "Say why")
		treasurer.says(treasurer.post("/treasury/correct", "entry", key, "why_"+key, "wrong", "why_other", "typed <too>"), 200, "another entry turns it round")
		treasurer.says(treasurer.post("/treasury/correct", "entry", key, "why_"+key, "again"), 422, "That was taken back already", "again")
	})
}

func (h *house) bankStatement(treasurer *browser, text string) {
	h.t.Helper()
	if _, err := h.site.Ledger.ImportStatement(h.t.Context(), billing.TreasurerAct{By: treasurer.account()}, []byte(text)); err != nil {
		h.t.Fatal(err)
	}
}

func TestAMonthThatDoesNotCloseSaysByHowMuchAndWhereToLook(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		treasurer, _, _, id := h.society()
		by := billing.TreasurerAct{By: treasurer.account()}
		h.bankStatement(treasurer, "Date,Description,Amount,Balance\n02/11/2026,BROUGHT FORWARD,500.00,500.00\n03/11/2026,NIA,10.00,510.00\n")
		lines, err := h.site.Ledger.Unmatched(t.Context(), h.site.Register.Beginning)
		b.must(err)
		first, second := lines[0].Line.ID, lines[1].Line.ID
		treasurer.says(treasurer.get("/treasury"), 200, "£510 more in the bank than in the books", "2 lines of the statement wait below")
		path := "/treasury/lines/"
		wrong := treasurer.post(path+second+"/explain", "account_"+second, string(billing.MemberCredit), "member_"+second, "FM<x>", "account_"+first, string(billing.OpeningBalances))
		treasurer.says(wrong, 422, "Nobody has that reference", `value="FM&lt;x&gt;"`, `href="#member_`+second+`"`, `value="`+string(billing.OpeningBalances)+`" selected`)
		ned := h.people("Ned")[0].applies("Ned Owens", "ned@example.org")
		which := treasurer.post(path+second+"/explain", "account_"+second, string(billing.MemberCredit), "member_"+second, "owen")
		treasurer.says(which, 422, "Several people match", "Ned Owens, "+billing.Reference(ned), `name="which_`+second+`" value="`+string(id)+`"`, `value="owen"`)
		changed := treasurer.post(path+second+"/explain", "account_"+second, string(billing.MemberCredit), "member_"+second, "nobody", "which_"+second, string(id))
		treasurer.says(changed, 422, "Nobody has that reference")
		kept := treasurer.post(path+second+"/explain", "account_"+second, string(billing.MemberCredit), "member_"+second, "owen", "which_"+second, string(id), "account_"+first, string(billing.OpeningBalances))
		treasurer.says(kept, 200, "The line is in the books: A member’s standing order or cheque.", `value="`+string(billing.OpeningBalances)+`" selected`)
		treasurer.says(treasurer.post(path+second+"/explain", "account_"+second, string(billing.Suspense)), 422, "That was done meanwhile")
		treasurer.goes(treasurer.post(path+first+"/explain", "account_"+first, string(billing.OpeningBalances)), "/treasury?of=Equity%3AOpeningBalances&said=explained")
		_, err = h.site.Ledger.Record(t.Context(), by, billing.Outlay{Account: billing.CostServers, Supplier: "Host", Invoice: "17", Date: calendar.Date{Year: 2026, Month: 11, Day: 4}, Amount: 12050, Over: 1})
		b.must(err)
		h.later(20 * day)
		treasurer.signIn("tom@example.org", "Tom")
		page := treasurer.get("/treasury")
		treasurer.says(page, 200, "The bank and the books differ by £120.50 in November 2026.", "£120.50 more in the bank than in the books", "Where to look first", "4 November 2026: Host, 17, −£120.50")
		treasurer.says(treasurer.post("/treasury/close", "month", "2026-11", "bank", "510"), 422, "You entered £510, and the books have £389.50: £120.50 less", "Host, 17", `value="510"`)
		treasurer.says(treasurer.post("/treasury/close", "month", "2026-11", "bank", "389.50"), 422, "the statement that you imported ends with £510")
		treasurer.says(treasurer.post("/treasury/close", "month", "2026-12", "bank", "389.50"), 422, "Months are closed in turn")
	})
}

func TestWhatIsTypedBesideOneLineIsNotLostWithAnother(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		_, steward, _, id := h.society()
		h.owes(id)
		steward.signIn("sue@example.org", "Sue")
		why, other := "why_"+string(id), "why_"+strings.Repeat("b", 26)
		path := "/register/lapses/" + string(id)
		steward.says(steward.post(path+"/leave", why, "", other, "typed"), 422, "Say why")
		page := steward.post(path+"/lapse", why, "she asked for it", other, "typed")
		steward.says(page, 200, "The standing of Nia &lt;Owen&gt; has lapsed.")
		steward.silentOn(page, `value="she asked for it"`)
		page = steward.get("/register/lapses")
		steward.says(page, 200, `<button disabled hidden>`, `formaction="`+path+`/restore"`)
	})
}

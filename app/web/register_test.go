package web

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// account is the account behind a browser's session.
func (b *browser) account() identity.AccountID {
	b.h.t.Helper()
	session, err := b.h.site.Accounts.Session(b.h.t.Context(), b.cookie(sessionCookie))
	if err != nil {
		b.h.t.Fatal(err)
	}
	return session.Account
}

// officers are a secretary and a treasurer, appointed on the command line.
func (h *house) officers() (secretary, treasurer *browser) {
	h.t.Helper()
	secretary, treasurer = h.browser(), h.browser()
	secretary.signIn("ann@example.org", "Ann")
	treasurer.signIn("tom@example.org", "Tom")
	for b, role := range map[*browser]member.Role{secretary: member.Secretary, treasurer: member.Treasurer} {
		if err := h.site.Officers.Appoint(h.t.Context(), b.account(), role, "first board"); err != nil {
			h.t.Fatal(err)
		}
	}
	return secretary, treasurer
}

func (b *browser) applies(name, email string) member.ID {
	b.h.t.Helper()
	id, err := b.h.site.Register.Apply(b.h.t.Context(), b.account(), member.Application{
		Name: name, Address: "1 High Street\nAberystwyth", Postcode: "SY23 1AA", Email: email, Age: 34,
	})
	if err != nil {
		b.h.t.Fatal(err)
	}
	return id
}

func TestTheRegisterIsForOfficersAlone(t *testing.T) {
	each(t, func(h *house) {
		_, treasurer := h.officers()
		nia, stranger := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		id := string(nia.applies("Nia Owen", "nia@example.org"))
		for _, path := range []string{"/register", "/register/members", "/register/entry/" + id, "/register/inspections", "/register/rules"} {
			nia.says(nia.get(path), 404, "There is nothing here")
			treasurer.says(treasurer.get(path), 404, "There is nothing here")
			if a := stranger.get(path); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
				h.t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
			}
		}
		for _, path := range []string{"/register/officers", "/register/audit"} {
			nia.says(nia.get(path), 404)
			treasurer.says(treasurer.get(path), 200)
		}
		for _, deed := range []string{"admit", "refuse", "correct", "resigned", "died", "charge"} {
			nia.says(nia.post("/register/entry/"+id+"/"+deed, "why", "x"), 404)
			treasurer.says(treasurer.post("/register/entry/"+id+"/"+deed, "why", "x"), 404)
		}
	})
}

func TestTheSecretaryAdmitsWhoIsWaiting(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		secretary, _ := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		secretary.says(secretary.get("/register"), 200, "No application waits")
		id := string(nia.applies("Nia <Owen>", "nia@example.org"))
		secretary.says(secretary.get("/register"), 200, "Nia &lt;Owen&gt;", "/register/entry/"+id, "Waits for them")
		secretary.says(secretary.get("/register/entry/"+id), 200, "waits for a decision", "Admit as a member")
		secretary.goes(secretary.post("/register/entry/"+id+"/admit"), "/register/entry/"+id+"?done=entry_admit")
		secretary.says(secretary.get("/register/entry/"+id+"?done=entry_admit"), 200, "Member since 23 November 2026", "Ann, as secretary", "Nia &lt;Owen&gt; is admitted, and a member from today on.")
		secretary.says(secretary.get("/register"), 200, "The society has 1 member.", "No application waits")
		secretary.says(secretary.get("/register/members?name=owen"), 200, "Nia &lt;Owen&gt;")
		secretary.says(secretary.get("/register/members?name=hill"), 200, "Nobody fits")
		secretary.says(secretary.get("/register/audit"), 200, `<a href="/register/entry/`+id+`">Nia &lt;Owen&gt;</a>`, "member admitted", "officer appointed", "A command on the server")
		secretary.says(secretary.post("/register/entry/"+id+"/refuse", "refuse_why", "too late"), 422, "Somebody else decided")
	})
}

// A page full of people began to apply before Nia, and never went on.
func TestAbandonedApplicationsHideNobodyWhoWaitsForADecision(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		secretary, _ := h.officers()
		apply := func(name, email string) member.ID {
			id, err := h.site.Register.Apply(h.t.Context(), identity.AccountID(identity.NewID()), member.Application{
				Name: name, Address: "1 High Street", Postcode: "SY23 1AA", Email: email, Age: 34,
			})
			b.must(err)
			return id
		}
		for i := range mostWaiting + 1 {
			apply("Gone "+string(rune('A'+i/26))+string(rune('a'+i%26)), fmt.Sprintf("gone%d@example.org", i))
		}
		_, err := h.site.Dues.Begin(h.t.Context(), apply("Nia Owen", "nia@example.org"), "", billing.Terms{Interval: billing.Monthly}, billing.Payer{})
		b.must(err)
		secretary.says(secretary.get("/register"), 200, "Nia Owen", "Pays nothing, so no payment can admit them")
	})
}

func TestEachApplicationSaysWhatItWaitsFor(t *testing.T) {
	each(t, func(h *house) {
		b := h.opensBooks()
		secretary, treasurer := h.officers()
		nia, ben, cai := h.browser(), h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		ben.signIn("ben@example.org", "Ben")
		cai.signIn("cai@example.org", "Cai")
		nothing, debit := nia.applies("Nia Owen", "nia@example.org"), ben.applies("Ben Hill", "ben@example.org")
		cai.applies("Cai Rees", "cai@example.org")
		_, err := h.site.Dues.Begin(t.Context(), nothing, "", billing.Terms{Interval: billing.Monthly}, billing.Payer{})
		b.must(err)
		b.byDebit(debit)
		page := secretary.get("/register")
		secretary.says(page, 200, "What waits for you", "Pays nothing, so no payment can admit them", "Waits for a payment", "Has not set up a payment yet")
		if strings.Index(page.page, "Nia Owen") > strings.Index(page.page, "Ben Hill") {
			h.t.Error("what waits for the secretary stands behind what waits for a payment")
		}
		secretary.goes(secretary.post("/register/officers", "address", "nia@example.org", "role", "steward", "why", "minute 7"), "/register/officers?done=officers")
		confirm := regexp.MustCompile(`/register/officers/[a-z2-7]{26}/confirm`).FindString(treasurer.get("/register/officers").page)
		treasurer.goes(treasurer.post(confirm), "/register/officers?done=officers_confirm")
		nia.says(nia.get("/register"), 200, "The secretary’s desk", "Waits for the secretary", `href="/register/lapses"`)
		nia.silentOn(nia.get("/register"), "Waits for you")
	})
}

func TestWhoIsRefusedIsToldWhy(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		id := string(nia.applies("Nia Owen", "nia@example.org"))
		secretary.says(secretary.post("/register/entry/"+id+"/refuse", "refuse_why", " "), 422, "Say why", `href="#refuse_why"`)
		secretary.goes(secretary.post("/register/entry/"+id+"/refuse", "refuse_why", "rule 4: lives on the moon"), "/register/entry/"+id+"?done=entry_refuse")
		secretary.says(secretary.get("/register/entry/"+id), 200, "rule 4: lives on the moon")
		nia.says(nia.get("/membership/register"), 200, "rule 4: lives on the moon")
	})
}

func TestTwinsAreFlagged(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		secretary, _ := h.officers()
		nia, puppet := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		puppet.signIn("puppet@example.org", "Puppet")
		first := string(nia.applies("Nia Owen", "nia@example.org"))
		second := string(puppet.applies("OWEN, Nia", "puppet@example.org"))
		secretary.says(secretary.get("/register"), 200, "1 entry may be the same person’s.", "Waits for you")
		secretary.says(secretary.get("/register/entry/"+second), 200, "Perhaps the same person", "/register/entry/"+first, "Same name, same place")
	})
}

func TestPeopleSeeAndMendTheirEntryAndWhoLooked(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia, ben := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		ben.signIn("ben@example.org", "Ben")
		ben.says(ben.get("/membership/register"), 404)
		id := string(nia.applies("Nia Owen", "nia@example.org"))
		secretary.get("/register/entry/" + id)
		nia.says(nia.get("/membership/register"), 200, "Nia Owen", "an officer at work")
		nia.says(nia.post("/membership/register", "legal_name", "Nia Hill", "postal", "?", "email", "nia"), 422, "Enter a postal address", "Enter an email address", "Nia Hill")
		nia.goes(nia.post("/membership/register", "legal_name", "Nia Hill", "postal", "2 Low Street", "email", "nia@example.org"), "/membership/register?done=register")
		nia.says(nia.get("/membership/register?done=register"), 200, "Nia Hill", "2 Low Street", "Your entry says so now.")
		secretary.says(secretary.get("/register/entry/"+id), 200, "entry corrected", "name, address, postcode")
	})
}

var chargeForm = regexp.MustCompile(`/register/entry/[a-z2-7]{26}/charges/([a-z2-7]{26})/serve`)

func TestAChargeGoesItsWayThroughThePages(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		nia, other, steward := h.browser(), h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		other.signIn("ben@example.org", "Ben")
		other.applies("Ben Hill", "ben@example.org")
		steward.signIn("sue@example.org", "Sue")
		secretary.goes(secretary.post("/register/officers", "address", "sue@example.org", "role", "steward", "why", "minute 7"), "/register/officers?done=officers")
		confirms := regexp.MustCompile(`/register/officers/[a-z2-7]{26}/confirm`)
		treasurer.goes(treasurer.post(confirms.FindString(treasurer.get("/register/officers").page)), "/register/officers?done=officers_confirm")

		entry := "/register/entry/" + string(nia.applies("Nia Owen", "nia@example.org"))
		secretary.goes(secretary.post(entry+"/admit"), entry+"?done=entry_admit")
		steward.says(steward.post(entry+"/charge", "charge_rule", "", "charge_words", "sold addresses"), 422, "Cite the rule", "sold addresses")
		secretary.says(secretary.post(entry+"/resigned"), 422, "Enter a day", "Say why", `href="#resign_share-repaid"`)
		steward.says(steward.post(entry+"/charge", "charge_rule", "", "charge_words", ""), 422, "Cite the rule", "Say why")
		steward.goes(steward.post(entry+"/charge", "charge_rule", "12.3", "charge_words", "sold addresses"), entry+"?done=entry_charge")
		found := chargeForm.FindStringSubmatch(steward.get(entry).page)
		if found == nil {
			h.t.Fatal("no charge on the page")
		}
		charge := entry + "/charges/" + found[1]
		if a := nia.get("/membership/register"); strings.Contains(a.page, "sold addresses") {
			h.t.Error("the member read of the charge before notice was given")
		}
		nia.silentOn(nia.get("/"), "under rule 12.3")
		secretary.says(secretary.get("/"), 200, "A charge under rule 12.3 was brought", `href="`+entry+`"`)
		steward.says(steward.post(charge+"/serve", "served_on", "tomorrow"), 422, "Enter a day")
		steward.goes(steward.post(charge+"/serve", "served_on", calendar.On(h.time()).String()), entry+"?done=entry_charges_serve")
		nia.says(nia.get("/membership/register"), 200, "sold addresses", "You have the right to reply")
		nia.says(nia.get("/"), 200, "under rule 12.3 is brought against you. You can reply until", `href="/membership/register"`)
		secretary.silentOn(secretary.get("/"), "under rule 12.3")
		other.says(other.post("/membership/register/charges/"+found[1], "reply", "she did"), 404)
		nia.goes(nia.post("/membership/register/charges/"+found[1], "reply", "I did not"), "/membership/register?done=register_charges_charge")
		nia.silentOn(nia.get("/"), "under rule 12.3")
		secretary.says(secretary.post(charge+"/decide", "decision", "", "minute", ""), 422, "Choose what the board decided", "Say where the minutes")
		secretary.says(secretary.post(charge+"/decide", "decision", "upheld", "minute", "5"), 422, "may still reply", `href="#decision-dismissed"`, `id="decision-dismissed"`)
		h.later(15 * 24 * time.Hour)
		steward.says(steward.post(charge+"/decide", "decision", "upheld", "minute", "5"), 404)
		secretary.says(secretary.get(entry), 200, "I did not")
		secretary.says(secretary.get("/"), 200, "A charge under rule 12.3 can be decided", `href="`+entry+`"`)
		secretary.goes(secretary.post(charge+"/decide", "decision", "upheld", "minute", "5"), entry+"?done=entry_charges_decide")
		secretary.says(secretary.get(entry), 200, "expelled on 8 December 2026")
	})
}

func TestAnOfficeThatIsLaidDownLetsNobodyIn(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		withdraws := regexp.MustCompile(`/register/officers/([a-z2-7]{26})/withdraw`)
		var own string
		all, err := h.site.Officers.List(t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, o := range all {
			if o.Account == secretary.account() {
				own = o.ID
			}
		}
		if n := len(withdraws.FindAllString(secretary.get("/register/officers").page, -1)); n != 2 {
			h.t.Errorf("%d offices to withdraw", n)
		}
		secretary.says(secretary.post("/register/officers/"+own+"/withdraw"), 422, "Say why", "why_"+own)
		secretary.goes(secretary.post("/register/officers/"+own+"/withdraw", "why_"+own, "moving away"), "/register/officers?done=officers_withdraw")
		secretary.says(secretary.get("/register/officers"), 404)
		treasurer.says(treasurer.get("/register/officers"), 200, "Ann, secretary, from 23 November 2026", "moving away")
	})
}

func TestOfficersAreLedToTheirPages(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		const link = `href="/register/officers"`
		secretary.says(secretary.get("/you"), 200, link, `href="/register"`)
		secretary.silentOn(secretary.get("/you"), `href="/treasury"`, `href="/register/lapses"`)
		nia.says(nia.get("/you"), 200, "Your account", "Join the society")
		nia.silentOn(nia.get("/you"), link, `href="/membership/register"`)
	})
}

func TestAProposalNeedsSomebodyWhoIsThere(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		secretary.says(secretary.post("/register/officers", "address", "nobody@example.org", "role", "steward", "why", "x y"), 422, "Nobody has signed in")
		secretary.says(secretary.post("/register/officers", "address", "tom@", "role", "steward", "why", "x y"), 422, "Enter an email address")
		secretary.says(secretary.post("/register/officers", "address", "tom@example.org", "why", ""), 422, "Choose an office", "Say why", `href="#role-treasurer"`, `id="role-treasurer"`)
		secretary.says(secretary.post("/register/officers", "address", "tom@example.org", "role", "treasurer", "why", "x y"), 422, "holds that office already")
	})
}

func TestInspectionsAndRulesAreKeptOnTheirPages(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		secretary.says(secretary.post("/register/inspections", "who", "Ben, member", "why", ""), 422, "Say why", "Ben, member")
		secretary.says(secretary.post("/register/inspections", "who", "", "why", ""), 422, `href="#who"`, `href="#why"`)
		secretary.goes(secretary.post("/register/inspections", "who", "Ben, member", "why", "to call a meeting"), "/register/inspections?done=inspections")
		id := regexp.MustCompile(`/register/inspections/([a-z2-7]{26})`).FindStringSubmatch(secretary.get("/register/inspections").page)[1]
		secretary.says(secretary.post("/register/inspections/"+id, "shown_"+id, "all names"), 422, "Choose what came of it", "all names", `href="#answer_`+id+`-shown"`, `id="answer_`+id+`-shown"`)
		secretary.goes(secretary.post("/register/inspections/"+id, "answer_"+id, "shown", "shown_"+id, "all names"), "/register/inspections?done=inspections_id")
		secretary.says(secretary.get("/register/inspections"), 200, "all names", "Shown")

		secretary.says(secretary.get("/register/rules"), 200, `value="16"`)
		secretary.says(secretary.post("/register/rules", "admit", "secretary", "minimum_age", "99", "minimum_membership", "90", "window", "180", "support_least", "9", "support_permille", "20", "answer_days", "14", "comment_days", "35", "emergency_days", "10", "meeting_days", "21", "quorum_least", "7", "quorum_percent", "20", "ballot_askers", "2", "why", "minute 4"), 422, "within the limits", `value="99"`)
		secretary.says(secretary.post("/register/rules", "admit", "secretary", "minimum_age", "18", "minimum_membership", "90", "window", "180", "support_least", "9", "support_permille", "20", "answer_days", "14", "comment_days", "35", "emergency_days", "10", "meeting_days", "21", "quorum_least", "7", "quorum_percent", "20", "ballot_askers", "2", "why", ""), 422, "Say why")
		secretary.goes(secretary.post("/register/rules", "admit", "secretary", "minimum_age", "18", "minimum_membership", "90", "window", "180", "support_least", "9", "support_permille", "20", "answer_days", "14", "comment_days", "35", "emergency_days", "10", "meeting_days", "21", "quorum_least", "7", "quorum_percent", "20", "ballot_askers", "2", "why", "minute 4"), "/register/rules?done=rules")
		secretary.says(secretary.get("/register/rules"), 200, "Always the secretary (before: The first payment that has settled)", "Members in a thousand who must support a proposal", "20 (before: 10)", "35 (before: 28)", "Why: minute 4", "Ann")
	})
}

func TestOddAddressesInTheRegisterAreNotThere(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		for _, id := range odd {
			secretary.says(secretary.get("/register/entry/"+id), 404)
			secretary.says(secretary.post("/register/entry/"+id+"/admit"), 404)
			secretary.says(secretary.post("/register/entry/"+id+"/charges/"+id+"/serve"), 404)
			secretary.says(secretary.post("/register/officers/"+id+"/confirm"), 404)
			secretary.says(secretary.post("/register/inspections/"+id), 404)
			secretary.says(secretary.get("/register/members?after="+id), 422)
		}
		secretary.says(secretary.get("/register/members?name=%00"), 422)
		secretary.says(secretary.get("/register/audit?before=x"), 422)
	})
}

// counted counts what gorm reads from the database.
func (h *house) counted() (n *int) {
	h.t.Helper()
	n = new(int)
	count := func(*gorm.DB) { *n++ }
	all := h.db.Read(h.t.Context()).Callback() // of the database, not of this question
	h.must(errors.Join(all.Query().After("gorm:query").Register("test:query", count), all.Row().After("gorm:row").Register("test:row", count)))
	return n
}

func TestManyApplicationsAskTheDatabaseNoMoreThanOne(t *testing.T) {
	each(t, func(h *house) {
		h.opensBooks()
		secretary, _ := h.officers()
		apply := func(n int) {
			_, err := h.site.Register.Apply(t.Context(), identity.AccountID(identity.NewID()), member.Application{
				Name: fmt.Sprintf("Person %c", 'A'+n), Address: fmt.Sprintf("%d High Street", n), Postcode: "SY23 1AA", Email: fmt.Sprintf("p%d@example.org", n), Age: 34,
			})
			h.must(err)
		}
		apply(0)
		n := h.counted()
		secretary.says(secretary.get("/register"), 200, "Person A")
		one := *n
		for n := range 20 {
			apply(n + 1)
		}
		*n = 0
		secretary.says(secretary.get("/register"), 200, "Person A", "Person U")
		if *n != one || one == 0 {
			t.Errorf("%d questions for one application, %d for twenty more", one, *n)
		}
	})
}

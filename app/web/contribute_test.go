package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/billing/practice"
	"folkmoot/governance/board"
	"folkmoot/governance/contribution"
	forge "folkmoot/governance/contribution/practice"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
)

// works gives the site a book of merged work and a practice forge.
func (h *house) works(db *database.DB, queue *jobs.Queue) {
	h.t.Helper()
	const base = "https://folkmoot.example"
	s, played := h.site, forge.Open(h.time)
	played.Repository(practicePath, "")
	f, err := contribution.NewForge(contribution.Options{
		Name: contribution.Practice, URL: base + "/practice/forge", Secret: played.Secret, ClientID: played.ID, ClientSecret: played.Key,
		HTTP: &http.Client{Transport: practice.Transport(http.StripPrefix("/practice/forge", played.Handler()))},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	s.PracticeForge = played
	if s.Work, err = contribution.NewBook(context.Background(), db, queue, s.Register, s.Officers, contribution.BookOptions{
		Forges: []*contribution.Forge{f}, Clones: h.t.TempDir(), Base: base, Now: h.time,
	}); err != nil {
		h.t.Fatal(err)
	}
	s.Operators = member.NewOperators(db, h.time)
	s.Classes = member.NewClasses(s.Register, s.Operators, func(context.Context, member.ID, calendar.Date, time.Time) (member.Standing, error) {
		return member.Standing{State: member.Current}, nil
	}, s.Work.IsContributor)
	s.Board = board.New(db, s.Register, s.Officers, s.Classes, election.SeatsOn, h.time)
	s.Elections = election.New(db, queue, s.Register, s.Officers, s.Classes, s.Board, h.time)
	if s.PracticeBeacon, err = election.NewPracticeBeacon(base + "/practice/beacon/{round}"); err != nil {
		h.t.Fatal(err)
	}
	key, err := election.NewKeys([]byte("a server's key"))
	if err != nil {
		h.t.Fatal(err)
	}
	s.Polls = election.NewPolls(s.Elections, s.PracticeBeacon.Beacon, key)
	s.Proposals = participation.NewProposals(db, queue, s.Register, s.Officers, s.Board, h.time)
	s.Meetings = meeting.New(db, queue, s.Register, s.Officers, s.Board, h.time)
	s.Roadmap = participation.NewRoadmap(db, s.Register, s.Officers, s.Board, h.time)
	s.Priorities = participation.NewPriorities(db, s.Register, s.Officers, s.Board, s.Classes, h.time)
}

// atBase has the site believe in the address that the forge sends people back to.
func atBase(s *Site) { s.Base = "https://folkmoot.example" }

// signsInAt goes to the practice forge, signs in there, and comes back.
func (b *browser) signsInAt(login string) answer {
	b.h.t.Helper()
	to := b.post("/contribute/link", "forge", "practice")
	if to.StatusCode != http.StatusSeeOther {
		b.h.t.Fatalf("linking: %d\n%s", to.StatusCode, to.page)
	}
	there := strings.TrimPrefix(to.Header.Get("Location"), b.h.site.Base)
	b.says(b.get(there), 200, "This is no real forge", "Sign in")
	back := b.post(there, "login", login)
	if back.StatusCode != http.StatusSeeOther {
		b.h.t.Fatalf("signing in: %d\n%s", back.StatusCode, back.page)
	}
	return b.get(strings.TrimPrefix(back.Header.Get("Location"), b.h.site.Base))
}

func (h *house) sharePaid(id member.ID) {
	h.t.Helper()
	if err := h.site.Register.SharePaid(h.t.Context(), id, calendar.On(h.time())); err != nil {
		h.t.Fatal(err)
	}
}

// TestSomebodyWhoPaysNoDuesIsWalkedToAVote from nothing to a vote by merged work alone.
func TestSomebodyWhoPaysNoDuesIsWalkedToAVote(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia, stranger := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		if a := stranger.get("/contribute"); a.StatusCode != 303 {
			h.t.Errorf("a stranger: %d", a.StatusCode)
		}
		nia.says(nia.get("/contribute"), 200, "No work of yours counts yet", `href="/join"`, "Nothing for now")
		nia.goes(nia.post("/contribute/link", "forge", "practice"), "/contribute") // without an entry there is nobody to link

		secretary.says(secretary.post("/practice/forge", "login", "nia", "title", "Keep the cursor"), 422, "Officers have to list this repository first", `value="Keep the cursor"`)
		secretary.says(secretary.post("/practice/forge", "login", " ", "title", " "), 422, "Enter the login", "Say in a few words what the change does")
		secretary.says(secretary.post("/register/contribution/repositories", "path", " "), 422, "Choose where the repository is", `href="#path"`, "Say why")
		secretary.says(secretary.post("/register/contribution/exceptions", "of", "nothing"), 422, `href="#kind-struck"`, `href="#of"`, `href="#except_why"`)
		secretary.goes(secretary.post("/register/contribution/repositories", "forge", "practice", "path", practicePath, "list_why", "minute 3"), "/register/contribution?done=contribution_repositories")
		secretary.says(secretary.get("/register/contribution"), 200, practicePath, "minute 3", "Not looked through yet")
		nia.goes(nia.post("/practice/forge", "login", "nia", "title", "Keep the <cursor>"), "/practice/forge?done=1")

		id := nia.applies("Nia Owen", "nia@example.org")
		nia.says(nia.get("/contribute"), 200, "You have applied", "Pay £1 for your share", "with the reference FM")
		nia.goes(nia.signsInAt("nia"), "/contribute?said=linked")
		nia.says(nia.get("/contribute?said=linked"), 200, "Linked.", "1 change of yours counts", "Keep the &lt;cursor&gt;", "Something is still missing")
		secretary.goes(secretary.post("/register/entry/"+string(id)+"/admit"), "/register/entry/"+string(id)+"?done=entry_admit")
		h.sharePaid(id)
		nia.says(nia.get("/contribute"), 200, "You are a contributor, and can vote as one", "The class that you vote in")
		nia.says(nia.post("/contribute/class", "class", "operator"), 422, "Choose one of the classes")
		nia.goes(nia.post("/contribute/class", "class", "contributor"), "/contribute?said=class")
		nia.says(nia.get("/contribute"), 200, `value="contributor" checked`)

		stranger.says(stranger.get("/contributors"), 200, "And 1 person who chose no name", practicePath)
		nia.says(nia.post("/contribute/name", "name", strings.Repeat("x", 61)), 422, "Shorten it to at most 60.", `href="#name"`)
		nia.goes(nia.post("/contribute/name", "name", "Nia <O.>"), "/contribute?said=named")
		stranger.says(stranger.get("/contributors"), 200, "Nia &lt;O.&gt;, 1 change")
	}, atBase)
}

// TestSomebodyWhoPaysNoDuesPaysTheirShareByCard from the page of their work, and has a receipt for it.
func TestSomebodyWhoPaysNoDuesPaysTheirShareByCard(t *testing.T) {
	each(t, func(h *house) {
		bank, nia, eve := h.opensBooks(), h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		eve.signIn("eve@example.org", "Eve")
		nia.goes(nia.get("/membership/share"), "/join")
		id := nia.applies("Nia Owen", "nia@example.org")
		nia.says(nia.get("/contribute"), 200, `href="/membership/share"`)
		nia.says(nia.get("/membership"), 200, `href="/membership/share"`)
		nia.says(nia.get("/membership/share"), 200, "Pay £1 by card", "with the reference FM")

		to := nia.post("/membership/share").Header.Get("Location")
		if again := nia.post("/membership/share").Header.Get("Location"); to == "" || again != to {
			h.t.Fatalf("two pages for one share: %q and %q", to, again)
		}
		page := to[strings.LastIndex(to, "/")+1:]
		nia.goes(nia.get("/membership/share/done?stripe="+page), "/membership?said=share_waits")
		eve.goes(eve.get("/membership/share/done?stripe="+page), "/join")
		if _, err := bank.house.PayCheckout(t.Context(), page, practice.CardWorks); err != nil {
			h.t.Fatal(err)
		}
		nia.goes(nia.get("/membership/share/done?stripe="+page), "/membership?said=share")
		nia.says(nia.get("/membership?said=share"), 200, "Your share is paid", "£1, paid", "2026-00001")
		nia.says(nia.get("/membership/receipts/2026-00001"), 200, "One share in the society", "£1")
		nia.goes(nia.get("/membership/share"), "/membership")
		nia.goes(nia.post("/membership/share"), "/membership?said=share")
		if since, held, err := h.site.Dues.ShareHeld(t.Context(), id); !held || since != calendar.On(h.time()) || err != nil {
			h.t.Errorf("held %v since %s: %v", held, since, err)
		}
		nia.says(nia.get("/finances"), 200)
	}, atBase)
}

func TestAnotherMembersAccountAtTheForgeIsTaken(t *testing.T) {
	each(t, func(h *house) {
		nia, eve := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		eve.signIn("eve@example.org", "Eve")
		nia.applies("Nia Owen", "nia@example.org")
		eve.applies("Eve Hill", "eve@example.org")
		nia.goes(nia.signsInAt("nia"), "/contribute?said=linked")
		eve.says(eve.signsInAt("nia"), 422, "Another member has proved to be that account")
		nia.says(nia.get("/contribute/linked/practice?state=x&code=y"), 422, "not one that you began here")

		// Eve's answer, opened by Nia, links nothing to her.
		to := eve.post("/contribute/link", "forge", "practice").Header.Get("Location")
		back := eve.post(strings.TrimPrefix(to, h.site.Base), "login", "eve").Header.Get("Location")
		nia.says(nia.get(strings.TrimPrefix(back, h.site.Base)), 422, "not one that you began here")

		link := regexp.MustCompile(`/contribute/unlink/([a-z2-7]{26})`).FindString(nia.get("/contribute").page)
		eve.says(eve.post(link), 404)
		nia.goes(nia.post(link), "/contribute?said=unlinked")
		nia.says(nia.get("/contribute?said=unlinked"), 200, "What was merged until now stays yours", "nia, Practice forge, from 23 November 2026 to 23 November 2026")
	}, atBase)
}

func TestOnlyAProvedAddressCanBeLinked(t *testing.T) {
	each(t, func(h *house) {
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		nia.applies("Nia Owen", "nia@example.org")
		nia.says(nia.get("/contribute"), 200, "Count commits that name nia@example.org")
		nia.says(nia.post("/contribute/address", "address", "ann@example.org"), 422)
		nia.goes(nia.post("/contribute/address", "address", "nia@example.org"), "/contribute?said=linked")
		if strings.Contains(nia.get("/contribute").page, "Count commits that name") {
			h.t.Error("offers what is linked already")
		}
	}, atBase)
}

func TestFullTimeIsDeclaredAndConfirmedOnThePages(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		nia.applies("Nia Owen", "nia@example.org")
		nia.says(nia.post("/contribute/full-time", "on", "The router", "first", "2026-11-01", "last", "2026-10-01"), 422, "Enter a first day and a last day", "The router")
		nia.goes(nia.post("/contribute/full-time", "on", "The router", "first", "2026-11-01", "last", "2027-10-31"), "/contribute?said=declared")
		treasurer.says(treasurer.get("/register/contribution"), 200)
		if strings.Contains(treasurer.get("/register/contribution").page, "Nia Owen") {
			h.t.Error("the treasurer reads legal names of the register")
		}
		page := secretary.get("/register/contribution")
		secretary.says(page, 200, "Nia Owen", "The router", "It waits for the secretary")
		confirm := regexp.MustCompile(`/register/contribution/full-time/[a-z2-7]{26}/confirm`).FindString(page.page)
		treasurer.says(treasurer.post(confirm), 404)
		secretary.goes(secretary.post(confirm), "/register/contribution?done=contribution_full-time_confirm")
		nia.says(nia.get("/contribute"), 200, "You work on the project full time, until 31 October 2027")
		end := strings.TrimSuffix(confirm, "confirm") + "end"
		id := strings.Split(end, "/")[4]
		secretary.says(secretary.post(end), 422, "Say why", "why_"+id)
		secretary.goes(secretary.post(end, "why_"+id, "left"), "/register/contribution?done=contribution_full-time_end")
		nia.says(nia.get("/contribute"), 200, "Ended early: left")
	}, atBase)
}

func TestExceptionsTakeTwoOfficersOnThePages(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		id := string(nia.applies("Nia Owen", "nia@example.org"))
		secretary.goes(secretary.post("/register/entry/"+id+"/admit"), "/register/entry/"+id+"?done=entry_admit")
		secretary.says(secretary.post("/register/contribution/exceptions", "of", "a/b #1", "except_why", "so small"), 422, "Choose what is to hold", `id="kind-struck"`)
		secretary.says(secretary.post("/register/contribution/exceptions", "kind", "struck", "of", "a/b #1", "except_why", "so small"), 422, "No change of that number", "so small")
		secretary.says(secretary.post("/register/entry/"+id+"/contributor", "contributor_first", "2026-11-23", "contributor_last", "2027-11-22", "contributor_why", ""), 422, "Say why", `href="#contributor_why"`)
		secretary.goes(secretary.post("/register/entry/"+id+"/contributor", "contributor_first", "2026-11-23", "contributor_last", "2027-11-22", "contributor_why", "translates it all"), "/register/contribution?done=entry_contributor")
		confirm := regexp.MustCompile(`/register/contribution/exceptions/[a-z2-7]{26}/confirm`)
		if confirm.MatchString(secretary.get("/register/contribution").page) {
			h.t.Error("who proposed it is asked to confirm it")
		}
		page := treasurer.get("/register/contribution")
		treasurer.says(page, 200, "translates it all", "It waits for another officer")
		path := confirm.FindString(page.page)
		secretary.says(secretary.post(path), 422, "It takes somebody else")
		treasurer.goes(treasurer.post(path), "/register/contribution?done=contribution_exceptions_confirm")
		nia.says(nia.get("/contribute"), 200, "Two officers decided that you are a contributor, until 22 November 2027")
	}, atBase)
}

func TestOperatorsAreAppointedOnThePagesAndListedForAll(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		nia, stranger := h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		id := string(nia.applies("Nia Owen", "nia@example.org"))
		secretary.goes(secretary.post("/register/entry/"+id+"/admit"), "/register/entry/"+id+"?done=entry_admit")
		stranger.says(stranger.get("/operators"), 200, "Nobody has been appointed yet")
		at := "/register/entry/" + id + "/operator"
		secretary.says(secretary.post(at), 422, "Enter the name for the public list", "Say what they run", "Enter a day that has come", "Say why")
		secretary.says(secretary.post(at, "operator_name", "Nia O.", "operator_runs", "", "operator_since", "2026-01-02", "operator_why", "runs it well"), 422, "Say what they run", "Nia O.")
		secretary.says(secretary.post(at, "operator_name", "Nia O.", "operator_runs", "the mail relay", "operator_since", "soon", "operator_why", "runs it well"), 422, "Enter a day that has come")
		secretary.goes(secretary.post(at, "operator_name", "Nia O.", "operator_runs", "the mail relay", "operator_since", "2026-01-02", "operator_why", "runs it well"), "/register/operators?done=entry_operator")
		stranger.says(stranger.get("/operators"), 200, "Nobody has been appointed yet")
		confirm := regexp.MustCompile(`/register/operators/[a-z2-7]{26}/confirm`).FindString(treasurer.get("/register/operators").page)
		secretary.says(secretary.post(confirm), 422, "It takes somebody else")
		treasurer.goes(treasurer.post(confirm), "/register/operators?done=operators_confirm")
		stranger.says(stranger.get("/operators"), 200, "Nia O.", "the mail relay", "2 January 2026")
		nia.says(nia.get("/"), 200, "You are an operator since", "the mail relay", `href="/contribute"`)
		line := strings.Split(confirm, "/")[3]
		secretary.says(secretary.post("/register/operators/"+line+"/end"), 422, "Say why")
		secretary.goes(secretary.post("/register/operators/"+line+"/end", "why_"+line, "moved away", "minute_"+line, "item 4"), "/register/operators?done=operators_end")
		stranger.says(stranger.get("/operators"), 200, "Nobody has been appointed yet")
	}, atBase)
}

func TestThePagesOfWorkAreForOfficersAlone(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		for _, path := range []string{"/register/contribution", "/register/operators"} {
			nia.says(nia.get(path), 404)
			treasurer.says(treasurer.get(path), 200)
		}
		for _, path := range []string{"/register/contribution/repositories", "/register/contribution/exceptions", "/register/entry/x/operator", "/register/entry/x/contributor"} {
			nia.says(nia.post(path, "forge", "practice"), 404)
		}
		treasurer.says(treasurer.post("/register/contribution/repositories", "forge", "practice", "path", practicePath, "list_why", "x y"), 404)
		for _, id := range odd {
			secretary.says(secretary.post("/register/contribution/repositories/"+id+"/delist"), 404)
			secretary.says(secretary.post("/register/contribution/exceptions/"+id+"/confirm"), 404)
			secretary.says(secretary.post("/register/operators/"+id+"/end"), 404)
		}
		for path, says := range map[string]string{"a/b/c": "Enter a repository", "no/such": "The forge knows no public repository"} {
			secretary.says(secretary.post("/register/contribution/repositories", "forge", "practice", "path", path, "list_why", "x y"), 422, says)
		}
		secretary.says(secretary.post("/register/contribution/repositories", "path", practicePath, "list_why", "x y"), 422, "Choose where the repository is")
	}, atBase)
}

// hook sends a delivery as a program does, from no page of ours.
func (h *house) hook(path string, header http.Header, body []byte) int {
	h.t.Helper()
	b := h.browser()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	if said, err := io.ReadAll(res.Body); err != nil || len(said) > 0 {
		h.t.Errorf("answers %q, %v", said, err)
	}
	return res.StatusCode
}

func TestForgesComeInByTheirOwnDoor(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		header, body, err := h.site.PracticeForge.Delivery(h.site.PracticeForge.Close(practicePath, "nia", "Work", true))
		if err != nil {
			h.t.Fatal(err)
		}
		forged := header.Clone()
		forged.Set("X-Gitea-Signature", strings.Repeat("0", 64))
		wants := func(what string, got, want int) {
			h.t.Helper()
			if got != want {
				h.t.Errorf("%s: %d, want %d", what, got, want)
			}
		}
		wants("not listed", h.hook("/hooks/forge/practice", header, body), 403)
		secretary.goes(secretary.post("/register/contribution/repositories", "forge", "practice", "path", practicePath, "list_why", "minute 3"), "/register/contribution?done=contribution_repositories")
		wants("forged", h.hook("/hooks/forge/practice", forged, body), 401)
		wants("unsigned", h.hook("/hooks/forge/practice", nil, body), 401)
		wants("another forge", h.hook("/hooks/forge/github", header, body), 404)
		wants("too large", h.hook("/hooks/forge/practice", header, append(body, bytes.Repeat([]byte(" "), 1<<20)...)), 413)
		wants("told", h.hook("/hooks/forge/practice", header, body), 204)
		wants("told again", h.hook("/hooks/forge/practice", header, body), 204)
		log := h.closed()
		for _, said := range []string{"outcome=kept", "outcome=told"} {
			if strings.Count(log, said) != 1 {
				h.t.Errorf("%q on the log %d times", said, strings.Count(log, said))
			}
		}
	}, atBase)
}

func TestThePracticeForgeLeadsNowhereElse(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		query := url.Values{"client_id": {h.site.PracticeForge.ID}, "response_type": {"code"}, "state": {"s"}, "code_challenge_method": {"S256"}, "code_challenge": {"c"}}
		const path = "/practice/forge/login/oauth/authorize?"
		for _, to := range []string{"https://evil.example/contribute/linked/practice", "//evil.example", ""} {
			query.Set("redirect_uri", to)
			b.says(b.post(path+query.Encode(), "login", "nia"), 422)
		}
		b.says(b.get(path+"client_id=other"), 422)
	}, atBase)
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/practice/forge/login/oauth/authorize"), 404)
	}, func(s *Site) { s.PracticeForge = nil })
}

func TestAFormMayLeadToTheForgesThatAreSetUp(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		if got := b.get("/contribute").Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https://folkmoot.example;") {
			h.t.Error(got)
		}
		if got := fmt.Sprint(b.get("/contributors").Header.Get("Content-Security-Policy")); got != csp {
			h.t.Error(got)
		}
	}, func(s *Site) { s.Base = "https://elsewhere.example" })
}

// TestWhoeverHasLeftIsWalkedFromTheFirstStep: a former member read that their share was paid, on the day on which it was paid back to them.
func TestWhoeverHasLeftIsWalkedFromTheFirstStep(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia := h.browser()
		nia.signIn("nia@example.org", "Nia")
		id := nia.applies("Nia Owen", "nia@example.org")
		secretary.goes(secretary.post("/register/entry/"+string(id)+"/admit"), "/register/entry/"+string(id)+"?done=entry_admit")
		h.sharePaid(id)
		nia.says(nia.get("/contribute"), 200, "Your share is paid.")
		h.must(h.site.Register.Resign(h.t.Context(), id, member.ShareRepaid))
		page := nia.get("/contribute")
		nia.says(page, 200, "Apply for an entry in the register", "for your share, once you have applied")
		if strings.Contains(page.page, "Your share is paid.") {
			h.t.Error("the share of a former member counts for their next membership")
		}
	}, atBase)
}

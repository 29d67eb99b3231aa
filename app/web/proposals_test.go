package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
)

// enrolled are people who are members, by their first names.
func (h *house) enrolled(names ...string) (all []*browser) {
	h.t.Helper()
	for _, name := range names {
		b := h.people(name)[0]
		id := b.applies(name+" Owen", strings.ToLower(name)+"@example.org")
		h.must(h.site.Register.Admit(h.t.Context(), id, "", "welcome"))
		all = append(all, b)
	}
	return all
}

// member is which one somebody is.
func (b *browser) member() member.ID {
	b.h.t.Helper()
	m, _, err := b.h.site.Register.Of(b.h.t.Context(), b.account())
	b.h.must(err)
	return m.ID
}

func (b *browser) proposes(more ...string) string {
	b.h.t.Helper()
	to := b.post("/proposals/new", append([]string{"proposal_title", "Lamps <in> the cellar", "problem", "It is dark.", "change", "Hang lamps.", "affected", "Us"}, more...)...)
	path, found := strings.CutSuffix(to.Header.Get("Location"), "?said=proposed")
	if to.StatusCode != 303 || !found {
		b.h.t.Fatalf("proposing: %d\n%s", to.StatusCode, to.page)
	}
	return path
}

// A browser that cut a paste would cut it without a word: the page takes it whole, and says by how much it is too long.
func TestATextThatIsTooLongComesBackWhole(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		nia := h.enrolled("Nia")[0]
		long := strings.Repeat("é", 2344) + "!"
		tooLong, hidden := "This has 2,345 characters. Shorten it to at most 2,000.", "Take out the hidden characters"
		nia.silentOn(nia.get("/proposals/new"), "maxlength")
		to := nia.post("/proposals/new", "proposal_title", strings.Repeat("t", 121), "problem", long, "change", "", "affected", "\u202eUs", "cost", "x")
		nia.says(to, 422, "This has 121 characters. Shorten it to at most 120.", tooLong, long, "Say what should change", hidden, `href="#affected"`)
		path := nia.proposes()
		nia.says(nia.post(path+"/comments", "comment", long), 422, tooLong, long, `href="#comment"`)
		nia.says(nia.post(path+"/comments", "comment", " "), 422, "Write something", `href="#comment"`)
		nia.says(nia.post(path+"/amend", "seen", "1", "proposal_title", "Lamps", "problem", "x", "change", "x", "affected", "x", "amend_why", long), 422, tooLong, `href="#amend_why"`)
		nia.says(nia.post("/board/questions", "question", long), 422, "This has 2,345 characters. Shorten it to at most 1,000.", long)
		secretary.says(secretary.post("/roadmap", "item_title", "Lamps", "item_words", long, "status", "planned", "owner", "Ann", "minute", "7", "item_why", "x"), 422, tooLong, long)
		secretary.says(secretary.post("/privacy/changes/new", "change_title", "Less", "was", long, "becomes", "y", "change_why", "z", "risk", "none", "weight", "ordinary"), 422, tooLong, long)
		secretary.says(secretary.post("/meetings/call", "kind", "general", "meeting_title", "Spring", "what_for", long), 422, tooLong, long)
	})
}

func TestAProposalOnItsPages(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		who := h.enrolled("Nia", "Ben", "Cat", "Dan", "Eve")
		nia, ben, stranger, outsider := who[0], who[1], h.browser(), h.people("Out")[0]
		stranger.says(stranger.get("/proposals"), 200, "No proposal is open", `href="/sign-in?next=/proposals"`)
		outsider.says(outsider.get("/proposals"), 200, "Become a member")
		stranger.silentOn(stranger.get("/proposals"), "Write a proposal")
		stranger.goes(stranger.get("/proposals/new"), "/sign-in?next=%2Fproposals%2Fnew")
		outsider.goes(outsider.get("/proposals/new"), "/proposals")
		outsider.says(outsider.post("/proposals/new", "proposal_title", "x", "problem", "x", "change", "x", "affected", "x"), 422, "Only members can do that")
		nia.says(nia.post("/proposals/new", "proposal_title", "<b>", "problem", " ", "change", "y"), 422, "Say what the problem is", `href="#problem"`, `href="#affected"`, `value="&lt;b&gt;"`)

		path := nia.proposes()
		named := ben.proposes("shown", "name")
		stranger.says(stranger.get(path), 200, "Proposed by a member on", "Lamps &lt;in&gt; the cellar", "1 of 5 supporters")
		stranger.silentOn(stranger.get(path), "Nia", "Support this proposal", "Say something")
		stranger.says(stranger.get(named), 200, "Proposed by Ben on")
		stranger.says(stranger.get("/proposals?q=lam"), 200, "2 proposals", "<mark>lamps</mark>")
		stranger.says(stranger.get("/proposals?q="+url.QueryEscape(`"<b> NEAR(`)), 200, "Nothing was found for “&#34;&lt;b&gt; NEAR(”")
		stranger.says(stranger.get("/proposals?q=%00"), 422)
		stranger.says(stranger.get("/proposals?open=%27%20OR%201"), 422)
		for _, gone := range []string{"/proposals/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/proposals/x", path + "/versions/2", path + "/versions/0", path + "/versions/x"} {
			stranger.says(stranger.get(gone), 404)
		}

		ben.says(ben.post(path+"/amend", "seen", "1", "proposal_title", "Mine now", "problem", "x", "change", "x", "affected", "x", "amend_why", "x"), 422, "Only the author can do that")
		nia.says(nia.post(path+"/amend", "seen", "1", "proposal_title", "Lamps", "problem", "Dark <i>", "change", "", "affected", "x"), 422, "Say why", `href="#amend_why"`, `href="#change"`, "Dark &lt;i&gt;")
		ben.goes(ben.post(path+"/support", "seen", "1"), path+"?said=supported")
		ben.says(ben.get(path+"?said=supported"), 200, "You support this proposal. It has 2 of the 5 supporters that it takes.")
		nia.says(nia.post(path+"/unsupport", "seen", "1"), 422, "You are the author")
		outsider.says(outsider.post(path+"/support"), 422, "Only members can do that")
		nia.goes(nia.post(path+"/amend", "seen", "1", "proposal_title", "Lamps", "problem", "Dark <i>", "change", "Hang.", "affected", "Us", "amend_why", "<clearer>"), path+"?said=amended")
		ben.says(ben.get(path), 200, "It was changed after you supported it", `name="seen" value="2"`)
		for _, form := range [][]string{{"/support", "1"}, {"/support", ""}, {"/unsupport", "1"}} {
			ben.says(ben.post(path+form[0], "seen", form[1]), 422, "The proposal was amended meanwhile", `name="seen" value="2"`, "Dark &lt;i&gt;")
		}
		nia.says(nia.post(path+"/amend", "seen", "1", "proposal_title", "Lanterns", "problem", "Dark", "change", "x", "affected", "Us", "amend_why", "x"), 422, "amended meanwhile", `value="Lanterns"`)
		stranger.says(stranger.get(path+"/versions/2"), 200, "<ins>Dark &lt;i&gt;</ins>", "&lt;clearer&gt;")

		ben.goes(ben.post(path+"/comments", "comment", "Why <not>?", "shown", "name"), path+"?said=commented")
		ben.says(ben.post(path+"/comments", "comment", " "), 422, "Write something")
		stranger.says(stranger.get(path), 200, "Why &lt;not&gt;?", "Ben, ")
		hide := regexp.MustCompile(path + `/comments/[a-z2-7]{26}/hide`).FindString(secretary.get(path).page)
		ben.says(ben.post(hide, "why", "x"), 404)
		secretary.says(secretary.post(hide), 422, "Say why")
		comment := strings.Split(hide, "/")[4]
		secretary.goes(secretary.post(hide, "why_"+comment, "rude"), path+"?said=hidden")
		stranger.silentOn(stranger.get(path), "Why &lt;not&gt;?")

		for _, b := range who[2:] {
			b.post(path+"/support", "seen", "2")
		}
		who[4].says(who[4].get(path+"?said=supported"), 200, "Enough members do now: the board has to answer it.")
		ben.says(ben.get(path), 200, "The board answers by")
		ben.silentOn(ben.get(path), "Publish the board’s answer")
		ben.says(ben.post(path+"/answer", "seen", "2", "outcome", "accepted", "reasons", "Yes.", "minute", "item 1"), 422, "Only the secretary or somebody who sits on the board")
		_, err := h.site.Board.CoOpt(h.t.Context(), secretary.account(), board.CoOption{
			Person: board.Person{Member: ben.member(), Name: "Ben", Interests: "None."}, Class: member.ClassOrdinary, Since: calendar.On(h.time()), Minute: "item 1",
		})
		h.must(err)
		ben.says(ben.get("/proposals"), 200, "The board’s answer to “Lamps” is due by")
		ben.says(ben.post(path+"/answer", "seen", "2", "outcome", "withdrawn", "reasons", "No.", "minute", "item 1"), 422, "Choose what the board decided")
		h.at(h.time().AddDate(0, 0, 29))
		for _, b := range append(who, secretary, stranger) {
			if b != stranger {
				b.signIn(b.address(h), "")
			}
			b.says(b.get("/proposals"), 200, "The board’s answer is overdue")
		}
		ben.goes(ben.post(path+"/answer", "seen", "2", "outcome", "in_part", "reasons", "One <lamp>.", "minute", "item 1"), path+"?said=answered")
		stranger.says(stranger.get(path), 200, "Accepted in part", "One &lt;lamp&gt;.", "after the last day for it")
		stranger.silentOn(stranger.get("/proposals"), "is overdue")
		nia.says(nia.get("/proposals"), 200, "The board answered “Lamps”")
	})
}

// address is that of whoever signed in, as people and officers make them.
func (b *browser) address(h *house) string {
	h.t.Helper()
	a, err := h.site.Accounts.Account(h.t.Context(), b.account())
	h.must(err)
	return strings.ToLower(a.Name) + "@example.org"
}

func TestTheRoadmapOnItsPages(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		nia, stranger := h.enrolled("Nia")[0], h.browser()
		plan := func(title string, more ...string) []string {
			return append([]string{"item_title", title, "item_words", "Three <lamps>.", "status", "planned", "owner", "the board", "minute", "item 3", "item_why", "decided"}, more...)
		}
		stranger.says(stranger.get("/roadmap"), 200, "The roadmap is empty")
		nia.says(nia.post("/roadmap", plan("Lamps")...), 422, "Only the secretary or somebody who sits on the board")
		treasurer.says(treasurer.post("/roadmap", plan("Lamps")...), 422, "Only the secretary or somebody who sits on the board")
		for words, more := range map[string][]string{
			"Enter an amount": {"estimate", "lots"}, "Enter what it cost": {"status", "done"}, "Choose the proposal": {"minute", ""},
			"The board has not accepted": {"proposal", "' OR 1=1"}, "Choose a status": {"status", "soon"},
		} {
			secretary.says(secretary.post("/roadmap", plan("<Lamps>", more...)...), 422, words, `value="&lt;Lamps&gt;"`)
		}
		secretary.goes(secretary.post("/roadmap", plan("Lamps", "estimate", "39.50")...), "/roadmap?said=added")
		secretary.goes(secretary.post("/roadmap", plan("Stairs")...), "/roadmap?said=added")
		stranger.says(stranger.get("/roadmap"), 200, "Lamps", "£39.50", "Three &lt;lamps&gt;.", "item 3")
		stranger.silentOn(stranger.get("/roadmap"), "Put something on the roadmap")
		item := regexp.MustCompile(`/roadmap/[a-z2-7]{26}`).FindString(stranger.get("/roadmap").page)
		stranger.says(stranger.get(item), 200, "What was said of it")
		stranger.says(stranger.get("/roadmap/aaaaaaaaaaaaaaaaaaaaaaaaaa"), 404)
		stranger.says(stranger.get("/roadmap/x"), 404)
		nia.says(nia.post(item, plan("Mine")...), 422, "Only the secretary")
		feed := stranger.get("/roadmap.atom")
		stranger.says(feed, 200, `<feed xmlns="http://www.w3.org/2005/Atom"`, "Planned: Lamps", "Three &lt;lamps&gt;.")
		if kind := feed.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/atom+xml") {
			h.t.Errorf("the feed is %s", kind)
		}
	})
}

func TestABallotOfPrioritiesOnItsPage(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Nia", "Ben", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon")
		nia, stranger, outsider := who[0], h.browser(), h.people("Out")[0]
		var items []string
		for n := range 3 {
			id, err := h.site.Roadmap.Add(h.t.Context(), secretary.account(), participation.Plan{
				Title: fmt.Sprintf("Item <%d>", n+1), Words: "x", Status: participation.Planned, Owner: "the board", Minute: "item 1",
			}, "decided")
			h.must(err)
			items = append(items, id)
		}
		closes := calendar.On(h.time()).AddDays(14).String()
		treasurer.says(treasurer.post("/roadmap/priorities", "item", items[0]), 404)
		secretary.says(secretary.post("/roadmap/priorities", "take", "1", "closes", closes), 422, "Choose from 2 to 30 items", `href="#items"`)
		opened := url.Values{"item": items, "take": {"1"}, "closes": {closes}}
		secretary.says(secretary.do("POST", "/roadmap/priorities", url.Values{"item": items, "take": {"3"}, "closes": {closes}}), 422, "up to one less", "checked")
		secretary.goes(secretary.do("POST", "/roadmap/priorities", opened), "/roadmap/priorities?said=opened")
		secretary.says(secretary.do("POST", "/roadmap/priorities", opened), 422, "This quarter has a ballot already")
		stranger.says(stranger.get("/roadmap/priorities"), 200, "Item &lt;1&gt;", "Members rank the items here", "This is not the secret ballot")
		stranger.silentOn(stranger.get("/roadmap/priorities"), "<select")
		nia.says(nia.get("/proposals"), 200, "Rank what should come first, until")
		ballot := regexp.MustCompile(`/roadmap/priorities/[a-z2-7]{26}`).FindString(nia.get("/roadmap/priorities").page)
		nia.says(nia.post(ballot, "rank_1", "1", "rank_2", "1"), 422, "Two items have the same place", `href="#rank_2"`)
		nia.says(nia.post(ballot), 422, "Give places from 1 on")
		nia.says(nia.post(ballot, "rank_1", "4"), 422, "Give places from 1 on")
		nia.says(nia.post(ballot, "rank_9", "1"), 422, "Give places from 1 on")
		outsider.says(outsider.post(ballot, "rank_1", "1"), 422, "Only members can do that")
		stranger.goes(stranger.post(ballot, "rank_1", "1"), "/sign-in")
		nia.says(nia.post("/roadmap/priorities/aaaaaaaaaaaaaaaaaaaaaaaaaa", "rank_1", "1"), 404)
		for _, b := range who {
			b.goes(b.post(ballot, "rank_2", "1", "rank_1", "3"), "/roadmap/priorities?said=ranked")
		}
		nia.says(nia.get("/roadmap/priorities"), 200, "Rankings so far: 10, of 10 members.", `<option value="2" selected>2</option>`)
		nia.silentOn(nia.get("/proposals"), "Rank what should come first")
		h.at(h.time().AddDate(0, 0, 15))
		nia.signIn(nia.address(h), "")
		nia.says(nia.get("/roadmap/priorities"), 200, "is being counted")
		nia.says(nia.post(ballot, "rank_1", "1"), 422, "The ballot is closed")
		h.must(h.site.Priorities.Mind(h.t.Context()))
		stranger.says(stranger.get("/roadmap/priorities"), 200, "10 of 10 members ranked.", "What comes first", "Item &lt;2&gt;")
		stranger.silentOn(stranger.get("/roadmap/priorities"), "Too few ranked for a result")
	})
}

func TestAnOfficerTakesAWholeProposalDown(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		who := h.enrolled("Nia", "Ben")
		nia, ben, stranger := who[0], who[1], h.browser()
		path := nia.proposes("shown", "name")
		ask := path + "/take-down"
		for _, b := range who {
			b.silentOn(b.get(path), "Take this proposal down")
			b.says(b.get(ask), 404)
			b.says(b.post(ask, "take_down_why", "mine"), 404)
		}
		secretary.says(secretary.get(path), 200, `href="`+ask+`"`)
		secretary.says(secretary.get(ask), 200, "This cannot be undone", "Lamps &lt;in&gt; the cellar")
		secretary.says(secretary.post(ask), 422, "Say why", `href="#take_down_why"`)
		secretary.goes(secretary.post(ask, "seen", "1", "take_down_why", "Names <a> neighbour"), path+"?said=taken_down")
		for _, b := range []*browser{nia, ben, stranger} {
			b.says(b.get(path), 200, "A proposal that was taken down", "Names &lt;a&gt; neighbour")
			b.silentOn(b.get(path), "Lamps", "It is dark", "Nia", "Support this proposal")
			b.silentOn(b.get("/proposals"), "Lamps")
			b.says(b.get("/proposals?q=lamps"), 200, "Nothing was found")
			b.goes(b.get(path+"/versions/1"), path)
		}
		secretary.goes(secretary.get(ask), path)
		secretary.says(secretary.get("/register/audit"), 200, "proposal taken down")
	})
}

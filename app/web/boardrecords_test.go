package web

import (
	"strings"
	"testing"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
)

// coOpts has a member sit on the board from a day on.
func (h *house) coOpts(secretary, who *browser, since calendar.Date) string {
	h.t.Helper()
	id, err := h.site.Board.CoOpt(h.t.Context(), secretary.account(), board.CoOption{
		Person: board.Person{Member: who.member(), Name: "Person of Leeds", Interests: "None."}, Class: member.ClassOrdinary, Since: since, Minute: "minute 1",
	})
	h.must(err)
	return id
}

func TestWhoComesToSitOnTheBoardIsToldForTwoWeeks(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		amy := h.enrolled("Amy")[0]
		h.coOpts(secretary, amy, calendar.On(h.time()).AddDays(1))
		amy.silentOn(amy.get("/"), "You sit on the board")
		amy.silentOn(amy.get("/you"), "Record a decision")
		secretary.says(secretary.get("/you"), 200, "Record a decision", "/board/meetings/record") // who keeps its records without sitting
		h.lives(h.time().AddDate(0, 0, 1), []*browser{amy})
		amy.says(amy.get("/"), 200, "You sit on the board since", `href="/board?declare=1#interests.declare"`)
		amy.says(amy.get("/board?declare=1"), 200, `<details class="deed" open><summary id="interests.declare">`)
		amy.says(amy.get("/you"), 200, "The board", "/board/decisions/record", "/board/meetings/record", "/board/questions", "/privacy/changes")
		h.lives(h.time().AddDate(0, 0, 13), []*browser{amy})
		amy.says(amy.get("/"), 200, "You sit on the board since")
		h.lives(h.time().AddDate(0, 0, 1), []*browser{amy})
		amy.silentOn(amy.get("/"), "You sit on the board")
	})
}

func TestAnEntryOfTheBoardNamesAllThatIsMissingAndKeepsWhatWasTyped(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		who, today := h.enrolled("Amy", "Ben"), calendar.On(h.time())
		amy, ben := h.coOpts(secretary, who[0], today), h.coOpts(secretary, who[1], today)
		day := today.String()
		secretary.says(secretary.post("/board/decisions", "day", day, "decision", "Rent <a> server.", "vote_"+amy, "for", "vote_"+ben, ""), 422,
			"There are 3 problems", `href="#reasons"`, `href="#minute"`, `href="#vote_`+ben, "Rent &lt;a&gt; server.", `<option value="for" selected>`)
		secretary.says(secretary.post("/board/meetings", "day", day, "here_"+amy, "", "here_"+ben, "apologies"), 422,
			"There are 2 problems", `href="#minute"`, `href="#here_`+amy, `<option value="apologies" selected>`)
		secretary.says(secretary.post("/board/decisions", "day", day, "decision", "x", "reasons", "x", "minute", "1"), 422, "Say how Person of Leeds voted")
		secretary.says(secretary.post("/board/decisions", "day", today.AddDays(-1).String(), "decision", "x", "reasons", "x", "minute", "1"), 422, "Nobody sat on the board on that day")

		secretary.goes(secretary.post("/board/meetings", "day", day, "minute", "1", "here_"+amy, "attended", "here_"+ben, "apologies"), "/board/meetings?said=saved")
		secretary.says(secretary.post("/board/decisions", "day", day, "decision", "Rent it.", "reasons", "It is full.", "minute", "1", "vote_"+amy, "for", "vote_"+ben, "for"), 422,
			"Person of Leeds was not at the meeting of that day", `href="#vote_`+ben, "Rent it.")
		secretary.goes(secretary.post("/board/decisions", "day", day, "decision", "Rent it.", "reasons", "It is full.", "minute", "1", "vote_"+amy, "for", "vote_"+ben, "absent"), "/board/decisions?said=saved")
		secretary.says(secretary.post("/board/meetings", "day", day, "minute", "2", "corrects", meetingOf(h), "here_"+amy, "away", "here_"+ben, "attended"), 422,
			"A decision of that day has Person of Leeds voting", `href="#here_`+amy)

		decisions, err := h.site.Board.Decisions(h.t.Context(), 9) // in truth Ben was there and voted, and Amy was not
		h.must(err)
		both := []string{"day", day, "decision", "Rent it.", "reasons", "It is full.", "minute", "1", "corrects", decisions[0].ID, "met", meetingOf(h), "here_" + amy, "away", "here_" + ben, "attended"}
		secretary.says(secretary.get("/board/decisions/record?corrects="+decisions[0].ID), 200, "both are corrected at once", `name="met" value="`+meetingOf(h), `name="here_`+ben)
		secretary.says(secretary.post("/board/decisions", append(both, "vote_"+amy, "for", "vote_"+ben, "for")...), 422, "was not at the meeting of that day, as you say below", `href="#vote_`+amy)
		unsaid := secretary.post("/board/decisions", append(both[:12:12], "here_"+amy, "away", "here_"+ben, "", "vote_"+amy, "absent", "vote_"+ben, "for")...)
		secretary.says(unsaid, 422, `<a href="#here_`+ben+`">Say whether Person of Leeds was there`)
		secretary.silentOn(unsaid, "Say how")
		secretary.goes(secretary.post("/board/decisions", append(both, "vote_"+amy, "absent", "vote_"+ben, "for")...), "/board/decisions?said=saved")
		secretary.says(secretary.get("/board/decisions"), 200, "Corrected")
		secretary.says(secretary.get("/board/meetings"), 200, "Corrected")
	})
}

func TestEverybodyReadsWhichSettingsOfTheRuleBookWereChanged(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		stranger := h.browser()
		rules, err := h.site.Register.Rules(h.t.Context())
		h.must(err)
		rules.QuorumLeast = 7
		h.must(h.site.Register.SetRules(h.t.Context(), rules, secretary.account(), "General meeting, item <4>"))
		stranger.says(stranger.get("/board/decisions"), 200, "Settings of the rule book", "Members who must be present at a general meeting, at least", "7 (before: 3)", "It holds from", "General meeting, item &lt;4&gt;")
		secretary.says(secretary.get("/register/rules"), 200, "7 (before: 3)", "Everybody can read it")
	})
}

func meetingOf(h *house) string {
	all, err := h.site.Board.Meetings(h.t.Context())
	h.must(err)
	return all[0].ID
}

func TestWhatTheBoardDecidedIsOneBook(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who, ctx := h.enrolled("Amy", "Ben", "Cat", "Dan", "Eve"), h.t.Context()
		stranger := h.browser()
		stranger.says(stranger.get("/board/decisions"), 200, "No decision has been recorded yet.")
		path := who[1].proposes()
		for _, b := range who {
			if b != who[1] {
				h.must(h.site.Proposals.Support(ctx, b.account(), strings.TrimPrefix(path, "/proposals/"), 1))
			}
		}
		change, err := h.site.PrivacyChanges.Draft(ctx, secretary.account(), participation.Notice{Title: "Less is <kept>", Was: "45 days.", Becomes: "30 days.", Why: "Less to lose.", Risk: "A message."})
		h.must(err)
		draft, err := h.site.PrivacyChanges.Get(ctx, change)
		h.must(err)
		h.must(h.site.PrivacyChanges.Publish(ctx, treasurer.account(), change, draft.Mark()))
		h.must(h.site.Proposals.Answer(ctx, secretary.account(), strings.TrimPrefix(path, "/proposals/"), 1, participation.Reply{Outcome: participation.Accepted, Reasons: "It is <dark>.", Minute: "item 4"}))
		h.lives(h.time().AddDate(0, 0, 30), append(who, secretary))
		seat := h.coOpts(secretary, who[0], calendar.On(h.time()).AddDays(-2))
		_, err = h.site.Board.Decide(ctx, secretary.account(), board.Decision{
			Entry: board.Entry{Day: calendar.On(h.time()).AddDays(-1), Minute: "item 5"}, Words: "Rent a server.", Reasons: "It is full.", Votes: map[string]board.Vote{seat: board.For},
		})
		h.must(err)
		h.must(h.site.PrivacyChanges.Decide(ctx, secretary.account(), change, participation.BoardDecision{Decision: participation.Rejected, Reasons: "Too little.", Minute: "item 6"}))

		page := stranger.get("/board/decisions")
		stranger.says(page, 200, "Less is &lt;kept&gt;", "Rejected", "/privacy/changes/"+change, "Minute: item 6", "Rent a server.", "Minute: item 5", path, "Accepted", "Why: It is &lt;dark&gt;.", "Minute: item 4")
		last := 0
		for _, line := range []string{"item 6", "item 5", "item 4"} { // the latest first
			if at := strings.Index(page.page, line); at < last {
				h.t.Errorf("%q comes too early", line)
			} else {
				last = at
			}
		}
	})
}

func TestTheBookOfTheBoardIsTurnedWithoutLosingAnEntry(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		amy := h.enrolled("Amy")[0]
		today := calendar.On(h.time())
		seat := h.coOpts(secretary, amy, today)
		for range board.PageSize + 1 {
			h.later(time.Second)
			_, err := h.site.Board.Decide(h.t.Context(), secretary.account(), board.Decision{
				Entry: board.Entry{Day: today, Minute: "item 5"}, Words: "Rent a server.", Reasons: "It is full.", Votes: map[string]board.Vote{seat: board.For},
			})
			h.must(err)
		}
		count := func(path string) int { return strings.Count(amy.get(path).page, `<article id="d-`) }
		if first, second, third := count("/board/decisions"), count("/board/decisions?page=2"), count("/board/decisions?page=3"); first != board.PageSize || second != 1 || third != 0 {
			h.t.Errorf("%d, %d and %d", first, second, third)
		}
	})
}

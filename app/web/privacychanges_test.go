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

// adopted is the page of a major privacy change that the board adopted, and on which the members are to vote.
func (h *house) adopted(secretary, treasurer *browser) string {
	h.t.Helper()
	ctx := h.t.Context()
	id, err := h.site.PrivacyChanges.Draft(ctx, secretary.account(), participation.Notice{
		Title: "More is kept", Was: "30 days.", Becomes: "45 days.", Why: "People are away.", Risk: "More to lose.", Major: true,
	})
	h.must(err)
	change, err := h.site.PrivacyChanges.Get(ctx, id)
	h.must(err)
	h.must(h.site.PrivacyChanges.Publish(ctx, treasurer.account(), id, change.Mark()))
	h.lives(h.time().AddDate(0, 0, 30), []*browser{secretary, treasurer})
	h.must(h.site.PrivacyChanges.Decide(ctx, secretary.account(), id, participation.BoardDecision{Decision: participation.Adopted, Reasons: "Yes.", Minute: "item 1"}))
	return "/privacy/changes/" + id
}

func TestAPrivacyChangeWhoseVoteIsCalledOffWaitsForAnother(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		h.people("Ro", "Sal", "Sam", "Sid")
		page, stranger := h.adopted(secretary, treasurer), h.browser()
		id := strings.TrimPrefix(page, "/privacy/changes/")
		stranger.says(stranger.get(page), 200, "two officers have to call it")
		treasurer.says(treasurer.get("/"), 200, "That vote is still to be called", page)
		calls := func() string {
			h.t.Helper()
			fields := append(proposedDates(treasurer.get("/elections/motion?privacy="+id).page), "privacy", id, "minute", "item 2", "needs", "simple",
				"returning", "ro@example.org", "scrutineer_1", "sal@example.org", "scrutineer_2", "sam@example.org", "scrutineer_3", "sid@example.org")
			to := treasurer.post("/elections/motion", fields...)
			path, found := strings.CutSuffix(to.Header.Get("Location"), "/work?said=called")
			if !found {
				h.t.Fatalf("calling the vote: %d\n%s", to.StatusCode, to.page)
			}
			return path
		}
		vote := calls()
		stranger.says(stranger.get(page), 200, "One officer has proposed the members’ vote")
		stranger.silentOn(stranger.get(page), vote) // which is not for them yet
		secretary.goes(secretary.post(vote+"/confirm"), vote+"/work?said=confirmed")
		stranger.says(stranger.get(page), 200, "The members decide it by a vote", vote)
		treasurer.silentOn(treasurer.get("/"), "That vote is still to be called")

		h.lives(h.time().AddDate(0, 0, 9), []*browser{secretary, treasurer}) // nobody gave notice
		stranger.says(stranger.get(page), 200, "An officer has to call it off; then two officers call a new one")
		secretary.says(secretary.get(page), 200, `href="`+vote+`/work"`, "See to that vote")
		secretary.silentOn(secretary.get(vote+"/work"), "Still to be done before the roll becomes final")
		secretary.says(secretary.get(vote), 200, "does not happen any more", "This vote was to decide a change", page)
		secretary.goes(secretary.post(vote+"/call-off", "minute", "item 3", "why", "the server was down"), vote+"/work?said=called_off")
		stranger.says(stranger.get(page), 200, "Two officers have to call a new one", "the server was down")
		stranger.says(stranger.get("/privacy/changes"), 200, "Awaiting the members’ vote")
		secretary.says(secretary.get(page), 200, "/elections/motion?privacy="+id)
		secretary.says(secretary.get("/"), 200, "That vote is still to be called", page)
		stranger.silentOn(stranger.get(page), "/elections/motion")

		second := calls()
		treasurer.silentOn(treasurer.get("/"), "That vote is still to be called")
		secretary.says(secretary.get(page), 200, second, "One officer has proposed the members’ vote")
	})
}

func TestAPrivacyDraftTellsAllThatIsAmissAndWhatItWeighs(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, _ := h.officers()
		secretary.says(secretary.post("/privacy/changes/new", "was", "<b>", "weight", "major", "speed", "emergency"), 422,
			`href="#change_title"`, `href="#becomes"`, `href="#change_why"`, `href="#risk"`, `href="#urgency"`, "&lt;b&gt;</textarea>", `value="major" checked`)
		to := secretary.post("/privacy/changes/new", "change_title", "Less", "was", "x", "becomes", "y", "change_why", "z", "risk", "none", "weight", "ordinary")
		secretary.says(secretary.get(to.Header.Get("Location")), 200, `<span class="tag">Ordinary</span>`)
	})
}

func TestAStrangerReadsThatTheSocietyIsFoundedOnceABoardSits(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		nia, stranger := h.enrolled("Nia")[0], h.browser()
		for _, page := range []string{"/", "/how-it-works"} {
			stranger.says(stranger.get(page), 200, "those who join found it")
		}
		_, err := h.site.Board.CoOpt(h.t.Context(), secretary.account(), board.CoOption{
			Person: board.Person{Member: nia.member(), Name: "Nia", Interests: "None."}, Class: member.ClassOrdinary, Since: calendar.On(h.time()), Minute: "item 1",
		})
		h.must(err)
		h.later(time.Minute)
		for _, page := range []string{"/", "/how-it-works"} {
			stranger.says(stranger.get(page), 200, "board sits")
			stranger.silentOn(stranger.get(page), "those who join found it")
		}
	})
}

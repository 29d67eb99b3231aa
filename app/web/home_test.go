package web

import (
	"strings"
	"testing"
	"time"

	"folkmoot/governance/participation"
	"folkmoot/messaging"
)

// atHome gives the site what the first page asks. The mailboxes have no bus: who never opened a chat has nothing to read.
func (h *house) atHome() {
	h.t.Helper()
	s := h.site
	boxes := messaging.NewMailboxes(h.db, nil, messaging.NewOutbox(h.db, h.time), 0, 0, s.Log, h.time)
	s.Mailboxes, s.Contacts = boxes, messaging.NewContacts(h.db, s.Accounts, boxes, messaging.NewOutbox(h.db, h.time), 4, h.time)
	s.PrivacyChanges = participation.NewPrivacyChanges(h.db, h.jobs, s.Register, s.Officers, s.Classes, s.Board, h.time)
	h.opensBooks()
}

func TestTheFirstPageOfAStrangerAsksNothing(t *testing.T) {
	each(t, func(h *house) {
		stranger := h.browser()
		stranger.says(stranger.get("/"), 200, "The messenger that belongs")
		stranger.says(stranger.get("/society"), 200, "/elections", "/proposals", "/join")
		stranger.goes(stranger.get("/you"), "/sign-in?next=%2Fyou")
		stranger.silentOn(stranger.get("/society"), `href="/you"`)
	})
}

func TestWhoIsNoMemberIsAskedNothingOfMembers(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		out := h.people("Out")[0]
		out.says(out.get("/"), 200, "Hello, Out", "It can be yours, too")
		out.silentOn(out.get("/"), "Elections and votes", "Your office", "You sit on the board", "Your membership", "cannot be told right now")
		out.says(out.get("/api/waiting"), 200, `{"waiting":0}`)
	})
}

func TestTheFirstPageAsksForDuesThatAreNotPaid(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		nia := h.enrolled("Nia")[0]
		h.owes(nia.member())
		nia = h.browser() // months later they sign in again
		nia.signIn("nia@example.org", "")
		nia.says(nia.get("/"), 200, "Your membership", "months are not paid", "Late", `href="/membership"`)
		nia.silentOn(nia.get("/"), "It can be yours")
	})
}

func TestTheFirstPageTellsOfAnElectionWhatIsForTheVisitor(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who := h.people("Nia", "Ben", "Cat", "Dan", "Ro", "Sal", "Sam", "Out")
		path := strings.TrimSuffix(secretary.callsElection("seats_ordinary", "1", "seats_operator", "0", "seats_contributor", "0").Header.Get("Location"), "/work?said=saved")
		treasurer.says(treasurer.get("/"), 200, "Your office", "needs you to confirm it", path)
		secretary.silentOn(secretary.get("/"), "needs you to confirm it")
		treasurer.goes(treasurer.post(path+"/call-off", "minute", "2026-11-21", "why", "a mistake"), path+"/work?said=saved")
		treasurer.silentOn(treasurer.get("/"), path)

		polls, references := h.opened(secretary, treasurer, who)
		nia, ro, sal, out := who[0], who[4], who[5], who[7]
		nia.says(nia.get("/"), 200, "your paper has not come in", polls)
		ro.says(ro.get("/"), 200, "What you see to", "papers, count and certificate", polls+"/poll/work")
		out.silentOn(out.get("/"), polls)
		sal.goes(sal.post(polls+"/envelopes", "sender", references[0]), polls+"/poll/work?said=received")
		nia.silentOn(nia.get("/"), "your paper has not come in")
		who[1].says(who[1].get("/"), 200, "your paper has not come in")
	})
}

func TestTheFirstPageAsksWhoSupportsWhatWasChanged(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		who := h.enrolled("Nia", "Ben")
		nia, ben := who[0], who[1]
		path := nia.proposes()
		id := strings.TrimPrefix(path, "/proposals/")
		h.must(h.site.Proposals.Support(h.t.Context(), ben.account(), id, 1))
		ben.silentOn(ben.get("/"), path)
		h.later(time.Minute)
		h.must(h.site.Proposals.Amend(h.t.Context(), nia.account(), id, 1, participation.Draft{
			Title: "Lamps in the attic", Problem: "It is dark.", Change: "Hang many lamps.", Affected: "Us",
		}, "The attic is darker.", true))
		ben.says(ben.get("/"), 200, "its words were changed", path, "Lamps in the attic")
		ben.says(ben.get("/api/waiting"), 200, `{"waiting":1}`)
		nia.silentOn(nia.get("/"), "its words were changed")
	})
}

package web

import (
	"crypto/ecdh"
	"crypto/rand"
	"regexp"
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
		out.silentOn(out.get("/"), "Elections and votes", "Your office", "For the board", "Your membership", "cannot be told right now")
		out.says(out.get("/api/waiting"), 200, `{"waiting":0}`)
		out.says(out.get("/join"), 200, `value="out@example.org"`)
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
		path := strings.TrimSuffix(secretary.callsElection("seats_ordinary", "1", "seats_operator", "0", "seats_contributor", "0").Header.Get("Location"), "/work?said=called")
		treasurer.says(treasurer.get("/"), 200, "Your office", "proposes the election", "Confirm it by the end of", path)
		secretary.silentOn(secretary.get("/"), "proposes the election")
		treasurer.goes(treasurer.post(path+"/call-off", "minute", "2026-11-21", "why", "a mistake"), path+"/work?said=called_off")
		treasurer.silentOn(treasurer.get("/"), path)

		polls, references := h.opened(secretary, treasurer, who)
		nia, ro, sal, out := who[0], who[4], who[5], who[7]
		nia.says(nia.get("/"), 200, "your paper has not come in", polls)
		ro.says(ro.get("/"), 200, "What you see to", "the papers that come in", polls+"/poll/work")
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

func TestTheFirstPageTellsOfficersWhatHasToBeCalledOff(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		h.people("Ro", "Sal", "Sam")
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		secretary.silentOn(secretary.get("/"), "notice was not given")
		h.lives(e.Timetable.Notice.AddDays(1).Start().Add(time.Hour), []*browser{secretary, treasurer}) // and nothing was sent
		secretary.says(secretary.get("/"), 200, "notice was not given on its day. Call it off", path+"/work")
	})
}

func TestTheFirstPageTellsACandidateWhatIsMissing(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who := h.enrolled("Nia", "Ben", "Cat")
		nia, ben, cat := who[0], who[1], who[2]
		watchers := h.people("Ro", "Sal", "Sam", "Sid")
		sal := watchers[1]
		called := secretary.callsElection("seats_ordinary", "1", "seats_operator", "0", "seats_contributor", "0", "ballots", "online", "scrutineer_3", "sid@example.org")
		path := strings.TrimSuffix(called.Header.Get("Location"), "/work?said=called")
		treasurer.says(treasurer.get(path), 200, "Confirm it, or call it off")
		secretary.silentOn(secretary.get(path), "Confirm it, or call it off")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		h.at(e.Timetable.Notice.Start().Add(time.Hour))
		h.must(h.site.Elections.Notify(h.t.Context()))
		sal.says(sal.get("/"), 200, "you are a scrutineer. Make your key", path+"/opening")
		nia.silentOn(nia.get("/"), "you are a scrutineer")
		h.must(h.site.Polls.GiveOpeningKey(h.t.Context(), sal.account(), e.ID, openingKey(h)))
		sal.says(sal.get("/"), 200, "the scrutineers’ signer has to be started")

		h.at(e.Timetable.NominationsOpen)
		page := path + "/candidates"
		nia.says(nia.get("/"), 200, "who should sit on the board?")
		nia.goes(nia.post(page, "paper_name", "Nia", "statement", "I keep promises.", "interests", "None."), page+"?said=stands")
		second := regexp.MustCompile(page + `/[a-z2-7]{26}/second`).FindString(ben.get(page).page)
		nia.says(nia.get("/"), 200, "too few have seconded you. It takes 2 members of your class", page)
		ben.goes(ben.post(second), page+"?said=seconded")
		nia.says(nia.get("/"), 200, "too few have seconded you")
		cat.goes(cat.post(second), page+"?said=seconded")
		nia.silentOn(nia.get("/"), "too few have seconded you", "who should sit on the board?")

		everybody := append(append(who, watchers...), secretary, treasurer)
		h.lives(e.Timetable.HustingsOpen.Add(time.Minute), everybody)
		ben.says(ben.get("/"), 200) // the roll is late
		ben.silentOn(ben.get("/"), "read who stands")
		h.must(h.site.Elections.MakeRolls(h.t.Context()))
		ben.says(ben.get("/"), 200, "read who stands, and ask them")
		nia.silentOn(nia.get("/"), "waits for your answer", "read who stands")
		ben.goes(ben.post(path+"/questions", "question", "Why?"), page+"?said=asked")
		nia.says(nia.get("/"), 200, "one question waits for your answer", page)

		h.lives(e.Timetable.PollCloses.Add(time.Minute), everybody) // two scrutineers never made a key
		nia.silentOn(nia.get("/"), "the poll is closed", path)
		watchers[0].silentOn(watchers[0].get("/"), path)
		secretary.says(secretary.get("/"), 200, "its poll was not opened in time. Call it off", path+"/work")
	})
}

// openingKey is the public half of a key to open ballots with.
func openingKey(h *house) []byte {
	h.t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	h.must(err)
	return key.PublicKey().Bytes()
}

func TestWhereNobodySitsOnTheBoardTheSecretaryIsAskedForItsAnswer(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who := h.enrolled("Nia", "Ben", "Cat", "Dan", "Eve")
		path := who[0].proposes()
		for _, b := range who[1:] {
			h.must(h.site.Proposals.Support(h.t.Context(), b.account(), strings.TrimPrefix(path, "/proposals/"), 1))
		}
		secretary.says(secretary.get("/"), 200, "For the board", "waits for the board’s answer", path)
		who[1].silentOn(who[1].get("/"), "For the board")
		treasurer.silentOn(treasurer.get("/"), "For the board")

		id, err := h.site.PrivacyChanges.Draft(h.t.Context(), secretary.account(), participation.Notice{
			Title: "Less is kept", Was: "45 days.", Becomes: "30 days.", Why: "Less to lose.", Risk: "Somebody misses a message.",
		})
		h.must(err)
		treasurer.says(treasurer.get("/"), 200, "was drafted by another", "/privacy/changes/"+id)
		secretary.silentOn(secretary.get("/"), "was drafted by another")
	})
}

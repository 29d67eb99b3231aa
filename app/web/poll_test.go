package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
)

// opened is an election for one ordinary seat whose poll has just opened: two members stand, four vote. Its path, and the members' references.
func (h *house) opened(secretary, treasurer *browser, who []*browser) (path string, references []string) {
	h.t.Helper()
	voters := who[:4]
	for i, b := range voters {
		id := b.applies("Person "+string(rune('A'+i)), "p@example.org")
		h.must(h.site.Register.Admit(h.t.Context(), id, "", "welcome"))
		references = append(references, billing.Reference(id))
	}
	path = strings.TrimSuffix(secretary.callsElection("seats_ordinary", "1", "seats_operator", "0", "seats_contributor", "0").Header.Get("Location"), "/work?said=called")
	treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
	e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
	h.must(err)
	h.at(e.Timetable.Notice.Start().Add(time.Hour))
	h.must(h.site.Elections.Notify(h.t.Context()))
	h.at(e.Timetable.NominationsOpen)
	page := path + "/candidates"
	seconds := regexp.MustCompile(page + `/[a-z2-7]{26}/second`)
	for i, name := range []string{"Nia <O.>", "Ben Hill"} {
		h.at(e.Timetable.NominationsOpen.Add(time.Duration(i) * time.Minute))
		voters[i].goes(voters[i].post(page, "paper_name", name, "statement", "I keep promises.", "interests", "None."), page+"?said=stands")
		for _, by := range []*browser{voters[1-i], voters[2+i]} {
			stand := seconds.FindAllString(by.get(page).page, -1)
			by.goes(by.post(stand[len(stand)-1]), page+"?said=seconded") // the last who stood
		}
	}
	h.lives(e.Timetable.Published().Start(), append(who, secretary, treasurer))
	h.at(e.Timetable.Published().Start().Add(time.Hour))
	h.must(h.site.Elections.MakeRolls(h.t.Context()))
	h.lives(e.Timetable.PollOpens, append(who, secretary, treasurer))
	h.must(h.site.Polls.Open(h.t.Context()))
	return path, references
}

// lives puts the clock forward to a moment, week by week, and has everybody look in meanwhile, as who stays signed in does.
func (h *house) lives(until time.Time, who []*browser) {
	h.t.Helper()
	for now := h.time(); now.Before(until); now = now.AddDate(0, 0, 7) {
		h.at(now)
		for _, b := range who {
			b.get("/society")
		}
	}
	h.at(until)
}

// TestPapersFromTheEnvelopeToTheBoard is the way of papers through the pages: envelopes, two readings, a decision, the lot, the certificate, a
// challenge, and the board.
func TestPapersFromTheEnvelopeToTheBoard(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.people("Nia", "Ben", "Cat", "Dot", "Ro", "Sal", "Sam")
		nia, dot, ro, sal, sam, stranger := who[0], who[3], who[4], who[5], who[6], h.browser()
		path, refs := h.opened(secretary, treasurer, who)
		work, read := path+"/poll/work", path+"/poll/ordinary/read"
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)

		stranger.says(stranger.get(path), 200, path+"/poll")
		stranger.says(stranger.get(path+"/poll"), 200, "Ben Hill", "Nia &lt;O.&gt;", "Re-open nominations", "Papers issued", "If votes are equal")
		stranger.says(stranger.get(path+"/manifest/ordinary"), 200, `"format": "folkmoot-manifest/1"`, `"class": "ordinary"`)
		stranger.says(stranger.get(path+"/manifest/nobody"), 404)
		stranger.says(stranger.get(path+"/result"), 404)
		nia.says(nia.get(path+"/poll"), 200, "A paper is on its way to you by post")
		for _, page := range []string{work, read, path + "/issue/ordinary"} {
			stranger.goes(stranger.get(page), "/sign-in?next="+url.QueryEscape(page))
			nia.says(nia.get(page), 403)
		}
		ro.says(ro.get(path+"/issue/ordinary"), 200, "Papers go to 4 voters", "Person A", refs[0], "Write nothing else on this paper")
		sal.says(sal.get(path+"/poll"), 200, work)

		sal.says(sal.post(path+"/envelopes", "sender", "FMAAAAAAAA"), 422, "Enter the reference of one member", `href="#sender"`)
		for _, ref := range refs[:2] {
			sal.goes(sal.post(path+"/envelopes", "sender", ref), work+"?said=received")
		}
		ro.says(ro.post(path+"/envelopes", "sender", refs[0]), 422, "An envelope of that member was marked already")
		nia.says(nia.get(path+"/poll"), 200, "Your envelope came back on")
		ro.says(ro.post(path+"/envelopes/back", "unmarked", refs[0]), 422, "Say why", `href="#unmark_why"`)
		ro.goes(ro.post(path+"/envelopes/back", "unmarked", refs[0], "unmark_why", "It was Cat's."), work+"?said=unmarked")
		ro.goes(ro.post(path+"/envelopes", "sender", refs[2]), work+"?said=received")
		ro.says(ro.post(path+"/poll/ordinary/emptied", "papers_ordinary", "2"), 422, "The poll is still open")

		h.lives(e.Timetable.PollCloses.Add(2*time.Hour), append(who, secretary, treasurer))
		sal.says(sal.post(path+"/poll/ordinary/emptied", "papers_ordinary", "2"), 422, "Only the returning officer may do that")
		ro.says(ro.post(path+"/poll/ordinary/emptied", "papers_ordinary", "3"), 422, "There cannot be more papers than envelopes", `href="#papers_ordinary"`)
		ro.says(ro.post(path+"/poll/ordinary/emptied", "papers_ordinary", "two"), 422, "Enter a whole number")
		ro.goes(ro.post(path+"/poll/ordinary/emptied", "papers_ordinary", "2"), work+"?said=emptied")

		ro.says(ro.post(read, "paper", "1", "box_1", "1", "box_rejected", "no"), 422, "The returning officer decides where readings differ")
		sam.says(sam.get(read), 200, "Paper 1 of 2", "Ben Hill")
		sam.says(sam.post(read, "paper", "1", "box_1", "x", "box_rejected", "no"), 422, "In a box goes a figure from 1 to 99", `value="x"`, `href="#box_1"`)
		sam.goes(sam.post(read, "paper", "1", "box_1", "1", "box_rejected", "no"), read+"?said=entered")
		sam.says(sam.get(read), 200, "Paper 2 of 2", "1 Ben Hill")
		sam.goes(sam.post(read, "paper", "2", "box_1", "1", "box_2", "2", "box_rejected", "no"), read+"?said=entered")
		sam.says(sam.get(read), 200, "There is no paper left for you to read")
		sal.silentOn(sal.get(read), "1 Ben Hill")
		sal.goes(sal.post(read, "paper", "1", "box_1", "1", "box_rejected", "no"), read+"?said=entered")
		sal.goes(sal.post(read, "paper", "2", "box_2", "1", "box_rejected", "no"), read+"?said=entered")
		secretary.says(secretary.post(read, "paper", "2", "box_2", "1", "box_rejected", "no"), 422, "Two people have read that paper already")
		ro.says(ro.post(path+"/poll/ordinary/emptied", "papers_ordinary", "2"), 422, "Say why", `href="#papers_ordinary_why"`)
		sam.says(sam.get(path+"/poll"), 200, "Where two people read different things", "1 Ben Hill, 2 Nia &lt;O.&gt;", "The returning officer has still to decide")
		stranger.says(stranger.get(path+"/poll"), 200, "Where two people read different things", "So few voted", "The returning officer has still to decide")
		nia.silentOn(nia.get(path+"/poll"), "1 Ben Hill", "2 Nia &lt;O.&gt;", "1 Nia &lt;O.&gt;") // who could be known by it

		decide := path + "/poll/ordinary/decide/2"
		sal.says(sal.post(decide, "ordinary_2_2", "1", "ordinary_2_rejected", "no", "ordinary_2_why", "so I say"), 422, "Only the returning officer may do that")
		ro.says(ro.post(decide, "ordinary_2_2", "1", "ordinary_2_rejected", "no"), 422, "Say why", `href="#ordinary_2_why"`)
		ro.says(ro.post(path+"/certify", "certify_name", "Ro"), 422, "Not every paper is read by two people, and decided")
		ro.goes(ro.post(decide, "ordinary_2_2", "1", "ordinary_2_rejected", "no", "ordinary_2_why", "The 1 is <struck> out."), work+"?said=decided")
		stranger.says(stranger.get(path+"/poll"), 200, "The 1 is &lt;struck&gt; out.")
		stranger.silentOn(stranger.get(path+"/poll"), "1 Ben Hill", "1 Nia &lt;O.&gt;")

		ro.says(ro.post(path+"/certify", "certify_name", "Ro"), 422, "What the beacon said is not recorded yet")
		ro.says(ro.post(path+"/beacon", "beacon", "sixes"), 422, "The beacon did not say that in that round", `href="#beacon"`)
		heard := regexp.MustCompile(`/practice/beacon/\d+`).FindString(ro.get(work).page)
		ro.goes(ro.post(path+"/beacon", "beacon", stranger.get(heard).page), work+"?said=heard")
		ro.says(ro.post(path+"/certify"), 422, "Enter your name", `href="#certify_name"`)
		ro.goes(ro.post(path+"/certify", "certify_name", "Ro Low"), work+"?said=certified")
		for _, page := range []string{"/result", "/certificate", "/certificate?version=1", "/certificate.json?version=1", "/certificate.pdf?version=1"} {
			stranger.says(stranger.get(path+page), 404)
		}
		sal.says(sal.get(path+"/certificate?version=1"), 200, "Only those who run the election see this version", "Ro Low")
		sal.says(sal.get(path+"/certificate.json?version=1"), 404)
		sal.goes(sal.post(path+"/sign", "version", "1", "sign_name", "Sal Ash"), work+"?said=signed")
		sal.says(sal.post(path+"/sign", "version", "1", "sign_name", "Sal Ash"), 422, "You have signed it already")
		sam.says(sam.post(path+"/sign", "version", "2", "sign_name", "Sam Elm"), 422, "There is a newer certificate")
		sam.goes(sam.post(path+"/sign", "version", "1", "sign_name", "Sam Elm"), work+"?said=signed")

		stranger.says(stranger.get(path), 200, path+"/result")
		stranger.says(stranger.get(path+"/result"), 200, "Elected: ", "So few voted that people could be known", "it fell on", "Members can challenge the result until the end of")
		stranger.says(stranger.get(path+"/certificate"), 200, "Ro Low", "Sal Ash", "Sam Elm", path+"/certificate.pdf?version=1")
		file := stranger.get(path + "/certificate.json")
		if c, _, _, err := election.ReadCertificate([]byte(file.page), h.site.Polls.Key()); err != nil || c.Classes[0].Papers != 2 {
			h.t.Errorf("the signed file: %v", err)
		}
		if paper := stranger.get(path + "/certificate.pdf?version=1"); paper.StatusCode != 200 || !strings.HasPrefix(paper.page, "%PDF-") {
			h.t.Errorf("on paper: %d", paper.StatusCode)
		}
		stranger.says(stranger.get(path+"/certificate?version=2"), 404)
		stranger.says(stranger.get(path+"/papers/ordinary"), 404)
		ro.says(ro.get(path+"/papers/ordinary"), 200, "3 1\n")
		stranger.silentOn(stranger.get(path+"/result"), "Challenge the result")
		ro.silentOn(ro.get(path+"/result"), "Challenge the result")
		dot.says(dot.post(path+"/challenges", "challenge", " "), 422, "Say why", `href="#challenge"`)
		dot.goes(dot.post(path+"/challenges", "challenge", "My paper <came> late."), path+"/result?said=made")
		if waits, err := h.site.challengeWaits(h.t.Context(), e); err != nil || len(waits) != 1 {
			h.t.Errorf("officers hear of a challenge: %v, %v", waits, err)
		}
		settle := regexp.MustCompile(path + `/challenges/([a-z2-7]{26})`).FindStringSubmatch(secretary.get(path + "/result").page)
		ro.says(ro.post(settle[0], "verdict_"+settle[1], "dismissed"), 404)
		secretary.says(secretary.post(settle[0]), 422, "Choose how the board decided")
		secretary.says(secretary.post(settle[0]), 422, "Choose how the board decided", "Say why", `href="#minute_`+settle[1])
		secretary.says(secretary.post(settle[0], "verdict_"+settle[1], "dismissed", "settled_"+settle[1], "It came in time."), 422, "Enter where the board’s minutes have the decision", `href="#minute_`+settle[1])
		secretary.goes(secretary.post(settle[0], "verdict_"+settle[1], "dismissed", "settled_"+settle[1], "It came in time.", "minute_"+settle[1], "item 3"), path+"/result?said=settled")
		if waits, err := h.site.challengeWaits(h.t.Context(), e); err != nil || len(waits) != 0 {
			h.t.Errorf("officers hear of a challenge that is decided: %v, %v", waits, err)
		}
		stranger.says(stranger.get(path+"/result"), 200, "My paper &lt;came&gt; late.", "Dismissed on", "(item 3): It came in time.")

		stranger.says(stranger.get("/board"), 200, "5 seats of ordinary members", "5 seats are vacant")
		h.lives(e.Timetable.TermsBegin.Start().Add(time.Hour), append(who, secretary, treasurer))
		h.must(h.site.Polls.Seat(h.t.Context()))
		stranger.says(stranger.get("/board"), 200, "4 seats are vacant", "How they were elected", path+"/result", "Sits from ")
		stranger.silentOn(stranger.get("/board"), "Co-opt somebody", "End this seat early")
		stranger.says(stranger.get(path), 200, "Those who were elected have taken their seats")

		nia.says(nia.post("/board/co-opt"), 404)
		today := calendar.On(e.Timetable.TermsBegin.Start()).String()
		coopt := []string{"board_class", "ordinary", "board_member", refs[3], "board_name", "Dot Fox", "board_interests", "None.", "board_since", today, "board_minute", "item 9"}
		secretary.says(secretary.post("/board/co-opt", coopt[:4]...), 422, "Enter the name", "Enter the interests", "minutes have the decision")
		secretary.says(secretary.post("/board/co-opt", coopt[:10]...), 422, "Enter where the board’s minutes have the decision", `value="Dot Fox"`)
		secretary.says(secretary.post("/board/co-opt", append([]string{"board_until", "2040-01-01"}, coopt...)...), 422, "Enter a day that can be", `href="#board_until"`)
		secretary.goes(secretary.post("/board/co-opt", coopt...), "/board?said=co_opted")
		stranger.says(stranger.get("/board"), 200, "Dot Fox", "Co-opted by the board: item 9", "3 seats are vacant")
		leave := regexp.MustCompile(`/board/([a-z2-7]{26})/leave`).FindStringSubmatch(secretary.get("/board").page)
		secretary.says(secretary.post(leave[0], "last_"+leave[1], today), 422, "Say why", `href="#leave_`+leave[1])
		secretary.goes(secretary.post(leave[0], "last_"+leave[1], today, "leave_"+leave[1], "She moves away."), "/board?said=leaves")
		stranger.says(stranger.get("/board"), 200, "She moves away.")
	})
}

// TestTheFormThatFailedIsTheOneThatIsOpen is about pages with the same form for each of several seats.
func TestTheFormThatFailedIsTheOneThatIsOpen(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		today := calendar.On(h.time()).String()
		for i, b := range h.people("Nia", "Ben") {
			id := b.applies("Person "+string(rune('A'+i)), "p@example.org")
			h.must(h.site.Register.Admit(h.t.Context(), id, "", "welcome"))
			secretary.goes(secretary.post("/board/co-opt", "board_class", "ordinary", "board_member", billing.Reference(id), "board_name", "Person",
				"board_interests", "None.", "board_since", today, "board_minute", "item 9"), "/board?said=co_opted")
		}
		seats := regexp.MustCompile(`/board/([a-z2-7]{26})/leave`).FindAllStringSubmatch(secretary.get("/board").page, -1)
		if len(seats) != 2 {
			h.t.Fatalf("seats that can be left: %v", seats)
		}
		failed := secretary.post(seats[1][0], "last_"+seats[1][1], today)
		secretary.says(failed, 422, `<details class="deed" open><summary id="board.leave.`+seats[1][1]+`"`, `<summary id="board.leave.`+seats[0][1]+`"`)
		if open := strings.Count(failed.page, `<details class="deed" open>`); open != 1 {
			h.t.Errorf("%d forms are open", open)
		}
	})
}

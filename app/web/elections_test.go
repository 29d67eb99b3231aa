package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

var fieldValue = regexp.MustCompile(`<input id="([a-z_]+)" name="[a-z_]+" class="short" type="(?:date|datetime-local|text)" value="([^"]*)"`)

// proposedDates are the fields of the form as the page fills them in.
func proposedDates(page string) (pairs []string) {
	for _, m := range fieldValue.FindAllStringSubmatch(page, -1) {
		if m[1] != "from" {
			pairs = append(pairs, m[1], m[2])
		}
	}
	return pairs
}

// callsElection fills in the form on the page and sends it; more replaces fields.
func (b *browser) callsElection(more ...string) answer {
	b.h.t.Helper()
	page := b.get("/elections/call")
	b.says(page, 200, "Call an election to the board", "Version 1 of the rule book")
	fields := append(proposedDates(page.page), "title", "Board election 2027", "minute", "2026-11-20, item 4", "rule", "scottish",
		"returning", "ro@example.org", "scrutineer_1", "sal@example.org", "scrutineer_2", "sam@example.org")
	return b.post("/elections/call", append(fields, more...)...)
}

// people who sign in, by their first names.
func (h *house) people(names ...string) (all []*browser) {
	h.t.Helper()
	for _, name := range names {
		b := h.browser()
		b.signIn(strings.ToLower(name)+"@example.org", name)
		all = append(all, b)
	}
	return all
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestAnElectionFromItsCallToItsRoll is the way of an election through the pages, until the roll stands.
func TestAnElectionFromItsCallToItsRoll(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.people("Nia", "Ben", "Ro", "Sal", "Sam")
		nia, ben, ro, stranger := who[0], who[1], who[2], h.browser()
		id, other := nia.applies("Nia Owen", "nia@example.org"), ben.applies("Ben Hill", "ben@example.org")
		for _, m := range []member.ID{id, other} {
			h.must(h.site.Register.Admit(h.t.Context(), m, "", "welcome"))
		}
		stranger.says(stranger.get("/elections"), 200, "No election has been called yet")
		nia.says(nia.get("/elections/call"), 404)

		secretary.says(secretary.callsElection("scrutineer_2", "who@example.org"), 422, "Nobody has signed in with that email address", `href="#scrutineer_2"`, `value="Board election 2027"`)
		secretary.says(secretary.callsElection("seats_ordinary", "6"), 422, "none of a class has more than the rule book gives it")
		secretary.says(secretary.callsElection("title", "", "minute", "", "seats_ordinary", "x", "rule", "", "returning", "no@example.org", "scrutineer_1", "who@example.org", "poll_closes", "2027-01-01T17:00"), 422,
			`href="#title"`, `href="#minute"`, `href="#seats_ordinary"`, `href="#rule-scottish"`, `href="#returning"`, `href="#scrutineer_1"`, `href="#poll_closes"`, `value="sam@example.org"`)
		broken := secretary.callsElection("poll_closes", "2027-01-01T17:00")
		secretary.says(broken, 422, "Not allowed", "(rule 14", `href="#poll_closes"`, `value="2027-01-01T17:00"`)
		secretary.silentOn(broken, ". (rule 14") // a sentence says its rule once
		secretary.says(secretary.callsElection("record", "", "poll_opens", "x"), 422, "(rule 14")
		secretary.says(secretary.callsElection("notice", "x"), 422, "No rule book was in force", `href="#notice"`)
		to := secretary.callsElection()
		path := strings.TrimSuffix(to.Header.Get("Location"), "/work?said=called")
		if to.StatusCode != 303 || !strings.HasPrefix(path, "/elections/") {
			h.t.Fatalf("calling it: %d to %q\n%s", to.StatusCode, path, to.page)
		}
		stranger.says(stranger.get(path), 404)
		nia.says(nia.get(path+"/work"), 404)
		ro.says(ro.get(path), 404)
		secretary.says(secretary.post(path+"/confirm"), 422, "Somebody else must confirm what you proposed")
		treasurer.says(treasurer.get(path+"/work"), 200, "The second officer’s word", "Ann proposed it", "Returning officer: Ro", "Scrutineers: Sal and Sam", "Terms begin", "5 seats, elected by ordinary members")
		nia.says(nia.post(path+"/confirm"), 404)
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")

		stranger.says(stranger.get("/elections"), 200, "Board election 2027", "Every member gets notice on 30 November 2026")
		stranger.says(stranger.get(path), 200, "5 seats, elected by ordinary members", "Returning officer: Ro", "Sal and Sam", "It is published on")
		nia.says(nia.get(path), 200, "Am I on the roll?", "The roll is made when")
		nia.says(nia.post(path+"/objections", "objection", "I am not on it"), 422, "Somebody was quicker, or the time is over")

		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		h.at(e.Timetable.Notice.Start().Add(time.Hour))
		h.must(h.site.Elections.Notify(h.t.Context()))
		h.must(h.site.Elections.Bounced(h.t.Context(), election.GiveNotice{Election: e.ID, Member: other}, "nobody has mail there"))
		ro.says(ro.get(path+"/work"), 200, "Members to be told", "Print 1 letter")
		ro.says(ro.post(path+"/returned", "returned_member", "FMAAAAAAAA", "returned_why", "full"), 422, "Enter the reference of one member", `href="#returned_member"`)
		ro.says(ro.get(path+"/letters"), 200, "Ben Hill", "Aberystwyth", "Notice: Board election 2027", "Everything about it: "+h.site.Base+path)
		nia.says(nia.get(path+"/letters"), 404)
		ro.says(ro.post(path+"/letters/"+string(other), "posted_"+string(other), "2026-11-01"), 422, "not before the notice")
		ro.goes(ro.post(path+"/letters/"+string(other), "posted_"+string(other), "2026-11-30"), path+"/letters?said=posted")

		h.at(e.Timetable.Record.AddDays(1).Start().Add(time.Hour))
		h.must(h.site.Elections.MakeRolls(h.t.Context()))
		nia.says(nia.get(path), 200, "You are on the roll. You vote as: Ordinary member.", "Your reference as a member is "+billing.Reference(id), "2 voters are on it", "Something is wrong with the roll")
		stranger.says(stranger.get(path), 200, "2 voters are on it")
		stranger.silentOn(stranger.get(path), "Am I on the roll?", billing.Reference(id))

		nia.says(nia.post(path+"/objections", "objection", " "), 422, "Enter what is wrong, or why", `href="#objection"`)
		nia.goes(nia.post(path+"/objections", "objection", "Ben <left> in May"), path+"?said=objected")
		if waits, err := h.site.objectionWaits(h.t.Context(), e); err != nil || len(waits) != 1 {
			h.t.Errorf("officers hear of an objection: %v, %v", waits, err)
		}
		nia.says(nia.post(path+"/objections", "objection", "Again"), 422, "You have objected already")
		ro.says(ro.get(path+"/work"), 200, "Nia Owen, "+billing.Reference(id), "Ben &lt;left&gt; in May")
		ro.says(ro.post(path+"/corrections", "correct_member", billing.Reference(other), "correct_why", "left in May"), 422, "Choose a class, or that they are not on the roll")
		ro.says(ro.post(path+"/corrections", "correct_member", billing.Reference(other), "class", "ordinary", "correct_why", "left"), 422, "The roll says that already")
		ro.goes(ro.post(path+"/corrections", "correct_member", billing.Reference(other), "class", "off", "correct_why", "left in May"), path+"/work?said=corrected")
		confirm := regexp.MustCompile(path + `/corrections/[a-z2-7]{26}/confirm`).FindString(secretary.get(path + "/work").page)
		ro.says(ro.post(confirm), 422, "Somebody else must confirm")
		nia.says(nia.post(confirm), 404)
		secretary.goes(secretary.post(confirm), path+"/work?said=correction_confirmed")
		answers := regexp.MustCompile(path + `/objections/([a-z2-7]{26})`).FindStringSubmatch(ro.get(path + "/work").page)
		ro.goes(ro.post(answers[0], "answer_"+answers[1], "You are right."), path+"/work?said=answered")
		if waits, err := h.site.objectionWaits(h.t.Context(), e); err != nil || len(waits) != 0 {
			h.t.Errorf("officers hear of an objection that is answered: %v, %v", waits, err)
		}
		nia.says(nia.get(path), 200, "Answer of", "You are right.", "Version 2: left in May", "1 voter is on it")
		ben.says(ben.get(path), 200, "You are not on the roll, so you get no ballot.")

		h.at(e.Timetable.PollOpens)
		h.must(h.site.Polls.Open(h.t.Context()))
		ro.says(ro.get(path+"/work"), 200, "nothing changes any more")
		ro.says(ro.post(path+"/corrections", "correct_member", billing.Reference(id), "class", "off", "correct_why", "left"), 422, "the roll is not changed any more")
		secretary.says(secretary.post(path+"/call-off", "minute", "item 1", "why", "too late"), 422, "Somebody was quicker, or the time is over")
	})
}

// TestCandidatesStandAreSecondedAndAsked is the way onto the paper through the pages.
func TestCandidatesStandAreSecondedAndAsked(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.people("Nia", "Ben", "Cat", "Ro", "Sal", "Sam")
		nia, ben, cat, ro, stranger := who[0], who[1], who[2], who[3], h.browser()
		ids := map[*browser]member.ID{}
		for i, b := range who[:4] {
			ids[b] = b.applies("Person "+string(rune('A'+i)), "p@example.org")
			h.must(h.site.Register.Admit(h.t.Context(), ids[b], "", "welcome"))
		}
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		h.at(e.Timetable.Notice.Start().Add(time.Hour))
		h.must(h.site.Elections.Notify(h.t.Context()))
		page := path + "/candidates"
		stranger.says(stranger.get(path), 200, page)
		stranger.says(stranger.get(page), 200, "Nobody stands yet", "5 seats, elected by ordinary members")
		nia.silentOn(nia.get(page), "Stand for the board")
		nia.says(nia.post(page, "paper_name", "Nia", "statement", "Me.", "interests", "None."), 422, "Nominations are not open")

		h.at(e.Timetable.NominationsOpen)
		nia.says(nia.get(page), 200, "You would stand as: Ordinary member", "2 members of the same class have to second you")
		nia.says(nia.post(page, "paper_name", "Nia", "statement", strings.Repeat("word ", 301), "interests", "None."), 422, "This has 301 words. Shorten it to at most 300.", `href="#statement"`)
		nia.says(nia.post(page, "paper_name", "Nia", "statement", "Me."), 422, "Enter the interests that you declare", `href="#interests"`)
		nia.says(nia.post(page), 422, `href="#paper_name"`, `href="#statement"`, `href="#interests"`)
		nia.goes(nia.post(page, "paper_name", "Nia <O.>", "statement", "I keep promises.", "interests", "None."), page+"?said=stands")
		stranger.says(stranger.get(page), 200, "Nia &lt;O.&gt;", "Not on the ballot yet", "2 members of the same class have to second it", "Declares: None.")
		ro.says(ro.get(page), 200, "you cannot stand, nominate or second in it")
		ro.silentOn(ro.get("/elections"), "You can stand")
		nia.silentOn(nia.get(page), "you cannot stand")
		ro.says(ro.post(page, "paper_name", "Ro", "statement", "Me.", "interests", "None."), 422, "Whoever returns or watches an election neither stands")
		second := regexp.MustCompile(page + `/[a-z2-7]{26}/second`).FindString(ben.get(page).page)
		nia.says(nia.post(second), 422, "Nobody seconds themself")
		ben.goes(ben.post(second), page+"?said=seconded")
		ben.says(ben.post(second), 422, "You have seconded that already")
		cat.goes(cat.post(second), page+"?said=seconded")
		stranger.says(stranger.get(page), 200, "Seconded by 2 members")
		cat.says(cat.get(page+"?said=seconded"), 200, "You have seconded the nomination.", "You seconded it. It has 2 seconders.")
		stranger.silentOn(stranger.get(page), "Not on the ballot yet", string(ids[ben]))

		cat.says(cat.post(page+"/nominate", "nominee", "FMAAAAAAAA"), 422, "Enter the reference of one member", `href="#nominee"`)
		cat.goes(cat.post(page+"/nominate", "nominee", billing.Reference(ids[ben])), page+"?said=nominated")
		accept := regexp.MustCompile(page + `/[a-z2-7]{26}/accept`).FindString(ben.get(page).page)
		ben.says(ben.get(page), 200, "Somebody nominated you")
		cat.says(cat.post(accept, "paper_name", "Ben", "statement", "Him.", "interests", "None."), 422, "Only the candidate may do that")
		ben.goes(ben.post(strings.Replace(accept, "accept", "withdraw", 1)), page+"?said=withdrawn")
		ben.says(ben.post(accept, "paper_name", "Ben", "statement", "Me.", "interests", "None."), 422, "It was withdrawn meanwhile")

		h.at(e.Timetable.HustingsOpen)
		stranger.goes(stranger.post(path+"/questions", "question", "Why?"), "/sign-in")
		ben.says(ben.post(path+"/questions", "question", " "), 422, "Enter some words", `href="#question"`)
		ben.goes(ben.post(path+"/questions", "question", "Why <you>?"), page+"?said=asked")
		reply := regexp.MustCompile(path + `/questions/([a-z2-7]{26})`).FindStringSubmatch(nia.get(page).page)
		ben.says(ben.post(reply[0], "reply_"+reply[1], "Me."), 422, "Only the candidate may do that")
		nia.goes(nia.post(reply[0], "reply_"+reply[1], "Because I <can>."), page+"?said=replied")
		stranger.says(stranger.get(page), 200, "Why &lt;you&gt;?", "Because I &lt;can&gt;.")
		nia.says(nia.post(reply[0]+"/hide", "why_"+reply[1], "rude"), 404)
		ro.goes(ro.post(reply[0]+"/hide", "why_"+reply[1], "It is rude."), page+"?said=hidden")
		stranger.says(stranger.get(page), 200, "A question was taken down: It is rude.")
		stranger.silentOn(stranger.get(page), "Why &lt;you&gt;?")
	})
}

// at puts the clock forward to a moment.
func (h *house) at(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = t.UTC()
}

func TestAnElectionIsCalledOffForEverybodyToRead(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		h.people("Ro", "Sal", "Sam")
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		secretary.says(secretary.post(path+"/call-off", "why", "too few candidates"), 422, "Enter where the board’s minutes have the decision", `href="#minute"`)
		secretary.says(secretary.post(path+"/call-off", "minute", "item 1"), 422, "Enter what is wrong, or why", `href="#why"`)
		secretary.goes(secretary.post(path+"/call-off", "minute", "item 1", "why", "too few <candidates>"), path+"/work?said=called_off")
		stranger := h.browser()
		stranger.says(stranger.get(path), 200, "Called off on 23 November 2026: item 1: too few &lt;candidates&gt;", "does not happen any more", "None was made.")
		stranger.silentOn(stranger.get(path), "It is published on")
		secretary.says(secretary.get(path+"/work?said=called_off"), 200, "It is called off.", "does not happen any more", "Call an election")
		treasurer.says(treasurer.post(path+"/confirm"), 422, "Somebody was quicker")
	})
}

func TestTheFormProposesDatesFromADay(t *testing.T) {
	each(t, func(h *house) {
		secretary, _ := h.officers()
		for _, from := range []string{"2027-02-15", "", "x", "2001-01-01"} {
			page := secretary.get("/elections/call?" + url.Values{"from": {from}}.Encode())
			secretary.says(page, 200)
			secretary.silentOn(page, "Not allowed", "Think about")
			day := "2026-11-30"
			if from == "2027-02-15" {
				day = from
			}
			if dates := proposedDates(page.page); len(dates) < 22 || !strings.Contains(page.page, `id="notice" name="notice" class="short" type="date" value="`+day+`"`) {
				h.t.Errorf("from %q: %v", from, dates)
			}
		}
		again := secretary.post("/elections/call", "dates", "yes", "from", "2027-02-15", "notice", "2026-11-30", "title", "A board for us", "seats_ordinary", "3")
		secretary.says(again, 200, `value="A board for us"`, `id="seats_ordinary" name="seats_ordinary" class="short" type="text" value="3"`, `id="notice" name="notice" class="short" type="date" value="2027-02-15"`)
		secretary.silentOn(again, "2026-11-30", "There is a problem")
		if got := calendar.On(readMoment("2027-07-01T00:30")); got.String() != "2027-07-01" || !readMoment("x").IsZero() {
			h.t.Errorf("half past midnight in London is on %s", got)
		}
	})
}

func TestADutyPassesOnByTheWordOfTwoOfficers(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.people("Ro", "Sal", "Sam", "Ned")
		ro, ned := who[0], who[3]
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		ro.says(ro.post(path+"/duties", "whom", string(e.Returning), "successor", "ned@example.org", "duty_why", "ill"), 404)
		secretary.says(secretary.post(path+"/duties", "successor", "ned@example.org", "duty_why", "ill"), 422, "Choose who cannot go on")
		secretary.says(secretary.post(path+"/duties", "whom", string(e.Returning), "successor", "who@example.org", "duty_why", "ill"), 422, "Enter the email address with which somebody signs in", `href="#successor"`)
		secretary.says(secretary.post(path+"/duties", "whom", string(e.Returning), "successor", "ned@example.org"), 422, `href="#duty_why"`)
		secretary.goes(secretary.post(path+"/duties", "whom", string(e.Returning), "successor", "ned@example.org", "duty_why", "Ro is <ill>."), path+"/work?said=replaced")
		confirm := regexp.MustCompile(path + `/duties/[a-z2-7]{26}/confirm`).FindString(treasurer.get(path + "/work").page)
		secretary.says(secretary.post(path+"/duties", "whom", string(e.Returning), "successor", "ned@example.org", "duty_why", "again"), 422, "proposed already")
		secretary.says(secretary.post(confirm), 422, "Somebody else must confirm")
		treasurer.goes(treasurer.post(confirm), path+"/work?said=replacement_confirmed")
		ned.says(ned.get(path), 200, "Returning officer: Ned", "Ro is &lt;ill&gt;.", path+"/work")
		ned.says(ned.get(path+"/work"), 200)
		ro.says(ro.get(path+"/work"), 404)
	})
}

func TestAPollThatWasNotOpenedInItsTimeIsTold(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		h.people("Ro", "Sal", "Sam")
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		treasurer.goes(treasurer.post(path+"/confirm"), path+"/work?said=confirmed")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		h.at(e.Timetable.Notice.Start().Add(time.Hour))
		h.must(h.site.Elections.Notify(h.t.Context()))
		h.lives(e.Timetable.PollCloses.Add(time.Hour), []*browser{secretary})
		secretary.says(secretary.get(path), 200, "The poll was not opened in its time")
		secretary.says(secretary.get("/elections"), 200, "The poll was not opened in its time")
		secretary.goes(secretary.post(path+"/call-off", "minute", "item 1", "why", "the server was down"), path+"/work?said=called_off")
		secretary.says(secretary.get(path), 200, "the server was down")
	})
}

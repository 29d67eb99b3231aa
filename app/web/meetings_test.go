package web

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

// calls has two officers call a meeting, with somebody in the chair and somebody at the minutes, through the pages.
func (h *house) calls(secretary, treasurer, chair, minutes *browser) string {
	h.t.Helper()
	c := meeting.Propose(calendar.On(h.time()), member.FirstRules)
	local := func(t time.Time) string { return t.In(calendar.London).Format("2006-01-02T15:04") }
	to := secretary.post("/meetings/call", "kind", "general", "meeting_title", "Spring <meeting>", "what_for", "To meet.", "place", "Secret Hall", "link", "https://meet.example.org/x",
		"meets_at", local(c.At), "motions_by", local(c.MotionsBy), "amendments_by", local(c.AmendmentsBy), "chair", chair.address(h), "minute_taker", minutes.address(h))
	path, found := strings.CutSuffix(to.Header.Get("Location"), "?said=proposed")
	if to.StatusCode != 303 || !found {
		h.t.Fatalf("proposing: %d\n%s", to.StatusCode, to.page)
	}
	treasurer.goes(treasurer.post(path+"/confirm"), path+"?said=called")
	return path
}

// moves is a motion in public.
func (b *browser) moves(path string) string {
	b.h.t.Helper()
	to := b.post(path+"/motions/new", "motion_title", "Lamps <in>", "motion_words", "That <lamps> be hung.", "motion_reasons", "It is dark.", "needs", "two_thirds")
	at, found := strings.CutSuffix(to.Header.Get("Location"), "?said=moved")
	if to.StatusCode != 303 || !found {
		b.h.t.Fatalf("moving: %d\n%s", to.StatusCode, to.page)
	}
	return at
}

func TestAGeneralMeetingOnItsPages(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, ben, cat, dan, stranger, outsider := who[0], who[1], who[2], who[3], h.browser(), h.people("Out")[0]
		stranger.says(stranger.get("/meetings"), 200, "No meeting is called", "Sign in to take part")
		amy.says(amy.get("/meetings/call"), 404)
		secretary.says(secretary.post("/meetings/call", "kind", "general", "meeting_title", "<b>", "what_for", "To meet."), 422, "at most 120 characters", "&lt;b&gt;")
		path := h.calls(secretary, treasurer, amy, ben)
		stranger.says(stranger.get(path), 200, "Spring &lt;meeting&gt;", "Members see the place")
		for _, b := range []*browser{stranger, outsider} {
			b.silentOn(b.get(path), "Secret Hall", "meet.example.org")
		}
		cat.says(cat.get(path), 200, "Secret Hall", "https://meet.example.org/x", "Write a motion")
		for _, gone := range []string{"/meetings/x", "/meetings/aaaaaaaaaaaaaaaaaaaaaaaaaa", path + "/motions/x", path + "/motions/aaaaaaaaaaaaaaaaaaaaaaaaaa", path + "/letters"} {
			cat.says(cat.get(gone), 404)
		}
		outsider.says(outsider.post(path+"/motions/new", "motion_title", "x", "motion_words", "x", "motion_reasons", "x", "needs", "simple"), 422, "Only members can do that")
		cat.says(cat.post(path+"/motions/new", "whose", "board", "motion_title", "x", "motion_words", "x", "motion_reasons", "x", "needs", "simple"), 422, "Only officers")
		motion := cat.moves(path)
		stranger.says(stranger.get(motion), 200, "Moved by a member", "That &lt;lamps&gt; be hung.")
		stranger.silentOn(stranger.get(motion), "Cat", "Second this motion")
		other := h.calls(secretary, treasurer, amy, ben)
		dan.says(dan.post(strings.Replace(motion, path, other, 1)+"/second", "seen", "1"), 404)
		dan.says(dan.post(motion+"/second", "seen", "x"), 422, "The words have changed")
		dan.goes(dan.post(motion+"/second", "seen", "1"), motion+"?said=seconded")
		dan.says(dan.get(motion), 200, "You seconded it.")
		cat.says(cat.get(motion), 200, "It is seconded by another member.")
		dan.says(dan.post(motion+"/amend", "seen", "1", "amending_words", "That <four> lamps be hung.", "amending_reasons", ""), 422, "Give your reasons", "That &lt;four&gt; lamps")
		secretary.says(secretary.get(path), 200, "members were told by email")
		stranger.says(stranger.get(path+"/order-paper"), 200, "this is how it would look", "Lamps &lt;in&gt;")
		stranger.says(stranger.get(path+"/minutes"), 200, "has not been held")
		cat.says(cat.post(motion+"/rule-out", "why_x", "no"), 422)
	})
}

// The ballot that decides a motion has that motion's words and majority, whatever a form says.
func TestNobodyPutsOtherWordsToTheBallotOnAMotion(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, ben, cat, dan := who[0], who[1], who[2], who[3]
		path := h.calls(secretary, treasurer, amy, ben)
		motion := cat.moves(path)
		id, meets := motion[strings.LastIndex(motion, "/")+1:], strings.TrimPrefix(path, "/meetings/")
		call := "/elections/motion?meeting=" + meets + "&motion=" + id
		dan.goes(dan.post(motion+"/second", "seen", "1"), motion+"?said=seconded")
		secretary.says(secretary.get(call), 404) // nobody adjourned it to a ballot
		m, err := h.site.Meetings.Get(h.t.Context(), meets)
		h.must(err)
		h.at(m.At)
		for _, b := range []*browser{amy, ben, cat} {
			b.goes(b.post(path+"/hall/check-in"), path+"/hall?said=present")
		}
		amy.goes(amy.post(path+"/hall/open"), path+"/hall?said=opened")
		cat.says(cat.post(path+"/hall/motions/"+id+"/ballot", "seen", "1"), 422, "Only the chair")
		amy.goes(amy.post(path+"/hall/motions/"+id+"/ballot", "seen", "1"), path+"/hall?said=to_ballot")
		cat.says(cat.get(call), 404)
		secretary.says(secretary.get(call), 200, "That &lt;lamps&gt; be hung.", "stands adjourned to this ballot")
		secretary.says(secretary.get(call+"x"), 404)
		forged := secretary.post("/elections/motion", "meeting", meets, "of_motion", id, "title", "Mine", "motion", "That I be king.", "needs", "simple")
		secretary.says(forged, 422, "That &lt;lamps&gt; be hung.")
		secretary.silentOn(forged, "That I be king")
		about := election.Call{Motion: &election.Motion{About: "something else"}} // a form that names two things
		if _, _, _, err := h.site.movedIn(nil, url.Values{"meeting": {meets}, "of_motion": {id}}, about); !errors.Is(err, meeting.ErrNoMotion) {
			h.t.Errorf("a ballot about two things: %v", err)
		}
		if _, words, ok := amissInElection(meeting.ErrNoBallotDue, ""); !ok || words != "motion.called" {
			h.t.Errorf("a ballot that somebody else called: %q", words)
		}
		ben.says(ben.get(path+"/hall"), 200, "You write the minutes", "Find a member by name")
		ben.says(ben.get(path+"/hall?find=dan"), 200, "Mark Dan Owen as present in the room")
		cat.silentOn(cat.get(path+"/hall?find=dan"), "Dan Owen")
	})
}

// sits has a meeting with one seconded motion opened, with the chair, whoever writes the minutes and another member there.
func (h *house) sits(secretary, treasurer *browser, who []*browser) (path, motion string) {
	h.t.Helper()
	path = h.calls(secretary, treasurer, who[0], who[1])
	motion = who[2].moves(path)
	who[3].goes(who[3].post(motion+"/second", "seen", "1"), motion+"?said=seconded")
	m, err := h.site.Meetings.Get(h.t.Context(), strings.TrimPrefix(path, "/meetings/"))
	h.must(err)
	h.at(m.At)
	for _, b := range who[:3] {
		b.goes(b.post(path+"/hall/check-in"), path+"/hall?said=present")
	}
	who[0].goes(who[0].post(path+"/hall/open"), path+"/hall?said=opened")
	return path, motion[strings.LastIndex(motion, "/")+1:]
}

// onTheTable is the vote that is open at a meeting.
func (h *house) onTheTable(path string) string {
	h.t.Helper()
	v, is, err := h.site.Meetings.OpenVote(h.t.Context(), strings.TrimPrefix(path, "/meetings/"))
	h.must(err)
	if !is {
		h.t.Fatal("no vote is open")
	}
	return v.ID
}

func TestTheChairCallsOffAVoteOnItsPage(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, cat := who[0], who[2]
		path, motion := h.sits(secretary, treasurer, who)
		amy.goes(amy.post(path+"/hall/motions/"+motion+"/put", "seen", "1"), path+"/hall?said=put")
		vote := path + "/hall/votes/" + h.onTheTable(path)
		cat.goes(cat.post(vote, "choice", "for"), path+"/hall?said=voted")
		cat.silentOn(cat.get(path+"/hall"), "Call this vote off")
		cat.says(cat.post(vote+"/call-off", "vote_off_why", "Mine."), 422, "Only the chair")
		amy.says(amy.post(vote+"/call-off", "vote_off_why", ""), 422, "Say why", `<details class="deed" open><summary id="hall.call_off">`)
		amy.goes(amy.post(vote+"/call-off", "vote_off_why", "The <wrong> one."), path+"/hall?said=vote_off")
		amy.says(amy.post(vote+"/call-off", "vote_off_why", "Again."), 422, "not open any more")
		cat.says(cat.get(path+"/hall"), 200, "To be decided", "A vote on the motion was opened and called off: The &lt;wrong&gt; one.")
		who[1].says(who[1].get(path+"/minutes"), 200, "A vote on the motion was opened and called off: The &lt;wrong&gt; one.")
	})
}

// now is what the hall tells its page.
func (b *browser) now(path string) (now templates.HallNow) {
	b.h.t.Helper()
	b.h.later(hallKept)
	to := b.get(path + "/hall/now")
	if to.StatusCode != 200 || to.Header.Get("Cache-Control") != "no-store" {
		b.h.t.Fatalf("%d %q\n%s", to.StatusCode, to.Header.Get("Cache-Control"), to.page)
	}
	b.silentOn(to, "Amy", "Ben", "Cat", "Dan", "Spring", "Lamps", "Secret Hall", "for\"", "against")
	b.h.must(json.Unmarshal([]byte(to.page), &now))
	return now
}

func TestTheHallTellsItsPageWhatIsNew(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, ben, cat, dan := who[0], who[1], who[2], who[3]
		path, motion := h.sits(secretary, treasurer, who)
		stranger := h.browser()
		if to := stranger.get(path + "/hall/now"); to.StatusCode != 303 {
			h.t.Errorf("a stranger: %d\n%s", to.StatusCode, to.page)
		}
		cat.says(cat.get("/meetings/aaaaaaaaaaaaaaaaaaaaaaaaaa/hall/now"), 404)

		before := cat.now(path)
		if want := (templates.HallNow{Present: "3 present, 3 needed.", Quorum: "There is a quorum", Quorate: true, Again: 4, Mark: before.Mark}); before != want {
			h.t.Errorf("got %+v, want %+v", before, want)
		}
		changes := func(b *browser, did string, do func()) templates.HallNow {
			h.t.Helper()
			was := b.now(path)
			do()
			now := b.now(path)
			if now.Mark == was.Mark {
				h.t.Errorf("%s: the mark is the same", did)
			}
			return now
		}
		same := func(b *browser, did string, do func()) templates.HallNow {
			h.t.Helper()
			was := b.now(path)
			do()
			now := b.now(path)
			if now.Mark != was.Mark {
				h.t.Errorf("%s: the mark is another one", did)
			}
			return now
		}
		if now := same(cat, "somebody goes", func() { ben.goes(ben.post(path+"/hall/leave"), path+"/hall?said=left") }); now.Present != "2 present, 3 needed." || now.Quorate || now.Quorum != "No quorum" {
			h.t.Errorf("%+v", now)
		}
		changes(dan, "they come", func() { dan.goes(dan.post(path+"/hall/check-in"), path+"/hall?said=present") })
		changes(cat, "a vote is opened", func() { amy.goes(amy.post(path+"/hall/motions/"+motion+"/put", "seen", "1"), path+"/hall?said=put") })
		for _, b := range who { // a page whose mark is another one would load itself again and again
			b.says(b.get(path+"/hall"), 200, `"mark":"`+b.now(path).Mark+`"`)
		}
		vote := path + "/hall/votes/" + h.onTheTable(path)
		same(amy, "another one votes", func() { cat.goes(cat.post(vote, "choice", "for"), path+"/hall?said=voted") })
		if now := changes(dan, "they vote", func() { dan.goes(dan.post(vote, "choice", "against"), path+"/hall?said=voted") }); now.Voted != "2 of 3 present have voted so far." {
			h.t.Errorf("%+v", now)
		}
		same(dan, "they change their mind", func() { dan.goes(dan.post(vote, "choice", "for"), path+"/hall?said=voted") })
		changes(cat, "the vote is called off", func() {
			amy.goes(amy.post(vote+"/call-off", "vote_off_why", "The wrong one."), path+"/hall?said=vote_off")
		})
		amy.goes(amy.post(path+"/hall/motions/"+motion+"/put", "seen", "1"), path+"/hall?said=put")
		vote = path + "/hall/votes/" + h.onTheTable(path)
		changes(cat, "the vote is closed", func() {
			amy.goes(amy.post(vote+"/close"), path+"/hall?said=counted&vote="+vote[strings.LastIndex(vote, "/")+1:])
		})
		if now := changes(cat, "the meeting is closed", func() { amy.goes(amy.post(path+"/hall/close"), path+"/hall?said=closed") }); !now.Over {
			h.t.Errorf("%+v", now)
		}
		proposed := meeting.Propose(calendar.On(h.time()), member.FirstRules)
		proposed.Title, proposed.Why, proposed.Place, proposed.Chair, proposed.Minutes = "Other", "To meet.", "Here", meeting.Seat{Member: amy.member(), Name: "Amy"}, meeting.Seat{Member: ben.member(), Name: "Ben"}
		id, err := h.site.Meetings.Propose(h.t.Context(), secretary.account(), proposed)
		h.must(err)
		cat.says(cat.get("/meetings/"+id+"/hall/now"), 404)
	})
}

func TestWhoIsPresentIsLedBackToTheMeeting(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		path := h.calls(secretary, treasurer, who[0], who[1])
		m, err := h.site.Meetings.Get(h.t.Context(), strings.TrimPrefix(path, "/meetings/"))
		h.must(err)
		h.at(m.At.Add(-time.Minute))
		who[3].says(who[3].get("/"), 200, "the doors are open. Come in.")
		who[3].goes(who[3].post(path+"/hall/check-in"), path+"/hall?said=present")
		who[3].says(who[3].get("/"), 200, "has not begun yet, and you are checked in", path+"/hall")
		h.at(m.At)
		for _, b := range who[:3] {
			b.goes(b.post(path+"/hall/check-in"), path+"/hall?said=present")
		}
		who[0].goes(who[0].post(path+"/hall/open"), path+"/hall?said=opened")
		who[3].says(who[3].get("/"), 200, "is going on, and you are present", path+"/hall")
		who[3].silentOn(who[3].get("/"), "Come in")
		secretary.silentOn(secretary.get("/"), path)
	})
}

func TestWhatHappenedIsSaidAfterASeconderAndAVote(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, cat, dan := who[0], who[2], who[3]
		path, motion := h.sits(secretary, treasurer, who)
		dan.says(dan.get(path+"/motions/"+motion+"?said=seconded"), 200, "You seconded it. It goes on the order paper.", "<p>You seconded it.</p>")
		cat.says(cat.get(path+"/motions/"+motion), 200, "It is seconded by another member.")
		cat.says(cat.get(path+"/hall"), 200, "It takes 5 members who are present to ask for it", "Secret Hall", "https://meet.example.org/x")
		amy.says(amy.get(path+"/hall"), 200, "Take the items below one by one")
		amy.goes(amy.post(path+"/hall/motions/"+motion+"/put", "seen", "1"), path+"/hall?said=put")
		cat.says(cat.get(path+"/hall"), 200, "Ask for a secret ballot")
		cat.goes(cat.post(path+"/hall/motions/"+motion+"/ask-ballot"), path+"/hall?said=asked")
		cat.says(cat.get(path+"/hall"), 200, "You asked for a secret ballot.", "1 of the 5 members that it takes ask for a secret ballot so far")
		vote := h.onTheTable(path)
		for _, b := range who[:3] {
			b.goes(b.post(path+"/hall/votes/"+vote, "choice", "for"), path+"/hall?said=voted")
		}
		to := amy.post(path + "/hall/votes/" + vote + "/close")
		amy.says(amy.get(to.Header.Get("Location")), 200, "Carried: 3 for, 0 against, 0 abstained.", "Nothing is left to decide. You can close the meeting.")
		amy.says(amy.get(path+"/hall?said=counted&vote=x"), 200)
	})
}

func TestAllNotesOfTheMinutesAreKeptWhicheverButtonIsPressed(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, ben := who[0], who[1]
		path, motion := h.sits(secretary, treasurer, who)
		mark := func() string {
			notes, err := h.site.Meetings.Notes(h.t.Context(), strings.TrimPrefix(path, "/meetings/"))
			h.must(err)
			return meeting.Mark(notes, nil)
		}
		early := mark()
		ben.says(ben.get(path+"/minutes"), 200, `name="note_meeting"`, `name="note_`+motion+`"`, `formaction="`+path+`/actions"`)
		ben.says(ben.post(path+"/actions", "seen", early, "note_meeting", "Eve is <away>.", "note_"+motion, "It is dark.", "action_words", "Buy lamps.", "action_who", "", "action_due", ""), 422,
			"There are 2 problems", `href="#action_who"`, `href="#action_due"`, "Eve is &lt;away&gt;.", "Buy lamps.")
		ben.goes(ben.post(path+"/actions", "seen", mark(), "note_meeting", "Eve is away.", "note_"+motion, "It is dark.", "action_words", "Buy lamps.", "action_who", "Ben", "action_due", "2030-01-01"), path+"/minutes?said=listed")
		ben.says(ben.get(path+"/minutes"), 200, "Eve is away.", "It is dark.", "Buy lamps.")
		unsent := ben.post(path+"/minutes/notes", "seen", mark(), "note_meeting", "Eve is not away.", "note_"+motion, "It is dark.", "action_words", "Buy candles.")
		ben.says(unsent, 422, "Your notes are saved. This is not sent yet", `href="#action_words"`, "Buy candles.")
		ben.says(ben.get(path+"/minutes"), 200, "Eve is not away.")
		ben.says(ben.post(path+"/minutes/notes", "seen", early, "note_meeting", "Of an older page."), 422, "The words have changed", "Of an older page.", "Saved until now: Eve is not away.")
		ben.says(ben.post(path+"/minutes/notes", "seen", mark(), "note_meeting", strings.Repeat("x", 5001), "note_"+motion, strings.Repeat("y", 70_000)), 422, "There are 2 problems",
			`<a href="#note_meeting">This has 5,001 characters. Shorten it to at most 5,000.`, `<a href="#note_`+motion+`">This has 70,000 characters.`)
		ben.goes(ben.post(path+"/minutes/notes", "seen", mark(), "note_meeting", "Eve came."), path+"/minutes?said=noted")
		amy.says(amy.post(path+"/minutes/notes", "seen", mark(), "note_meeting", "Mine."), 422, "Only whoever writes the minutes")
		amy.goes(amy.post(path+"/hall/close"), path+"/hall?said=closed")
		amy.goes(amy.post(path+"/minutes/sign", "seen", mark()), path+"/minutes?said=signed")
		amy.says(amy.get(path+"/minutes?said=signed"), 200, "You signed the minutes. Everybody can read them now.", "Eve came.")
	})
}

func TestTheHallIsLookedAtOnceASecondHoweverManyAsk(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat", "Dan")
		amy, cat, dan := who[0], who[2], who[3]
		path, motion := h.sits(secretary, treasurer, who)
		ask := func(b *browser) (now templates.HallNow) {
			h.must(json.Unmarshal([]byte(b.get(path+"/hall/now").page), &now))
			return now
		}
		amy.now(path)
		h.must(h.site.Meetings.CheckIn(h.t.Context(), dan.account(), strings.TrimPrefix(path, "/meetings/"))) // and no page is made of it
		h.later(hallKept - time.Microsecond)
		if now := ask(cat); now.Present != "3 present, 3 needed." {
			h.t.Errorf("within the second: %+v", now)
		}
		h.later(time.Microsecond)
		if now := ask(cat); now.Present != "4 present, 3 needed." {
			h.t.Errorf("after a second: %+v", now)
		}
		// What is a person's own is never kept: each is told by the mark of their own page.
		amy.goes(amy.post(path+"/hall/motions/"+motion+"/put", "seen", "1"), path+"/hall?said=put")
		cat.get(path + "/hall") // a page is always fresh, and those who ask hear nothing older
		was := ask(cat)
		if was.Voted == "" {
			h.t.Errorf("older than a page: %+v", was)
		}
		h.must(h.site.Meetings.Cast(h.t.Context(), cat.account(), strings.TrimPrefix(path, "/meetings/"), h.onTheTable(path), meeting.For))
		if now := ask(cat); now.Mark == was.Mark || now.Voted != was.Voted {
			h.t.Errorf("got %+v, was %+v", now, was)
		}
		marks := map[string]bool{}
		for _, b := range who {
			marks[ask(b).Mark] = true
		}
		if len(marks) != 4 { // the chair, who writes, who voted and who has not
			h.t.Errorf("%d marks for four who have different pages", len(marks))
		}
	})
}

func TestTheHallThatIsLeftOpenKeepsNobodySignedIn(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat")
		cat := who[2]
		path := h.calls(secretary, treasurer, who[0], who[1])
		ends := func() time.Time {
			session, err := h.site.Accounts.Glimpse(h.t.Context(), cat.cookie(sessionCookie))
			h.must(err)
			return session.Expires
		}
		was := ends()
		h.later(2 * time.Hour)
		cat.says(cat.get(path+"/hall/now"), 200)
		if got := ends(); !got.Equal(was) {
			h.t.Errorf("the page's question moved the end of the session from %v to %v", was, got)
		}
		cat.says(cat.get(path+"/hall"), 200)
		if got := ends(); !got.After(was) {
			h.t.Errorf("somebody's look left the end of the session at %v", got)
		}
	})
}

func TestAMeetingsCallNamesAllThatIsMissing(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat")
		secretary.says(secretary.post("/meetings/call", "kind", "general", "meeting_title", "", "what_for", "To <meet>.", "place", "Here", "meets_at", "", "motions_by", "", "amendments_by", "", "chair", "nobody@example.org", "minute_taker", ""), 422,
			"There are 6 problems", `href="#meeting_title"`, `href="#meets_at"`, `href="#motions_by"`, `href="#amendments_by"`, `href="#chair"`, `href="#minute_taker"`, "To &lt;meet&gt;.", `value="nobody@example.org"`)
		path := h.calls(secretary, treasurer, who[0], who[1])
		who[2].says(who[2].post(path+"/motions/new", "motion_title", "", "motion_words", "", "motion_reasons", "It is <dark>."), 422,
			"There are 3 problems", `href="#motion_title"`, `href="#motion_words"`, `href="#needs-simple"`, "It is &lt;dark&gt;.")
	})
}

func TestTheSecondOfficerReadsWhatToConfirmByWhomAndUntilWhen(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat")
		c := meeting.Propose(calendar.On(h.time()), member.FirstRules)
		c.Title, c.Why, c.Place = "Spring <meeting>", "To meet.", "The hall"
		c.Chair, c.Minutes = meeting.Seat{Member: who[0].member(), Name: "Amy"}, meeting.Seat{Member: who[1].member(), Name: "Ben"}
		id, err := h.site.Meetings.Propose(h.t.Context(), secretary.account(), c)
		h.must(err)
		path := "/meetings/" + id
		last := c.ConfirmBy(calendar.On(h.time()), member.FirstRules)
		treasurer.says(treasurer.get("/"), 200, "proposes the general meeting", "Spring &lt;meeting&gt;", "Confirm it by the end of", path)
		treasurer.says(treasurer.get(path), 200, "Confirm the meeting by the end of", "Call the meeting and give notice")
		secretary.silentOn(secretary.get("/"), "proposes the general meeting")
		secretary.says(secretary.get(path), 200, "another officer confirms it, by the end of")
		h.lives(last.AddDays(1).Start().Add(time.Hour), []*browser{secretary, treasurer})
		treasurer.says(treasurer.get("/"), 200, "it is too late to confirm it. Call it off", "Late")
		treasurer.silentOn(treasurer.get(path), "Call the meeting and give notice")
		refused := treasurer.post(path + "/confirm")
		treasurer.says(refused, 422, "It is too late: the notice would leave members too few days")
		treasurer.silentOn(refused, `href="#meets_at"`, "Choose a later day")
		treasurer.goes(treasurer.post(path+"/call-off", "off_why", "too late"), path+"?said=off")
		treasurer.silentOn(treasurer.get("/"), path)
	})
}

func TestAnElectionThatNobodyConfirmedInTimeIsNotAskedForOnAnotherForm(t *testing.T) {
	each(t, func(h *house) {
		h.atHome()
		secretary, treasurer := h.officers()
		h.people("Ro", "Sal", "Sam")
		path := strings.TrimSuffix(secretary.callsElection().Header.Get("Location"), "/work?said=called")
		e, err := h.site.Elections.Get(h.t.Context(), strings.TrimPrefix(path, "/elections/"))
		h.must(err)
		treasurer.says(treasurer.get(path+"/work"), 200, "It can be confirmed until the end of", path+"/confirm")
		h.lives(e.Timetable.Notice.AddDays(1).Start().Add(time.Hour), []*browser{secretary, treasurer})
		treasurer.says(treasurer.get("/"), 200, "it is too late to confirm it. Call it off", path)
		treasurer.says(treasurer.get(path+"/work"), 200, "It cannot be confirmed any more", "must not go out before today")
		treasurer.silentOn(treasurer.get(path+"/work"), path+"/confirm")
		refused := treasurer.post(path + "/confirm")
		treasurer.says(refused, 422, "Call it off, and propose another")
		treasurer.silentOn(refused, `href="#notice"`)
	})
}

func TestWhoStaysIsNotTypedAgainAndWhatNobodySecondedSaysSo(t *testing.T) {
	each(t, func(h *house) {
		secretary, treasurer := h.officers()
		who := h.enrolled("Amy", "Ben", "Cat")
		amy, ben, cat := who[0], who[1], who[2]
		path := h.calls(secretary, treasurer, amy, ben)
		secretary.says(secretary.get(path), 200, "Until now Amy", "Until now Ben")
		secretary.says(secretary.post(path+"/seats", "chair", "", "minute_taker", "", "seats_why", "ill"), 422, `href="#chair"`, "somebody else than until now")
		secretary.says(secretary.post(path+"/seats", "chair", "", "minute_taker", "nobody@example.org", "seats_why", ""), 422, `href="#minute_taker"`, `href="#seats_why"`)
		secretary.goes(secretary.post(path+"/seats", "chair", "", "minute_taker", cat.address(h), "seats_why", "Ben is ill."), path+"?said=reseated")
		secretary.says(secretary.get(path), 200, "Until now Amy", "Until now Cat")

		motion := cat.moves(path)
		for _, page := range []string{path, motion} {
			cat.says(cat.get(page), 200, "Wants a seconder")
		}
		m, err := h.site.Meetings.Get(h.t.Context(), strings.TrimPrefix(path, "/meetings/"))
		h.must(err)
		h.at(m.MotionsBy)
		for _, page := range []string{path, motion} {
			cat.says(cat.get(page), 200, "Not seconded")
			cat.silentOn(cat.get(page), "Wants a seconder")
		}
	})
}

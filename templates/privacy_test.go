package templates

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

// TestEveryKindOfDataHasItsWords: what it is, why, how long and what one can do, for every kind of the register, and no words for what is gone.
func TestEveryKindOfDataHasItsWords(t *testing.T) {
	raw, err := os.ReadFile("text/privacy.en.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, words, _ := strings.Cut(string(raw), "[privacy_kind]")
	if next := strings.Index(words, "\n["); next >= 0 {
		words = words[:next]
	}
	var said []string
	for _, m := range regexp.MustCompile(`(?m)^(\w+) = `).FindAllStringSubmatch(words, -1) {
		said = append(said, m[1])
	}
	var needed []string
	for _, k := range participation.Register(participation.Periods{}) {
		for _, what := range []string{"_name", "_what", "_why", "_kept", "_yours"} {
			needed = append(needed, k.ID+what)
			if !slices.Contains(said, k.ID+what) {
				t.Errorf("%s%s has no words", k.ID, what)
			}
		}
	}
	for _, key := range said {
		if !slices.Contains(needed, key) {
			t.Errorf("%s is of no kind of data", key)
		}
	}
	days := participation.Periods{
		Challenge: aDay, Session: aDay, DeviceCookie: aDay, ChallengeCookie: aDay, In: aDay, Mailbox: aDay, Verdict: aDay, Parked: aDay,
		Request: aDay, Said: aDay, Invite: aDay, Delivery: aDay, ForgeSignIn: aDay, JobDone: aDay, JobGivenUp: aDay,
	}
	for _, k := range PrivacyKinds(text.In(), participation.Register(days)) {
		if k.Lasts > 0 && !strings.Contains(k.Kept, period(text.In(), time.Duration(k.Lasts)*time.Second)) {
			t.Errorf("%s: the words do not tell the time that the program goes by: %s", k.ID, k.Kept)
		}
	}
	for _, g := range participation.Groups {
		if key := "privacy_group." + string(g); text.In().T(key) == key {
			t.Errorf("%s has no words", key)
		}
	}
	for _, r := range participation.Readers {
		if key := "privacy_reader." + string(r); text.In().T(key) == key {
			t.Errorf("%s has no words", key)
		}
	}
}

// privacyPages are the register of what is held, with some made-up periods.
func privacyPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	register := participation.Register(participation.Periods{Challenge: aDay, Session: 30 * aDay, ForgeSignIn: aDay / 144, JobDone: aDay / 24})
	pages := map[string]templ.Component{
		"privacy": PrivacyPage(Privacy{Frame: out, Version: "0123456789ab", Groups: PrivacyGroups(PrivacyKinds(text.In(), register[:5]))}),
	}
	maps.Copy(pages, privacyChangePages(out))
	return pages
}

// privacyChangePages are those of privacy changes, in the states that look different.
func privacyChangePages(out Frame) map[string]templ.Component {
	in := out
	in.SignedIn = true
	n := calendar.Date{Year: 2027, Month: time.January, Day: 4}
	c := participation.PrivacyChange{
		ID: "c1", DraftedBy: "sec", PublishedBy: "ben", On: n, CommentsUntil: n.AddDays(28), DecideBy: n.AddDays(56),
		Notice: participation.Notice{
			Title: "Keep mailboxes for <thirty> days", Was: "Forty-five days.", Becomes: "Thirty days.", Why: "Less lies about.", Risk: "Who is away for long misses something.",
		},
	}
	draft, urgent, decided := c, c, c
	draft.ID, draft.On, draft.CommentsUntil, draft.DecideBy, draft.PublishedBy = "c2", calendar.Date{}, calendar.Date{}, calendar.Date{}, ""
	urgent.ID, urgent.Emergency, urgent.Urgency, urgent.Expires = "c3", true, "A disk is <full>.", n.AddDays(56)
	decided.Decision, decided.Changes, decided.Reasons, decided.Minute, decided.DecidedOn = participation.AdoptedWithChanges, "Not for <parked> ones.", "Members see it so.", "2027-02-10, item 2", n.AddDays(37)
	major := decided
	major.ID, major.Major, major.Election = "c4", true, "e1"
	some := map[participation.Stand]int{participation.Agree: 1200, participation.Disagree: 14, participation.Pass: participation.Hidden}
	tally := participation.Tally{All: some, ByClass: map[member.Class]map[participation.Stand]int{}}
	for _, class := range append([]member.Class{""}, member.AllClasses...) {
		tally.ByClass[class] = map[participation.Stand]int{participation.Agree: participation.Hidden, participation.Disagree: 14, participation.Pass: participation.Hidden}
	}
	remarks := []participation.Remark{
		{ID: "r1", Number: 1, Words: "I am away in <June>.", On: n.AddDays(1), Own: true},
		{ID: "r2", Number: 2, Words: "Good.", On: n.AddDays(2), Answer: participation.Agree},
		{ID: "r3", Number: 3, On: n.AddDays(2), HiddenAs: "steward", Why: "Tells where <somebody> lives.", HiddenOn: n.AddDays(3)},
	}
	counted := slices.Clone(remarks)
	counted[0].Own, counted[0].Tally, counted[1].Answer, counted[1].Tally = false, tally, "", tally
	view := func(f Frame, of participation.PrivacyChange, on calendar.Date, with []participation.Remark) PrivacyChangeView {
		return PrivacyChangeView{Desk: Desk{Frame: f}, PrivacyChange: of, Today: on, State: of.PrivacyState(on), Remarks: with}
	}
	open, drafted, late, failed := view(in, c, n.AddDays(3), remarks), view(in, draft, n, nil), view(in, c, n.AddDays(57), counted), view(in, c, n.AddDays(3), remarks)
	open.MayComment, open.MayModerate, open.Member, open.Said = true, true, true, "privacy_change.said_remarked"
	drafted.MayEdit, drafted.MayPublish = true, true
	late.MayDecide = true
	toVote, graver := c, urgent
	toVote.Major, graver.Major = true, true
	decides := func(of participation.PrivacyChange) templ.Component {
		v := view(in, of, n.AddDays(30), nil)
		v.MayDecide = true
		return PrivacyChangePage(v)
	}
	failed.MayComment, failed.Failed, failed.Typed = true, "privacy_change.remark", map[string]string{"remark": "<>"}
	failed.Problems = Problems{{"remark", "Write something"}}
	voting, again, missed := view(out, major, n.AddDays(60), counted), view(in, major, n.AddDays(60), counted), view(in, major, n.AddDays(60), counted)
	vote := election.Election{ID: "e1", Call: election.Call{Title: major.Title, Timetable: election.Timetable{Notice: n.AddDays(50)}}, ConfirmedAt: n.AddDays(45).Start()}
	called := vote
	called.EndedAt, called.EndedWhy = n.AddDays(52).Start(), "item 1: too <early>"
	voting.Called.Election, voting.Called.State = vote, election.Called
	again.MayCall, again.Called = true, CalledVote{ElectionLine{called, election.CalledOff}, true}
	missed.Called = CalledVote{ElectionLine{vote, election.Missed}, true}
	wrong := PrivacyDraft{Desk{Frame: in, Typed: map[string]string{"change_title": "<b>", "weight": "major", "speed": "emergency"}, Problems: Problems{{"was", "In plain words"}}}}
	list := PrivacyChanges{Desk: Desk{Frame: in}, Today: n.AddDays(57), MayDraft: true, All: []participation.PrivacyChange{draft, c, urgent, major, decided}}
	list.Waits = participation.PrivacyWaits{Owed: []participation.Line{{ID: "c1", Title: c.Title, Due: c.DecideBy, Late: true}}, Open: []participation.Line{{ID: "c5", Title: "Other", Due: n.AddDays(60)}}}
	return map[string]templ.Component{
		"privacy-changes":                        PrivacyChangesPage(list),
		"privacy-changes-none":                   PrivacyChangesPage(PrivacyChanges{Desk: Desk{Frame: out}, Today: n}),
		"privacy-draft":                          PrivacyDraftPage(PrivacyDraft{Desk{Frame: in}}),
		"privacy-draft-wrong":                    PrivacyDraftPage(wrong),
		"privacy-change-draft":                   PrivacyChangePage(drafted),
		"privacy-change-open":                    PrivacyChangePage(open),
		"privacy-change-wrong":                   PrivacyChangePage(failed),
		"privacy-change-late":                    PrivacyChangePage(late),
		"privacy-change-decides-major":           decides(toVote),
		"privacy-change-decides-emergency":       decides(urgent),
		"privacy-change-decides-emergency-major": decides(graver),
		"privacy-change-stranger":                PrivacyChangePage(view(out, urgent, n.AddDays(1), remarks)),
		"privacy-change-expired":                 PrivacyChangePage(view(out, urgent, n.AddDays(57), counted)),
		"privacy-change-voting":                  PrivacyChangePage(voting),
		"privacy-change-again":                   PrivacyChangePage(again),
		"privacy-change-missed":                  PrivacyChangePage(missed),
		"privacy-change-decided":                 PrivacyChangePage(view(out, decided, n.AddDays(60), counted)),
	}
}

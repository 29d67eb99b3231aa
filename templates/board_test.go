package templates

import (
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"

	"github.com/a-h/templ"
)

// boardPages are those of what the board does, in the states that look different.
func boardPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in := out
	in.SignedIn = true
	n := calendar.Date{Year: 2027, Month: time.June, Day: 10}
	noon := n.Start().Add(12 * time.Hour)
	ann := board.Seat{ID: "s1", Class: member.ClassOrdinary, Number: 1, Member: "m1", Name: "Ann <Red> Hill", Interests: "None.", Way: board.CoOpted, Minute: "item 9", Since: n.AddDays(-30), Until: n.AddDays(300)}
	dot := ann
	dot.ID, dot.Number, dot.Member, dot.Name = "s2", 2, "m2", "Dot"
	seats, order := map[string]board.Seat{"s1": ann, "s2": dot}, []string{"s1", "s2"}
	entry := func(id string, days int) board.Entry {
		return board.Entry{ID: id, Day: n.AddDays(-days), Minute: "minute <7>", RecordedBy: "sue", RecordedAt: noon}
	}
	first := board.Decision{Entry: entry("d1", 3), Words: "Rent <a> server.\nFrom July.", Reasons: "The first one is full.", Votes: map[string]board.Vote{"s1": board.For, "s2": board.Against}}
	first.CorrectedBy = "d2"
	second := first
	second.ID, second.CorrectedBy, second.Corrects, second.Votes = "d2", "", "d1", map[string]board.Vote{"s1": board.Abstained, "s2": board.Interested}
	meeting := board.Meeting{Entry: entry("t1", 3), Here: map[string]board.Here{"s1": board.Attended, "s2": board.Apologies}}
	other := board.Meeting{Entry: entry("t2", 9), Here: map[string]board.Here{"s1": board.Away, "s2": board.Attended}}

	sits := Board{
		Desk: Desk{Frame: in}, Today: n, Own: "s1", Open: 2, Overdue: 1, Meetings: []board.Meeting{meeting, other},
		Declared: []board.Declaration{{Member: "m1", Words: "A <host> is a client.", DeclaredAt: noon}},
		Classes:  []BoardOf{{Class: member.ClassOrdinary, Seats: 2, Sit: []board.Seat{ann, dot}}},
	}
	declares := sits
	declares.Desk = Desk{Frame: in, Failed: "interests.declare", Problems: Problems{{"interests", "Enter the interests"}}, Typed: map[string]string{"interests": ""}}

	answer := participation.Told{Answer: participation.Answer{Proposal: "p1", Outcome: participation.InPart, Reasons: "Some <lamps>.", Minute: "item <8>"}, Title: "More <lamps>"}
	gone := answer
	gone.Title = ""
	changed := participation.PrivacyChange{Notice: participation.Notice{Title: "Keep <less>"}, ID: "c1", Decision: participation.AdoptedWithChanges, Reasons: "Less to <lose>.", Minute: "item 9"}
	rules := member.RuleChange{Rules: member.Rules{QuorumLeast: 5, AdmitOnPayment: true}, Was: member.Rules{QuorumLeast: 3}, Why: "item <4>", At: noon}
	decisions := BoardDecisions{Desk: Desk{Frame: out}, Decided: []Decided{{Day: n, Change: &changed}, {Day: n, Answer: &gone}, {Day: second.Day, Decision: &second}, {Day: first.Day, Decision: &first}, {Day: first.Day, Answer: &answer}, {Day: first.Day, Rules: &rules}}, Seats: seats, Order: order, Page: 1}
	keeps := decisions
	keeps.Desk, keeps.Records, keeps.Page, keeps.More = Desk{Frame: in, Said: "decisions.said_saved"}, true, 2, true
	meetings := BoardMeetings{Desk: Desk{Frame: in}, Meetings: []board.Meeting{meeting, other}, Seats: seats, Order: order, Records: true, Page: 1}
	form := BoardRecord{Desk: Desk{Frame: in}, Day: n, Today: n, Sat: []board.Seat{ann, dot}}
	corrects := form
	corrects.Corrects, corrects.Decision, corrects.Meeting, corrects.Met = "d1", first, meeting, meeting
	wrong := corrects
	wrong.Desk = Desk{Frame: in, Problems: Problems{{"vote_s1", "Ann was away"}, {"vote_s2", "Say how Dot voted"}}, Typed: map[string]string{"decision": "<b>", "vote_s1": "absent", "vote_s2": ""}}
	nobody := form
	nobody.Sat = nil

	open := board.Question{ID: "q1", Member: "m3", Words: "Why so <slow>?", AskedAt: noon, Due: n.AddDays(28)}
	late := board.Question{ID: "q2", Member: "m3", ShownAs: "Mia <M>", Words: "Why so dear?", AskedAt: noon, Due: n.AddDays(-1)}
	answered := board.Question{ID: "q3", Member: "m3", Words: "Why?", AskedAt: noon, Due: n, Answers: []board.Answer{{Seat: "s1", Words: "Because <so>.", AnsweredAt: noon}, {ID: "a2", Words: "And so.", AnsweredAt: noon}, {ID: "a3", AnsweredAt: noon, HiddenWhy: "names <somebody>", HiddenAt: noon}}}
	hidden := board.Question{ID: "q4", Member: "m3", AskedAt: noon, Due: n, HiddenAt: noon, HiddenWhy: "It names <somebody>."}
	asked := BoardQuestions{Desk: Desk{Frame: out}, Waiting: []board.Question{late, open}, Questions: []board.Question{answered, hidden}, Seats: seats, Today: n, Days: 28, Page: 1}
	asks := asked
	asks.Desk = Desk{Frame: in, Failed: "asked.ask", Problems: Problems{{"question", "Enter your question"}}, Typed: map[string]string{"question": "", "asker": "name"}}
	asks.Asks, asks.Name = true, "Mia <M>"
	answers := asked
	answers.Desk, answers.Answers, answers.Moderates = Desk{Frame: in, Said: "asked.said_hidden"}, true, true
	return map[string]templ.Component{
		"board-sits": BoardPage(sits), "board-declares": BoardPage(declares),
		"board-decisions": BoardDecisionsPage(decisions), "board-decisions-keeps": BoardDecisionsPage(keeps), "board-decisions-none": BoardDecisionsPage(BoardDecisions{Desk: Desk{Frame: out}, Page: 1}),
		"board-meetings": BoardMeetingsPage(meetings), "board-meetings-none": BoardMeetingsPage(BoardMeetings{Desk: Desk{Frame: out}, Page: 1}),
		"board-decision-form": BoardDecisionForm(form), "board-decision-wrong": BoardDecisionForm(wrong), "board-decision-nobody": BoardDecisionForm(nobody),
		"board-meeting-form": BoardMeetingForm(form), "board-meeting-corrects": BoardMeetingForm(corrects),
		"board-questions": BoardQuestionsPage(asked), "board-questions-asks": BoardQuestionsPage(asks), "board-questions-answers": BoardQuestionsPage(answers),
		"board-questions-none": BoardQuestionsPage(BoardQuestions{Desk: Desk{Frame: in}, Today: n, Days: 1, Page: 1}),
	}
}

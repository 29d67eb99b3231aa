package templates

import (
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"

	"github.com/a-h/templ"
)

// electionPages are those of elections, in the states that look different.
func electionPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer = true, true, true
	noon := func(d calendar.Date, hour int) time.Time {
		return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, calendar.London)
	}
	n := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	e := election.Election{
		ID: "e1", RuleBook: 1, ProposedBy: "ann", ProposedAt: noon(n.AddDays(-5), 9), ConfirmedBy: "ben", ConfirmedAt: noon(n.AddDays(-4), 9), NoticedAt: noon(n, 0),
		Call: election.Call{
			Title: "Board <election> 2027", Minute: "2027-02-20, item 4", Rule: election.Scottish, Returning: "ro", Scrutineers: []identity.AccountID{"s1", "s2"},
			Seats: map[member.Class]int{member.ClassOrdinary: 5, member.ClassOperator: 1},
			Timetable: election.Timetable{
				Notice: n, NominationsOpen: noon(n.AddDays(2), 9), NominationsClose: noon(n.AddDays(20), 17), Record: n.AddDays(18),
				ObjectionsClose: noon(n.AddDays(28), 17), HustingsOpen: noon(n.AddDays(21), 9), HustingsClose: noon(n.AddDays(32), 17),
				PollOpens: noon(n.AddDays(33), 9), PollCloses: noon(n.AddDays(54), 17), Count: n.AddDays(55), TermsBegin: n.AddDays(75),
			},
		},
	}
	proposed, meek, off := e, e, e
	proposed.ConfirmedBy, proposed.ConfirmedAt, proposed.NoticedAt = "", time.Time{}, time.Time{}
	meek.ID, meek.Rule = "e2", election.Meek
	off.ID, off.EndedAt, off.EndedWhy = "e3", noon(n.AddDays(9), 9), "2027-03-09, item 1: too <few>"
	states := []election.State{
		election.Proposed, election.Called, election.Missed, election.Noticed, election.Nominations, election.Hustings, election.Polling, election.Counting, election.Unopened, election.Certified, election.Complete, election.SetAside, election.CalledOff,
	}
	var lines []ElectionLine
	for _, s := range states {
		line := ElectionLine{e, s}
		if s == election.CalledOff || s == election.SetAside {
			line.Election = off
		}
		lines = append(lines, line)
	}
	size := map[member.Class]int{member.ClassOrdinary: 1200, member.ClassOperator: 9}
	first := election.Roll{Version: 1, Size: size, Hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", MadeAt: noon(n.AddDays(19), 0)}
	second := first
	second.Version, second.Correction, second.Hash = 2, "c1", "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
	rolls := []RollVersion{{first, ""}, {second, "was a member <on> the day"}}
	objection := election.Objection{ID: "o1", Member: "nia", Words: "I run a <node>", MadeAt: noon(n.AddDays(20), 9)}
	answered := objection
	answered.ID, answered.Answer, answered.AnsweredAt = "o2", "Since after the notice.", noon(n.AddDays(21), 9)
	view := ElectionView{
		Desk: Desk{Frame: out}, Election: e, State: election.Hustings, People: ElectionPeople{Returning: "Ro", Watching: []string{"Sal", "Sam", "Sue"}},
	}
	early, mine, stray := view, view, view
	early.Desk, early.Member, early.Reference, early.Election = Desk{Frame: in}, true, "FMABCDEFGH", meek
	mine.Desk, mine.Member, mine.Class, mine.Rolls, mine.Reference, mine.MayObject = Desk{Frame: officer, Said: "election.said_objected"}, true, member.ClassOperator, rolls, "FMABCDEFGH", true
	mine.Runs = true
	stray.Desk, stray.Member, stray.Rolls, stray.Reference, stray.Objections = Desk{Frame: in}, true, rolls[:1], "FMABCDEFGH", []election.Objection{objection, answered}
	stray.Failed, stray.Problems, stray.Typed = "election.object", Problems{{"objection", "Enter what is wrong"}}, map[string]string{"objection": "<b>"}
	stray.MayObject = true
	found := []election.Finding{
		{Rule: "14.2", Words: "The poll must not open before 4 April 2027 (rule 14.2).", Field: "PollOpens"},
		{Rule: "14.17", Warning: true, Words: "Nominations close on 21 March 2027, a Sunday (rule 14.17).", Field: "NominationsClose"},
	}
	book := election.RuleBook{Version: 1, Seats: map[member.Class]int{member.ClassOrdinary: 5, member.ClassOperator: 2, member.ClassContributor: 2}}
	call := ElectionCall{Desk: Desk{Frame: officer}, Book: book, Vacant: book.Seats, Draft: e.Timetable}
	broken := call
	broken.Findings, broken.Problems, broken.Typed = found, Problems{{"poll_opens", "The poll must not open before 4 April 2027 (rule 14.2)."}}, map[string]string{"title": "<x>", "rule": "meek"}
	work := ElectionWork{Desk: Desk{Frame: officer}, Election: e, State: election.Hustings, ProposedBy: "Ann", Correctable: true, MayCallOff: true, People: view.People}
	waits := work
	waits.Election, waits.State, waits.Waits, waits.Findings = proposed, election.Proposed, true, found[1:]
	busy := work
	busy.Told, busy.Rolls = election.Told{Members: 1209, Mailed: 1209, Bounced: 3, Posted: 1}, []election.Roll{first, second}
	busy.Corrections = []RollCorrection{
		{election.Correction{ID: "c3", Class: member.ClassOperator, Why: "runs <it>", ProposedAt: noon(n.AddDays(22), 9)}, "FMABCDEFGH", "Ann", true},
		{election.Correction{ID: "c2", Why: "left", ProposedAt: noon(n.AddDays(21), 9), DroppedAt: noon(n.AddDays(22), 9)}, "FMBBCDEFGH", "Ann", false},
		{election.Correction{ID: "c1", Class: member.ClassOrdinary, Why: "was a member", ProposedAt: noon(n.AddDays(20), 9), ConfirmedAt: noon(n.AddDays(21), 9)}, "FMCBCDEFGH", "Ann", false},
	}
	busy.Objections = []RollObjection{{objection, "Nia <Owen>", "FMABCDEFGH"}, {answered, "Nia <Owen>", "FMABCDEFGH"}}
	busy.Duties = []Duty{{"ro", "Ro <Low>", true}, {"s1", "Sal", false}}
	passes := election.Replacement{ID: "r1", Why: "is <ill>", ProposedAt: noon(n.AddDays(22), 9)}
	passed := passes
	passed.ConfirmedAt = noon(n.AddDays(23), 9)
	busy.Passing = []DutyReplacement{{passes, "Ro <Low>", "Dee", "Ann", true}, {passed, "Sal", "Eve", "Ann", false}}
	mine.People.Replaced = busy.Passing[1:]
	fixed := busy
	fixed.State, fixed.Correctable, fixed.MayCallOff = election.Polling, false, false
	stopped, missed := fixed, work
	stopped.Election, stopped.State = off, election.CalledOff
	missed.State, missed.NoticedAt = election.Missed, time.Time{}
	nia := member.Member{ID: "nia", Name: "Nia <Owen>", Address: "1 High Street\nAberystwyth", Postcode: "SY23 1AA"}
	ann := election.Nomination{
		ID: "n1", Class: member.ClassOrdinary, Candidate: "ann", Proposer: "ann", Name: "Ann <Hill>", Statement: "I keep <promises>.\nAll of them.",
		Interests: "None.", Seconders: []member.ID{"ben", "cat"}, ProposedAt: noon(n.AddDays(3), 9), AcceptedAt: noon(n.AddDays(3), 9),
	}
	asked, dan, eve := ann, ann, ann
	eve.ID, eve.Name = "n4", "Eve"
	asked.ID, asked.Name, asked.Statement, asked.Interests, asked.Seconders, asked.AcceptedAt = "n2", "", "", "", nil, time.Time{}
	dan.ID, dan.Name, dan.Seconders = "n3", "Dan", []member.ID{"ben"}
	questions := []election.Question{
		{ID: "q1", Class: member.ClassOrdinary, Words: "Why <you>?", Answers: map[string]string{"n1": "Because I <can>."}},
		{ID: "q2", Class: member.ClassOrdinary, HiddenWhy: "It names <somebody>.", HiddenAt: noon(n.AddDays(23), 9)},
	}
	rules, err := election.RuleBookOn(n)
	if err != nil {
		panic(err)
	}
	standing := []Candidate{{Nomination: ann}, {Nomination: dan, Lacks: []election.Lack{election.LacksSeconders}, Seconds: true}, {Nomination: eve, Seconded: true}}
	paper := Candidates{
		Desk: Desk{Frame: out}, Election: e, State: election.Nominations, Book: rules,
		Classes: []CandidatesOf{{Class: member.ClassOrdinary, Seats: 5, Stand: standing}, {Class: member.ClassOperator, Seats: 1}},
	}
	may, chosen, candidate, runner := paper, paper, paper, paper
	may.Desk, may.Class, may.May = Desk{Frame: in, Failed: "candidates.stand", Problems: Problems{{"statement", "The statement has too many words"}}, Typed: map[string]string{"statement": "<b>"}}, member.ClassOrdinary, true
	chosen.Desk, chosen.Class, chosen.May = Desk{Frame: in, Said: "candidates.said_nominated"}, member.ClassOrdinary, true
	chosen.Own = &Candidate{Nomination: asked, Lacks: []election.Lack{election.LacksConsent, election.LacksSeconders, election.LacksRoll}}
	candidate.Desk, candidate.State, candidate.Class, candidate.Own, candidate.Asking, candidate.Answers = Desk{Frame: in}, election.Hustings, member.ClassOrdinary, &standing[0], true, true
	candidate.Classes = []CandidatesOf{{Class: member.ClassOrdinary, Seats: 5, Stand: standing, Questions: questions}}
	runner.Desk, runner.State, runner.Runs, runner.Classes = Desk{Frame: officer}, election.Hustings, true, candidate.Classes
	return map[string]templ.Component{
		"candidates":             CandidatesPage(paper),
		"candidates-may":         CandidatesPage(may),
		"candidates-asked":       CandidatesPage(chosen),
		"candidates-candidate":   CandidatesPage(candidate),
		"candidates-runner":      CandidatesPage(runner),
		"elections":              ElectionsPage(Elections{Desk: Desk{Frame: officer}, All: lines, MayCall: true}),
		"elections-none":         ElectionsPage(Elections{Desk: Desk{Frame: out}}),
		"election":               ElectionPage(view),
		"election-early":         ElectionPage(early),
		"election-mine":          ElectionPage(mine),
		"election-stray":         ElectionPage(stray),
		"election-call":          ElectionCallPage(call),
		"election-call-broken":   ElectionCallPage(broken),
		"election-work-proposed": ElectionWorkPage(waits),
		"election-work":          ElectionWorkPage(busy),
		"election-work-early":    ElectionWorkPage(work),
		"election-work-fixed":    ElectionWorkPage(fixed),
		"election-work-off":      ElectionWorkPage(stopped),
		"election-work-missed":   ElectionWorkPage(missed),
		"election-off":           ElectionPage(ElectionView{Desk: Desk{Frame: in}, Election: off, State: election.CalledOff, People: view.People, Member: true}),
		"election-letters":       ElectionLettersPage(ElectionLetters{Desk: Desk{Frame: officer}, Election: e, Base: "https://folkmoot.example", Today: n.AddDays(3), Letters: []ElectionLetter{{nia, "the mailbox is <full>"}}}),
	}
}

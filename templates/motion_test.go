package templates

import (
	"strings"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"

	"github.com/a-h/templ"
)

// motionPages are those of a vote on a motion, in the states that look different.
func motionPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	officer := out
	officer.SignedIn, officer.Officer = true, true
	n := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	noon := func(days int) time.Time { return n.AddDays(days).Start().Add(12 * time.Hour) }
	motion := &election.Motion{Words: "That addresses <all> are kept for a year.", Needs: election.TwoThirds}
	e := election.Election{
		ID: "m1", RuleBook: 1, ConfirmedAt: noon(-4), NoticedAt: noon(0),
		Call: election.Call{
			Title: "Addresses", Minute: "item 4", Rule: election.Scottish, Ballots: election.BallotsOnline, Motion: motion,
			Seats:       map[member.Class]int{member.ClassOrdinary: 1, member.ClassOperator: 1, member.ClassContributor: 1},
			Scrutineers: []identity.AccountID{"s1", "s2", "s3"},
			Timetable:   election.Timetable{Notice: n, Record: n.AddDays(4), ObjectionsClose: noon(14), PollOpens: noon(33), PollCloses: noon(50), Count: n.AddDays(51), TermsBegin: n.AddDays(70)},
		},
	}
	call := MotionCall{Desk: Desk{Frame: officer}, Book: election.RuleBook{Version: 1}, Draft: e.Timetable}
	broken := call
	broken.Problems, broken.Typed = Problems{{"motion", "Say what is moved."}}, map[string]string{"motion": "<b>", "needs": "two_thirds"}
	choices := []VoteChoice{{Number: 1, Name: "Yes", Says: "yes"}, {Number: 2, Name: "No", Says: "no"}}
	vote := Vote{Frame: officer, Script: Asset{"/assets/vote.js", "sha384-vote"}, Poll: VoteData{
		Election: "m1", Title: e.Title, Account: "a1", Member: "m1", Now: noon(40), Phase: VoteOpen, Opens: noon(33), Closes: noon(50), Motion: motion.Words,
		Contests: []VoteContest{{Contest: strings.Repeat("9f86d081", 8), Class: member.ClassOrdinary, Seats: 1, Candidates: choices}},
	}}
	certified := e
	certified.CertifiedAt = noon(52)
	result := Result{
		Desk: Desk{Frame: out}, Election: certified, State: election.Certified, ChallengeUntil: n.AddDays(66), TermsFrom: n.AddDays(70),
		Issue:   election.Issue{Certificate: election.Certificate{Version: 1, Resolution: &election.Resolution{Motion: motion.Words, Needs: election.TwoThirds, Yes: 40, No: 15, Carried: true}}},
		Classes: []ResultOf{{CertifiedClass: election.CertifiedClass{Class: member.ClassOrdinary, Seats: 1, Outcome: election.OutcomePoll, Spoiled: 1}, Yes: 40, No: 15}},
	}
	lost := result
	lost.Issue.Resolution = &election.Resolution{Motion: motion.Words, Needs: election.Simple, Yes: 3, No: 3}
	body := Certificate{Title: e.Title, Election: "m1", Version: 1, RuleBook: 1, Notice: n, Voters: 60, Resolution: result.Issue.Resolution, TermsBegin: n.AddDays(70), Classes: []CertifiedClass{{
		Class: member.ClassOrdinary, Motion: true, Yes: 40, No: 15, Voters: 60, Valid: 55, Quota: "28", Elected: []string{"Yes"}, Online: &election.CertifiedOnline{},
	}}}
	return map[string]templ.Component{
		"motion-call": MotionCallPage(call), "motion-call-failed": MotionCallPage(broken), "motion-election": ElectionPage(ElectionView{Desk: Desk{Frame: out}, Election: e, State: election.Hustings, People: ElectionPeople{Returning: "Ro", Watching: []string{"Sal", "Sam", "Sid"}}}),
		"motion-vote": VotePage(vote), "motion-result": ResultPage(result), "motion-lost": ResultPage(lost),
		"motion-certificate": CertificatePage(CertificateView{Desk: Desk{Frame: out}, Election: certified, Body: body, Complete: true}),
	}
}

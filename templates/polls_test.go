package templates

import (
	"strings"
	"time"

	"folkmoot/governance/ballot/box"
	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"

	"github.com/a-h/templ"
)

// pollPages are those of polls on paper, their results, and the board, in the states that look different.
func pollPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer = true, true, true
	n := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	noon := n.Start().Add(12 * time.Hour)
	e := election.Election{ID: "e1", RuleBook: 1, NoticedAt: noon, ConfirmedAt: noon, Call: election.Call{
		Title: "Board <election> 2027", Rule: election.Scottish, Timetable: election.Timetable{Notice: n, PollOpens: noon, PollCloses: noon.AddDate(0, 0, 21), Count: n.AddDays(22), TermsBegin: n.AddDays(40)},
	}}
	hash := strings.Repeat("9f86d081", 8)
	contest := election.Contest{
		Election: "e1", Class: member.ClassOrdinary, Seats: 2, Outcome: election.OutcomePoll, ManifestHash: hash, Beacon: hash[:40], EmptiedAt: noon, Papers: 3,
		Candidates: []election.OnPaper{{Number: 1, Nomination: "a", Name: "Ann <Red> Hill"}, {Number: 2, Nomination: "b", Name: "Ben", StruckWhy: "moved <away>", StruckAt: noon}, {Number: 3, Nomination: "c", Name: "Cat"}, {Number: 4, Name: election.ReopenName}},
	}
	one, two := election.Reading{Marks: election.Marks{1, 0, 2, 0}}, election.Reading{Marks: election.Marks{1, 0, 7, 0}}
	spoilt := election.Reading{Marks: election.Marks{0, 0, 0, 0}, Rejected: election.Identified}
	differ := []election.Difference{
		{Paper: 2, Readings: [2]election.Reading{one, two}},
		{Paper: 3, Readings: [2]election.Reading{one, spoilt}, Ruling: election.Ruling{Reading: spoilt, Why: "It is <signed>.", At: noon}},
	}
	beacon := election.ManifestBeacon{Name: "drand quicknet", Round: 38123456, At: noon.AddDate(0, 0, 22)}
	polled := PollOf{
		Contest: contest, Figures: election.Figures{Voters: 1200, Ceased: 3, Issued: 1197, Received: 4, Papers: 3}, Progress: election.Progress{Once: 1, Twice: 2, Differ: 2, Ruled: 1},
		Differ: differ, Beacon: beacon, Where: "https://api.drand.sh/x/public/38123456", Spoke: true,
	}
	quiet := PollOf{Contest: election.Contest{Election: "e1", Class: member.ClassOperator, Seats: 2, Outcome: election.OutcomeUnopposed, Candidates: []election.OnPaper{{Number: 1, Nomination: "d", Name: "Dee"}}}, Figures: election.Figures{Voters: 9}}
	nobody := PollOf{Contest: election.Contest{Election: "e1", Class: member.ClassContributor, Seats: 2, Outcome: election.OutcomeUnopposed}}
	poll := Poll{Desk: Desk{Frame: out}, Election: e, State: election.Counting, Classes: []PollOf{polled, quiet, nobody}}
	mine := poll
	mine.Desk, mine.Marked, mine.State = Desk{Frame: in}, &election.Marked{Class: member.ClassOrdinary}, election.Polling
	silent := polled
	silent.Spoke = false
	mine.Classes = []PollOf{silent, quiet, nobody}
	back := mine
	back.Handles, back.Marked = true, &election.Marked{Class: member.ClassOrdinary, ReceivedAt: noon}

	work := PollWork{Desk: Desk{Frame: in}, Election: e, State: election.Polling, Classes: []PollOf{polled, quiet}}
	work.Classes[0].Contest.EmptiedAt = time.Time{}
	early := work
	early.Classes = nil
	returns := PollWork{Desk: Desk{Frame: in, Said: "polling.said_heard"}, Election: e, State: election.Counting, Classes: []PollOf{polled, quiet}, Returns: true, MayCount: true}
	returns.Classes[0].Contest.Beacon = ""
	wrong := returns
	wrong.Said, wrong.Problems, wrong.Typed = "", Problems{{"ordinary_2_1", "In a box goes a figure"}}, map[string]string{"ordinary_2_1": "<x>"}
	issue := &election.Issue{Certificate: election.Certificate{Version: 2, Why: "Ben <withdrew>"}, Signatures: []election.Signature{{Account: "ro", Duty: "returning officer", Name: "Ro <Low>", At: noon}, {Account: "sal", Duty: "scrutineer", Name: "Sal", At: noon}}}
	signs := PollWork{Desk: Desk{Frame: in}, Election: e, State: election.Counting, Classes: []PollOf{polled}, Watches: true, Newest: issue}
	again := returns
	again.Newest, again.State = issue, election.Certified

	cast := polled
	cast.Online, cast.Differ, cast.Contest.EmptiedAt, cast.Opening = true, nil, time.Time{}, election.Opening{Progress: box.Progress{Ballots: 7, Opened: 3, NotOpened: 1}, Logged: true}
	opened := cast
	opened.Opening.Opened = 6
	online := PollWork{Desk: Desk{Frame: in}, Election: e, State: election.Counting, Classes: []PollOf{cast, opened}, Returns: true, Tendered: []TenderedTo{{election.Tendered{Why: "lost <it>", Cast: true}, "Dan"}}}
	online.Ballots = election.BallotsOnline

	read := ReadPaper{Desk: Desk{Frame: in, Said: "polling.said_entered"}, Election: e, Contest: contest, Paper: 2, Own: []election.Entry{{Reading: one, Paper: 1}, {Reading: spoilt, Paper: 3}}}
	all := read
	all.Paper = 0
	printed := IssuedPapers{
		Desk: Desk{Frame: in}, Election: e, Contest: contest, Issued: 1197, More: "m9", Today: n,
		To: []IssuedTo{{Member: member.Member{ID: "m1", Name: "Nia <Owen>", Address: "1 High Street\nLeeds", Postcode: "LS1 1AA"}, Reference: "FMABCDEFGH"}},
	}

	papers, err := tally.ReadBLT(strings.NewReader("3 1\n2 1 2 0\n1 2 0\n1 3 0\n3 0\n0\n\"Ann <Red> Hill\"\n\"Ben\"\n\"Re-open nominations\"\n\"Board\"\n"), 0)
	if err != nil {
		panic(err)
	}
	counted, err := tally.Count(papers, tally.Scottish, tally.Options{Lot: tally.Lot{3, 2, 1}})
	if err != nil {
		panic(err)
	}
	told := ResultOf{CertifiedClass: election.CertifiedClass{Class: member.ClassOrdinary, Seats: 2, Outcome: election.OutcomePoll, Public: true, Unfilled: 1, Reopened: 1}, Seated: []string{"Ann <Red> Hill"}, Count: &Count{Election: papers, Result: counted, Anchor: "ordinary", Reopen: 3, Spoilt: []SpoiltLine{{"blank", 2}, {"more than one figure 1", 1}}}}
	alone := ResultOf{CertifiedClass: election.CertifiedClass{Class: member.ClassOperator, Seats: 2, Outcome: election.OutcomeUnopposed, Unfilled: 1}, Seated: []string{"Dee"}}
	none := ResultOf{CertifiedClass: election.CertifiedClass{Class: member.ClassContributor, Seats: 2, Outcome: election.OutcomeUnopposed, Unfilled: 2}}
	challenges := []election.Challenge{
		{ID: "c1", Words: "My paper <came> late.", MadeAt: noon, Verdict: election.Dismissed, Answer: "It came in time.", Minute: "item 3", DecidedAt: noon},
		{ID: "c2", Words: "Count it again.", MadeAt: noon, Verdict: election.CountAgain, Answer: "We will.", Minute: "item 4", DecidedAt: noon},
		{ID: "c3", Words: "Still open.", MadeAt: noon},
	}
	result := Result{Desk: Desk{Frame: in}, Election: e, State: election.Certified, Issue: *issue, Classes: []ResultOf{told, alone, none}, ChallengeUntil: n.AddDays(60), TermsFrom: n.AddDays(61), Challenges: challenges, MayChallenge: true}
	settles := result
	settles.Desk, settles.MayChallenge, settles.MaySettle = Desk{Frame: officer, Failed: "challenge.settle.c3"}, false, true
	settles.Problems = Problems{{"verdict_c3-dismissed", "Choose how the board decided"}}

	seat := board.Seat{ID: "s1", Class: member.ClassOrdinary, Number: 1, Member: "m1", Name: "Ann <Red> Hill", Interests: "I work for a <host>.", Way: board.Elected, Election: "e1", Since: n.AddDays(-30), Until: n.AddDays(1000)}
	coopted, later, past := seat, seat, seat
	coopted.ID, coopted.Name, coopted.Way, coopted.Minute, coopted.Ended, coopted.EndedAt, coopted.EndedWhy = "s2", "Dot", board.CoOpted, "item 9", n.AddDays(20), noon, "She moves <away>."
	later.ID, later.Name, later.Since = "s3", "Eve", n.AddDays(9)
	past.ID, past.Name, past.Until = "s4", "Fay", n.AddDays(-1)
	sits := Board{Desk: Desk{Frame: out}, Today: n, Past: []board.Seat{past}, Classes: []BoardOf{
		{Class: member.ClassOrdinary, Seats: 5, Sit: []board.Seat{seat, coopted}, Come: []board.Seat{later}, Vacant: []board.Vacancy{{}, {}}}, {Class: member.ClassOperator, Seats: 2, Vacant: []board.Vacancy{{}}}, {Class: member.ClassContributor, Seats: 2},
	}}
	fills := sits
	fills.Desk, fills.Runs = Desk{Frame: officer, Failed: "board.coopt", Problems: Problems{{"board_member", "Enter the reference"}}, Typed: map[string]string{"board_name": "<b>"}}, true
	return map[string]templ.Component{
		"poll": PollPage(poll), "poll-mine": PollPage(mine), "poll-back": PollPage(back),
		"poll-work": PollWorkPage(work), "poll-work-early": PollWorkPage(early), "poll-work-returns": PollWorkPage(returns), "poll-work-wrong": PollWorkPage(wrong),
		"poll-work-signs": PollWorkPage(signs), "poll-work-again": PollWorkPage(again),
		"poll-work-online": PollWorkPage(online),
		"poll-read":        ReadPaperPage(read), "poll-read-all": ReadPaperPage(all), "poll-print": IssuedPapersPage(printed),
		"result": ResultPage(result), "result-settles": ResultPage(settles), "board": BoardPage(sits), "board-fills": BoardPage(fills),
	}
}

package templates

import (
	"time"

	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"

	"github.com/a-h/templ"
)

// proposalPages are those of proposals, in the states that look different.
func proposalPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer = true, true, true
	today := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	noon := func(days int) time.Time { return today.AddDays(days).Start().Add(12 * time.Hour) }
	first := participation.Version{
		Draft:  participation.Draft{Title: "Lamps <in> the cellar", Problem: "It is dark.\n\nI fell.", Change: "Hang three lamps.", Affected: "Whoever goes down", Cost: ""},
		Number: 1, MadeAt: noon(-30),
	}
	second := first
	second.Number, second.Change, second.Cost, second.Why, second.Substantial, second.MadeAt = 2, "Hang four lamps.", "£40", "three are <few>", true, noon(-20)
	gathers := participation.Proposal{Version: second, ID: "p1", Begun: noon(-30), ShownAs: "Nia <x>", Supporters: 3}
	fresh := participation.Proposal{Version: first, ID: "p2", Begun: noon(-30), Supporters: 1}
	waits := gathers
	waits.ID, waits.Supporters, waits.Threshold, waits.ReachedAt, waits.AnswerDue = "p3", 6, 6, noon(-10), today.AddDays(18)
	late := waits
	late.ID, late.AnswerDue = "p4", today.AddDays(-1)
	more := participation.Answer{ID: "a1", Proposal: "p5", Version: 1, Outcome: participation.NeedsMore, Reasons: "Which <lamps>?\nSay.", Minute: "item 3", Due: today, At: noon(-2)}
	lacks := waits
	lacks.ID, lacks.AnswerDue, lacks.Outcome, lacks.Answers = "p5", calendar.Date{}, participation.NeedsMore, []participation.Answer{more}
	yes := participation.Answer{ID: "a2", Proposal: "p6", Version: 2, Outcome: participation.InPart, Reasons: "Two lamps.", Minute: "item 4", Due: today.AddDays(-5), At: noon(-1)}
	done := lacks
	done.ID, done.Outcome, done.ClosedAt, done.Answers = "p6", participation.InPart, noon(-1), []participation.Answer{more, yes}
	gone := fresh
	gone.ID, gone.Outcome, gone.ClosedAt = "p7", participation.Withdrawn, noon(-1)
	down := done
	down.ID, down.Version, down.ShownAs, down.TakenDownWhy, down.TakenDownAt = "p8", participation.Version{Number: 2}, "", "a neighbour’s <address>", noon(0)
	line := participation.Line{ID: "p4", Title: late.Title, Due: late.AnswerDue, Late: true}
	soon := participation.Line{ID: "p3", Title: late.Title, Due: waits.AnswerDue}
	list := Proposals{
		Desk: Desk{Frame: out}, Today: today, Needs: 6, Days: 28, Waiting: []participation.Proposal{late, waits}, Open: []participation.Proposal{gathers, fresh, lacks},
		Closed: []participation.Proposal{done, gone, down}, MoreOpen: true, MoreClose: true,
	}
	own, found, none := list, list, list
	own.Desk, own.Member = Desk{Frame: in}, true
	own.Ranks = today.AddDays(3)
	own.Waits = participation.Waits{Due: []participation.Line{line, soon}, Amended: []participation.Line{soon}, Lacking: []participation.Line{soon}, Answered: []participation.Line{soon}}
	found.Sought, found.Found = "<lamps>", []participation.Found{{Proposal: gathers, Snippet: []participation.Piece{{Text: "Hang four "}, {Text: "lamps", Edit: participation.Added}, {Text: "."}}}}
	none.Sought = "<b>"
	empty := Proposals{Desk: Desk{Frame: out}, Today: today, Needs: 5, Days: 28}
	view := func(f Frame, p participation.Proposal) ProposalView {
		return ProposalView{Desk: Desk{Frame: f}, Proposal: p, Today: today, Needs: 6, Versions: []participation.Version{first, second}, Name: "Ben <y>"}
	}
	comments := []participation.Comment{
		{ID: "c1", Words: "Hear, <hear>\nsaid Ben", ShownAs: "Ben <y>", MadeAt: noon(-9)},
		{ID: "c2", Words: "No", MadeAt: noon(-8)},
		{ID: "c3", Words: "Why not?", Author: true, ShownAs: "Nia <x>", MadeAt: noon(-8)},
		{ID: "c4", Words: "Because", Author: true, MadeAt: noon(-8)},
		{ID: "c5", HiddenWhy: "<rude>", HiddenAt: noon(-7)},
	}
	stranger, supporter, author, board, overdue, answered := view(out, gathers), view(in, gathers), view(in, lacks), view(officer, waits), view(in, late), view(out, done)
	supporter.Member, supporter.Part, supporter.Said = true, participation.Part{Supports: true, Seen: 1, Changed: true}, "proposal.said_supported"
	author.Member, author.Part = true, participation.Part{Author: true, Supports: true, Seen: 2}
	author.Failed, author.Problems, author.Typed = "proposal.amend", Problems{{"amend_why", "Say why"}}, map[string]string{"problem": "<b>", "kind": "small"}
	board.Comments, board.Speaks, board.Member = comments, true, true
	board.Failed, board.Problems, board.Typed = "proposal.answer", Problems{{"outcome-accepted", "Choose what the board decided"}}, map[string]string{"reasons": "<i>"}
	overdue.Part = participation.Part{Supports: true, Seen: 2}
	answered.Items = []ProposalItem{{"i1", "Two <lamps>"}}
	newcomer, mine := view(in, fresh), view(in, fresh)
	newcomer.Member, newcomer.Versions = true, newcomer.Versions[:1]
	mine.Member, mine.Versions, mine.Part, mine.Said = true, mine.Versions[:1], participation.Part{Author: true, Supports: true, Seen: 1}, "proposal.said_proposed"
	write := Propose{Desk: Desk{Frame: in}, Name: "Ben <y>"}
	wrongly := write
	wrongly.Problems, wrongly.Typed = Problems{{"problem", "Say what the problem is"}}, map[string]string{"proposal_title": "<x>", "shown": "name"}
	return map[string]templ.Component{
		"proposals":           ProposalsPage(list),
		"proposals-member":    ProposalsPage(own),
		"proposals-found":     ProposalsPage(found),
		"proposals-nothing":   ProposalsPage(none),
		"proposals-empty":     ProposalsPage(empty),
		"propose":             ProposePage(write),
		"propose-wrong":       ProposePage(wrongly),
		"proposal":            ProposalPage(stranger),
		"proposal-supporter":  ProposalPage(supporter),
		"proposal-lacking":    ProposalPage(author),
		"proposal-board":      ProposalPage(board),
		"proposal-overdue":    ProposalPage(overdue),
		"proposal-answered":   ProposalPage(answered),
		"proposal-fresh":      ProposalPage(newcomer),
		"proposal-mine":       ProposalPage(mine),
		"proposal-withdrawn":  ProposalPage(view(out, gone)),
		"proposal-taken-down": ProposalPage(view(officer, down)),
		"take-down":           TakeDownPage(TakeDown{Desk: Desk{Frame: officer, Problems: Problems{{"take_down_why", "Say why"}}}, Proposal: gathers}),
		"version-first":       ProposalVersionPage(ProposalVersion{Frame: out, ID: "p1", Version: first, Last: 2}),
		"version":             ProposalVersionPage(ProposalVersion{Frame: out, ID: "p1", Version: second, Before: first, Last: 2}),
	}
}

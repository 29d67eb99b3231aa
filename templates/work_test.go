package templates

import (
	"time"

	"folkmoot/governance/contribution"
	"folkmoot/governance/member"

	"github.com/a-h/templ"
)

// workPages are those of merged work and of those who run the service.
func workPages() map[string]templ.Component {
	at := func(path string, roles ...member.Role) Desk {
		return Desk{Frame: Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}, SignedIn: true, Officer: len(roles) > 0, Here: path}, Offices: roles}
	}
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	moment := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	today := date(11, 23)
	first := today.AddDays(-364)
	link := contribution.Link{ID: "l1", Identity: contribution.Identity{Forge: contribution.GitHub, Subject: "101", Login: "nia<b>"}, Linked: moment}
	past := link
	past.Unlinked = moment
	credits := []contribution.Credit{
		{Repository: "folkmoot/folkmoot", Number: "12", Title: "Keep the <cursor>", Merged: date(11, 2), Part: contribution.Author, Counts: true},
		{Repository: "https://git.example/moot", Number: "8b1a9953c4611296a827abf8c47804d7e6c49c6b", Title: "Say so", Merged: date(10, 2), Part: contribution.CoAuthor, Counts: true},
		{Repository: "folkmoot/folkmoot", Number: "11", Title: `Revert "Say so"`, Merged: date(10, 1), Part: contribution.Author, Ignored: contribution.Revert},
		{Repository: "folkmoot/folkmoot", Number: "10", Title: "Bump", Merged: date(9, 1), Part: contribution.Author, Ignored: contribution.Bot},
		{Repository: "folkmoot/folkmoot", Number: "9", Title: "A typing error", Merged: date(8, 1), Part: contribution.Author, Exception: contribution.Struck},
		{Repository: "folkmoot/folkmoot", Number: "8", Title: "Later", Merged: date(7, 1), Part: contribution.Author},
	}
	declared := contribution.Declaration{ID: "d1", Member: "nia", Words: "The router", First: today, Last: today.AddDays(364), Declared: moment}
	confirmed, refused, replaced := declared, declared, declared
	confirmed.Confirmed, confirmed.ConfirmedBy = moment, "ann"
	refused.Ended, refused.EndedBy, refused.EndedWhy = moment, "ann", "no <contract>"
	ended := confirmed
	ended.Ended, ended.EndedBy, ended.EndedWhy = moment, "ann", "left"
	replaced.Ended = moment
	whole := Contribute{
		Desk: at("/contribute"), State: member.Admitted, Shared: true, Share: member.ShareNominal, Reference: "FMABCDEFGH",
		Standing: contribution.Standing{First: first, Last: today, Credits: credits},
		Links:    []contribution.Link{link}, Past: []contribution.Link{past}, Forges: []contribution.ForgeName{contribution.Gitea, contribution.GitHub},
		Addresses: []string{"nia@example.org"}, Name: "Nia O.", Declared: []contribution.Declaration{declared, confirmed, refused, ended, replaced},
		In: member.AllClasses, Chosen: member.ClassContributor, Today: today,
	}
	whole.Said = "contribute.said_linked"
	stranger := Contribute{Desk: at("/contribute"), Share: member.ShareNominal, Standing: contribution.Standing{First: first, Last: today}, Today: today, Practice: true}
	applied := stranger
	applied.State, applied.Reference, applied.Forges = member.Applied, "FMABCDEFGH", []contribution.ForgeName{contribution.Practice}
	applied.Standing.FullTime = &confirmed
	applied.Failed, applied.Typed, applied.Problems = "contribute.declare", map[string]string{"first": "x"}, Problems{{"first", "Enter a first day"}}
	excepted := stranger
	excepted.State, excepted.Standing.Exception = member.Admitted, &contribution.Exception{Last: today.AddDays(9)}
	repositories := []contribution.Repository{
		{ID: "r1", Forge: contribution.GitHub, Path: "folkmoot/folkmoot", Why: "ours", ListedAt: moment, Looked: moment},
		{ID: "r2", Forge: contribution.Git, Path: "https://git.example/moot", Why: "ours", ListedAt: moment},
		{ID: "r3", Forge: contribution.GitHub, Path: "folkmoot/old", ListedAt: moment, Delisted: moment},
	}
	exceptions := []WorkException{
		{contribution.Exception{ID: "e1", Kind: contribution.Struck, Of: "folkmoot/folkmoot #9", Why: "a typing error", Proposed: moment}, "Ann", true},
		{contribution.Exception{ID: "e2", Kind: contribution.Counted, Of: "folkmoot/folkmoot #11", Why: "a week's work", Proposed: moment, Confirmed: moment}, "Ann", false},
		{contribution.Exception{ID: "e3", Kind: contribution.Appointed, Member: "nia", First: today, Last: today.AddDays(30), Why: "translates", Ended: moment, EndedWhy: "stopped"}, "Ann", false},
	}
	wrong := at("/register/contribution", member.Secretary)
	wrong.Failed, wrong.Typed, wrong.Problems = "work.list", map[string]string{"path": "<x>", "walk": "yes"}, Problems{{"path", "Enter a repository"}}
	runs := member.Appointment{Member: "nia", Name: "Nia <O.>", Runs: "the mail relay", Since: date(1, 2), Why: "runs it well"}
	board := runs
	board.Minute = "2026-11-20, item 3"
	proposed := member.Operator{Appointment: runs, ID: "o1", ProposedBy: "ann", ProposedAt: moment}
	held := member.Operator{Appointment: board, ID: "o2", ProposedBy: "ann", ProposedAt: moment, From: moment}
	leaving := held
	leaving.ID, leaving.Minute, leaving.ConfirmedBy, leaving.EndAskedBy, leaving.EndWhy = "o3", "", "ben", "ann", "moves"
	former, dropped := held, proposed
	former.Until, former.EndWhy, dropped.Until, dropped.EndWhy = moment, "moved", moment, "a mistake"
	return map[string]templ.Component{
		"contribute":                ContributePage(whole),
		"contribute-stranger":       ContributePage(stranger),
		"contribute-applied":        ContributePage(applied),
		"contribute-excepted":       ContributePage(excepted),
		"contributors":              ContributorsPage(Contributors{Frame: out, Roll: contribution.Roll{First: first, Last: today, Named: []contribution.Named{{Name: "Nia <O.>", Merged: 1}, {Name: "Ben", Merged: 12}}, Others: 3, OthersDid: 9}, Repositories: []string{"folkmoot/folkmoot"}}),
		"contributors-none":         ContributorsPage(Contributors{Frame: out, Roll: contribution.Roll{First: first, Last: today}}),
		"operators":                 OperatorsPage(Operators{Frame: out, Now: []OperatorLine{{"Nia <O.>", "the mail relay", date(1, 2)}}}),
		"operators-none":            OperatorsPage(Operators{Frame: out}),
		"register-work":             RegisterWorkPage(RegisterWork{Desk: at("/register/contribution", member.Secretary), Repositories: repositories, Exceptions: exceptions, Declarations: []WorkDeclaration{{declared, "Nia Owen"}, {confirmed, "Nia Owen"}, {refused, "Nia Owen"}}, Forges: []contribution.ForgeName{contribution.GitHub}}),
		"register-work-treasurer":   RegisterWorkPage(RegisterWork{Desk: at("/register/contribution", member.Treasurer), Repositories: repositories, Exceptions: exceptions}),
		"register-work-wrong":       RegisterWorkPage(RegisterWork{Desk: wrong}),
		"register-operators":        RegisterOperatorsPage(RegisterOperators{Desk: at("/register/operators", member.Steward), Open: []RegisterOperator{{proposed, "Ann", "", true, false}, {held, "Ann", "", false, false}, {leaving, "Ann", "Ann", true, false}, {leaving, "Ann", "Ann", false, true}}, Former: []RegisterOperator{{former, "Ann", "", false, false}, {dropped, "Ann", "", false, false}}}),
		"register-operators-none":   RegisterOperatorsPage(RegisterOperators{Desk: at("/register/operators", member.Treasurer)}),
		"practice-forge":            PracticeForgePage(PracticeForge{Frame: out, Path: "folkmoot/folkmoot", Merged: true}),
		"practice-forge-refused":    PracticeForgePage(PracticeForge{Frame: out, Path: "folkmoot/folkmoot", Unlisted: true, Problems: Problems{{Text: "Officers have to list it first"}}}),
		"practice-forge-sign-in":    PracticeForgePage(PracticeForge{Frame: out, SignIn: true, Query: "client_id=practice&state=%3C"}),
		"register-admitted-steward": RegisterEntryPage(RegisterEntry{Desk: at("", member.Steward), Member: member.Member{ID: "nia", State: member.Admitted, Name: "Nia Owen", Entered: today}, Today: today}),
	}
}

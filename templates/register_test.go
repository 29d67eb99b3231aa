package templates

import (
	"testing"
	"time"

	"folkmoot/governance/member"

	"github.com/a-h/templ"
)

// registerPages are those of the secretary and of other officers.
func registerPages() map[string]templ.Component {
	at := func(path string, roles ...member.Role) Desk {
		return Desk{Frame: Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}, SignedIn: true, Officer: len(roles) > 0, Here: path}, Offices: roles}
	}
	moment := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	today := date(11, 23)
	applied := member.Member{
		ID: "nia", State: member.Applied, Name: "Nia <Owen>", Address: "1 High Street\nAberystwyth", Postcode: "SY23 1AA", Email: "nia@example.org", Age: 34,
		AppliedAt: moment, Share: member.Share{Paid: today},
	}
	admitted := applied
	admitted.State, admitted.Entered, admitted.Share.Issued = member.Admitted, date(10, 1), date(10, 1)
	former := admitted
	former.ID, former.State, former.Ceased, former.Ending, former.Share.Wish = "ben", member.Ended, today, member.Resigned, member.ShareRepaid
	refused := member.Member{ID: "x", State: member.Refused, AppliedAt: moment, DecidedAt: moment, RefusedWhy: "withdrawn"}
	charge := member.Charge{ID: "c", Member: "nia", Rule: "12.3", Words: "Sold <addresses>", BroughtAt: moment}
	served := charge
	served.Served, served.ReplyUntil = today, date(12, 7)
	decided := served
	decided.Reply, decided.Decision, decided.Minute = "I did not", member.Dismissed, "2026-12-14/5"
	same := []member.Duplicate{{ID: "ben", State: member.Ended, Name: "Nia Owen", SameName: true, SameEmail: true, SameAddress: true}}
	lines := []DeskAct{
		{Day: today, By: "Ann", As: "secretary", What: "member admitted", About: "nia", Why: "met her", Whom: "Nia <Owen>", Path: "/register/entry/nia"},
		{Day: today, As: "clock", What: "share paid", About: "nia"},
	}
	saved := at("/register", member.Secretary)
	saved.Said, saved.Done = "register.saved", "Nia <Owen> is admitted, and a member from today on."
	wrong := at("", member.Secretary)
	wrong.Failed, wrong.Typed, wrong.Problems = "entry.refuse", map[string]string{"refuse_why": "<no>"}, Problems{{"refuse_why", "Say why"}}
	held := member.Office{ID: "o1", Account: "ann", Role: member.Secretary, Why: "first board", From: moment}
	proposed := member.Office{ID: "o2", Account: "ben", Role: member.Steward, Why: "minute 7", ProposedBy: "ann", ProposedAt: moment}
	leaving := member.Office{ID: "o3", Account: "cai", Role: member.Treasurer, Why: "minute 7", ProposedBy: "ann", From: moment, EndAskedBy: "ann", EndWhy: "minute 9"}
	over := held
	over.Until, over.EndWhy = moment, "moved away"
	dropped := proposed
	dropped.Until, dropped.EndWhy = moment, "a mistake"
	open := []Officer{
		{Office: held, Name: "Ann", Mine: true},
		{Office: proposed, Name: "Ben", ProposedName: "Ann", Waits: true},
		{Office: leaving, Name: "Cai", EndAskedName: "Ann", Waits: true},
	}
	return map[string]templ.Component{
		"register":               RegisterPage(Register{Desk: saved, Waiting: []Applicant{{applied, 1, WaitsSame}, {applied, 0, WaitsMoney}}, More: true, Count: map[member.State]int{member.Admitted: 12}, Owed: []member.Member{former}}),
		"register-quiet":         RegisterPage(Register{Desk: at("/register", member.Steward), Waiting: []Applicant{{applied, 0, WaitsNothing}, {applied, 0, WaitsApplicant}}}),
		"register-members":       RegisterMembersPage(RegisterMembers{Desk: at("/register/members", member.Secretary), State: member.Admitted, Sought: "nia", Members: []member.Member{admitted}, Next: "/register/members?after=nia"}),
		"register-members-none":  RegisterMembersPage(RegisterMembers{Desk: at("/register/members", member.Secretary), State: member.Ended}),
		"register-applied":       RegisterEntryPage(RegisterEntry{Desk: at("", member.Secretary), Member: applied, Today: today, Same: same}),
		"register-refusing":      RegisterEntryPage(RegisterEntry{Desk: wrong, Member: applied, Today: today}),
		"register-admitted":      RegisterEntryPage(RegisterEntry{Desk: at("", member.Secretary), Member: admitted, Today: today, Acts: lines}),
		"register-charged":       RegisterEntryPage(RegisterEntry{Desk: at("", member.Secretary), Member: admitted, Today: today, Charges: []member.Charge{charge, decided}}),
		"register-replying":      RegisterEntryPage(RegisterEntry{Desk: at("", member.Steward), Member: admitted, Today: today, Charges: []member.Charge{served}}),
		"register-former":        RegisterEntryPage(RegisterEntry{Desk: at("", member.Secretary), Member: former, Today: today}),
		"register-withdrawn":     RegisterEntryPage(RegisterEntry{Desk: at("", member.Secretary), Member: refused, Today: today}),
		"register-officers":      RegisterOfficersPage(RegisterOfficers{Desk: at("/register/officers", member.Treasurer), Open: open, Former: []Officer{{Office: over, Name: "Ann"}, {Office: dropped, Name: "Ben"}}}),
		"register-inspections":   RegisterInspectionsPage(RegisterInspections{Desk: at("/register/inspections", member.Secretary), All: []member.Inspection{{ID: "i", Who: "Ben", Why: "to call a meeting", Asked: today}, {ID: "j", Who: "Cai", Why: "curious", Asked: today, Answer: member.CalledOff, Shown: "nothing"}}}),
		"register-rules":         RegisterRulesPage(RegisterRules{Desk: at("/register/rules", member.Secretary), Rules: member.FirstRules, Changes: []RuleChange{{member.RuleChange{Rules: member.Rules{MinimumAge: 18, QuorumLeast: 5}, Was: member.Rules{AdmitOnPayment: true, MinimumAge: 16, QuorumLeast: 5}, Why: "minute 4", At: moment}, "Ann"}}}),
		"register-audit":         RegisterAuditPage(RegisterAudit{Desk: at("/register/audit", member.Treasurer), Acts: lines, Older: "/register/audit?before=1"}),
		"register-own":           OwnEntryPage(OwnEntry{Desk: at("/membership/register"), Member: admitted, Today: today, Charges: []member.Charge{charge, served}, Looks: []OwnLook{{today, "work_of_officers"}, {today, "own_entry"}}}),
		"register-own-forbidden": OwnEntryPage(OwnEntry{Desk: at("/membership/register"), Member: former, Today: today, Charges: []member.Charge{decided}}),
	}
}

func TestTheAuditLogSpeaksPlainly(t *testing.T) {
	for about, want := range map[string]string{
		"cost:doorbell ltd:2026-11-4": "Cost: doorbell ltd, 2026-11-4",
		"stripe:in_YBMT":              "Stripe payment in_YBMT",
		"gocardless:PM1":              "GoCardless payment PM1",
		"1 lines":                     "1 line of a bank statement",
		"8 lines":                     "8 lines of a bank statement",
		"2026-10":                     "2026-10",
	} {
		if got := aboutWords(t.Context(), about); got != want {
			t.Errorf("about %s it says %q, want %q", about, got, want)
		}
	}
	if got := actorWords(t.Context(), "clock"); got != "The program, when it was time" {
		t.Errorf("the clock is %q", got)
	}
}

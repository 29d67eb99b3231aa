package templates

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// certified is an election of three classes: a poll with a lot, one in which nominations re-open, and one without a poll.
func certified(t *testing.T) Certificate {
	t.Helper()
	n := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	at := func(days, hour int) time.Time {
		d := n.AddDays(days)
		return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, calendar.London)
	}
	poll := CertifiedClass{
		Class: member.ClassOrdinary, Seats: 3, Voters: 1200, Ceased: 2, Issued: 1198, Returned: 19, Papers: 18, Spoiled: 1, Valid: 17, Differed: 2,
		Spoilt: []SpoiltLine{{"no first <preference>", 1}}, Rule: tally.Scottish, Quota: "5", Manifest: sum, BeaconChain: sum, BeaconRound: 4_211_900, Beacon: sum, PapersSHA256: sum,
		Withdrawn: []string{"Dee"}, Elected: []string{"Ann <Red> O'Hara", "Ben & Co", "Cai with a name that nobody could ever draw whole"},
		Count: counted(t, threeSeats, tally.Scottish, 0),
	}
	again := poll
	again.Class, again.Seats, again.Rule, again.Quota, again.Withdrawn, again.Spoilt, again.Spoiled = member.ClassOperator, 1, tally.Meek, "2.500000001", nil, nil, 0
	again.Online = &election.CertifiedOnline{Keys: 20, Issued: 21, Casts: 23, Tendered: 1, NotOpened: 2, LogSize: 24, LogRoot: sum}
	again.Elected, again.Reopened, again.Count = nil, 1, counted(t, "2 1\n3 1 0\n2 2 0\n0\n\"RON\"\n\"Ann\"\n\"Board\"\n", tally.Meek, 1)
	return Certificate{
		Title: "Board <election> 2027", Election: "e1", Version: 1, RuleBook: 1, Notice: n, PollOpens: at(33, 9), PollCloses: at(54, 17), RollVersion: 2, RollSHA256: sum, Voters: 1209,
		Classes: []CertifiedClass{poll, again, {
			Class: member.ClassContributor, Seats: 2, Unopposed: true, Voters: 9, Elected: []string{"Eli"}, Vacant: 1, Manifest: sum,
		}},
		Society: sum, SHA256: sum, IssuedAt: at(56, 12), ChallengeUntil: n.AddDays(70), TermsBegin: n.AddDays(75),
		Signatures: []CertificateSignature{{"Ro <O>", DutyReturning, at(55, 18)}, {"Sal", DutyScrutineer, at(55, 19)}, {"Sam", DutyScrutineer, at(56, 12)}},
	}
}

func counted(t *testing.T, papers string, rule tally.Rule, reopen int) *Count {
	t.Helper()
	e, err := tally.ReadBLT(strings.NewReader(papers), 0)
	if err != nil {
		t.Fatal(err)
	}
	result, err := tally.Count(e, rule, tally.Options{Lot: tally.Lot{3, 5}[:min(2, max(0, len(e.Candidates)-3))]})
	if err != nil {
		t.Fatal(err)
	}
	return &Count{Election: e, Result: result, Reopen: reopen}
}

func TestACertificateSaysWhatWasCertified(t *testing.T) {
	issued := certified(t)
	waits := issued
	waits.Version, waits.Why, waits.SHA256, waits.Signatures, waits.IssuedAt, waits.ChallengeUntil = 2, "Dee was <struck> off", "", nil, time.Time{}, calendar.Date{}
	waits.Classes = issued.Classes[2:]
	for name, v := range map[string]Certificate{"certificate-body": issued, "certificate-body-waits": waits} {
		var b bytes.Buffer
		if err := CertificateBody(v).Render(text.With(t.Context(), text.In("en")), &b); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".html", b.Bytes())
	}
}

package pdf

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
)

const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// odd are names that are hard to write.
var odd = []string{
	"Νίκη Παπαδοπούλου", "Ольга Сергеевна Кузнецова", "王小明", "🦊", "ولاء", "Nia\u202eOwen", "A\u0301ine", "Tab\tand\nline",
	strings.Repeat("Long ", 18) + "Name", strings.Repeat("x", 120), "{nb}", "(brackets) \\ <b>",
}

// crowded is an election of so many candidates for so many seats, each with another number of votes, whose papers go on to the next.
func crowded(t *testing.T, candidates, seats int, rule tally.Rule) *templates.Count {
	t.Helper()
	e := &tally.Election{Title: "Board", Seats: seats}
	for i := range candidates {
		name := fmt.Sprintf("Candidate %d", i+1)
		if i < len(odd) {
			name = odd[i]
		}
		e.Candidates = append(e.Candidates, name)
		prefers := []int{i + 1, (i+1)%candidates + 1, (i+5)%candidates + 1}
		if err := e.Ballots.Add(int64(10+i*7%candidates*5), prefers...); err != nil {
			t.Fatal(err)
		}
	}
	result, err := tally.Count(e, rule, tally.Options{Lot: tally.LotFromSeed([]byte(sum), candidates)})
	if err != nil {
		t.Fatal(err)
	}
	return &templates.Count{Election: e, Result: result, Reopen: candidates}
}

func certified24(t *testing.T, rule tally.Rule) templates.Certificate {
	t.Helper()
	n := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	at := func(days, hour int) time.Time { return n.AddDays(days).Start().Add(time.Duration(hour) * time.Hour) }
	count := crowded(t, 24, 5, rule)
	class := templates.CertifiedClass{
		Class: member.ClassOrdinary, Seats: 5, Voters: 12_000, Ceased: 3, Issued: 11_997, Returned: 2000, Papers: 1999, Spoiled: 4, Valid: int(count.Result.Valid), Differed: 12,
		Spoilt: []templates.SpoiltLine{{Why: "no first preference", Papers: 3}, {Why: "a mark by which the voter can be known", Papers: 1}},
		Rule:   rule, Quota: count.Result.Quota.String(), Manifest: sum, BeaconChain: sum, BeaconRound: 1 << 60, Beacon: sum, PapersSHA256: sum, Withdrawn: odd[:3], Elected: odd[:5], Count: count,
	}
	few := class
	few.Class, few.Unopposed, few.Count, few.Elected, few.Vacant, few.Withdrawn = member.ClassOperator, true, nil, odd[2:4], 3, nil
	return templates.Certificate{
		Title: "Board election 2027, " + odd[0] + " " + odd[2] + " " + odd[8], Election: "01890f2e-7a3b-7c4d-8e5f-0123456789ab", Version: 2, Why: odd[8] + " was struck off,\nand " + odd[3], RuleBook: 1,
		Notice: n, PollOpens: at(33, 9), PollCloses: at(54, 17), RollVersion: 2, RollSHA256: sum, Voters: 12_009, Classes: []templates.CertifiedClass{class, few},
		Society: sum, SHA256: sum, IssuedAt: at(56, 12), ChallengeUntil: n.AddDays(70), TermsBegin: n.AddDays(75),
		Signatures: []templates.CertificateSignature{{Name: odd[1], Duty: templates.DutyReturning, At: at(55, 18)}, {Name: odd[8], Duty: templates.DutyScrutineer, At: at(55, 19)}, {Name: odd[4], Duty: templates.DutyScrutineer, At: at(56, 12)}},
	}
}

var sheets = regexp.MustCompile(`/Type /Page\b[^s]`)

func TestACertificateOfACrowdedElectionIsWritten(t *testing.T) {
	for _, rule := range []tally.Rule{tally.Scottish, tally.Meek} {
		v := certified24(t, rule)
		if stages := len(v.Classes[0].Count.StageTotals(t.Context()).Heads); stages < 15 {
			t.Fatalf("only %d stages", stages)
		}
		first, err := Certificate(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Certificate(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Errorf("%s: two files differ", rule)
		}
		if n := len(sheets.FindAll(first, -1)); n < 4 || n > 12 || !bytes.HasPrefix(first, []byte("%PDF-1.")) || len(first) > 400_000 {
			t.Errorf("%s: %d sheets, %d bytes beginning %q", rule, n, len(first), first[:min(8, len(first))])
		}
	}
}

func TestACertificateOfFewSaysItOnAFewSheets(t *testing.T) {
	v := certified24(t, tally.Scottish)
	v.Title, v.Why, v.Classes, v.Signatures, v.IssuedAt = "Board election 2027", "", v.Classes[1:], nil, time.Time{}
	v.Classes[0].Elected = []string{"Ann"}
	file, err := Certificate(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(sheets.FindAll(file, -1)); n > 2 {
		t.Errorf("%d sheets", n)
	}
}

func TestALetterThatPaperCannotWriteIsSpelled(t *testing.T) {
	for name, want := range map[string]string{
		"Nia Öğretmen": "Nia Öğretmen", "Ольга": "Ольга", "Νίκη": "Νίκη", "A\u0301ine": "Áine", "Ann\n\tHill": "Ann  Hill",
		"王小明": "[U+738B U+5C0F U+660E]", "Li 🦊": "Li [U+1F98A]", "a\u202eb": "a[U+202E]b", "": "",
	} {
		if got, some := spelled(name); got != want || some != strings.Contains(want, "U+") {
			t.Errorf("%q: %q (%t), want %q", name, got, some, want)
		}
	}
}

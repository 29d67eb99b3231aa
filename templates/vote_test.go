package templates

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/templates/text"

	"github.com/a-h/templ"
)

// votePages are those of polls online, in the states that look different without their scripts.
func votePages() map[string]templ.Component {
	frame := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}, SignedIn: true}
	noon := time.Date(2027, time.April, 3, 11, 0, 0, 0, time.UTC)
	contest := VoteContest{
		Contest: strings.Repeat("9f86d081", 8), Class: member.ClassOrdinary, Seats: 2, Manifest: "/elections/e1/manifest/ordinary", Signed: true,
		Candidates: []VoteChoice{{Number: 1, Name: "Ann <Red> Hill"}, {Number: 2, Name: "Ben", Struck: true}, {Number: 3, Name: "</script>"}, {Number: 4, Reopens: true}},
	}
	waiting := VoteContest{Class: member.ClassOrdinary, Seats: 2}
	in := func(phase VotePhase, contests ...VoteContest) Vote {
		return Vote{Frame: frame, Script: Asset{"/assets/vote.js", "sha384-vote"}, Poll: VoteData{
			Election: "e1", Title: "Board <election> 2027", Account: "a1", Member: "m1", Now: noon, Phase: phase, Opens: noon.AddDate(0, 0, 3), Closes: noon.AddDate(0, 0, 24),
			Signer: "https://signer.example", Ballots: "https://ballot.example", Contests: contests,
		}}
	}
	unsigned := contest
	unsigned.Signed = false
	unbuilt := in(VoteOpen, contest)
	unbuilt.Script = Asset{}

	key := []byte(strings.Repeat("k", 32))
	scrutineers := []OpeningScrutineer{{"Sal <S>", key}, {"Sam", key}, {"Sid", nil}}
	makes := Opening{
		Frame: frame, Script: Asset{"/assets/scrutineer.js", "sha384-scrutineer"}, ID: "e1", Title: "Board <election> 2027", Closes: noon,
		Scrutineers: scrutineers, You: 2, MayMakeKey: true,
	}
	made := makes
	made.You = 0
	looks := makes
	looks.You, looks.MayMakeKey = -1, false
	opens := makes
	opens.You, opens.MayMakeKey, opens.Closed = 1, false, true
	opens.Classes = []OpeningClass{
		{Class: member.ClassOrdinary, Ballots: 1203, Peeled: [3]int{1203}},
		{Class: member.ClassOperator, Ballots: 9, Peeled: [3]int{9}, Opened: [3]int{0, 9}, Done: 9},
		{Class: member.ClassContributor, Ballots: 1},
	}
	return map[string]templ.Component{
		"vote-not-on-roll": VotePage(in(VoteCollects)), "vote-waits": VotePage(in(VoteWaits, waiting)), "vote-collects": VotePage(in(VoteCollects, unsigned)),
		"vote-open": VotePage(in(VoteOpen, contest)), "vote-closed": VotePage(in(VoteClosed, contest)), "vote-unbuilt": VotePage(unbuilt),
		"opening-key": OpeningPage(makes), "opening-key-made": OpeningPage(made), "opening-waits": OpeningPage(looks), "opening": OpeningPage(opens),
	}
}

// TestAVotesDataIsReadAsItIs: a candidate's name cannot end the element that it is in.
func TestAVotesDataIsReadAsItIs(t *testing.T) {
	var b bytes.Buffer
	if err := votePages()["vote-open"].Render(text.With(t.Context(), text.In("en")), &b); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), `type="application/json">`)
	said, _, found := strings.Cut(rest, "</script>")
	var d VoteData
	if err := json.Unmarshal([]byte(said), &d); err != nil || !found {
		t.Fatalf("%v in %q", err, said)
	}
	if name := d.Contests[0].Candidates[2].Name; name != "</script>" || d.Words["rank.head"] == "" {
		t.Errorf("name %q, %d words", name, len(d.Words))
	}
}

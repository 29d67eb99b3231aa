package tally

import "slices"

// countApproval elects the options with the most marks. The order of the marks on a paper means nothing.
func countApproval(t *table) {
	var marks [MaxCandidates + 1]int64
	for preferences, papers := range t.ballots.Each() {
		valid := false
		for _, c := range preferences {
			if t.standing[c] == continuing {
				marks[c] += papers
				valid = true
			}
		}
		if valid {
			t.result.Valid += papers
		}
	}
	t.result.Invalid = t.ballots.papers - t.result.Valid
	t.result.Approvals = slices.Clone(marks[1 : len(t.election.Candidates)+1])
	for t.vacancies() > 0 {
		left := t.candidates(continuing)
		if len(left) == 0 {
			return
		}
		first := narrow(highest, left, func(c int) int64 { return marks[c] })
		if len(first) > t.vacancies() {
			c := t.decide(highest, first, 1, 1, nil)
			if c == 0 {
				return
			}
			first = []int{c}
		}
		t.elect(1, marks[:], first)
	}
}

// Majority is what a motion needs. Abstentions count for neither side.
type Majority struct {
	Of, Per int64 // two of three, say
	Exactly bool  // just that share is enough; otherwise it takes more
}

// The usual majorities.
var (
	SimpleMajority = Majority{Of: 1, Per: 2}
	TwoThirds      = Majority{Of: 2, Per: 3, Exactly: true}
	ThreeQuarters  = Majority{Of: 3, Per: 4, Exactly: true}
)

// Motion is a vote by yes and no.
type Motion struct{ Yes, No, Abstain int64 }

// Carried reports whether there are enough. Nobody has a casting vote: equal is not more. With no votes at all nothing is carried.
func (v Motion) Carried(m Majority) bool {
	have, need := v.Yes*m.Per, (v.Yes+v.No)*m.Of
	return have > need || m.Exactly && have == need && v.Yes > 0
}

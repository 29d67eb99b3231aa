package auditor

import (
	"bytes"
	"encoding/json"
	"testing"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
)

// FuzzLines reads whatever a society may publish as casts, openings and sums: what is accepted is written as we write it, and nothing makes the
// auditor fall over.
func FuzzLines(f *testing.F) {
	s := ballot.Statement{Contest: ballot.Contest{1}, Sequence: 1, Credential: ballot.Credential{Public: make([]byte, 32), Society: ballot.Mark{Chance: []byte{1}}}}
	for _, v := range []any{s, ballot.Opening{Public: make([]byte, 32), Sequence: 1, Chance: make([]byte, 32), Preferences: []int{2, 1}}, ballot.Opening{Spoiled: ballot.NotOpened}} {
		line, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(line, '\n'))
		f.Add(append(bytes.Repeat(append(line, '\n'), 2), line[:9]...))
	}
	f.Add([]byte(`{"key":null,"sequence":18446744073709551615,"preferences":[256,-1]}` + "\n"))
	f.Add(election.Sums(map[string]ballot.Digest{"a": {1}, "b/c": {2}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		if sums, err := election.ReadSums(file); err == nil && !bytes.Equal(election.Sums(sums), file) {
			t.Fatal("sums have two ways to be written")
		}
		lines, err := linesOf(file)
		if err != nil {
			return
		}
		openings := newGiven([]Openings{{"given", file}})
		a := &audit{casts: []cast{{}}, counting: []int{0}}
		for i, line := range lines {
			if s, err := readLine[ballot.Statement](line); err == nil {
				_ = s.Entry()
				_, at := checkCast(line, s.Contest, ballot.Signers{})
				if at == nil {
					t.Fatal("a cast that nobody signed holds")
				}
			}
			if o, err := readLine[ballot.Opening](line); err == nil {
				openings.of(o.Public)
				_ = election.ReadOpenings([]ballot.Opening{o}, 3)[0].Spoiled()
				if a.checkOpening(o, i, ballot.Contest{}) == nil && o.Spoiled == "" {
					t.Fatal("an opening of nothing that was committed to holds")
				}
			}
		}
	})
}

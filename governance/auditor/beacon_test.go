package auditor

import (
	"testing"
	"time"

	"folkmoot/governance/election"
)

// TestARoundThatHadSpokenDecidesNoLot: of a beacon that we know, the round must be of the time that the manifest says.
func TestARoundThatHadSpokenDecidesNoLot(t *testing.T) {
	q := election.Quicknet
	closes := time.Date(2027, 3, 26, 17, 0, 0, 0, time.UTC)
	round := q.RoundAfter(closes)
	for name, c := range map[string]struct {
		beacon election.ManifestBeacon
		want   bool
	}{
		"the round after the close":         {election.ManifestBeacon{Chain: q.Chain, Key: q.Key, Round: round, At: q.At(round)}, true},
		"the first round, said to be later": {election.ManifestBeacon{Chain: q.Chain, Key: q.Key, Round: 1, At: q.At(round)}, false},
		"another key for that chain":        {election.ManifestBeacon{Chain: q.Chain, Key: "aa", Round: round, At: q.At(round)}, false},
		"a beacon that nobody knows":        {election.ManifestBeacon{Chain: "practice", Round: 1, At: closes}, true},
	} {
		if is := inItsTime(c.beacon); is != c.want {
			t.Errorf("%s: %v", name, is)
		}
	}
}

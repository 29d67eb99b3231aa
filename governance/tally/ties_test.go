package tally

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden results anew")

// tied is an election of one seat in which 1 and 2 tie for exclusion after the first stage, and nothing earlier tells them apart.
const tied = "3 1\n2 1 3 0\n2 2 3 0\n3 3 1 0\n0\n\"Ann\"\n\"Ben\"\n\"Cai\"\n\"One seat\"\n"

// level is an election of three seats in which the surpluses of 1 and 2 are equal.
const level = "5 3\n12 1 3 4 0\n12 2 4 3 0\n5 3 0\n5 4 0\n4 5 3 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"D\"\n\"E\"\n"

func TestTheLastOfTheLotIsExcluded(t *testing.T) {
	for _, c := range []struct {
		lot      Lot
		excluded int
	}{{Lot{3, 1, 2}, 2}, {Lot{2, 3, 1}, 1}, {Lot{2, 1}, 1}} {
		r := mustCount(t, parse(t, tied), Scottish, Options{Lot: c.lot})
		if r.Stages[1].Action != Exclusion || r.Stages[1].Candidate != c.excluded {
			t.Errorf("lot %v: %s of %d, want the exclusion of %d", c.lot, r.Stages[1].Action, r.Stages[1].Candidate, c.excluded)
		}
		if diff := cmp.Diff([]DrawnLot{{Stage: 2, Among: []int{1, 2}, Chosen: c.excluded}}, r.Lots); diff != "" {
			t.Errorf("lots (-want +got):\n%s", diff)
		}
	}
}

func TestTheFirstOfTheLotIsTransferredFirst(t *testing.T) {
	for _, c := range []struct {
		lot   Lot
		first int
	}{{Lot{5, 1, 2, 3, 4}, 1}, {Lot{2, 5, 1, 3, 4}, 2}} {
		r := mustCount(t, parse(t, level), Scottish, Options{Lot: c.lot})
		if r.Stages[1].Action != Surplus || r.Stages[1].Candidate != c.first {
			t.Errorf("lot %v: %s of %d, want the surplus of %d", c.lot, r.Stages[1].Action, r.Stages[1].Candidate, c.first)
		}
	}
}

func TestACountWithoutItsLotStopsAndSaysBetweenWhom(t *testing.T) {
	for _, lot := range []Lot{nil, {3, 1}} {
		r := mustCount(t, parse(t, tied), Scottish, Options{Lot: lot})
		if diff := cmp.Diff(&LotNeeded{AfterStage: 1, Between: []int{1, 2}}, r.LotNeeded); diff != "" || len(r.Stages) != 1 {
			t.Errorf("lot %v: %d stages (-want +got):\n%s", lot, len(r.Stages), diff)
		}
		m := mustCount(t, parse(t, tied), Meek, Options{Lot: lot})
		if diff := cmp.Diff(&LotNeeded{AfterStage: 1, Between: []int{1, 2}}, m.LotNeeded); diff != "" || len(m.Rounds) != 1 {
			t.Errorf("Meek, lot %v: %d rounds (-want +got):\n%s", lot, len(m.Rounds), diff)
		}
	}
	m := mustCount(t, parse(t, tied), Meek, Options{Lot: Lot{1, 2}})
	if m.Rounds[0].Defeated != 2 {
		t.Errorf("Meek defeats %d, who is the last of the lot", m.Rounds[0].Defeated)
	}
}

// Droop 0.14 looks for one stage that leaves one candidate. Here that is the first, at which 3 has fewest; but 3 had more than the others
// at the second, and is safe.
func TestWhoIsSafeAtALaterStageStaysSafe(t *testing.T) {
	stages := [][]int64{{0, 10, 11, 9}, {0, 9, 9, 10}, {0, 11, 11, 11}}
	tb := &table{result: &Result{}}
	var earlier []func(int) int64
	for _, stage := range slices.Backward(stages) {
		earlier = append(earlier, func(c int) int64 { return stage[c] })
	}
	if c := tb.decide(lowest, []int{1, 2, 3}, 4, 3, earlier); c != 1 {
		t.Errorf("%d is excluded, but of 1 and 2, who were behind at the second stage, 1 was behind at the first", c)
	}
	if c := tb.decide(highest, []int{1, 2, 3}, 4, 3, earlier); c != 3 {
		t.Errorf("%d is transferred first, but 3 was ahead at the second stage", c)
	}
}

func TestALotThatCannotBeIsRefused(t *testing.T) {
	for _, lot := range []Lot{{1, 1}, {0}, {4}} {
		if _, err := Count(parse(t, tied), Scottish, Options{Lot: lot}); err == nil {
			t.Errorf("%v was taken", lot)
		}
	}
}

// The sums can be had from any shell: printf 'beaconmanifest%d' 1 | sha256sum.
func TestTheLotOfASeedIsTheOrderOfItsSums(t *testing.T) {
	seed := []byte("beaconmanifest")
	lot := LotFromSeed(seed, 9)
	before := ""
	for _, c := range lot {
		sum := sha256.Sum256([]byte("beaconmanifest" + numeral(c)))
		if string(sum[:]) <= before {
			t.Errorf("%v is not in the order of the sums", lot)
		}
		before = string(sum[:])
	}
	if diff := cmp.Diff(Lot{4, 2, 7, 1, 9, 8, 5, 6, 3}, lot); diff != "" {
		t.Errorf("lot (-want +got):\n%s", diff)
	}
	if string(seed) != "beaconmanifest" {
		t.Error("the seed was written over")
	}
}

func TestAResultIsWrittenAsOthersReadIt(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		lot  Lot
	}{"scottish": {Scottish, Lot{1, 2}}, "scottish-stopped": {Scottish, nil}, "meek": {Meek, Lot{1, 2}}, "meek-stopped": {Meek, nil}, "approval": {Approval, nil}} {
		raw, err := json.MarshalIndent(mustCount(t, parse(t, tied), c.rule, Options{Lot: c.lot}), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(file, append(raw, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(raw)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

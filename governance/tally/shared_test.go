package tally

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sharedElections are real elections and edge cases, kept beside the project and not in it: some of them have no licence of their own.
func sharedElections(t *testing.T) []string {
	t.Helper()
	shared := os.Getenv("FOLKMOOT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	var files []string
	for _, below := range []string{"*.blt", filepath.Join("edge", "*.blt")} {
		found, err := filepath.Glob(filepath.Join(shared, "elections", below))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("no elections at ../shared/elections beside the project: name the directory that holds elections/ in FOLKMOOT_SHARED")
	}
	return files
}

// published is what is known of one election.
type published struct {
	Scottish *struct {
		Quota          int64          `json:"quota"`
		Elected        []int          `json:"elected"`
		ElectedAtStage map[string]int `json:"elected_at_stage"`
		Stages         []struct {
			Stage           int      `json:"stage"`
			Action          Action   `json:"action"`
			Candidate       int      `json:"candidate"`
			Totals          []string `json:"totals"`
			NonTransferable string   `json:"non_transferable"`
		} `json:"stages"`
		LotNeeded *struct {
			AfterStage int   `json:"after_stage"`
			Between    []int `json:"between"`
		} `json:"lot_needed"`
	} `json:"scottish_wigm"`
	Meek *struct {
		Elected []int `json:"elected"`
		Rounds  []struct {
			Round      int       `json:"round"`
			Votes      []*string `json:"votes"`
			Quota      string    `json:"quota"`
			Surplus    string    `json:"surplus"`
			Iterations int       `json:"iterations"`
		} `json:"rounds"`
		FinalKeepFactors []string `json:"final_keep_factors"`
		Fate             []struct {
			Status string `json:"status"`
			Round  int    `json:"round"`
		} `json:"fate"`
	} `json:"meek_prf"`
}

func expectation(t *testing.T, blt string) published {
	t.Helper()
	raw, err := os.ReadFile(strings.TrimSuffix(blt, ".blt") + ".expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var p published
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func readElection(t *testing.T, file string) *Election {
	t.Helper()
	f, err := os.Open(file) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	e, err := ReadBLT(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mustCount(t interface{ Fatal(...any) }, e *Election, rule Rule, o Options) *Result {
	r, err := Count(e, rule, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestScottishCountsAreThoseThatCouncilsDeclared(t *testing.T) {
	for _, file := range sharedElections(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := expectation(t, file).Scottish
			if want == nil {
				t.Fatal("nothing is known of it")
			}
			got := mustCount(t, readElection(t, file), Scottish, Options{})
			if got.Quota.Units != want.Quota {
				t.Errorf("quota %d, want %d", got.Quota.Units, want.Quota)
			}
			if len(got.Stages) != len(want.Stages) {
				t.Fatalf("%d stages, want %d", len(got.Stages), len(want.Stages))
			}
			for i, stage := range got.Stages {
				known := want.Stages[i]
				if stage.Number != known.Stage || stage.Action != known.Action || stage.Candidate != known.Candidate {
					t.Errorf("stage %d: %s of %d, want stage %d: %s of %d", stage.Number, stage.Action, stage.Candidate, known.Stage, known.Action, known.Candidate)
				}
				if diff := cmp.Diff(known.Totals, written(stage.Totals)); diff != "" {
					t.Errorf("totals of stage %d (-want +got):\n%s", stage.Number, diff)
				}
				if known.NonTransferable != "" && stage.NonTransferable.String() != known.NonTransferable {
					t.Errorf("stage %d: %s non-transferable, want %s", stage.Number, stage.NonTransferable, known.NonTransferable)
				}
			}
			if known := want.LotNeeded; known != nil {
				if diff := cmp.Diff(&LotNeeded{AfterStage: known.AfterStage, Between: known.Between}, got.LotNeeded); diff != "" {
					t.Errorf("lot needed (-want +got):\n%s", diff)
				}
				return
			}
			if got.LotNeeded != nil {
				t.Errorf("it stopped for a lot: %+v", *got.LotNeeded)
			}
			sameElected(t, got, want.Elected)
			for c, stage := range got.ElectedAt {
				if stage != want.ElectedAtStage[numeral(c+1)] {
					t.Errorf("candidate %d elected at stage %d, want %d", c+1, stage, want.ElectedAtStage[numeral(c+1)])
				}
			}
		})
	}
}

func TestMeekCountsAreThoseOfTheReferenceRule(t *testing.T) {
	for _, file := range sharedElections(t) {
		want := expectation(t, file).Meek
		if want == nil {
			continue // edge cases say nothing of this rule
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := mustCount(t, readElection(t, file), Meek, Options{})
			if got.LotNeeded != nil {
				t.Fatalf("it stopped for a lot: %+v", *got.LotNeeded)
			}
			if len(got.Rounds) != len(want.Rounds) {
				t.Fatalf("%d rounds, want %d", len(got.Rounds), len(want.Rounds))
			}
			for i, round := range got.Rounds {
				known := want.Rounds[i]
				if round.Number != known.Round || round.Quota.String() != known.Quota || round.Surplus.String() != known.Surplus || round.Iterations != known.Iterations {
					t.Errorf("round %d: quota %s, surplus %s, %d iterations, want round %d: %s, %s, %d",
						round.Number, round.Quota, round.Surplus, round.Iterations, known.Round, known.Quota, known.Surplus, known.Iterations)
				}
				for c, votes := range known.Votes {
					if round.Out[c] != (votes == nil) || votes != nil && round.Votes[c].String() != *votes {
						t.Errorf("round %d: candidate %d has %s (out: %t), want %v", round.Number, c+1, round.Votes[c], round.Out[c], votes)
					}
				}
			}
			if diff := cmp.Diff(want.FinalKeepFactors, written(got.KeepFactors)); diff != "" {
				t.Errorf("keep factors (-want +got):\n%s", diff)
			}
			sameElected(t, got, want.Elected)
			for c, fate := range want.Fate {
				if fate.Status == "elected" && got.ElectedAt[c] != fate.Round {
					t.Errorf("candidate %d elected in round %d, want %d", c+1, got.ElectedAt[c], fate.Round)
				}
				if fate.Status == "defeated" && got.ExcludedAt[c] != fate.Round && got.ExcludedAt[c] != 0 {
					t.Errorf("candidate %d defeated in round %d, want %d", c+1, got.ExcludedAt[c], fate.Round)
				}
			}
		})
	}
}

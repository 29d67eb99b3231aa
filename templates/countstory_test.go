package templates

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"folkmoot/governance/tally"
	"folkmoot/templates/text"
)

func TestACountIsExplainedAsItWas(t *testing.T) {
	long := "4 2\n6 1 2 0\n3 2 0\n2 3 4 0\n3 4 0\n0\n\"Ann\"\n\"Ben\"\n\"Cai\"\n\"RON\"\n\"Chair\"\n"
	for _, c := range []struct {
		name, papers string
		rule         tally.Rule
		lot          tally.Lot
		reopen       int
	}{
		{"scottish", threeSeats, tally.Scottish, tally.Lot{3, 5}, 0},
		{"stopped", threeSeats, tally.Scottish, nil, 0},
		{"meek", threeSeats, tally.Meek, tally.Lot{3, 5}, 0},
		{"reopened", long, tally.Scottish, nil, 4},
		{"alone", "1 2\n3 1 0\n0\n\"Ann\"\n\"Board\"\n", tally.Meek, nil, 0},
		{"nobody", "1 1\n-1\n3 1 0\n0\n\"Ann\"\n\"Board\"\n", tally.Scottish, nil, 0},
	} {
		e, err := tally.ReadBLT(strings.NewReader(c.papers), 0)
		if err != nil {
			t.Fatal(err)
		}
		result, err := tally.Count(e, c.rule, tally.Options{Lot: c.lot})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "count-story-"+c.name+".html", []byte(story(t, Count{Election: e, Result: result, Reopen: c.reopen, Title: "Board: ordinary members", Anchor: "ordinary-"})))
	}
}

func story(t *testing.T, v Count) string {
	t.Helper()
	var b bytes.Buffer
	if err := CountStory(v).Render(text.With(t.Context(), text.In("en")), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sharedCounts are real elections and edge cases, kept beside the project: governance/tally counts them all.
func sharedCounts(t *testing.T) []string {
	t.Helper()
	shared := os.Getenv("FOLKMOOT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
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

// eachSharedCount counts every election by both rules: stopping for a lot, and with one.
func eachSharedCount(t *testing.T, tell func(t *testing.T, v Count)) {
	t.Helper()
	for _, file := range sharedCounts(t) {
		f, err := os.Open(file) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		e, err := tally.ReadBLT(f, 0)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		var lot tally.Lot
		for c := range e.Candidates {
			lot = append(lot, c+1)
		}
		for _, rule := range []tally.Rule{tally.Scottish, tally.Meek} {
			for name, l := range map[string]tally.Lot{"without a lot": nil, "with a lot": lot} {
				result, err := tally.Count(e, rule, tally.Options{Lot: l})
				if err != nil {
					t.Fatal(err)
				}
				t.Run(filepath.Base(file)+" "+string(rule)+" "+name, func(t *testing.T) {
					tell(t, Count{Election: e, Result: result, Reopen: len(e.Candidates), Anchor: "x-"})
				})
			}
		}
	}
}

var (
	anyID    = regexp.MustCompile(` id="([^"]+)"`)
	wordless = regexp.MustCompile(`story[a-z_]*\.[a-z]+|no value|[{}]`)
)

func TestEveryCandidateLearnsWhyOnce(t *testing.T) {
	eachSharedCount(t, func(t *testing.T, v Count) {
		page := story(t, v)
		if missing := wordless.FindString(page); missing != "" || strings.Contains(page, "style") {
			t.Errorf("%q has no words, or the page has a style of its own", missing)
		}
		pictured := 2 // ids: of the picture's title and description
		if len(v.steps(t.Context())) == 0 {
			pictured = 0
		}
		var ids []string
		for _, m := range anyID.FindAllStringSubmatch(page, -1) {
			ids = append(ids, m[1])
		}
		slices.Sort(ids)
		if once := slices.Compact(slices.Clone(ids)); len(once) != len(ids) || len(ids) != len(v.Election.Candidates)+pictured {
			t.Errorf("ids %v", ids)
		}
		told := map[int]int{}
		for _, r := range v.whyNot(t.Context()) {
			told[r.Candidate]++
			if !strings.Contains(r.Words, v.name(t.Context(), r.Candidate)) {
				t.Errorf("%s: %s", r.Head, r.Words)
			}
		}
		for c, at := range v.Result.ElectedAt {
			if want := 1; at == 0 && told[c+1] != want || at > 0 && told[c+1] != 0 {
				t.Errorf("candidate %d, elected at %d, has %d reasons for not being elected", c+1, at, told[c+1])
			}
		}
	})
}

// What is told last of an exclusion is what decided it: it names the one excluded.
func TestWhatDecidedBetweenEqualsFellOnTheOneExcluded(t *testing.T) {
	eachSharedCount(t, func(t *testing.T, v Count) {
		steps := v.steps(t.Context())
		for i, at := range v.Result.ExcludedAt {
			if at == 0 {
				continue
			}
			said := v.fell(t.Context(), steps, i+1)
			if last := said[len(said)-1]; !strings.Contains(last, v.name(t.Context(), i+1)) {
				t.Errorf("%d was excluded: %v", i+1, said)
			}
			if len(said) == 1 && slices.ContainsFunc(v.Result.Lots, func(l tally.DrawnLot) bool { return l.Chosen == i+1 && l.Stage == at }) {
				t.Errorf("a lot excluded %d, and nothing says so: %v", i+1, said)
			}
		}
	})
}

func TestEveryStageAddsUpToTheValidPapers(t *testing.T) {
	eachSharedCount(t, func(t *testing.T, v Count) {
		for _, s := range v.steps(t.Context()) {
			sum := v.nobodys(&s).Units + s.Rounding.Units
			for i, votes := range s.Votes {
				if !s.Out[i] {
					sum += votes.Units
				}
			}
			if want := v.allVotes(s.Quota.Places).Units; sum != want {
				t.Errorf("step %d adds up to %d, want %d", s.Number, sum, want)
			}
		}
	})
}

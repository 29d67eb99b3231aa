package election_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/tally"
)

func TestWhatIsOnAPaperIsReadUpToTheFirstDoubt(t *testing.T) {
	for _, c := range []struct {
		name  string
		boxes []string
		line  string // in the file of papers
		why   election.Spoiled
	}{
		{"in order", []string{"2", "1", "3"}, "1 2 1 3 0", ""},
		{"only a first", []string{"", "1", ""}, "1 2 0", ""},
		{"a figure left out", []string{"1", "3", ""}, "1 1 - 2 0", ""},
		{"a figure left out, and more behind", []string{"1", "3", "4"}, "1 1 - 2 0", ""},
		{"two seconds", []string{"2", "1", "2"}, "1 2 1=3 0", ""},
		{"two thirds behind a gap", []string{"1", "3", "3"}, "1 1 - 2=3 0", ""},
		{"the largest figure", []string{"1", "99", ""}, "1 1 - 2 0", ""},
		{"blank", []string{"", " ", ""}, "1 0", election.SpoiledBlank},
		{"no first", []string{"2", "3", ""}, "1 0", election.SpoiledNoFirst},
		{"two firsts", []string{"1", "1", "2"}, "1 0", election.SpoiledFirsts},
	} {
		marks, err := election.ReadMarks(c.boxes)
		if err != nil {
			t.Fatal(c.name, err)
		}
		r := election.Reading{Marks: marks}
		if got := r.Spoiled(); got != c.why {
			t.Errorf("%s: spoiled %q, want %q", c.name, got, c.why)
		}
		file := election.BLT("Board", 2, []string{"Ann", "Ben", "Cat"}, nil, []election.Reading{r})
		if got := strings.Split(file, "\n")[1]; got != c.line {
			t.Errorf("%s: %q, want %q", c.name, got, c.line)
		}
		if _, err := tally.ReadBLT(strings.NewReader(file), 0); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOnlyFiguresAreTypedIntoBoxes(t *testing.T) {
	for _, typed := range []string{"x", "0", "-1", "100", "1.5", "1 2", "½", "१"} {
		if _, err := election.ReadMarks([]string{typed}); !errors.Is(err, election.ErrNoFigure) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestARejectedPaperIsTheSameWhateverItsFigures(t *testing.T) {
	one := election.Reading{Marks: election.Marks{1, 2}, Rejected: election.Identified}
	two := election.Reading{Marks: election.Marks{0, 0}, Rejected: election.Identified}
	if !one.Same(two) || one.Same(election.Reading{Marks: one.Marks}) || one.Same(election.Reading{Marks: one.Marks, Rejected: election.NoMark}) {
		t.Error("what two people read is compared wrongly")
	}
}

// TestPapersInAreVotesAndSpoiledPapers: whatever is on papers, none is lost between the boxes and the count, and their order tells nothing.
func TestPapersInAreVotesAndSpoiledPapers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		candidates := rapid.IntRange(1, 6).Draw(t, "candidates")
		paper := rapid.Custom(func(t *rapid.T) election.Reading {
			return election.Reading{
				Marks:    rapid.SliceOfN(rapid.IntRange(0, candidates+2), candidates, candidates).Draw(t, "marks"),
				Rejected: rapid.SampledFrom(append(election.Rejections, election.NotRejected, election.NotRejected)).Draw(t, "rejected"),
			}
		})
		papers := rapid.SliceOfN(paper, 0, 20).Draw(t, "papers")
		names := strings.Split("Ann|B \"Bee\" Ben|Čeněk|Δάφνη|Eve|Фёдор", "|")[:candidates]
		file := election.BLT(`The "Board"`, 1, names, nil, papers)
		read, err := tally.ReadBLT(strings.NewReader(file), 0)
		if err != nil {
			t.Fatalf("%v in\n%s", err, file)
		}
		spoiled := 0
		for _, p := range papers {
			if p.Spoiled() != "" {
				spoiled++
			}
		}
		if read.Ballots.Papers() != int64(len(papers)) || read.Ballots.Blank() != int64(spoiled) {
			t.Errorf("%d papers of which %d are spoiled, want %d and %d, in\n%s", read.Ballots.Papers(), read.Ballots.Blank(), len(papers), spoiled, file)
		}
		slices.Reverse(papers)
		if again := election.BLT(`The "Board"`, 1, names, nil, papers); again != file {
			t.Errorf("the order of papers shows:\n%s\n%s", file, again)
		}
	})
}

// TestAnOnlineBallotReadsAsAPaperWould: up to the first preference that leaves doubt.
func TestAnOnlineBallotReadsAsAPaperWould(t *testing.T) {
	long := make([]int, 200)
	for i := range long {
		long[i] = i + 1
	}
	for _, c := range []struct {
		preferences []int
		want        election.Marks
	}{
		{nil, election.Marks{0, 0, 0}},
		{[]int{3, 1, 2}, election.Marks{2, 3, 1}},
		{[]int{3, 3, 1}, election.Marks{0, 0, 1}},
		{[]int{2, 4, 1}, election.Marks{0, 1, 0}},
		{[]int{0, 1}, election.Marks{0, 0, 0}},
		{[]int{-1, 1}, election.Marks{0, 0, 0}},
	} {
		got := election.ReadPreferences(c.preferences, 3)
		if !slices.Equal(got.Marks, c.want) {
			t.Errorf("%v reads as %v, want %v", c.preferences, got.Marks, c.want)
		}
	}
	if got := election.ReadPreferences(long, 200).Marks; got[98] != 99 || got[99] != 0 {
		t.Errorf("the 99th preference is %d, the 100th %d", got[98], got[99])
	}
	papers := election.ReadOpenings([]ballot.Opening{{Spoiled: ballot.NotOpened}, {Preferences: []int{1}}, {}}, 3)
	if papers[0].Spoiled() != election.SpoiledUnopened || papers[1].Spoiled() != "" || papers[2].Spoiled() != election.SpoiledBlank {
		t.Errorf("they read as %v", papers)
	}
}

func TestSumsAreWrittenOneWay(t *testing.T) {
	file := election.Sums(map[string]ballot.Digest{"b/c": {1}, "a": {2}})
	if read, err := election.ReadSums(file); err != nil || len(read) != 2 || read["a"] != (ballot.Digest{2}) {
		t.Errorf("%q reads as %v, %v", file, read, err)
	}
	hash := ballot.Digest{}.String()
	for name, bad := range map[string]string{
		"no end": hash + "  a", "another order": hash + "  b\n" + hash + "  a\n", "twice": hash + "  a\n" + hash + "  a\n", "one space": hash + " a\n",
		"a way out": hash + "  ../a\n", "from the root": hash + "  /a\n", "no path": hash + "  \n", "no hash": "00  a\n", "itself": hash + "  .\n",
		"large letters": "A" + hash[1:] + "  a\n", "no line": "\n",
	} {
		if _, err := election.ReadSums([]byte(bad)); !errors.Is(err, election.ErrNoSums) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

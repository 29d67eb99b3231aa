package election_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

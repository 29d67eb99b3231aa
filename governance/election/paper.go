package election

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Marks are the figures on a paper as the voter wrote them: by candidate, candidate 1 first; 0 for none.
type Marks []int

// Rejection is why a paper is not counted although it may bear figures.
type Rejection string

// What officers reject a paper for. What the figures alone tell needs no rejection: see Spoiled.
const (
	NotRejected Rejection = ""          // it is counted
	NoMark      Rejection = "mark"      // it is none of the papers that were issued
	Identified  Rejection = "identity"  // it has something on it by which the voter can be known
	Uncertain   Rejection = "uncertain" // nobody can tell what is meant
	NotOpened   Rejection = "unopened"  // cast online, and it does not open to what was committed to; no officer decides that
)

// Rejections are what officers can reject a paper for.
var Rejections = []Rejection{NoMark, Identified, Uncertain}

// Spoiled is why a paper gives nobody a vote.
type Spoiled string

const (
	SpoiledMark      = Spoiled(NoMark)
	SpoiledIdentity  = Spoiled(Identified)
	SpoiledUncertain = Spoiled(Uncertain)
	SpoiledUnopened  = Spoiled(NotOpened)
	SpoiledBlank     = Spoiled("blank")   // no figure at all
	SpoiledNoFirst   = Spoiled("first")   // no figure 1
	SpoiledFirsts    = Spoiled("several") // more than one figure 1
	SpoiledStruck    = Spoiled("struck")  // figures only for those who were struck off
)

// AllSpoiled are the ways to spoil a paper, in the order in which they are told.
var AllSpoiled = []Spoiled{SpoiledMark, SpoiledIdentity, SpoiledUncertain, SpoiledUnopened, SpoiledBlank, SpoiledNoFirst, SpoiledFirsts, SpoiledStruck}

// Reading is what somebody reads on a paper.
type Reading struct {
	Marks    Marks
	Rejected Rejection
}

// LargestMark is the largest figure that is read: larger ones mean nothing that a smaller one could not.
const LargestMark = 99

// ErrNoFigure says that something in a box is no figure.
var ErrNoFigure = errors.New("what is in a box is a figure from 1 to 99, or nothing")

// ReadMarks reads what was typed for each box of a paper. ErrNoFigure.
func ReadMarks(boxes []string) (Marks, error) {
	marks := make(Marks, len(boxes))
	for i, typed := range boxes {
		if typed = strings.TrimSpace(typed); typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 || n > LargestMark {
			return nil, ErrNoFigure
		}
		marks[i] = n
	}
	return marks, nil
}

// Spoiled is why a paper that reads so gives nobody a vote; "" when it gives one.
func (r Reading) Spoiled() Spoiled {
	if r.Rejected != NotRejected {
		return Spoiled(r.Rejected)
	}
	firsts, any := 0, false
	for _, m := range r.Marks {
		any = any || m > 0
		if m == 1 {
			firsts++
		}
	}
	switch {
	case !any:
		return SpoiledBlank
	case firsts == 0:
		return SpoiledNoFirst
	case firsts > 1:
		return SpoiledFirsts
	}
	return ""
}

// spoiled is why papers are spoiled, one by one of those that are.
func spoiled(papers []Reading) (all []Spoiled) {
	for _, p := range papers {
		if why := p.Spoiled(); why != "" {
			all = append(all, why)
		}
	}
	return all
}

// Same reports whether two people read the same.
func (r Reading) Same(o Reading) bool {
	if r.Rejected != NotRejected || o.Rejected != NotRejected {
		return r.Rejected == o.Rejected // the figures of a paper that is not counted are nobody's business
	}
	return slices.Equal(r.Marks, o.Marks)
}

// line is the paper's line in a BLT file, without its weight and its end: up to and with what first leaves doubt. Candidates with one figure
// are joined by =, a figure that is on nobody is -.
func (r Reading) line() string {
	if r.Spoiled() != "" {
		return ""
	}
	at := map[int][]string{}
	for c, m := range r.Marks {
		if m > 0 {
			at[m] = append(at[m], strconv.Itoa(c+1))
		}
	}
	var words []string
	for m := 1; m <= LargestMark; m++ {
		here := at[m]
		if len(here) == 0 {
			for next := m + 1; next <= LargestMark; next++ {
				if len(at[next]) > 0 {
					return strings.Join(append(words, "-", strings.Join(at[next], "=")), " ")
				}
			}
			break
		}
		words = append(words, strings.Join(here, "="))
		if len(here) > 1 {
			break
		}
	}
	return strings.Join(words, " ")
}

// written is a reading as it is kept: figures with commas between.
func (m Marks) written() string {
	words := make([]string, len(m))
	for i, n := range m {
		if n > 0 {
			words[i] = strconv.Itoa(n)
		}
	}
	return strings.Join(words, ",")
}

// marksIn reads what the tables say, which are marks.
func marksIn(kept string) Marks {
	m, err := ReadMarks(strings.Split(kept, ","))
	if err != nil {
		panic(fmt.Sprintf("election: the tables say %q where marks should be", kept))
	}
	return m
}

// BLT is the file of a contest's papers, as anybody counts it again: what is written alike is one line, and the order of lines tells nothing.
// Papers that give nobody a vote are empty ones.
func BLT(title string, seats int, candidates []string, struck []int, papers []Reading) string {
	kinds := map[string]int{}
	for _, p := range papers {
		kinds[p.line()]++
	}
	lines := make([]string, 0, len(kinds))
	for line := range kinds {
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Or(cmp.Compare(kinds[b], kinds[a]), strings.Compare(a, b))
	})
	var w strings.Builder
	fmt.Fprintf(&w, "%d %d\n", len(candidates), seats)
	for _, c := range struck {
		fmt.Fprintf(&w, "-%d\n", c)
	}
	for _, line := range lines {
		fmt.Fprintln(&w, strings.Join(strings.Fields(fmt.Sprintf("%d %s 0", kinds[line], line)), " "))
	}
	fmt.Fprintln(&w, "0")
	for _, name := range inFile(append(slices.Clone(candidates), title)) {
		fmt.Fprintf(&w, "\"%s\"\n", name)
	}
	return w.String()
}

// inFile is how a BLT file has names.
func inFile(names []string) []string {
	in := make([]string, len(names))
	for i, name := range names {
		in[i] = strings.ReplaceAll(name, `"`, "'")
	}
	return in
}

package templates

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"folkmoot/governance/tally"
)

// How the picture of a count is drawn, in its own units.
const (
	countNames  = 210 // room for the candidates' names
	countColumn = 112 // a stage
	countBar    = 96  // the longest bar
	stageRow    = 34  // a candidate
	countHead   = 92  // room for the title and the stages' names
	countTitle  = 44  // of it, for the title
	countFoot   = 14
	countChars  = 26 // of a name
	countLine   = 15 // characters of a stage's name, of which there are two lines

	stagesInSight = 3 // at once on a wide screen; on a phone hardly two are
)

// countCell is one candidate at one stage, measured.
type countCell struct {
	X, Y, Kept, Gained, Mark float64 // Kept and Gained are lengths
	Votes                    string
	Elected, Excluded, Over  bool // Over: elected earlier
}

func (v Count) pictureWidth(steps []countStep) int {
	return countNames + countColumn*max(1, len(steps)) + countFoot
}

func (v Count) pictureHeight() int {
	return countHead + stageRow*len(v.Election.Candidates) + countFoot
}

// most is the longest bar of all, in units.
func most(steps []countStep) int64 {
	longest := int64(1)
	for _, s := range steps {
		longest = max(longest, s.Quota.Units)
		for i, votes := range s.Votes {
			if !s.Out[i] {
				longest = max(longest, votes.Units)
			}
		}
	}
	return longest
}

// cells are the candidates still counted at a step.
func (v Count) cells(steps []countStep, i int) []countCell {
	step, longest := steps[i], float64(most(steps))
	length := func(a tally.Amount) float64 { return countBar * float64(max(0, a.Units)) / longest }
	var all []countCell
	for c, votes := range step.Votes {
		if step.Out[c] {
			continue
		}
		cell := countCell{X: countX(i), Y: countY(c), Kept: length(votes), Votes: shortVotes(votes), Mark: countX(i) + length(step.Quota)}
		if i > 0 && !steps[i-1].Out[c] {
			before := length(steps[i-1].Votes[c])
			cell.Kept = math.Min(before, length(votes))
			cell.Gained = math.Max(0, length(votes)-before)
		}
		cell.Elected = slices.Contains(step.Elected, c+1)
		cell.Excluded = step.Excluded == c+1
		at := v.Result.ElectedAt[c]
		cell.Over = at > 0 && at < step.Number
		all = append(all, cell)
	}
	return all
}

func countX(step int) float64 { return float64(countNames + countColumn*step) }

func countY(candidate int) float64 { return float64(countHead + stageRow*candidate) }

// shortVotes has two decimals at most: the table has them all.
func shortVotes(a tally.Amount) string {
	whole, decimals, _ := strings.Cut(a.String(), ".")
	if strings.Trim(decimals, "0") == "" {
		return whole
	}
	return whole + "." + decimals[:2]
}

// shortened is a name that fits.
func shortened(name string, most int) string {
	runes := []rune(name)
	if len(runes) <= most {
		return name
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}

// twoLines breaks a stage's name over two lines.
func twoLines(words string) [2]string {
	if len([]rune(words)) <= countLine {
		return [2]string{"", words}
	}
	first, fields := "", strings.Fields(words)
	for len(fields) > 1 && len([]rune(first+" "+fields[0])) <= countLine {
		first = strings.TrimSpace(first + " " + fields[0])
		fields = fields[1:]
	}
	return [2]string{shortened(first, countLine), shortened(strings.Join(fields, " "), countLine)}
}

func at(f float64) string { return fmt.Sprintf("%.1f", f) }

// checkMark and cross are the marks of an election and an exclusion.
func checkMark(x, y float64) string {
	return fmt.Sprintf("M%.1f %.1fl4 4l7 -9", x, y)
}

func cross(x, y float64) string {
	return fmt.Sprintf("M%.1f %.1fl8 8m0 -8l-8 8", x, y)
}

// tellsAll is the picture in sentences, for those who do not see it.
func (v Count) tellsAll(ctx context.Context, steps []countStep, explained string) string {
	said := []string{explained}
	for _, s := range steps {
		said = append(said, s.Head+".")
	}
	return strings.Join(append(said, v.outcome(ctx)...), " ")
}

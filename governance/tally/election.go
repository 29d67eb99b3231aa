// Package tally counts ballots: single transferable vote by the Scottish rules or by Meek's, approval, and yes or no.
//
// It is pure: the same papers and the same lot give the same result, to the last decimal, on every machine. It knows no clock, no chance
// and no floating point. docs/counting.md tells a scrutineer how to follow it by hand.
package tally

import (
	"errors"
	"fmt"
	"iter"
)

// What a count takes. Votes of so many papers, in billionths, still fit into 63 bits.
const (
	MaxCandidates  = 255 // a candidate's number fits into a byte, and 0 ends a paper
	MaxSeats       = MaxCandidates
	MaxPapers      = 1_000_000_000
	MaxPreferences = 1 << 30 // on all distinct lines together
)

// What an election cannot be.
var (
	ErrTooManyPapers      = fmt.Errorf("there are more than %d papers", MaxPapers)
	ErrTooManyPreferences = fmt.Errorf("the papers hold more than %d preferences", MaxPreferences)
)

// Election is what voters were asked and what they answered. Candidates are numbered from 1, in the order of the ballot paper.
// Re-open nominations is a candidate like any other; what its election means is for the rules of the society.
type Election struct {
	Title      string
	Seats      int
	Candidates []string // their names: of candidate 1 first
	Withdrawn  []int    // numbers of those who no longer stand: papers count as if their names were not there
	Ballots    Ballots
}

// Ballots are papers, packed: a million of them take little more than their preferences.
type Ballots struct {
	preferences []byte   // candidates' numbers, the first preference first; each paper ends with 0
	starts      []uint32 // where in preferences each kind of paper begins
	weights     []uint32 // how many papers are of that kind
	papers      int64
	blank       int64
	cutShort    int64
}

// roomFor makes room for the papers of a file of that size. The room is taken up only as it is filled: the shortest preference has two bytes
// in a file, the shortest paper six.
func roomFor(size int64) Ballots {
	size = min(max(0, size), 2*MaxPreferences)
	return Ballots{preferences: make([]byte, 0, size/2), starts: make([]uint32, 0, size/6), weights: make([]uint32, 0, size/6)}
}

// Papers are all papers, those without a first preference included.
func (b *Ballots) Papers() int64 { return b.papers }

// Blank are the papers that give nobody a first preference.
func (b *Ballots) Blank() int64 { return b.blank }

// CutShort are the papers that were read only up to a mark that leaves doubt: two candidates at once, a preference left out, a candidate
// marked twice.
func (b *Ballots) CutShort() int64 { return b.cutShort }

// Add adds papers that say the same: candidates' numbers, the first preference first. No preference at all is a blank paper.
func (b *Ballots) Add(papers int64, preferences ...int) error {
	begun := len(b.preferences)
	var marked [MaxCandidates + 1]bool
	for _, c := range preferences {
		if c < 1 || c > MaxCandidates {
			b.preferences = b.preferences[:begun]
			return fmt.Errorf("no candidate has number %d", c)
		}
		if marked[c] {
			b.preferences = b.preferences[:begun]
			return fmt.Errorf("candidate %d has two preferences on one paper", c)
		}
		marked[c] = true
		b.preferences = append(b.preferences, byte(c))
	}
	return b.seal(begun, papers)
}

// seal ends the paper whose preferences were appended since begun.
func (b *Ballots) seal(begun int, papers int64) error {
	switch {
	case papers < 1:
		b.preferences = b.preferences[:begun]
		return errors.New("there is less than one such paper")
	case papers > MaxPapers-b.papers:
		b.preferences = b.preferences[:begun]
		return ErrTooManyPapers
	case len(b.preferences) >= MaxPreferences:
		b.preferences = b.preferences[:begun]
		return ErrTooManyPreferences
	}
	b.papers += papers
	if len(b.preferences) == begun {
		b.blank += papers
		return nil
	}
	b.preferences = append(b.preferences, 0)
	b.starts = append(b.starts, uint32(begun))    //nolint:gosec // at most MaxPreferences
	b.weights = append(b.weights, uint32(papers)) //nolint:gosec // at most MaxPapers
	return nil
}

// Each yields every kind of paper that is not blank, and how many papers are of it. The slice is the receiver's only until the next one.
func (b *Ballots) Each() iter.Seq2[[]int, int64] {
	return func(yield func([]int, int64) bool) {
		var preferences []int
		for i, start := range b.starts {
			preferences = preferences[:0]
			for _, c := range b.preferences[start:] {
				if c == 0 {
					break
				}
				preferences = append(preferences, int(c))
			}
			if !yield(preferences, int64(b.weights[i])) {
				return
			}
		}
	}
}

// check refuses what cannot be counted.
func (e *Election) check() error {
	if len(e.Candidates) < 1 || len(e.Candidates) > MaxCandidates {
		return fmt.Errorf("an election has from 1 to %d candidates, not %d", MaxCandidates, len(e.Candidates))
	}
	if e.Seats < 1 || e.Seats > MaxSeats {
		return fmt.Errorf("an election has from 1 to %d seats, not %d", MaxSeats, e.Seats)
	}
	for _, c := range e.Withdrawn {
		if c < 1 || c > len(e.Candidates) {
			return fmt.Errorf("candidate %d withdrew, but there are %d candidates", c, len(e.Candidates))
		}
	}
	for _, c := range e.Ballots.preferences {
		if int(c) > len(e.Candidates) {
			return fmt.Errorf("a paper prefers candidate %d, but there are %d candidates", c, len(e.Candidates))
		}
	}
	return nil
}

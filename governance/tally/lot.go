package tally

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
)

// Lot is an order of candidates that chance has made before the count. Of those between whom a lot has to decide, the first in the order has
// their surplus transferred first, and the last is excluded. It may leave out candidates who never tie.
type Lot []int

// LotFromSeed is the order of SHA-256(seed ‖ candidate), the lowest first. The seed is the public beacon's value followed by the hash of the
// election's manifest; the candidate is their number in decimal digits. Anybody can work it out again, and nobody can know it before the
// beacon speaks.
func LotFromSeed(seed []byte, candidates int) Lot {
	sums := make([][sha256.Size]byte, candidates+1)
	lot := make(Lot, candidates)
	for i := range lot {
		lot[i] = i + 1
		sums[i+1] = sha256.Sum256(strconv.AppendInt(slices.Clone(seed), int64(i+1), 10))
	}
	slices.SortFunc(lot, func(a, b int) int { return bytes.Compare(sums[a][:], sums[b][:]) })
	return lot
}

// DrawnLot is a lot that decided.
type DrawnLot struct {
	Stage  int   // the stage, or in Meek's rule the round, that it decided
	Among  []int // in the order of their numbers
	Chosen int
}

// LotNeeded is where a count stopped for want of a lot.
type LotNeeded struct {
	AfterStage int
	Between    []int // in the order of their numbers
}

func (l Lot) check(candidates int) error {
	var named [MaxCandidates + 1]bool
	for _, c := range l {
		if c < 1 || c > candidates {
			return fmt.Errorf("the lot names candidate %d, but there are %d candidates", c, candidates)
		}
		if named[c] {
			return fmt.Errorf("the lot names candidate %d twice", c)
		}
		named[c] = true
	}
	return nil
}

// orders reports whether the lot names all of them.
func (l Lot) orders(tied []int) bool {
	return !slices.ContainsFunc(tied, func(c int) bool { return !slices.Contains(l, c) })
}

// extreme says which end of the votes a decision is for.
type extreme int

const (
	lowest  extreme = -1 // to be excluded
	highest extreme = 1  // to have their surplus transferred
)

// decide picks one of those who tie: by the latest earlier stage at which they differ, and among those who still tie there by the one before
// that, and so on; then by lot. Earlier stages are asked for by votes, the latest first. It is 0 when the lot is not there.
func (t *table) decide(e extreme, tied []int, stage, after int, earlier []func(c int) int64) int {
	for _, of := range earlier {
		if len(tied) == 1 {
			break
		}
		tied = narrow(e, tied, of)
	}
	if len(tied) == 1 {
		return tied[0]
	}
	slices.Sort(tied)
	if !t.lot.orders(tied) {
		t.result.LotNeeded = &LotNeeded{AfterStage: after, Between: tied}
		return 0
	}
	chosen := tied[0]
	for _, c := range tied[1:] {
		before := slices.Index(t.lot, c) < slices.Index(t.lot, chosen)
		if before == (e == highest) {
			chosen = c
		}
	}
	t.result.Lots = append(t.result.Lots, DrawnLot{Stage: stage, Among: tied, Chosen: chosen})
	return chosen
}

// narrow keeps those who have the most, or the fewest, votes.
func narrow(e extreme, tied []int, of func(c int) int64) []int {
	best := of(tied[0])
	for _, c := range tied[1:] {
		if v := of(c); (v > best) == (e == highest) && v != best {
			best = v
		}
	}
	return slices.DeleteFunc(slices.Clone(tied), func(c int) bool { return of(c) != best })
}

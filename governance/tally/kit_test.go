package tally

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func written(amounts []Amount) []string {
	var all []string
	for _, a := range amounts {
		all = append(all, a.String())
	}
	return all
}

func numeral(n int) string { return strconv.Itoa(n) }

func sameElected(t *testing.T, got *Result, want []int) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got.Elected))); diff != "" {
		t.Errorf("elected (-want +got):\n%s", diff)
	}
}

func parse(t *testing.T, blt string) *Election {
	t.Helper()
	e, err := ReadBLT(strings.NewReader(blt), 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

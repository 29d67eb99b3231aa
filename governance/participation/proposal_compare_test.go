package participation_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/participation"
)

func TestAComparisonTellsWhatIsNewAndWhatIsGone(t *testing.T) {
	type pieces = []participation.Piece
	for _, c := range []struct {
		before, after string
		want          pieces
	}{
		{"", "", nil},
		{"the same", "the same", pieces{{"the same", ""}}},
		{"", "new", pieces{{"new", "added"}}},
		{"Hang three lamps.", "Hang four lamps.", pieces{{"Hang ", ""}, {"three", "removed"}, {"four", "added"}, {" lamps.", ""}}},
		{"one\ntwo", "one\ntwo\nthree", pieces{{"one\ntwo", ""}, {"\nthree", "added"}}},
		{"Café", "Cafe", pieces{{"Café", "removed"}, {"Cafe", "added"}}},
	} {
		if diff := cmp.Diff(c.want, participation.Compare(c.before, c.after)); diff != "" {
			t.Errorf("%q to %q:\n%s", c.before, c.after, diff)
		}
	}
}

func TestAComparisonHoldsBothTexts(t *testing.T) {
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any bits will do
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // makes texts, keeps no secret
	text := func() string {
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString([]string{"a", "bc", " ", "\n", ".", "é", "<b>", "  "}[r.IntN(8)])
		}
		return b.String()
	}
	for range 500 {
		before, after := text(), text()
		var old, now strings.Builder
		for _, p := range participation.Compare(before, after) {
			if p.Edit != participation.Added {
				old.WriteString(p.Text)
			}
			if p.Edit != participation.Removed {
				now.WriteString(p.Text)
			}
		}
		if old.String() != before || now.String() != after {
			t.Fatalf("%q to %q: holds %q and %q", before, after, old.String(), now.String())
		}
	}
}

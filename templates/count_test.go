package templates

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/tally"
	"folkmoot/templates/text"
)

// threeSeats has a surplus, an exclusion, a lot, a paper that stops, a name too long to draw, and somebody who withdrew.
const threeSeats = `5 3
-4
9 1 2 0
4 2 0
2 3 - 2 0
2 5 3 0
1 4 0
0
"Ann <Red> O'Hara"
"Ben & Co"
"Cai with a name that nobody could ever draw whole"
"Dee"
"Eve"
"Board"
`

func TestACountIsToldAsItWas(t *testing.T) {
	e, err := tally.ReadBLT(strings.NewReader(threeSeats), 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx := text.With(t.Context(), text.In("en"))
	for _, c := range []struct {
		name string
		rule tally.Rule
		lot  tally.Lot
	}{{"scottish", tally.Scottish, tally.Lot{3, 5}}, {"stopped", tally.Scottish, nil}, {"meek", tally.Meek, tally.Lot{3, 5}}} {
		result, err := tally.Count(e, c.rule, tally.Options{Lot: c.lot})
		if err != nil {
			t.Fatal(err)
		}
		v := Count{Election: e, Result: result}
		var words, picture bytes.Buffer
		if err := WriteCount(ctx, &words, v); err != nil {
			t.Fatal(err)
		}
		if err := CountPicture(v).Render(ctx, &picture); err != nil {
			t.Fatal(err)
		}
		golden(t, "count-"+c.name+".txt", words.Bytes())
		golden(t, "count-"+c.name+".svg", picture.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := fs.ReadFile(os.DirFS("testdata"), name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s changed; go test ./templates -update writes it anew (-want +got):\n%s", name, diff)
	}
}

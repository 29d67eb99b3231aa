package money

import "testing"

func TestAmountsAreReadAsPeopleTypeThem(t *testing.T) {
	for s, want := range map[string]Pence{
		"5": 500, "7.5": 750, "£7.50": 750, " 10 ": 1000, "1,234.50": 123450, "-£3": -300, "£-3": -300, "−3.05": -305, "0": 0, "1 000": 100000,
	} {
		if got, err := Parse(s); got != want || err != nil {
			t.Errorf("%q: got %s, %v, want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"", "7,50", "ten", "1.234", "1,23.4", "5.", ".5", "1e3", "£", "9999999999"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("%q was read as %s", s, got)
		}
	}
}

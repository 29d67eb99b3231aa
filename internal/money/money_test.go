package money

import "testing"

func TestFiguresInAColumnStandUnderEachOther(t *testing.T) {
	for p, want := range map[Pence][2]string{
		1000: {"£10", "£10.00"}, 970: {"£9.70", "£9.70"}, -300: {"−£3", "−£3.00"}, 0: {"£0", "£0.00"}, 123456789: {"£1,234,567.89", "£1,234,567.89"},
	} {
		if got := [2]string{p.String(), p.Exact()}; got != want {
			t.Errorf("%d pence: got %q, want %q", int64(p), got, want)
		}
	}
}

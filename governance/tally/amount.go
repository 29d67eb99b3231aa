package tally

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Amount is a number of votes, or a share of one, with a fixed number of decimal places. It is exact.
type Amount struct {
	Units  int64 // of the last place
	Places int
}

// How finely each rule counts.
const (
	scottishPlaces = 5
	scottishOne    = 100_000
	meekPlaces     = 9
	meekOne        = 1_000_000_000
)

func votes(units int64) Amount      { return Amount{Units: units, Places: scottishPlaces} }
func billionths(units int64) Amount { return Amount{Units: units, Places: meekPlaces} }

// String has all decimals: 2.13422.
func (a Amount) String() string {
	if a.Places == 0 {
		return strconv.FormatInt(a.Units, 10)
	}
	sign, units := "", a.Units
	if units < 0 {
		sign, units = "-", -units
	}
	one := int64(1)
	for range a.Places {
		one *= 10
	}
	return fmt.Sprintf("%s%d.%0*d", sign, units/one, a.Places, units%one)
}

// Minus is the difference of two amounts of the same places.
func (a Amount) Minus(b Amount) Amount {
	if a.Places != b.Places {
		panic(fmt.Sprintf("tally: %s less %s: different places", a, b))
	}
	return Amount{Units: a.Units - b.Units, Places: a.Places}
}

// share is value × part / whole, any remainder ignored. Nothing overflows: the product has 128 bits, and part is at most whole.
func share(value, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(value), uint64(part)) //nolint:gosec // none is negative
	quotient, _ := bits.Div64(hi, lo, uint64(whole))  //nolint:gosec // as above
	return int64(quotient)                            //nolint:gosec // at most value
}

// shareUp is share with any remainder rounded up.
func shareUp(value, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(value), uint64(part))   //nolint:gosec // none is negative
	quotient, rest := bits.Div64(hi, lo, uint64(whole)) //nolint:gosec // as above
	if rest > 0 {
		quotient++
	}
	return int64(quotient) //nolint:gosec // at most about value
}

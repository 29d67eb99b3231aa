// Package money holds sterling in whole pence: never a fraction, never a float.
package money

import "fmt"

// Currency is the only one that the society keeps its books in, by its ISO 4217 code.
const Currency = "GBP"

// Pence is an amount of sterling. Negative is owed, or a credit.
type Pence int64

// String is how people read it: "£10", "£9.70", "−£3".
func (p Pence) String() string {
	if p%100 == 0 {
		exact := p.Exact()
		return exact[:len(exact)-len(".00")]
	}
	return p.Exact()
}

// Exact is String with the pence always, so that figures stand under each other: "£10.00".
func (p Pence) Exact() string {
	sign := ""
	if p < 0 {
		sign, p = "−", -p
	}
	return fmt.Sprintf("%s£%s.%02d", sign, grouped(int64(p/100)), p%100)
}

// Decimal is how programs read it: "-3.00".
func (p Pence) Decimal() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	return fmt.Sprintf("%s%d.%02d", sign, p/100, p%100)
}

// Split shares an amount out as evenly as pence allow, the larger parts first. The parts sum to it. n is at least 1.
func (p Pence) Split(n int) []Pence {
	parts := make([]Pence, n)
	each, over := p/Pence(n), p%Pence(n)
	for i := range parts {
		parts[i] = each
		switch {
		case over > 0:
			parts[i]++
			over--
		case over < 0:
			parts[i]--
			over++
		}
	}
	return parts
}

func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

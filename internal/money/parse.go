package money

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var typed = regexp.MustCompile(`^([-−]?)£?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2}))?$`)

// Parse reads an amount as people type one: 5, 7.5, £1,234.50. It guesses at nothing: a comma for a point is refused.
func Parse(s string) (Pence, error) {
	m := typed.FindStringSubmatch(strings.Join(strings.Fields(strings.Replace(s, "£-", "-£", 1)), ""))
	if m == nil {
		return 0, fmt.Errorf("%q is not an amount like 1234.50", s)
	}
	pence, err := strconv.ParseInt(strings.ReplaceAll(m[2], ",", "")+(m[3] + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read an amount: %w", err)
	}
	if m[1] != "" {
		pence = -pence
	}
	return Pence(pence), nil
}

package contribution

import (
	"strings"
	"unicode"

	"folkmoot/governance/member"
)

// Longest texts that are taken, in runes.
const (
	LongestName  = 60
	LongestWords = 500
	longestPath  = 300
)

// reason is why somebody acts: something must be said, on one line.
func reason(typed string) (string, error) {
	why, err := member.Line(typed, LongestWords)
	if err == nil && !strings.ContainsFunc(why, unicode.IsLetter) {
		err = ErrNoWhy
	}
	return why, err
}

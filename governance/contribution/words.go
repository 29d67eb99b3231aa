package contribution

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest texts that are taken, in runes.
const (
	LongestName  = 60
	LongestWords = 500
	longestPath  = 300
)

// line is text of one line as it is kept.
func line(typed string, longest int) (string, error) {
	if !utf8.ValidString(typed) || len(typed) > 8*longest {
		return "", ErrBadWords
	}
	kept := strings.TrimSpace(norm.NFC.String(typed))
	if utf8.RuneCountInString(kept) > longest || strings.ContainsFunc(kept, sly) {
		return "", ErrBadWords
	}
	return kept, nil
}

// sly runes change how the text around them is read, or end a line.
func sly(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// reason is why somebody acts: something must be said.
func reason(typed string) (string, error) {
	why, err := line(typed, LongestWords)
	if err == nil && !strings.ContainsFunc(why, unicode.IsLetter) {
		err = ErrNoWhy
	}
	return why, err
}

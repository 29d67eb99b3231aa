package pdf

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// face is the font that decides which letters can be written: bold and mono have the same.
var face = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(goregular.TTF) })

func has(letter rune) bool {
	f, err := face()
	if err != nil {
		return false
	}
	glyph, err := f.GlyphIndex(nil, letter)
	return err == nil && glyph != 0
}

func writable(words string) bool {
	return words != "" && !strings.ContainsFunc(words, func(r rune) bool { return !has(r) })
}

// spelled gives letters that the paper cannot write by their numbers in Unicode, so that nobody's name is lost or taken for another's. It
// reports whether there were any.
func spelled(words string) (string, bool) {
	var all strings.Builder
	var numbers []string
	some := false
	flush := func() {
		if len(numbers) > 0 {
			fmt.Fprintf(&all, "[%s]", strings.Join(numbers, " "))
			numbers, some = nil, true
		}
	}
	for _, r := range norm.NFC.String(words) {
		switch {
		case unicode.IsSpace(r):
			flush()
			all.WriteByte(' ')
		case has(r):
			flush()
			all.WriteRune(r)
		default:
			numbers = append(numbers, fmt.Sprintf("U+%04X", r))
		}
	}
	flush()
	return all.String(), some
}

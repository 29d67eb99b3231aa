package participation

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of searching.
const (
	MostFound     = 50  // proposals that a search shows
	LongestSearch = 200 // runes
	mostTerms     = 8
	longestTerm   = 40 // runes; longer words agree in that many
	around        = 90 // runes on each side of what a snippet shows
)

// Found is a proposal that a search found, and where.
type Found struct {
	Proposal

	Snippet []Piece // what was sought is Added
}

// fold takes words out of a text as they are compared: letters and digits, without case and accents. Both databases get the same words, whatever
// they take for one themselves.
func fold(s string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(norm.NFKD.String(strings.ToValidUTF8(s, " ")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		if w = term(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

func term(word string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToLower(word) {
		if unicode.IsMark(r) || n == longestTerm {
			continue
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// terms are the words of a search: each must begin a word of what is found.
func terms(sought string) []string {
	all := fold(cutTo(sought, LongestSearch))
	return all[:min(len(all), mostTerms)]
}

func cutTo(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}

// snippet is the place of a text where what is sought stands, with some words around it. ok is false where it does not.
func snippet(words string, sought []string) (pieces []Piece, ok bool) {
	cut := cut(words)
	hit := func(w string) bool {
		folded := fold(w)
		if len(folded) == 0 {
			return false
		}
		for _, t := range sought {
			if strings.HasPrefix(folded[0], t) {
				return true
			}
		}
		return false
	}
	first := -1
	for i, w := range cut {
		if hit(w) {
			first = i
			break
		}
	}
	if first < 0 {
		return nil, false
	}
	from, to := first, first
	for n := 0; from > 0 && n < around; from-- {
		n += len(cut[from-1])
	}
	for n := 0; to < len(cut) && n < 2*around; to++ {
		n += len(cut[to])
	}
	if from > 0 {
		pieces = append(pieces, Piece{"… ", Kept})
	}
	for _, w := range cut[from:to] {
		p := Piece{w, Kept}
		if hit(w) {
			p.Edit = Added
		}
		pieces = join(pieces, p)
	}
	if to < len(cut) {
		pieces = join(pieces, Piece{" …", Kept})
	}
	return pieces, true
}

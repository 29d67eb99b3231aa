package participation

import (
	"slices"
	"unicode"
)

// Edit is what became of a piece of text.
type Edit string

// What can become of it.
const (
	Kept    Edit = ""
	Added   Edit = "added"
	Removed Edit = "removed"
)

// Piece is some text of a comparison.
type Piece struct {
	Text string
	Edit Edit
}

// Compare tells what was added to a text and removed from it, by words. Texts are as long as a part of a proposal at most.
func Compare(before, after string) []Piece {
	a, b := cut(before), cut(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []Piece
	for _, w := range a[:head] {
		all = join(all, Piece{w, Kept})
	}
	for _, p := range align(a[head:len(a)-tail], b[head:len(b)-tail]) {
		all = join(all, p)
	}
	for _, w := range a[len(a)-tail:] {
		all = join(all, Piece{w, Kept})
	}
	return all
}

// align walks the longest common sequence of words.
func align(a, b []string) (all []Piece) {
	longest := make([][]uint16, len(a)+1) // a part has fewer words than that
	for i := range longest {
		longest[i] = make([]uint16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if longest[i][j] = max(longest[i+1][j], longest[i][j+1]); a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, Piece{a[i], Kept})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			all = append(all, Piece{a[i], Removed})
			i++
		default:
			all = append(all, Piece{b[j], Added})
			j++
		}
	}
	return all
}

// join puts pieces of one kind together.
func join(all []Piece, p Piece) []Piece {
	if last := len(all) - 1; last >= 0 && all[last].Edit == p.Edit {
		all[last].Text += p.Text
		return all
	}
	return append(all, p)
}

// cut cuts a text into words, spaces, and single other characters.
func cut(s string) []string {
	kind := func(r rune) int {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			return 1
		case unicode.IsSpace(r):
			return 2
		}
		return 0
	}
	var words []string
	last := 0
	for _, r := range s {
		k := kind(r)
		if k != 0 && k == last && len(words) > 0 {
			words[len(words)-1] += string(r)
		} else {
			words = append(words, string(r))
		}
		last = k
	}
	return slices.Clip(words)
}

package member

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest texts that the register takes, in runes.
const (
	LongestName    = 200
	LongestAddress = 500
	LongestWords   = 2000 // a reason, a charge, a reply
)

// Errors of what was typed.
var (
	ErrNoWhy    = errors.New("say why")
	ErrBadWords = errors.New("the text is too long or has hidden characters")
)

// UnkeptError tells why the text of a field cannot be kept. It is the error of that field, too; ErrBadWords where a form has but one text.
type UnkeptError struct {
	Has, Most int  // characters; both 0 where it has hidden ones
	Words     bool // those are words

	field error
}

func (e UnkeptError) Error() string {
	if e.Most == 0 {
		return e.field.Error() + ": it has hidden characters"
	}
	return fmt.Sprintf("%v: it is %d long, of %d", e.field, e.Has, e.Most)
}

func (e UnkeptError) Unwrap() error { return e.field }

// Amiss is the error of a field whose text says nothing, or was refused for err: then it is an UnkeptError as well.
func Amiss(field, err error) error {
	unkept, known := errors.AsType[UnkeptError](err)
	switch {
	case err == nil, errors.Is(err, ErrNoWhy):
		return field
	case known:
		return UnkeptError{unkept.Has, unkept.Most, unkept.Words, field}
	}
	return UnkeptError{field: field}
}

// Wordy is the error of a field that has more words than it may.
func Wordy(field error, has, most int) error { return UnkeptError{has, most, true, field} }

// prose is text of several lines as it is kept.
func prose(typed string, longest int) (string, error) {
	if !utf8.ValidString(typed) {
		return "", ErrBadWords
	}
	kept := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if len(kept) <= 8*longest { // longer ones cost too much to fold
		kept = norm.NFC.String(kept)
	}
	if has := utf8.RuneCountInString(kept); has > longest {
		return "", UnkeptError{has, longest, false, ErrBadWords}
	}
	if strings.ContainsFunc(kept, sly) {
		return "", ErrBadWords
	}
	return kept, nil
}

// Prose is text of several lines as it is kept, at most so many runes of it. ErrBadWords, which is an UnkeptError when it is too long.
func Prose(typed string, longest int) (string, error) { return prose(typed, longest) }

// sly runes change how the text around them is read. A line may end.
func sly(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// line is text of one line as it is kept.
func line(typed string, longest int) (string, error) {
	kept, err := prose(typed, longest)
	if strings.Contains(kept, "\n") {
		return "", ErrBadWords
	}
	return kept, err
}

// Line is text of one line as it is kept, at most so many runes of it. ErrBadWords as by Prose.
func Line(typed string, longest int) (string, error) { return line(typed, longest) }

// reason is why an officer acts: something must be said.
func reason(typed string) (string, error) {
	why, err := prose(typed, LongestWords)
	if err == nil && !strings.ContainsFunc(why, unicode.IsLetter) {
		err = ErrNoWhy
	}
	return why, err
}

// Reason is why an officer acts, as it is kept. ErrNoWhy, ErrBadWords.
func Reason(typed string) (string, error) { return reason(typed) }

// nameKey is the same for two spellings of a name: without titles, case, accents, hyphens, and the order of its parts.
// Names that are made of the same letters agree, too, so it only counts together with a place.
func nameKey(name string) string {
	var letters []rune
	for _, word := range strings.FieldsFunc(fold(name), func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == ',' }) {
		if !slices.Contains(titles, word) {
			letters = append(letters, lettersOf(word)...)
		}
	}
	slices.Sort(letters)
	return string(letters)
}

var titles = []string{"mr", "mrs", "miss", "ms", "mx", "dr", "prof", "rev", "sir", "dame", "lord", "lady"}

// placeKey is the same for two ways to write an address or a postcode: letters and digits in their order.
func placeKey(place string) string { return string(lettersOf(fold(place))) }

func lettersOf(folded string) []rune {
	return slices.DeleteFunc([]rune(folded), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// fold takes away case, accents and ligatures. What is no text goes first: norm leaves a letter whole that stands behind it.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if plain, ok := ligatures[unicode.ToLower(r)]; ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(least(r))
	}
	return strings.ToLower(b.String())
}

// least is the same for all cases of a letter.
func least(r rune) rune {
	low := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		low = min(low, other)
	}
	return low
}

// ligatures are letters that some keyboards have and others write in two, or without their stroke.
var ligatures = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i"}

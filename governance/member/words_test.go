package member

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSpellingsOfOneNameAreFound(t *testing.T) {
	for _, same := range [][]string{
		{"Nia Owen", "OWEN, Nia", "  nía   owen ", "Ms. Nia Owen", "Dr Nia Owen"},
		{"Seán O'Neill", "Sean ONeill", "Sean O’Neill", "Sean O Neill"},
		{"Anne-Marie Jones", "Anne Marie Jones", "Annemarie Jones"},
		{"Łukasz Strauß", "Lukasz Strauss"},
		{"Σωκράτης", "ΣΩΚΡΆΤΗΣ", "Σωκρατης"},
	} {
		for _, name := range same[1:] {
			if nameKey(name) != nameKey(same[0]) {
				t.Errorf("%q and %q are two people", name, same[0])
			}
		}
	}
	if nameKey("Nia Owen") == nameKey("Nia Bowen") {
		t.Error("two names are one")
	}
}

func TestOnePostcodeIsWrittenInSeveralWays(t *testing.T) {
	if placeKey("sw1a 1aa") != placeKey("SW1A1AA") || placeKey("SW1A 1AA") == placeKey("SW1A 1AB") {
		t.Error("postcodes do not agree as they should")
	}
}

func TestANameIsTheSamePersonInAnyOrderAndCase(t *testing.T) {
	word := rapid.StringMatching(`[A-Za-zÀ-ÖØ-öø-ÿŁłœŒα-ωά-ώ]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 5).Draw(t, "words")
		key := nameKey(strings.Join(words, " "))
		moved := rapid.Permutation(words).Draw(t, "moved")
		sep := rapid.SampledFrom([]string{" ", ", ", "  ", "\u00a0"}).Draw(t, "between")
		if got := nameKey(strings.Join(moved, sep)); got != key {
			t.Fatalf("%q: %q, want %q", moved, got, key)
		}
		for _, cased := range []string{strings.ToUpper(strings.Join(words, " ")), strings.ToLower(strings.Join(words, " "))} {
			if got := nameKey(cased); got != key {
				t.Fatalf("%q: %q, want %q", cased, got, key)
			}
		}
	})
}

func FuzzKeysTakeAnything(f *testing.F) {
	for _, s := range []string{"Nia Owen", "ẞİıſK", "a\u0301\u0323", "\xff\xfe", "", "MR", "ΐ", "ﬁ", "𝒩𝒾𝒶", "\xf0ì"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, place := nameKey(s), placeKey(s)
		if !utf8.ValidString(name) || !utf8.ValidString(place) {
			t.Errorf("%q: %q, %q", s, name, place)
		}
		if again := placeKey(place); again != place {
			t.Errorf("the key of a key is another one: %q, %q", place, again)
		}
		if kept, err := prose(s, LongestWords); err == nil {
			if again, err := prose(kept, LongestWords); err != nil || again != kept {
				t.Errorf("what was kept is not kept: %q, %q, %v", kept, again, err)
			}
		}
	})
}

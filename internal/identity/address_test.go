package identity_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"folkmoot/internal/identity"
)

func TestAddressesAsPeopleTypeThem(t *testing.T) {
	for typed, value := range map[string]string{
		"ann@example.org":                           "ann@example.org",
		" Ann@Example.ORG\t":                        "ann@example.org",
		"ann.o'hara+moot@mail.example.org":          "ann.o'hara+moot@mail.example.org",
		"ann@localhost":                             "ann@localhost",
		"Jörg@Bücher.example":                       "jörg@xn--bcher-kva.example",
		"jo\u0308rg@example.org":                    "jörg@example.org",
		"ann@xn--bcher-kva.example":                 "ann@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@example.org":    strings.Repeat("a", 64) + "@example.org",
		"a@" + strings.Repeat("b", 63) + ".example": "a@" + strings.Repeat("b", 63) + ".example",
	} {
		got, err := identity.ParseAddress(typed)
		if err != nil || got.Scheme != "email" || got.Value != value {
			t.Errorf("%q became %+v %v, want %q", typed, got, err, value)
		}
	}
}

func TestWhatIsNoAddress(t *testing.T) {
	for _, typed := range []string{
		"", "ann", "@", "ann@", "@example.org", "ann@example", "ann@@example.org", "ann bob@example.org",
		"ann@example..org", "ann@.example.org", "ann@-example.org", "ann@exa_mple.org", ".ann@example.org", "ann..o@example.org",
		"ann@example.org\r\nBcc: bob@example.org", "ann\r\n@example.org", "ann\x00@example.org", "Ann <ann@example.org>",
		"ann@example.org,bob@example.org", `"ann"@example.org`, "ann@[192.0.2.7]", "ann@192.0.2.7", "ann@example.org.",
		"ann\u202e@example.org", "ann\u200b@example.org", "ann@exam\u200bple.org", "ann\xff@example.org",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 64) + ".example",
		"a@" + strings.Repeat("b.", 130) + "example",
	} {
		if got, err := identity.ParseAddress(typed); !errors.Is(err, identity.ErrBadAddress) {
			t.Errorf("%q became %+v %v", typed, got, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, typed := range []string{"ann@example.org", " Jörg@Bücher.example ", "ann@example.org\r\nBcc: x@y.z", "a@b@c.de", "İ@ß.example"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := identity.ParseAddress(typed)
		if err != nil {
			return
		}
		if again, err := identity.ParseAddress(got.Value); err != nil || again.Value != got.Value {
			t.Errorf("%q became %q, which became %q %v", typed, got.Value, again.Value, err)
		}
		if len(got.Value) > 254 || !utf8.ValidString(got.Value) || strings.ContainsAny(got.Value+got.Typed, "\r\n\x00<>\",;:\\ ") {
			t.Errorf("%q became %+v", typed, got)
		}
	})
}

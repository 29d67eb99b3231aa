package templates

import (
	"context"
	"strconv"
	"strings"

	"folkmoot/governance/member"
	"folkmoot/templates/text"
)

// codeHint says what a code looks like and, while it works, for how long: two whole sentences.
func codeHint(ctx context.Context, minutes int) string {
	said := []string{text.T(ctx, "code.hint")}
	if minutes > 0 {
		said = append(said, text.N(ctx, "code.lasts", minutes))
	}
	return strings.Join(said, " ")
}

// deviceName is what a device is called in a sentence.
func deviceName(ctx context.Context, name string) string {
	if name == "" {
		return text.T(ctx, "devices.unnamed")
	}
	return name
}

// Unkept says why a text cannot be kept, whichever form it is in.
func Unkept(ctx context.Context, why member.UnkeptError) string {
	key := "form.too_long"
	switch {
	case why.Most == 0:
		key = "form.hidden"
	case why.Words:
		key = "form.too_many_words"
	}
	return text.T(ctx, key, "Has", grouped(why.Has), "Most", grouped(why.Most))
}

// grouped writes a count as people read it: "1,395".
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

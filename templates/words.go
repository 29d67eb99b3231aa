package templates

import (
	"context"
	"strconv"
	"strings"

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

// grouped writes a count as people read it: "1,395".
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

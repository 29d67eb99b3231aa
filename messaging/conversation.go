package messaging

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"folkmoot/internal/identity"
)

// Conversation says who takes part and which partition of `in` keeps its order.
type Conversation struct {
	ID           string
	Cell         string
	Partition    int32
	Participants []identity.AccountID
}

// Has reports whether an account takes part.
func (c Conversation) Has(account identity.AccountID) bool {
	return slices.Contains(c.Participants, account)
}

// Others lists the participants but one, in a fixed order.
func (c Conversation) Others(account identity.AccountID) []identity.AccountID {
	return slices.DeleteFunc(slices.Clone(c.Participants), func(p identity.AccountID) bool { return p == account })
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// DirectID derives a direct conversation's id from the unordered pair of its accounts.
func DirectID(a, b identity.AccountID) string {
	if a > b {
		a, b = b, a
	}
	sum := sha256.Sum256([]byte("direct\x00" + string(a) + "\x00" + string(b)))
	return lowerBase32.EncodeToString(sum[:])[:26]
}

// ValidID reports whether a text has the shape of our ids: 26 lower-case letters and digits.
func ValidID(id string) bool {
	return len(id) == 26 && strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) < 0
}

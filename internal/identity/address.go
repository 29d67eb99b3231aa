package identity

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Email is the scheme of addresses like ann@example.org, the only one today.
const Email = "email"

// Address is something that a code can be delivered to. Scheme and Value say which; two that agree in these are the same.
type Address struct {
	Scheme string
	Value  string // where codes go: lower-case, its domain in ASCII
	Typed  string // as its owner wrote it, for showing
}

// The longest that SMTP lets an address and its parts be, in bytes.
const (
	longestAddress = 254
	longestLocal   = 64
)

// ParseAddress reads an address as a person types it, or returns ErrBadAddress.
func ParseAddress(typed string) (Address, error) {
	typed = strings.TrimSpace(typed)
	if len(typed) > longestAddress || !utf8.ValidString(typed) || strings.ContainsFunc(typed, hidden) {
		return Address{}, ErrBadAddress
	}
	typed = norm.NFC.String(typed)
	at := strings.LastIndexByte(typed, '@')
	if at < 0 {
		return Address{}, ErrBadAddress
	}
	local, domain := strings.ToLower(typed[:at]), typed[at+1:]
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !localPart(local) || !hostName(domain) {
		return Address{}, ErrBadAddress
	}
	value := local + "@" + domain
	if len(value) > longestAddress {
		return Address{}, ErrBadAddress
	}
	return Address{Scheme: Email, Value: value, Typed: typed}, nil
}

// hidden runes are not seen where the address is shown, or are ones that a mail's header must not have.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// localPart knows what people have before the @: words joined by dots. Quoted ones are legal and nobody's; they would be a way to smuggle.
func localPart(local string) bool {
	if local == "" || len(local) > longestLocal {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, notInAtom) {
			return false
		}
	}
	return true
}

func notInAtom(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune("!#$%&'*+/=?^_`{|}~-", r):
		return false
	case r >= utf8.RuneSelf:
		return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Number)
	}
	return true
}

// hostName is a name with a dot in it that mail can be sent to, in ASCII.
func hostName(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(domain) > 253 || len(labels) < 2 && domain != "localhost" {
		return false
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-':
		return false
	}
	return true
}

package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"folkmoot/internal/identity"
)

// offWidth is how much of a signature links carry: 128 bits.
const offWidth = 16

// OffToken is what the link in a notice carries with which its reader switches notices off, signed in or not. It works for ever, and for
// nothing else.
func (n *Notices) OffToken(account identity.AccountID) string {
	return string(account) + "." + base64.RawURLEncoding.EncodeToString(n.signed(account))
}

// OffBy is the account whose link it is; false for what we did not make.
func (n *Notices) OffBy(token string) (identity.AccountID, bool) {
	account, said, _ := strings.Cut(token, ".")
	signature, err := base64.RawURLEncoding.Strict().DecodeString(said)
	if err != nil || !hmac.Equal(signature, n.signed(identity.AccountID(account))) {
		return "", false
	}
	return identity.AccountID(account), true
}

func (n *Notices) signed(account identity.AccountID) []byte {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("annual notices off\x00" + string(account)))
	return mac.Sum(nil)[:offWidth]
}

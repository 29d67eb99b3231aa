package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// newSecret makes 256 random bits that fit in a cookie.
func newSecret() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// isSecret reports whether a text could have come from newSecret.
func isSecret(text string) bool {
	bits, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(bits) == 32
}

// hashed is how a session's token is kept. It is random enough to need no salt and no slow hash.
func hashed(token string) []byte {
	sum := sha256.Sum256([]byte("session " + token))
	return sum[:]
}

// hashedFor is how a device's secret is kept: under the account, so that two people at one browser are not seen to share it.
func hashedFor(account AccountID, secret string) []byte {
	sum := sha256.Sum256([]byte("device " + string(account) + " " + secret))
	return sum[:]
}

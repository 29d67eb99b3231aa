package ballot

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// Derived is an Ed25519 key for a purpose, made from a server's key (HKDF-SHA256), so that all processes on one database have the same.
func Derived(server []byte, purpose string) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, server, nil, purpose, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("make the key of the %s: %w", purpose, err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

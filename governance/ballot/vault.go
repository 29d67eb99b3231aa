package ballot

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Vault seals signers' keys for the database in which they lie, so that whoever has only that has no key.
type Vault struct{ seal cipher.AEAD }

// ErrOtherVault says that something was sealed with another key, or for another place.
var ErrOtherVault = errors.New("what is kept in the database was sealed with another server's key")

// NewVault makes one from a server's key.
func NewVault(server []byte) (Vault, error) {
	key, err := hkdf.Key(sha256.New, server, nil, "folkmoot signer keys at rest", keySize)
	if err != nil {
		return Vault{}, fmt.Errorf("make the key that keeps keys: %w", err)
	}
	seal, err := aead(key)
	return Vault{seal}, err
}

// Seal seals a signer's key for the place that it is kept at.
func (v Vault) Seal(s Signer, place string) ([]byte, error) {
	private, err := s.Bytes()
	if err != nil {
		return nil, fmt.Errorf("keep a signer's key: %w", err)
	}
	return v.seal.Seal(nil, nil, private, []byte(place)), nil //nolint:gosec // it takes a nonce by chance: NewGCMWithRandomNonce
}

// Open opens what Seal sealed for that place. ErrOtherVault.
func (v Vault) Open(sealed []byte, place string) (Signer, error) {
	private, err := v.seal.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return Signer{}, ErrOtherVault
	}
	return ReadSigner(private)
}

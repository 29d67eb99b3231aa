// Package ballot is the secret ballot, as far as it is arithmetic: a voter's key that two signers sign without seeing it, casts that only the
// voter's key can make, and ballots that no one scrutineer opens alone. It keeps nothing and knows nobody.
package ballot

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cloudflare/circl/blindsign/blindrsa"
)

// Digest is a SHA-256. In files it is hexadecimal.
type Digest [sha256.Size]byte

// MarshalText writes it in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads 64 hexadecimal digits. ErrBadDigest.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(d)) {
		return ErrBadDigest
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return ErrBadDigest
	}
	return nil
}

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Contest names one class's poll in one election: the SHA-256 of its manifest.
type Contest = Digest

// Every signature and every seal is over a text that begins with what it is for, so that none can be used for another.
const (
	forVoterKey   = "folkmoot voter key 1"
	forCast       = "folkmoot cast 1"
	forReceipt    = "folkmoot receipt 1"
	forCommitment = "folkmoot commitment 1"
	forSeal       = "folkmoot seal 1"
	forEntry      = "folkmoot entry 1"
)

// tagged is a text for a purpose: the purpose, and then every part with its length before it, so that no two lists of parts are one text.
func tagged(purpose string, parts ...[]byte) []byte {
	text := []byte(purpose)
	for _, p := range parts {
		text = binary.BigEndian.AppendUint32(text, uint32(len(p))) //nolint:gosec // parts are bounded by what is read
		text = append(text, p...)
	}
	return text
}

// KeyBits is the size of a signer's key: RSA-3072.
const KeyBits = 3072

// Errors of ballots. Each says what does not hold, and nothing of whose it is.
var (
	ErrBadKey        = errors.New("that is no RSA key of 3072 bits")
	ErrBadBlinded    = errors.New("that is no blinded voter key")
	ErrNotSigned     = errors.New("the voter key does not bear both signatures for this contest")
	ErrForgedCast    = errors.New("the cast is not signed with its voter key")
	ErrTooManyCasts  = errors.New("a ballot can be cast a hundred times, and no more")
	ErrForgedReceipt = errors.New("the receipt is not the ballot box's")
	ErrBadDigest     = errors.New("a digest is 64 hexadecimal digits")
	ErrOddSize       = errors.New("a sealed ballot has one size, and this has another")
	ErrNotCommitted  = errors.New("the ballot is not the one that was committed to")
	ErrNotOpened     = errors.New("these two keys do not open the ballot")
	ErrLongBallot    = errors.New("a ballot has at most 255 preferences, of candidates from 1 to 255")
)

// Signer is one of the two whose signatures make a voter's key valid in one contest: the society, or the scrutineers. Each has a key of its own
// for each contest.
type Signer struct{ key *rsa.PrivateKey }

// NewSigner makes a signer's key.
func NewSigner(random io.Reader) (Signer, error) {
	key, err := rsa.GenerateKey(random, KeyBits)
	if err != nil {
		return Signer{}, fmt.Errorf("make a signer's key: %w", err)
	}
	return Signer{key}, nil
}

// ReadSigner reads a key that Bytes wrote. ErrBadKey.
func ReadSigner(pkcs8 []byte) (Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	key, is := parsed.(*rsa.PrivateKey)
	if err != nil || !is || key.N.BitLen() != KeyBits {
		return Signer{}, ErrBadKey
	}
	return Signer{key}, nil
}

// Bytes is the private key in PKCS #8. Whoever has it can sign voter keys.
func (s Signer) Bytes() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(s.key) }

// Public is the public key in PKIX, as the manifest has it.
func (s Signer) Public() ([]byte, error) { return x509.MarshalPKIXPublicKey(&s.key.PublicKey) }

// Sign signs a blinded voter key (RFC 9474, BlindSign): always the same answer to the same question. ErrBadBlinded.
func (s Signer) Sign(blinded []byte) ([]byte, error) {
	if len(blinded) != KeyBits/8 {
		return nil, ErrBadBlinded
	}
	signature, err := blindrsa.NewSigner(s.key).BlindSign(blinded)
	if err != nil {
		return nil, ErrBadBlinded
	}
	return signature, nil
}

// readPublic reads a signer's public key. ErrBadKey.
func readPublic(pkix []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(pkix)
	key, is := parsed.(*rsa.PublicKey)
	if err != nil || !is || key.N.BitLen() != KeyBits {
		return nil, ErrBadKey
	}
	return key, nil
}

// verify holds a signature of RFC 9474's RSABSSA-SHA384-PSS-Randomized against a key: RSASSA-PSS with a salt of 48 bytes, which every library
// has. message begins with the 32 bytes of chance that Prepare put there.
func verify(key *rsa.PublicKey, message, signature []byte) bool {
	sum := sha512.Sum384(message)
	return rsa.VerifyPSS(key, cryptoSHA384, sum[:], signature, &rsa.PSSOptions{SaltLength: sha512.Size384}) == nil
}

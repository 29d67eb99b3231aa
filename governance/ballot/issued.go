package ballot

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
)

const forIssued = "folkmoot issued 1"

// IssuedFormat is what a file with an Issued says that it is.
const IssuedFormat = "folkmoot-issued/1"

// ErrForgedIssued says that a count of issued keys is not the scrutineers'.
var ErrForgedIssued = errors.New("the count of issued keys is not signed by the scrutineers' signer")

// Issued is what the scrutineers' signer says after the close: how many voters were on its copy of the roll, and for how many it signed a key.
type Issued struct {
	Format    string  `json:"format"`
	Contest   Contest `json:"contest"`
	RollHash  Digest  `json:"roll_sha256"`
	Voters    uint64  `json:"voters"` // of the class, who were issued a ballot
	Issued    uint64  `json:"issued"`
	Signature []byte  `json:"signature"`
}

func (i Issued) text() []byte {
	voters, issued := binary.BigEndian.AppendUint64(nil, i.Voters), binary.BigEndian.AppendUint64(nil, i.Issued)
	return tagged(forIssued, i.Contest[:], i.RollHash[:], voters, issued)
}

// Sign signs it with the issuer's key (Ed25519).
func (i Issued) Sign(issuer ed25519.PrivateKey) Issued {
	i.Format = IssuedFormat
	i.Signature = ed25519.Sign(issuer, i.text())
	return i
}

// Check holds it against the issuer's public key, as the manifest has it. ErrForgedIssued.
func (i Issued) Check(contest Contest, issuer []byte) error {
	if i.Format != IssuedFormat || i.Contest != contest || len(issuer) != ed25519.PublicKeySize || !ed25519.Verify(issuer, i.text(), i.Signature) {
		return ErrForgedIssued
	}
	return nil
}

// CheckSigner refuses what is no signer's public key (PKIX, RSA-3072). ErrBadKey.
func CheckSigner(pkix []byte) error {
	_, err := readPublic(pkix)
	return err
}

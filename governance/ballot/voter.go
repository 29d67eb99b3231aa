package ballot

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cloudflare/circl/blindsign/blindrsa"
)

const (
	cryptoSHA384 = crypto.SHA384
	chanceSize   = 32 // that RFC 9474's Prepare puts before a message
)

// VoterKey is a key that a voter makes for one contest. Nothing joins it to the voter but the voter.
type VoterKey struct {
	Contest Contest
	private ed25519.PrivateKey
}

// NewVoterKey makes one.
func NewVoterKey(contest Contest, random io.Reader) (VoterKey, error) {
	_, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return VoterKey{}, fmt.Errorf("make a voter key: %w", err)
	}
	return VoterKey{contest, private}, nil
}

// Public is the public half.
func (k VoterKey) Public() ed25519.PublicKey {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return public
}

func voterKeyText(contest Contest, public ed25519.PublicKey) []byte {
	return tagged(forVoterKey, contest[:], public)
}

// Asked is a question to one signer, and what its answer is unblinded with. Keep it until the answer is there: the signer signs no other.
type Asked struct {
	Blinded  []byte
	prepared []byte
	state    blindrsa.State
	client   blindrsa.Client
}

// Ask blinds a voter key for the signer with that public key (PKIX). ErrBadKey.
func (k VoterKey) Ask(signer []byte, random io.Reader) (*Asked, error) {
	public, err := readPublic(signer)
	if err != nil {
		return nil, err
	}
	client, err := blindrsa.NewClient(blindrsa.SHA384PSSRandomized, public)
	if err != nil {
		return nil, ErrBadKey
	}
	a := &Asked{client: client}
	if a.prepared, err = client.Prepare(random, voterKeyText(k.Contest, k.Public())); err != nil {
		return nil, fmt.Errorf("blind a voter key: %w", err)
	}
	if a.Blinded, a.state, err = client.Blind(random, a.prepared); err != nil {
		return nil, fmt.Errorf("blind a voter key: %w", err)
	}
	return a, nil
}

// Mark is one signer's mark on a voter key: the chance that was put before it when it was blinded, and the signature.
type Mark struct {
	Chance    []byte `json:"chance"`
	Signature []byte `json:"signature"`
}

// Finish unblinds a signer's answer. ErrNotSigned for what is none.
func (a *Asked) Finish(answer []byte) (Mark, error) {
	signature, err := a.client.Finalize(a.state, answer)
	if err != nil {
		return Mark{}, ErrNotSigned
	}
	return Mark{a.prepared[:chanceSize], signature}, nil
}

// Credential is a voter key with the marks of both signers. Whoever has it has a vote; nobody knows whose.
type Credential struct {
	Public      ed25519.PublicKey `json:"key"`
	Society     Mark              `json:"society"`
	Scrutineers Mark              `json:"scrutineers"`
}

// Signers are the public keys (PKIX) of a contest's two signers, as its manifest has them.
type Signers struct{ Society, Scrutineers []byte }

// Check holds a credential against the contest's signers: both must have signed it for this contest. ErrBadKey, ErrNotSigned.
func (c Credential) Check(contest Contest, signers Signers) error {
	if len(c.Public) != ed25519.PublicKeySize {
		return ErrNotSigned
	}
	text := voterKeyText(contest, c.Public)
	for _, by := range []struct {
		key  []byte
		mark Mark
	}{{signers.Society, c.Society}, {signers.Scrutineers, c.Scrutineers}} {
		public, err := readPublic(by.key)
		if err != nil {
			return err
		}
		if len(by.mark.Chance) != chanceSize || !verify(public, append(append([]byte{}, by.mark.Chance...), text...), by.mark.Signature) {
			return ErrNotSigned
		}
	}
	return nil
}

// MostCasts is how often somebody can cast, the last time counting: enough to think again, and nobody fills the box.
const MostCasts = 100

// Statement is what is public of a cast: all but the sealed ballot itself. Of several with one key the one with the highest sequence counts.
type Statement struct {
	Contest    Contest    `json:"contest"`
	Credential Credential `json:"credential"`
	Sequence   uint64     `json:"sequence"` // from 1 to MostCasts
	Commitment Digest     `json:"commitment"`
	SealedHash Digest     `json:"sealed_sha256"`
	Signature  []byte     `json:"signature"`
}

// Cast is a sealed ballot, signed with the voter's key.
type Cast struct {
	Statement

	Sealed Sealed `json:"sealed"`
}

func (s Statement) text() []byte {
	var sequence [8]byte
	binary.BigEndian.PutUint64(sequence[:], s.Sequence)
	return tagged(forCast, s.Contest[:], s.Credential.Public, sequence[:], s.Commitment[:], s.SealedHash[:])
}

// Entry is what the public log has of a cast while the poll is open, and the voter's tracker. It tells nothing, not even which casts have one key.
func (s Statement) Entry() Digest {
	return sha256.Sum256(tagged(forEntry, s.text(), s.Signature))
}

// Cast signs a sealed ballot.
func (k VoterKey) Cast(credential Credential, sequence uint64, commitment Digest, sealed Sealed) Cast {
	c := Cast{Statement{Contest: k.Contest, Credential: credential, Sequence: sequence, Commitment: commitment, SealedHash: sealed.Hash()}, sealed}
	c.Signature = ed25519.Sign(k.private, c.text())
	return c
}

// Check holds a statement against the contest: its credential, and that its own voter key signed this ballot with this sequence.
// ErrNotSigned, ErrForgedCast, ErrTooManyCasts.
func (s Statement) Check(contest Contest, signers Signers) error {
	if s.Contest != contest {
		return ErrNotSigned
	}
	if err := s.Credential.Check(contest, signers); err != nil {
		return err
	}
	if s.Sequence > MostCasts {
		return ErrTooManyCasts
	}
	if s.Sequence == 0 || !ed25519.Verify(s.Credential.Public, s.text(), s.Signature) {
		return ErrForgedCast
	}
	return nil
}

// Check holds a cast against the contest, and its sealed ballot against what was signed. ErrNotSigned, ErrForgedCast, ErrOddSize.
func (c Cast) Check(contest Contest, signers Signers) error {
	if err := c.Statement.Check(contest, signers); err != nil {
		return err
	}
	if c.Sealed.Hash() != c.SealedHash {
		return ErrForgedCast
	}
	return c.Sealed.Check()
}

// Receipt is the ballot box's word that it took a cast. Whoever has one proves that the cast was dropped, if it was.
type Receipt struct {
	Signature []byte `json:"signature"`
}

// Receipt signs that the box, with its key, took a cast.
func (s Statement) Receipt(box ed25519.PrivateKey) Receipt {
	return Receipt{ed25519.Sign(box, tagged(forReceipt, s.text()))}
}

// Check holds a receipt against the statement of a cast and the box's public key. ErrForgedReceipt.
func (r Receipt) Check(s Statement, box ed25519.PublicKey) error {
	if len(box) != ed25519.PublicKeySize || !ed25519.Verify(box, tagged(forReceipt, s.text()), r.Signature) {
		return ErrForgedReceipt
	}
	return nil
}

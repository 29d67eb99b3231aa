package ballot

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"io"
)

// plainSize is the size of every ballot before it is sealed: 32 bytes of chance, and 255 preferences, 0 behind the last. So a sealed ballot
// does not tell how many preferences it has.
const (
	nonceSize  = 32
	mostPrefs  = 255
	plainSize  = nonceSize + mostPrefs
	keySize    = 32
	Scrutineer = 3 // how many there are; any two open
)

// Pairs are the pairs of scrutineers who can open a ballot, by their numbers from 0: the first one's seal is the outer one.
var Pairs = [3][2]int{{0, 1}, {0, 2}, {1, 2}}

// Plain is a ballot as the voter made it: the preferences, the first one first, and chance, without which its commitment could be guessed.
type Plain struct {
	chance      [nonceSize]byte
	Preferences []int
}

// NewPlain is a ballot with chance of its own. ErrLongBallot.
func NewPlain(preferences []int, random io.Reader) (p Plain, err error) {
	p.Preferences = preferences
	if err := p.check(); err != nil {
		return Plain{}, err
	}
	if _, err := io.ReadFull(random, p.chance[:]); err != nil {
		return p, fmt.Errorf("make a ballot: %w", err)
	}
	return p, nil
}

func (p Plain) check() error {
	if len(p.Preferences) > mostPrefs {
		return ErrLongBallot
	}
	for _, c := range p.Preferences {
		if c < 1 || c > mostPrefs {
			return ErrLongBallot
		}
	}
	return nil
}

func (p Plain) bytes() []byte {
	b := make([]byte, plainSize)
	copy(b, p.chance[:])
	for i, c := range p.Preferences {
		b[nonceSize+i] = byte(c) //nolint:gosec // at most 255: NewPlain
	}
	return b
}

func readPlain(b []byte) (p Plain) {
	copy(p.chance[:], b)
	for _, c := range b[nonceSize:] {
		if c == 0 {
			break
		}
		p.Preferences = append(p.Preferences, int(c))
	}
	return p
}

// Commitment is what is public of a ballot while the poll is open: it tells nothing of the ballot, and no other ballot has it. The voter's key
// is in it, so whoever casts a copy of somebody else's ballot casts one that does not open.
func (p Plain) Commitment(contest Contest, voter ed25519.PublicKey) Digest {
	return sha256.Sum256(tagged(forCommitment, contest[:], voter, p.bytes()))
}

// ScrutineerKey is a scrutineer's, to open ballots with.
type ScrutineerKey struct{ private hpke.PrivateKey }

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// NewScrutineerKey makes one.
func NewScrutineerKey() (ScrutineerKey, error) {
	private, err := kem().GenerateKey()
	if err != nil {
		return ScrutineerKey{}, fmt.Errorf("make a scrutineer's key: %w", err)
	}
	return ScrutineerKey{private}, nil
}

// ReadScrutineerKey reads the 32 bytes of X25519 that Bytes wrote. ErrBadKey.
func ReadScrutineerKey(raw []byte) (ScrutineerKey, error) {
	private, err := kem().NewPrivateKey(raw)
	if err != nil {
		return ScrutineerKey{}, ErrBadKey
	}
	return ScrutineerKey{private}, nil
}

// Bytes is the private half: 32 bytes of X25519.
func (k ScrutineerKey) Bytes() ([]byte, error) { return k.private.Bytes() }

// CheckScrutineer refuses what is no scrutineer's public key. ErrBadKey.
func CheckScrutineer(public []byte) error {
	if _, err := kem().NewPublicKey(public); err != nil {
		return ErrBadKey
	}
	return nil
}

// Public is the public half: 32 bytes of X25519.
func (k ScrutineerKey) Public() []byte { return k.private.PublicKey().Bytes() }

// Sealed is a ballot that any two of three scrutineers open: the ballot under a key of its own, and that key sealed for each pair, one seal
// inside the other.
type Sealed struct {
	Ballot []byte             `json:"ballot"`
	Keys   [len(Pairs)][]byte `json:"keys"`
}

// Every sealed ballot has these sizes, in bytes: a nonce, the ballot and a tag; and two seals (32 bytes of X25519 and a tag each) around a key.
const (
	sealedSize = 12 + plainSize + 16
	peeledSize = 32 + keySize + 16
	keySealed  = 32 + peeledSize + 16
)

// Check refuses what has another size than every sealed ballot has. ErrOddSize.
func (s Sealed) Check() error {
	if len(s.Ballot) != sealedSize {
		return ErrOddSize
	}
	for _, k := range s.Keys {
		if len(k) != keySealed {
			return ErrOddSize
		}
	}
	return nil
}

// Hash is SHA-256 over all of it.
func (s Sealed) Hash() Digest {
	parts := [][]byte{s.Ballot}
	for _, k := range s.Keys {
		parts = append(parts, k)
	}
	return sha256.Sum256(tagged(forSeal, parts...))
}

// sealInfo binds a seal to its contest, its commitment and its pair: moved elsewhere, it does not open.
func sealInfo(contest Contest, commitment Digest, pair, layer int) []byte {
	return tagged(forSeal, contest[:], commitment[:], []byte{byte(pair), byte(layer)}) //nolint:gosec // of three pairs and two layers
}

// Seal seals a voter's ballot for the scrutineers with these public keys, in the order of the manifest (HPKE, RFC 9180: X25519, HKDF-SHA256,
// AES-256-GCM). ErrBadKey.
func (p Plain) Seal(contest Contest, voter ed25519.PublicKey, scrutineers [Scrutineer][]byte, random io.Reader) (s Sealed, err error) {
	key := make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return s, fmt.Errorf("seal a ballot: %w", err)
	}
	commitment := p.Commitment(contest, voter)
	gcm, err := aead(key)
	if err != nil {
		return s, err
	}
	s.Ballot = gcm.Seal(nil, nil, p.bytes(), sealInfo(contest, commitment, 0, 0)) //nolint:gosec // it takes a nonce by chance: NewGCMWithRandomNonce
	for i, pair := range Pairs {
		sealed := key
		for layer := 1; layer >= 0; layer-- { // the inner one is made first
			public, err := kem().NewPublicKey(scrutineers[pair[layer]])
			if err != nil {
				return s, ErrBadKey
			}
			if sealed, err = hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(contest, commitment, i, layer), sealed); err != nil {
				return s, fmt.Errorf("seal a ballot: %w", err)
			}
		}
		s.Keys[i] = sealed
	}
	return s, nil
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal a ballot: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block) // the nonce comes before the rest
}

// Peel takes the outer seal of a pair off, as its first scrutineer does. ErrNotOpened.
func (k ScrutineerKey) Peel(c Cast, pair int) ([]byte, error) {
	if pair < 0 || pair >= len(Pairs) {
		return nil, ErrNotOpened
	}
	return k.unseal(c, pair, 0, c.Sealed.Keys[pair])
}

// Open takes the inner seal off, as the pair's second scrutineer does with what the first one peeled, and opens the ballot. It must be the one
// that was committed to. ErrNotOpened, ErrNotCommitted.
func (k ScrutineerKey) Open(c Cast, pair int, peeled []byte) (Plain, error) {
	if pair < 0 || pair >= len(Pairs) {
		return Plain{}, ErrNotOpened
	}
	key, err := k.unseal(c, pair, 1, peeled)
	if err != nil {
		return Plain{}, err
	}
	if len(key) != keySize {
		return Plain{}, ErrNotOpened
	}
	gcm, err := aead(key)
	if err != nil {
		return Plain{}, err
	}
	plain, err := gcm.Open(nil, nil, c.Sealed.Ballot, sealInfo(c.Contest, c.Commitment, 0, 0))
	if err != nil || len(plain) != plainSize {
		return Plain{}, ErrNotOpened
	}
	p := readPlain(plain)
	if p.Commitment(c.Contest, c.Credential.Public) != c.Commitment {
		return Plain{}, ErrNotCommitted
	}
	return p, nil
}

// Opening is what is published of an opened ballot, where openings are public.
type Opening struct {
	Public      ed25519.PublicKey `json:"key"`
	Sequence    uint64            `json:"sequence"`
	Chance      []byte            `json:"chance,omitempty"`
	Preferences []int             `json:"preferences,omitempty"`
	Spoiled     string            `json:"spoiled,omitempty"` // NotOpened; "" for a ballot that opened, whatever it says
}

// NotOpened is said of a ballot that does not open to its commitment.
const NotOpened = "not opened"

// Opening is the opening of a ballot that opened.
func (p Plain) Opening(s Statement) Opening {
	return Opening{s.Credential.Public, s.Sequence, p.chance[:], p.Preferences, ""}
}

// Check holds an opening against the statement of the cast that it opens. ErrNotCommitted, ErrLongBallot.
func (o Opening) Check(s Statement) error {
	if !o.Public.Equal(s.Credential.Public) || o.Sequence != s.Sequence || len(o.Chance) != nonceSize {
		return ErrNotCommitted
	}
	p := Plain{Preferences: o.Preferences}
	copy(p.chance[:], o.Chance)
	if err := p.check(); err != nil {
		return err
	}
	if p.Commitment(s.Contest, s.Credential.Public) != s.Commitment {
		return ErrNotCommitted
	}
	return nil
}

func (k ScrutineerKey) unseal(c Cast, pair, layer int, sealed []byte) ([]byte, error) {
	opened, err := hpke.Open(k.private, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(c.Contest, c.Commitment, pair, layer), sealed)
	if err != nil {
		return nil, ErrNotOpened
	}
	return opened, nil
}

package election

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudflare/circl/sign/bls"
)

// Beacon is a public source of chance: it signs the number of each round when the round's time has come, and nobody knows a signature before.
// drand's scheme bls-unchained-g1-rfc9380, https://docs.drand.love: the signature is over SHA-256 of the round as 8 bytes, big-endian, and the
// value is SHA-256 of the signature.
type Beacon struct {
	Name    string
	Chain   string // hex: the chain's hash, which is its name
	Key     string // hex: the public key
	Genesis time.Time
	Period  time.Duration
	Source  string // where a round can be read, with {round} in it
}

// Quicknet is the beacon that the League of Entropy runs.
var Quicknet = Beacon{
	Name:  "drand quicknet",
	Chain: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
	Key: "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
		"0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
	Genesis: time.Unix(1692803367, 0).UTC(),
	Period:  3 * time.Second,
	Source:  "https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/public/{round}",
}

// Errors of beacons.
var (
	ErrNoBeacon     = errors.New("that is not what the beacon said in that round")
	ErrBeaconSilent = errors.New("the beacon has not spoken yet")
)

// RoundAfter is the first round whose time is after a moment.
func (b Beacon) RoundAfter(at time.Time) uint64 {
	if at.Before(b.Genesis) {
		return 1
	}
	return uint64(at.Sub(b.Genesis)/b.Period) + 2 //nolint:gosec // not negative
}

// At is the moment of a round.
func (b Beacon) At(round uint64) time.Time {
	return b.Genesis.Add(time.Duration(round-1) * b.Period) //nolint:gosec // rounds of our age
}

// Where is the address at which a round can be read.
func (b Beacon) Where(round uint64) string {
	return strings.ReplaceAll(b.Source, "{round}", fmt.Sprint(round))
}

func beaconMessage(round uint64) []byte {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], round)
	sum := sha256.Sum256(number[:])
	return sum[:]
}

// Value is the 32 bytes of chance of a round, from what the beacon published: its signature in hex, or its whole answer in JSON.
// ErrNoBeacon when the beacon never signed that.
func (b Beacon) Value(round uint64, published string) (signature string, value []byte, err error) {
	signature = strings.TrimSpace(published)
	if strings.HasPrefix(signature, "{") {
		var answer struct{ Signature string }
		if err := json.Unmarshal([]byte(signature), &answer); err != nil {
			return "", nil, ErrNoBeacon
		}
		signature = answer.Signature
	}
	signature = strings.ToLower(signature)
	raw, err := hex.DecodeString(signature)
	if err != nil {
		return "", nil, ErrNoBeacon
	}
	key, err := hex.DecodeString(b.Key)
	if err != nil {
		return "", nil, fmt.Errorf("read the key of %s: %w", b.Name, err)
	}
	var public bls.PublicKey[bls.KeyG2SigG1]
	if err := public.UnmarshalBinary(key); err != nil {
		return "", nil, fmt.Errorf("read the key of %s: %w", b.Name, err)
	}
	if !bls.Verify(&public, beaconMessage(round), raw) {
		return "", nil, ErrNoBeacon
	}
	sum := sha256.Sum256(raw)
	return signature, sum[:], nil
}

// PracticeBeacon is one that speaks at once and to everybody, for trying elections out where no network is. Its key is no secret.
type PracticeBeacon struct {
	Beacon
	secret *bls.PrivateKey[bls.KeyG2SigG1]
}

// NewPracticeBeacon sets one up, to be read at an address with {round} in it.
func NewPracticeBeacon(source string) (*PracticeBeacon, error) {
	seed := sha256.Sum256([]byte("folkmoot practice beacon"))
	secret, err := bls.KeyGen[bls.KeyG2SigG1](seed[:], nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make the practice beacon: %w", err)
	}
	key, err := secret.PublicKey().MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("make the practice beacon: %w", err)
	}
	chain := sha256.Sum256(key)
	return &PracticeBeacon{
		Beacon{"practice beacon", hex.EncodeToString(chain[:]), hex.EncodeToString(key), Quicknet.Genesis, Quicknet.Period, source}, secret,
	}, nil
}

// Speak is what it publishes of a round, at a moment. ErrBeaconSilent for a round to come.
func (p *PracticeBeacon) Speak(round uint64, now time.Time) (string, error) {
	if round < 1 || round >= p.RoundAfter(now) {
		return "", ErrBeaconSilent
	}
	return hex.EncodeToString(bls.Sign(p.secret, beaconMessage(round))), nil
}

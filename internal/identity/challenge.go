package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"
)

// Challenge asks somebody to prove an address by the code that was sent to it.
type Challenge struct {
	ID        ChallengeID
	Address   Address
	Language  string
	Since     time.Time
	Expires   time.Time
	TriesLeft int
	Spent     bool
}

const (
	codeLasts = 10 * time.Minute
	codeTries = 5
)

// limit is how many codes may be asked for within a time.
type limit struct {
	most   int
	within time.Duration
}

// With five guesses a code, an address's limits leave a guesser 100 of a million codes a day.
var (
	addressLimits = []limit{{5, time.Hour}, {20, 24 * time.Hour}}
	sourceLimits  = []limit{{30, time.Hour}}
)

// Remembered is how long a challenge counts towards a limit.
const Remembered = 24 * time.Hour

// most is the largest number that any of the limits looks at.
func most(limits []limit) int {
	largest := 0
	for _, l := range limits {
		largest = max(largest, l.most)
	}
	return largest
}

// wait is how long until another code may be asked for, when codes were asked for at these times, the latest first.
func wait(limits []limit, asked []time.Time, now time.Time) time.Duration {
	var longest time.Duration
	for _, l := range limits {
		if len(asked) >= l.most {
			longest = max(longest, asked[l.most-1].Add(l.within).Sub(now))
		}
	}
	return longest
}

// Code is the challenge's code: six digits cut from a keyed hash of its id, so that nothing has to keep it.
func (a *Accounts) Code(id ChallengeID) string {
	sum := a.keyed("code", string(id))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1_000_000)
}

// right compares in constant time, so that an answer's delay tells nothing of the code.
func (a *Accounts) right(id ChallengeID, code string) bool {
	return subtle.ConstantTimeCompare([]byte(a.Code(id)), []byte(code)) == 1
}

// keyed hashes a text under the server's key, apart from every other use of it.
func (a *Accounts) keyed(use, text string) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte("folkmoot " + use + "\x00" + text))
	return mac.Sum(nil)
}

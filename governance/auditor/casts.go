package auditor

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/election"
)

// cast is what is kept of a line of casts.jsonl: signatures take the most room, and are not needed when they are checked.
type cast struct {
	entry      ballot.Digest
	key        [ed25519.PublicKeySize]byte
	sequence   uint64
	commitment ballot.Digest
}

// statement is the cast as openings are held against it.
func (c cast) statement(contest ballot.Contest) ballot.Statement {
	return ballot.Statement{Contest: contest, Credential: ballot.Credential{Public: c.key[:]}, Sequence: c.sequence, Commitment: c.commitment}
}

// linesOf are the lines of a file, every one of which must end. ErrUnreadable.
func linesOf(file []byte) ([][]byte, error) {
	if len(file) == 0 {
		return nil, nil
	}
	whole, ends := bytes.CutSuffix(file, []byte("\n"))
	if !ends {
		return nil, ErrUnreadable
	}
	return bytes.Split(whole, []byte("\n")), nil
}

// readLine reads a line of JSON that is written as we write it: so no two lines say the same, and nothing is hidden in one. ErrUnreadable.
func readLine[T any](line []byte) (v T, err error) {
	if json.Unmarshal(line, &v) != nil {
		return v, ErrUnreadable
	}
	if again, err := json.Marshal(v); err != nil || !bytes.Equal(again, line) {
		return v, ErrUnreadable
	}
	return v, nil
}

// checkCasts holds every cast against both signers' keys and its own, on all processors.
func (a *audit) checkCasts() error {
	file, err := a.file(election.FileCasts)
	if err != nil {
		return err
	}
	lines, err := linesOf(file)
	if err != nil {
		return a.fail(CheckCasts, election.FileCasts, err)
	}
	contest, signers := ballot.Contest{}, a.manifest.Online.Signers()
	if err := contest.UnmarshalText([]byte(a.class.Manifest)); err != nil {
		return a.certified(CheckManifest, err)
	}
	a.casts = make([]cast, len(lines))
	at, err := each(len(lines), func(i int) (err error) {
		a.casts[i], err = checkCast(lines[i], contest, signers)
		return err
	})
	if err != nil {
		return a.failAt(CheckCasts, at, err)
	}
	for i := 1; i < len(a.casts); i++ {
		if bytes.Compare(a.casts[i-1].entry[:], a.casts[i].entry[:]) >= 0 {
			return a.failAt(CheckCasts, i, ErrOrder)
		}
	}
	return a.findCounting()
}

func checkCast(line []byte, contest ballot.Contest, signers ballot.Signers) (cast, error) {
	s, err := readLine[ballot.Statement](line)
	if err != nil {
		return cast{}, err
	}
	if err := s.Check(contest, signers); err != nil {
		return cast{}, err
	}
	return cast{s.Entry(), [ed25519.PublicKeySize]byte(s.Credential.Public), s.Sequence, s.Commitment}, nil
}

// findCounting finds the casts that count: of each key the one with the highest sequence number, of which there is one.
func (a *audit) findCounting() error {
	type vote struct {
		key      [ed25519.PublicKeySize]byte
		sequence uint64
	}
	seen, newest := map[vote]bool{}, map[[ed25519.PublicKeySize]byte]int{}
	for i, c := range a.casts {
		if v := (vote{c.key, c.sequence}); seen[v] {
			return a.failAt(CheckCasts, i, ErrReplayed)
		} else {
			seen[v] = true
		}
		if last, is := newest[c.key]; !is || a.casts[last].sequence < c.sequence {
			newest[c.key] = i
		}
	}
	for _, i := range newest {
		a.counting = append(a.counting, i)
	}
	slices.SortFunc(a.counting, cmp.Compare)
	return nil
}

// each does something for 0 to n-1 on all processors. The error is that of the lowest number for which there is one, with the number.
func each(n int, do func(i int) error) (at int, err error) {
	var (
		mu      sync.Mutex
		workers sync.WaitGroup
		next    int
	)
	at = n
	take := func() (i int, more bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= at // those after one that failed need no look
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i, more := take(); more; i, more = take() {
				if failed := do(i); failed != nil {
					mu.Lock()
					if i < at {
						at, err = i, failed
					}
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return at, err
}

// checkNumbers holds what was counted against what is certified: keys that cast ≤ keys that either signer signed ≤ voters.
func (a *audit) checkNumbers() error {
	of := *a.class.Online
	keys := len(a.counting)
	switch {
	case keys > of.Keys, keys > of.Issued:
		return a.certified(CheckNumbers, ErrMoreCasts)
	case of.Keys > a.class.Issued, of.Issued > a.class.Voters, a.class.Issued > a.class.Voters:
		return a.certified(CheckNumbers, ErrMoreKeys)
	case keys != a.class.Papers, of.Keys != a.class.Received, len(a.casts) != of.Casts, of.Tendered < 0, of.NotOpened < 0, of.NotOpened > keys,
		a.class.Valid < 0, a.class.Spoiled < 0, a.class.Valid+a.class.Spoiled != a.class.Papers:
		return a.certified(CheckNumbers, ErrNumbers)
	}
	return nil
}

// checkLog holds the public log against the manifest and the casts: it has these, each once, and nothing else.
func (a *audit) checkLog() error {
	dir, err := fs.Sub(a.held, a.path(election.DirLog))
	if err != nil {
		return a.fail(CheckLog, election.DirLog, err)
	}
	c, err := bulletin.Verify(dir, a.manifest.Online.Log)
	if at, is := errors.AsType[*bulletin.FileError](err); is {
		return a.fail(CheckLog, election.DirLog+"/"+at.Path, at.Err)
	}
	if err != nil {
		return a.fail(CheckLog, election.FileManifest, err)
	}
	for _, name := range bulletin.Files(c.Size) {
		a.expected[a.path(election.DirLog+"/"+name)] = true
	}
	const checkpoint = election.DirLog + "/checkpoint"
	if c.Size == 0 || !bytes.Equal(c.Entries[0], a.raw) {
		return a.fail(CheckLog, checkpoint, ErrNotFirst)
	}
	if err := a.compare(c.Entries[1:], checkpoint); err != nil {
		return err
	}
	if c.Size != a.class.Online.LogSize || hex.EncodeToString(c.Root) != a.class.Online.LogRoot {
		return a.fail(CheckLog, checkpoint, ErrOtherLog)
	}
	return nil
}

// compare holds the log's entries against the casts.
func (a *audit) compare(entries [][]byte, checkpoint string) error {
	logged := make(map[ballot.Digest]bool, len(entries))
	for _, e := range entries {
		if len(e) != len(ballot.Digest{}) {
			return a.fail(CheckLog, checkpoint, ErrNotCast)
		}
		if logged[ballot.Digest(e)] {
			return a.fail(CheckLog, checkpoint, ErrTwiceInLog)
		}
		logged[ballot.Digest(e)] = true
	}
	for i, c := range a.casts {
		if !logged[c.entry] {
			return a.failAt(CheckLog, i, ErrNotInLog)
		}
	}
	if len(logged) > len(a.casts) {
		return a.fail(CheckLog, election.FileCasts, ErrNotCast)
	}
	return nil
}

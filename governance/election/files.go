package election

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
)

// The public files of an election whose votes were cast online: docs/audit-format.md. What is of a class is in a directory with its name.
const (
	FileCertificate = "certificate.json"
	FileSums        = "SHA256SUMS"
	FileManifest    = "manifest.json"
	FileCasts       = "casts.jsonl"
	FileOpenings    = "openings.jsonl"
	FilePapers      = "papers.blt"
	FileIssued      = "issued.json"
	DirLog          = "log"
)

// ErrNoSums says that a file is not what sha256sum writes, sorted by path.
var ErrNoSums = errors.New("it is not a list of SHA-256 hashes and paths, sorted by path, each path once")

// Sums is the file SHA256SUMS for files with these hashes, by path.
func Sums(hashes map[string]ballot.Digest) []byte {
	paths := make([]string, 0, len(hashes))
	for path := range hashes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var w strings.Builder
	for _, path := range paths {
		fmt.Fprintf(&w, "%s  %s\n", hashes[path], path)
	}
	return []byte(w.String())
}

// ReadSums reads what Sums writes, and nothing else. ErrNoSums.
func ReadSums(file []byte) (map[string]ballot.Digest, error) {
	hashes := map[string]ballot.Digest{}
	for line := range strings.Lines(string(file)) {
		hash, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		var d ballot.Digest
		if !ok || !fs.ValidPath(path) || path == "." || d.UnmarshalText([]byte(hash)) != nil {
			return nil, ErrNoSums
		}
		hashes[path] = d
	}
	if string(Sums(hashes)) != string(file) {
		return nil, ErrNoSums
	}
	return hashes, nil
}

// OpeningsPublished reports whether a class's openings are among the public files: where the manifest says so, unless so few voted that papers
// would not be published either.
func (m Manifest) OpeningsPublished(papers int) bool {
	return m.Online != nil && m.Online.Openings == OpeningsPublic && papers >= m.PublishFrom
}

// ReadPreferences is how a ballot that was cast online reads as a paper: 1 for the first preference, and so on. It is read up to the first
// preference that is for nobody on the paper or for somebody who has one already, and no further than LargestMark.
func ReadPreferences(preferences []int, candidates int) Reading {
	marks := make(Marks, candidates)
	for i, c := range preferences {
		if i == LargestMark || c < 1 || c > candidates || marks[c-1] != 0 {
			break
		}
		marks[c-1] = i + 1
	}
	return Reading{Marks: marks}
}

// ReadOpenings is how opened ballots read as papers, one for each. One that did not open is a paper that gives nobody a vote.
func ReadOpenings(openings []ballot.Opening, candidates int) []Reading {
	papers := make([]Reading, len(openings))
	for i, o := range openings {
		if o.Spoiled != "" {
			papers[i] = Reading{Rejected: NotOpened}
			continue
		}
		papers[i] = ReadPreferences(o.Preferences, candidates)
	}
	return papers
}

// Papers is the file of a class's papers, and why those are spoiled that are.
func (c Certificate) Papers(class CertifiedClass, papers []Reading) (blt string, reasons map[Spoiled]int) {
	of := class.contest(c.Election)
	reasons = map[Spoiled]int{}
	for _, why := range spoiled(papers) {
		reasons[why]++
	}
	return BLT(c.Title, of.Seats, of.Names(), of.Struck(), papers), reasons
}

// Class is what is certified of a class.
func (c Certificate) Class(class member.Class) (of CertifiedClass, found bool) {
	i := slices.IndexFunc(c.Classes, func(of CertifiedClass) bool { return of.Class == class })
	if i < 0 {
		return of, false
	}
	return c.Classes[i], true
}

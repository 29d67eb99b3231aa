package auditor

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
)

// What is read has limits, in bytes: some 600,000 casts are within them.
const (
	largestFile = 1 << 30
	largestSums = 16 << 20
	largestAll  = 2 << 30
)

// held are files whose hashes are those that were certified, by path.
type held map[string][]byte

// open reads all files: the certificate, and what its hash of SHA256SUMS vouches for.
func open(files fs.FS, key string) (Report, held, error) {
	var r Report
	about := func(check Check, name string, err error) error { return &Failure{Check: check, File: name, Err: err} }
	raw, err := read(files, election.FileCertificate, largestSums)
	if err != nil {
		return r, nil, about(CheckFiles, election.FileCertificate, err)
	}
	if r.Certificate, r.Signatures, r.Key, err = election.ReadCertificate(raw, key); err != nil {
		return r, nil, about(CheckCertificate, election.FileCertificate, err)
	}
	if !(election.Issue{Signatures: r.Signatures}).Complete() {
		return r, nil, about(CheckCertificate, election.FileCertificate, ErrNotSignedByAll)
	}
	if r.FilesHash == "" {
		return r, nil, about(CheckCertificate, election.FileCertificate, ErrNotOnline)
	}
	sums, err := read(files, election.FileSums, largestSums)
	if err != nil {
		return r, nil, about(CheckFiles, election.FileSums, err)
	}
	if ballot.Digest(sha256.Sum256(sums)).String() != r.FilesHash {
		return r, nil, about(CheckFiles, election.FileSums, ErrChanged)
	}
	hashes, err := election.ReadSums(sums)
	if err != nil {
		return r, nil, about(CheckFiles, election.FileSums, err)
	}
	r.Files = len(hashes)
	all, err := hold(files, hashes)
	return r, all, err
}

// hold reads every file that is listed, and says of each that is missing or changed.
func hold(files fs.FS, hashes map[string]ballot.Digest) (held, error) {
	all, left := held{}, int64(largestAll)
	var failures []error
	for _, path := range slices.Sorted(maps.Keys(hashes)) {
		raw, err := read(files, path, min(largestFile, left))
		if err == nil && sha256.Sum256(raw) != hashes[path] {
			err = ErrChanged
		}
		if err != nil {
			failures = append(failures, &Failure{Check: CheckFiles, File: path, Err: err})
			continue
		}
		all[path] = raw
		left -= int64(len(raw))
	}
	return all, errors.Join(failures...)
}

// read reads a file up to a limit. ErrMissing, ErrTooLarge.
func read(files fs.FS, path string, limit int64) ([]byte, error) {
	f, err := files.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	var b bytes.Buffer
	if about, err := f.Stat(); err == nil && about.Size() <= limit {
		b.Grow(int(about.Size()) + bytes.MinRead) // a file of many casts is not copied while it is read
	}
	n, err := io.Copy(&b, io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if n > limit {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

// extra are files that no class has.
func (h held) extra(expected map[string]bool) (failures []error) {
	for _, path := range slices.Sorted(maps.Keys(h)) {
		if !expected[path] {
			failures = append(failures, &Failure{Check: CheckFiles, File: path, Err: ErrExtra})
		}
	}
	return failures
}

// Open makes them a file system, for who reads one.
func (h held) Open(path string) (fs.File, error) {
	raw, ok := h[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return heldFile{bytes.NewReader(raw)}, nil
}

type heldFile struct{ *bytes.Reader }

func (heldFile) Close() error { return nil }

// Stat knows nothing: there was never more of the file than its bytes.
func (heldFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

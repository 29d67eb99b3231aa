// Package auditor verifies an election whose votes were cast online, from its public files alone: docs/audit-format.md says what they are.
// It needs no server and no database, and takes nobody's word where there is a proof.
package auditor

import (
	"errors"
	"fmt"
	"io/fs"

	"folkmoot/governance/election"
)

// Check is what is looked at. The order is that of the constants; a class's checks end with the first that fails.
type Check string

const (
	CheckCertificate Check = "certificate" // signed by the society, and by those who must
	CheckFiles       Check = "files"       // as many as there must be, and each the one that the certificate signs
	CheckManifest    Check = "manifest"    // the one that is certified, of this election
	CheckIssued      Check = "issued"      // what the scrutineers' signer says
	CheckCasts       Check = "casts"       // each by a key that both signers signed, each once
	CheckNumbers     Check = "numbers"     // no more casts than keys, no more keys than voters
	CheckLog         Check = "log"         // the casts, all of them and nothing else
	CheckOpenings    Check = "openings"    // of each ballot that counts, and of no other
	CheckPapers      Check = "papers"      // those that were opened
	CheckCount       Check = "count"       // the result
)

// Failure is something that does not hold.
type Failure struct {
	Check Check
	File  string // path
	Line  int    // from 1; 0 when it is about all of the file
	Err   error
}

func (f *Failure) Error() string {
	if f.Line > 0 {
		return fmt.Sprintf("%s, line %d: %v", f.File, f.Line, f.Err)
	}
	return fmt.Sprintf("%s: %v", f.File, f.Err)
}

// Unwrap is why it does not hold.
func (f *Failure) Unwrap() error { return f.Err }

// Options are what an audit takes besides the public files.
type Options struct {
	Key      string     // of the society, in hex; "": the one that the certificate names, which shows only that the files belong together
	Openings []Openings // of classes whose openings are not public
}

// Openings is a file of openings that is not public: as openings.jsonl would be. Whose it is its keys tell.
type Openings struct {
	Name string
	File []byte
}

// Report is what was found to hold.
type Report struct {
	election.Certificate

	Key        string               // with which the certificate is signed, in hex
	Signatures []election.Signature // of people
	Files      int                  // that SHA256SUMS lists
	Classes    []Class              // those that hold
}

// Class is what was found to hold of a class.
type Class struct {
	election.CertifiedClass

	Keys      int      // distinct ones that cast, each signed by both signers
	Recounted Evidence // from what the papers were counted again; "" where there was no poll
	Beacon    election.ManifestBeacon
}

// Evidence is from what a class was counted again.
type Evidence string

const (
	FromPublic Evidence = "public openings"
	FromGiven  Evidence = "openings given"
	Attested   Evidence = "attested by the scrutineers" // not counted again: openings are not public, and were not given
)

// Errors of audits. Each is part of a Failure.
var (
	ErrNotSignedByAll = errors.New("the certificate is not signed by the returning officer and two scrutineers")
	ErrNotOnline      = errors.New("votes were not cast online: folkmoot certificate verifies that election")
	ErrMissing        = errors.New("the file is missing")
	ErrUnlisted       = errors.New("the file is not in SHA256SUMS, and should be")
	ErrExtra          = errors.New("SHA256SUMS lists it, and it is no file of this election")
	ErrChanged        = errors.New("the file is not the one that was certified: its hash is another")
	ErrTooLarge       = errors.New("the file is larger than any of its kind")
	ErrUnreadable     = errors.New("it is not written as it should be")
	ErrOtherManifest  = errors.New("it is not the manifest that was certified: its hash is another")
	ErrNotAsManifest  = errors.New("the certificate says otherwise than the manifest")
	ErrNotAsIssued    = errors.New("the scrutineers' signer says otherwise than the certificate or the manifest")
	ErrOrder          = errors.New("lines are not sorted by entry, or one is there twice")
	ErrReplayed       = errors.New("one key cast twice with one sequence number")
	ErrMoreCasts      = errors.New("more keys cast than were signed")
	ErrMoreKeys       = errors.New("more keys were signed than there were voters")
	ErrNumbers        = errors.New("there are not as many as the certificate says")
	ErrNotInLog       = errors.New("the cast is not in the public log: it was added after the close, or the log was cut")
	ErrNotCast        = errors.New("the public log has an entry whose cast is missing: a ballot was removed")
	ErrTwiceInLog     = errors.New("the public log has an entry twice")
	ErrOtherLog       = errors.New("the public log is not as large, or has not the root, that was certified")
	ErrNotFirst       = errors.New("the public log does not begin with the manifest")
	ErrOtherOpening   = errors.New("it is not the opening of the cast that is next: one is missing, added, or of a ballot that was superseded")
	ErrNotOpenedLine  = errors.New("a ballot that did not open has no preferences")
	ErrPapers         = errors.New("the papers are not those that the openings give")
	ErrReasons        = errors.New("papers are spoiled for other reasons than the certificate says")
	ErrBeaconSays     = errors.New("the beacon's value on the certificate is not what its signature gives")
	ErrNobodys        = errors.New("these are the openings of none of the classes whose openings are not public")
)

// Audit verifies everything that the public files prove. The error joins a Failure for each thing that does not hold: what is missing or
// changed, then the first in each class. The report has only what holds.
func Audit(files fs.FS, o Options) (Report, error) {
	r, held, err := open(files, o.Key)
	if err != nil {
		return r, err
	}
	expected := map[string]bool{}
	var failures []error
	if err := r.CheckResolution(); err != nil {
		failures = append(failures, &Failure{Check: CheckCount, File: election.FileCertificate, Err: err})
	}
	given := newGiven(o.Openings)
	for _, class := range r.Certificate.Classes {
		a := &audit{certificate: r.Certificate, class: class, held: held, given: given, expected: expected}
		found, err := a.run()
		if err != nil {
			failures = append(failures, err)
			continue
		}
		r.Classes = append(r.Classes, found)
	}
	if len(failures) == 0 {
		failures = append(held.extra(expected), given.left()...)
	}
	return r, errors.Join(failures...)
}

// audit is that of one class.
type audit struct {
	certificate election.Certificate
	class       election.CertifiedClass
	held        held
	given       *given
	expected    map[string]bool // files, of all classes

	manifest election.Manifest
	raw      []byte // the manifest
	casts    []cast // sorted by entry
	counting []int  // which of them count, in that order
}

func (a *audit) path(name string) string { return string(a.class.Class) + "/" + name }

// fail is a failure about a file of the class.
func (a *audit) fail(check Check, name string, err error) error {
	return &Failure{Check: check, File: a.path(name), Err: err}
}

// failAt is one about a cast, counted from 0.
func (a *audit) failAt(check Check, line int, err error) error {
	return &Failure{Check: check, File: a.path(election.FileCasts), Line: line + 1, Err: err}
}

// certified is a failure about what the certificate says of the class.
func (a *audit) certified(check Check, err error) error {
	return &Failure{Check: check, File: election.FileCertificate, Err: fmt.Errorf("the %s class: %w", a.class.Class, err)}
}

// file is a file of the class, as it is certified.
func (a *audit) file(name string) ([]byte, error) {
	path := a.path(name)
	a.expected[path] = true
	raw, ok := a.held[path]
	if !ok {
		return nil, &Failure{Check: CheckFiles, File: path, Err: ErrUnlisted}
	}
	return raw, nil
}

func (a *audit) run() (Class, error) {
	found := Class{CertifiedClass: a.class}
	if a.class.Outcome != election.OutcomePoll {
		if _, err := a.certificate.Recount(a.class, ""); err != nil {
			return found, a.certified(CheckCount, err)
		}
		return found, nil
	}
	if a.class.Online == nil {
		return found, a.certified(CheckManifest, ErrNotOnline)
	}
	for _, check := range []func() error{a.checkManifest, a.checkIssued, a.checkCasts, a.checkNumbers, a.checkLog} {
		if err := check(); err != nil {
			return found, err
		}
	}
	found.Keys, found.Beacon = len(a.counting), a.manifest.Beacon
	var err error
	found.Recounted, err = a.checkCount()
	return found, err
}

// Known reports whether it is the beacon that we know, and not one that the society may run itself.
func (c Class) Known() bool {
	return c.Beacon.Key == election.Quicknet.Key && c.Beacon.Chain == election.Quicknet.Chain
}

package auditor

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"

	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/election"
)

const manifestFormat = "folkmoot-manifest/1"

// checkManifest holds the manifest against the certificate: what was voted on is what is certified.
func (a *audit) checkManifest() (err error) {
	if a.raw, err = a.file(election.FileManifest); err != nil {
		return err
	}
	if ballot.Digest(sha256.Sum256(a.raw)).String() != a.class.Manifest {
		return a.fail(CheckManifest, election.FileManifest, ErrOtherManifest)
	}
	if json.Unmarshal(a.raw, &a.manifest) != nil || a.manifest.Format != manifestFormat {
		return a.fail(CheckManifest, election.FileManifest, ErrUnreadable)
	}
	m, c := a.manifest, a.certificate
	if m.Online == nil || m.Ballots != election.BallotsOnline {
		return a.fail(CheckManifest, election.FileManifest, ErrNotOnline)
	}
	put := c.Resolution == nil && m.Motion == "" && m.Needs == "" || c.Resolution != nil && m.Motion == c.Resolution.Motion && m.Needs == c.Resolution.Needs
	same := put && m.Election == c.Election && m.Class == a.class.Class && m.Seats == a.class.Seats && m.Rule == c.Rule && m.RuleBook == c.RuleBook &&
		m.RollHash == c.RollHash && m.RollVersion == c.RollVersion && m.Voters == a.class.Voters && sameBeacon(m.Beacon, a.class.Beacon.ManifestBeacon) &&
		!m.Beacon.At.Before(m.PollCloses) && inItsTime(m.Beacon) && m.PollOpens.Equal(c.PollOpened) && m.PollCloses.Equal(c.PollClosed) && a.class.Public == m.OpeningsPublished(a.class.Papers) && a.sameCandidates()
	if !same {
		return a.fail(CheckManifest, election.FileManifest, ErrNotAsManifest)
	}
	if m.Online.Openings != election.OpeningsPublic && m.Online.Openings != election.OpeningsScrutineers {
		return a.fail(CheckManifest, election.FileManifest, ErrUnreadable)
	}
	return a.checkKeys(*m.Online)
}

// checkKeys refuses a manifest whose keys are none.
func (a *audit) checkKeys(o election.ManifestOnline) error {
	for _, signer := range [][]byte{o.Society, o.Scrutineers} {
		if err := ballot.CheckSigner(signer); err != nil {
			return a.fail(CheckManifest, election.FileManifest, err)
		}
	}
	if len(o.Issuer) != ed25519.PublicKeySize || len(o.Box) != ed25519.PublicKeySize || slices.Equal(o.Society, o.Scrutineers) {
		return a.fail(CheckManifest, election.FileManifest, ballot.ErrBadKey)
	}
	if err := bulletin.CheckVerifier(o.Log); err != nil {
		return a.fail(CheckManifest, election.FileManifest, err)
	}
	return nil
}

// inItsTime reports whether a round of the beacon that we know is of the time that the manifest says: of one that had spoken before, a society could
// have made its manifest until the lot suited it. Of another beacon nobody knows.
func inItsTime(b election.ManifestBeacon) bool {
	return b.Chain != election.Quicknet.Chain || b.Key == election.Quicknet.Key && election.Quicknet.At(b.Round).Equal(b.At)
}

func sameBeacon(a, b election.ManifestBeacon) bool {
	return a.Name == b.Name && a.Chain == b.Chain && a.Key == b.Key && a.Round == b.Round && a.At.Equal(b.At)
}

func (a *audit) sameCandidates() bool {
	return slices.EqualFunc(a.manifest.Candidates, a.class.Candidates, func(m election.ManifestEntry, c election.CertifiedCandidate) bool {
		return m.Number == c.Number && m.Name == c.Name && m.Reopens == (c.Nomination == "")
	})
}

// checkIssued holds what the scrutineers' signer says against the certificate.
func (a *audit) checkIssued() error {
	file, err := a.file(election.FileIssued)
	if err != nil {
		return err
	}
	var said ballot.Issued
	if json.Unmarshal(file, &said) != nil {
		return a.fail(CheckIssued, election.FileIssued, ErrUnreadable)
	}
	var contest ballot.Contest
	if err := contest.UnmarshalText([]byte(a.class.Manifest)); err != nil {
		return a.fail(CheckIssued, election.FileIssued, err)
	}
	if err := said.Check(contest, a.manifest.Online.Issuer); err != nil {
		return a.fail(CheckIssued, election.FileIssued, err)
	}
	if said.RollHash.String() != a.manifest.RollHash || said.Voters != uint64(max(0, a.class.Issued)) ||
		said.Issued > said.Voters || said.Issued != uint64(max(0, a.class.Online.Issued)) {
		return a.fail(CheckIssued, election.FileIssued, ErrNotAsIssued)
	}
	return nil
}

// given are the openings that are not public, by the first key in each.
type given struct{ by map[string]Openings }

func newGiven(all []Openings) *given {
	g := &given{map[string]Openings{}}
	for _, o := range all {
		lines, err := linesOf(o.File)
		if err != nil || len(lines) == 0 {
			g.by["\x00"+o.Name] = o // of nobody
			continue
		}
		first, err := readLine[ballot.Opening](lines[0])
		if err != nil {
			g.by["\x00"+o.Name] = o
			continue
		}
		g.by[string(first.Public)] = o
	}
	return g
}

// of takes the openings of a class, which begin with those of a key.
func (g *given) of(key []byte) (Openings, bool) {
	o, is := g.by[string(key)]
	delete(g.by, string(key))
	return o, is
}

// left are those of nobody.
func (g *given) left() (failures []error) {
	for _, key := range slices.Sorted(maps.Keys(g.by)) {
		failures = append(failures, &Failure{Check: CheckOpenings, File: g.by[key].Name, Err: ErrNobodys})
	}
	return failures
}

// checkCount counts again, from the openings: public ones, or those that were given.
func (a *audit) checkCount() (Evidence, error) {
	if a.manifest.OpeningsPublished(a.class.Papers) {
		file, err := a.file(election.FileOpenings)
		if err != nil {
			return "", err
		}
		papers, err := a.file(election.FilePapers)
		if err != nil {
			return "", err
		}
		blt, err := a.rebuild(file, a.path(election.FileOpenings))
		if err != nil {
			return "", err
		}
		if blt != string(papers) {
			return "", a.fail(CheckPapers, election.FilePapers, ErrPapers)
		}
		return FromPublic, a.recount(blt)
	}
	if len(a.counting) == 0 {
		blt, _ := a.certificate.Papers(a.class, nil) // there is nothing to open
		return FromPublic, a.recount(blt)
	}
	openings, is := a.given.of(a.casts[a.counting[0]].key[:])
	if !is {
		return Attested, nil
	}
	blt, err := a.rebuild(openings.File, openings.Name)
	if err != nil {
		return "", err
	}
	return FromGiven, a.recount(blt)
}

// rebuild makes the file of papers from openings: one of each cast that counts, in their order.
func (a *audit) rebuild(file []byte, name string) (blt string, err error) {
	lines, err := linesOf(file)
	if err != nil {
		return "", &Failure{Check: CheckOpenings, File: name, Err: err}
	}
	openings := make([]ballot.Opening, len(lines))
	contest, unopened := ballot.Contest(sha256.Sum256(a.raw)), 0
	for i, line := range lines {
		if openings[i], err = readLine[ballot.Opening](line); err == nil {
			err = a.checkOpening(openings[i], i, contest)
		}
		if err != nil {
			return "", &Failure{Check: CheckOpenings, File: name, Line: i + 1, Err: err}
		}
		if openings[i].Spoiled != "" {
			unopened++
		}
	}
	if len(openings) != len(a.counting) {
		return "", &Failure{Check: CheckOpenings, File: name, Err: ErrOtherOpening}
	}
	if unopened != a.class.Online.NotOpened {
		return "", &Failure{Check: CheckOpenings, File: name, Err: ErrNumbers}
	}
	blt, reasons := a.certificate.Papers(a.class, election.ReadOpenings(openings, len(a.class.Candidates)))
	if !a.sameReasons(reasons) {
		return "", a.certified(CheckPapers, ErrReasons)
	}
	return blt, nil
}

// checkOpening holds an opening against the cast that is next.
func (a *audit) checkOpening(o ballot.Opening, i int, contest ballot.Contest) error {
	if i >= len(a.counting) {
		return ErrOtherOpening
	}
	of := a.casts[a.counting[i]]
	if string(o.Public) != string(of.key[:]) || o.Sequence != of.sequence {
		return ErrOtherOpening
	}
	if o.Spoiled == "" {
		return o.Check(of.statement(contest))
	}
	if o.Spoiled != ballot.NotOpened || len(o.Chance)+len(o.Preferences) > 0 {
		return ErrNotOpenedLine
	}
	return nil
}

// sameReasons reports whether papers are spoiled for the reasons that are certified. Papers with figures only for those who were struck off are
// found when they are counted.
func (a *audit) sameReasons(reasons map[election.Spoiled]int) bool {
	certified, n := maps.Clone(a.class.Reasons), 0
	delete(certified, election.SpoiledStruck)
	maps.DeleteFunc(certified, func(_ election.Spoiled, papers int) bool { return papers == 0 })
	for _, papers := range a.class.Reasons {
		n += papers
	}
	return maps.Equal(certified, reasons) && n == a.class.Spoiled
}

// recount counts the papers, with the lot that the beacon gives.
func (a *audit) recount(blt string) error {
	counted, err := a.certificate.Recount(a.class, blt)
	if err != nil {
		return a.certified(CheckCount, err)
	}
	if counted.Value != a.class.Beacon.Value {
		return a.certified(CheckCount, ErrBeaconSays)
	}
	return nil
}

// Package auditortest holds whole elections online, with real keys, ballots and logs, and publishes them as a society would: an honest one, or
// one that a test bends before it signs.
package auditortest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
)

// Candidates are on every paper.
var Candidates = []string{"Ann", "Ben", "Cai", "Dee"}

const (
	serverKey = "a server's key"
	id        = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
	seats     = 2
	rollHash  = "b1946ac92492d2347c6235b4d2611184a79b1f9a1f5d0a2d8d1c3f7e5a6b9c0d"
)

var closes = time.Date(2027, 3, 14, 12, 0, 0, 0, time.UTC)

// Election is one that was held. What a test changes in it Publish takes for the truth, and signs.
type Election struct {
	Signing election.SigningKey
	Polls   []*Poll
	Bend    func(*election.Certificate) // changes the certificate before it is signed; nil: nothing
}

// Poll is the poll of one class.
type Poll struct {
	Manifest    election.Manifest
	Society     ballot.Signer
	Scrutineers ballot.Signer
	Issuer      ed25519.PrivateKey
	LogKey      bulletin.Key
	Voters      []Voter
	Casts       []ballot.Statement
	Openings    []ballot.Opening // of the casts that count, in no order
	Log         []ballot.Digest  // after the manifest
	Keys        int              // that the society signed
	Issued      ballot.Issued    // signed by Publish unless it is signed already

	opening [ballot.Scrutineer]ballot.ScrutineerKey
	raw     []byte // the manifest, once it is written
}

// Voter is somebody whose key both signers signed.
type Voter struct {
	ballot.VoterKey
	ballot.Credential
}

// Hold holds an election: a poll for each class, with so many voters, whose openings are public or not. Of every five voters one casts twice;
// one ballot does not open, one is blank, and one repeats a candidate.
func Hold(voters map[member.Class]int, openings map[member.Class]election.Openings) (*Election, error) {
	signing, err := election.NewSigningKey([]byte(serverKey))
	if err != nil {
		return nil, err
	}
	e := &Election{Signing: signing}
	for _, class := range slices.Sorted(maps.Keys(voters)) {
		p, err := newPoll(class, voters[class], openings[class])
		if err != nil {
			return nil, fmt.Errorf("hold a poll of the %s class: %w", class, err)
		}
		e.Polls = append(e.Polls, p)
	}
	return e, nil
}

func newPoll(class member.Class, voters int, openings election.Openings) (p *Poll, err error) {
	p = &Poll{Keys: voters}
	if p.Society, err = ballot.NewSigner(rand.Reader); err != nil {
		return nil, err
	}
	if p.Scrutineers, err = ballot.NewSigner(rand.Reader); err != nil {
		return nil, err
	}
	if p.LogKey, err = bulletin.NewKey([]byte(serverKey), id, string(class)); err != nil {
		return nil, err
	}
	online := &election.ManifestOnline{Log: p.LogKey.Verifier(), Openings: openings}
	if online.Issuer, p.Issuer, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	if online.Box, _, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	for i := range p.opening {
		if p.opening[i], err = ballot.NewScrutineerKey(); err != nil {
			return nil, err
		}
		online.Opening[i] = p.opening[i].Public()
	}
	if online.Society, err = p.Society.Public(); err != nil {
		return nil, err
	}
	if online.Scrutineers, err = p.Scrutineers.Public(); err != nil {
		return nil, err
	}
	beacon, err := election.NewPracticeBeacon("")
	if err != nil {
		return nil, err
	}
	p.Manifest = manifest(class, voters, online, beacon.Beacon)
	return p, p.vote(voters)
}

func manifest(class member.Class, voters int, online *election.ManifestOnline, beacon election.Beacon) election.Manifest {
	round := beacon.RoundAfter(closes.Add(time.Hour))
	m := election.Manifest{
		Format: "folkmoot-manifest/1", Election: id, Title: "Board 2027", Class: class, Seats: seats, Rule: election.Scottish, RuleBook: 1, RollVersion: 1,
		RollHash: rollHash, Voters: voters + 1, PollOpens: closes.AddDate(0, 0, -7), PollCloses: closes, Ballots: election.BallotsOnline, PublishFrom: 5,
		Beacon: election.ManifestBeacon{Name: beacon.Name, Chain: beacon.Chain, Key: beacon.Key, Round: round, At: beacon.At(round)}, Online: online,
	}
	for i, name := range Candidates {
		m.Candidates = append(m.Candidates, election.ManifestEntry{Number: i + 1, Name: name})
	}
	return m
}

// File is the manifest as it is published.
func (p *Poll) File() []byte {
	if p.raw == nil {
		p.raw, _ = json.MarshalIndent(p.Manifest, "", "\t")
		p.raw = append(p.raw, '\n')
	}
	return p.raw
}

// Contest is the poll's name.
func (p *Poll) Contest() ballot.Contest { return sha256.Sum256(p.File()) }

// Enrol makes a voter whose key both signers sign, each without seeing it.
func (p *Poll) Enrol() (v Voter, err error) {
	if v.VoterKey, err = ballot.NewVoterKey(p.Contest(), rand.Reader); err != nil {
		return v, err
	}
	v.Credential.Public = v.VoterKey.Public()
	if v.Society, err = mark(v.VoterKey, p.Society, p.Manifest.Online.Society); err != nil {
		return v, err
	}
	v.Scrutineers, err = mark(v.VoterKey, p.Scrutineers, p.Manifest.Online.Scrutineers)
	return v, err
}

func mark(k ballot.VoterKey, by ballot.Signer, public []byte) (m ballot.Mark, err error) {
	asked, err := k.Ask(public, rand.Reader)
	if err != nil {
		return m, err
	}
	answer, err := by.Sign(asked.Blinded)
	if err != nil {
		return m, err
	}
	return asked.Finish(answer)
}

// Cast casts a voter's ballot, and says how it opens. One that is spoiled commits to something else than is sealed.
func (p *Poll) Cast(v Voter, sequence uint64, spoiled bool, preferences ...int) (s ballot.Statement, o ballot.Opening, err error) {
	plain, err := ballot.NewPlain(preferences, rand.Reader)
	if err != nil {
		return s, o, err
	}
	sealed, err := plain.Seal(p.Contest(), v.VoterKey.Public(), p.Manifest.Online.Opening, rand.Reader)
	if err != nil {
		return s, o, err
	}
	commitment := plain.Commitment(p.Contest(), v.VoterKey.Public())
	if spoiled {
		commitment[0] ^= 1
	}
	c := v.Cast(v.Credential, sequence, commitment, sealed)
	return c.Statement, p.open(c), nil
}

// open is what two scrutineers find in a ballot.
func (p *Poll) open(c ballot.Cast) ballot.Opening {
	pair := ballot.Pairs[1]
	peeled, err := p.opening[pair[0]].Peel(c, 1)
	if err == nil {
		var plain ballot.Plain
		if plain, err = p.opening[pair[1]].Open(c, 1, peeled); err == nil {
			return plain.Opening(c.Statement)
		}
	}
	return ballot.Opening{Public: c.Credential.Public, Sequence: c.Sequence, Spoiled: ballot.NotOpened}
}

// vote has everybody vote, on all processors.
func (p *Poll) vote(voters int) error {
	p.File() // written once, before many read it
	p.Voters = make([]Voter, voters)
	casts, openings, failed := make([][]ballot.Statement, voters), make([]ballot.Opening, voters), make([]error, voters)
	var workers sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := w; i < voters; i += runtime.GOMAXPROCS(0) {
				casts[i], openings[i], failed[i] = p.voteOf(i)
			}
		})
	}
	workers.Wait()
	p.Casts, p.Openings = slices.Concat(casts...), openings
	for _, s := range p.Casts {
		p.Log = append(p.Log, s.Entry())
	}
	slices.SortFunc(p.Log, func(a, b ballot.Digest) int { return bytes.Compare(a[:], b[:]) }) // as good as shuffled
	return errors.Join(failed...)
}

func (p *Poll) voteOf(i int) (casts []ballot.Statement, o ballot.Opening, err error) {
	if p.Voters[i], err = p.Enrol(); err != nil {
		return nil, o, err
	}
	preferences := [][]int{{1, 2, 3}, {}, {3, 3, 1}, {2, 1}, {4, 1}, {3, 2, 1, 4}, {1}}[i%7]
	if i >= 7 && len(preferences) == 0 {
		preferences = []int{2, 3}
	}
	sequence := uint64(1)
	if i%5 == 4 {
		s, _, err := p.Cast(p.Voters[i], sequence, false, 4, 3, 2, 1)
		if err != nil {
			return nil, o, err
		}
		casts, sequence = append(casts, s), 3
	}
	s, o, err := p.Cast(p.Voters[i], sequence, i == 3, preferences...)
	return append(casts, s), o, err
}

// Publish writes and signs the public files.
func (e *Election) Publish(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	c := election.Certificate{
		Format: "folkmoot-certificate/1", Election: id, Title: "Board 2027", Version: 1, RuleBook: 1, Rule: election.Scottish,
		PollOpened: closes.AddDate(0, 0, -7), PollClosed: closes, RollVersion: 1, RollHash: rollHash,
	}
	for _, p := range e.Polls {
		class, err := p.publish(ctx, c, files)
		if err != nil {
			return nil, fmt.Errorf("publish the %s class: %w", p.Manifest.Class, err)
		}
		c.Classes = append(c.Classes, class)
	}
	c.Classes = append(c.Classes, election.CertifiedClass{
		Class: member.ClassContributor, Seats: 1, Outcome: election.OutcomeUnopposed, Manifest: rollHash,
		Candidates: []election.CertifiedCandidate{{Number: 1, Name: "Eve", Nomination: "n5"}}, Elected: []int{1},
	})
	return files, e.Sign(c, files)
}

// Sign makes SHA256SUMS and the certificate for files.
func (e *Election) Sign(c election.Certificate, files map[string][]byte) error {
	hashes := map[string]ballot.Digest{}
	for path, raw := range files {
		if path != election.FileCertificate && path != election.FileSums {
			hashes[path] = sha256.Sum256(raw)
		}
	}
	files[election.FileSums] = election.Sums(hashes)
	c.FilesHash = ballot.Digest(sha256.Sum256(files[election.FileSums])).String()
	if e.Bend != nil {
		e.Bend(&c)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	at := closes.Add(2 * time.Hour)
	files[election.FileCertificate], err = e.Signing.File(election.Issue{Body: string(body), Signatures: []election.Signature{
		{Duty: "returning officer", Name: "Ro", At: at}, {Duty: "scrutineer", Name: "Sue", At: at}, {Duty: "scrutineer", Name: "Sam", At: at},
	}})
	return err
}

func (p *Poll) publish(ctx context.Context, c election.Certificate, files map[string][]byte) (of election.CertifiedClass, err error) {
	at := func(name string) string { return string(p.Manifest.Class) + "/" + name }
	contest := p.Contest()
	files[at(election.FileManifest)] = p.File()
	casts, counting := p.sorted()
	if files[at(election.FileCasts)], err = jsonLines(casts); err != nil {
		return of, err
	}
	of = p.certified(contest, casts, counting)
	log, err := p.log(ctx)
	if err != nil {
		return of, err
	}
	for name, raw := range log.files {
		files[at(election.DirLog+"/"+name)] = raw
	}
	of.Online.LogSize, of.Online.LogRoot = log.Size, hex.EncodeToString(log.Root)
	if p.Issued.Signature == nil {
		p.Issued.Contest, p.Issued.Voters = contest, uint64(p.Manifest.Voters) //nolint:gosec // not negative
		_ = p.Issued.RollHash.UnmarshalText([]byte(rollHash))
		if p.Issued.Issued == 0 {
			p.Issued.Issued = uint64(len(p.Voters))
		}
		p.Issued = p.Issued.Sign(p.Issuer)
	}
	of.Online.Issued = int(p.Issued.Issued) //nolint:gosec // of a test
	issued, err := json.Marshal(p.Issued)
	if err != nil {
		return of, err
	}
	files[at(election.FileIssued)] = append(issued, '\n')
	blt, err := p.count(c, &of, counting)
	if err != nil || !p.Manifest.OpeningsPublished(of.Papers) {
		return of, err
	}
	files[at(election.FilePapers)] = []byte(blt)
	files[at(election.FileOpenings)], err = jsonLines(counting)
	return of, err
}

// OpeningsFile is the file of openings, public or not.
func (p *Poll) OpeningsFile() ([]byte, error) {
	_, counting := p.sorted()
	return jsonLines(counting)
}

// sorted are the casts by their entries, and the openings of those that count in the same order.
func (p *Poll) sorted() (casts []ballot.Statement, counting []ballot.Opening) {
	casts = slices.Clone(p.Casts)
	slices.SortFunc(casts, func(a, b ballot.Statement) int {
		x, y := a.Entry(), b.Entry()
		return bytes.Compare(x[:], y[:])
	})
	of := map[string]ballot.Opening{}
	for _, o := range p.Openings {
		of[fmt.Sprintf("%x/%d", o.Public, o.Sequence)] = o
	}
	for _, s := range casts {
		if o, is := of[fmt.Sprintf("%x/%d", s.Credential.Public, s.Sequence)]; is {
			counting = append(counting, o)
		}
	}
	return casts, counting
}

// certified is what is certified of the class before its papers are counted.
func (p *Poll) certified(contest ballot.Contest, casts []ballot.Statement, counting []ballot.Opening) election.CertifiedClass {
	of := election.CertifiedClass{
		Class: p.Manifest.Class, Seats: seats, Outcome: election.OutcomePoll, Manifest: contest.String(), Voters: p.Manifest.Voters, Issued: p.Manifest.Voters,
		Received: p.Keys, Papers: len(counting), Public: p.Manifest.OpeningsPublished(len(counting)), Online: &election.CertifiedOnline{Keys: p.Keys, Casts: len(casts)},
	}
	for _, o := range counting {
		if o.Spoiled != "" {
			of.Online.NotOpened++
		}
	}
	for i, name := range Candidates {
		of.Candidates = append(of.Candidates, election.CertifiedCandidate{Number: i + 1, Name: name, Nomination: fmt.Sprint("n", i+1)})
	}
	return of
}

// count counts the papers that the openings give.
func (p *Poll) count(c election.Certificate, of *election.CertifiedClass, counting []ballot.Opening) (blt string, err error) {
	blt, of.Reasons = c.Papers(*of, election.ReadOpenings(counting, len(Candidates)))
	papers, err := tally.ReadBLT(bytes.NewReader([]byte(blt)), int64(len(blt)))
	if err != nil {
		return "", err
	}
	beacon, err := election.NewPracticeBeacon("")
	if err != nil {
		return "", err
	}
	said, err := beacon.Speak(p.Manifest.Beacon.Round, p.Manifest.Beacon.At.Add(time.Minute))
	if err != nil {
		return "", err
	}
	_, value, err := beacon.Value(p.Manifest.Beacon.Round, said)
	if err != nil {
		return "", err
	}
	contest := p.Contest()
	result, err := tally.Count(papers, election.Scottish, tally.Options{Lot: tally.LotFromSeed(slices.Concat(value, contest[:]), len(Candidates))})
	if err != nil {
		return "", err
	}
	sum := ballot.Digest(sha256.Sum256([]byte(blt)))
	of.PapersHash, of.Valid, of.Spoiled, of.Quota, of.Elected = sum.String(), int(result.Valid), int(result.Invalid), result.Quota.String(), result.Elected
	of.Unfilled = seats - len(result.Elected)
	of.Beacon = &election.CertifiedBeacon{ManifestBeacon: p.Manifest.Beacon, Signature: said, Value: hex.EncodeToString(value)}
	of.Count, err = json.Marshal(result)
	return blt, err
}

type published struct {
	bulletin.Checkpoint

	files map[string][]byte
}

// log writes the log, and reads the files that it has by then.
func (p *Poll) log(ctx context.Context) (of published, err error) {
	dir, err := os.MkdirTemp("", "log")
	if err != nil {
		return of, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l, err := bulletin.Open(ctx, dir, p.LogKey, p.File())
	if err != nil {
		return of, err
	}
	err = l.Append(ctx, p.Log)
	of = published{l.Checkpoint(), map[string][]byte{}}
	if err := errors.Join(err, l.Close(ctx)); err != nil {
		return of, err
	}
	for _, name := range bulletin.Files(of.Size) {
		if of.files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil { //nolint:gosec // our own
			return of, err
		}
	}
	return of, nil
}

func jsonLines[T any](all []T) ([]byte, error) {
	var b bytes.Buffer
	for _, v := range all {
		line, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes(), nil
}

// Clone is an election that can be bent without bending this one. Its polls share nothing that a test changes.
func (e *Election) Clone() *Election {
	c := &Election{Signing: e.Signing}
	for _, p := range e.Polls {
		q := *p
		online := *p.Manifest.Online
		q.Manifest.Online = &online
		q.Casts, q.Openings, q.Log = slices.Clone(p.Casts), slices.Clone(p.Openings), slices.Clone(p.Log)
		c.Polls = append(c.Polls, &q)
	}
	return c
}

// Rewrite has the manifest written anew, after a test has changed it: it is another contest then.
func (p *Poll) Rewrite() { p.raw = nil }

package auditor_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"folkmoot/governance/auditor"
	"folkmoot/governance/auditor/auditortest"
	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// held is an election that all tests share: its keys take seconds to make. Whoever bends it bends a clone.
var held = sync.OnceValue(func() *auditortest.Election {
	return sure(auditortest.Hold(
		map[member.Class]int{member.ClassOrdinary: 12, member.ClassOperator: 6},
		map[member.Class]election.Openings{member.ClassOrdinary: election.OpeningsPublic, member.ClassOperator: election.OpeningsScrutineers},
	))
})

// sure is for what cannot fail in these tests.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var published = sync.OnceValue(func() map[string][]byte { return sure(held().Clone().Publish(bg)) })

func onDisk(files map[string][]byte) fstest.MapFS {
	disk := fstest.MapFS{}
	for path, raw := range files {
		disk[path] = &fstest.MapFile{Data: raw}
	}
	return disk
}

func TestAnHonestElectionHolds(t *testing.T) {
	operators := held().Polls[0]
	r, err := auditor.Audit(onDisk(published()), auditor.Options{Key: held().Signing.Public()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != 3 || r.Files != len(published())-2 {
		t.Fatalf("%d classes hold, and %d files", len(r.Classes), r.Files)
	}
	for i, want := range []auditor.Evidence{auditor.Attested, auditor.FromPublic, ""} {
		if got := r.Classes[i].Recounted; got != want {
			t.Errorf("%s: counted again from %q, want %q", r.Classes[i].Class, got, want)
		}
	}
	if of := r.Classes[1]; of.Keys != 12 || of.Online.Casts != 14 || of.Online.NotOpened != 1 || of.Spoiled != 2 || of.Known() {
		t.Errorf("of the ordinary class: %+v", of.Online)
	}
	openings := auditor.Openings{Name: "operators.jsonl", File: sure(operators.OpeningsFile())}
	if r, err = auditor.Audit(onDisk(published()), auditor.Options{Openings: []auditor.Openings{openings}}); err != nil || r.Classes[0].Recounted != auditor.FromGiven {
		t.Errorf("with the openings that are not public: %v", err)
	}
}

// TestGivenOpeningsAreHeldAgainstTheCasts: those of nobody, of the other class, with one changed, and with one missing.
func TestGivenOpeningsAreHeldAgainstTheCasts(t *testing.T) {
	whole := sure(held().Polls[0].OpeningsFile())
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"of nobody":          {nil, auditor.ErrNobodys},
		"of the other class": {published()["ordinary/openings.jsonl"], auditor.ErrNobodys},
		"one changed":        {bytes.Replace(whole, []byte(`"preferences":[1,2,3]`), []byte(`"preferences":[2,1,3]`), 1), ballot.ErrNotCommitted},
		"one missing":        {bytes.Join(lines[:len(lines)-2], nil), auditor.ErrOtherOpening},
		"one twice":          {append(slices.Clone(whole), lines[0]...), auditor.ErrOtherOpening},
		"no end":             {append(slices.Clone(whole), '{'), auditor.ErrNobodys},
	} {
		_, err := auditor.Audit(onDisk(published()), auditor.Options{Openings: []auditor.Openings{{Name: "given", File: c.file}}})
		if f := failure(err); f == nil || f.Check != auditor.CheckOpenings || f.File != "given" || !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// failure is the first thing that does not hold.
func failure(err error) *auditor.Failure {
	f, _ := errors.AsType[*auditor.Failure](err)
	return f
}

// TestNoPublicFileMayBeChanged drops, cuts and changes every file: the certificate's signature covers all.
func TestNoPublicFileMayBeChanged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	chance := mathrand.New(mathrand.NewPCG(seed, 0)) //nolint:gosec // a test must be able to do it again
	t.Logf("seed %d", seed)
	key := held().Signing.Public()
	for _, path := range slices.Sorted(maps.Keys(published())) {
		whole := published()[path]
		for what, bad := range tampered(whole, chance) {
			files := maps.Clone(published())
			if files[path] = bad; bad == nil {
				delete(files, path)
			}
			_, err := auditor.Audit(onDisk(files), auditor.Options{Key: key})
			if f := failure(err); f == nil || f.File != path || f.Check != auditor.CheckFiles && f.Check != auditor.CheckCertificate {
				t.Errorf("seed %d: %s %s: %v", seed, path, what, err)
			}
		}
	}
}

// tampered is what may happen to a file; nil for one that is gone.
func tampered(whole []byte, chance *mathrand.Rand) map[string][]byte {
	all := map[string][]byte{
		"dropped": nil, "cut to nothing": {}, "cut by a byte": whole[:len(whole)-1], "cut short": whole[:chance.IntN(len(whole))],
		"with a byte more": append(slices.Clone(whole), '\n'),
	}
	for _, at := range []int{0, len(whole) - 1, chance.IntN(len(whole)), chance.IntN(len(whole)), chance.IntN(len(whole))} {
		changed := slices.Clone(whole)
		changed[at] ^= 1 << chance.IntN(8)
		all["changed at "+strconv.Itoa(at)] = changed
	}
	return all
}

// TestADishonestSocietyIsFoundOut: whoever can sign everything that the society signs still cannot make these hold.
func TestADishonestSocietyIsFoundOut(t *testing.T) {
	for name, c := range map[string]struct {
		bend  func(e *auditortest.Election, p *auditortest.Poll)
		check auditor.Check
		want  error
	}{
		"a ballot added with a key that nobody signed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			v := auditortest.Voter{VoterKey: sure(ballot.NewVoterKey(p.Contest(), rand.Reader)), Credential: p.Voters[0].Credential}
			v.Credential.Public = v.VoterKey.Public()
			add(p, v)
		}, auditor.CheckCasts, ballot.ErrNotSigned},
		"a ballot added with a key that the society signed twice": {func(_ *auditortest.Election, p *auditortest.Poll) {
			v := sure(p.Enrol())
			v.Scrutineers = v.Society
			add(p, v)
		}, auditor.CheckCasts, ballot.ErrNotSigned},
		"a ballot added after the close": {func(_ *auditortest.Election, p *auditortest.Poll) {
			add(p, sure(p.Enrol()))
			p.Log = p.Log[:len(p.Log)-1]
			p.Keys, p.Issued.Issued = p.Keys+1, 13
		}, auditor.CheckLog, auditor.ErrNotInLog},
		"a ballot removed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Casts, p.Openings = p.Casts[1:], p.Openings[1:]
		}, auditor.CheckLog, auditor.ErrNotCast},
		"a ballot removed with its entry": {func(e *auditortest.Election, p *auditortest.Poll) {
			p.Log = slices.DeleteFunc(p.Log, func(d ballot.Digest) bool { return d == p.Casts[0].Entry() })
			p.Casts, p.Openings = p.Casts[1:], p.Openings[1:]
			e.Bend = func(c *election.Certificate) { // the checkpoint that scrutineers took down at the close
				c.Classes[1].Online.LogSize, c.Classes[1].Online.LogRoot = 15, strings.Repeat("0", 64)
			}
		}, auditor.CheckLog, auditor.ErrOtherLog},
		"a ballot that was superseded counted": {func(_ *auditortest.Election, p *auditortest.Poll) {
			i := slices.IndexFunc(p.Openings, func(o ballot.Opening) bool { return o.Sequence == 3 })
			p.Openings[i].Sequence = 1
		}, auditor.CheckOpenings, auditor.ErrOtherOpening},
		"a ranking changed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Openings[0].Preferences = []int{2, 1, 3}
		}, auditor.CheckOpenings, ballot.ErrNotCommitted},
		"a ballot said not to open, and the number kept": {func(e *auditortest.Election, p *auditortest.Poll) {
			p.Openings[0] = ballot.Opening{Public: p.Openings[0].Public, Sequence: 1, Spoiled: ballot.NotOpened}
			e.Bend = func(c *election.Certificate) { c.Classes[1].Online.NotOpened-- }
		}, auditor.CheckOpenings, auditor.ErrNumbers},
		"a ballot spoiled for a reason of our own": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Openings[0].Spoiled = "illegible"
		}, auditor.CheckOpenings, auditor.ErrNotOpenedLine},
		"a cast replayed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Casts = append(p.Casts, p.Casts[0])
		}, auditor.CheckCasts, auditor.ErrOrder},
		"a sequence number used twice": {func(_ *auditortest.Election, p *auditortest.Poll) {
			s, _, err := p.Cast(p.Voters[0], 1, false, 4)
			p.Casts, p.Log = append(p.Casts, sure(s, err)), append(p.Log, s.Entry())
		}, auditor.CheckCasts, auditor.ErrReplayed},
		"a sequence number raised": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Casts[0].Sequence = 9
		}, auditor.CheckCasts, ballot.ErrForgedCast},
		"another key for the society's signer": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Manifest.Online.Society = sure(sure(ballot.NewSigner(rand.Reader)).Public())
			p.Rewrite()
		}, auditor.CheckCasts, ballot.ErrNotSigned},
		"one signer for both": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Manifest.Online.Scrutineers = p.Manifest.Online.Society
			p.Rewrite()
		}, auditor.CheckManifest, ballot.ErrBadKey},
		"more keys than the scrutineers' signer signed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Issued.Issued = 11
		}, auditor.CheckNumbers, auditor.ErrMoreCasts},
		"more keys than the society signed": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Keys = 11
		}, auditor.CheckNumbers, auditor.ErrMoreCasts},
		"more keys than voters": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Keys = p.Manifest.Voters + 1
		}, auditor.CheckNumbers, auditor.ErrMoreKeys},
		"another count of issued keys certified": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Online.Issued = 13 }
		}, auditor.CheckIssued, auditor.ErrNotAsIssued},
		"a count of issued keys that the scrutineers did not sign": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Issued = ballot.Issued{Contest: p.Contest(), Voters: 13, Issued: 12}.Sign(other())
		}, auditor.CheckIssued, ballot.ErrForgedIssued},
		"a log cut short": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Log = p.Log[:5]
		}, auditor.CheckLog, auditor.ErrNotInLog},
		"an entry in the log that nobody cast": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.Log = append(p.Log, ballot.Digest{1})
		}, auditor.CheckLog, auditor.ErrNotCast},
		"a log signed with another key": {func(_ *auditortest.Election, p *auditortest.Poll) {
			p.LogKey = sure(bulletin.NewKey([]byte("another"), p.Manifest.Election, "ordinary"))
		}, auditor.CheckLog, bulletin.ErrOtherKey},
		"a cast of another contest": {func(e *auditortest.Election, p *auditortest.Poll) {
			s := e.Polls[0].Casts[0]
			p.Casts, p.Log = append(p.Casts, s), append(p.Log, s.Entry())
		}, auditor.CheckCasts, ballot.ErrNotSigned},
		"a voter's key of another contest": {func(e *auditortest.Election, p *auditortest.Poll) {
			v := e.Polls[0].Voters[0]
			v.Contest = p.Contest()
			add(p, v)
		}, auditor.CheckCasts, ballot.ErrNotSigned},
		"another manifest than was certified": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Manifest = strings.Repeat("0", 64) }
		}, auditor.CheckManifest, auditor.ErrOtherManifest},
		"fewer seats than the manifest has": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Seats = 1 }
		}, auditor.CheckManifest, auditor.ErrNotAsManifest},
		"a beacon's round of our own": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Beacon.Round++ }
		}, auditor.CheckManifest, auditor.ErrNotAsManifest},
		"a lot that the beacon did not give": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) {
				c.Classes[1].Beacon.Signature = strings.Repeat("00", 48)
			}
		}, auditor.CheckCount, election.ErrNoBeacon},
		"somebody else elected": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Elected = []int{4, 2} }
		}, auditor.CheckCount, election.ErrCountDiffers},
		"somebody else elected without a vote": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[2].Unfilled = 1 }
		}, auditor.CheckCount, election.ErrCountDiffers},
		"papers spoiled for other reasons": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) {
				c.Classes[1].Reasons = map[election.Spoiled]int{election.SpoiledBlank: 2}
			}
		}, auditor.CheckPapers, auditor.ErrReasons},
		"ballots left out of the numbers": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Online.Casts-- }
		}, auditor.CheckNumbers, auditor.ErrNumbers},
		"a class of which we say it was on paper": {func(e *auditortest.Election, _ *auditortest.Poll) {
			e.Bend = func(c *election.Certificate) { c.Classes[1].Online = nil }
		}, auditor.CheckManifest, auditor.ErrNotOnline},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := held().Clone()
			c.bend(e, e.Polls[1])
			_, err := auditor.Audit(onDisk(sure(e.Publish(bg))), auditor.Options{Key: e.Signing.Public()})
			if f := failure(err); f == nil || f.Check != c.check || !errors.Is(err, c.want) {
				t.Errorf("found %v, want %v", err, c.want)
			}
		})
	}
}

// add adds a ballot everywhere.
func add(p *auditortest.Poll, v auditortest.Voter) {
	s, o, err := p.Cast(v, 1, false, 4)
	p.Casts, p.Openings, p.Log = append(p.Casts, sure(s, err)), append(p.Openings, o), append(p.Log, s.Entry())
}

// TestFilesAreThoseThatThereMustBe: the certificate signs them, and still one is too many, not listed, or written otherwise.
func TestFilesAreThoseThatThereMustBe(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(files map[string][]byte)
		file string
		want error
	}{
		"one that is none of the election's": {func(f map[string][]byte) { f["ordinary/why.txt"] = []byte("because") }, "ordinary/why.txt", auditor.ErrExtra},
		"one of a smaller log":               {func(f map[string][]byte) { f["ordinary/log/tile/0/000.p/1"] = []byte("0") }, "ordinary/log/tile/0/000.p/1", auditor.ErrExtra},
		"openings that are not public":       {func(f map[string][]byte) { f["operator/openings.jsonl"] = []byte("{}\n") }, "operator/openings.jsonl", auditor.ErrExtra},
		"no openings":                        {func(f map[string][]byte) { delete(f, "ordinary/openings.jsonl") }, "ordinary/openings.jsonl", auditor.ErrUnlisted},
		"no casts":                           {func(f map[string][]byte) { delete(f, "ordinary/casts.jsonl") }, "ordinary/casts.jsonl", auditor.ErrUnlisted},
		"papers that the openings do not give": {func(f map[string][]byte) {
			f["ordinary/papers.blt"] = bytes.Replace(f["ordinary/papers.blt"], []byte("Ann"), []byte("Eve"), 1)
		}, "ordinary/papers.blt", auditor.ErrPapers},
		"a cast with something hidden in it": {func(f map[string][]byte) {
			f["ordinary/casts.jsonl"] = bytes.Replace(f["ordinary/casts.jsonl"], []byte(`"sequence":`), []byte(`"who":1,"sequence":`), 1)
		}, "ordinary/casts.jsonl", auditor.ErrUnreadable},
		"a last line without an end": {func(f map[string][]byte) {
			f["ordinary/casts.jsonl"] = bytes.TrimSuffix(f["ordinary/casts.jsonl"], []byte("\n"))
		}, "ordinary/casts.jsonl", auditor.ErrUnreadable},
		"a hash of the tree changed": {func(f map[string][]byte) {
			f["ordinary/log/tile/0/000.p/15"] = append([]byte{^f["ordinary/log/tile/0/000.p/15"][0]}, f["ordinary/log/tile/0/000.p/15"][1:]...)
		}, "ordinary/log/tile/0/000.p/15", nil},
	} {
		files := maps.Clone(published())
		c.bend(files)
		if err := held().Clone().Sign(certificate(files), files); err != nil {
			t.Fatal(err)
		}
		_, err := auditor.Audit(onDisk(files), auditor.Options{})
		if f := failure(err); f == nil || f.File != c.file || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// certificate is the one that is in files.
func certificate(files map[string][]byte) election.Certificate {
	c, _, _, err := election.ReadCertificate(files[election.FileCertificate], "")
	return sure(c, err)
}

// TestACertificateNeedsItsSignatures: the key that we know, and the people who must sign.
func TestACertificateNeedsItsSignatures(t *testing.T) {
	if _, err := auditor.Audit(onDisk(published()), auditor.Options{Key: strings.Repeat("0", 64)}); !errors.Is(err, election.ErrForged) {
		t.Errorf("with another key: %v", err)
	}
	files := maps.Clone(published())
	whole := string(files[election.FileCertificate])
	signature := strings.Split(whole[strings.LastIndex(whole, `"signature":"`):], `"`)[3]
	for name, other := range map[string]string{
		"another algorithm":    strings.Replace(whole, `"Ed25519"`, `"ed25519"`, 1),
		"large letters":        strings.Replace(whole, signature, strings.ToUpper(signature), 1),
		"something behind it":  whole + " ",
		"another field":        strings.Replace(whole, `,"algorithm"`, `,"x":1,"algorithm"`, 1),
		"a field in two forms": strings.Replace(whole, `,"algorithm"`, `,"signature":"00","algorithm"`, 1),
	} {
		files[election.FileCertificate] = []byte(other)
		if _, err := auditor.Audit(onDisk(files), auditor.Options{}); !errors.Is(err, election.ErrNoCertificate) {
			t.Errorf("a certificate with %s: %v", name, err)
		}
	}
	files[election.FileCertificate] = []byte(whole)
	body := sure(json.Marshal(certificate(files)))
	files[election.FileCertificate] = sure(held().Signing.File(election.Issue{Body: string(body)}))
	if _, err := auditor.Audit(onDisk(files), auditor.Options{}); !errors.Is(err, auditor.ErrNotSignedByAll) {
		t.Errorf("signed by nobody: %v", err)
	}
	if _, err := auditor.Audit(os.DirFS(t.TempDir()), auditor.Options{}); !errors.Is(err, auditor.ErrMissing) {
		t.Errorf("an empty directory: %v", err)
	}
}

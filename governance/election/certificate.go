package election

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Certificate is what the returning officer certifies and scrutineers sign: how an election went, with all that is needed to count it again.
type Certificate struct {
	Format      string           `json:"format"`
	Election    string           `json:"election"`
	Title       string           `json:"title"`
	Version     int              `json:"version"`
	Why         string           `json:"why,omitempty"` // why there is another version
	RuleBook    int              `json:"rule_book"`
	Rule        Rule             `json:"rule"`
	Notice      calendar.Date    `json:"notice"`
	PollOpened  time.Time        `json:"poll_opened"`
	PollClosed  time.Time        `json:"poll_closed"`
	RollVersion int              `json:"roll_version"`
	RollHash    string           `json:"roll_sha256"`
	TermsBegin  calendar.Date    `json:"terms_begin"`          // at the earliest
	Resolution  *Resolution      `json:"resolution,omitempty"` // to the question, of a ballot that fills no seats
	Classes     []CertifiedClass `json:"classes"`
	FilesHash   string           `json:"files_sha256,omitempty"` // of SHA256SUMS, which has the hash of every public file of an online ballot
}

// CertifiedClass is what is certified of one class.
type CertifiedClass struct {
	Class      member.Class         `json:"class"`
	Seats      int                  `json:"seats"`
	Outcome    Outcome              `json:"outcome"`
	Manifest   string               `json:"manifest_sha256"`
	Candidates []CertifiedCandidate `json:"candidates"`
	Voters     int                  `json:"voters"`
	Ceased     int                  `json:"ceased"` // on the roll and no members any more: no paper was issued to them
	Issued     int                  `json:"issued"`
	Received   int                  `json:"envelopes"`
	Papers     int                  `json:"papers"`
	Valid      int                  `json:"valid"`
	Spoiled    int                  `json:"spoiled"`
	Reasons    map[Spoiled]int      `json:"spoiled_by_reason,omitempty"`
	Differed   int                  `json:"differences_decided"`
	Beacon     *CertifiedBeacon     `json:"beacon,omitempty"`
	PapersHash string               `json:"papers_sha256,omitempty"`
	Public     bool                 `json:"papers_published"`
	Quota      string               `json:"quota,omitempty"`
	Elected    []int                `json:"elected"` // numbers of those who take seats, in the order of election
	Reopened   int                  `json:"nominations_re_open"`
	Unfilled   int                  `json:"seats_unfilled"`
	Count      json.RawMessage      `json:"count,omitempty"` // as `folkmoot count --format json` writes it
	Online     *CertifiedOnline     `json:"online,omitempty"`
}

// CertifiedOnline is what is certified of ballots that were cast online. Envelopes are then the keys that the society signed, and papers the
// distinct keys that cast.
type CertifiedOnline struct {
	Keys      int    `json:"keys"`       // that the society signed
	Issued    int    `json:"issued"`     // that the scrutineers' signer signed
	Casts     int    `json:"casts"`      // superseded ones, too
	Tendered  int    `json:"tendered"`   // ballots set aside, of voters who lost their key: not counted
	NotOpened int    `json:"not_opened"` // ballots that do not open to what was committed to
	LogSize   uint64 `json:"log_size"`
	LogRoot   string `json:"log_root"` // in hex
}

// CertifiedCandidate is a choice that was on the paper.
type CertifiedCandidate struct {
	Number     int    `json:"number"`
	Name       string `json:"name"`
	Nomination string `json:"nomination,omitempty"`
	Struck     string `json:"struck_off,omitempty"` // why
}

// CertifiedBeacon is what the beacon said.
type CertifiedBeacon struct {
	ManifestBeacon

	Signature string `json:"signature"`
	Value     string `json:"value"`
}

// Signature is one under a certificate: of the returning officer, or of a scrutineer.
type Signature struct {
	Account identity.AccountID `json:"-"`
	Duty    string             `json:"duty"`
	Name    string             `json:"name"`
	At      time.Time          `json:"signed_at"`
}

// Returns reports whether it is the returning officer's.
func (s Signature) Returns() bool { return s.Duty == returning }

// Issue is one version of a certificate, with its signatures and the files of its papers.
type Issue struct {
	Certificate

	Body       string                  // the certificate as it is signed
	Files      map[member.Class]string // the contests' papers, in BLT
	MadeAt     time.Time
	Signatures []Signature
}

// Complete reports whether enough people have signed: the returning officer and two scrutineers.
func (i Issue) Complete() bool { return !i.IssuedAt().IsZero() }

// IssuedAt is when the last signature that is needed was given; zero until then.
func (i Issue) IssuedAt() time.Time {
	returned, watched := time.Time{}, []time.Time{}
	for _, s := range i.Signatures {
		if s.Returns() {
			returned = s.At
		} else {
			watched = append(watched, s.At)
		}
	}
	if returned.IsZero() || len(watched) < fewestScrutineers {
		return time.Time{}
	}
	slices.SortFunc(watched, time.Time.Compare)
	if last := watched[fewestScrutineers-1]; last.After(returned) {
		return last
	}
	return returned
}

// Signed reports whether somebody has signed it.
func (i Issue) Signed(by identity.AccountID) bool {
	return slices.ContainsFunc(i.Signatures, func(s Signature) bool { return s.Account == by })
}

const certificateFormat = "folkmoot-certificate/1"

// certify writes down what was counted.
func certify(el Election, version int, why string, counted []Counted) (Certificate, error) {
	c := Certificate{
		Format: certificateFormat, Election: el.ID, Title: el.Title, Version: version, Why: why, RuleBook: el.RuleBook, Rule: el.Rule, Notice: el.Timetable.Notice,
		PollOpened: el.Timetable.PollOpens, PollClosed: el.Timetable.PollCloses, TermsBegin: el.Timetable.TermsBegin,
	}
	for _, of := range counted {
		m, err := of.Read()
		if err != nil {
			return c, err
		}
		c.RollVersion, c.RollHash = m.RollVersion, m.RollHash
		class, err := of.certify(m)
		if err != nil {
			return c, err
		}
		c.Classes = append(c.Classes, class)
	}
	if el.Motion != nil {
		sum, err := el.Motion.resolved(c.Classes)
		c.Resolution = &sum
		return c, err
	}
	return c, nil
}

func (of Counted) certify(m Manifest) (CertifiedClass, error) {
	c := CertifiedClass{
		Class: of.Class, Seats: of.Seats, Outcome: of.Outcome, Manifest: of.ManifestHash, Voters: of.Voters, Ceased: of.Figures.Ceased, Issued: of.Issued,
		Received: of.Received, Papers: of.Figures.Papers, Differed: of.Differed, Elected: append([]int{}, of.Seated...), Reopened: of.Reopened, Unfilled: of.Unfilled(),
		Reasons: maps.Clone(of.Spoiled),
	}
	for _, o := range of.Candidates {
		c.Candidates = append(c.Candidates, CertifiedCandidate{o.Number, o.Name, o.Nomination, o.StruckWhy})
	}
	if of.Result == nil {
		return c, nil
	}
	if of.Result.Valid+of.Result.Invalid != int64(c.Papers) || c.Papers > c.Received || c.Received > c.Issued {
		return c, fmt.Errorf("of the %s class %d papers are counted, %d were found in %d envelopes, and %d were issued: stop", of.Class, of.Result.Valid+of.Result.Invalid, c.Papers, c.Received, c.Issued)
	}
	c.Valid, c.Spoiled = int(of.Result.Valid), int(of.Result.Invalid)
	c.Beacon = &CertifiedBeacon{m.Beacon, of.Beacon, of.Value}
	c.PapersHash, c.Public, c.Quota, c.Online = sha256Hex(of.BLT), m.public(c.Papers), of.Result.Quota.String(), of.Online
	var err error
	c.Count, err = json.Marshal(of.Result)
	return c, err
}

// public reports whether so many papers are published (rules 14.20 and 14.22).
func (m Manifest) public(papers int) bool {
	if m.Online != nil {
		return m.OpeningsPublished(papers)
	}
	return papers >= m.PublishFrom
}

// contest is the contest as the certificate has it.
func (c CertifiedClass) contest(election string) Contest {
	of := Contest{Election: election, Class: c.Class, Seats: c.Seats, Outcome: c.Outcome, ManifestHash: c.Manifest, Papers: c.Papers}
	for _, o := range c.Candidates {
		paper := OnPaper{Number: o.Number, Nomination: o.Nomination, Name: o.Name, StruckWhy: o.Struck}
		if o.Struck != "" {
			paper.StruckAt = time.Unix(0, 0) // when does not matter any more
		}
		of.Candidates = append(of.Candidates, paper)
	}
	if c.Beacon != nil {
		of.Beacon = c.Beacon.Signature
	}
	return of
}

// ErrCountDiffers says that the papers give another result than the one that is certified.
var ErrCountDiffers = errors.New("the papers give another result than the certificate has")

// Recount counts a certified class again from the file of its papers. ErrCountDiffers, also when it is another file.
func (c Certificate) Recount(class CertifiedClass, papers string) (Counted, error) {
	of := class.contest(c.Election)
	if class.Outcome != OutcomePoll {
		counted, err := of.count(c.Rule, nil, c.Title, nil)
		if err == nil && !class.seats(counted) {
			err = fmt.Errorf("the %s class: %w", class.Class, ErrCountDiffers)
		}
		return counted, err
	}
	if sha256Hex(papers) != class.PapersHash {
		return Counted{}, fmt.Errorf("the papers of the %s class: %w", class.Class, ErrCountDiffers)
	}
	_, value, err := class.Beacon.value(class.Beacon.Signature)
	if err != nil {
		return Counted{}, err
	}
	counted := Counted{
		Contest: of, Figures: Figures{class.Voters, class.Ceased, class.Issued, class.Received, class.Papers}, Spoiled: class.Reasons, Differed: class.Differed,
		BLT: papers, Value: hex.EncodeToString(value),
	}
	if counted.Tally, counted.Result, err = of.recount(papers, c.Rule, value); err != nil {
		return counted, err
	}
	counted.seat()
	again, err := json.Marshal(counted.Result)
	if err == nil && (!bytes.Equal(again, class.Count) || !class.seats(counted) || !class.counts(counted)) {
		err = fmt.Errorf("the %s class: %w", class.Class, ErrCountDiffers)
	}
	return counted, err
}

// seats reports whether those take seats who do by a count.
func (c CertifiedClass) seats(of Counted) bool {
	return slices.Equal(of.Seated, c.Elected) && of.Reopened == c.Reopened && of.Unfilled() == c.Unfilled
}

// counts reports whether there are as many papers as were counted, and no more than envelopes, of which there are no more than were issued.
func (c CertifiedClass) counts(of Counted) bool {
	return of.Result.Valid == int64(c.Valid) && of.Result.Invalid == int64(c.Spoiled) && c.Valid+c.Spoiled == c.Papers && c.Papers <= c.Received && c.Received <= c.Issued
}

// sound reports whether a certificate says all that it takes to count again.
func (c Certificate) sound() bool {
	return !slices.ContainsFunc(c.Classes, func(of CertifiedClass) bool {
		for i, o := range of.Candidates {
			if o.Number != i+1 {
				return true
			}
		}
		none := func(n int) bool { return n < 1 || n > len(of.Candidates) }
		return of.Outcome != OutcomePoll && of.Outcome != OutcomeUnopposed || (of.Outcome == OutcomePoll) != (of.Beacon != nil) || slices.ContainsFunc(of.Elected, none)
	})
}

// SigningKey is what the society signs certificates with.
type SigningKey struct{ private ed25519.PrivateKey }

// NewSigningKey makes it from the server's key, so that all processes on one database have the same.
func NewSigningKey(server []byte) (SigningKey, error) {
	private, err := ballot.Derived(server, "folkmoot certificates")
	return SigningKey{private}, err
}

// Public is the public half, in hex.
func (k SigningKey) Public() string {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return hex.EncodeToString(public)
}

// statement is what the society signs.
type statement struct {
	Certificate json.RawMessage `json:"certificate"`
	Signatures  []Signature     `json:"signatures"`
	IssuedAt    time.Time       `json:"issued_at"`
}

// statementLine is the first line of a certificate's file.
const statementLine = `{"statement":`

// File is a certificate as it is published: JSON of three lines, of which the second is the statement exactly as the society signed it
// (Ed25519, RFC 8032).
func (k SigningKey) File(i Issue) ([]byte, error) {
	said, err := json.Marshal(statement{json.RawMessage(i.Body), i.Signatures, i.IssuedAt()})
	if err != nil {
		return nil, fmt.Errorf("write a certificate: %w", err)
	}
	signature := hex.EncodeToString(ed25519.Sign(k.private, said))
	return written(said, signature, k.Public()), nil
}

// written is the file of a statement, to the byte.
func written(said []byte, signature, key string) []byte {
	return fmt.Appendf(nil, statementLine+"\n%s\n,\"algorithm\":\"Ed25519\",\"signature\":%q,\"public_key\":%q}\n", said, signature, key)
}

// Errors of reading a certificate's file.
var (
	ErrNoCertificate = errors.New("that is no certificate of an election")
	ErrForged        = errors.New("the certificate was changed after it was signed, or signed with another key")
)

// ReadCertificate reads a published file and checks the society's signature: by its public key in hex, or, when that is "", by the one that
// the file itself names. ErrNoCertificate, ErrForged.
func ReadCertificate(file []byte, key string) (c Certificate, signatures []Signature, signedBy string, err error) {
	lines := strings.SplitN(string(file), "\n", 3)
	var outer struct {
		Signature string `json:"signature"`
		Key       string `json:"public_key"`
	}
	if len(lines) != 3 || lines[0] != statementLine || json.Unmarshal(file, &outer) != nil {
		return c, nil, "", ErrNoCertificate
	}
	if key == "" {
		key = outer.Key
	}
	if !bytes.Equal(written([]byte(lines[1]), strings.ToLower(outer.Signature), strings.ToLower(outer.Key)), file) {
		return c, nil, "", ErrNoCertificate // what the signature does not cover has one way to be written
	}
	public, err := hex.DecodeString(key)
	signature, bad := hex.DecodeString(outer.Signature)
	if err != nil || bad != nil || len(public) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize {
		return c, nil, "", ErrNoCertificate
	}
	if key != outer.Key || !ed25519.Verify(public, []byte(lines[1]), signature) {
		return c, nil, "", ErrForged
	}
	var said statement
	if json.Unmarshal([]byte(lines[1]), &said) != nil || json.Unmarshal(said.Certificate, &c) != nil || c.Format != certificateFormat || !c.sound() {
		return c, nil, "", ErrNoCertificate
	}
	return c, said.Signatures, key, nil
}

// people are those who take seats in a class, in order.
func (c CertifiedClass) people(nominated []Nomination) []board.Person {
	var all []board.Person
	for _, number := range c.Elected {
		for _, n := range nominated {
			if n.ID == c.Candidates[number-1].Nomination {
				all = append(all, board.Person{Member: n.Candidate, Name: n.Name, Interests: n.Interests})
			}
		}
	}
	return all
}

// TellResult tells one who stood how it went.
type TellResult struct {
	Election string    `json:"election"`
	Version  int       `json:"version"`
	Member   member.ID `json:"member"`
}

// Kind names the job.
func (TellResult) Kind() string { return "election_result" }

// Verdict is how the board decided about a challenge.
type Verdict string

const (
	Dismissed  Verdict = "dismissed"
	CountAgain Verdict = "count again" // there will be another certificate
	Void       Verdict = "void"        // the election is set aside
)

// Challenge is what a member says is wrong with a result.
type Challenge struct {
	ID        string
	Election  string
	Member    member.ID // who challenges; not shown
	Words     string
	MadeAt    time.Time
	Verdict   Verdict
	Answer    string
	Minute    string
	DecidedBy identity.AccountID
	DecidedAt time.Time // zero while it is open
}

// Errors of certificates and challenges.
var (
	ErrNotScrutineer   = errors.New("only a scrutineer may do that")
	ErrSignedAlready   = errors.New("you have signed that certificate already")
	ErrOldCertificate  = errors.New("there is a newer certificate")
	ErrCertified       = errors.New("the result is certified: it is counted again when a candidate is struck off, or the board has said so on a challenge")
	ErrCountedSince    = errors.New("the papers say something else by now: there must be a new certificate first")
	ErrNotChallengable = errors.New("the result cannot be challenged now")
	ErrChallenged      = errors.New("a challenge of yours waits for the board already")
	ErrNoChallenge     = errors.New("there is no such challenge, or it is decided")
	ErrNoVerdict       = errors.New("say how the board decided")
	ErrPartial         = errors.New("whoever runs, watches, stands, supports a candidate or challenges does not record the board's word on a challenge")
)

// Whose is the class whose papers a file has. ErrCountDiffers when it has none's.
func (c Certificate) Whose(papers string) (member.Class, error) {
	hash := sha256Hex(papers)
	for _, of := range c.Classes {
		if of.PapersHash == hash {
			return of.Class, nil
		}
	}
	return "", ErrCountDiffers
}

// SeatedNames are the names of those who take seats, in the order of election.
func (c CertifiedClass) SeatedNames() []string {
	names := make([]string, len(c.Elected))
	for i, n := range c.Elected {
		names[i] = c.Candidates[n-1].Name
	}
	return names
}

// StatementHash is SHA-256, in hex, of the statement in a certificate's file.
func StatementHash(file []byte) string {
	lines := strings.SplitN(string(file), "\n", 3)
	return sha256Hex(lines[min(1, len(lines)-1)])
}

package election

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/identity"
)

// Outcome is whether the seats of a class come to a vote.
type Outcome string

const (
	OutcomePoll      Outcome = "poll"
	OutcomeUnopposed Outcome = "unopposed" // no more people stand than there are seats
)

// Contest is the election of one class's seats, as it stood when the poll opened.
type Contest struct {
	Election     string
	Class        member.Class
	Seats        int
	Outcome      Outcome
	Ceased       int       // on the roll, and no members any more when the poll opened
	Candidates   []OnPaper // in the order of the paper
	Manifest     string    // the file that says all of it, in JSON
	ManifestHash string    // SHA-256 of it, in hex
	OpenedAt     time.Time
	Beacon       string // what the beacon published, in hex; "" until it is recorded
	BeaconBy     identity.AccountID
	BeaconAt     time.Time
	Papers       int // found in the envelopes
	EmptiedBy    identity.AccountID
	EmptiedWhy   string    // why they were counted anew; "" when they were not
	EmptiedAt    time.Time // zero until they are counted
	LogSize      uint64    // of the public log of votes online when the poll had closed and all were in it; 0 until then
	LogRoot      string    // in hex
	LogSums      string    // of its files, as SHA256SUMS has them
}

// OnPaper is a choice on the paper.
type OnPaper struct {
	Number     int    // from 1
	Nomination string // "" for the choice to re-open nominations
	Name       string
	StruckBy   identity.AccountID
	StruckWhy  string
	StruckAt   time.Time // zero while they stand; papers are counted as if a struck name were not there
}

// Reopens reports whether it is the choice to re-open nominations.
func (o OnPaper) Reopens() bool { return o.Nomination == "" }

// ReopenName is what that choice is called in files.
const ReopenName = "Re-open nominations"

// Names are the candidates' names, in the order of the paper.
func (c Contest) Names() []string {
	names := make([]string, len(c.Candidates))
	for i, o := range c.Candidates {
		names[i] = o.Name
	}
	return names
}

// Struck are the numbers of those who no longer stand.
func (c Contest) Struck() (numbers []int) {
	for _, o := range c.Candidates {
		if !o.StruckAt.IsZero() {
			numbers = append(numbers, o.Number)
		}
	}
	return numbers
}

// Reopen is the number of the choice to re-open nominations; 0 when it is not on the paper.
func (c Contest) Reopen() int {
	for _, o := range c.Candidates {
		if o.Reopens() {
			return o.Number
		}
	}
	return 0
}

// paperOf is who is on the paper of a class, and whether there is a poll.
func paperOf(book RuleBook, seats int, stand []Nomination) ([]OnPaper, Outcome) {
	stand = slices.Clone(stand)
	slices.SortFunc(stand, func(a, b Nomination) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	var all []OnPaper
	for i, n := range stand {
		all = append(all, OnPaper{Number: i + 1, Nomination: n.ID, Name: n.Name})
	}
	if len(stand) == 0 || len(stand) <= seats && book.Uncontested == Unopposed {
		return all, OutcomeUnopposed
	}
	if book.Reopening == Ranked {
		all = append(all, OnPaper{Number: len(stand) + 1, Name: ReopenName})
	}
	return all, OutcomePoll
}

// Manifest says, before anybody votes, what is voted on and how it will be counted. docs/counting.md has the words.
type Manifest struct {
	Format      string          `json:"format"`
	Election    string          `json:"election"`
	Title       string          `json:"title"`
	Class       member.Class    `json:"class"`
	Seats       int             `json:"seats"`
	Motion      string          `json:"motion,omitempty"` // of a ballot that fills no seats
	Needs       Majority        `json:"needs,omitempty"`
	Rule        Rule            `json:"rule"`
	RuleBook    int             `json:"rule_book"`
	RollVersion int             `json:"roll_version"`
	RollHash    string          `json:"roll_sha256"`
	Voters      int             `json:"voters"` // of this class
	Candidates  []ManifestEntry `json:"candidates"`
	PollOpens   time.Time       `json:"poll_opens"`
	PollCloses  time.Time       `json:"poll_closes"`
	Ballots     Ballots         `json:"ballots"`
	PublishFrom int             `json:"publish_papers_from"`
	Beacon      ManifestBeacon  `json:"beacon"`
	Online      *ManifestOnline `json:"online,omitempty"` // of ballots that are cast online
}

// ManifestOnline is what it takes to cast ballots online, and to check them: see docs/audit-format.md.
type ManifestOnline struct {
	Society     []byte                    `json:"society"`     // the society's signer, PKIX
	Scrutineers []byte                    `json:"scrutineers"` // the scrutineers' signer, PKIX
	Issuer      []byte                    `json:"issuer"`      // with which the scrutineers' signer says how many keys it signed, Ed25519
	Opening     [ballot.Scrutineer][]byte `json:"opening"`     // the scrutineers', in the order of their pairs, X25519
	Box         []byte                    `json:"box"`         // the ballot box, for receipts, Ed25519
	Log         string                    `json:"log"`         // the key of the contest's log, as signed notes have it
	Openings    Openings                  `json:"openings"`
}

// Signers are the two whose signatures make a voter's key valid.
func (o ManifestOnline) Signers() ballot.Signers {
	return ballot.Signers{Society: o.Society, Scrutineers: o.Scrutineers}
}

// Openings is who sees opened ballots.
type Openings string

const (
	OpeningsPublic      Openings = "public"
	OpeningsScrutineers Openings = "scrutineers" // in a class of a few, or with so many choices that a ballot is like a fingerprint
)

// Ballots is how votes are cast.
type Ballots string

const (
	BallotsPaper  Ballots = "paper"
	BallotsOnline Ballots = "online"
)

// ManifestEntry is a choice on the paper.
type ManifestEntry struct {
	Number  int    `json:"number"`
	Name    string `json:"name"`
	Reopens bool   `json:"re_open_nominations,omitempty"`
}

// ManifestBeacon is the source of chance for lots, and the round that decides.
type ManifestBeacon struct {
	Name  string    `json:"name"`
	Chain string    `json:"chain"`
	Key   string    `json:"public_key"`
	Round uint64    `json:"round"`
	At    time.Time `json:"at"`
}

const manifestFormat = "folkmoot-manifest/1"

// afterClose is how long after the close of the poll the beacon is asked: nobody can still vote by what it says.
const afterClose = time.Hour

// manifest is that of a class.
func (e Election) manifest(c Contest, book RuleBook, roll Roll, beacon Beacon) Manifest {
	round := beacon.RoundAfter(e.Timetable.PollCloses.Add(afterClose))
	m := Manifest{
		Format: manifestFormat, Election: e.ID, Title: e.Title, Class: c.Class, Seats: c.Seats, Rule: e.Rule, RuleBook: book.Version,
		RollVersion: roll.Version, RollHash: roll.Hash, Voters: roll.Size[c.Class], PollOpens: e.Timetable.PollOpens, PollCloses: e.Timetable.PollCloses,
		Ballots: e.Ballots, PublishFrom: book.PublishFrom, Beacon: ManifestBeacon{beacon.Name, beacon.Chain, beacon.Key, round, beacon.At(round)},
	}
	if e.Motion != nil {
		m.Motion, m.Needs = e.Motion.Words, e.Motion.Needs
	}
	for _, o := range c.Candidates {
		m.Candidates = append(m.Candidates, ManifestEntry{o.Number, o.Name, o.Reopens()})
	}
	return m
}

// file is the manifest as it is published, and its hash.
func (m Manifest) file() (text, sum string, err error) {
	raw, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return "", "", fmt.Errorf("write a manifest: %w", err)
	}
	return string(raw) + "\n", sha256Hex(string(raw) + "\n"), nil
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Read is what the contest's manifest says.
func (c Contest) Read() (Manifest, error) { return ReadManifest(c.Manifest) }

// ReadManifest reads a manifest's file.
func ReadManifest(text string) (m Manifest, err error) {
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read a manifest: %w", err)
	}
	return m, nil
}

// LotSeed is what the order of every lot of a contest comes from: the beacon's value and the manifest's hash, 64 bytes.
func (c Contest) LotSeed(value []byte) ([]byte, error) {
	hash, err := hex.DecodeString(c.ManifestHash)
	if err != nil {
		return nil, fmt.Errorf("read a manifest's hash: %w", err)
	}
	return slices.Concat(value, hash), nil
}

// Marked is a line of the marked register: who was issued a paper, and whether their envelope came back.
type Marked struct {
	Member     member.ID
	Class      member.Class
	ReceivedAt time.Time // zero: it did not
}

// Figures are what there is of a class's poll, in whole people and papers.
type Figures struct {
	Voters   int // on the roll
	Ceased   int // on the roll, and no members any more when the poll opened: no paper was issued to them
	Issued   int
	Received int // envelopes
	Papers   int // found in them
}

// Progress is how far the papers of a class are read.
type Progress struct {
	Once, Twice int // papers that one person read, and two
	Differ      int // of those, the ones on which they read different things
	Ruled       int // of those, the ones on which the returning officer has decided
}

// Done reports whether every paper is read by two, and decided.
func (p Progress) Done(papers int) bool { return p.Twice == papers && p.Ruled == p.Differ }

// Entry is what one person read on a paper.
type Entry struct {
	Reading

	Paper int
	By    identity.AccountID
	At    time.Time
}

// Difference is a paper on which two people read different things.
type Difference struct {
	Paper    int
	Readings [2]Reading
	Ruling   Ruling
}

// Ruling is how the returning officer decided about a paper; the zero ruling is none.
type Ruling struct {
	Reading

	Why string
	By  identity.AccountID
	At  time.Time
}

// Counted is a contest with its count.
type Counted struct {
	Contest
	Figures

	Spoiled  map[Spoiled]int
	Differed int // papers on which the two readings differed
	Online   *CertifiedOnline
	BLT      string // the file of the papers; "" when there was no poll
	Value    string // of the beacon, in hex
	Tally    *tally.Election
	Result   *tally.Result // nil when there was no poll
	Seated   []int         // the candidates' numbers who take seats, in order
	Reopened int           // seats for which nominations are open anew
}

// Unfilled is how many seats nobody takes.
func (of Counted) Unfilled() int { return of.Seats - len(of.Seated) }

// count counts a contest by its papers.
func (c Contest) count(rule Rule, value []byte, title string, papers []Reading) (Counted, error) {
	of := Counted{Contest: c, Spoiled: map[Spoiled]int{}}
	if c.Outcome == OutcomeUnopposed {
		for _, o := range c.Candidates {
			if o.StruckAt.IsZero() {
				of.Seated = append(of.Seated, o.Number)
			}
		}
		return of, nil
	}
	for _, why := range spoiled(papers) {
		of.Spoiled[why]++
	}
	of.Value, of.BLT = hex.EncodeToString(value), BLT(title, c.Seats, c.Names(), c.Struck(), papers)
	var err error
	if of.Tally, of.Result, err = c.recount(of.BLT, rule, value); err != nil {
		return of, err
	}
	if only := int(of.Result.Invalid) - len(spoiled(papers)); only > 0 {
		of.Spoiled[SpoiledStruck] = only
	}
	of.seat()
	return of, nil
}

// seat says who takes a seat: a seat that the choice to re-open nominations has won stays open, and everybody else who is elected takes theirs
// (rule 14.19).
func (of *Counted) seat() {
	of.Seated, of.Reopened = nil, 0
	for _, n := range of.Result.Elected {
		if of.Candidates[n-1].Reopens() {
			of.Reopened++
			continue
		}
		of.Seated = append(of.Seated, n)
	}
}

// recount counts a file of papers with the lot that the beacon's value gives.
func (c Contest) recount(blt string, rule Rule, value []byte) (*tally.Election, *tally.Result, error) {
	papers, err := tally.ReadBLT(strings.NewReader(blt), int64(len(blt)))
	if err != nil {
		return nil, nil, fmt.Errorf("read the papers of the %s class: %w", c.Class, err)
	}
	slices.Sort(papers.Withdrawn)
	if papers.Seats != c.Seats || !slices.Equal(papers.Candidates, inFile(c.Names())) || !slices.Equal(papers.Withdrawn, c.Struck()) {
		return nil, nil, fmt.Errorf("the papers of the %s class are another contest's: %w", c.Class, ErrCountDiffers)
	}
	seed, err := c.LotSeed(value)
	if err != nil {
		return nil, nil, err
	}
	result, err := tally.Count(papers, rule, tally.Options{Lot: tally.LotFromSeed(seed, len(c.Candidates))})
	if err != nil {
		return nil, nil, fmt.Errorf("count the %s class: %w", c.Class, err)
	}
	return papers, result, nil
}

// Errors of polls on paper and of their count.
var (
	ErrNoContest      = errors.New("there is no poll of that class in this election")
	ErrPollOpen       = errors.New("the poll is open: papers are read when it has closed")
	ErrPollShut       = errors.New("the poll is not open")
	ErrNoPaper        = errors.New("no paper was issued to that member")
	ErrReceived       = errors.New("an envelope of that member was received already")
	ErrNotReceived    = errors.New("no envelope of that member was received")
	ErrCeased         = errors.New("that member has ceased to be one: the envelope is not opened")
	ErrEmptied        = errors.New("the envelopes are opened, and the papers are mixed")
	ErrNotEmptied     = errors.New("say first how many papers were in the envelopes")
	ErrMorePapers     = errors.New("there are more papers than envelopes: stop, and find out why before anything is counted")
	ErrFewerPapers    = errors.New("there are papers with a higher number that were read already")
	ErrNoSuchPaper    = errors.New("there is no paper with that number")
	ErrEntered        = errors.New("two people have read that paper already")
	ErrReturningReads = errors.New("the returning officer decides where readings differ, and so reads no papers")
	ErrAgreed         = errors.New("both read the same on that paper, or it was not read twice yet")
	ErrRuled          = errors.New("the returning officer has decided about that paper already")
	ErrNotReturning   = errors.New("only the returning officer may do that")
	ErrNotReader      = errors.New("papers are read by the returning officer, the scrutineers and officers who neither stand nor support a candidate")
	ErrNotCounted     = errors.New("not every paper is read by two people, and decided")
	ErrNoValue        = errors.New("what the beacon said is not recorded yet")
	ErrNoOne          = errors.New("there is no such candidate, or they were struck off already")
	ErrSeated         = errors.New("those who were elected have taken their seats")
)

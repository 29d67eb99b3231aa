package templates

import (
	"context"
	"slices"
	"strconv"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

// Certificate is what the returning officer certifies of an election, as a page and on paper.
type Certificate struct {
	Title, Election       string // its name, and its ID
	Version               int
	Why                   string // there is another version; "" for the first
	RuleBook              int
	Notice                calendar.Date
	PollOpens, PollCloses time.Time
	RollVersion           int
	RollSHA256            string
	Voters                int
	Resolution            *election.Resolution // nil for an election to the board
	Classes               []CertifiedClass
	Society               string // public half of the key that it signs with, in hex
	SHA256                string // of the signed statement
	Signatures            []CertificateSignature
	FilesSHA256           string        // of the list of public files of votes online; "" for paper
	IssuedAt              time.Time     // zero: it still waits for signatures
	ChallengeUntil        calendar.Date // zero, as long as it is not issued
	TermsBegin            calendar.Date
}

// CertifiedClass is what is certified of the seats of one class.
type CertifiedClass struct {
	Class     member.Class
	Seats     int
	Unopposed bool // nobody voted, for no more people stood than there are seats
	Voters    int  // on the roll
	Ceased    int  // of them, no members any more when the poll opened
	Issued    int  // papers
	Returned  int  // envelopes
	Papers    int  // found in them
	Spoiled   int
	Valid     int
	Differed  int // papers that two people read differently
	Spoilt    []SpoiltLine
	Online    *election.CertifiedOnline // of ballots that were cast online; nil for paper

	Rule         tally.Rule
	Quota        string
	Manifest     string // SHA-256 in hex
	BeaconChain  string
	BeaconRound  uint64
	Beacon       string   // its randomness, in hex
	PapersSHA256 string   // of the BLT file
	Withdrawn    []string // names that were struck off after the poll opened
	Elected      []string // names of those who take seats, in order
	Reopened     int      // seats for which nominations are open anew
	Vacant       int      // seats for which nobody stood
	Count        *Count   // nil where there was none
	Motion       bool     // they voted on a motion
	Yes, No      int
}

// SpoiltLine is how many papers were spoiled for one reason.
type SpoiltLine struct {
	Why    string
	Papers int
}

// CertificateSignature is one person's.
type CertificateSignature struct {
	Name string
	Duty string // DutyReturning or DutyScrutineer
	At   time.Time
}

// The duties of those who sign.
const (
	DutyReturning  = "returning officer"
	DutyScrutineer = "scrutineer"
)

// CertifiedFact is a line of a certificate.
type CertifiedFact struct {
	What, Is string
	Code     bool // letters and digits that are compared one by one
}

// Head are the sentences that say what the certificate is, and whether it holds yet.
func (v Certificate) Head(ctx context.Context) []string {
	var said []string
	if v.Why != "" {
		said = append(said, text.T(ctx, "certificate.version", "Version", v.Version, "Why", v.Why))
	}
	if v.IssuedAt.IsZero() {
		return append(said, text.T(ctx, "certificate.waits"))
	}
	return append(said, text.T(ctx, "certificate.issued", "Moment", atTime(ctx, v.IssuedAt)))
}

// HeadKey is the key of the words over it.
func (v Certificate) HeadKey() string {
	if v.Resolution != nil {
		return "certificate.head_motion"
	}
	return "certificate.head"
}

func (v Certificate) idKey() string {
	if v.Resolution != nil {
		return "certificate.motion_id"
	}
	return "certificate.election_id"
}

// Facts are those of the whole election.
func (v Certificate) Facts(ctx context.Context) []CertifiedFact {
	return present([]CertifiedFact{
		{What: text.T(ctx, v.idKey()), Is: v.Election, Code: true},
		{What: text.T(ctx, "certificate.own_version"), Is: grouped(v.Version)},
		{What: text.T(ctx, "certificate.book"), Is: text.T(ctx, "certificate.book_version", "Version", v.RuleBook)},
		{What: text.T(ctx, "motion.head"), Is: v.motion()},
		{What: text.T(ctx, "motion.outcome"), Is: v.outcome(ctx)},
		{What: text.T(ctx, "election.notice"), Is: day(ctx, v.Notice)},
		{What: text.T(ctx, "election.poll"), Is: text.T(ctx, "election.from_to", "From", atTime(ctx, v.PollOpens), "To", atTime(ctx, v.PollCloses))},
		{What: text.T(ctx, "election.roll"), Is: text.N(ctx, "certificate.roll", v.Voters, "Version", v.RollVersion, "Voters", grouped(v.Voters))},
		{What: text.T(ctx, "certificate.roll_sum"), Is: v.RollSHA256, Code: true},
		{What: text.T(ctx, "certificate.files_sum"), Is: v.FilesSHA256, Code: true},
	})
}

// motion is what was voted on; "" in an election to the board.
func (v Certificate) motion() string {
	if v.Resolution == nil {
		return ""
	}
	return v.Resolution.Motion
}

// outcome says in a sentence how members voted on it.
func (v Certificate) outcome(ctx context.Context) string {
	if v.Resolution == nil {
		return ""
	}
	return resolved(ctx, *v.Resolution)
}

// Proofs are what the signed statement is checked by.
func (v Certificate) Proofs(ctx context.Context) []CertifiedFact {
	return present([]CertifiedFact{
		{What: text.T(ctx, "certificate.statement_sum"), Is: v.SHA256, Code: true},
		{What: text.T(ctx, "certificate.society"), Is: v.Society, Code: true},
	})
}

// present leaves out the facts that there are not, or not yet.
func present(all []CertifiedFact) []CertifiedFact {
	var some []CertifiedFact
	for _, f := range all {
		if f.Is != "" {
			some = append(some, f)
		}
	}
	return some
}

// Close are the sentences on what follows.
func (v Certificate) Close(ctx context.Context) []string {
	var said []string
	if !v.ChallengeUntil.IsZero() {
		said = append(said, text.T(ctx, "certificate.challenge", "Day", day(ctx, v.ChallengeUntil)))
	}
	if v.Resolution != nil {
		return append(said, text.T(ctx, "motion.takes_effect", "Day", day(ctx, v.TermsBegin)))
	}
	return append(said, text.T(ctx, "certificate.terms", "Day", day(ctx, v.TermsBegin)))
}

// Words say who signed, as what and when.
func (s CertificateSignature) Words(ctx context.Context) string {
	key := "certificate.signed_scrutineer"
	if s.Duty == DutyReturning {
		key = "certificate.signed_returning"
	}
	return text.T(ctx, key, "Name", s.Name, "Moment", atTime(ctx, s.At))
}

// Head is what the class is called.
func (c CertifiedClass) Head(ctx context.Context) string {
	if c.Motion {
		return text.T(ctx, "motion.everybody")
	}
	return text.T(ctx, "certified_class."+string(c.Class))
}

// Outcome says in sentences what else there is to say of the seats than who takes them.
func (c CertifiedClass) Outcome(ctx context.Context) []string {
	var said []string
	if c.Motion {
		return nil
	}
	if c.Unopposed && len(c.Elected) > 0 {
		said = append(said, text.T(ctx, "certificate.unopposed"))
	}
	if c.Reopened > 0 {
		said = append(said, text.N(ctx, "certificate.reopened", c.Reopened))
	}
	if c.Vacant > 0 {
		said = append(said, text.N(ctx, "certificate.vacant", c.Vacant))
	}
	if n := len(c.Withdrawn); n > 0 {
		said = append(said, text.N(ctx, "certificate.withdrawn", n, "Names", inARow(ctx, c.Withdrawn)))
	}
	if c.Count == nil {
		return said
	}
	said = append(said, c.Count.lots(ctx)...)
	if len(c.Count.Result.Lots) == 0 && c.Count.Result.LotNeeded == nil {
		said = append(said, text.T(ctx, "certificate.no_lot"))
	}
	return said
}

// Figures are the numbers of people and of papers.
func (c CertifiedClass) Figures(ctx context.Context) []CertifiedFact {
	all := []CertifiedFact{
		{What: text.T(ctx, "story.seats"), Is: grouped(c.Seats)},
		{What: text.T(ctx, "certificate.voters"), Is: grouped(c.Voters)},
		{What: text.T(ctx, "certificate.ceased"), Is: grouped(c.Ceased)},
	}
	if c.Unopposed {
		return all[:2]
	}
	if c.Motion {
		all = all[1:]
	}
	if o := c.Online; o != nil {
		all = append(all,
			CertifiedFact{What: text.T(ctx, "certificate.could_vote"), Is: grouped(c.Issued)},
			CertifiedFact{What: text.T(ctx, "certificate.keys"), Is: grouped(o.Keys)},
			CertifiedFact{What: text.T(ctx, "certificate.issued_keys"), Is: grouped(o.Issued)},
			CertifiedFact{What: text.T(ctx, "certificate.casts"), Is: grouped(o.Casts)},
			CertifiedFact{What: text.T(ctx, "certificate.ballots"), Is: grouped(c.Papers)},
			CertifiedFact{What: text.T(ctx, "certificate.tendered"), Is: grouped(o.Tendered)},
			CertifiedFact{What: text.T(ctx, "certificate.spoiled_ballots"), Is: grouped(c.Spoiled)},
		)
	} else {
		all = append(all,
			CertifiedFact{What: text.T(ctx, "certificate.papers_issued"), Is: grouped(c.Issued)},
			CertifiedFact{What: text.T(ctx, "certificate.returned"), Is: grouped(c.Returned)},
			CertifiedFact{What: text.T(ctx, "certificate.papers"), Is: grouped(c.Papers)},
			CertifiedFact{What: text.T(ctx, "certificate.differed"), Is: grouped(c.Differed)},
			CertifiedFact{What: text.T(ctx, "certificate.spoiled"), Is: grouped(c.Spoiled)},
		)
	}
	for _, l := range c.Spoilt {
		all = append(all, CertifiedFact{What: text.T(ctx, "certificate.spoiled_why", "Why", l.Why), Is: grouped(l.Papers)})
	}
	all = append(all, CertifiedFact{What: text.T(ctx, "story.valid"), Is: grouped(c.Valid)})
	if c.Motion {
		return append(all, CertifiedFact{What: text.T(ctx, "motion.yes"), Is: grouped(c.Yes)}, CertifiedFact{What: text.T(ctx, "motion.no"), Is: grouped(c.No)})
	}
	if c.Quota != "" {
		all = append(all, CertifiedFact{What: text.T(ctx, "story.quota"), Is: groupedVotes(c.Quota)})
	}
	return all
}

// How names the rule by which papers were counted; "" where none were.
func (c CertifiedClass) How(ctx context.Context) string {
	if c.Unopposed || c.Motion {
		return ""
	}
	return ruleWords(ctx, c.Rule)
}

// Proofs are what the count is done again by.
func (c CertifiedClass) Proofs(ctx context.Context) []CertifiedFact {
	all := []CertifiedFact{
		{What: text.T(ctx, "certificate.manifest_sum"), Is: c.Manifest, Code: true},
		{What: text.T(ctx, "certificate.papers_sum"), Is: c.PapersSHA256, Code: true},
		{What: text.T(ctx, "certificate.beacon_chain"), Is: c.BeaconChain, Code: true},
	}
	if c.Online != nil {
		all = append(all,
			CertifiedFact{What: text.T(ctx, "certificate.log_size"), Is: grouped(int(c.Online.LogSize))}, //nolint:gosec // of ballots
			CertifiedFact{What: text.T(ctx, "certificate.log_root"), Is: c.Online.LogRoot, Code: true},
		)
	}
	if c.BeaconChain != "" {
		all = append(all, CertifiedFact{What: text.T(ctx, "certificate.beacon_round"), Is: strconv.FormatUint(c.BeaconRound, 10), Code: true})
	}
	return present(append(all, CertifiedFact{What: text.T(ctx, "certificate.beacon"), Is: c.Beacon, Code: true}))
}

// lots says which lots decided, and for want of which the count stopped.
func (v Count) lots(ctx context.Context) []string {
	var said []string
	for _, l := range v.Result.Lots {
		said = append(said, v.lotWords(ctx, l))
	}
	if n := v.Result.LotNeeded; n != nil {
		said = append(said, v.lotNeededWords(ctx, *n))
	}
	return said
}

// StageTotals is what everybody had at the end of every stage or round.
type StageTotals struct {
	Caption string
	Heads   []StageHead
	Rows    []StageRow
}

// StageHead is a stage, and what it did in a few words.
type StageHead struct{ Stage, Words string }

// StageRow is a candidate and what became of them, or what nobody has. An empty total: no longer in the count.
type StageRow struct {
	Name, Fate string
	Totals     []string
}

// StageTotals are those of a count.
func (v Count) StageTotals(ctx context.Context) StageTotals {
	all := StageTotals{Caption: v.say(ctx, "totals")}
	for i := range v.Election.Candidates {
		all.Rows = append(all.Rows, StageRow{Name: v.name(ctx, i+1), Fate: v.endFate(ctx, i)})
	}
	nobody, lost := StageRow{Name: text.T(ctx, "count.non_transferable")}, StageRow{Name: text.T(ctx, "count.rounding")}
	for _, s := range v.steps(ctx) {
		all.Heads = append(all.Heads, v.stageHead(ctx, s))
		for i := range all.Rows {
			total := ""
			if !s.Out[i] {
				total = s.Votes[i].String()
			}
			all.Rows[i].Totals = append(all.Rows[i].Totals, total)
		}
		nobody.Totals = append(nobody.Totals, v.nobodys(&s).String())
		lost.Totals = append(lost.Totals, s.Rounding.String())
	}
	all.Rows = append(all.Rows, nobody)
	if v.Result.Rule == tally.Scottish {
		all.Rows = append(all.Rows, lost)
	}
	return all
}

// stageHead says of a round who was excluded at its end: nothing else happens there.
func (v Count) stageHead(ctx context.Context, s countStep) StageHead {
	switch {
	case v.Result.Rule == tally.Scottish:
		return StageHead{text.T(ctx, "certificate.stage", "Number", s.Number), s.Short}
	case s.Excluded > 0:
		return StageHead{s.Short, text.T(ctx, "count.picture_excluded", "Name", v.name(ctx, s.Excluded))}
	}
	return StageHead{s.Short, ""}
}

// endFate is what became of a candidate, by their place on the paper from 0.
func (v Count) endFate(ctx context.Context, i int) string {
	switch {
	case v.Result.ElectedAt[i] > 0:
		return v.say(ctx, "elected_earlier", "Number", v.Result.ElectedAt[i])
	case v.Result.ExcludedAt[i] > 0:
		return v.say(ctx, "excluded_earlier", "Number", v.Result.ExcludedAt[i])
	case slices.Contains(v.Result.Withdrawn, i+1):
		return text.T(ctx, "certificate.struck")
	}
	return ""
}

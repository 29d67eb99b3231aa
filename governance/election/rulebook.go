package election

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// Rules of part 14 of the society's rules, "Elections to the board", as refusals cite them. A version that numbers them anew needs a table here.
const (
	RuleSeats       = "14.1"  // so many seats for each class
	RuleNotice      = "14.2"  // clear days between the service of the notice and the opening of the poll
	RuleGoverning   = "14.3"  // the rules in force on the day of the notice govern, and no notice goes out in the past
	RuleService     = "14.4"  // when a notice is deemed served
	RuleNomination  = "14.5"  // seconders and the statement
	RuleNominations = "14.6"  // when nominations open, and for how long
	RuleCandidates  = "14.7"  // clear days between the close of nominations and the opening of the poll
	RuleRecord      = "14.8"  // the record date
	RuleObjections  = "14.9"  // how long the roll is open to objections
	RuleSettling    = "14.10" // clear days to settle them before the poll opens
	RuleHustings    = "14.11"
	RulePoll        = "14.12" // for how long the poll is open
	RuleCount       = "14.13"
	RuleChallenges  = "14.14"
	RuleTermsBegin  = "14.15"
	RuleTerms       = "14.16" // how long a term is, and how many in a row
	RuleUncontested = "14.18" // what becomes of seats for which no more people stand than there are
	RuleReopening   = "14.19" // re-opening nominations is a choice on the paper
	RulePapers      = "14.20" // how the papers of a class are made public
	RuleKeys        = "14.21" // how long before the poll the roll and the paper are final where votes are cast online
	RuleOpenings    = "14.22" // up to how many choices opened ballots are published
	RuleHours       = "14.17" // times are London's; deadlines should fall on working days, at hours when people are up. Only ever a warning
)

// RuleBook is one registered version of the part of the society's rules that governs elections to the board. Days are clear days where
// nothing else is said: see ClearDays.
type RuleBook struct {
	Version    int                  // 1, 2, …
	Registered calendar.Date        // in force from this day: no amendment is valid before it is registered (CCBSA 2014, section 16)
	Seats      map[member.Class]int // rule 14.1: of every class

	NoticeDays     int // 14.2: least, between the service of the notice and the opening of the poll
	Seconders      int // 14.5: members of the candidate's class, beside the candidate
	StatementWords int // 14.5: most
	NominationDays int // 14.6: least, between the opening of nominations and their close
	CandidateDays  int // 14.7: least, between the close of nominations and the opening of the poll
	RollDays       int // 14.8: least, between the record date and the opening of the poll
	ObjectionDays  int // 14.9: least, between the publication of the roll and the close of objections
	SettlingDays   int // 14.10: least, between the close of objections and the opening of the poll
	HustingsDays   int // 14.11: least, between the opening of the hustings and their close
	LeastPollDays  int // 14.12: full days, to the same time by the clocks of London
	MostPollDays   int // 14.12: the same
	MostCountDays  int // 14.13: days after that on which the poll closes
	ChallengeDays  int // 14.14: after the day of the certificate; the last of them is the last day for a challenge
	TermMonths     int // 14.16
	MostTerms      int // 14.16: in a row

	Uncontested Uncontested // 14.18
	Reopening   Reopening   // 14.19
	PublishFrom int         // 14.20: papers in a contest from which they are published; of fewer people could be known by how they voted
}

// Uncontested is what becomes of seats for which no more people stand than there are.
type Uncontested string

const (
	Unopposed  Uncontested = "unopposed" // they are elected without a poll
	Confidence Uncontested = "poll"      // a poll is held all the same
)

// Reopening is whether voters can ask for other candidates.
type Reopening string

const (
	Ranked    Reopening = "ranked" // "Re-open nominations" is a choice on the paper like any candidate; a seat that it wins stays open
	NotOnOurs Reopening = "none"
)

// Limits of what a rule book can mean.
const (
	mostClassPercent = 60  // of the seats, for one class
	mostLimit        = 366 // of anything that is counted but words
	mostWords        = 5000
)

// ErrNoRuleBook says that no rules were registered yet.
var ErrNoRuleBook = errors.New("no rules on elections were in force on that day")

//go:embed rulebook.json
var ruleBookFile []byte

var ruleBooks = mustRead(ruleBookFile)

func mustRead(file []byte) []RuleBook {
	books, err := readRuleBooks(file)
	if err != nil {
		panic(err)
	}
	return books
}

// RuleBooks are all versions, the oldest first.
func RuleBooks() []RuleBook {
	books := slices.Clone(ruleBooks)
	for i := range books {
		books[i].Seats = maps.Clone(books[i].Seats)
	}
	return books
}

// RuleBookOn is the version in force on a day. ErrNoRuleBook before the first.
func RuleBookOn(d calendar.Date) (RuleBook, error) {
	for _, b := range slices.Backward(RuleBooks()) {
		if !d.Before(b.Registered) {
			return b, nil
		}
	}
	return RuleBook{}, ErrNoRuleBook
}

// readRuleBooks reads the file of all versions. Its names are those of RuleBook's fields; a name that is none is refused, as is one left out.
func readRuleBooks(file []byte) ([]RuleBook, error) {
	in := json.NewDecoder(bytes.NewReader(file))
	in.DisallowUnknownFields()
	var books []RuleBook
	if err := in.Decode(&books); err != nil {
		return nil, fmt.Errorf("read the rule book: %w", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the rule book: there is more behind its end")
	}
	if len(books) == 0 {
		return nil, errors.New("the rule book has no version")
	}
	for i, b := range books {
		if err := b.sound(); err != nil {
			return nil, fmt.Errorf("rule book, version %d: %w", b.Version, err)
		}
		if b.Version != i+1 {
			return nil, fmt.Errorf("rule book: version %d stands where %d belongs", b.Version, i+1)
		}
		if i > 0 && !b.Registered.After(books[i-1].Registered) {
			return nil, fmt.Errorf("rule book, version %d: registered on %s, which is not after the version before it", b.Version, b.Registered)
		}
	}
	return books, nil
}

// sound reports what makes a version unfit to govern.
func (b RuleBook) sound() error {
	if b.Registered.IsZero() {
		return errors.New("it does not say when it was registered")
	}
	if err := soundSeats(b.Seats); err != nil {
		return err
	}
	for _, l := range []struct {
		name     string
		is, most int
	}{
		{"noticeDays", b.NoticeDays, mostLimit},
		{"seconders", b.Seconders, mostLimit},
		{"statementWords", b.StatementWords, mostWords},
		{"nominationDays", b.NominationDays, mostLimit},
		{"candidateDays", b.CandidateDays, mostLimit},
		{"rollDays", b.RollDays, mostLimit},
		{"objectionDays", b.ObjectionDays, mostLimit},
		{"settlingDays", b.SettlingDays, mostLimit},
		{"hustingsDays", b.HustingsDays, mostLimit},
		{"leastPollDays", b.LeastPollDays, mostLimit},
		{"mostPollDays", b.MostPollDays, mostLimit},
		{"mostCountDays", b.MostCountDays, mostLimit},
		{"challengeDays", b.ChallengeDays, mostLimit},
		{"termMonths", b.TermMonths, mostLimit},
		{"mostTerms", b.MostTerms, mostLimit},
		{"publishFrom", b.PublishFrom, mostLimit},
	} {
		if l.is < 1 || l.is > l.most {
			return fmt.Errorf("%s is %d, which is not from 1 to %d", l.name, l.is, l.most)
		}
	}
	if b.Uncontested != Unopposed && b.Uncontested != Confidence {
		return fmt.Errorf("uncontested is %q, which is neither %q nor %q", b.Uncontested, Unopposed, Confidence)
	}
	if b.Reopening != Ranked && b.Reopening != NotOnOurs {
		return fmt.Errorf("reopening is %q, which is neither %q nor %q", b.Reopening, Ranked, NotOnOurs)
	}
	if b.LeastPollDays > b.MostPollDays {
		return fmt.Errorf("a poll of at least %d days cannot be one of at most %d", b.LeastPollDays, b.MostPollDays)
	}
	return nil
}

func soundSeats(seats map[member.Class]int) error {
	board := 0
	for class, n := range seats {
		if !slices.Contains(member.AllClasses, class) {
			return fmt.Errorf("there is no class %q", class)
		}
		board += n
	}
	for _, class := range member.AllClasses {
		if seats[class] < 1 {
			return fmt.Errorf("the %s class has %d seats, and every class has at least one", class, seats[class])
		}
	}
	for _, class := range member.AllClasses {
		if n := seats[class]; n*100 > board*mostClassPercent {
			return fmt.Errorf("the %s class has %d of %d seats, and no class has more than %d %%", class, n, board, mostClassPercent)
		}
	}
	return nil
}

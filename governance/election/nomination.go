package election

import (
	"errors"
	"strings"
	"time"

	"folkmoot/governance/member"
)

// Nomination is somebody's way onto the paper of a class.
type Nomination struct {
	ID          string
	Election    string
	Class       member.Class
	Candidate   member.ID
	Proposer    member.ID // the candidate themself, or whoever nominated them
	Name        string    // on the paper
	Statement   string    // at most RuleBook.StatementWords words
	Interests   string    // what the candidate declares that could come into conflict with the society's interests; "none" is said
	Seconders   []member.ID
	ProposedAt  time.Time
	AcceptedAt  time.Time // zero until the candidate consents
	WithdrawnAt time.Time // zero while it stands
}

// Open reports whether it was not withdrawn, nor declined.
func (n Nomination) Open() bool { return n.WithdrawnAt.IsZero() }

// TellNominee tells somebody that they were nominated, and asks whether they accept.
type TellNominee struct {
	Nomination string `json:"nomination"`
}

// Kind names the job.
func (TellNominee) Kind() string { return "election_nominee" }

// Lack is what a nomination still needs before its candidate is on the paper.
type Lack string

const (
	LacksConsent   Lack = "consent"
	LacksSeconders Lack = "seconders"
	LacksRoll      Lack = "roll" // the candidate is not on the roll in that class
)

// lacks holds a nomination against the rule book. on tells the class in which somebody votes: by the roll once there is one.
func (n Nomination) lacks(book RuleBook, on func(member.ID) member.Class) (all []Lack) {
	if n.AcceptedAt.IsZero() {
		all = append(all, LacksConsent)
	}
	seconders := 0
	for _, m := range n.Seconders {
		if on(m) == n.Class {
			seconders++
		}
	}
	if seconders < book.Seconders {
		all = append(all, LacksSeconders)
	}
	if on(n.Candidate) != n.Class {
		all = append(all, LacksRoll)
	}
	return all
}

// Words counts the words of a statement as the limit means them: what stands between spaces.
func Words(statement string) int { return len(strings.Fields(statement)) }

// LongestStatement is the longest statement, in runes: words of any length count as one, but not without end.
const LongestStatement = 4000

// Paper is what a candidate says for themself when they accept a nomination.
type Paper struct{ Name, Statement, Interests string }

// check joins an error for each field that is amiss.
func (p Paper) check(book RuleBook) (Paper, error) {
	var err, all error
	if p.Name, err = member.Line(p.Name, member.LongestName); err != nil || p.Name == "" || strings.EqualFold(p.Name, ReopenName) {
		all = member.Amiss(ErrNoName, err)
	}
	p.Statement, err = member.Prose(p.Statement, LongestStatement)
	switch words := Words(p.Statement); {
	case err != nil:
		all = errors.Join(all, member.Amiss(ErrStatementLong, err))
	case words > book.StatementWords:
		all = errors.Join(all, member.Wordy(ErrStatementLong, words, book.StatementWords))
	case p.Statement == "":
		all = errors.Join(all, ErrNoStatement)
	}
	if p.Interests, err = member.Reason(p.Interests); err != nil {
		all = errors.Join(all, member.Amiss(ErrNoInterests, err))
	}
	return p, all
}

// Question is one that all candidates of a class are asked.
type Question struct {
	ID        string
	Election  string
	Class     member.Class
	Member    member.ID // who asked; not shown
	Words     string
	AskedAt   time.Time
	HiddenWhy string // what is told in place of a question that the returning officer took down
	HiddenAt  time.Time
	Answers   map[string]string // by nomination
}

// MostQuestions is how many one member may ask in an election.
const MostQuestions = 3

// MostSeconders is how many a nomination takes: some more than it needs, for those who turn out not to be on the roll.
const MostSeconders = 10

// Errors of nominations and of hustings.
var (
	ErrEnoughSeconders = errors.New("that nomination has seconders enough")
	ErrManyProposed    = errors.New("you have nominated as many people as your class has seats")
	ErrManyTerms       = errors.New("that member has served as many terms in a row as the rules allow (rule 14.16)")
	ErrNominationsShut = errors.New("nominations are not open")
	ErrNotInClass      = errors.New("that member does not vote in a class that has seats in this election")
	ErrHasDuty         = errors.New("whoever returns or watches an election neither stands in it nor supports a candidate")
	ErrStands          = errors.New("that member is nominated already")
	ErrNoNomination    = errors.New("there is no such nomination, or it was withdrawn")
	ErrNotYours        = errors.New("only the candidate may do that")
	ErrOtherClass      = errors.New("only members of the same class second a nomination")
	ErrOwnNomination   = errors.New("nobody seconds themself")
	ErrSeconded        = errors.New("you have seconded that nomination already, or as many as there are seats")
	ErrNoName          = errors.New("say under which name you are on the paper")
	ErrNoStatement     = errors.New("say why people should elect you")
	ErrStatementLong   = errors.New("the statement has too many words, or hidden characters")
	ErrNoInterests     = errors.New("say which interests of yours could come into conflict with the society's, or that there are none")
	ErrTooLateToLeave  = errors.New("the poll has opened: nobody withdraws any more")
	ErrHustingsShut    = errors.New("questions are not open")
	ErrManyQuestions   = errors.New("you have asked as many questions as one member may")
	ErrNoQuestion      = errors.New("there is no such question")
)

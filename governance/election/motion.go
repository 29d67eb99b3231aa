package election

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
)

// Motion is what is put to the members in a ballot that fills no seats. They say yes or no, all classes together: see Resolution.
type Motion struct {
	Words string
	Needs Majority
	About string // what the vote decides, as "privacy:ID": whoever had it put is told of the outcome. "" when nothing waits for it
}

// Moved tells whatever waits for a vote that it was put to the members.
type Moved struct {
	Election string `json:"election"`
}

// Kind names the job.
func (Moved) Kind() string { return "election_moved" }

// Majority is how many of those who say yes or no must say yes.
type Majority string

const (
	Simple    Majority = "simple"     // more say yes than no
	TwoThirds Majority = "two_thirds" // at least two in three say yes
)

// Carries reports whether so many votes carry a motion.
func (m Majority) Carries(yes, no int) bool {
	needs := tally.SimpleMajority
	if m == TwoThirds {
		needs = tally.TwoThirds
	}
	return tally.Motion{Yes: int64(yes), No: int64(no)}.Carried(needs)
}

// The choices on the paper of a motion, as nominations name them, and as files do.
const (
	ChoiceYes = "yes"
	ChoiceNo  = "no"
	YesName   = "Yes"
	NoName    = "No"
)

// LongestMotion is the longest motion, in runes.
const LongestMotion = 600

// Errors of calling a ballot on a motion.
var (
	ErrNoMotion      = errors.New("say what is moved, so that members can say yes or no to it")
	ErrNoMajority    = errors.New("say whether more yes than no carries it, or two thirds")
	ErrMotionOnPaper = errors.New("a motion is voted on online")
)

// check is that of a call; the rest of the call is the same for all ballots.
func (m Motion) check() (Motion, error) {
	var err, all error
	if m.Words, err = member.Line(m.Words, LongestMotion); err != nil || m.Words == "" {
		all = member.Amiss(ErrNoMotion, err)
	}
	if m.Needs != Simple && m.Needs != TwoThirds {
		all = errors.Join(all, ErrNoMajority)
	}
	return m, all
}

// moves makes a call one of a motion: all vote in one contest, nobody is nominated, and the first of two choices is counted, which is what the
// Scottish rule does with one seat.
func (c Call) moves() Call {
	c.Rule, c.Seats = Scottish, map[member.Class]int{member.ClassOrdinary: 1}
	t := &c.Timetable
	t.NominationsOpen, t.NominationsClose, t.HustingsOpen, t.HustingsClose = t.ObjectionsClose, t.ObjectionsClose, t.ObjectionsClose, t.ObjectionsClose
	return c
}

// ProposeMotion is a timetable for a ballot on a motion that keeps every rule, as Propose is for an election.
func (b RuleBook) ProposeMotion(notice calendar.Date) Timetable {
	if notice.IsZero() {
		return Timetable{}
	}
	served := servedAll(notice)
	record := served.AddWorkingDays(1)
	objected := loose(afterClear(record.AddDays(1), b.ObjectionDays))
	poll := loose(latest(afterClear(served, b.NoticeDays), afterClear(record, b.RollDays), afterClear(objected, b.SettlingDays)))
	polled := loose(poll.AddDays(b.LeastPollDays))
	count := polled.AddWorkingDays(1)
	return Call{Timetable: Timetable{
		Notice: notice, Record: record, ObjectionsClose: at(objected, closingHour), PollOpens: at(poll, openingHour), PollCloses: at(polled, closingHour),
		Count: count, TermsBegin: loose(afterClear(count, b.ChallengeDays)),
	}}.moves().Timetable
}

// CheckMotion is Check for a ballot on a motion: nobody is nominated and nobody is asked at hustings, and all other rules hold.
func (b RuleBook) CheckMotion(t Timetable, today calendar.Date) []Finding {
	t.NominationsClose, t.HustingsOpen, t.HustingsClose = t.PollOpens, t.PollOpens, t.PollOpens // the record date has no close of nominations to keep to
	c := checker{RuleBook: b, Timetable: t}
	c.checkNotice(today)
	c.checkRoll()
	c.checkPoll()
	c.checkEnd()
	return c.found
}

// paperOfMotion is what there is to choose from.
func paperOfMotion() []OnPaper {
	return []OnPaper{{Number: 1, Nomination: ChoiceYes, Name: YesName}, {Number: 2, Nomination: ChoiceNo, Name: NoName}}
}

// votesIn is the contest in which a member of a class votes. On a motion all vote in one, whichever class they are in: the figures of each contest
// are published, and those of a class of a few would tell how people voted.
func (e Election) votesIn(class member.Class) member.Class {
	if e.Motion != nil && class != "" {
		return member.ClassOrdinary
	}
	return class
}

// Resolution is how members voted on a motion, all classes together.
type Resolution struct {
	Motion  string   `json:"motion"`
	Needs   Majority `json:"needs"`
	Yes     int      `json:"yes"`
	No      int      `json:"no"`
	Carried bool     `json:"carried"`
}

// resolved adds up what the classes counted. ErrOtherResolution.
func (m Motion) resolved(classes []CertifiedClass) (Resolution, error) {
	sum := Resolution{Motion: m.Words, Needs: m.Needs}
	for _, class := range classes {
		yes, no, err := class.Votes()
		if err != nil {
			return sum, err
		}
		sum.Yes, sum.No = sum.Yes+yes, sum.No+no
	}
	sum.Carried = sum.Needs.Carries(sum.Yes, sum.No)
	return sum, nil
}

// ErrOtherResolution says that what a certificate says of a motion is not what its classes counted.
var ErrOtherResolution = errors.New("the outcome of the motion is not what was counted in the classes")

// CheckResolution adds up again what the classes counted. ErrOtherResolution.
func (c Certificate) CheckResolution() error {
	if c.Resolution == nil {
		return nil
	}
	sum, err := Motion{Words: c.Resolution.Motion, Needs: c.Resolution.Needs}.resolved(c.Classes)
	if err == nil && sum != *c.Resolution {
		err = ErrOtherResolution
	}
	return err
}

// Votes are how many of a class said yes to a motion, and how many no. ErrOtherResolution.
func (c CertifiedClass) Votes() (yes, no int, err error) {
	var count struct {
		Stages []struct {
			Totals []string `json:"totals"`
		} `json:"stages"`
	}
	if c.Valid == 0 {
		return 0, 0, nil
	}
	if json.Unmarshal(c.Count, &count) != nil || len(count.Stages) == 0 || len(count.Stages[0].Totals) != len(paperOfMotion()) {
		return 0, 0, ErrOtherResolution
	}
	var first [2]int
	for i, total := range count.Stages[0].Totals {
		whole, _, _ := strings.Cut(total, ".") // first preferences are whole votes
		if first[i], err = strconv.Atoi(whole); err != nil {
			return 0, 0, ErrOtherResolution
		}
	}
	return first[0], first[1], nil
}

// Decided tells whoever had a motion put that it was answered, and that nobody can challenge it any more.
type Decided struct {
	Election string `json:"election"`
}

// Kind names the job.
func (Decided) Kind() string { return "motion_decided" }

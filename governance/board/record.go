package board

import (
	"errors"
	"slices"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Vote is what somebody who sat did about a decision.
type Vote string

const (
	For        Vote = "for"
	Against    Vote = "against"
	Abstained  Vote = "abstained"
	Absent     Vote = "absent"
	Interested Vote = "interest" // declared an interest, and took no part
)

// Votes are all that there are, in the order in which pages tell them.
var Votes = []Vote{For, Against, Abstained, Interested, Absent}

// Here is where somebody who sat was during a meeting.
type Here string

const (
	Attended  Here = "attended"
	Apologies Here = "apologies" // was not there, and had said so
	Away      Here = "away"
)

// Heres are all that there are.
var Heres = []Here{Attended, Apologies, Away}

// Entry is what the board's records say of each thing. Nobody changes an entry: a further one takes its place.
type Entry struct {
	ID          string
	Day         calendar.Date
	Minute      string // where the board's minutes have it
	Corrects    string // the entry in whose place it stands; "" for a first one
	CorrectedBy string // the entry that stands in its place; "" while it holds
	RecordedBy  identity.AccountID
	RecordedAt  time.Time
}

// Stands reports whether no other entry took its place.
func (e Entry) Stands() bool { return e.CorrectedBy == "" }

// Decision is what the board decided, and how each who sat voted.
type Decision struct {
	Entry

	Words   string
	Reasons string
	Votes   map[string]Vote    // by seat
	Said    map[string]Voucher // by seat: what those who sat say of their own vote, once they did
}

// Voucher is what somebody says of how an entry has them voting.
type Voucher struct {
	Holds  bool
	Words  string // what was instead, where it does not hold
	SaidAt time.Time
}

// Meeting is when the board met, and who was there.
type Meeting struct {
	Entry

	Here map[string]Here // by seat
}

// Attendance is at how many of the meetings of their seat somebody was.
func Attendance(meetings []Meeting, seat string) (was, of int) {
	for _, m := range meetings {
		here, sat := m.Here[seat]
		if !sat || !m.Stands() {
			continue
		}
		of++
		if here == Attended {
			was++
		}
	}
	return was, of
}

// NotThere are the seats that a decision has voting on a day on which the board met, and that none of those meetings has there. What was decided
// when no meeting is recorded says nothing of who was where; and who was there may have been out of the room for a vote.
func NotThere(votes map[string]Vote, met []Meeting) (seats []string) {
	for seat, v := range votes {
		voted := v == For || v == Against || v == Abstained
		there := len(met) == 0 || slices.ContainsFunc(met, func(m Meeting) bool { return m.Here[seat] == Attended })
		if voted && !there {
			seats = append(seats, seat)
		}
	}
	slices.Sort(seats)
	return seats
}

// NotThereError refuses an entry with which a decision would have somebody voting who, as attendance has it, was not there. Seats are theirs.
type NotThereError struct{ Seats []string }

func (NotThereError) Error() string {
	return "a decision has somebody voting who was not at the meeting of that day"
}

// Sitting are the seats that are held on a day.
func Sitting(all []Seat, on calendar.Date) []Seat {
	return slices.DeleteFunc(slices.Clone(all), func(s Seat) bool { return !s.Held(on) })
}

// Declaration is what somebody who sits declared on a day.
type Declaration struct {
	Member     member.ID
	Words      string
	DeclaredAt time.Time
}

// Since is what somebody declared since they took a seat, of all declarations, the newest first.
func Since(declared []Declaration, s Seat) []Declaration {
	return slices.DeleteFunc(slices.Clone(declared), func(d Declaration) bool { return d.Member != s.Member || d.DeclaredAt.Before(s.RecordedAt) })
}

// Interests are what somebody who sits has declared: their last word, or what they said when they took the seat.
func Interests(declared []Declaration, s Seat) string {
	if own := Since(declared, s); len(own) > 0 {
		return own[0].Words
	}
	return s.Interests
}

// Question is what a member asked the board.
type Question struct {
	ID        string
	Member    member.ID
	ShownAs   string // the name that whoever asked chose to be shown with; "" for none
	Words     string
	AskedAt   time.Time
	Due       calendar.Date // the last day for an answer
	HiddenWhy string
	HiddenAt  time.Time
	Answers   []Answer
}

// Answer is somebody's from the board, or the secretary's.
type Answer struct {
	ID         string
	Seat       string // "" for the secretary's
	Words      string
	AnsweredAt time.Time
	HiddenWhy  string
	HiddenAt   time.Time
}

// Readable is how many answers nobody took down.
func (q Question) Readable() (n int) {
	for _, a := range q.Answers {
		if a.HiddenAt.IsZero() {
			n++
		}
	}
	return n
}

// QuestionState is how far a question has come.
type QuestionState string

const (
	Open     QuestionState = "open"
	Overdue  QuestionState = "overdue"
	Answered QuestionState = "answered"
	Hidden   QuestionState = "hidden"
)

// State tells how far it has come on a day.
func (q Question) State(on calendar.Date) QuestionState {
	switch {
	case !q.HiddenAt.IsZero():
		return Hidden
	case q.Readable() > 0:
		return Answered
	case on.After(q.Due):
		return Overdue
	}
	return Open
}

// Limits of what is recorded and asked.
const (
	MostQuestions   = 3    // of a member, in a month
	MostAnswers     = 10   // to one question: the first, and what was to be added
	LongestQuestion = 1000 // characters
	PageSize        = 30   // entries or questions that a page lists
	mostRecorded    = 730  // days after which nothing is recorded any more
	mostMeetings    = 1000 // that attendance is counted over
)

// Errors of the records.
var (
	ErrNotRecorder   = errors.New("only the secretary or somebody who sits on the board may do that")
	ErrNotSitting    = errors.New("only somebody who sits on the board may do that")
	ErrNobodySat     = errors.New("nobody sat on the board on that day")
	ErrVotes         = errors.New("say of everybody who sat on that day, and of nobody else")
	ErrNoDecision    = errors.New("say what was decided")
	ErrNoReasons     = errors.New("say what the reasons were")
	ErrNoEntry       = errors.New("there is no such entry, or another took its place")
	ErrNotVoter      = errors.New("that entry does not have you voting")
	ErrVouched       = errors.New("you have said already whether that is how you voted")
	ErrNotMember     = errors.New("only a member may ask")
	ErrManyQuestions = errors.New("a member may ask three questions in a month")
	ErrNoAnswer      = errors.New("there is no such answer")
	ErrNoQuestion    = errors.New("there is no such question")
	ErrManyAnswers   = errors.New("that question has all the answers that it can have")
	ErrSameInterests = errors.New("those are the interests that are declared already")
)

// Package meeting holds general meetings: their call and notices, motions and amendments, the order paper, who is present and how they vote, the
// minutes, and what is to be done.
package meeting

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Kind is what sort of general meeting it is.
type Kind string

const (
	Annual  Kind = "annual"
	General Kind = "general"
)

// Kinds are all that there are.
var Kinds = []Kind{Annual, General}

// Call is what officers propose when they call a meeting.
type Call struct {
	Kind         Kind
	Title        string
	Why          string
	At           time.Time
	Place        string    // where, for members alone; Place or Link is set
	Link         string    // to join from elsewhere, for members alone
	MotionsBy    time.Time // until when motions are written and seconded; then the order paper is made
	AmendmentsBy time.Time
	Chair        Seat
	Minutes      Seat // who writes them
}

// Seat is somebody who has a task at a meeting, with the name that everybody reads.
type Seat struct {
	Member member.ID
	Name   string
}

// Meeting is one general meeting, from its call to its signed minutes.
type Meeting struct {
	Call

	ID          string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID
	ConfirmedAt time.Time // when the notices went out; zero while it is proposed
	OrderedAt   time.Time // when the order paper was made
	Adjourned   int       // how often it stood adjourned for want of a quorum
	OpenedAt    time.Time
	OpenedName  string // who was in the chair then
	Present     int    // when it was opened
	Quorum      int    // that it took
	ClosedAt    time.Time
	EndedWhy    string // why it was called off
	EndedAt     time.Time
	SignedAt    time.Time // when the chair signed the minutes
	SignedName  string    // who was in the chair then
}

// State is how far a meeting has come.
type State string

// The states of meetings.
const (
	Proposed  State = "proposed"   // waits for a second officer
	Called    State = "called"     // takes motions
	Amending  State = "amending"   // the order paper is made; takes amendments
	Due       State = "due"        // takes nothing more before the day
	Sitting   State = "sitting"    // is open
	Closed    State = "closed"     // is over; its minutes are written
	Signed    State = "signed"     // the minutes are public
	CalledOff State = "called_off" // will not be held
)

// State tells how far it has come at a moment.
func (m Meeting) State(at time.Time) State {
	switch {
	case !m.EndedAt.IsZero():
		return CalledOff
	case m.ConfirmedAt.IsZero():
		return Proposed
	case !m.SignedAt.IsZero():
		return Signed
	case !m.ClosedAt.IsZero():
		return Closed
	case !m.OpenedAt.IsZero():
		return Sitting
	case at.Before(m.MotionsBy):
		return Called
	case at.Before(m.AmendmentsBy):
		return Amending
	}
	return Due
}

// Times around a meeting.
const (
	doors    = 30 * time.Minute // before its time, when people can check in
	patience = 30 * time.Minute // after its time, when it stands adjourned for want of a quorum
	latest   = 2 * time.Hour    // after its time, when it can still be opened: nobody is to meet when the others have gone home
	longest  = 12 * time.Hour   // that votes are opened after the meeting was

	leastWriting  = 3   // clear days that members have for motions, from the day on which the notice is served
	leastAmending = 2   // clear days between the order paper and the last moment for amendments
	leastReading  = 1   // clear day between that and the meeting
	mostAhead     = 180 // days
	leastPutOff   = 7   // days from a meeting that stands adjourned to its new day
	mostPutOff    = 60

	keptUnsigned = 60 // days after a meeting that its list of who was there is kept at most
)

// Doors reports whether people can check in at a moment.
func (m Meeting) Doors(at time.Time) bool {
	switch m.State(at) {
	case Sitting:
		return true
	case Called, Amending, Due:
		return !at.Before(m.At.Add(-doors)) && !m.Missed(at)
	case Proposed, Closed, Signed, CalledOff:
	}
	return false
}

// Missed reports whether it was not opened, and cannot be any more: it can only be adjourned or called off.
func (m Meeting) Missed(at time.Time) bool {
	return m.State(at) == Due && at.After(m.At.Add(latest))
}

// Inquorate reports whether the chair may adjourn it at a moment: it is half an hour late, and could not be opened.
func (m Meeting) Inquorate(at time.Time) bool {
	return m.State(at) == Due && !at.Before(m.At.Add(patience))
}

// Limits of meetings.
const (
	LongestTitle   = 120  // runes
	LongestPlace   = 300  // of the place, and of the link
	LongestWords   = 2000 // of any other text
	LongestMinutes = 5000 // of what the minutes say of one item
	MostListed     = 50   // meetings on a page
	MostProposed   = 5    // meetings that wait for a second officer
	MostReseats    = 10   // of one meeting, once it was opened
)

// Errors of calling meetings.
var (
	ErrNoMeeting    = errors.New("there is no such meeting")
	ErrNoKind       = errors.New("say whether it is the annual meeting")
	ErrNoTitle      = errors.New("a title is one line, of at most 120 characters")
	ErrNoWhy        = errors.New("say what the meeting is for")
	ErrNoPlace      = errors.New("say where the meeting is, or how to join it from elsewhere")
	ErrBadLink      = errors.New("a link begins with https://")
	ErrNoChair      = errors.New("say which member takes the chair")
	ErrNoMinutes    = errors.New("say which member writes the minutes")
	ErrSamePerson   = errors.New("the chair and whoever writes the minutes are two members")
	ErrSameSeats    = errors.New("say who takes the chair or writes the minutes from now on")
	ErrNoMoment     = errors.New("say when the meeting is, within the next 180 days")
	ErrShortNotice  = errors.New("the notice leaves too few clear days before the meeting")
	ErrBadMotions   = errors.New("members need three clear days for motions from the day on which they have the notice")
	ErrBadAmending  = errors.New("amendments need two clear days after the order paper, and one before the meeting")
	ErrManyMeetings = errors.New("as many meetings are proposed as there may be")
	ErrNotOfficer   = errors.New("only an officer may do that")
	ErrTakesTwo     = errors.New("another officer must confirm it")
	ErrNotMember    = errors.New("only a member may do that")
	ErrGone         = errors.New("the meeting has gone further, or was called off")
	ErrNotChair     = errors.New("only the chair of this meeting may do that")
	ErrNotMinutes   = errors.New("only whoever writes the minutes of this meeting may do that")
	ErrBadNewDay    = errors.New("the new day is from 7 to 60 days away")
)

// ServedOn is the day on which everybody has a notice that goes out on a day, whichever way it comes to them.
func ServedOn(sent calendar.Date) calendar.Date {
	mail, post := election.Served(sent, election.ByMail), election.Served(sent, election.ByPost)
	if mail.After(post) {
		return mail
	}
	return post
}

// check holds a call against the rules on the day on which its notice would go out, and tells all that is amiss. Model rules count clear days: neither the day on which the
// notice is served nor the day of the meeting (Co-operatives UK, Co-operative Consortium model rules, "Clear Days").
func (c Call) check(today calendar.Date, rules member.Rules) (Call, error) {
	c, amiss := c.checkWords()
	served, day := ServedOn(today), calendar.On(c.At)
	ordered, amended := calendar.On(c.MotionsBy), calendar.On(c.AmendmentsBy)
	timed := !c.At.IsZero() && !day.After(today.AddDays(mostAhead))
	switch {
	case !timed:
		amiss = errors.Join(amiss, ErrNoMoment)
	case election.ClearDays(served, day) < rules.MeetingDays:
		amiss = errors.Join(amiss, ErrShortNotice)
	}
	written := !c.MotionsBy.IsZero() && election.ClearDays(served, ordered) >= leastWriting
	if !written {
		amiss = errors.Join(amiss, ErrBadMotions)
	}
	// What comes before and after is amiss by itself, and says nothing of this one.
	if c.AmendmentsBy.IsZero() || written && election.ClearDays(ordered, amended) < leastAmending || timed && election.ClearDays(amended, day) < leastReading {
		amiss = errors.Join(amiss, ErrBadAmending)
	}
	return c, amiss
}

// ConfirmBy is the last day, from one on, on which a second officer can confirm the call; zero when it is too late for its notice already.
func (c Call) ConfirmBy(today calendar.Date, rules member.Rules) (last calendar.Date) {
	for day := today; day.Before(calendar.On(c.At)); day = day.AddDays(1) {
		if _, err := c.check(day, rules); errors.Is(err, ErrShortNotice) || errors.Is(err, ErrBadMotions) {
			break
		}
		last = day
	}
	return last
}

func (c Call) checkWords() (_ Call, amiss error) {
	wrong := func(err error) { amiss = errors.Join(amiss, err) }
	if c.Kind != Annual && c.Kind != General {
		wrong(ErrNoKind)
	}
	var err, placed, linked error
	if c.Title, err = member.Line(c.Title, LongestTitle); err != nil || !says(c.Title) {
		wrong(member.Amiss(ErrNoTitle, err))
	}
	if c.Why, err = member.Prose(c.Why, LongestWords); err != nil || !says(c.Why) {
		wrong(member.Amiss(ErrNoWhy, err))
	}
	c.Place, placed = member.Prose(c.Place, LongestPlace)
	c.Link, linked = member.Line(c.Link, LongestPlace)
	if linked != nil || c.Link != "" && !strings.HasPrefix(c.Link, "https://") {
		wrong(member.Amiss(ErrBadLink, linked))
	}
	if placed != nil || linked == nil && c.Place == "" && c.Link == "" {
		wrong(member.Amiss(ErrNoPlace, placed))
	}
	return c, errors.Join(amiss, seated(c.Chair, c.Minutes))
}

// seated refuses what are not two members, and tells which of them is missing.
func seated(chair, minutes Seat) (amiss error) {
	if chair.Member == "" {
		amiss = ErrNoChair
	}
	switch minutes.Member {
	case "":
		amiss = errors.Join(amiss, ErrNoMinutes)
	case chair.Member:
		amiss = ErrSamePerson
	}
	return amiss
}

// says reports whether a text has a word.
func says(words string) bool {
	return strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Hours in London, and days that Propose leaves beyond what the rules ask.
const (
	closingHour = 17
	meetingHour = 18
	slackDays   = 2
)

// Propose is when everything would be, were the notice to go out within slackDays of today: it keeps every rule.
func Propose(today calendar.Date, rules member.Rules) Call {
	served := ServedOn(today.AddDays(slackDays))
	ordered := served.AddDays(leastWriting + slackDays + 1)
	amended := ordered.AddDays(leastAmending + slackDays + 1)
	day := amended.AddDays(leastReading + 1)
	if notice := served.AddDays(rules.MeetingDays + 1); notice.After(day) {
		day = notice
		amended = day.AddDays(-leastReading - slackDays)
		ordered = amended.AddDays(-leastAmending - slackDays)
	}
	return Call{Kind: General, At: hour(day, meetingHour), MotionsBy: hour(ordered, closingHour), AmendmentsBy: hour(amended, closingHour)}
}

func hour(d calendar.Date, h int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, h, 0, 0, 0, calendar.London)
}

// GiveNotice tells one member of a meeting: that it is called, called off, or put off.
type GiveNotice struct {
	Meeting string    `json:"meeting"`
	What    string    `json:"what"`
	Member  member.ID `json:"member"`
}

// Kind names the job.
func (GiveNotice) Kind() string { return "meeting_notice" }

// What a notice can tell. One that puts a meeting off has a number, as a meeting can be put off again.
const (
	NoticeCalled = "called"
	NoticeOff    = "off"
	NoticePutOff = "put_off"
)

// Mind does what the clock asks for: it makes the order papers.
type Mind struct{}

// Kind names the job.
func (Mind) Kind() string { return "meetings_due" }

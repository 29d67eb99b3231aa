package notice

import (
	"errors"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

const (
	// Apart is how many days there are between two campaigns at least, so that one in December is not followed by one in January.
	Apart = 300
	// StaleAfter is for how many days after they were worked out degrees are told of. Older ones are worked out anew before anybody hears of them.
	StaleAfter = 28
	// DeliverFor is for how long after its release a campaign is delivered. Messages of the society are known again for longer than that
	// (messaging keeps for 45 days that they were said), so nothing is said twice.
	DeliverFor = 30 * 24 * time.Hour
	// PerMinute is how many notices go out in a minute, unless told otherwise.
	PerMinute = 600
	// claimFor is how long somebody who gives a mail to the mail server has to say what came of it. From then on nobody knows.
	claimFor = 2 * time.Minute
	// MostListed is how many mails with an unknown outcome are listed.
	MostListed = 1000
)

// Errors of campaigns.
var (
	ErrThisYear   = errors.New("there is a campaign this year already")
	ErrTooSoon    = errors.New("the last campaign is not long enough ago")
	ErrNotReady   = errors.New("the degrees are not worked out yet")
	ErrStale      = errors.New("the degrees were worked out too long ago")
	ErrGoesOut    = errors.New("the last campaign is still going out")
	ErrReleased   = errors.New("the campaign is released already")
	ErrNoCampaign = errors.New("there is no such campaign")
	errOvertaken  = errors.New("another attempt works the degrees out")
	errForgotten  = errors.New("what a notice told is forgotten")
)

// Campaign is the annual notice of one year.
type Campaign struct {
	Year        int
	Day         calendar.Date // as of which all degrees are
	PreparedBy  identity.AccountID
	PreparedAt  time.Time
	WorkedOutAt time.Time // zero until the degrees are known
	ReleasedBy  identity.AccountID
	ReleasedAt  time.Time // zero before
}

// Ready reports whether it can be released.
func (c Campaign) Ready() bool { return !c.WorkedOutAt.IsZero() && c.ReleasedAt.IsZero() }

// Stale reports whether its degrees are too old to be told, on a day.
func (c Campaign) Stale(on calendar.Date) bool {
	return c.ReleasedAt.IsZero() && c.Day.Days(on) > StaleAfter
}

// Until is the last day on which it can be released.
func (c Campaign) Until() calendar.Date { return c.Day.AddDays(StaleAfter) }

// Over reports whether nothing of it goes out any more, at a moment.
func (c Campaign) Over(at time.Time) bool {
	return !c.ReleasedAt.IsZero() && !at.Before(c.ReleasedAt.Add(DeliverFor))
}

// shown reports whether its card is shown, at a moment.
func (c Campaign) shown(at time.Time) bool { return !c.ReleasedAt.IsZero() && !c.Over(at) }

// mayFollow reports whether a campaign may be prepared at a moment, after the last. One that nobody heard of can be prepared anew when it is stale.
func mayFollow(last *Campaign, at time.Time) error {
	day := calendar.On(at)
	switch {
	case last == nil || last.Stale(day):
		return nil
	case last.shown(at):
		return ErrGoesOut
	case last.Year == day.Year:
		return ErrThisYear
	case last.Day.Days(day) < Apart:
		return ErrTooSoon
	}
	return nil
}

type (
	// WorkOut wants the degrees of a campaign.
	WorkOut struct {
		Year int `json:"year"`
	}
	// Sample wants an officer, and nobody else, sent one of each sort.
	Sample struct {
		Year int                `json:"year"`
		To   identity.AccountID `json:"to"`
	}
	// Deliver wants the notices of a campaign delivered.
	Deliver struct {
		Year int `json:"year"`
	}
)

func (WorkOut) Kind() string { return "notice_work_out" } // Kind names the job.
func (Sample) Kind() string  { return "notice_sample" }   // Kind names the job.
func (Deliver) Kind() string { return "notice_deliver" }  // Kind names the job.

// Samples are what an officer sees and tries out.
var Samples = []Told{Pays, 1, 2, ThreeOrMore}

// Takes is how long one try may last: ten million accounts are read and kept.
func (WorkOut) Takes() time.Duration { return 20 * time.Minute }

// Takes is how long one round of mails may last: a mail server may be slow.
func (Deliver) Takes() time.Duration { return 10 * time.Minute }

// Progress is what became of the notices of a campaign, and of how many of each.
type Progress struct {
	People  int // who get one
	Said    int
	Mailed  int
	Queued  int // messages and mails that are still to go out
	Unknown int // mails of which nobody can say whether they went out
	Failed  int // mails that the mail server refused for good, and whatever did not go out in time
	Dropped int // messages and mails to people who have switched them off
}

// Unknown is a mail of which nobody can say whether it went out.
type Unknown struct {
	Account identity.AccountID
	At      time.Time // when it was given to the mail server, or about to be
}

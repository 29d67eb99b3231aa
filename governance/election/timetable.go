package election

import (
	"time"

	"folkmoot/internal/calendar"
)

// Timetable is when everything happens in an election. What opens is open at the moment itself; what closes is closed at it.
type Timetable struct {
	Notice           calendar.Date // the day on which the notice goes out
	NominationsOpen  time.Time
	NominationsClose time.Time
	Record           calendar.Date // record date: who is a member and in which class, at the end of that day
	ObjectionsClose  time.Time     // to the roll, which is published the day after the record date
	HustingsOpen     time.Time
	HustingsClose    time.Time
	PollOpens        time.Time
	PollCloses       time.Time
	Count            calendar.Date // the day of the count, in public
	TermsBegin       calendar.Date
}

// Published is the day on which the roll is published.
func (t Timetable) Published() calendar.Date {
	if t.Record.IsZero() {
		return calendar.Date{}
	}
	return t.Record.AddDays(1)
}

// Way is how a notice travels.
type Way string

const (
	ByMail Way = "mail" // e-mail, and the messenger itself
	ByPost Way = "post" // for those whom mail does not reach
)

// Served is the day on which a notice is deemed served (rule 14.4): by mail the day after it was sent, by post the second working day after it
// was posted. Weekends and bank holidays of England and Wales are no working days. Zero for the zero day.
func Served(sent calendar.Date, way Way) calendar.Date {
	switch {
	case sent.IsZero():
		return sent
	case way == ByPost:
		return sent.AddWorkingDays(2)
	default:
		return sent.AddDays(1)
	}
}

// servedAll is the day on which everybody is deemed served, whichever way the notice came to them.
func servedAll(sent calendar.Date) calendar.Date {
	mail, post := Served(sent, ByMail), Served(sent, ByPost)
	if post.After(mail) {
		return post
	}
	return mail
}

// ClearDays are the days strictly between: neither the day of service nor the day of the event counts. None if the event is not later, or
// either is no day.
func ClearDays(served, event calendar.Date) int {
	if served.IsZero() || event.IsZero() {
		return 0
	}
	return max(0, served.Days(event)-1)
}

// afterClear is the first day that leaves n clear days after d; beforeClear is the last that leaves n before d.
func afterClear(d calendar.Date, n int) calendar.Date  { return d.AddDays(n + 1) }
func beforeClear(d calendar.Date, n int) calendar.Date { return d.AddDays(-n - 1) }

// Hours at which Propose opens and closes, in London, and days that it leaves beyond what a rule asks.
const (
	openingHour = 9
	closingHour = 17
	slackDays   = 2
)

// Propose is a timetable that keeps every rule, calls for no warning, and breaks no rule either if one thing in it is moved by a day. The roll
// is published by the day on which nominations close, so that candidates can be found on it.
func (b RuleBook) Propose(notice calendar.Date) Timetable {
	if notice.IsZero() {
		return Timetable{}
	}
	served := servedAll(notice)
	nominate := served.AddWorkingDays(1)
	nominated := loose(afterClear(nominate, b.NominationDays))
	record := nominated.AddWorkingDays(-1)
	objected := loose(afterClear(record.AddDays(1), b.ObjectionDays))
	hustings := nominated.AddWorkingDays(slackDays)
	heard := loose(afterClear(hustings, b.HustingsDays))
	poll := loose(latest(
		afterClear(served, b.NoticeDays), afterClear(nominated, b.CandidateDays), afterClear(record, b.RollDays),
		afterClear(objected, b.SettlingDays), heard.AddWorkingDays(slackDays),
	))
	polled := loose(poll.AddDays(b.LeastPollDays))
	count := polled.AddWorkingDays(1)
	return Timetable{
		Notice:           notice,
		NominationsOpen:  at(nominate, openingHour),
		NominationsClose: at(nominated, closingHour),
		Record:           record,
		ObjectionsClose:  at(objected, closingHour),
		HustingsOpen:     at(hustings, openingHour),
		HustingsClose:    at(poll.AddWorkingDays(-slackDays), closingHour),
		PollOpens:        at(poll, openingHour),
		PollCloses:       at(polled, closingHour),
		Count:            count,
		TermsBegin:       loose(afterClear(count, b.ChallengeDays)),
	}
}

// loose is a working day some days later.
func loose(d calendar.Date) calendar.Date { return d.AddDays(slackDays - 1).AddWorkingDays(1) }

func latest(days ...calendar.Date) calendar.Date {
	last := days[0]
	for _, d := range days {
		if d.After(last) {
			last = d
		}
	}
	return last
}

func at(d calendar.Date, hour int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, calendar.London)
}

package election

import (
	"fmt"
	"slices"
	"time"

	"folkmoot/internal/calendar"
)

// Finding is one thing that a timetable breaks, or that people should think about.
type Finding struct {
	Rule    string // "14.2"
	Warning bool
	Words   string // a plain sentence with the dates and the rule in it, which says what to change
	Field   string // name of the Timetable's field to point at
}

// Refused reports whether a timetable breaks a rule: any finding that is not a warning.
func Refused(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return !f.Warning })
}

// Check is everything that a timetable breaks under these rules, or that people should think about, in the order of the timetable. A field
// that is left out is one finding, and nothing is measured from it.
func (b RuleBook) Check(t Timetable, today calendar.Date) []Finding {
	c := checker{RuleBook: b, Timetable: t}
	c.checkNotice(today)
	c.checkNominations()
	c.checkRoll()
	c.checkHustings()
	c.checkPoll()
	c.checkEnd()
	return c.found
}

// checker gathers what is found.
type checker struct {
	RuleBook
	Timetable
	found []Finding
}

func (c *checker) checkNotice(today calendar.Date) {
	const field = "Notice"
	if c.Notice.IsZero() {
		c.refuse(RuleGoverning, field, "Say on which day the notice goes out")
		return
	}
	if c.Notice.Before(today) {
		c.refuse(RuleGoverning, field, "The notice must not go out before today, %s: %s is over", long(today), long(c.Notice))
	}
	switch governs, err := RuleBookOn(c.Notice); {
	case err != nil:
		c.refuse(RuleGoverning, field, "The notice must not go out before %s: no rules on elections are in force on %s", long(c.Registered), long(c.Notice))
	case governs.Version != c.Version:
		c.refuse(RuleGoverning, field, "A notice that goes out on %s needs a timetable under version %d of the rules, registered on %s; this one is under version %d",
			long(c.Notice), governs.Version, long(governs.Registered), c.Version)
	}
}

func (c *checker) checkNominations() {
	opens, closes := day(c.NominationsOpen), day(c.NominationsClose)
	if mail := Served(c.Notice, ByMail); c.given(opens, RuleNominations, "NominationsOpen", "Say when nominations open") && !mail.IsZero() && opens.Before(mail) {
		c.refuse(RuleNominations, "NominationsOpen", "Nominations must not open before %s: the notice, sent on %s, is not deemed served by email earlier", long(mail), long(c.Notice))
	}
	c.clock("NominationsOpen", "Nominations open", c.NominationsOpen)

	if c.given(closes, RuleNominations, "NominationsClose", "Say when nominations close") {
		if short(opens, closes, c.NominationDays) {
			c.refuse(RuleNominations, "NominationsClose", "Nominations must not close before %s: they open on %s, and %s must lie between",
				long(afterClear(opens, c.NominationDays)), long(opens), spell(c.NominationDays))
		}
		if poll := day(c.PollOpens); short(closes, poll, c.CandidateDays) {
			c.refuse(RuleCandidates, "NominationsClose", "Nominations must not close after %s: the poll opens on %s, and %s must lie between",
				long(beforeClear(poll, c.CandidateDays)), long(poll), spell(c.CandidateDays))
		}
	}
	c.deadline("NominationsClose", "Nominations close", c.NominationsClose)
}

func (c *checker) checkRoll() {
	if c.given(c.Record, RuleRecord, "Record", "Say what the record date is") {
		c.checkRecord()
	}
	closes, poll := day(c.ObjectionsClose), day(c.PollOpens)
	if c.given(closes, RuleObjections, "ObjectionsClose", "Say when objections to the roll close") {
		if published := c.Published(); short(published, closes, c.ObjectionDays) {
			c.refuse(RuleObjections, "ObjectionsClose", "Objections to the roll must not close before %s: it is published on %s, the day after the record date, and %s must lie between",
				long(afterClear(published, c.ObjectionDays)), long(published), spell(c.ObjectionDays))
		}
		if short(closes, poll, c.SettlingDays) {
			c.refuse(RuleSettling, "ObjectionsClose", "Objections to the roll must not close after %s: the poll opens on %s, and %s must lie between to settle them",
				long(beforeClear(poll, c.SettlingDays)), long(poll), spell(c.SettlingDays))
		}
	}
	c.deadline("ObjectionsClose", "Objections to the roll close", c.ObjectionsClose)
}

// checkRecord keeps the record date after the notice, so that nobody learns of it when it is over; at the latest on the day on which
// nominations close, so that candidates are on the roll or not when the list of them is closed; and early enough for the roll to be settled.
func (c *checker) checkRecord() {
	if served := servedAll(c.Notice); !served.IsZero() && !c.Record.After(served) {
		c.refuse(RuleRecord, "Record", "The record date must be after %s: on that day the notice, sent on %s, is deemed served", long(served), long(c.Notice))
	}
	if closes := day(c.NominationsClose); !closes.IsZero() && c.Record.After(closes) {
		c.refuse(RuleRecord, "Record", "The record date must not be after %s: on that day nominations close, and candidates must be on the roll", long(closes))
	}
	if poll := day(c.PollOpens); short(c.Record, poll, c.RollDays) {
		c.refuse(RuleRecord, "Record", "The record date must not be after %s: the poll opens on %s, and %s must lie between",
			long(beforeClear(poll, c.RollDays)), long(poll), spell(c.RollDays))
	}
}

func (c *checker) checkHustings() {
	opens, closes := day(c.HustingsOpen), day(c.HustingsClose)
	if c.given(opens, RuleHustings, "HustingsOpen", "Say when the hustings open") && c.HustingsOpen.Before(c.NominationsClose) {
		c.refuse(RuleHustings, "HustingsOpen", "The hustings must not open before %s: until then nominations are open", moment(c.NominationsClose))
	}
	c.clock("HustingsOpen", "The hustings open", c.HustingsOpen)

	if c.given(closes, RuleHustings, "HustingsClose", "Say when the hustings close") {
		if short(opens, closes, c.HustingsDays) {
			c.refuse(RuleHustings, "HustingsClose", "The hustings must not close before %s: they open on %s, and %s must lie between",
				long(afterClear(opens, c.HustingsDays)), long(opens), spell(c.HustingsDays))
		}
		if !c.PollOpens.IsZero() && c.HustingsClose.After(c.PollOpens) {
			c.refuse(RuleHustings, "HustingsClose", "The hustings must close by %s: then the poll opens", moment(c.PollOpens))
		}
	}
	c.deadline("HustingsClose", "The hustings close", c.HustingsClose)
}

func (c *checker) checkPoll() {
	opens, closes := day(c.PollOpens), day(c.PollCloses)
	if served := servedAll(c.Notice); c.given(opens, RulePoll, "PollOpens", "Say when the poll opens") && short(served, opens, c.NoticeDays) {
		c.refuse(RuleNotice, "PollOpens", "The poll must not open before %s: the notice, sent on %s, is deemed served on %s, and %s must lie between",
			long(afterClear(served, c.NoticeDays)), long(c.Notice), long(served), spell(c.NoticeDays))
	}
	c.clock("PollOpens", "The poll opens", c.PollOpens)

	if c.given(closes, RulePoll, "PollCloses", "Say when the poll closes") && !opens.IsZero() {
		first, last := wall(c.PollOpens).AddDate(0, 0, c.LeastPollDays), wall(c.PollOpens).AddDate(0, 0, c.MostPollDays)
		if wall(c.PollCloses).Before(first) {
			c.refuse(RulePoll, "PollCloses", "The poll must not close before %s: it opens at %s, and is open for at least %d full days", clockTime(first), moment(c.PollOpens), c.LeastPollDays)
		}
		if wall(c.PollCloses).After(last) {
			c.refuse(RulePoll, "PollCloses", "The poll must not close after %s: it opens at %s, and is open for at most %d days", clockTime(last), moment(c.PollOpens), c.MostPollDays)
		}
	}
	c.deadline("PollCloses", "The poll closes", c.PollCloses)
}

// checkEnd keeps the new board from sitting while its election can still be challenged: nothing that it decided need then be undone.
func (c *checker) checkEnd() {
	closes := day(c.PollCloses)
	if c.given(c.Count, RuleCount, "Count", "Say on which day the votes are counted") && !closes.IsZero() {
		if c.Count.Before(closes) {
			c.refuse(RuleCount, "Count", "The votes must not be counted before %s: on that day the poll closes", long(closes))
		}
		if last := closes.AddDays(c.MostCountDays); c.Count.After(last) {
			c.refuse(RuleCount, "Count", "The votes must be counted by %s: the poll closes on %s", long(last), long(closes))
		}
	}
	if c.given(c.TermsBegin, RuleTermsBegin, "TermsBegin", "Say on which day the terms begin") && short(c.Count, c.TermsBegin, c.ChallengeDays) {
		c.refuse(RuleTermsBegin, "TermsBegin", "Terms must not begin before %s: the votes are counted on %s, and %s must lie between, in which the result can be challenged",
			long(afterClear(c.Count, c.ChallengeDays)), long(c.Count), spell(c.ChallengeDays))
	}
}

// given reports whether a field has a day, and finds fault if not.
func (c *checker) given(d calendar.Date, rule, field, say string) bool {
	if d.IsZero() {
		c.refuse(rule, field, "%s", say)
	}
	return !d.IsZero()
}

func (c *checker) refuse(rule, field, words string, args ...any) {
	c.found = append(c.found, Finding{Rule: rule, Field: field, Words: fmt.Sprintf(words, args...) + " (rule " + rule + ")."})
}

func (c *checker) warn(field, words string, args ...any) {
	c.found = append(c.found, Finding{Rule: RuleHours, Warning: true, Field: field, Words: fmt.Sprintf(words, args...) + " (rule " + RuleHours + ")."})
}

// short reports whether two days that are both given leave too few clear days.
func short(from, to calendar.Date, least int) bool {
	return !from.IsZero() && !to.IsZero() && ClearDays(from, to) < least
}

// Hours between which a deadline calls for no warning, in London.
const (
	earliestHour = 8
	latestHour   = 20
)

// deadline warns of a close at a time when people are away or asleep.
func (c *checker) deadline(field, what string, t time.Time) {
	if t.IsZero() {
		return
	}
	d, clock := day(t), wall(t)
	if name := d.BankHoliday(); name != "" {
		c.warn(field, "%s on %s, a bank holiday (%s)", what, long(d), name)
	} else if !d.WorkingDay() {
		c.warn(field, "%s on %s, a %s", what, long(d), d.Start().Weekday())
	}
	if opening := time.Date(d.Year, d.Month, d.Day, earliestHour, 0, 0, 0, time.UTC); clock.Before(opening) ||
		clock.After(opening.Add((latestHour-earliestHour)*time.Hour)) {
		c.warn(field, "%s at %s, which is not between 08:00 and 20:00", what, moment(t))
	}
	c.clock(field, what, t)
}

// clock warns of a moment that the clocks of London show twice, or that may have been asked for at a time that they do not show.
func (c *checker) clock(field, what string, t time.Time) {
	if t.IsZero() {
		return
	}
	_, offset := t.In(calendar.London).Zone()
	_, before := t.Add(-time.Hour).In(calendar.London).Zone()
	_, after := t.Add(time.Hour).In(calendar.London).Zone()
	switch {
	case before > offset || after < offset:
		c.warn(field, "%s at %s, a time that comes twice: the clocks go back that night", what, moment(t))
	case before < offset || after > offset:
		c.warn(field, "%s at %s, beside the hour from 01:00 to 02:00 that there is not: the clocks go forward that night", what, moment(t))
	}
}

// day is the day of a moment in London; the zero moment has none.
func day(t time.Time) calendar.Date {
	if t.IsZero() {
		return calendar.Date{}
	}
	return calendar.On(t)
}

// wall is what the clocks of London show at a moment, to be compared and counted on by: 14 days later is the same time of day, whether or
// not the clocks change between.
func wall(t time.Time) time.Time {
	t = t.In(calendar.London)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func long(d calendar.Date) string { return d.Start().Format("2 January 2006") }

func moment(t time.Time) string { return clockTime(wall(t)) }

func clockTime(wall time.Time) string { return wall.Format("15:04 on 2 January 2006") }

// spell is how a sentence says a number of clear days.
func spell(n int) string {
	if n == 1 {
		return "1 clear day"
	}
	return fmt.Sprintf("%d clear days", n)
}

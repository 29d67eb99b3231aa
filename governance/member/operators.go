package member

import (
	"errors"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Errors of those who appoint operators.
var (
	ErrNoRuns     = errors.New("say what the operator runs")
	ErrBadSince   = errors.New("not a day that has come")
	ErrNoListName = errors.New("say under which name the operator is listed")
	ErrRunsIt     = errors.New("that member runs that already, or is proposed for it")
	ErrNoOperator = errors.New("no such appointment or proposal is open")
)

// LongestRuns is the longest that the list says of what somebody runs, in runes.
const LongestRuns = 200

// Appointment is what an operator is appointed to.
type Appointment struct {
	Member ID
	Name   string        // under which the public list has them
	Runs   string        // "the mail relay", "two Kafka nodes"
	Since  calendar.Date // when they began to run it; what counts for an election is when they were appointed
	Minute string        // of the board that appointed them; "" when two officers do
	Why    string
}

// Operator is one line of the list of those who run the service, or a proposal on the way to it.
type Operator struct {
	Appointment
	ID          string
	ProposedBy  identity.AccountID
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID // "" when the board appointed, and while it is proposed
	From        time.Time          // zero while it is proposed
	EndAskedBy  identity.AccountID
	EndWhy      string
	EndedBy     identity.AccountID
	Until       time.Time // zero while it is open
}

// State tells how far it has come, in the words for offices.
func (o Operator) State() OfficeState { return o.office().State() }

// Waits reports whether it waits for a word of this officer's.
func (o Operator) Waits(by identity.AccountID) bool { return o.office().mayConfirm(by) == nil }

// office is the same proposal as one for an office: the same two officers' words make and end it.
func (o Operator) office() Office {
	return Office{
		ID: o.ID, ProposedBy: o.ProposedBy, ProposedAt: o.ProposedAt, ConfirmedBy: o.ConfirmedBy, From: o.From,
		EndAskedBy: o.EndAskedBy, EndWhy: o.EndWhy, EndedBy: o.EndedBy, Until: o.Until,
	}
}

// Counts reports whether an appointment makes an operator on a day, for an election that was notified on another: who was appointed after
// that day was appointed too late. The zero notice is no election.
func (o Operator) Counts(on, notice calendar.Date) bool {
	if o.From.IsZero() {
		return false
	}
	from := calendar.On(o.From)
	if from.After(on) || !notice.IsZero() && from.After(notice) {
		return false
	}
	return o.Until.IsZero() || calendar.On(o.Until).After(on)
}

// known is what was known of it at a moment.
func (o Operator) known(at time.Time) Operator {
	if o.From.After(at) {
		o.From = time.Time{}
	}
	if o.Until.After(at) {
		o.Until = time.Time{}
	}
	return o
}

// line holds an appointment against the register's limits, and returns it as it is kept.
func (a Appointment) line(today calendar.Date) (Appointment, error) {
	var err, wrong error
	if a.Name, err = line(a.Name, LongestName); err != nil || lettersIn(a.Name) == 0 {
		wrong = errors.Join(wrong, Amiss(ErrNoListName, err))
	}
	if a.Runs, err = line(a.Runs, LongestRuns); err != nil || lettersIn(a.Runs) == 0 {
		wrong = errors.Join(wrong, Amiss(ErrNoRuns, err))
	}
	if a.Since.IsZero() || a.Since.After(today) {
		wrong = errors.Join(wrong, ErrBadSince)
	}
	if a.Minute, err = line(a.Minute, LongestName); err != nil {
		wrong = errors.Join(wrong, ErrBadWords)
	}
	a.Why, err = reason(a.Why)
	return a, errors.Join(wrong, err)
}

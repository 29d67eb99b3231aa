package member

import (
	"errors"
	"slices"
	"time"

	"folkmoot/internal/identity"
)

// Roles are the offices that there are.
var Roles = []Role{Treasurer, Secretary, Steward}

// Known reports whether there is such an office.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Errors of those who appoint.
var (
	ErrNoRole       = errors.New("there is no such office")
	ErrNotOfficer   = errors.New("only an officer may do that")
	ErrHeld         = errors.New("that office is held or proposed for that person already")
	ErrNoOffice     = errors.New("no such office or proposal is open")
	ErrTakesTwo     = errors.New("another officer must confirm it")
	ErrEnoughToVote = errors.New("there are two officers: every other office takes two of them, on the page /register/officers")
)

// FirstOfficers are appointed on the command line. From then on every grant takes two officers.
const FirstOfficers = 2

// OfficeState is how far an office has come.
type OfficeState string

const (
	Proposed OfficeState = "proposed" // waits for another officer
	Held     OfficeState = "held"
	Leaving  OfficeState = "leaving" // held; its withdrawal waits for another officer
	Former   OfficeState = "former"
	Dropped  OfficeState = "dropped" // proposed and never confirmed
)

// Office is one line of the register of officers, or a proposal on the way to it.
type Office struct {
	ID          string
	Account     identity.AccountID
	Role        Role
	Why         string
	ProposedBy  identity.AccountID // "" on the command line
	ProposedAt  time.Time
	ConfirmedBy identity.AccountID // "" on the command line, and while it is proposed
	From        time.Time          // zero while it is proposed
	EndAskedBy  identity.AccountID // who proposes to withdraw it; "" when nobody does
	EndWhy      string
	EndedBy     identity.AccountID
	Until       time.Time // zero while it is open
}

// State tells how far it has come.
func (o Office) State() OfficeState {
	switch {
	case o.From.IsZero() && o.Until.IsZero():
		return Proposed
	case o.From.IsZero():
		return Dropped
	case !o.Until.IsZero():
		return Former
	case o.EndAskedBy != "":
		return Leaving
	}
	return Held
}

// mayConfirm says who may: an officer, and neither whoever asked for it nor whoever gains by it.
func (o Office) mayConfirm(by identity.AccountID) error {
	switch o.State() {
	case Proposed:
		if by == o.ProposedBy || by == o.Account {
			return ErrTakesTwo
		}
	case Leaving:
		if by == o.EndAskedBy {
			return ErrTakesTwo
		}
	case Held, Former, Dropped:
		return ErrNoOffice
	}
	return nil
}

// Waits reports whether the office waits for a word of this officer's.
func (o Office) Waits(by identity.AccountID) bool { return o.mayConfirm(by) == nil }

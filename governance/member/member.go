// Package member keeps who belongs to the society: applications, the statutory register, officers, and what standing means.
package member

import "folkmoot/internal/calendar"

// ID names a member, or somebody who applied, in the register, the books and nowhere else. It says nothing about the person.
type ID string

// State is how far somebody has come. A membership ends by resignation, death or a decision of the board, never by itself.
type State string

const (
	Applied  State = "applied"
	Admitted State = "admitted"
	Refused  State = "refused"
	Ended    State = "ended"
)

// Standing is how an ordinary member stands with their dues on a day. It is billing's answer; what follows from it is the rule book's.
type Standing struct {
	State StandingState
	On    calendar.Date
	Since calendar.Date // when it became so
	Until calendar.Date // grace: its last day. Zero otherwise
	Owed  int           // dues periods in arrears, at most MostArrears
}

// StandingState is the word for a standing.
type StandingState string

const (
	Current StandingState = "current" // paid up, waived, or not due yet
	Grace   StandingState = "grace"   // due and not paid, within the days of grace
	Arrears StandingState = "arrears" // longer than that
	Lapsed  StandingState = "lapsed"  // a steward decided so; ordinary standing only, membership goes on
)

const (
	// GraceDays fit two attempts of a Direct Debit.
	GraceDays = 28
	// MostArrears is how many periods anybody can owe. Older ones are not asked for.
	MostArrears = 3
)

// Role is an office that somebody holds.
type Role string

const (
	Treasurer Role = "treasurer"
	Secretary Role = "secretary"
	Steward   Role = "steward"
)

// ShareNominal is what a member's one share costs, in pence; it is withdrawable and has one vote whatever is paid in dues.
const ShareNominal = 100

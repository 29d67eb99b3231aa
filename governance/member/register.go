package member

import (
	"errors"
	"time"
	"unicode"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Application is what somebody tells who asks to become an ordinary member.
type Application struct {
	Name     string // the legal one
	Address  string // postal, of several lines
	Postcode string // "" abroad
	Email    string // notified: where the society sends its notices
	Born     calendar.Date
	Age      int // in years, declared instead of Born; the register keeps the age alone
}

// Over follows when a membership ends, or an application is refused or withdrawn: nothing may be collected from that person any more.
type Over struct {
	Member ID `json:"member"`
}

// TellDecision wants somebody who applied told how it was decided.
type TellDecision struct {
	Member ID `json:"member"`
}

func (Over) Kind() string         { return "member_over" }     // Kind names the job.
func (TellDecision) Kind() string { return "member_decision" } // Kind names the job.

// Errors of an application; each belongs to one of its fields.
var (
	ErrName     = errors.New("not a legal name")
	ErrAddress  = errors.New("not a postal address")
	ErrPostcode = errors.New("not a postcode")
	ErrEmail    = errors.New("not an address that notices can be sent to")
	ErrAge      = errors.New("not a date of birth or an age")
	ErrTooYoung = errors.New("younger than the rule book lets members be")
)

// Errors of the register.
var (
	ErrNoMember   = errors.New("no such entry in the register")
	ErrApplied    = errors.New("the person has applied already")
	ErrMember     = errors.New("the person is a member already")
	ErrNotApplied = errors.New("there is no application that waits for a decision")
	ErrNotMember  = errors.New("the person is not a member")
)

const (
	oldestAge       = 130
	longestPostcode = 12
)

// Member is an entry in the register, or an application for one.
type Member struct {
	ID       ID
	State    State
	Name     string
	Address  string
	Postcode string
	Email    string
	Age      int // on the day of the application

	AppliedAt  time.Time
	DecidedAt  time.Time          // admitted or refused; zero before
	DecidedBy  identity.AccountID // "" when the rule book admitted on the first settled payment
	RefusedWhy string

	Entered, Ceased calendar.Date // zero until then
	Ending          Ending
	EndedWhy        string
	Share           Share
}

// Withdrawn reports whether somebody took their application back before it was decided.
func (m Member) Withdrawn() bool { return m.State == Refused && m.Name == "" }

// Ending is how a membership ended.
type Ending string

const (
	Resigned Ending = "resigned"
	Died     Ending = "died"
	Expelled Ending = "expelled"
)

// Share is the one share of a member, of ShareNominal pence.
type Share struct {
	Issued  calendar.Date // with the entry into the register; zero before
	Paid    calendar.Date // zero while it is unpaid
	Wish    ShareWish
	Settled calendar.Date // repaid or made over, after the end
}

// ShareWish says what is to become of a share that was paid, when the membership ends.
type ShareWish string

const (
	ShareRepaid ShareWish = "repaid" // paid back
	ShareGiven  ShareWish = "given"  // left to the society's reserves
)

// Due reports whether the society still owes the share's money to a former member.
func (s Share) Due() bool { return s.Wish == ShareRepaid && !s.Paid.IsZero() && s.Settled.IsZero() }

// LongEnough reports whether somebody has been a member for the days that the rule book wants before a record date.
func (r Rules) LongEnough(m Member, record calendar.Date) bool {
	if m.Entered.IsZero() || !m.Ceased.IsZero() && !m.Ceased.After(record) {
		return false
	}
	return !m.Entered.AddDays(r.MinimumMembership).After(record)
}

// entry holds an application against the rules and returns it as the register keeps it, or all that is wrong with it.
func (a Application) entry(rules Rules, today calendar.Date) (memberRow, error) {
	row, err := particulars(a.Name, a.Address, a.Postcode, a.Email)
	age, unknown := a.age(today)
	if unknown == nil && age < rules.MinimumAge {
		unknown = ErrTooYoung
	}
	row.Age = age
	return row, errors.Join(err, unknown)
}

// age is in whole years, on a day.
func (a Application) age(on calendar.Date) (int, error) {
	age := a.Age
	if b := a.Born; !b.IsZero() {
		age = on.Year - b.Year
		if on.Month < b.Month || on.Month == b.Month && on.Day < b.Day {
			age-- // born on 29 February: a year older on 1 March
		}
	}
	if age < 0 || age > oldestAge || a.Born.IsZero() && a.Age == 0 {
		return 0, ErrAge
	}
	return age, nil
}

// particulars checks what an entry says of a person, and says all that is wrong with it.
func particulars(name, address, postcode, email string) (row memberRow, amiss error) {
	var err error
	if row.Name, err = line(name, LongestName); err != nil || lettersIn(row.Name) < 2 {
		amiss = errors.Join(amiss, Amiss(ErrName, err))
	}
	if row.Address, err = prose(address, LongestAddress); err != nil || lettersIn(row.Address) < 4 {
		amiss = errors.Join(amiss, Amiss(ErrAddress, err))
	}
	if row.Postcode, err = line(postcode, longestPostcode); err != nil {
		amiss = errors.Join(amiss, Amiss(ErrPostcode, err))
	}
	to, err := identity.ParseAddress(email)
	if err != nil {
		amiss = errors.Join(amiss, ErrEmail)
	}
	row.Email, row.Sought = to.Typed, fold(row.Name)
	row.NameKey, row.AddressKey = nameKey(row.Name), placeKey(row.Address+row.Postcode)
	row.PlaceKey, row.EmailKey = placeKey(row.Postcode), to.Value
	return row, amiss
}

func lettersIn(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

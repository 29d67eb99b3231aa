package notice

import "folkmoot/internal/identity"

// Wish is how somebody wants to hear, once a year, how far they are from somebody who pays.
type Wish struct {
	Chat    bool // as a message of the society
	Mail    bool
	Card    bool // who wants neither sees a card, the same for all, unless this is off
	Counted bool // as somebody who pays: their contacts may be told that one of their contacts does
}

// unasked is the wish of somebody who never said.
var unasked = Wish{Card: true}

// Consents reports whether a degree may be worked out for somebody, and others' through them.
func (w Wish) Consents() bool { return w.Chat || w.Mail }

// silence is the wish of somebody who wants to hear nothing of it for good.
func (w Wish) silence() Wish {
	return Wish{Counted: w.Counted}
}

// Card is what somebody sees who has asked for no message, once a campaign is released: the same for all.
type Card struct{ Year int }

// Person is how somebody stands with notices.
type Person struct {
	Account identity.AccountID
	Wish
	PutAway int // the year whose card they have put away; 0 for none
}

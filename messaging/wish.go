package messaging

import "folkmoot/internal/identity"

// Ask is a question to the address books: does recipient want what sender says?
type Ask struct {
	Recipient, Sender identity.AccountID
}

// Wish is the answer, from one moment.
type Wish struct {
	Contact bool      // recipient has sender as a contact; the society is everybody's
	Blocked bool      // recipient blocked sender
	Request *Position // of sender's one message so far, if there was one
	Waiting bool      // that message still waits in the database for recipient's mailbox
}

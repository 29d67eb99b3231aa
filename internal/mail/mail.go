// Package mail sends letters: by SMTP, or into a maildrop where there is none.
package mail

import "context"

// Letter is a mail to one person. Text is always there; HTML may be "". Unsubscribe is an address to which mail programs post when their
// reader wants no more of the kind (RFC 8058); "" for mail that nobody can switch off.
type Letter struct{ To, Subject, Text, HTML, Unsubscribe string }

// Sender takes a letter on: *SMTP gives it to a server, *Maildrop keeps it.
type Sender interface {
	Send(ctx context.Context, letter Letter) error
}

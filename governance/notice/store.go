package notice

import (
	"context"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Notices keeps who wants the annual notice, works out what each is told, and knows what became of it.
type Notices struct {
	db       *database.DB
	queue    *jobs.Queue
	accounts *identity.Accounts
	key      []byte // signs the links with which notices are switched off
	now      func() time.Time

	// Mutual has use see the pairs of mutual contacts, each once, as they are at one moment however often it asks.
	Mutual func(ctx context.Context, use func(pairs func(yield func(a, b identity.AccountID) bool) error) error) error
	// Paying are the accounts of the members who pay dues on a day.
	Paying func(ctx context.Context, on calendar.Date) ([]identity.AccountID, error)
}

// New opens the annual notices. key signs links in mails: the server's.
func New(db *database.DB, queue *jobs.Queue, accounts *identity.Accounts, key []byte, now func() time.Time) *Notices {
	return &Notices{db: db, queue: queue, accounts: accounts, key: key, now: database.Clock(now)}
}

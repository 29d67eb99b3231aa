package billing

import (
	"time"

	"folkmoot/internal/jobs"
)

// inboxState is how far an event that a webhook told has come.
type inboxState string

const (
	inboxNew    inboxState = "new"
	inboxDone   inboxState = "done"
	inboxFailed inboxState = "failed" // with a reason; it is tried again until the job gives up
)

// Inbox takes webhooks in: verified, kept once, and done soon by a job. What they say is not believed; what they are about is read again.
type Inbox struct {
	dues  *Dues
	queue *jobs.Queue
	now   func() time.Time
}

// NewInbox opens the inbox of the providers that the dues know.
func NewInbox(dues *Dues) *Inbox { return &Inbox{dues, dues.queue, dues.now} }

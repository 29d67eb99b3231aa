// Package work is the door time uses: it does the jobs that verbs queued, and what happens by the clock.
package work

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/board"
	"folkmoot/governance/contribution"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/governance/participation"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/templates/email"
)

// Desk does the work. Its fields are what it asks; serve.go fills them in.
type Desk struct {
	DB         *database.DB
	Accounts   *identity.Accounts
	Mailboxes  *messaging.Mailboxes
	Sparing    bool // new accounts get their mailbox with their first socket only: for crowds that mostly never open one
	Outbox     *messaging.Outbox
	Bus        *bus.Bus
	Members    *member.Register
	Dues       *billing.Dues
	Ledger     *billing.Ledger
	Society    *messaging.Society
	Inbox      *billing.Inbox
	Practice   *practice.House // nil unless dues are practised
	Work       *contribution.Book
	Elections  *election.Elections
	Polls      *election.Polls
	Board      *board.Board
	Notices    *notice.Notices
	Proposals  *participation.Proposals
	Priorities *participation.Priorities
	Meetings   *meeting.Meetings
	Mail       mail.Sender
	Base       string // where the site is, for links in mails
	Now        func() time.Time
	Log        *slog.Logger

	NoticesPerMinute int // how many annual notices go out
	PrivacyChanges   *participation.PrivacyChanges
}

// Register names who does what. schedule.go says when the rest happens.
func (d *Desk) Register(q *jobs.Queue) {
	jobs.Handle(q, d.sendCode)
	jobs.Handle(q, d.accountOpened)
	jobs.Handle(q, d.deviceRevoked)
	d.members(q)
	d.billing(q)
	d.practise(q)
	d.contribution(q)
	d.elections(q)
	d.notices(q)
	d.participation(q)
	d.privacy(q)
	d.meetings(q)
	d.schedule(q)
}

// sendCode mails a code, unless it is too late to be of use.
func (d *Desk) sendCode(ctx context.Context, job identity.SendCode) error {
	challenge, err := d.Accounts.Challenged(ctx, job.Challenge)
	if err != nil || challenge.Spent || !d.Now().Before(challenge.Expires) {
		return err
	}
	letter, err := email.Code(ctx, challenge.Address.Value, challenge.Language, d.Accounts.Code(challenge.ID), challenge.Expires.Sub(challenge.Since))
	if err != nil {
		return err
	}
	return d.Mail.Send(ctx, letter)
}

// accountOpened gives a new account its mailbox. The first socket would, too; this way it is ready by then.
func (d *Desk) accountOpened(ctx context.Context, job identity.AccountOpened) error {
	if d.Sparing {
		return nil
	}
	_, err := d.Mailboxes.Take(ctx, job.Account)
	if errors.Is(err, messaging.ErrHouseFull) {
		d.Log.ErrorContext(ctx, "no more mailboxes can be made", "job", jobs.ID(ctx))
	}
	return err
}

func (d *Desk) deviceRevoked(ctx context.Context, job identity.DeviceRevoked) error {
	return d.Outbox.Revoked(ctx, job.Account, job.Device)
}

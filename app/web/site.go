// Package web is the door people use: it reads, asks the domain, and shows.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/board"
	"folkmoot/governance/contribution"
	forge "folkmoot/governance/contribution/practice"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/governance/participation"
	"folkmoot/internal/audit"
	"folkmoot/internal/clock"
	"folkmoot/internal/identity"
	"folkmoot/internal/mail"
	"folkmoot/messaging"
	"folkmoot/messaging/gateway"
)

// Site answers people. Its fields are what it asks; serve.go fills them in.
type Site struct {
	Accounts  *identity.Accounts
	Contacts  *messaging.Contacts
	Mailboxes *messaging.Mailboxes
	Gateway   *gateway.Gateway
	HangUp    func(identity.DeviceID) // closes the socket of a device that signed out
	Drop      *mail.Maildrop          // nil when mails go out by SMTP

	Register *member.Register
	Officers *member.Officers
	Audit    *audit.Log
	Dues     *billing.Dues
	Inbox    *billing.Inbox
	Ledger   *billing.Ledger
	Practice *practice.House // nil unless dues are practised

	Work          *contribution.Book
	Operators     *member.Operators
	Classes       *member.Classes
	Elections     *election.Elections
	Polls         *election.Polls
	Board         *board.Board
	Notices       *notice.Notices
	Proposals     *participation.Proposals
	Roadmap       *participation.Roadmap
	Priorities    *participation.Priorities
	PracticeForge *forge.Forge // nil unless a forge is practised

	PracticeBeacon *election.PracticeBeacon    // nil where lots are real
	Clock          *clock.Clock                // nil unless dues are practised: then Now is its, and somebody may move it
	Turn           func(context.Context) error // has all be done that is due by the clock
	moving         sync.Mutex                  // held by whoever moves it

	// Invited tells who made an invitation, AcceptInvitation makes the two contacts.
	// Both say ErrNoInvitation for one that is gone; the second says ErrOwnInvitation to its maker.
	Invited          func(ctx context.Context, token string) (inviter identity.Account, err error)
	AcceptInvitation func(ctx context.Context, token string, guest identity.AccountID) (conversation string, err error)

	// Asset finds a built file by the name it has in the manifest; Assets serves them all under /assets/.
	Asset  func(name string) (url, integrity string, ok bool)
	Assets http.Handler

	halls halls

	Held           []participation.Kind // the register of what the service holds
	PrivacyChanges *participation.PrivacyChanges
	Meetings       *meeting.Meetings

	Contact     string // an address at which people reach the society; "" where it is not given
	BankAccount string // the society's, for who pays by transfer; "" where it is not given

	Base       string         // what people type, as in https://folkmoot.example
	Proxies    []netip.Prefix // believed about whom they forward for; nobody else is
	Production bool
	Now        func() time.Time
	Log        *slog.Logger
}

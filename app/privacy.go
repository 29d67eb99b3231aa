package main

import (
	"folkmoot/app/web"
	"folkmoot/governance/contribution"
	"folkmoot/governance/participation"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
)

// holdings is the register of what the service holds, with the periods that the program really goes by: whoever changes one changes the page.
func holdings() []participation.Kind {
	return participation.Register(participation.Periods{
		Challenge: identity.Remembered, Session: identity.SessionLasts, DeviceCookie: web.DeviceFor, ChallengeCookie: web.ChallengeFor, SaidCookie: web.SaidFor,
		In: bus.InLasts, Mailbox: bus.MailboxLasts, Verdict: messaging.VerdictsLast, Parked: messaging.ParkedLasts,
		Request: messaging.RequestsWait, Said: messaging.SaidLasts, Invite: messaging.InvitationLasts,
		Delivery: contribution.DeliveriesFor, ForgeSignIn: contribution.SignInFor, JobDone: jobs.KeepDone, JobGivenUp: jobs.KeepGivenUp,
	})
}

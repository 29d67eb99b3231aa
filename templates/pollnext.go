package templates

import (
	"github.com/a-h/templ"

	"folkmoot/governance/election"
)

// pollStep is what the visitor does next in the work of a poll, or what it waits for.
type pollStep struct {
	key  string        // of the words
	href templ.SafeURL // where it is done; "" for nothing to do now
}

func partOf(c election.Contest) string { return "contest_" + string(c.Class) }

// next goes through the work in its order: envelopes, papers or ballots, the lot, the certificate.
func (v PollWork) next() pollStep {
	switch {
	case v.State == election.Polling && v.receives():
		return pollStep{"polling_next.mark", "#envelopes"}
	case v.State == election.Polling:
		return pollStep{"polling_next.open", ""}
	case !v.counting():
		return pollStep{}
	}
	if v.State == election.Counting && v.Newest == nil {
		for _, c := range v.Classes {
			if s := v.nextOf(c); s.key != "" {
				return s
			}
		}
	}
	return v.nextAtTheEnd()
}

// nextOf is what is next for a class.
func (v PollWork) nextOf(c PollOf) pollStep {
	here := templ.SafeURL("#" + partOf(c.Contest))
	switch unread := c.Progress.Twice < c.Contest.Papers; {
	case !c.polled():
		return pollStep{}
	case c.Online:
		return v.nextOnline(c, here)
	case c.Contest.EmptiedAt.IsZero() && v.Returns:
		return pollStep{"polling_next.empty", here}
	case c.Contest.EmptiedAt.IsZero():
		return pollStep{"polling_next.unopened", ""}
	case unread && v.Returns:
		return pollStep{"polling_next.others_read", ""}
	case unread:
		return pollStep{"polling_next.read", pollOf(c.Contest) + "/read"}
	case undecided(c) && v.Returns:
		return pollStep{"polling_next.decide", here}
	case undecided(c):
		return pollStep{"polling_next.differ", ""}
	}
	return pollStep{}
}

func (v PollWork) nextOnline(c PollOf, here templ.SafeURL) pollStep {
	switch {
	case !c.Opening.Logged:
		return pollStep{"polling.logging", ""}
	case c.Opening.Missing() > 0:
		return pollStep{"polling_next.ballots", electionPath(v.ID) + "/opening"}
	case c.Contest.EmptiedAt.IsZero() && v.Returns:
		return pollStep{"polling_next.declare", here}
	case c.Contest.EmptiedAt.IsZero():
		return pollStep{"polling_next.undeclared", ""}
	case !c.Opening.Issued:
		return pollStep{"polling_next.signer", ""}
	}
	return pollStep{}
}

func undecided(c PollOf) bool {
	for _, d := range c.Differ {
		if d.Ruling.At.IsZero() {
			return true
		}
	}
	return false
}

// nextAtTheEnd is what is next once all papers are read and decided.
func (v PollWork) nextAtTheEnd() pollStep {
	switch {
	case !v.heard() && v.Classes[0].Spoke && v.Returns:
		return pollStep{"polling_next.beacon", "#lot"}
	case !v.heard():
		return pollStep{"polling_next.lot", ""}
	case v.Newest == nil && v.Returns && v.MayCount:
		return pollStep{"polling_next.certify", "#certificate"}
	case v.Newest == nil:
		return pollStep{"polling_next.uncertified", ""}
	case v.Recounting && v.Returns:
		return pollStep{"polling_next.recount", "#certificate"}
	case v.Recounting:
		return pollStep{"polling_next.recounting", ""}
	case v.Watches && !v.Signed:
		return pollStep{"polling_next.sign", "#certificate"}
	case !v.Newest.Complete():
		return pollStep{"polling_next.signatures", ""}
	}
	return pollStep{}
}

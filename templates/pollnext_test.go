package templates

import (
	"testing"
	"time"

	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// Whoever handles papers is told what is next, and whoever cannot do it what they wait for.
func TestWhoHandlesAPollIsToldWhatIsNext(t *testing.T) {
	now := time.Date(2027, 1, 25, 19, 0, 0, 0, time.UTC)
	fresh := election.Contest{Election: "e", Class: member.ClassOrdinary, Outcome: election.OutcomePoll}
	emptied := fresh
	emptied.EmptiedAt, emptied.Papers = now, 2
	heard := emptied
	heard.Beacon = "said"
	read := election.Progress{Twice: 2}
	differs := []election.Difference{{Paper: 1}}
	signed := &election.Issue{Signatures: []election.Signature{{At: now}}}
	online := PollOf{Contest: fresh, Online: true}
	logged := PollOf{Contest: fresh, Online: true, Opening: election.Opening{Progress: box.Progress{Ballots: 2}, Logged: true}}
	opened := PollOf{Contest: fresh, Online: true, Opening: election.Opening{Progress: box.Progress{Ballots: 2, Opened: 2}, Logged: true}}

	for name, c := range map[string]struct {
		state            election.State
		of               PollOf
		newest           *election.Issue
		returns, watches string // where it is done; "" to wait
	}{
		"the poll is open":    {election.Polling, PollOf{Contest: fresh}, nil, "#envelopes", "#envelopes"},
		"it has closed":       {election.Counting, PollOf{Contest: fresh}, nil, "#contest_ordinary", ""},
		"papers are unread":   {election.Counting, PollOf{Contest: emptied}, nil, "", "/elections/e/poll/ordinary/read"},
		"readings differ":     {election.Counting, PollOf{Contest: emptied, Progress: read, Differ: differs}, nil, "#contest_ordinary", ""},
		"the beacon spoke":    {election.Counting, PollOf{Contest: emptied, Progress: read, Spoke: true}, nil, "#lot", ""},
		"it has not yet":      {election.Counting, PollOf{Contest: emptied, Progress: read}, nil, "", ""},
		"all is there":        {election.Counting, PollOf{Contest: heard, Progress: read}, nil, "#certificate", ""},
		"it is certified":     {election.Counting, PollOf{Contest: heard, Progress: read}, signed, "", "#certificate"},
		"it counts again":     {election.Certified, PollOf{Contest: heard, Progress: read}, signed, "#certificate", ""},
		"online, it is open":  {election.Polling, online, nil, "", ""},
		"online, it closed":   {election.Counting, online, nil, "", ""},
		"ballots are sealed":  {election.Counting, logged, nil, "/elections/e/opening", "/elections/e/opening"},
		"ballots are open":    {election.Counting, opened, nil, "#contest_ordinary", ""},
		"there is a result":   {election.Complete, PollOf{Contest: heard, Progress: read}, signed, "none", "none"},
		"candidates are told": {election.Hustings, PollOf{Contest: fresh}, nil, "none", "none"},
	} {
		for _, returns := range []bool{true, false} {
			v := PollWork{Election: election.Election{ID: "e"}, State: c.state, Classes: []PollOf{c.of}, Newest: c.newest, Returns: returns, Watches: !returns}
			v.Recounting = name == "it counts again"
			v.MayCount = c.of.Contest.Beacon != ""
			want, got := c.watches, v.next()
			if returns {
				want = c.returns
			}
			if string(got.href) != want && want != "none" || (got.key == "") != (want == "none") {
				t.Errorf("%s, for the returning officer %v: next is %q at %q, want %q", name, returns, got.key, got.href, want)
			}
		}
	}
}

package messaging

import (
	"testing"

	"folkmoot/messaging/wire"
)

func TestJudge(t *testing.T) {
	here, before := Position{1, 0, 7}, Position{1, 0, 3}
	for name, rule := range map[string]struct {
		wish    Wish
		outcome Outcome
		reason  wire.Reason
	}{
		"a contact gets it":                            {Wish{Contact: true}, Delivered, 0},
		"a contact who answered a request gets it":     {Wish{Contact: true, Request: &before}, Delivered, 0},
		"somebody unknown is held as a request":        {Wish{}, Held, 0},
		"a second message waits for the answer":        {Wish{Request: &before}, Refused, wire.Reason_REASON_WAITING},
		"declining is not told":                        {Wish{Request: &before}, Refused, wire.Reason_REASON_WAITING},
		"the request itself, replayed, is held again":  {Wish{Request: &here}, Held, 0},
		"a contact who is blocked is not told":         {Wish{Contact: true, Blocked: true}, Blocked, 0},
		"a stranger who is blocked is not told":        {Wish{Blocked: true}, Unheard, 0},
		"a blocked stranger's second message waits":    {Wish{Blocked: true, Request: &before}, Refused, wire.Reason_REASON_WAITING},
		"a blocked stranger's replay stays unheard":    {Wish{Blocked: true, Request: &here}, Unheard, 0},
		"whoever was blocked after asking still waits": {Wish{Blocked: true, Request: &before}, Refused, wire.Reason_REASON_WAITING},
	} {
		t.Run(name, func(t *testing.T) {
			outcome, reason := Judge(rule.wish, here)
			if outcome != rule.outcome || reason != rule.reason {
				t.Errorf("got %s %s, want %s %s", outcome, reason, rule.outcome, rule.reason)
			}
		})
	}
}

// What the sender sees must be the same with and without a block, whatever went before.
func TestABlockLooksLikeSomebodyOffline(t *testing.T) {
	here, before := Position{1, 0, 7}, Position{1, 0, 3}
	seen := func(w Wish) *wire.Verdict {
		outcome, reason := Judge(w, here)
		return Verdict{Recipient: "r", Outcome: outcome, Reason: reason}.Wire()
	}
	for _, w := range []Wish{{}, {Contact: true}, {Request: &before}, {Request: &here}, {Contact: true, Request: &before}} {
		blocked := w
		blocked.Blocked = true
		if a, b := seen(w), seen(blocked); a.Outcome != b.Outcome || a.Reason != b.Reason {
			t.Errorf("%+v: sender sees %v, and when blocked %v", w, a, b)
		}
	}
}

func TestABlockedMessageIsNotCopied(t *testing.T) {
	for outcome, copied := range map[Outcome]bool{Delivered: true, Held: true, Refused: false, Blocked: false, Unheard: false} {
		if (Verdict{Outcome: outcome}).Copied() != copied {
			t.Errorf("%s: copied is %v", outcome, !copied)
		}
	}
}

func TestStanding(t *testing.T) {
	for name, rule := range map[string]struct {
		pair  acquaintance
		stand wire.Standing
		named bool
	}{
		"nobody":                          {acquaintance{}, wire.Standing_STANDING_GONE, false},
		"asked, not answered":             {acquaintance{has: true}, wire.Standing_STANDING_ASKED, false},
		"each has the other":              {acquaintance{has: true, hasBack: true}, wire.Standing_STANDING_CONTACT, true},
		"they ask":                        {acquaintance{hasBack: true, pending: true}, wire.Standing_STANDING_ASKING, true},
		"they asked and were declined":    {acquaintance{hasBack: true}, wire.Standing_STANDING_GONE, true},
		"blocked, whatever else is there": {acquaintance{has: true, hasBack: true, blocked: true}, wire.Standing_STANDING_BLOCKED, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rule.pair.standing(); got != rule.stand {
				t.Errorf("got %s, want %s", got, rule.stand)
			}
			if got := rule.pair.nameShown(); got != rule.named {
				t.Errorf("name shown: %v", got)
			}
		})
	}
}

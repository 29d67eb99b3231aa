package participation

import (
	"context"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Decide records what the board decided, when members have had their days. A major change that it adopts waits for the members' vote.
// ErrNotBoard, ErrCommentsGoOn, ErrDecided, and an error for each field.
func (p *PrivacyChanges) Decide(ctx context.Context, by identity.AccountID, id string, d BoardDecision) error {
	as, _, err := p.speaker(ctx, by)
	if err != nil {
		return err
	}
	if d, err = d.check(); err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		switch state := old.PrivacyState(p.today()); {
		case state == Commenting:
			return ErrCommentsGoOn
		case !old.Owed(p.today()):
			return ErrDecided
		}
		change := map[string]any{
			"outcome": d.Decision, "changes": d.Changes, "reasons": d.Reasons, "minute": d.Minute, "decided_by": by, "decided_at": p.now(),
		}
		return p.amend(tx, id, change, audit.Act{By: by, As: as, What: "privacy change " + words[d.Decision], Why: d.Minute})
	})
}

// words are those of the audit log.
var words = map[Decision]string{Adopted: "adopted", AdoptedWithChanges: "adopted with changes", Rejected: "rejected"}

// AboutChange begins what a motion is about that decides a privacy change; the change's ID follows.
const AboutChange = "privacy:"

// VoteCalled records the election by which members vote on a major change that the board adopted. When that one was called off, another can be in
// its place: instead is the one that was, "" for none. Of two that are called at once the first decides.
// ErrNotOfficer, ErrNoElection, ErrNoVoteDue.
func (p *PrivacyChanges) VoteCalled(ctx context.Context, id, election, instead string, by identity.AccountID) error {
	as, err := p.second(ctx, by)
	if err != nil {
		return err
	}
	if election == "" {
		return ErrNoElection
	}
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		switch {
		case !old.votes(p.today()):
			return ErrNoVoteDue
		case old.Election == election:
			return nil
		case old.Election != instead:
			return ErrNoVoteDue
		}
		change := map[string]any{"election": election, "called_by": by, "called_at": p.now()}
		return p.amend(tx, id, change, audit.Act{By: by, As: as, What: "vote on a privacy change called", Why: election})
	})
}

// VoteDecided records what the members decided in an election, once however often it is told. ErrNoVoteDue when that election is not the one.
func (p *PrivacyChanges) VoteDecided(ctx context.Context, id, election string, carried bool) error {
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		switch {
		case old.Voted && old.Election == election && old.Carried == carried:
			return nil
		case !old.votes(p.today()) || election == "" || old.Election != election:
			return ErrNoVoteDue
		}
		what := "privacy change voted down"
		if carried {
			what = "privacy change carried by the members"
		}
		return p.amend(tx, id, map[string]any{"carried": carried, "voted_at": p.now()}, audit.Act{As: "clock", What: what, Why: election})
	})
}

// votes reports whether the members are to vote on it.
func (c PrivacyChange) votes(on calendar.Date) bool {
	s := c.PrivacyState(on)
	return s == AwaitingVote || s == Voting
}

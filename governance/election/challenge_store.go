package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type challengeRow struct {
	ID        string
	Election  string
	Member    member.ID
	Words     string
	MadeAt    time.Time
	Outcome   Verdict
	Answer    string
	Minute    string
	DecidedBy identity.AccountID
	DecidedAt *time.Time
}

func (challengeRow) TableName() string { return "election_challenges" }

func (r challengeRow) challenge() Challenge {
	return Challenge{r.ID, r.Election, r.Member, r.Words, r.MadeAt.UTC(), r.Outcome, r.Answer, r.Minute, r.DecidedBy, database.Moment(r.DecidedAt)}
}

// Challenge says what is wrong with a result. Every member may who neither runs nor watches the election, also one who was left off the roll;
// while it can be challenged, and with one challenge at a time. ErrNotChallengable, ErrNotMember, ErrHasDuty, ErrChallenged.
func (p *Polls) Challenge(ctx context.Context, account identity.AccountID, id, words string) error {
	el, book, err := p.governed(ctx, id)
	if err != nil {
		return err
	}
	m, is, err := p.register.Of(ctx, account)
	switch {
	case err != nil:
		return err
	case !is || m.State != member.Admitted:
		return ErrNotMember
	case el.Runs(account):
		return ErrHasDuty
	}
	if words, err = member.Reason(words); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		now := p.now()
		if !el.Challengeable(book, now) {
			return ErrNotChallengable
		}
		err = tx.Create(&challengeRow{ID: identity.NewID(), Election: id, Member: m.ID, Words: words, MadeAt: now}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrChallenged
		}
		return err
	})
}

// Challengeable reports whether the result can be challenged at a moment: up to and with the last day.
func (e Election) Challengeable(book RuleBook, at time.Time) bool {
	return e.State(at) == Certified && !calendar.On(at).After(e.ChallengesUntil(book))
}

// Settle records how the board decided about a challenge, as its minute says. Nobody does who has a part in the election, or who made the
// challenge. Void ends it: its seats stay vacant. ErrNotOfficer, ErrPartial, ErrNoVerdict, ErrNoMinute, ErrNoChallenge.
func (p *Polls) Settle(ctx context.Context, by identity.AccountID, id, challenge string, v Verdict, answer, minute string) error {
	el, err := p.Get(ctx, id)
	if err != nil {
		return err
	}
	as, err := p.office(ctx, by)
	if err != nil {
		return err
	}
	takes, err := p.takesPart(ctx, by, id)
	if err != nil {
		return err
	}
	own, _, err := p.register.Of(ctx, by)
	if err != nil {
		return err
	}
	if takes || el.Runs(by) {
		return ErrPartial
	}
	var wrong error
	if v != Dismissed && v != CountAgain && v != Void {
		wrong = ErrNoVerdict
	}
	answer, err = member.Reason(answer)
	wrong = errors.Join(wrong, err)
	if minute, err = member.Line(minute, member.LongestName); err != nil || minute == "" {
		wrong = errors.Join(wrong, member.Amiss(ErrNoMinute, err))
	}
	if wrong != nil {
		return wrong
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		now := p.now()
		var mine int64
		if err := tx.Model(&challengeRow{}).Where("id = ? AND election = ? AND member = ?", challenge, id, own.ID).Count(&mine).Error; err != nil {
			return err
		}
		if mine > 0 {
			return ErrPartial
		}
		done := tx.Model(&challengeRow{}).Where("id = ? AND election = ? AND decided_at IS NULL", challenge, id).
			Updates(map[string]any{"outcome": v, "answer": answer, "minute": minute, "decided_by": by, "decided_at": now})
		switch {
		case done.Error != nil:
			return done.Error
		case done.RowsAffected == 0 || !el.EndedAt.IsZero():
			return ErrNoChallenge
		}
		if v == Void {
			err := tx.Model(&electionRow{}).Where("id = ?", id).Updates(map[string]any{"ended_by": by, "ended_why": minute + ": " + answer, "ended_at": now}).Error
			if err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "challenge decided", About: id, Why: fmt.Sprintf("%s, %s: %s", v, minute, answer), At: now})
	})
}

// Challenges are all of an election, the oldest first.
func (p *Polls) Challenges(ctx context.Context, id string) ([]Challenge, error) {
	var rows []challengeRow
	if err := p.db.Read(ctx).Where("election = ?", id).Order("made_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list challenges: %w", err)
	}
	all := make([]Challenge, len(rows))
	for i, r := range rows {
		all[i] = r.challenge()
	}
	return all, nil
}

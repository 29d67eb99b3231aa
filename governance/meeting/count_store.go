package meeting

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// CloseVote counts, keeps the totals, and forgets who voted how. A vote on a motion is not counted while enough of those present ask for a secret
// ballot on it: the chair calls it off. ErrNotChair, ErrNoVote, ErrAskedBallot.
func (m *Meetings) CloseVote(ctx context.Context, by identity.AccountID, meeting, vote string) error {
	who, err := m.member(ctx, by)
	if err != nil {
		return err
	}
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return err
	}
	return m.onVote(ctx, meeting, vote, func(tx *gorm.DB, of Meeting, v Vote) error {
		if of.Chair.Member != who {
			return ErrNotChair
		}
		if demanded, err := demanded(tx, v, rules); err != nil || demanded {
			return orAsked(err)
		}
		old, err := oneMotion(tx, v.Motion)
		if err != nil {
			return err
		}
		gone, err := m.gonePresent(ctx, tx, meeting)
		if err != nil {
			return err
		}
		count, err := counted(tx, v, gone)
		if err != nil {
			return err
		}
		needs := old.Needs
		if v.Amendment != "" {
			needs = Simple // whatever its motion needs
		}
		carried, now := needs.Carries(count.Yes, count.No), m.now()
		if err := endVote(tx, vote, now, map[string]any{"yes": count.Yes, "no": count.No, "abstain": count.Abstain, "carried": bit(carried)}); err != nil {
			return err
		}
		if err := decide(tx, old, v, carried, now); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{
			By: by, As: "chair", What: "vote closed", About: v.Motion, Why: fmt.Sprintf("%d for, %d against, %d abstain", count.Yes, count.No, count.Abstain), At: now,
		})
	})
}

// CallOffVote ends a vote that was opened by mistake: nothing is counted, who voted how is forgotten, and what was put is to be decided as before.
// The minutes tell of it. One that cannot be counted, as members ask for a secret ballot, can be called off however often others were.
// ErrNotChair, ErrNoVote, ErrMany, member.ErrNoWhy.
func (m *Meetings) CallOffVote(ctx context.Context, by identity.AccountID, meeting, vote, why string) error {
	who, err := m.member(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return err
	}
	return m.onVote(ctx, meeting, vote, func(tx *gorm.DB, of Meeting, v Vote) error {
		if of.Chair.Member != who {
			return ErrNotChair
		}
		var n int64
		if err := tx.Model(&voteRow{}).Where("motion = ? AND off_why <> ''", v.Motion).Count(&n).Error; err != nil {
			return err
		}
		demanded, err := demanded(tx, v, rules)
		if err != nil {
			return err
		}
		if n >= MostCalledOff && !demanded {
			return ErrMany
		}
		now := m.now()
		if err := endVote(tx, vote, now, map[string]any{"off_why": why}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "vote called off", About: v.Motion, Why: why, At: now})
	})
}

// demanded reports whether enough of those present ask for a secret ballot on the motion that a vote is on.
func demanded(tx *gorm.DB, v Vote, rules member.Rules) (bool, error) {
	if v.Amendment != "" {
		return false, nil
	}
	asked, err := asking(tx, v.Motion)
	return asked >= rules.BallotAskers, err
}

// endVote keeps what came of a vote, and forgets who voted how: three hands in a room of three say it, too.
func endVote(tx *gorm.DB, vote string, now time.Time, to map[string]any) error {
	to["closed_at"], to["room_yes"], to["room_no"], to["room_abstain"] = now, 0, 0, 0
	if err := tx.Model(&voteRow{}).Where("id = ?", vote).Updates(to).Error; err != nil {
		return err
	}
	return tx.Where("vote = ?", vote).Delete(&choiceRow{}).Error
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// counted adds up who voted by themselves, but for those who are no members any more, and the hands. More votes than people who are or were there cannot be.
func counted(tx *gorm.DB, v Vote, gone []member.ID) (c Count, err error) {
	var rows []struct {
		Choice Choice
		N      int
	}
	err = tx.Model(&choiceRow{}).Select("choice, count(*) AS n").Where("vote = ? AND member NOT IN ?", v.ID, gone).Group("choice").Find(&rows).Error
	if err != nil {
		return c, fmt.Errorf("count a vote: %w", err)
	}
	for _, r := range rows {
		switch r.Choice {
		case For:
			c.Yes = r.N
		case Against:
			c.No = r.N
		case Abstain:
			c.Abstain = r.N
		}
	}
	c = c.plus(v.Hands)
	var came int64
	if err := tx.Model(&attendanceRow{}).Where("meeting = ?", v.Meeting).Count(&came).Error; err != nil {
		return c, err
	}
	if c.all() > int(came) {
		panic(fmt.Sprintf("meeting: %d votes of %d who were there in vote %s", c.all(), came, v.ID))
	}
	return c, nil
}

// decide says what became of what was put. An amendment that is carried makes the next version of the motion, and overtakes those that were made from
// the words before.
func decide(tx *gorm.DB, old Motion, v Vote, carried bool, now time.Time) error {
	outcome := Lost
	if carried {
		outcome = Carried
	}
	if v.Amendment == "" {
		return setMotion(tx, old.ID, map[string]any{"outcome": outcome, "decided_at": now})
	}
	if err := setAmendment(tx, v.Amendment, map[string]any{"outcome": outcome, "decided_at": now}); err != nil || !carried {
		return err
	}
	var a amendmentRow
	if err := tx.Where("id = ?", v.Amendment).Take(&a).Error; err != nil {
		return err
	}
	if err := tx.Create(&versionRow{old.ID, old.Version + 1, a.Words, a.ID, now}).Error; err != nil {
		return err
	}
	err := tx.Model(&amendmentRow{}).Where("motion = ? AND outcome = '' AND gone_at IS NULL AND (floor = 1 OR seconder <> '')", old.ID).Updates(map[string]any{"outcome": Overtaken, "decided_at": now}).Error
	if err != nil {
		return err
	}
	return setMotion(tx, old.ID, map[string]any{"version": old.Version + 1})
}

package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Lapse ends a member's ordinary standing, not their membership and not their chats: a steward's decision on somebody in arrears. ErrLapse.
func (d *Dues) Lapse(ctx context.Context, m member.ID, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factLapsed}, audit.Act{By: by, As: string(member.Steward), What: "standing lapsed", Why: why}, mayLapse, d.telling(ctx, m, true))
}

func mayLapse(p position) error {
	if p.state() != member.Arrears {
		return ErrLapse
	}
	return nil
}

// telling has a member told of the decision.
func (d *Dues) telling(ctx context.Context, m member.ID, lapsed bool) func(*gorm.DB) error {
	return func(tx *gorm.DB) error { return d.queue.Add(ctx, tx, TellStanding{m, lapsed, written(d.today())}) }
}

// Restore undoes a lapse: a steward's decision too. ErrNotLapsed.
func (d *Dues) Restore(ctx context.Context, m member.ID, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factRestored}, audit.Act{By: by, As: string(member.Steward), What: "standing restored", Why: why},
		func(p position) error {
			if !p.lapsed {
				return ErrNotLapsed
			}
			return nil
		}, d.telling(ctx, m, false))
}

// Spare leaves a member in arrears as they are: a steward's decision, which holds for spareDays. Then they are proposed again. ErrLapse.
func (d *Dues) Spare(ctx context.Context, m member.ID, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{}, audit.Act{By: by, As: string(member.Steward), What: "left as they are", Why: why},
		mayLapse, func(tx *gorm.DB) error {
			return putAside(tx, asideRow{Matter: matterLapse, Ref: string(m), Day: written(d.today())})
		})
}

// decide records an officer's decision, if they say why and the rules allow it today. A decision without a fact changes no standing.
func (d *Dues) decide(ctx context.Context, m member.ID, f factRow, act audit.Act, may func(position) error, also func(*gorm.DB) error) error {
	why, err := member.Reason(act.Why)
	if err != nil {
		return fmt.Errorf("%s: %w", act.What, err)
	}
	act.Why = why
	err = d.db.Write(ctx, func(tx *gorm.DB) error {
		if err := lockMember(tx, m); err != nil {
			return err
		}
		h, err := historyOf(tx, m)
		if err != nil {
			return err
		}
		p := h.on(d.today())
		if p.joined.IsZero() {
			return ErrNoDues
		}
		if err := may(p); err != nil {
			return err
		}
		f.Member, f.Day, f.Account, f.Why = m, written(d.today()), string(act.By), act.Why
		act.About, act.At = string(m), d.now()
		if f.Period > 0 {
			act.About = fmt.Sprintf("%s period %d", m, f.Period)
		}
		if f.Kind != "" {
			if err := d.learn(tx, f); err != nil {
				return err
			}
		}
		return errors.Join(also(tx), audit.Record(tx, act))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act.What, err)
	}
	return nil
}

// Proposal is a member in arrears whom stewards may lapse, or leave as they are.
type Proposal struct {
	Member   member.ID
	Standing member.Standing
}

// ProposeLapses lists who owes as many periods as anybody can, by their ids from one on, at most shownFew; who was left as they are is
// proposed again after spareDays. Nobody lapses by it. next is where to go on, "" behind the last.
func (d *Dues) ProposeLapses(ctx context.Context, after member.ID) (found []Proposal, next member.ID, err error) {
	var spared []string
	err = d.db.Read(ctx).Model(&asideRow{}).Where("matter = ? AND day > ?", matterLapse, written(d.today().AddDays(-spareDays))).Pluck("ref", &spared).Error
	if err != nil {
		return nil, "", fmt.Errorf("propose lapses: %w", err)
	}
	next, err = d.walk(ctx, d.behind, after, shownFew, func(m member.ID, h history) bool {
		p := h.on(d.today())
		arrears, _ := p.owed()
		if len(arrears) < member.MostArrears || p.state() != member.Arrears || slices.Contains(spared, string(m)) {
			return false
		}
		found = append(found, Proposal{m, h.standing(d.today(), d.now())})
		return true
	})
	if err != nil {
		return nil, "", fmt.Errorf("propose lapses: %w", err)
	}
	return found, next, nil
}

// Lapse is a member whose ordinary standing has lapsed.
type Lapse struct {
	Member member.ID
	On     calendar.Date
	Why    string
}

// Lapsed lists who has lapsed, by their ids from one on, at most shownFew. next is where to go on, "" behind the last.
func (d *Dues) Lapsed(ctx context.Context, after member.ID) (found []Lapse, next member.ID, err error) {
	var members []member.ID
	next, err = d.walk(ctx, onceLapsed, after, shownFew, func(m member.ID, h history) bool {
		if !h.on(d.today()).lapsed {
			return false
		}
		members = append(members, m)
		return true
	})
	if err != nil {
		return nil, "", fmt.Errorf("list who lapsed: %w", err)
	}
	var facts []factRow
	if err := d.db.Read(ctx).Where("member IN ? AND kind = ?", members, factLapsed).Order("id").Find(&facts).Error; err != nil {
		return nil, "", fmt.Errorf("list who lapsed: %w", err)
	}
	last := map[member.ID]factRow{}
	for _, f := range facts {
		last[f.Member] = f
	}
	for _, m := range members {
		found = append(found, Lapse{m, dayOf(last[m].Day), last[m].Why})
	}
	return found, next, nil
}

package billing

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// Waive closes a period without payment: the treasurer's decision. ErrNoPeriod.
func (d *Dues) Waive(ctx context.Context, m member.ID, period int, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factWaived, Period: period}, audit.Act{By: by, As: string(member.Treasurer), What: "dues waived", Why: why},
		func(p position) error {
			if !p.known(period) || !p.open(period) {
				return ErrNoPeriod
			}
			return nil
		})
}

// Lapse ends a member's ordinary standing, not their membership and not their chats: a steward's decision on somebody in arrears.
func (d *Dues) Lapse(ctx context.Context, m member.ID, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factLapsed}, audit.Act{By: by, As: string(member.Steward), What: "standing lapsed", Why: why},
		func(p position) error {
			if p.state() != member.Arrears {
				return ErrLapse
			}
			return nil
		})
}

// Restore undoes a lapse: a steward's decision too.
func (d *Dues) Restore(ctx context.Context, m member.ID, by identity.AccountID, why string) error {
	return d.decide(ctx, m, factRow{Kind: factRestored}, audit.Act{By: by, As: string(member.Steward), What: "standing restored", Why: why},
		func(p position) error {
			if !p.lapsed {
				return ErrNotLapsed
			}
			return nil
		})
}

// decide records an officer's decision, if the rules allow it today.
func (d *Dues) decide(ctx context.Context, m member.ID, f factRow, act audit.Act, may func(position) error) error {
	err := d.db.Write(ctx, func(tx *gorm.DB) error {
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
		if err := d.learn(tx, f); err != nil {
			return err
		}
		return audit.Record(tx, act)
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

// ProposeLapses lists who owes as many periods as anybody can, by their ids from one on, at most that many members looked at a page.
// Nobody lapses by it. next is "" behind the last.
func (d *Dues) ProposeLapses(ctx context.Context, after member.ID) (found []Proposal, next member.ID, err error) {
	db := d.db.Read(ctx)
	var members []member.ID
	if err := db.Model(&memberRow{}).Where("member > ? AND NOT gone", after).Order("member").Limit(planPage).Pluck("member", &members).Error; err != nil {
		return nil, "", fmt.Errorf("propose lapses: %w", err)
	}
	if len(members) == 0 {
		return nil, "", nil
	}
	all, err := historiesOf(db, members)
	if err != nil {
		return nil, "", err
	}
	for _, m := range members {
		p := all[m].on(d.today())
		if arrears, _ := p.owed(); len(arrears) >= member.MostArrears && p.state() == member.Arrears {
			found = append(found, Proposal{m, all[m].standing(d.today(), d.now())})
		}
	}
	if len(members) == planPage {
		next = members[len(members)-1]
	}
	return found, next, nil
}

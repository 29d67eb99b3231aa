package work

import (
	"context"
	"errors"
	"fmt"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/templates/email"
)

// active is how many people used the service in a month.
func (d *Desk) active(ctx context.Context, m calendar.Month) (int, bool, error) {
	return d.Accounts.ActivePeople(ctx, m.String())
}

// tellImpact tells a member what their dues did in a closed month: by mail, and as the society in their chats. One that fails does not
// keep the other back. The message is said once whatever happens; a mail may go out twice if the program is killed between the mail
// server's yes and our noting it.
func (d *Desk) tellImpact(ctx context.Context, job billing.TellImpact) error {
	telling, due, err := d.Ledger.ToTell(ctx, job, d.active)
	if err != nil || !due {
		return err
	}
	who, err := d.Members.Get(ctx, job.Member)
	if err != nil || who.State != member.Admitted {
		return err
	}
	account, has, err := d.accountOf(ctx, job.Member, member.ForDues)
	if err != nil {
		return err
	}
	var said, mailed error
	if telling.Message && has {
		key := fmt.Sprintf("impact %s %s", job.Month, job.Member)
		said = d.Society.Tell(ctx, account.ID, key, email.ImpactMessage(account.Language, telling.Impact, d.Base+"/impact"))
	}
	if telling.Mail {
		mailed = d.mailImpact(ctx, job, who.Email, account.Language, telling.Impact)
	}
	return errors.Join(said, mailed)
}

func (d *Desk) mailImpact(ctx context.Context, job billing.TellImpact, to, lang string, i billing.Impact) error {
	letter, err := email.Impact(ctx, to, lang, i, d.Base+"/impact")
	if err != nil {
		return err
	}
	if err := d.Mail.Send(ctx, letter); err != nil {
		return err
	}
	return d.Ledger.ImpactMailed(ctx, job)
}

// accountOf is a member's account, if they still have one.
func (d *Desk) accountOf(ctx context.Context, m member.ID, purpose member.Purpose) (account identity.Account, has bool, err error) {
	id, has, err := d.Members.AccountOf(ctx, m, purpose)
	if err != nil || !has {
		return account, false, err
	}
	account, err = d.Accounts.Account(ctx, id)
	if errors.Is(err, identity.ErrNoAccount) {
		return account, false, nil
	}
	return account, err == nil, err
}

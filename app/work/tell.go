package work

import (
	"context"
	"errors"

	"folkmoot/governance/member"
	"folkmoot/internal/mail"
	"folkmoot/messaging"
)

// word is what the society has to tell somebody in the register, in their language: as itself in their chats, once for a key, and by mail.
type word struct {
	key     string
	message func(lang string) string
	letter  func(to, lang string) (mail.Letter, error)
	formal  *formal // nil where nobody notes what became of the mail
}

// formal is what a notice has beyond other words: it is noted that its mail went, or that it did not reach them and a letter is due.
type formal struct {
	unsent bool // the mail is still to go
	mailed func() error
	nobody func(lang string) error // the mail server knows nobody of that address
}

// tellMember tells a member something, and nobody who is none any more.
func (d *Desk) tellMember(ctx context.Context, m member.ID, w word) error {
	who, err := d.Members.Get(ctx, m)
	if err != nil || who.State != member.Admitted {
		return err
	}
	return d.tell(ctx, who, w)
}

// tell says the message once whatever happens. The mail of a notice does not wait for it, and goes out twice only if the program is killed between
// the mail server's yes and our noting it. Any other mail goes last, because done again it would go again; whom the mail server does not know is
// told in the chats alone.
func (d *Desk) tell(ctx context.Context, who member.Member, w word) error {
	account, has, err := d.accountOf(ctx, who.ID, member.ForNotice)
	if err != nil {
		return err
	}
	var said error
	if has && !d.Sparing { // a message would take a mailbox
		said = d.Society.Tell(ctx, account.ID, w.key, w.message(account.Language))
	}
	if w.formal != nil {
		return errors.Join(said, d.serveByMail(ctx, who.Email, account.Language, w))
	}
	if said != nil && !errors.Is(said, messaging.ErrHouseFull) {
		return said
	}
	if err := d.post(ctx, who.Email, account.Language, w); !errors.Is(err, mail.ErrNobody) {
		return err
	}
	return nil
}

func (d *Desk) serveByMail(ctx context.Context, to, lang string, w word) error {
	if !w.formal.unsent {
		return nil
	}
	switch err := d.post(ctx, to, lang, w); {
	case errors.Is(err, mail.ErrNobody):
		return w.formal.nobody(lang)
	case err != nil:
		return err
	}
	return w.formal.mailed()
}

func (d *Desk) post(ctx context.Context, to, lang string, w word) error {
	letter, err := w.letter(to, lang)
	if err != nil {
		return err
	}
	return d.Mail.Send(ctx, letter)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"folkmoot/app/work"
	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/messaging"
)

// openNotices opens the annual notice, and gives it what it asks of others.
func (h *house) openNotices(key []byte) {
	h.notices = notice.New(h.db, h.queue, h.accounts, key, h.now)
	h.notices.Mutual = h.contacts.Mutual
	h.notices.Paying = func(ctx context.Context, on calendar.Date) ([]identity.AccountID, error) {
		members, err := h.dues.Paying(ctx, on)
		if err != nil {
			return nil, err
		}
		return h.register.AccountsOf(ctx, members, member.ForNotice)
	}
}

// Notices is the command for the annual notice.
type Notices struct {
	Run RunNotices `cmd:"" name:"run" help:"Bring out the notices of the released campaign, beside a running server or instead of it, or print what would go out."`
}

// RunNotices brings notices out.
type RunNotices struct {
	DryRun    bool   `help:"Print how many would go out, by what they tell and by the way, and send nothing."`
	Base      string `help:"Address that people type, as in https://folkmoot.example: the same as for serve. Links in notices lead there, so it has no default." env:"FOLKMOOT_BASE"`
	PerMinute int    `help:"How many go out in a minute." default:"600" env:"FOLKMOOT_NOTICES_PER_MINUTE"`
	KeyFile   string `help:"File with the key that links are signed with, as for serve." env:"FOLKMOOT_KEY_FILE" type:"path"`

	MailConfig
}

// Run brings out what is due, or counts it.
func (r *RunNotices) Run(ctx context.Context, c *Config) (err error) {
	if r.PerMinute < 1 || r.PerMinute > mostNotices {
		return fmt.Errorf("--per-minute is from 1 to %d, not %d", mostNotices, r.PerMinute)
	}
	if err := r.settle(); err != nil {
		return err
	}
	if err := r.settleBase(); err != nil {
		return err
	}
	key, err := serverKey(c.Data, r.KeyFile)
	if err != nil {
		return err
	}
	wall, err := c.clock()
	if err != nil {
		return err
	}
	h := &house{log: c.logger(), now: wall.Now}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openDatabase(ctx, c); err != nil {
		return err
	}
	if h.queue, err = jobs.New(h.db, h.log); err != nil {
		return err
	}
	h.accounts = identity.NewAccounts(h.db, h.queue, key, h.now)
	h.contacts = messaging.NewContacts(h.db, h.accounts, nil, nil, c.InPartitions, h.now)
	h.openNotices(key)
	if r.DryRun {
		return dryRun(ctx, h.notices, os.Stdout)
	}
	if err := h.sameKey(ctx); err != nil {
		return err
	}
	return r.work(ctx, h, c, os.Stdout)
}

var errNoBase = errors.New("nobody would get anywhere by the links in the notices: say with --base, or FOLKMOOT_BASE, what people type, as serve was told")

// settleBase refuses to send links that lead nowhere. They cannot be called back.
func (r *RunNotices) settleBase() error {
	switch {
	case r.DryRun:
		return nil
	case r.Base == "":
		return errNoBase
	}
	return checkBase(r.Base)
}

var errNothingReleased = errors.New("no campaign is released: the secretary does that on the page /register/notices")

// A maildrop of ours would be gone with us, and what is in it.
var errNoPost = errors.New("notices go out by mail, too: name a mail server with --smtp")

// dryRun counts, and names nobody.
func dryRun(ctx context.Context, notices *notice.Notices, to io.Writer) error {
	last, err := notices.Last(ctx)
	if err != nil {
		return err
	}
	if last == nil {
		_, err = fmt.Fprintln(to, "No campaign is prepared.")
		return err
	}
	waiting, err := notices.Waiting(ctx, last.Year)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "told\tin chats\tby mail\t")
	var chats, mails int
	for _, w := range waiting {
		fmt.Fprintf(out, "%s\t%d\t%d\t\n", toldWord(w.Told), w.Chat, w.Mail)
		chats, mails = chats+w.Chat, mails+w.Mail
	}
	fmt.Fprintf(out, "in all\t%d\t%d\t\n", chats, mails)
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(to, campaignState(*last, notices.Over(*last)))
	return err
}

func toldWord(t notice.Told) string {
	switch t {
	case notice.ThreeOrMore:
		return "3 or more"
	case notice.Pays:
		return "0, with thanks"
	default:
		return fmt.Sprint(int(t))
	}
}

func campaignState(c notice.Campaign, over bool) string {
	switch {
	case over:
		return fmt.Sprintf("The campaign of %d is over: nothing of it goes out any more.", c.Year)
	case !c.ReleasedAt.IsZero():
		return fmt.Sprintf("The campaign of %d is released. Nothing was sent now.", c.Year)
	case c.Ready():
		return fmt.Sprintf("The campaign of %d is not released yet. Nothing was sent now.", c.Year)
	default:
		return fmt.Sprintf("The degrees of the campaign of %d are not worked out yet.", c.Year)
	}
}

// work goes round until nothing is left that could go out now.
func (r *RunNotices) work(ctx context.Context, h *house, c *Config, to io.Writer) error {
	released, err := h.notices.LastReleased(ctx)
	if err != nil {
		return err
	}
	if released == nil || h.notices.Over(*released) {
		return errNothingReleased
	}
	post, _, err := r.mail(h.log, h.now)
	if err != nil {
		return err
	}
	if r.SMTP == "" {
		return errNoPost
	}
	outbox := messaging.NewOutbox(h.db, h.now)
	boxes := messaging.NewMailboxes(h.db, nil, outbox, 0, 0, h.log, h.now) // a server beside us makes them
	desk := &work.Desk{
		DB: h.db, Accounts: h.accounts, Members: member.NewRegister(h.db, h.queue, h.now), Ledger: billing.NewLedger(h.db, h.now),
		Society: messaging.NewSociety(h.db, boxes, outbox, c.InPartitions, h.now), Notices: h.notices, NoticesPerMinute: r.PerMinute,
		Mail: post, Base: r.Base, Now: h.now, Log: h.log,
	}
	for out := 0; ; {
		done, err := desk.NoticeRound(ctx)
		if err != nil {
			return err
		}
		out += done.Out
		if done.Out == 0 { // what is put off waits for its time: for the server, or for another run
			_, err := fmt.Fprintf(to, "%d notices went out.\n", out)
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(done.Pause):
		}
	}
}

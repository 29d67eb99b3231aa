package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/bus/bustest"
)

var october = calendar.Month{Year: 2026, Month: time.October}

// office is a desk in November, with the books of October open and members who may have paid for it.
type office struct {
	*testing.T
	*Desk
	db   *database.DB
	drop *mail.Maildrop
	down bool // the mail server
	ids  map[string]member.ID
	is   map[string]identity.AccountID
}

// Send is the mail server's.
func (o *office) Send(ctx context.Context, letter mail.Letter) error {
	if o.down {
		return errors.New("the mail server is away")
	}
	return o.drop.Send(ctx, letter)
}

func newOffice(t *testing.T, db *database.DB) *office {
	t.Helper()
	log, at := slog.New(slog.DiscardHandler), time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	queue, err := jobs.New(db, log)
	if err != nil {
		t.Fatal(err)
	}
	b, outbox := bustest.Open(t, bustest.Embedded(t, t.TempDir())), messaging.NewOutbox(db, now)
	boxes := messaging.NewMailboxes(db, b, outbox, 10, 0, log, now)
	o := &office{T: t, db: db, drop: mail.NewMaildrop(log, now), ids: map[string]member.ID{}, is: map[string]identity.AccountID{}}
	o.Desk = &Desk{
		DB: db, Accounts: identity.NewAccounts(db, queue, make([]byte, 32), now), Mailboxes: boxes, Outbox: outbox, Bus: b,
		Members: member.NewRegister(db, queue, now), Ledger: billing.NewLedger(db, now), Mail: o,
		Society: messaging.NewSociety(db, boxes, outbox, b.InPartitions(), now), Base: "https://folkmoot.example", Now: now, Log: log,
	}
	o.Ledger.Announce(queue)
	o.must(boxes.Restock(t.Context()))
	for i, name := range []string{"ann", "ben", "cat", "dan", "eve", "fay", "gus"} {
		o.joins(i, name)
	}
	o.must(o.Accounts.CountActive(t.Context(), october.String(), at.AddDate(0, 0, -30)))
	at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// joins is an account, its mailbox, and a member who is admitted.
func (o *office) joins(n int, name string) {
	o.Helper()
	ctx := o.Context()
	address, err := identity.ParseAddress(name + "@example.org")
	o.must(err)
	entry, err := o.Accounts.Admit(ctx, address, "", "laptop")
	o.must(err)
	o.is[name] = entry.Session.Account
	o.ids[name], err = o.Members.Apply(ctx, o.is[name], member.Application{
		Name: "Person " + strings.ToUpper(name), Address: fmt.Sprintf("%d Long Road\nLeeds", n+1), Postcode: fmt.Sprintf("LS1 %dAA", n),
		Email: name + "@notices.example.org", Age: 40,
	})
	o.must(err)
	if name != "fay" { // who waits for the secretary
		o.must(o.Members.Admit(ctx, o.ids[name], "", "the first meeting"))
	}
	if name != "eve" { // who pays nothing
		o.must(o.Ledger.Post(ctx, billing.Entry{
			SourceKey: "paid by " + name, Date: october.Day(20), Kind: billing.EntryDues, Member: o.ids[name],
			Postings: []billing.Posting{{Account: billing.Bank, Amount: 1000}, {Account: billing.IncomeDues, Amount: -1000}},
		}))
	}
}

// closes closes October, whose bills came to a little more than its people paid.
func (o *office) closes() {
	o.Helper()
	by := billing.TreasurerAct{By: "tessa", Why: "month's end"}
	_, err := o.Ledger.Record(o.Context(), by, billing.Outlay{Account: billing.CostServers, Supplier: "Host", Invoice: "1", Date: october.Day(3), Amount: 6300})
	o.must(err)
	o.must(o.Ledger.CloseMonth(o.Context(), by, october, 6000-6300))
}

// works does what is queued, and puts back what fails. Each job is done twice.
func (o *office) works() {
	o.Helper()
	for {
		var rows []struct {
			ID         int64
			Kind, Args string
		}
		o.must(o.db.Read(o.Context()).Raw("SELECT id, kind, CAST(args AS TEXT) AS args FROM river_job WHERE kind IN ('impact_run', 'tell_impact') ORDER BY id").Scan(&rows).Error)
		done := 0
		for _, row := range rows {
			if err := errors.Join(o.do(row.Kind, row.Args), o.do(row.Kind, row.Args)); err != nil {
				continue
			}
			done++
			o.must(o.db.Write(o.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM river_job WHERE id = ?", row.ID).Error }))
		}
		if done == 0 {
			return
		}
	}
}

func (o *office) do(kind, args string) error {
	o.Helper()
	if kind == "impact_run" {
		var job billing.ImpactRun
		o.must(json.Unmarshal([]byte(args), &job))
		return o.Ledger.TellSome(o.Context(), job)
	}
	var job billing.TellImpact
	o.must(json.Unmarshal([]byte(args), &job))
	return o.tellImpact(o.Context(), job)
}

// mailed and messaged are who was told, once for each time.
func (o *office) mailed() (who []string) {
	for _, l := range o.drop.Letters() {
		who = append(who, strings.TrimSuffix(l.To, "@notices.example.org"))
	}
	slices.Sort(who)
	return who
}

func (o *office) messaged() (who []string) {
	o.Helper()
	var accounts []identity.AccountID
	o.must(o.db.Read(o.Context()).Raw("SELECT told FROM society_messages").Scan(&accounts).Error)
	for _, account := range accounts {
		for name, is := range o.is {
			if is == account {
				who = append(who, name)
			}
		}
	}
	slices.Sort(who)
	return who
}

func (o *office) wants(mailed, messaged []string) {
	o.Helper()
	if diff := cmp.Diff(o.mailed(), mailed); diff != "" {
		o.Errorf("mailed (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(o.messaged(), messaged); diff != "" {
		o.Errorf("messaged (-got +want):\n%s", diff)
	}
}

// Ben wants no mail, Dan no message, Cat's account is erased, Eve paid nothing, Fay is no member yet, Gus is none any more.
func TestAClosedMonthIsToldOnceToEachWhoPaidAndNobodyElse(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		o.must(o.Ledger.WishImpact(ctx, o.ids["ben"], billing.ImpactWishes{Messages: true}))
		o.must(o.Ledger.WishImpact(ctx, o.ids["dan"], billing.ImpactWishes{Mails: true}))
		o.must(db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Exec("DELETE FROM member_accounts WHERE member = ?", o.ids["cat"]).Error
		}))
		o.must(o.Members.Resign(ctx, o.ids["gus"], member.ShareGiven))
		o.works()
		o.wants(nil, nil) // the month is open
		o.closes()
		o.works()
		o.wants([]string{"ann", "cat", "dan"}, []string{"ann", "ben"})

		for _, l := range o.drop.Letters() {
			if !strings.Contains(l.Text, "In October your £10 paid for about 1.1 people") || l.Subject != "What your dues did in October 2026" {
				t.Errorf("%s: %s", l.Subject, l.Text)
			}
			for name := range o.ids {
				for _, theirs := range []string{name + "@", "Person " + strings.ToUpper(name), string(o.ids[name]), string(o.is[name])} {
					if strings.Contains(l.Subject+l.Text+l.HTML, theirs) {
						t.Errorf("the mail to %s says %q", l.To, theirs)
					}
				}
			}
		}
		var texts []string
		o.must(db.Read(ctx).Raw("SELECT DISTINCT text FROM society_messages").Scan(&texts).Error)
		if len(texts) != 1 || !strings.HasPrefix(texts[0], "In October your £10 paid for about 1.1 people") || !strings.HasSuffix(texts[0], "https://folkmoot.example/impact") {
			t.Errorf("the society says %q", texts)
		}
	})
}

// The mail server is away when the jobs are first done: messages are out, mails are not. Then the program is killed, and comes back.
func TestWhatCameBetweenMailAndMessageDoublesNeither(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		o.closes()
		o.down = true
		o.works()
		told := []string{"ann", "ben", "cat", "dan", "gus"}
		o.wants(nil, told)
		o.down = false
		o.works()
		o.wants(told, told)
		for _, id := range o.ids {
			o.must(o.tellImpact(t.Context(), billing.TellImpact{Month: october, Member: id}))
		}
		o.wants(told, told)
	})
}

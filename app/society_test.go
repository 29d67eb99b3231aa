package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"gorm.io/gorm"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// opened is the server's database, beside the server.
func (s *server) opened() (*database.DB, *jobs.Queue) {
	s.t.Helper()
	at := s.stack.database
	if at == "" {
		at = "sqlite:" + filepath.Join(s.data, "folkmoot.db")
	}
	db := testdb.Open(s.t, at)
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	return db, queue
}

// society speaks from beside the server: to accounts that have their mailbox.
func (s *server) society(db *database.DB) *messaging.Society {
	outbox := messaging.NewOutbox(db, time.Now)
	return messaging.NewSociety(db, messaging.NewMailboxes(db, nil, outbox, 0, 0, nil, time.Now), outbox, s.stack.partitions(), time.Now)
}

// judged reports whether all that the society has said to somebody has its verdict.
func judged(ctx context.Context, db *database.DB, to identity.AccountID) (all bool, err error) {
	err = db.Read(ctx).Raw(`SELECT NOT EXISTS (SELECT 1 FROM society_messages s WHERE s.told = ? AND NOT EXISTS
		(SELECT 1 FROM verdicts v WHERE v.device = ? AND v.message = s.id))`, to, messaging.SocietyAccount).Scan(&all).Error
	return all, err
}

// official are the texts that the society's account has said to a device, once for each position, as every client keeps them. The caller
// holds mu.
func (d *device) official() (texts []string) {
	met := map[string]bool{}
	for _, k := range d.kept {
		c := k.record().GetCopy()
		e, at := c.GetEnvelope(), c.GetPosition().String()
		if e.GetSenderAccount() != string(messaging.SocietyAccount) || met[at] {
			continue
		}
		met[at] = true
		content := &wire.Content{}
		if err := proto.Unmarshal(e.Body, content); err != nil {
			d.t.Error(err)
		}
		texts = append(texts, content.GetText().GetText())
	}
	return texts
}

func (d *device) hears(texts ...string) {
	d.t.Helper()
	d.until("the society to say it", func() bool { return len(d.official()) >= len(texts) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := d.official(); !slices.Equal(got, texts) {
		d.t.Errorf("the society said %q, want %q", got, texts)
	}
}

func TestTheSocietyIsHeardInTheChats(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect().caughtUp(), newDevice(t, people[1]).connect().caughtUp()
		db, _ := srv.opened()
		society := srv.society(db)
		tell := func(to seeded, key string) {
			t.Helper()
			if err := society.Tell(t.Context(), to.Account, key, key); err != nil {
				t.Fatal(err)
			}
		}
		const official = string(messaging.SocietyAccount)
		srv.must(people[1].Token, http.MethodPost, "/api/people/"+official+"/block", nil)
		tell(people[0], "one")
		tell(people[0], "one")
		tell(people[1], "unheard")
		tell(people[0], "two")
		ann.hears("one", "two")
		if p := ann.person(official, wire.Standing_STANDING_CONTACT); p.Name != messaging.SocietyName || p.Conversation != messaging.DirectID(people[0].Account, messaging.SocietyAccount) {
			t.Errorf("%v", p)
		}
		srv.await(time.Minute, "what was said to who blocks it to be judged", func() bool {
			all, err := judged(t.Context(), db, people[1].Account)
			return err == nil && all
		})
		srv.must(people[1].Token, http.MethodPost, "/api/people/"+official+"/unblock", nil)
		tell(people[1], "heard")
		ben.hears("heard")

		// A device that comes later reads the same.
		second := newDevice(t, srv.signIn(people[0].Address)).connect().caughtUp()
		second.hears("one", "two")
		if me := srv.must(people[0].Token, http.MethodGet, "/api/me", nil); me["society"] != official {
			t.Errorf("the API tells of %v", me)
		}
	})
}

// Whoever would speak as the society, or answer it, is told why not.
func TestNobodySpeaksAsTheSociety(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, eve := newDevice(t, people[0]).connect().caughtUp(), newDevice(t, people[1]).connect().caughtUp()
		db, _ := srv.opened()
		if err := srv.society(db).Tell(t.Context(), people[0].Account, "welcome", "welcome"); err != nil {
			t.Fatal(err)
		}
		ann.hears("welcome")
		official := string(messaging.SocietyAccount)
		between := messaging.DirectID(people[0].Account, messaging.SocietyAccount)

		forged := message(people[1].with(people[0]), "I am the society")
		forged.SenderAccount, forged.SenderDevice = official, official
		half := message(people[1].with(people[0]), "I am the society")
		half.SenderAccount = official
		claimed := message(people[1].with(people[0]), "We are the society") // the router refuses the claim
		claimed.Participants = []string{official, string(people[0].Account)}
		for _, c := range []struct {
			who  *device
			e    *wire.Envelope
			want wire.Reason
		}{
			{eve, forged, wire.Reason_REASON_FORGED},
			{eve, half, wire.Reason_REASON_FORGED},
			{eve, message(between, "from outside"), wire.Reason_REASON_NO_CONVERSATION},
			{eve, message(messaging.DirectID(people[1].Account, messaging.SocietyAccount), "never told anything"), wire.Reason_REASON_NO_CONVERSATION},
			{ann, message(between, "an answer"), wire.Reason_REASON_NO_ANSWERS},
		} {
			if no := c.who.refused(c.e); no.Reason != c.want || no.Text == "" || no.RetryAfterMs != 0 {
				t.Errorf("%s: %v", c.e.Body, no)
			}
		}
		eve.sendAcked(claimed)
		if v := eve.receives(claimed).Verdicts; len(v) != 1 || v[0].Reason != wire.Reason_REASON_MALFORMED {
			t.Errorf("%v", v)
		}
		for _, verb := range []string{"accept", "decline", "remove"} {
			if status, _ := srv.api(people[1].Token, http.MethodPost, "/api/people/"+official+"/"+verb, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", verb, status)
			}
		}

		// How far somebody has read is for their own devices.
		ann.mu.Lock()
		at := ann.kept[len(ann.kept)-1].record().GetCopy().GetPosition()
		ann.mu.Unlock()
		ann.receives(ann.watermark(between, at))
		ann.hears("welcome")
	})
}

// The server was killed after the society had spoken and before anything was relayed; or after the log had it and before the outbox knew.
func TestWhatTheSocietySaidSurvivesAKill(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(1)
		srv.start()
		srv.kill()
		db, _ := srv.opened()
		society := srv.society(db)
		for _, text := range []string{"one", "two"} {
			if err := society.Tell(t.Context(), people[0].Account, text, text); err != nil {
				t.Fatal(err)
			}
		}
		var rows []int64
		if err := db.Read(t.Context()).Raw("SELECT id FROM outbox ORDER BY id").Scan(&rows).Error; err != nil || len(rows) != 4 {
			t.Fatalf("waiting are %v, %v", rows, err)
		}
		srv.start()
		ann := newDevice(t, people[0]).connect().caughtUp()
		ann.hears("one", "two")
		srv.kill()

		// The log has them, and it all stands in the outbox as before.
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			if err := tx.Exec("UPDATE society_messages SET text = 'one' WHERE text IS NULL").Error; err != nil {
				return err
			}
			return tx.Exec("INSERT INTO outbox (account, kind, subject, queued_at) SELECT told, 'society', id, said_at FROM society_messages").Error
		})
		if err != nil {
			t.Fatal(err)
		}
		srv.start()
		if err := society.Tell(t.Context(), people[0].Account, "three", "three"); err != nil {
			t.Fatal(err)
		}
		again := newDevice(t, people[0]).connect().caughtUp() // reads all that the mailbox holds
		again.hears("one", "two", "three")
		srv.kill()
		if n := srv.envelopes(t); n != 5 {
			t.Errorf("the log has %d envelopes: the two were to be in it twice", n)
		}
	})
}

// envelopes counts what lies in `in`, with the server down.
func (s *server) envelopes(t *testing.T) (n int) {
	t.Helper()
	b := rawBus(t, s)
	for p := range s.stack.partitions() {
		page, err := b.Read(t.Context(), bus.In(p), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Records)
	}
	return n
}

// A whole month's end: a member was welcomed and paid, the treasurer closes the month on the page, and the member has one mail and one message.
func TestAClosedMonthIsToldInTheChatsAndByMail(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		ann, tess := people[0], people[1]
		last := calendar.MonthOf(time.Now()).Add(-1)
		srv.plantMonth(ann, last)
		srv.command(append([]string{"officers", "appoint", "--address", tess.Address, "--role", "treasurer", "--why", "the first meeting"}, s.args(srv.data)...)...)
		srv.start()
		chat := newDevice(t, ann).connect().caughtUp()
		treasurer := &visit{t: t, base: srv.base, cookies: map[string]string{"__Host-session": tess.Token}}
		srv.wishes(ann)
		treasurer.post("/treasury/close", url.Values{"month": {last.String()}, "bank": {"-10"}})

		want := "In " + last.Month.String() + " your £10 paid for about one person."
		chat.until("the society to welcome her, and to tell it", func() bool { return len(chat.official()) > 1 })
		chat.mu.Lock()
		got := slices.Sorted(slices.Values(chat.official()))
		if len(got) != 2 || !strings.HasPrefix(got[0], want) || !strings.Contains(got[0], srv.base+"/impact") || !strings.HasPrefix(got[1], "Welcome.") {
			t.Errorf("the society says %q", got)
		}
		chat.mu.Unlock()
		srv.await(waitForMail, "the mail", func() bool { return strings.Contains(srv.log.String(), "What your dues did in") })

		// Killed and back, with the run queued once more: nobody is told twice.
		srv.kill()
		db, queue := srv.opened()
		var before int64
		if err := db.Read(t.Context()).Raw("SELECT max(id) FROM river_job").Scan(&before).Error; err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			return errors.Join(queue.Add(t.Context(), tx, billing.ImpactRun{Month: last}), queue.Add(t.Context(), tx, billing.TellImpact{Month: last, Member: srv.memberOf(db, ann)}))
		})
		if err != nil {
			t.Fatal(err)
		}
		srv.start()
		srv.await(time.Minute, "the jobs to be done", func() bool {
			var left int64
			err := db.Read(t.Context()).Raw("SELECT count(*) FROM river_job WHERE id > ? AND kind IN ('impact_run', 'tell_impact') AND state <> 'completed'", before).
				Scan(&left).Error
			return err == nil && left == 0
		})
		if err := srv.society(db).Tell(t.Context(), ann.Account, "after", "after"); err != nil {
			t.Fatal(err)
		}
		chat.connect()
		chat.until("what was said after", func() bool { return slices.Contains(chat.official(), "after") })
		chat.mu.Lock()
		defer chat.mu.Unlock()
		if got := chat.official(); len(got) != 3 {
			t.Errorf("the society says %q", got)
		}
		if n := strings.Count(srv.log.String(), `subject="What your dues did in`); n != 1 {
			t.Errorf("%d mails went out", n)
		}
	})
}

// wishes has a member switch everything off on the page, and on again.
func (s *server) wishes(who seeded) {
	s.t.Helper()
	db, _ := s.opened()
	books, page := billing.NewLedger(db, time.Now), &visit{t: s.t, base: s.base, cookies: map[string]string{"__Host-session": who.Token}}
	for _, w := range []billing.ImpactWishes{{Messages: true}, {Mails: true}, {}, {Mails: true, Messages: true}} {
		ticked := url.Values{}
		if w.Mails {
			ticked.Set("mails", "yes")
		}
		if w.Messages {
			ticked.Set("messages", "yes")
		}
		page.post("/impact", ticked)
		if kept, err := books.ImpactWishes(s.t.Context(), s.memberOf(db, who)); err != nil || kept != w {
			s.t.Errorf("kept %+v, %v, want %+v", kept, err, w)
		}
	}
}

// plantMonth writes books of a month: one member, who paid £10, and costs of £20 for the two people here.
func (s *server) plantMonth(who seeded, m calendar.Month) {
	s.t.Helper()
	ctx := s.t.Context()
	db, queue := s.opened()
	register, books := member.NewRegister(db, queue, time.Now), billing.NewLedger(db, time.Now)
	accounts := identity.NewAccounts(db, queue, make([]byte, 32), time.Now)
	id, err := register.Apply(ctx, who.Account, member.Application{
		Name: "Ann Person", Address: "1 Long Road\nLeeds", Postcode: "LS1 4AP", Email: who.Address, Age: 40,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	_, recorded := books.Record(ctx, billing.TreasurerAct{By: "tessa", Why: "month's end"},
		billing.Outlay{Account: billing.CostServers, Supplier: "Host", Invoice: "1", Date: m.Day(3), Amount: 2000})
	err = errors.Join(
		register.Admit(ctx, id, "", "the first meeting"), recorded,
		books.Post(ctx, billing.Entry{
			SourceKey: "paid", Date: m.Day(20), Kind: billing.EntryDues, Member: id,
			Postings: []billing.Posting{{Account: billing.Bank, Amount: 1000}, {Account: billing.IncomeDues, Amount: -1000}},
		}),
		accounts.CountActive(ctx, m.String(), time.Now().AddDate(0, 0, -1)),
	)
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) memberOf(db *database.DB, who seeded) (id member.ID) {
	s.t.Helper()
	if err := db.Read(s.t.Context()).Raw("SELECT member FROM member_accounts WHERE account = ?", who.Account).Scan(&id).Error; err != nil {
		s.t.Fatal(err)
	}
	return id
}

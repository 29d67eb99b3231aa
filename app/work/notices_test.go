package work

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/bus/bustest"
)

// crier is a desk with a campaign that is released: Ann pays and wants both, Ben and Cat want both, Dan a message, Eve mail.
type crier struct {
	*testing.T
	*Desk
	db    *database.DB
	clock time.Time
	is    map[string]identity.AccountID

	mu     sync.Mutex
	answer error         // guarded by mu; the mail server's, after it has taken the letter unless it says ErrNotTaken
	posted []mail.Letter // guarded by mu; what the mail server has taken
}

// Send is the mail server's.
func (c *crier) Send(_ context.Context, letter mail.Letter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !errors.Is(c.answer, mail.ErrNotTaken) {
		c.posted = append(c.posted, letter)
	}
	return c.answer
}

func (c *crier) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func newCrier(t *testing.T, db *database.DB) *crier {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	c := &crier{T: t, db: db, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), is: map[string]identity.AccountID{}}
	now := func() time.Time { return c.clock }
	queue, err := jobs.New(db, log)
	c.must(err)
	b, outbox := bustest.Open(t, bustest.Embedded(t, t.TempDir())), messaging.NewOutbox(db, now)
	boxes := messaging.NewMailboxes(db, b, outbox, 10, 0, log, now)
	accounts := identity.NewAccounts(db, queue, make([]byte, 32), now)
	c.Desk = &Desk{
		DB: db, Accounts: accounts, Members: member.NewRegister(db, queue, now), Ledger: billing.NewLedger(db, now), Mail: c,
		Society: messaging.NewSociety(db, boxes, outbox, b.InPartitions(), now), Base: "https://folkmoot.example", Now: now, Log: log,
		Notices: notice.New(db, queue, accounts, make([]byte, 32), now), NoticesPerMinute: 600,
	}
	c.Notices.Mutual = messaging.NewContacts(db, accounts, boxes, outbox, b.InPartitions(), now).Mutual
	c.Notices.Paying = func(context.Context, calendar.Date) ([]identity.AccountID, error) {
		return []identity.AccountID{c.is["ann"]}, nil
	}
	c.must(boxes.Restock(t.Context()))
	both := notice.Wish{Chat: true, Mail: true, Card: true}
	for name, wish := range map[string]notice.Wish{"ann": both, "ben": both, "cat": both, "dan": {Chat: true}, "eve": {Mail: true}, "fay": {Card: true}} {
		address, err := identity.ParseAddress(name + "@example.org")
		c.must(err)
		entry, err := accounts.Admit(t.Context(), address, "", "laptop")
		c.must(err)
		c.is[name] = entry.Session.Account
		c.must(c.Notices.Choose(t.Context(), c.is[name], wish))
		_, err = boxes.Take(t.Context(), c.is[name])
		c.must(err)
	}
	c.must(c.Notices.Prepare(t.Context(), c.is["fay"]))
	c.must(c.Notices.WorkOut(t.Context(), notice.WorkOut{Year: 2026}))
	c.must(c.Notices.Release(t.Context(), c.is["fay"], 2026))
	return c
}

func (c *crier) round() {
	c.Helper()
	_, err := c.NoticeRound(c.Context())
	c.must(err)
}

// said are how often the society has said something to each.
func (c *crier) said() map[string]int {
	c.Helper()
	var told []identity.AccountID
	c.must(c.db.Read(c.Context()).Raw("SELECT told FROM society_messages").Scan(&told).Error)
	return c.counted(func(name string) (n int) {
		for _, account := range told {
			if account == c.is[name] {
				n++
			}
		}
		return n
	})
}

func (c *crier) mailed() map[string]int {
	return c.counted(func(name string) (n int) {
		for _, l := range c.posted {
			if l.To == name+"@example.org" {
				n++
			}
		}
		return n
	})
}

func (c *crier) counted(of func(name string) int) map[string]int {
	all := map[string]int{}
	for name := range c.is {
		if n := of(name); n > 0 {
			all[name] = n
		}
	}
	return all
}

func (c *crier) progress() notice.Progress {
	c.Helper()
	last, err := c.Notices.Last(c.Context())
	c.must(err)
	p, err := c.Notices.Progress(c.Context(), *last)
	c.must(err)
	return p
}

func same(a, b map[string]int) bool {
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return len(a) == len(b)
}

var (
	wantSaid   = map[string]int{"ann": 1, "ben": 1, "cat": 1, "dan": 1}
	wantMailed = map[string]int{"ann": 1, "ben": 1, "cat": 1, "eve": 1}
)

func TestEachIsToldInTheWaysTheyChoseAndOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		for range 3 {
			c.round()
		}
		if !same(c.said(), wantSaid) || !same(c.mailed(), wantMailed) {
			t.Errorf("said %v, mailed %v", c.said(), c.mailed())
		}
		for _, l := range c.posted {
			who, _, _ := strings.Cut(l.To, "@")
			off := "https://folkmoot.example/notices/off/" + c.Notices.OffToken(c.is[who])
			if l.Unsubscribe != off || !strings.Contains(l.Text, off) || !strings.Contains(l.HTML, off) {
				t.Errorf("the mail to %s does not say how to hear it never again", who)
			}
			thanked, asked := strings.Contains(l.Text, "Thank you"), strings.Contains(l.Text, "/join")
			if pays := who == "ann"; thanked != pays || asked == pays {
				t.Errorf("%s is thanked: %v, asked to join: %v", who, thanked, asked)
			}
		}
	})
}

// errCut is a statement that was never answered: the program is killed there.
var errCut = errors.New("cut off")

// cutter has one statement fail, and all after it: a program that is killed does nothing more.
type cutter struct {
	mu         sync.Mutex
	heard, cut int
}

func cut(t *testing.T, db *database.DB) *cutter {
	t.Helper()
	k := &cutter{}
	hear := func(tx *gorm.DB) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.heard++; k.cut > 0 && k.heard >= k.cut {
			_ = tx.AddError(errCut)
		}
	}
	ways := []func(func(tx *gorm.DB) error) error{
		func(f func(tx *gorm.DB) error) error { return db.Write(t.Context(), f) },
		func(f func(tx *gorm.DB) error) error { return db.Snapshot(t.Context(), f) },
	}
	for _, way := range ways {
		if err := way(func(tx *gorm.DB) error {
			all := tx.Callback()
			return errors.Join(
				all.Create().Before("gorm:create").Register("test:create", hear), all.Query().Before("gorm:query").Register("test:query", hear),
				all.Update().Before("gorm:update").Register("test:update", hear), all.Delete().Before("gorm:delete").Register("test:delete", hear),
				all.Row().Before("gorm:row").Register("test:row", hear), all.Raw().Before("gorm:raw").Register("test:raw", hear),
			)
		}); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *cutter) at(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard, k.cut = 0, n
}

// The program is killed before its first statement, its second, and so on until it is through, and each time it starts again and goes on.
// The mail server's yes may be lost with it: then the mail is listed, and not given again.
func TestAKillAtAnyStatementDoublesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		k := cut(t, db)
		for at := 1; ; at++ {
			k.at(at)
			_, err := c.NoticeRound(t.Context())
			k.at(0)
			c.clock = c.clock.Add(time.Minute) // what was put off comes again
			p := c.progress()
			for who, n := range c.mailed() {
				if n > 1 {
					t.Fatalf("killed at statement %d, %s is mailed %d times", at, who, n)
				}
			}
			if err == nil && p.Queued == 0 {
				t.Logf("through after %d kills", at)
				break
			}
			if at > 2000 {
				t.Fatalf("never through: %+v", p)
			}
		}
		c.clock = c.clock.Add(time.Hour)
		p := c.progress()
		if !same(c.said(), wantSaid) {
			t.Errorf("said %v", c.said())
		}
		unknown, err := c.Notices.Unknown(t.Context(), 2026)
		c.must(err)
		if p.Unknown != len(unknown) || p.Mailed+p.Unknown != len(wantMailed) || p.Queued+p.Failed+p.Dropped > 0 || p.Said != len(wantSaid) {
			t.Errorf("%+v, %d listed", p, len(unknown))
		}
		if len(c.posted) < p.Mailed {
			t.Errorf("%d mails are noted, the mail server has %d", p.Mailed, len(c.posted))
		}
	})
}

func TestAMailServerThatIsAwayDelaysAndDoublesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		c.answer = mail.ErrNotTaken
		c.round()
		if !same(c.said(), wantSaid) || len(c.posted) > 0 {
			t.Errorf("said %v, mailed %v", c.said(), c.mailed())
		}
		c.answer = nil
		c.clock = c.clock.Add(time.Hour)
		c.round()
		if !same(c.said(), wantSaid) || !same(c.mailed(), wantMailed) {
			t.Errorf("said %v, mailed %v", c.said(), c.mailed())
		}
	})
}

func TestAMailServerThatBreaksOffIsNotAskedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		c.answer = errors.New("it broke off")
		c.round()
		c.answer = nil
		for range 5 {
			c.clock = c.clock.Add(time.Hour)
			c.round()
		}
		if !same(c.mailed(), wantMailed) {
			t.Errorf("mailed %v", c.mailed())
		}
		if p := c.progress(); p.Unknown != len(wantMailed) || p.Mailed > 0 || p.Queued > 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestSeveralProcessesAtOnceDoubleNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := c.NoticeRound(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		c.clock = c.clock.Add(time.Hour)
		c.round()
		if !same(c.said(), wantSaid) || !same(c.mailed(), wantMailed) {
			t.Errorf("said %v, mailed %v", c.said(), c.mailed())
		}
	})
}

func TestASampleGoesToTheOfficerWhoAsksAlone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrier(t, db)
		c.must(c.sendSamples(t.Context(), notice.Sample{Year: 2026, To: c.is["fay"]}))
		for _, l := range c.posted {
			if !strings.Contains(l.Text, "This is a sample.") {
				t.Errorf("it does not say that it is a sample: %s", l.Text)
			}
		}
		if want := (map[string]int{"fay": len(notice.Samples)}); !same(c.mailed(), want) || !same(c.said(), want) {
			t.Errorf("mailed %v, said %v", c.mailed(), c.said())
		}
	})
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"gorm.io/gorm"

	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

const (
	// noticed are the people of the campaign. Embedded brokers are comfortable with some thousand mailboxes, and a test of ninety seconds with
	// some hundreds: so most are told by mail alone, and these in their chats, every other one by mail as well.
	noticed     = 10_000
	noticedChat = 200
	noticeKills = 50
)

// TestChaosOfNotices kills the program fifty times while it brings out ten thousand notices. Afterwards a mail server that counts, and every
// raw mailbox, say what people got: one message each, one mail at most, and whoever may have had none is on the list.
func TestChaosOfNotices(t *testing.T) {
	rounds, rnd := chaosSettings(t)
	if os.Getenv("FOLKMOOT_CHAOS_ROUNDS") == "" {
		rounds = noticeKills
	}
	post := openSink(t)
	srv := newServer(t, embeddedStack(), "--smtp", post.at, "--smtp-tls", "none", "--notices-per-minute", "100000")
	chats := srv.seed(noticedChat)
	srv.campaign(t, chats)
	cut := 0
	for round := range rounds {
		srv.start()
		<-time.After(time.Duration(rnd.IntN(400)) * time.Millisecond) // how long things run before they die is the dice's to say
		srv.kill()
		left := srv.noticesLeft(t)
		t.Logf("round %d: %d notices left, %d mails taken", round+1, left, post.taken())
		if left > 0 {
			cut++
		}
	}
	if cut < rounds/2 {
		t.Errorf("only %d of %d kills came while notices were under way: that was little chaos", cut, rounds)
	}
	srv.start()
	srv.await(5*time.Minute, "all notices to be out", func() bool { return srv.noticesLeft(t) == 0 })
	srv.await(time.Minute, "all messages to have arrived", func() bool { return srv.societyIsJudged(t) })
	srv.stop()
	srv.judgeNotices(t, post, chats)
}

// campaign has everybody wish, works the degrees out, and releases, before the program runs.
func (s *server) campaign(t *testing.T, chats []seeded) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	crowdByMail(t, db, noticed-len(chats))
	notices := openCampaign(t, s, db, time.Now)
	for i, who := range chats {
		if err := notices.Choose(t.Context(), who.Account, notice.Wish{Chat: true, Mail: i%2 == 0, Card: true}); err != nil {
			t.Fatal(err)
		}
	}
	year := calendar.On(time.Now()).Year
	for _, do := range []func() error{
		func() error { return notices.Prepare(t.Context(), "secretary") },
		func() error { return notices.WorkOut(t.Context(), notice.WorkOut{Year: year}) },
		func() error { return notices.Release(t.Context(), "secretary", year) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

func openCampaign(t *testing.T, s *server, db *database.DB, now func() time.Time) *notice.Notices {
	t.Helper()
	key, err := serverKey(s.data, "")
	if err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.New(db, (&Config{}).logger())
	if err != nil {
		t.Fatal(err)
	}
	accounts := identity.NewAccounts(db, queue, key, now)
	notices := notice.New(db, queue, accounts, key, now)
	notices.Mutual = messaging.NewContacts(db, accounts, nil, nil, s.stack.partitions(), now).Mutual
	notices.Paying = func(context.Context, calendar.Date) ([]identity.AccountID, error) { return nil, nil }
	return notices
}

// crowdByMail makes people who want mail alone; the verbs would take a minute to sign them in one by one.
func crowdByMail(t *testing.T, db *database.DB, n int) {
	t.Helper()
	now := time.Now().UTC()
	for from := 0; from < n; from += 100 {
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			for i := from; i < min(from+100, n); i++ {
				id, address := newID(), fmt.Sprintf("person-%d@mail.example", i)
				for _, row := range []struct {
					sql  string
					args []any
				}{
					{"INSERT INTO accounts (id, name, language, since, opened) VALUES (?, 'Person', 'en', ?, ?)", []any{id, now, now}},
					{"INSERT INTO addresses (scheme, value, typed, account, since, verified) VALUES ('email', ?, ?, ?, ?, ?)", []any{address, address, id, now, now}},
					{"INSERT INTO notice_wishes (account, chat, mail, card, counted, put_away, since) VALUES (?, FALSE, TRUE, TRUE, FALSE, 0, ?)", []any{id, now}},
				} {
					if err := tx.Exec(row.sql, row.args...).Error; err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (s *server) noticesLeft(t *testing.T) (left int) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	if err := db.Read(t.Context()).Raw("SELECT count(*) FROM notices WHERE unsettled").Scan(&left).Error; err != nil {
		t.Fatal(err)
	}
	return left
}

func (s *server) societyIsJudged(t *testing.T) (all bool) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	err := db.Read(t.Context()).Raw(`SELECT NOT EXISTS (SELECT 1 FROM society_messages s WHERE NOT EXISTS
		(SELECT 1 FROM verdicts v WHERE v.device = ? AND v.message = s.id))`, messaging.SocietyAccount).Scan(&all).Error
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// judgeNotices holds what people got against what the program noted.
func (s *server) judgeNotices(t *testing.T, post *sink, chats []seeded) {
	t.Helper()
	db := openFor(t, s)
	defer closeAfter(t, db)
	var mails []struct{ Typed, Mail string }
	err := db.Read(t.Context()).Raw("SELECT a.typed, n.mail FROM notices n JOIN addresses a ON a.account = n.account WHERE n.mail <> ''").Scan(&mails).Error
	if err != nil {
		t.Fatal(err)
	}
	sent, unknown, lost := 0, 0, 0
	for _, m := range mails {
		got := post.to(m.Typed)
		switch {
		case got > 1:
			t.Errorf("%s has %d mails", m.Typed, got)
		case m.Mail == "sent" && got == 1:
			sent++
		case m.Mail == "claimed":
			unknown++
			lost += 1 - got
		default:
			t.Errorf("%s has %d mails, and is noted as %s", m.Typed, got, m.Mail)
		}
	}
	later := openCampaign(t, s, db, func() time.Time { return time.Now().Add(time.Hour) })
	listed, err := later.Unknown(t.Context(), calendar.On(time.Now()).Year)
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) != unknown {
		t.Errorf("%d mails have an unknown outcome, %d are listed", unknown, len(listed))
	}
	if want := noticed - len(chats)/2; sent+unknown != want {
		t.Errorf("%d mails sent and %d unknown, of %d", sent, unknown, want)
	}
	t.Logf("%d mails sent, %d of unknown outcome, of which %d did not go out", sent, unknown, lost)
	heard := societyCopies(t, s)
	for _, who := range chats {
		if n := heard[messaging.DirectID(messaging.SocietyAccount, who.Account)]; n != 1 {
			t.Errorf("%s was told %d times in their chats", who.Address, n)
		}
	}
}

// societyCopies reads every raw mailbox: how many messages of the society are in each conversation, a position once as every client keeps it.
func societyCopies(t *testing.T, s *server) map[string]int {
	t.Helper()
	b := rawBus(t, s)
	topics, err := b.MailboxTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	heard := map[string]int{}
	for _, topic := range topics {
		var records []*wire.MailboxRecord
		for from := int64(0); ; {
			page, err := b.Read(t.Context(), bus.Mailbox(topic), from, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Records) == 0 {
				break
			}
			for _, raw := range page.Records {
				from = raw.Offset + 1
				r := &wire.MailboxRecord{}
				if err := proto.Unmarshal(raw.Value, r); err != nil {
					t.Fatal(err)
				}
				records = append(records, r)
			}
		}
		for _, h := range store(records) {
			if h.device == string(messaging.SocietyAccount) {
				heard[h.conversation]++
			}
		}
	}
	return heard
}

// sink is a mail server that takes everything and counts.
type sink struct {
	at string

	mu    sync.Mutex
	count map[string]int // guarded by mu; letters it has taken, by recipient
	all   int            // guarded by mu
}

func openSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed with the test
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{at: l.Addr().String(), count: map[string]int{}}
	var talks sync.WaitGroup
	talks.Go(func() {
		for {
			line, err := l.Accept()
			if err != nil {
				return
			}
			talks.Go(func() { s.talk(line) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		talks.Wait()
	})
	return s
}

func (s *sink) talk(line net.Conn) {
	defer func() { _ = line.Close() }()
	_ = line.SetDeadline(time.Now().Add(time.Minute))
	words := bufio.NewReader(line)
	say := func(answer string) { _, _ = fmt.Fprint(line, answer+"\r\n") }
	say("220 sink")
	to := ""
	for {
		said, err := words.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(said)); {
		case strings.HasPrefix(verb, "RCPT TO:"):
			to = strings.Trim(strings.TrimSpace(said)[len("RCPT TO:"):], "<> ")
			say("250 fine")
		case verb == "DATA":
			say("354 go on")
			for said != ".\r\n" {
				if said, err = words.ReadString('\n'); err != nil {
					return // not taken: it was cut off before its end
				}
			}
			s.mu.Lock()
			s.count[to]++
			s.all++
			s.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *sink) to(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[address]
}

func (s *sink) taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

package messaging

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
	"folkmoot/messaging/wire"
)

// postRoom is what relays work with, and ann, whose mailbox they fill.
type postRoom struct {
	t        *testing.T
	db       *database.DB
	conf     bus.Config
	bus      *bus.Bus
	outbox   *Outbox
	boxes    *Mailboxes
	contacts *Contacts
	ann      identity.AccountID
	box      Mailbox
}

func newPostRoom(t *testing.T, db *database.DB) *postRoom {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	queue, err := jobs.New(db, log)
	if err != nil {
		t.Fatal(err)
	}
	conf := bustest.Embedded(t, t.TempDir())
	p := &postRoom{t: t, db: db, conf: conf, bus: bustest.Open(t, conf), outbox: NewOutbox(db, time.Now), ann: identity.AccountID(identity.NewID())}
	p.boxes = NewMailboxes(db, p.bus, p.outbox, 5, 0, log, time.Now)
	p.contacts = NewContacts(db, identity.NewAccounts(db, queue, make([]byte, 32), time.Now), p.boxes, p.outbox, 4, time.Now)
	if err := p.boxes.Restock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.box, err = p.boxes.Take(t.Context(), p.ann); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *postRoom) relay(member string, over *bus.Bus) *Relay {
	return NewRelay(p.outbox, over, p.boxes, p.contacts, member, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
}

// writes puts a row into ann's outbox as no program of ours would.
func (p *postRoom) writes(kind, subject string) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *gorm.DB) error {
		return p.outbox.queue(tx, outboxRow{Account: string(p.ann), Kind: kind, Subject: subject})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *postRoom) parked() []ParkedFact {
	p.t.Helper()
	facts, err := p.outbox.Parked(p.t.Context(), 10)
	if err != nil {
		p.t.Fatal(err)
	}
	return facts
}

// runs lets a relay run until the test is over, or until it is stopped.
func (p *postRoom) runs(r *Relay) (stop func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	p.t.Cleanup(stop)
	return stop
}

// addsBen, blocks and unblocks are what ann does; each is a row in the outbox.
func (p *postRoom) addsBen() identity.AccountID {
	p.t.Helper()
	to, err := identity.ParseAddress("ben@example.org")
	if err != nil {
		p.t.Fatal(err)
	}
	person, err := p.contacts.Add(p.t.Context(), p.ann, to)
	if err != nil {
		p.t.Fatal(err)
	}
	return person.Account
}

func (p *postRoom) blocks(who identity.AccountID) {
	p.t.Helper()
	if _, err := p.contacts.Block(p.t.Context(), p.ann, who); err != nil {
		p.t.Fatal(err)
	}
}

func (p *postRoom) unblocks(who identity.AccountID) {
	p.t.Helper()
	if _, err := p.contacts.Unblock(p.t.Context(), p.ann, who); err != nil {
		p.t.Fatal(err)
	}
}

// relayed makes one round of a relay that has to go well.
func (p *postRoom) relayed(r *Relay) {
	p.t.Helper()
	if _, err := r.round(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// told is what ann's mailbox says of somebody, one after the other. What is said again at once is said once.
func (p *postRoom) told(who identity.AccountID) []wire.Standing {
	p.t.Helper()
	page, err := p.bus.Read(p.t.Context(), p.box.Log, 0, 1000)
	if err != nil {
		p.t.Fatal(err)
	}
	var said []wire.Standing
	for _, r := range page.Records {
		record := &wire.MailboxRecord{}
		if err := proto.Unmarshal(r.Value, record); err != nil {
			p.t.Fatal(err)
		}
		if person := record.GetPersonChanged().GetPerson(); person.GetAccount() == string(who) {
			said = append(said, person.GetStanding())
		}
	}
	return slices.Compact(said)
}

func (p *postRoom) expects(who identity.AccountID, want ...wire.Standing) {
	p.t.Helper()
	if diff := cmp.Diff(p.told(who), want); diff != "" {
		p.t.Errorf("the mailbox tells (-got +want):\n%s", diff)
	}
}

// until waits for what another goroutine brings about.
func (p *postRoom) until(what string, reached func() bool) {
	p.t.Helper()
	limit := time.After(time.Minute)
	for !reached() {
		select {
		case <-limit:
			p.t.Fatalf("waited in vain for %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *postRoom) empty() bool {
	rows, err := p.outbox.oldest(p.t.Context(), 1)
	return err == nil && len(rows) == 0
}

// lease is who may relay, and until when.
func (p *postRoom) lease() leaseRow {
	p.t.Helper()
	var row leaseRow
	if _, err := found(p.db.Read(p.t.Context()).Where("name = ?", relayName).Take(&row).Error); err != nil {
		p.t.Fatal(err)
	}
	return row
}

// counted is what a counter has come to.
func counted(t *testing.T, metrics *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// gate is the way to the brokers of one process. While it is shut, what is written waits before it, and goes on when it opens.
type gate struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	held atomic.Int32 // how much has waited

	mu   sync.Mutex
	pass chan struct{} // guarded by mu; closed while the gate is open
}

// behindGate is another process's bus on the same brokers.
func (p *postRoom) behindGate() (*gate, *bus.Bus) {
	p.t.Helper()
	g := &gate{dial: p.conf.Dial, pass: make(chan struct{})}
	conf := p.conf
	conf.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := g.dial(ctx, network, addr)
		return &gated{Conn: conn, gate: g, gone: make(chan struct{})}, err
	}
	g.open()
	b := bustest.Open(p.t, conf)
	p.t.Cleanup(g.open)
	return g, b
}

func (g *gate) way() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pass
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pass = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.pass:
	default:
		close(g.pass)
	}
}

type gated struct {
	net.Conn
	gate *gate
	gone chan struct{}
	once sync.Once
}

func (c *gated) Write(b []byte) (int, error) {
	way := c.gate.way()
	select {
	case <-way:
		return c.Conn.Write(b)
	default:
	}
	c.gate.held.Add(1)
	select {
	case <-way:
		return c.Conn.Write(b)
	case <-c.gone:
		return 0, net.ErrClosed
	}
}

func (c *gated) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

const (
	asked   = wire.Standing_STANDING_ASKED
	blocked = wire.Standing_STANDING_BLOCKED
)

// The first process tells of the block, and its broker does not answer it for longer than the lease lasts. The second reaches the broker.
func TestAnAppendThatHangsPastTheLeaseIsNotOvertaken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		way, slow := p.behindGate()
		first, second := p.relay("first", slow), p.relay("second", p.bus)
		for _, r := range []*Relay{first, second} {
			r.lease, r.margin = 4*time.Second, 2500*time.Millisecond
		}
		ben := p.addsBen()
		p.relayed(first)
		p.expects(ben, asked)

		way.shut()
		p.blocks(ben)
		p.runs(first)
		p.until("the news of the block to be under way", func() bool { return way.held.Load() > 0 })
		lapses := p.lease().Until
		p.unblocks(ben)
		p.until("the lease that it began with to be over", func() bool { return time.Now().After(lapses) })
		p.relayed(second) // nothing: it is not its turn
		p.expects(ben, asked)
		p.runs(second)
		way.open()
		p.until("the outbox to be empty", p.empty)
		p.expects(ben, asked, blocked, asked)
	})
}

func TestARoundIsOverBeforeItsLeaseIs(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		way, slow := p.behindGate()
		first, second := p.relay("first", slow), p.relay("second", p.bus)
		first.lease, first.margin = 3*time.Second, 2*time.Second
		ben := p.addsBen()
		p.relayed(first)
		way.shut()
		p.blocks(ben)
		if _, err := first.round(t.Context()); err == nil {
			t.Fatal("told, though nothing gets through")
		}
		lapses := p.lease().Until
		if left := time.Until(lapses); left < first.margin/2 {
			t.Errorf("%s of the lease are left, want nearly %s", left, first.margin)
		}
		first.letGo(t.Context()) // which it must not, with something under way
		p.relayed(second)
		p.expects(ben, asked)

		p.until("the lease to be over", func() bool { return time.Now().After(lapses) })
		p.relayed(second)
		p.expects(ben, asked, blocked)
		p.unblocks(ben)
		p.relayed(first)
		if p.empty() {
			t.Error("relayed by who has lost the lease")
		}
		p.relayed(second)
		p.expects(ben, asked, blocked, asked)
	})
}

func TestARelayThatStopsHandsOverAtOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		ben := p.addsBen()
		stop := p.runs(p.relay("first", p.bus))
		p.until("the outbox to be empty", p.empty)
		stop()
		p.blocks(ben)
		p.relayed(p.relay("second", p.bus))
		p.expects(ben, asked, blocked)
	})
}

func TestARelayThatWasKilledComesBackAtOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		ben := p.addsBen()
		p.relayed(p.relay("first", p.bus))
		p.blocks(ben)
		p.relayed(p.relay("second", p.bus))
		p.expects(ben, asked) // somebody else has to wait
		again := p.relay("first", p.bus)
		p.runs(again)
		p.until("the outbox to be empty", p.empty)
		p.expects(ben, asked, blocked)
		if holder := p.lease().Holder; holder != again.holder {
			t.Errorf("the lease is with %q", holder)
		}
	})
}

func TestARowThatMakesNoRecordIsParkedAndStopsNobody(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		var log bytes.Buffer
		metrics := prometheus.NewRegistry()
		relay := NewRelay(p.outbox, p.bus, p.boxes, p.contacts, "relay", slog.New(slog.NewTextHandler(&log, nil)), metrics)
		p.writes("riddle", "sphinx")
		ben := p.addsBen()
		p.relayed(relay)
		p.relayed(relay)
		p.expects(ben, asked)
		if !p.empty() {
			t.Error("something is left to relay")
		}
		facts := p.parked()
		if len(facts) != 1 || facts[0].Account != p.ann || facts[0].Kind != "riddle" || !strings.Contains(facts[0].Reason, `unknown kind "riddle"`) {
			t.Errorf("parked are %+v", facts)
		}
		said := log.String()
		if strings.Count(said, "\n") != 1 || !strings.Contains(said, "riddle") || strings.Contains(said, "sphinx") || strings.Contains(said, string(p.ann)) {
			t.Errorf("the log says %q", said)
		}
		if n := counted(t, metrics, "folkmoot_outbox_parked_total"); n != 1 {
			t.Errorf("%v are counted", n)
		}
	})
}

// SQLite keeps whatever it is given; PostgreSQL would not have taken it.
func TestTextThatIsNoUTF8IsParked(t *testing.T) {
	p := newPostRoom(t, testdb.Open(t, testdb.SQLiteURL(t)))
	p.writes(aboutRevoked, "\xff")
	ben := p.addsBen()
	p.relayed(p.relay("relay", p.bus))
	p.expects(ben, asked)
	if facts := p.parked(); len(facts) != 1 || !strings.Contains(facts[0].Reason, "UTF-8") {
		t.Errorf("parked are %+v", facts)
	}
}

// Its text stays where it is, and it is not queued over and over.
func TestARequestWhoseMailboxIsGoneIsParkedOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		ben := identity.AccountID(identity.NewID())
		waiting := Request{Recipient: p.ann, Sender: ben, Conversation: DirectID(p.ann, ben), Copy: []byte{0x0a, 0}}
		if err := NewVerdicts(db, p.outbox, time.Now).Keep(t.Context(), nil, []Request{waiting}, nil); err != nil {
			t.Fatal(err)
		}
		if err := p.bus.DropMailboxes(t.Context(), []string{p.box.Log.Topic}); err != nil {
			t.Fatal(err)
		}
		relay := p.relay("relay", p.bus)
		for range 2 {
			if err := p.outbox.requeueHeld(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.relayed(relay)
		}
		kinds := map[string]int{}
		for _, f := range p.parked() {
			kinds[f.Kind]++
		}
		if diff := cmp.Diff(kinds, map[string]int{aboutRequest: 1, aboutPerson: 1}); diff != "" || !p.empty() {
			t.Errorf("parked, by kind (-got +want):\n%s", diff)
		}
		if kept, err := p.outbox.request(t.Context(), string(p.ann), string(ben)); err != nil || kept.Copy == nil {
			t.Errorf("the text is gone, %v", err)
		}
	})
}

func TestWhatFailsOnlyNowIsHeldAndNotParked(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		relay, ben := p.relay("relay", p.bus), p.addsBen()
		rename := func(from, to string) {
			err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE " + from + " RENAME TO " + to).Error })
			if err != nil {
				t.Fatal(err)
			}
		}
		rename("contacts", "out_of_reach")
		if _, err := relay.round(t.Context()); err == nil {
			t.Error("told without knowing")
		}
		rename("out_of_reach", "contacts")
		if p.empty() || len(p.parked()) > 0 {
			t.Errorf("parked are %+v", p.parked())
		}
		p.relayed(relay)
		p.expects(ben, asked)
	})
}

func TestAParkedFactIsForgottenInTheEnd(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		outbox := NewOutbox(db, time.Now)
		p := &postRoom{t: t, db: db, outbox: outbox, ann: identity.AccountID(identity.NewID())}
		p.writes("riddle", "sphinx")
		p.writes(aboutPerson, "ben")
		rows, err := outbox.oldest(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := outbox.park(t.Context(), rows[0], "nobody knows"); err != nil {
			t.Fatal(err)
		}
		for i, later := range []time.Duration{ParkedLasts - time.Minute, ParkedLasts + time.Minute} {
			if err := Sweep(t.Context(), db, time.Now().Add(later)); err != nil || len(p.parked()) != 1-i {
				t.Errorf("after %s %d are parked, %v", later, len(p.parked()), err)
			}
		}
		if left, err := outbox.oldest(t.Context(), 2); err != nil || len(left) != 1 {
			t.Errorf("%d rows wait, %v", len(left), err)
		}
	})
}

// A request was put aside in the moment in which its recipient took a mailbox, and the outbox never rests.
func TestABusyOutboxDoesNotStrandARequest(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		ben := identity.AccountID(identity.NewID())
		stranded := Request{Recipient: p.ann, Sender: ben, Conversation: DirectID(p.ann, ben), Copy: []byte{0x0a, 0}}
		if err := NewVerdicts(db, p.outbox, time.Now).Keep(t.Context(), nil, []Request{stranded}, nil); err != nil {
			t.Fatal(err)
		}

		ctx, stop := context.WithCancel(t.Context())
		var busy sync.WaitGroup
		defer busy.Wait()
		defer stop()
		p.runs(p.relay("relay", p.bus))
		busy.Go(func() {
			for ctx.Err() == nil {
				p.outbox.nudge() // somebody's change, over and over
			}
		})
		arrived := make(chan struct{}, 1)
		follower, err := p.bus.Follow(p.box.Log, 0, func([]bus.Record) bool {
			select {
			case arrived <- struct{}{}:
			default:
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		defer follower.Close()
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Error("the request is not in the mailbox")
		}
	})
}

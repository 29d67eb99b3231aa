package router

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
	"folkmoot/messaging/wire"
)

// town is a router with people in it, on a real database and real brokers.
type town struct {
	t         *testing.T
	bus       *bus.Bus
	accounts  *identity.Accounts
	contacts  *messaging.Contacts
	mailboxes *messaging.Mailboxes
	verdicts  *messaging.Verdicts
	outbox    *messaging.Outbox
	society   *messaging.Society
	nobody    person
	router    *Router
}

func newTown(t *testing.T, db *database.DB) *town {
	t.Helper()
	b := bustest.Open(t, bustest.Embedded(t, t.TempDir()))
	log := slog.New(slog.DiscardHandler)
	queue, err := jobs.New(db, log)
	if err != nil {
		t.Fatal(err)
	}
	outbox := messaging.NewOutbox(db, time.Now)
	c := &town{
		t: t, bus: b, outbox: outbox,
		accounts:  identity.NewAccounts(db, queue, make([]byte, 32), time.Now),
		mailboxes: messaging.NewMailboxes(db, b, outbox, 10, 0, log, time.Now),
		verdicts:  messaging.NewVerdicts(db, outbox, time.Now),
	}
	c.contacts = messaging.NewContacts(db, c.accounts, c.mailboxes, outbox, b.InPartitions(), time.Now)
	c.society = messaging.NewSociety(db, c.mailboxes, outbox, b.InPartitions(), time.Now)
	if err := c.mailboxes.Restock(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.nobody = c.withMailbox(person{account: messaging.Nobody})
	c.router = New(b, messaging.NewConversations(db), c.verdicts, c.nobody.box, 1, log, prometheus.NewRegistry())
	return c
}

type person struct {
	account identity.AccountID
	device  identity.DeviceID
	box     messaging.Mailbox
}

// newcomer has signed in and waits for a mailbox; a settler has one.
func (c *town) newcomer(name string) person {
	c.t.Helper()
	entry, err := c.accounts.Admit(c.t.Context(), c.address(name), "", "test")
	if err != nil {
		c.t.Fatal(err)
	}
	return person{account: entry.Session.Account, device: entry.Session.Device}
}

func (c *town) withMailbox(p person) person {
	c.t.Helper()
	box, err := c.mailboxes.Take(c.t.Context(), p.account)
	if err != nil {
		c.t.Fatal(err)
	}
	p.box = box
	return p
}

func (c *town) settler(name string) person { return c.withMailbox(c.newcomer(name)) }

func (c *town) address(name string) identity.Address {
	c.t.Helper()
	address, err := identity.ParseAddress(name + "@example.org")
	if err != nil {
		c.t.Fatal(err)
	}
	return address
}

func (c *town) adds(p person, name string) person {
	c.t.Helper()
	added, err := c.contacts.Add(c.t.Context(), p.account, c.address(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return person{account: added.Account}
}

func (c *town) befriend(people ...person) {
	c.t.Helper()
	var accounts []identity.AccountID
	for _, p := range people {
		accounts = append(accounts, p.account)
	}
	if err := c.contacts.Befriend(c.t.Context(), accounts); err != nil {
		c.t.Fatal(err)
	}
}

func (p person) says(to person, text string) *wire.Envelope {
	return &wire.Envelope{
		Version: 1, Id: identity.NewID(), Conversation: messaging.DirectID(p.account, to.account),
		SenderAccount: string(p.account), SenderDevice: string(p.device), SentAt: 1,
		Kind: wire.Kind_KIND_MESSAGE, Protection: wire.Protection_PROTECTION_PLAIN, Body: []byte(text),
	}
}

// at puts envelopes into a batch as they would lie in partition 0.
func at(t *testing.T, offset int64, envelopes ...*wire.Envelope) []bus.Record {
	t.Helper()
	batch := make([]bus.Record, len(envelopes))
	for i, e := range envelopes {
		raw, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		batch[i] = bus.Record{Offset: offset + int64(i), Value: raw}
	}
	return batch
}

func (c *town) forward(batch []bus.Record) {
	c.t.Helper()
	if err := c.router.Forward(c.t.Context(), 0, batch); err != nil {
		c.t.Fatal(err)
	}
}

// mailbox is what somebody's mailbox holds, as short lines.
func (c *town) mailbox(p person) []string {
	c.t.Helper()
	page, err := c.bus.Read(context.WithoutCancel(c.t.Context()), p.box.Log, 0, 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	var lines []string
	for _, r := range page.Records {
		m := &wire.MailboxRecord{}
		if err := proto.Unmarshal(r.Value, m); err != nil {
			c.t.Fatal(err)
		}
		line := string(m.GetCopy().GetEnvelope().GetBody())
		if m.GetCopy().GetRequest() {
			line += " (request)"
		}
		for _, v := range m.GetCopy().GetVerdicts() {
			line += " " + v.Outcome.String() + " " + v.Reason.String()
		}
		lines = append(lines, line)
	}
	return lines
}

// holds compares without order: between conversations there is none.
func (c *town) holds(p person, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(c.mailbox(p))), slices.Sorted(slices.Values(want))); diff != "" {
		c.t.Errorf("the mailbox differs (-got +want):\n%s", diff)
	}
}

// holdsInOrder is for a mailbox with one conversation in it.
func (c *town) holdsInOrder(p person, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(c.mailbox(p), want); diff != "" {
		c.t.Errorf("the mailbox differs (-got +want):\n%s", diff)
	}
}

const (
	delivered = " OUTCOME_DELIVERED REASON_UNSPECIFIED"
	isHeld    = " OUTCOME_HELD REASON_UNSPECIFIED"
	waits     = " OUTCOME_REFUSED REASON_WAITING"
)

func TestAReplayRepeatsEveryVerdict(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben, cat := c.settler("ann"), c.settler("ben"), c.settler("cat")
		c.befriend(ann, ben)
		c.adds(cat, "ben")
		batch := at(t, 5, ann.says(ben, "one"), cat.says(ben, "may I"), ben.says(ann, "two"), cat.says(ben, "hello?"), ann.says(ben, "three"))
		c.forward(batch)
		inBen := []string{"one", "may I (request)", "two" + delivered, "three"}
		c.holds(ben, inBen...)
		c.holdsInOrder(ann, "one"+delivered, "two", "three"+delivered)
		c.holdsInOrder(cat, "may I"+isHeld, "hello?"+waits)

		// Meanwhile everything changes; then the batch comes again.
		if _, err := c.contacts.Block(t.Context(), ben.account, ann.account); err != nil {
			t.Fatal(err)
		}
		if _, err := c.contacts.Accept(t.Context(), ben.account, cat.account); err != nil {
			t.Fatal(err)
		}
		c.forward(batch)
		c.holds(ben, append(inBen, inBen...)...)
		c.holdsInOrder(cat, "may I"+isHeld, "hello?"+waits, "may I"+isHeld, "hello?"+waits)
	})
}

func TestARetryElsewhereInTheLogIsDropped(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben := c.settler("ann"), c.settler("ben")
		c.befriend(ann, ben)
		e := ann.says(ben, "once")
		c.forward(at(t, 1, e, e))
		c.forward(at(t, 9, e))
		c.holds(ben, "once")
		c.holds(ann, "once"+delivered)
	})
}

// A client that uses an id twice has said one thing, and it goes to whom it was said to.
func TestAnIDUsedTwiceNeverCrossesConversations(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben, cat := c.settler("ann"), c.settler("ben"), c.settler("cat")
		c.befriend(ann, ben, cat)
		toBen, toCat := ann.says(ben, "for ben"), ann.says(cat, "for cat")
		toCat.Id = toBen.Id
		c.forward(at(t, 1, toBen))
		c.forward(at(t, 2, toCat))
		c.forward(at(t, 1, toBen, toCat))
		c.holds(cat)
		c.holdsInOrder(ben, "for ben", "for ben")
	})
}

// A newcomer accepts while the relay is a moment late with the request. What follows the request belongs behind it,
// and other people have nothing to do with that.
func TestARequestThatWaitedComesBeforeWhatFollowsIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, cat, dan := c.settler("ann"), c.settler("cat"), c.settler("dan")
		c.befriend(cat, dan)
		c.forward(at(t, 1, ann.says(c.adds(ann, "ben"), "first")))
		ben := c.settler("ben")
		if _, err := c.contacts.Accept(t.Context(), ben.account, ann.account); err != nil {
			t.Fatal(err)
		}
		c.forward(at(t, 2, ann.says(ben, "second"), cat.says(dan, "hello")))
		c.holds(dan, "hello")
		c.holdsInOrder(ben, "first (request)", "second")
	})
}

// The sender's clock must not tell what their verdict hides: whatever reaches nobody costs as much as what reaches somebody.
func TestABlankTakesThePlaceOfACopyThatNobodyGets(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben, cat := c.settler("ann"), c.settler("ben"), c.settler("cat")
		c.befriend(ann, ben)
		for _, blocked := range []person{ann, cat} {
			c.adds(ben, "cat")
			if _, err := c.contacts.Block(t.Context(), ben.account, blocked.account); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.contacts.Remove(t.Context(), ben.account, cat.account); err != nil {
			t.Fatal(err)
		}
		toBlocker, fromStranger, toNobody := ann.says(ben, "blocked contact"), cat.says(c.adds(cat, "ben"), "blocked stranger"), cat.says(c.adds(cat, "no-one"), "unknown address")
		c.forward(at(t, 1, toBlocker, fromStranger, toNobody))
		c.holds(ben)
		page, err := c.bus.Read(t.Context(), c.nobody.box.Log, 0, 100)
		if err != nil || len(page.Records) != 3 {
			t.Fatalf("nobody got %d blanks, %v", len(page.Records), err)
		}
		for _, blank := range page.Records {
			if len(blank.Value) < 100 || bytes.ContainsFunc(blank.Value, func(r rune) bool { return r != 0 }) {
				t.Errorf("a blank of %d bytes says something", len(blank.Value))
			}
		}
	})
}

func TestARecordWithoutAValueIsParked(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		c.forward([]bus.Record{{Offset: 1}})
		if parked, err := c.verdicts.Parked(t.Context(), 10); err != nil || len(parked) != 1 {
			t.Errorf("%d are parked, %v", len(parked), err)
		}
	})
}

func TestWhatIsNoEnvelopeIsParkedAndDoesNotStop(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben := c.settler("ann"), c.settler("ben")
		c.befriend(ann, ben)
		unstamped := ann.says(ben, "from nobody")
		unstamped.SenderAccount = ""
		huge := ann.says(ben, "huge")
		huge.Body = make([]byte, messaging.MaxBody+1)
		batch := append([]bus.Record{{Offset: 1, Value: []byte{0xff, 0xff}}}, at(t, 2, unstamped, huge, ann.says(ben, "fine"))...)
		c.forward(batch)
		c.forward(batch)
		c.holds(ben, "fine", "fine")
		parked, err := c.verdicts.Parked(t.Context(), 10)
		if err != nil || len(parked) != 3 {
			t.Fatalf("%d are parked, %v", len(parked), err)
		}
		for _, p := range parked {
			if p.Reason == "" || len(p.Record) == 0 {
				t.Errorf("parked without reason or record: %+v", p)
			}
		}
	})
}

func TestWhoIsNotInAConversationIsRefused(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben, eve := c.settler("ann"), c.settler("ben"), c.settler("eve")
		c.befriend(ann, ben)
		forged := eve.says(ben, "I am ann")
		forged.Conversation = messaging.DirectID(ann.account, ben.account)
		nowhere := eve.says(ben, "hello")
		nowhere.Conversation = identity.NewID()
		c.forward(at(t, 1, forged, nowhere))
		c.holds(ben)
		c.holds(ann)
		c.holds(eve, "I am ann OUTCOME_REFUSED REASON_NOT_A_PARTICIPANT", "hello OUTCOME_REFUSED REASON_NO_CONVERSATION")
	})
}

func TestAMailboxThatIsGoneIsThatRecipientsVerdict(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben, cat := c.settler("ann"), c.settler("ben"), c.settler("cat")
		c.befriend(ann, ben, cat)
		if err := c.bus.DropMailboxes(t.Context(), []string{ben.box.Log.Topic}); err != nil {
			t.Fatal(err)
		}
		batch := at(t, 1, ann.says(ben, "are you there"), ann.says(cat, "and you"))
		c.forward(batch)
		c.forward(batch)
		c.holds(cat, "and you", "and you")
		gone := "are you there OUTCOME_REFUSED REASON_GONE"
		lines := c.mailbox(ann)
		if len(lines) != 4 || lines[0] != gone && lines[1] != gone {
			t.Errorf("ann was told %q", lines)
		}
		parked, err := c.verdicts.Parked(t.Context(), 10)
		if err != nil || len(parked) != 1 || parked[0].Recipient != ben.account {
			t.Errorf("parked: %+v, %v", parked, err)
		}
	})
}

func TestWavesKeepEachConversationsOrder(t *testing.T) {
	said := func(conversation, id string) *item {
		return &item{forward: true, envelope: &wire.Envelope{Conversation: conversation, Id: id}}
	}
	var got [][]string
	for _, wave := range waves([]*item{said("a", "a1"), said("b", "b1"), said("a", "a2"), {}, said("a", "a3"), said("b", "b2")}) {
		var ids []string
		for _, it := range wave {
			ids = append(ids, it.envelope.Id)
		}
		got = append(got, ids)
	}
	if diff := cmp.Diff(got, [][]string{{"a1", "b1"}, {"a2", "b2"}, {"a3"}}); diff != "" {
		t.Error(diff)
	}
}

func FuzzEnvelope(f *testing.F) {
	good, err := proto.Marshal(person{account: "abcdefghijklmnopqrstuvwxyz", device: "abcdefghijklmnopqrstuvwxyz"}.says(person{account: "bbcdefghijklmnopqrstuvwxyz"}, "hello"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		it := read(bus.Record{Value: raw}, messaging.Position{Incarnation: 1})
		if (it.envelope == nil) == (it.faulty == "") {
			t.Fatalf("neither an envelope nor a reason: %+v", it)
		}
		if it.envelope == nil {
			return
		}
		if _, err := it.recordFor(nil); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

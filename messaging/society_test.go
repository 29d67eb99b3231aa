package messaging

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

func (p *postRoom) society() *Society {
	return NewSociety(p.db, p.boxes, p.outbox, p.bus.InPartitions(), time.Now)
}

func (p *postRoom) tells(key, text string) {
	p.t.Helper()
	if err := p.society().Tell(p.t.Context(), p.ann, key, text); err != nil {
		p.t.Fatal(err)
	}
}

// logged is what the society has said to ann in `in`, one text after the other.
func (p *postRoom) logged() (texts []string) {
	p.t.Helper()
	for _, e := range p.envelopes() {
		content := &wire.Content{}
		if err := proto.Unmarshal(e.Body, content); err != nil {
			p.t.Fatal(err)
		}
		texts = append(texts, content.GetText().GetText())
	}
	return texts
}

func (p *postRoom) envelopes() (all []*wire.Envelope) {
	p.t.Helper()
	var talk conversationRow
	if err := p.db.Read(p.t.Context()).Where("id = ?", DirectID(p.ann, SocietyAccount)).Take(&talk).Error; err != nil {
		p.t.Fatal(err)
	}
	page, err := p.bus.Read(p.t.Context(), bus.In(talk.Partition), 0, 1000)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, r := range page.Records {
		e := &wire.Envelope{}
		if err := proto.Unmarshal(r.Value, e); err != nil {
			p.t.Fatal(err)
		}
		if string(r.Key) != e.Conversation {
			p.t.Errorf("the key is %q in conversation %q", r.Key, e.Conversation)
		}
		all = append(all, e)
	}
	return all
}

// texts are those that the database still holds.
func (p *postRoom) texts() (kept []string) {
	p.t.Helper()
	if err := p.db.Read(p.t.Context()).Model(&societyRow{}).Where("text IS NOT NULL").Order("said_at").Pluck("text", &kept).Error; err != nil {
		p.t.Fatal(err)
	}
	return kept
}

func TestTheSocietySaysAThingOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		relay := p.relay("relay", p.bus)
		p.tells("impact 2026-10", "first")
		p.tells("impact 2026-10", "first, said again")
		if diff := cmp.Diff(p.texts(), []string{"first"}); diff != "" {
			t.Error(diff)
		}
		p.relayed(relay)
		p.tells("impact 2026-10", "first, after it was said")
		p.tells("impact 2026-11", "second")
		p.relayed(relay)
		if diff := cmp.Diff(p.logged(), []string{"first", "second"}); diff != "" {
			t.Errorf("in the log (-got +want):\n%s", diff)
		}
		if left := p.texts(); len(left) > 0 || !p.empty() {
			t.Errorf("said, and still in the database: %q", left)
		}
		p.expects(SocietyAccount, wire.Standing_STANDING_CONTACT)
	})
}

// The relay was killed when the log had it and the outbox did not know.
func TestWhatIsRelayedTwiceIsTheSameMessage(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		p.tells("impact 2026-10", "first")
		killed := p.relay("relay", p.bus)
		rows, err := p.outbox.oldest(t.Context(), relayBatch)
		if err != nil {
			t.Fatal(err)
		}
		_, letters, err := killed.letters(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		for _, errs := range p.bus.AppendInOrder(t.Context(), letters) {
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		p.relayed(p.relay("relay", p.bus))
		both := p.envelopes()
		if len(both) != 2 || !proto.Equal(both[0], both[1]) {
			t.Fatalf("in the log are %v", both)
		}
		if e := both[0]; e.SenderAccount != string(SocietyAccount) || !ValidID(e.Id) || !ValidID(e.SenderDevice) || e.SentAt == 0 {
			t.Errorf("%v", e)
		}
	})
}

func TestTheSocietySaysNothingThatIsNoText(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		for _, text := range []string{"", "\xff", strings.Repeat("a", MaxBody)} {
			if err := p.society().Tell(t.Context(), p.ann, "key", text); !errors.Is(err, ErrUnsayable) {
				t.Errorf("%.10q: %v", text, err)
			}
		}
		p.tells("key", strings.Repeat("ä", 8<<10))
	})
}

func TestWhoHasNoMailboxYetGetsOneToHearTheSocietyIn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		ben := identity.AccountID(identity.NewID())
		if err := p.society().Tell(t.Context(), ben, "key", "hello"); err != nil {
			t.Fatal(err)
		}
		if _, err := p.boxes.Of(t.Context(), ben); err != nil {
			t.Error(err)
		}
		if _, err := p.boxes.Of(t.Context(), SocietyAccount); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("the society's own mailbox: %v", err)
		}
	})
}

func TestTheSocietyStandsInTheAddressBookOnceItHasSpoken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx, p := t.Context(), newPostRoom(t, db)
		if people, err := p.contacts.People(ctx, p.ann); err != nil || len(people) > 0 {
			t.Fatalf("before: %+v, %v", people, err)
		}
		p.tells("key", "hello")
		people, err := p.contacts.People(ctx, p.ann)
		if err != nil || len(people) != 1 {
			t.Fatalf("after: %+v, %v", people, err)
		}
		s := people[0]
		if s.Account != SocietyAccount || s.Name != SocietyName || s.Standing != wire.Standing_STANDING_CONTACT || s.Conversation != DirectID(p.ann, SocietyAccount) || s.Since.IsZero() {
			t.Errorf("%+v", s)
		}
		for what, do := range map[string]func() (Person, error){
			"accept":  func() (Person, error) { return p.contacts.Accept(ctx, p.ann, SocietyAccount) },
			"decline": func() (Person, error) { return p.contacts.Decline(ctx, p.ann, SocietyAccount) },
			"remove":  func() (Person, error) { return p.contacts.Remove(ctx, p.ann, SocietyAccount) },
		} {
			if _, err := do(); !errors.Is(err, ErrNobody) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if s, err = p.contacts.Block(ctx, p.ann, SocietyAccount); err != nil || s.Standing != wire.Standing_STANDING_BLOCKED || s.Name != SocietyName {
			t.Errorf("blocked: %+v, %v", s, err)
		}
		if s, err = p.contacts.Unblock(ctx, p.ann, SocietyAccount); err != nil || s.Standing != wire.Standing_STANDING_CONTACT {
			t.Errorf("unblocked: %+v, %v", s, err)
		}
		if others, err := p.contacts.People(ctx, identity.AccountID(identity.NewID())); err != nil || len(others) > 0 {
			t.Errorf("somebody else knows it: %+v, %v", others, err)
		}
	})
}

func TestWhatTheSocietySaidIsForgottenInTheEnd(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		p := newPostRoom(t, db)
		p.tells("key", "hello")
		kept := func() (n int64) {
			if err := db.Read(t.Context()).Model(&societyRow{}).Count(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		for i, later := range []time.Duration{SaidLasts - time.Minute, SaidLasts + time.Minute} {
			if err := Sweep(t.Context(), db, time.Now().Add(later)); err != nil || kept() != int64(1-i) {
				t.Errorf("after %s %d are kept, %v", later, kept(), err)
			}
		}
		p.relayed(p.relay("relay", p.bus)) // its row in the outbox tells of nothing any more
		if !p.empty() || len(p.parked()) > 0 || len(p.logged()) > 0 {
			t.Errorf("%+v, %q", p.parked(), p.logged())
		}
	})
}

// Whoever could be given this id would be the society.
func TestNobodyIsGivenTheSocietysID(t *testing.T) {
	if !ValidID(string(SocietyAccount)) || !strings.Contains(string(SocietyAccount), "0") {
		t.Fatalf("%q", SocietyAccount)
	}
	for range 1000 {
		if id := identity.NewID(); strings.Contains(id, "0") {
			t.Fatalf("%s has a zero", id)
		}
	}
}

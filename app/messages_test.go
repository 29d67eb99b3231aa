package main

import (
	"fmt"
	"net/http"
	"testing"

	"folkmoot/messaging/wire"
)

func TestTwoPeopleTalk(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect().caughtUp(), newDevice(t, people[1]).connect().caughtUp()
		talk := people[0].with(people[1])

		hello := ann.say(talk, "Hello Ben")
		got := ben.receives(hello)
		if got.Envelope.SenderAccount != string(people[0].Account) || got.Envelope.SenderDevice != string(people[0].Device) {
			t.Errorf("sender is %s %s", got.Envelope.SenderAccount, got.Envelope.SenderDevice)
		}
		if got.Request || len(got.Verdicts) > 0 {
			t.Errorf("a contact's message came as a request, or with somebody else's verdicts: %v", got)
		}
		answer := ben.say(talk, "Hello Ann")
		own, reply := ann.receives(hello), ann.receives(answer)
		if len(own.Verdicts) != 1 || own.Verdicts[0].Outcome != wire.Outcome_OUTCOME_DELIVERED || own.Verdicts[0].Recipient != string(people[1].Account) {
			t.Errorf("verdicts: %v", own.Verdicts)
		}
		if own.Position.Partition != reply.Position.Partition || own.Position.Offset >= reply.Position.Offset {
			t.Errorf("positions do not rise: %v, %v", own.Position, reply.Position)
		}
	})
}

func TestMessagesOfOneConversationKeepTheirOrder(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
		talk := people[0].with(people[1])
		const n = 55
		var sent []*wire.Envelope
		for i := range n {
			e := message(talk, fmt.Sprint(i))
			sent = append(sent, e)
			if err := ann.offer(e); err != nil {
				t.Fatal(err)
			}
		}
		last := int64(-1)
		for _, e := range sent {
			at := ben.receives(e).Position.Offset
			if at <= last {
				t.Fatalf("offset %d after %d", at, last)
			}
			last = at
		}
		ben.mu.Lock()
		defer ben.mu.Unlock()
		i := 0
		for _, k := range ben.kept {
			if c := k.record().GetCopy(); c != nil {
				if c.Envelope.Id != sent[i].Id {
					t.Fatalf("message %d came out of order", i)
				}
				i++
			}
		}
	})
}

func TestARetryIsForwardedOnce(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
		talk := people[0].with(people[1])
		e := message(talk, "once")
		ann.sendAcked(e)
		ann.mu.Lock()
		delete(ann.sent, e.Id)
		ann.mu.Unlock()
		ann.sendAcked(e)
		after := ann.say(talk, "after") // behind the retry in the same partition
		ben.receives(after)
		ann.receives(after)
		for name, d := range map[string]*device{"recipient": ben, "sender": ann} {
			d.mu.Lock()
			if n := len(d.copies(e.Id)); n != 1 {
				t.Errorf("%s has it %d times", name, n)
			}
			d.mu.Unlock()
		}
	})
}

// strangers are two accounts that do not know each other, and the address of the second.
func strangers(srv *server) (a, b seeded) {
	people := srv.seed(ring + 1)
	return people[0], people[ring]
}

func TestAFirstMessageIsARequest(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		a, b := strangers(srv)
		srv.start()
		ann, ben := newDevice(t, a).connect(), newDevice(t, b).connect()

		person := srv.must(a.Token, http.MethodPost, "/api/people", map[string]string{"address": b.Address})
		if person["standing"] != "asked" || person["name"] != "" {
			t.Fatalf("adding told too much: %v", person)
		}
		talk, _ := person["conversation"].(string)
		first := ann.say(talk, "May I?")
		if got := ben.receives(first); !got.Request {
			t.Error("it did not come as a request")
		}
		if v := ann.receives(first).Verdicts; len(v) != 1 || v[0].Outcome != wire.Outcome_OUTCOME_HELD {
			t.Errorf("verdicts %v, want held", v)
		}
		if p := ben.person(string(a.Account), wire.Standing_STANDING_ASKING); p.Name == "" {
			t.Error("who asks shows their name")
		}
		second := ann.say(talk, "Hello?")
		if v := ann.receives(second).Verdicts; len(v) != 1 || v[0].Reason != wire.Reason_REASON_WAITING {
			t.Errorf("verdicts %v, want refused: waiting", v)
		}

		srv.must(b.Token, http.MethodPost, "/api/people/"+string(a.Account)+"/accept", nil)
		if p := ann.person(string(b.Account), wire.Standing_STANDING_CONTACT); p.Name == "" {
			t.Error("a contact shows their name")
		}
		third := ann.say(talk, "Thank you")
		if got := ben.receives(third); got.Request {
			t.Error("a contact's message came as a request")
		}
		ben.mu.Lock()
		defer ben.mu.Unlock()
		if len(ben.copies(second.Id)) != 0 {
			t.Error("the message before the answer was delivered")
		}
	})
}

func TestDecliningAndBlockingAreNotTold(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2*ring + 2) // three rings: 0.., 10.., 20..
		srv.start()
		ben := people[0]
		benDevice := newDevice(t, ben).connect()
		seen := map[string][]string{}
		for _, answer := range []struct {
			verb string
			who  seeded
		}{{"decline", people[ring]}, {"block", people[2*ring]}, {"", people[2*ring+1]}} {
			d := newDevice(t, answer.who).connect()
			person := srv.must(answer.who.Token, http.MethodPost, "/api/people", map[string]string{"address": ben.Address})
			talk, _ := person["conversation"].(string)
			first := d.say(talk, "May I?")
			benDevice.receives(first)
			benDevice.person(string(answer.who.Account), wire.Standing_STANDING_ASKING)
			if answer.verb != "" {
				srv.must(ben.Token, http.MethodPost, "/api/people/"+string(answer.who.Account)+"/"+answer.verb, nil)
			}
			second := d.say(talk, "Hello?")
			for _, e := range []*wire.Envelope{first, second} {
				v := d.receives(e).Verdicts[0]
				seen[answer.verb] = append(seen[answer.verb], v.Outcome.String(), v.Reason.String())
			}
			now := srv.must(answer.who.Token, http.MethodGet, "/api/people", nil)
			for _, p := range now["people"].([]any) { //nolint:forcetypeassert // our own answer
				line, _ := p.(map[string]any)
				if line["account"] == string(ben.Account) {
					seen[answer.verb] = append(seen[answer.verb], fmt.Sprint(line["standing"], line["name"]))
				}
			}
		}
		if fmt.Sprint(seen["decline"]) != fmt.Sprint(seen[""]) || fmt.Sprint(seen["block"]) != fmt.Sprint(seen[""]) {
			t.Errorf("senders can tell: %v", seen)
		}
	})
}

func TestABlockedContactSeesSomebodyOffline(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(3)
		srv.start()
		ann, ben, cat := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect(), newDevice(t, people[2]).connect()
		srv.must(people[1].Token, http.MethodPost, "/api/people/"+string(people[0].Account)+"/block", nil)
		ben.person(string(people[0].Account), wire.Standing_STANDING_BLOCKED)
		unheard := ann.say(people[0].with(people[1]), "are you there?")
		offline := ann.say(people[0].with(people[2]), "are you there?")
		a, b := ann.receives(unheard).Verdicts[0], ann.receives(offline).Verdicts[0]
		if a.Outcome != b.Outcome || a.Reason != b.Reason {
			t.Errorf("blocked looks like %v, offline like %v", a, b)
		}
		// A watermark either way would say that somebody is there.
		mark := ben.watermark(people[1].with(people[0]), ann.receives(unheard).Position)
		fromCat := cat.watermark(people[2].with(people[0]), ann.receives(offline).Position)
		ann.receives(fromCat)
		ben.receives(mark)
		fence := ann.say(people[0].with(people[1]), "fence") // behind the watermark in the same partition
		ann.receives(fence)
		ann.mu.Lock()
		if len(ann.copies(mark.Id)) != 0 {
			t.Error("a watermark came from somebody who blocks")
		}
		for _, k := range ann.kept {
			if p := k.record().GetPersonChanged().GetPerson(); p.GetAccount() == string(people[1].Account) && p.GetStanding() != wire.Standing_STANDING_CONTACT {
				t.Errorf("the blocked person was told: %v", p)
			}
		}
		ann.mu.Unlock()
		ben.mu.Lock()
		defer ben.mu.Unlock()
		if len(ben.copies(unheard.Id)) != 0 {
			t.Error("a blocked message was delivered")
		}
	})
}

func (d *device) watermark(conversation string, at *wire.Position) *wire.Envelope {
	d.t.Helper()
	e := message(conversation, "")
	e.Kind, e.Body = wire.Kind_KIND_WATERMARK, watermarkBody(at)
	d.sendAcked(e)
	return e
}

func TestSeenIsToldToContactsOnly(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		a, b := strangers(srv)
		srv.start()
		ann, ben := newDevice(t, a).connect(), newDevice(t, b).connect()
		person := srv.must(a.Token, http.MethodPost, "/api/people", map[string]string{"address": b.Address})
		talk, _ := person["conversation"].(string)
		first := ann.say(talk, "May I?")
		at := ben.receives(first).Position
		early := ben.watermark(talk, at)
		ben.receives(early) // own devices know
		srv.must(b.Token, http.MethodPost, "/api/people/"+string(a.Account)+"/accept", nil)
		ann.person(string(b.Account), wire.Standing_STANDING_CONTACT)
		late := ben.watermark(talk, at)
		ann.receives(late)
		ann.mu.Lock()
		defer ann.mu.Unlock()
		if len(ann.copies(early.Id)) != 0 {
			t.Error("seen was told before the request was accepted")
		}
	})
}

func TestAddingAnUnknownAddressAnswersAsAKnownOneDoes(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		a, b := strangers(srv)
		srv.start()
		ann := newDevice(t, a).connect()
		var told []string
		for _, address := range []string{b.Address, "nobody-" + newID() + "@seed.invalid"} {
			person := srv.must(a.Token, http.MethodPost, "/api/people", map[string]string{"address": address})
			talk, _ := person["conversation"].(string)
			first, second := ann.say(talk, "May I?"), ann.say(talk, "Hello?")
			v, w := ann.receives(first).Verdicts, ann.receives(second).Verdicts
			told = append(told, fmt.Sprint(person["standing"], person["name"], len(person), len(v), v[0].Outcome, v[0].Reason, w[0].Outcome, w[0].Reason))
		}
		if told[0] != told[1] {
			t.Errorf("known:   %s\nunknown: %s", told[0], told[1])
		}
	})
}

func TestARequestWaitsForWhoHasNotJoinedYet(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(1)
		srv.start()
		ann := newDevice(t, people[0]).connect()
		address := "newcomer-" + newID() + "@seed.invalid"
		person := srv.must(people[0].Token, http.MethodPost, "/api/people", map[string]string{"address": address})
		talk, _ := person["conversation"].(string)
		first := ann.say(talk, "Join us!")
		ann.receives(first)

		newcomer := newDevice(t, srv.signIn(address)).connect()
		got := newcomer.receives(first)
		if !got.Request || got.Envelope.SenderAccount != string(people[0].Account) {
			t.Errorf("got %v", got)
		}
		newcomer.person(string(people[0].Account), wire.Standing_STANDING_ASKING)
	})
}

func TestASecondDeviceReadsWhatTheMailboxHolds(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
		talk := people[0].with(people[1])
		one, two := ann.say(talk, "one"), ben.say(talk, "two")
		ann.receives(two)
		second := newDevice(t, srv.signIn(people[0].Address)).connect()
		if second.who.Account != people[0].Account || second.who.Device == people[0].Device {
			t.Fatalf("not a second device of the same account: %v", second.who)
		}
		second.receives(one)
		second.receives(two)
		three := second.say(talk, "three")
		ben.receives(three)
		if own := ann.receives(three); len(own.Verdicts) != 1 {
			t.Error("the first device has no verdict on what the second sent")
		}
	})
}

func TestWhoWasOfflineMissesNothing(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
		talk := people[0].with(people[1])
		ben.receives(ann.say(talk, "before"))
		ben.hangUp()
		var missed []*wire.Envelope
		for i := range 30 {
			missed = append(missed, ann.say(talk, fmt.Sprint("while away ", i)))
		}
		ann.receives(missed[len(missed)-1])
		ben.connect()
		for _, e := range missed {
			ben.receives(e)
		}
		ben.mu.Lock()
		defer ben.mu.Unlock()
		for _, e := range missed {
			if n := len(ben.copies(e.Id)); n != 1 {
				t.Fatalf("a message came %d times", n)
			}
		}
	})
}

func TestVerdictsCanBeAskedForAgain(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann := newDevice(t, people[0]).connect()
		e := ann.say(people[0].with(people[1]), "well?")
		at := ann.receives(e).Position
		unknown := newID()
		if err := ann.frame(&wire.ClientFrame{Frame: &wire.ClientFrame_AskVerdicts{AskVerdicts: &wire.AskVerdicts{Ids: []string{e.Id, unknown}}}}); err != nil {
			t.Fatal(err)
		}
		var told *wire.Verdicts
		ann.until("Verdicts", func() bool {
			for _, f := range ann.frames {
				if v := f.GetVerdicts(); v != nil {
					told = v
				}
			}
			return told != nil
		})
		if len(told.Messages) != 2 {
			t.Fatalf("told of %d", len(told.Messages))
		}
		known, other := told.Messages[0], told.Messages[1]
		if known.Id != e.Id || known.Position.GetOffset() != at.Offset || len(known.Verdicts) != 1 {
			t.Errorf("got %v", known)
		}
		if other.Id != unknown || other.Position != nil || len(other.Verdicts) != 0 {
			t.Errorf("got %v", other)
		}
	})
}

func TestInvitationMakesContactsAtOnce(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		a, b := strangers(srv)
		srv.start()
		ann, ben := newDevice(t, a).connect(), newDevice(t, b).connect()
		link, _ := srv.must(a.Token, http.MethodPost, "/api/invitations", nil)["link"].(string)
		for range 2 { // twice is once
			if status := srv.post(b.Token, link); status != http.StatusSeeOther {
				t.Fatalf("accepting: %d", status)
			}
		}
		talk := ann.person(string(b.Account), wire.Standing_STANDING_CONTACT).Conversation
		ben.person(string(a.Account), wire.Standing_STANDING_CONTACT)
		if got := ann.receives(ben.say(talk, "Here I am")); got.Request {
			t.Error("an invited person's message came as a request")
		}
	})
}

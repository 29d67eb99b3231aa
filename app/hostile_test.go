package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"
	"google.golang.org/protobuf/proto"

	"folkmoot/messaging"
	"folkmoot/messaging/gateway"
	"folkmoot/messaging/wire"
)

// one runs a test of the door on one stack: what it refuses, it refuses before any broker or database is asked.
func one(t *testing.T, n int) (*server, []seeded) {
	t.Helper()
	srv := newServer(t, embeddedStack())
	people := srv.seed(n)
	srv.start()
	return srv, people
}

func TestRefusedEnvelopes(t *testing.T) {
	_, people := one(t, 3)
	talk, others := people[0].with(people[1]), people[1].with(people[2])
	ann := newDevice(t, people[0]).connect().caughtUp()
	for name, rule := range map[string]struct {
		change func(e *wire.Envelope)
		reason wire.Reason
	}{
		"forged sender":                 {func(e *wire.Envelope) { e.SenderAccount = string(people[1].Account) }, wire.Reason_REASON_FORGED},
		"forged device":                 {func(e *wire.Envelope) { e.SenderDevice = string(people[1].Device) }, wire.Reason_REASON_FORGED},
		"forged time":                   {func(e *wire.Envelope) { e.SentAt = 1 }, wire.Reason_REASON_FORGED},
		"somebody else's conversation":  {func(e *wire.Envelope) { e.Conversation = others }, wire.Reason_REASON_NO_CONVERSATION},
		"a conversation that is none":   {func(e *wire.Envelope) { e.Conversation = newID() }, wire.Reason_REASON_NO_CONVERSATION},
		"a conversation of odd letters": {func(e *wire.Envelope) { e.Conversation = "' OR 1=1 --" }, wire.Reason_REASON_MALFORMED},
		"no id":                         {func(e *wire.Envelope) { e.Id = "" }, wire.Reason_REASON_MALFORMED},
		"another version":               {func(e *wire.Envelope) { e.Version = 2 }, wire.Reason_REASON_MALFORMED},
		"unknown kind":                  {func(e *wire.Envelope) { e.Kind = 99 }, wire.Reason_REASON_MALFORMED},
		"unknown protection":            {func(e *wire.Envelope) { e.Protection = 99 }, wire.Reason_REASON_MALFORMED},
		"empty body":                    {func(e *wire.Envelope) { e.Body = nil }, wire.Reason_REASON_MALFORMED},
		"text over 16 KiB":              {func(e *wire.Envelope) { e.Body = textBody(strings.Repeat("a", 16<<10+1)) }, wire.Reason_REASON_TOO_LARGE},
		"a crowd of participants":       {func(e *wire.Envelope) { e.Participants = make([]string, 100) }, wire.Reason_REASON_MALFORMED},
	} {
		e := message(talk, "hello")
		rule.change(e)
		no := ann.refused(e)
		if no.Reason != rule.reason || no.Text == "" {
			t.Errorf("%s: got %s %q, want %s", name, no.Reason, no.Text, rule.reason)
		}
	}
	ann.say(talk, strings.Repeat("a", 16<<10)) // and 16 KiB exactly are fine
	ben := newDevice(t, people[1]).connect().caughtUp()
	fence := ben.say(talk, "fence")
	ben.receives(fence)
	ben.mu.Lock()
	defer ben.mu.Unlock()
	if n := len(ben.kept); n != 2+9*2 && n < 2 {
		t.Errorf("ben's mailbox has %d records", n)
	}
}

func TestAWrongClaimOfParticipantsIsRefusedByTheRouter(t *testing.T) {
	_, people := one(t, 3)
	ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
	talk := people[0].with(people[1])
	wrong := message(talk, "to whom?")
	wrong.Participants = []string{string(people[0].Account), string(people[2].Account)}
	right := message(talk, "to you")
	right.Participants = []string{string(people[1].Account), string(people[0].Account)}
	ann.sendAcked(wrong)
	ann.sendAcked(right)
	if v := ann.receives(wrong).Verdicts; len(v) != 1 || v[0].Reason != wire.Reason_REASON_MALFORMED {
		t.Errorf("verdicts %v", v)
	}
	ben.receives(right)
	ben.mu.Lock()
	defer ben.mu.Unlock()
	if len(ben.copies(wrong.Id)) != 0 {
		t.Error("it was delivered")
	}
}

func TestFramesThatAreNone(t *testing.T) {
	_, people := one(t, 1)
	hello, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{}}})
	if err != nil {
		t.Fatal(err)
	}
	send, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Send{Send: &wire.Send{Envelope: message(newID(), "x")}}})
	if err != nil {
		t.Fatal(err)
	}
	foreign := messaging.Cursor{Mailbox: newID(), Incarnation: 1, Next: 1}.Encode()
	ack, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Ack{Ack: &wire.Ack{Cursor: foreign}}})
	if err != nil {
		t.Fatal(err)
	}
	odd, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{Cursor: []byte("not a cursor at all")}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, rule := range map[string]struct {
		op     gws.Opcode
		frames [][]byte
		code   uint16
		word   string
	}{
		"text instead of binary":    {gws.OpcodeText, [][]byte{[]byte("hello")}, 4400, "not_binary"},
		"not protobuf":              {gws.OpcodeBinary, [][]byte{{0xff, 0xff, 0xff}}, 4400, "malformed"},
		"truncated":                 {gws.OpcodeBinary, [][]byte{hello, send[:len(send)-3]}, 4400, "malformed"},
		"empty":                     {gws.OpcodeBinary, [][]byte{{}}, 4400, "malformed"},
		"sending before Hello":      {gws.OpcodeBinary, [][]byte{send}, 4400, "no_hello"},
		"Hello twice":               {gws.OpcodeBinary, [][]byte{hello, hello}, 4400, "hello_twice"},
		"a cursor that is none":     {gws.OpcodeBinary, [][]byte{odd}, 4400, "bad_cursor"},
		"ack of a foreign mailbox":  {gws.OpcodeBinary, [][]byte{hello, ack}, 4400, "bad_cursor"},
		"a frame larger than 64 KB": {gws.OpcodeBinary, [][]byte{make([]byte, 64<<10+1)}, 1009, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t, people[0])
			if err := d.open(); err != nil {
				t.Fatal(err)
			}
			for _, raw := range rule.frames {
				if err := d.raw(rule.op, raw); err != nil {
					t.Fatal(err)
				}
			}
			if code := d.closedWith(); code != rule.code {
				t.Errorf("closed with %d, want %d", code, rule.code)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			var word string
			for _, f := range d.frames {
				if e := f.GetError(); e != nil {
					word = e.Code
				}
			}
			if word != rule.word {
				t.Errorf("told %q, want %q", word, rule.word)
			}
		})
	}
}

func TestTooFastIsToldWhenToTryAgain(t *testing.T) {
	_, people := one(t, 2)
	ann := newDevice(t, people[0]).connect()
	talk := people[0].with(people[1])
	began := time.Now()
	const n = 250 // fewer in a row than close the socket
	for range n {
		if err := ann.offer(message(talk, "spam")); err != nil {
			t.Fatal(err)
		}
	}
	ann.until("all answers", func() bool { return len(ann.sent)+len(ann.notSent) == n })
	ann.mu.Lock()
	defer ann.mu.Unlock()
	for _, no := range ann.notSent {
		if no.Reason != wire.Reason_REASON_TOO_FAST || no.RetryAfterMs == 0 {
			t.Errorf("told %v", no)
		}
	}
	// However long the machine took: the burst at least, and no more than the pace allows in that time.
	most := gateway.SendBurst + gateway.SendsPerSecond*int(time.Since(began)/time.Second+1)
	if len(ann.sent) < gateway.SendBurst || len(ann.sent) > most {
		t.Errorf("%d were sent, %d may be", len(ann.sent), most)
	}
}

// 20 sends a second a device with a burst of 60: a device, not a socket.
func TestReconnectingDoesNotRenewTheBurst(t *testing.T) {
	_, people := one(t, 2)
	ann, talk := newDevice(t, people[0]), people[0].with(people[1])
	began := time.Now()
	for range 4 {
		ann.connect().caughtUp()
		var said []*wire.Envelope
		for range gateway.SendBurst {
			e := message(talk, "spam")
			said = append(said, e)
			if err := ann.offer(e); err != nil {
				t.Fatal(err)
			}
		}
		ann.until("answers", func() bool {
			return !slices.ContainsFunc(said, func(e *wire.Envelope) bool { return ann.sent[e.Id] == nil && ann.notSent[e.Id] == nil })
		})
		ann.hangUp()
	}
	ann.mu.Lock()
	defer ann.mu.Unlock()
	// However long the machine took, no more may be taken than the pace allows in that time.
	if most := gateway.SendBurst + gateway.SendsPerSecond*int(time.Since(began)/time.Second+1); len(ann.sent) > most {
		t.Errorf("%d messages were taken, %d may be", len(ann.sent), most)
	}
}

func TestTheDoorOfTheSocket(t *testing.T) {
	srv, people := one(t, 1)
	for name, rule := range map[string]struct {
		header map[string]string
		status int
	}{
		"nobody":                       {map[string]string{"Sec-WebSocket-Protocol": "folkmoot.v1"}, http.StatusUnauthorized},
		"an invented token":            {map[string]string{"Sec-WebSocket-Protocol": "folkmoot.v1", "Authorization": "Bearer " + newID()}, http.StatusUnauthorized},
		"no subprotocol":               {map[string]string{"Authorization": "Bearer " + people[0].Token}, http.StatusBadRequest},
		"another subprotocol":          {map[string]string{"Authorization": "Bearer " + people[0].Token, "Sec-WebSocket-Protocol": "chat"}, http.StatusBadRequest},
		"another site with our cookie": {map[string]string{"Cookie": "__Host-session=" + people[0].Token, "Origin": "https://evil.example", "Sec-WebSocket-Protocol": "folkmoot.v1"}, http.StatusForbidden},
		"no origin with our cookie":    {map[string]string{"Cookie": "__Host-session=" + people[0].Token, "Sec-WebSocket-Protocol": "folkmoot.v1"}, http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.base+"/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
			r.Header.Set(k, v)
		}
		for k, v := range rule.header {
			r.Header.Set(k, v)
		}
		res, err := stay.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != rule.status {
			t.Errorf("%s: got %d, want %d", name, res.StatusCode, rule.status)
		}
	}
}

func TestCursorsThatDoNotFitAreToldAsGaps(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(2)
		srv.start()
		ann, ben := newDevice(t, people[0]).connect(), newDevice(t, people[1]).connect()
		e := ann.say(people[0].with(people[1]), "hello")
		ben.receives(e)
		ann.receives(e)
		fits, err := messaging.DecodeCursor(ann.cursor)
		if err != nil {
			t.Fatal(err)
		}
		foreign := append([]byte{}, ben.cursor...)
		rebuilt, ahead := fits, fits
		rebuilt.Incarnation++
		ahead.Next += 1000
		for name, rule := range map[string]struct {
			cursor []byte
			reason wire.GapReason
		}{
			"of another mailbox":     {foreign, wire.GapReason_GAP_REASON_FOREIGN},
			"of another incarnation": {rebuilt.Encode(), wire.GapReason_GAP_REASON_REBUILT},
			"beyond the end":         {ahead.Encode(), wire.GapReason_GAP_REASON_REBUILT},
		} {
			d := newDevice(t, people[0])
			if err := d.dial(rule.cursor); err != nil {
				t.Fatal(err)
			}
			d.caughtUp()
			d.mu.Lock()
			var gap *wire.Gap
			for _, f := range d.frames {
				if f.GetGap() != nil {
					gap = f.GetGap()
				}
			}
			if gap == nil || gap.Reason != rule.reason || string(gap.From) != string(rule.cursor) || len(gap.To) == 0 {
				t.Errorf("%s: told %v", name, gap)
			}
			if len(d.copies(e.Id)) != 1 {
				t.Errorf("%s: what the mailbox holds did not come", name)
			}
			d.mu.Unlock()
			d.hangUp()
		}
	})
}

func TestARevokedDeviceIsClosedAtOnce(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		people := srv.seed(1)
		srv.start()
		first := newDevice(t, people[0]).connect().caughtUp()
		second := newDevice(t, srv.signIn(people[0].Address)).connect().caughtUp()
		if status := srv.post(people[0].Token, srv.base+"/devices/"+string(second.who.Device)+"/revoke"); status != http.StatusSeeOther {
			t.Fatalf("revoking: %d", status)
		}
		if code := second.closedWith(); code != 4403 {
			t.Errorf("closed with %d", code)
		}
		if err := second.open(); err == nil {
			t.Error("a revoked device got in again")
		}
		first.mu.Lock()
		defer first.mu.Unlock()
		if first.conn == nil {
			t.Error("the other device was closed too")
		}
	})
}

func TestSigningOutEndsTheSocketAndKeepsTheDevice(t *testing.T) {
	srv, people := one(t, 1)
	v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
	d := newDevice(t, srv.signInFrom(v, people[0].Address)).connect().caughtUp()
	v.post("/sign-out", map[string][]string{})
	if code := d.closedWith(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
	v.cookies["__Host-session"] = ""
	if again := srv.signInFrom(v, people[0].Address); again.Device != d.who.Device {
		t.Errorf("signing in again made another device: %s, not %s", again.Device, d.who.Device)
	}
}

func TestASecondSocketOfADeviceTakesOver(t *testing.T) {
	_, people := one(t, 1)
	first := newDevice(t, people[0]).connect().caughtUp()
	second := newDevice(t, people[0]).connect().caughtUp()
	if code := first.closedWith(); code != 4409 {
		t.Errorf("the first was closed with %d", code)
	}
	second.mu.Lock()
	defer second.mu.Unlock()
	if second.conn == nil {
		t.Error("the second was closed")
	}
}

func TestStoppingSaysGoodbye(t *testing.T) {
	srv, people := one(t, 1)
	d := newDevice(t, people[0]).connect().caughtUp()
	srv.stop()
	if code := d.closedWith(); code != 1001 {
		t.Errorf("closed with %d", code)
	}
}

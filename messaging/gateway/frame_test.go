package gateway

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

func clientFrame(t testing.TB, f *wire.ClientFrame) []byte {
	t.Helper()
	raw, err := proto.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Whatever a stranger sends: no panic, and what passes the door's check is an envelope that the router takes, too.
func FuzzClientFrame(f *testing.F) {
	f.Add(clientFrame(f, &wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{Client: "fuzz"}}}))
	f.Add(clientFrame(f, &wire.ClientFrame{Frame: &wire.ClientFrame_Send{Send: &wire.Send{Envelope: &wire.Envelope{
		Version: 1, Id: "abcdefghijklmnopqrstuvwxyz", Conversation: "abcdefghijklmnopqrstuvwxyz",
		Kind: wire.Kind_KIND_MESSAGE, Protection: wire.Protection_PROTECTION_PLAIN, Body: []byte{1},
	}}}}))
	f.Add(clientFrame(f, &wire.ClientFrame{Frame: &wire.ClientFrame_Ack{Ack: &wire.Ack{Cursor: []byte{1, 2, 3}}}}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		frame, err := parse(raw)
		if err != nil {
			return
		}
		if hello := frame.GetHello(); hello != nil {
			box := messaging.Mailbox{ID: "abcdefghijklmnopqrstuvwxyz", Incarnation: 1}
			if from, _, err := start(box, hello.GetCursor()); err == nil && from < 0 {
				t.Errorf("a cursor leads to offset %d", from)
			}
		}
		send := frame.GetSend()
		if send == nil || check(send.GetEnvelope()) != nil {
			return
		}
		e := send.GetEnvelope()
		if e.SenderAccount != "" || e.SenderDevice != "" || len(e.Body) > messaging.MaxBody || !messaging.ValidID(e.Conversation) {
			t.Errorf("let through: %v", e)
		}
	})
}

func TestADeliveryIsTheFrameThatProtobufWouldWrite(t *testing.T) {
	record := &wire.MailboxRecord{What: &wire.MailboxRecord_DeviceRevoked{DeviceRevoked: &wire.DeviceRevoked{Device: "d"}}}
	for _, cursor := range [][]byte{[]byte("c"), make([]byte, 200)} {
		inside, err := proto.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		frame := &wire.ServerFrame{}
		if err := proto.Unmarshal(deliveryFrame(cursor, inside), frame); err != nil {
			t.Fatal(err)
		}
		want := &wire.ServerFrame{Frame: &wire.ServerFrame_Delivery{Delivery: &wire.Delivery{Cursor: cursor, Record: record}}}
		if !proto.Equal(frame, want) {
			t.Errorf("got %v, want %v", frame, want)
		}
	}
}

func TestASlowReadersQueueSaysNoAndKeepsWhatItHas(t *testing.T) {
	q := queue{wake: make(chan struct{}, 1)}
	if !q.put(records(maxQueued)) || q.put(records(1)) {
		t.Fatal("the limit does not hold")
	}
	if n := len(q.take()); n != maxQueued {
		t.Errorf("%d records left", n)
	}
	if !q.put(records(1)) {
		t.Error("an empty queue says no")
	}
}

func records(n int) []bus.Record {
	all := make([]bus.Record, n)
	for i := range all {
		all[i].Offset = int64(i)
	}
	return all
}

// Somebody who is told to slow down and to wait for nothing would not slow down.
func TestNobodyIsToldToWaitForNothing(t *testing.T) {
	for wait, want := range map[time.Duration]uint32{0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Second: 1000} {
		if got := milliseconds(wait); got != want {
			t.Errorf("%s: told %d ms, want %d", wait, got, want)
		}
	}
}

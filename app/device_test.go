package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lxzan/gws"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging/gateway"
	"folkmoot/messaging/wire"
)

func newID() string { return identity.NewID() }

// device is a client that shares no code with the browser's: it keeps what it reads in a file, and the cursor in the same line.
type device struct {
	t    testing.TB
	who  seeded
	file string

	mu      sync.Mutex
	conn    *gws.Conn
	kept    []keptRecord
	sent    map[string]*wire.Position
	notSent map[string]*wire.NotSent
	frames  []*wire.ServerFrame // all but deliveries
	caught  int
	closed  *gws.CloseError
	gone    chan struct{}
	cursor  []byte
	wake    chan struct{} // closed and made anew at every change
}

// keptRecord is one line of the file: what came, and from where to go on.
type keptRecord struct {
	Cursor []byte `json:"cursor"`
	Record []byte `json:"record"`
}

func (k keptRecord) record() *wire.MailboxRecord {
	r := &wire.MailboxRecord{}
	if err := proto.Unmarshal(k.Record, r); err != nil {
		panic(err)
	}
	return r
}

func newDevice(t testing.TB, who seeded) *device {
	t.Helper()
	return &device{
		t: t, who: who, file: filepath.Join(t.TempDir(), "records.jsonl"), sent: map[string]*wire.Position{},
		notSent: map[string]*wire.NotSent{}, wake: make(chan struct{}),
	}
}

// connect dials and says Hello from where the file ends.
func (d *device) connect() *device {
	d.t.Helper()
	if err := d.dial(d.savedCursor()); err != nil {
		d.t.Fatalf("connect: %v", err)
	}
	return d
}

func (d *device) dial(cursor []byte) error {
	if err := d.open(); err != nil {
		return err
	}
	return d.frame(&wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{Cursor: cursor, Client: "test"}}})
}

// open dials without Hello.
func (d *device) open() error {
	header := http.Header{}
	header.Set("Authorization", "Bearer "+d.who.Token)
	header.Set("Sec-WebSocket-Protocol", gateway.Subprotocol)
	gone := make(chan struct{})
	conn, res, err := gws.NewClient(&ears{device: d, gone: gone}, &gws.ClientOption{Addr: d.who.WSURL, RequestHeader: header, HandshakeTimeout: 20 * time.Second})
	if res != nil && res.Body != nil {
		_ = res.Body.Close()
	}
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.conn, d.closed, d.gone, d.caught, d.frames = conn, nil, gone, 0, nil
	d.mu.Unlock()
	go conn.ReadLoop()
	return nil
}

func (d *device) savedCursor() []byte {
	f, err := os.Open(d.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var last keptRecord
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var k keptRecord
		if json.Unmarshal(lines.Bytes(), &k) == nil { // a torn last line does not count
			last = k
		}
	}
	return last.Cursor
}

func (d *device) frame(f *wire.ClientFrame) error {
	raw, err := proto.Marshal(f)
	if err != nil {
		return err
	}
	return d.raw(gws.OpcodeBinary, raw)
}

func (d *device) raw(op gws.Opcode, raw []byte) error {
	d.mu.Lock()
	conn := d.conn
	d.mu.Unlock()
	if conn == nil {
		return errOffline
	}
	return conn.WriteMessage(op, raw)
}

var errOffline = errors.New("not connected")

// ears hears what the server says on one connection.
type ears struct {
	gws.BuiltinEventHandler
	device *device
	gone   chan struct{}
}

func (e *ears) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer func() { _ = m.Close() }()
	frame := &wire.ServerFrame{}
	if err := proto.Unmarshal(m.Bytes(), frame); err != nil {
		e.device.t.Errorf("unreadable frame: %v", err)
		return
	}
	e.device.heard(frame)
}

func (e *ears) OnClose(_ *gws.Conn, err error) {
	d := e.device
	d.mu.Lock()
	if why, ok := errors.AsType[*gws.CloseError](err); ok {
		d.closed = why
	}
	d.conn = nil
	d.changed()
	d.mu.Unlock()
	close(e.gone)
}

// changed wakes who waits; the caller holds mu.
func (d *device) changed() {
	close(d.wake)
	d.wake = make(chan struct{})
}

func (d *device) heard(frame *wire.ServerFrame) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.changed()
	switch f := frame.Frame.(type) {
	case *wire.ServerFrame_Delivery:
		d.keep(f.Delivery)
		return
	case *wire.ServerFrame_Sent:
		d.sent[f.Sent.Id] = f.Sent.Position
	case *wire.ServerFrame_NotSent:
		d.notSent[f.NotSent.Id] = f.NotSent
	case *wire.ServerFrame_CaughtUp:
		d.caught++
	}
	d.frames = append(d.frames, frame)
}

// keep writes record and cursor in one line before anything else happens with them.
func (d *device) keep(delivery *wire.Delivery) {
	raw, err := proto.Marshal(delivery.Record)
	if err != nil {
		d.t.Error(err)
		return
	}
	k := keptRecord{Cursor: delivery.Cursor, Record: raw}
	line, err := json.Marshal(k)
	if err != nil {
		d.t.Error(err)
		return
	}
	f, err := os.OpenFile(d.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Error(err)
		return
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(append(line, '\n')); err != nil {
		d.t.Error(err)
	}
	d.kept, d.cursor = append(d.kept, k), delivery.Cursor
}

// until waits for the device to have heard something.
func (d *device) until(what string, done func() bool) {
	d.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		d.mu.Lock()
		ok, wake := done(), d.wake
		d.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-wake:
		case <-deadline:
			d.t.Fatalf("device %s waited 30 s for %s", d.who.Device, what)
		}
	}
}

// caughtUp waits until the device has everything that the mailbox held. Told to come back in a moment, it does.
func (d *device) caughtUp() *device {
	d.t.Helper()
	for again := true; again; {
		d.until("CaughtUp", func() bool { return d.caught > 0 || d.closed != nil })
		d.mu.Lock()
		again = d.caught == 0 && d.closed.Code == 4503
		d.mu.Unlock()
		if again {
			d.connect()
		}
	}
	return d
}

func textBody(text string) []byte {
	raw, err := proto.Marshal(&wire.Content{What: &wire.Content_Text{Text: &wire.Text{Text: text}}})
	if err != nil {
		panic(err)
	}
	return raw
}

func message(conversation, text string) *wire.Envelope {
	return &wire.Envelope{
		Version: 1, Id: newID(), Conversation: conversation, Kind: wire.Kind_KIND_MESSAGE,
		Protection: wire.Protection_PROTECTION_PLAIN, Body: textBody(text),
	}
}

func (d *device) offer(e *wire.Envelope) error {
	return d.frame(&wire.ClientFrame{Frame: &wire.ClientFrame_Send{Send: &wire.Send{Envelope: e}}})
}

// say sends and waits for the ack.
func (d *device) say(conversation, text string) *wire.Envelope {
	d.t.Helper()
	e := message(conversation, text)
	d.sendAcked(e)
	return e
}

func (d *device) sendAcked(e *wire.Envelope) {
	d.t.Helper()
	if err := d.offer(e); err != nil {
		d.t.Fatal(err)
	}
	d.until("Sent", func() bool {
		if no := d.notSent[e.Id]; no != nil {
			d.t.Fatalf("not sent: %s %s", no.Reason, no.Text)
		}
		return d.sent[e.Id] != nil
	})
}

// refused sends and waits for the refusal.
func (d *device) refused(e *wire.Envelope) *wire.NotSent {
	d.t.Helper()
	if err := d.offer(e); err != nil {
		d.t.Fatal(err)
	}
	d.until("NotSent", func() bool {
		if d.sent[e.Id] != nil {
			d.t.Fatal("it was sent")
		}
		return d.notSent[e.Id] != nil
	})
	return d.notSent[e.Id]
}

// copies are the kept copies of a message, in order of arrival. The caller holds mu.
func (d *device) copies(id string) []*wire.Copy {
	var found []*wire.Copy
	for _, k := range d.kept {
		if c := k.record().GetCopy(); c != nil && c.Envelope.Id == id {
			found = append(found, c)
		}
	}
	return found
}

// receives waits for a message to arrive.
func (d *device) receives(e *wire.Envelope) *wire.Copy {
	d.t.Helper()
	d.until("the message", func() bool { return len(d.copies(e.Id)) > 0 })
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.copies(e.Id)[0]
}

// person waits until the address book says how somebody stands.
func (d *device) person(account string, standing wire.Standing) *wire.Person {
	d.t.Helper()
	var last *wire.Person
	d.until("a person to be "+standing.String(), func() bool {
		last = nil
		for _, k := range d.kept {
			if p := k.record().GetPersonChanged().GetPerson(); p != nil && p.Account == account {
				last = p
			}
		}
		return last != nil && last.Standing == standing
	})
	return last
}

// closedWith waits for the server to close and returns the code.
func (d *device) closedWith() uint16 {
	d.t.Helper()
	d.until("the socket to close", func() bool { return d.conn == nil })
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed == nil {
		return 0
	}
	return d.closed.Code
}

// hangUp drops the connection without a word.
func (d *device) hangUp() {
	d.mu.Lock()
	conn, gone := d.conn, d.gone
	d.mu.Unlock()
	if conn == nil {
		return
	}
	_ = conn.NetConn().Close()
	<-gone
}

// with finds the conversation of a seeded pair.
func (s seeded) with(other seeded) string {
	for _, c := range s.Contacts {
		if c.Account == other.Account {
			return c.Conversation
		}
	}
	panic("they do not know each other")
}

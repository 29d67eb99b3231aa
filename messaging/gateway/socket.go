package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/wire"
)

// Close codes, as docs/protocol.md lists them. gws itself closes with 1002 (bad frame), 1007 and 1009 (frame over the limit).
const (
	closeGoingAway     = 1001
	closeProtocol      = 4400
	closeSessionEnded  = 4401
	closeDeviceRevoked = 4403
	closeTooSlow       = 4408
	closeTakenOver     = 4409
	closeTooFast       = 4429
	closeUnavailable   = 4503
)

const socketKey = "socket"

// socket is one device's connection. gws's reader calls received; one writer goroutine, started by Hello, does all other writing.
type socket struct {
	gateway *Gateway
	conn    *gws.Conn
	token   string
	session identity.Session
	ctx     context.Context //nolint:containedctx // ends with the socket
	cancel  context.CancelFunc
	once    sync.Once
	hello   *time.Timer // closes a socket that never says Hello

	greeted bool              // only the reader
	refused int               // only the reader: sends refused in a row
	pace    *pace             // its device's; set before the reader starts
	box     messaging.Mailbox // set by the reader before the writer starts, then read only

	visited bool // it came with a cursor; like box

	replies chan []byte
	live    queue
	pinged  chan struct{}

	heard atomic.Int64 // Unix seconds of the last sign of life
	acked atomic.Pointer[messaging.Cursor]
	saved atomic.Pointer[messaging.Cursor]
}

func newSocket(g *Gateway, conn *gws.Conn, token string, session identity.Session) *socket {
	ctx, cancel := context.WithCancel(g.life)
	s := &socket{
		gateway: g, conn: conn, token: token, session: session, ctx: ctx, cancel: cancel,
		replies: make(chan []byte, maxReplies),
		live:    queue{wake: make(chan struct{}, 1)}, pinged: make(chan struct{}, 1),
	}
	s.alive()
	s.hello = time.AfterFunc(helloWithin, func() { s.close(closeTooSlow, "no Hello came") })
	return s
}

// events is what gws tells; all sockets share it.
type events struct{ gws.BuiltinEventHandler }

func of(conn *gws.Conn) *socket {
	v, _ := conn.Session().Load(socketKey)
	s, _ := v.(*socket)
	return s
}

func (events) OnPong(conn *gws.Conn, _ []byte) { of(conn).alive() }

func (events) OnPing(conn *gws.Conn, payload []byte) {
	of(conn).alive()
	_ = conn.SetWriteDeadline(time.Now().Add(writeWithin))
	_ = conn.WritePong(payload)
}

func (events) OnClose(conn *gws.Conn, _ error) { of(conn).gone() }

func (events) OnMessage(conn *gws.Conn, message *gws.Message) {
	defer func() { _ = message.Close() }()
	s := of(conn)
	s.alive()
	if message.Opcode != gws.OpcodeBinary {
		s.fail(closeProtocol, "not_binary", "frames are binary protobuf")
		return
	}
	s.received(message.Bytes())
}

// received handles one client frame. It runs on the reader's goroutine, so a device's own frames are handled in order.
func (s *socket) received(raw []byte) {
	frame, err := parse(raw)
	if err != nil {
		s.fail(closeProtocol, "malformed", err.Error())
		return
	}
	hello := frame.GetHello()
	switch {
	case hello != nil && s.greeted:
		s.fail(closeProtocol, "hello_twice", "Hello comes once")
	case hello != nil:
		s.greet(hello)
	case !s.greeted:
		s.fail(closeProtocol, "no_hello", "the first frame is Hello")
	default:
		s.obey(frame)
	}
}

func (s *socket) obey(frame *wire.ClientFrame) {
	switch f := frame.Frame.(type) {
	case *wire.ClientFrame_Send:
		s.send(f.Send.GetEnvelope())
	case *wire.ClientFrame_Ack:
		s.ack(f.Ack.GetCursor())
	case *wire.ClientFrame_AskVerdicts:
		s.tellVerdicts(f.AskVerdicts.GetIds())
	}
}

var errNoFrame = errors.New("an empty frame")

// parse reads a client frame; a frame of a kind that we do not know is an error, so that a client's mistake shows at once.
func parse(raw []byte) (*wire.ClientFrame, error) {
	frame := &wire.ClientFrame{}
	if err := proto.Unmarshal(raw, frame); err != nil {
		return nil, err
	}
	if frame.Frame == nil {
		return nil, errNoFrame
	}
	return frame, nil
}

// greet finds the device's mailbox and starts the writer where the cursor says.
func (s *socket) greet(hello *wire.Hello) {
	s.greeted = true
	s.hello.Stop()
	box, err := s.gateway.mailboxes.Take(s.ctx, s.session.Account)
	switch {
	case s.ctx.Err() != nil:
		return
	case err != nil:
		s.gateway.log.WarnContext(s.ctx, "no mailbox for a device", "error", err)
		s.fail(closeUnavailable, "no_mailbox", "your mailbox is not ready yet; try again in a moment")
		return
	}
	s.box, s.visited = box, len(hello.GetCursor()) > 0
	from, gap, err := start(box, hello.GetCursor())
	if err != nil {
		s.fail(closeProtocol, "bad_cursor", err.Error())
		return
	}
	s.gateway.running.Go(func() { s.write(from, hello.GetCursor(), gap) })
}

// reply queues an answer for the writer; a client that sends without reading is made to wait.
func (s *socket) reply(frame *wire.ServerFrame) {
	raw, err := proto.Marshal(frame)
	if err != nil {
		s.gateway.log.ErrorContext(s.ctx, "reply not written", "error", err)
		return
	}
	select {
	case s.replies <- raw:
	case <-s.ctx.Done():
	}
}

// fail tells the client what is wrong and closes.
func (s *socket) fail(code uint16, word, text string) {
	raw, err := proto.Marshal(&wire.ServerFrame{Frame: &wire.ServerFrame_Error{Error: &wire.Error{Code: word, Text: text}}})
	if err == nil {
		_ = s.conn.SetWriteDeadline(time.Now().Add(writeWithin))
		_ = s.conn.WriteMessage(gws.OpcodeBinary, raw)
	}
	s.close(code, word)
}

// close ends the socket once; the reader then calls gone.
func (s *socket) close(code uint16, reason string) {
	s.once.Do(func() {
		_ = s.conn.SetWriteDeadline(time.Now().Add(time.Second))
		_ = s.conn.WriteClose(code, []byte(reason))
	})
	s.cancel()
}

// gone is called once by gws when the connection is over.
func (s *socket) gone() {
	s.hello.Stop()
	s.saveCursor(context.WithoutCancel(s.ctx))
	s.cancel()
	s.gateway.leave(s)
}

func (s *socket) alive() { s.heard.Store(time.Now().Unix()) }

func (s *socket) silent() bool { return time.Since(time.Unix(s.heard.Load(), 0)) > silenceEnds }

func (s *socket) ping() {
	select {
	case s.pinged <- struct{}{}:
	default:
	}
}

// ack remembers how far the device has stored its mailbox. The database learns it now and then: it is for people to see, not to resume from.
func (s *socket) ack(raw []byte) {
	if len(raw) == 0 {
		return // a sign of life
	}
	cursor, err := messaging.DecodeCursor(raw)
	if err != nil || cursor.Mailbox != s.box.ID {
		s.fail(closeProtocol, "bad_cursor", "Ack takes a cursor of this mailbox")
		return
	}
	s.acked.Store(&cursor)
}

func (s *socket) saveCursor(ctx context.Context) {
	acked := s.acked.Load()
	if acked == nil || acked == s.saved.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.gateway.mailboxes.Acked(ctx, s.session.Device, *acked); err != nil {
		s.gateway.log.WarnContext(ctx, "cursor not saved", "error", err)
		return
	}
	s.saved.Store(acked)
}

func sessionOver(err error) bool { return errors.Is(err, identity.ErrNoSession) }

package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
	"folkmoot/messaging/wire"
)

type door struct {
	bus     *bus.Bus
	gateway *Gateway
	box     messaging.Mailbox
	url     string
}

type always identity.Session

func (r always) Session(context.Context, string) (identity.Session, error) {
	return identity.Session(r), nil
}

func newDoor(t *testing.T) *door {
	t.Helper()
	db := testdb.Open(t, testdb.SQLiteURL(t))
	d := &door{bus: bustest.Open(t, bustest.Embedded(t, t.TempDir()))}
	log := slog.New(slog.DiscardHandler)
	outbox := messaging.NewOutbox(db, time.Now)
	boxes := messaging.NewMailboxes(db, d.bus, outbox, 1, 0, log, time.Now)
	if err := boxes.Restock(t.Context()); err != nil {
		t.Fatal(err)
	}
	session := identity.Session{Account: identity.AccountID(identity.NewID()), Device: identity.DeviceID(identity.NewID())}
	var err error
	if d.box, err = boxes.Take(t.Context(), session.Account); err != nil {
		t.Fatal(err)
	}
	d.gateway = New(d.bus, messaging.NewConversations(db), boxes, messaging.NewVerdicts(db, outbox, time.Now), always(session), 1, log, prometheus.NewRegistry())
	t.Cleanup(d.gateway.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.gateway.Serve(w, r, "token", session); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	d.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return d
}

type ears struct {
	gws.BuiltinEventHandler
	closed chan struct{}
}

func (e ears) OnClose(*gws.Conn, error) { close(e.closed) }

func (d *door) connect(t *testing.T) (*gws.Conn, chan struct{}) {
	t.Helper()
	ears := ears{closed: make(chan struct{})}
	conn, res, err := gws.NewClient(ears, &gws.ClientOption{Addr: d.url, RequestHeader: http.Header{"Sec-WebSocket-Protocol": {Subprotocol}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = res.Body.Close(), conn.NetConn().Close() })
	go conn.ReadLoop()
	say(t, conn, &wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{}}})
	return conn, ears.closed
}

func say(t *testing.T, conn *gws.Conn, f *wire.ClientFrame) {
	t.Helper()
	raw, err := proto.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.WriteMessage(gws.OpcodeBinary, raw) // it may be closed already
}

// Close had looked for sockets when this one came: nobody else closes it, and whoever waits for its reader waits for ever.
func TestASocketThatComesWhileClosingIsClosedToo(t *testing.T) {
	d := newDoor(t)
	d.gateway.Close()
	_, closed := d.connect(t)
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("it is left open")
	}
}

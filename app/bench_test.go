package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/lxzan/gws"
	"google.golang.org/protobuf/proto"

	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
	"folkmoot/messaging/bus/embedded"
	"folkmoot/messaging/gateway"
	"folkmoot/messaging/wire"
)

const (
	benchAccounts = 200
	benchSeconds  = 8
	benchText     = 300 // bytes
)

// BenchmarkDelivery measures, open loop and from the due moment, how long a message takes from one device to another,
// beside a bare web-socket echo and beside produce + consume on the same brokers with nothing of ours between, in turn.
func BenchmarkDelivery(b *testing.B) {
	for _, rate := range []int{200, 1000} {
		b.Run(fmt.Sprintf("embedded/%d", rate), func(b *testing.B) { deliver(b, embeddedStack(), rate) })
		b.Run(fmt.Sprintf("apache/%d", rate), func(b *testing.B) { deliver(b, apacheStack(b), rate) })
	}
}

func deliver(b *testing.B, s stack, rate int) {
	for range b.N {
		echo, plain, ours := newPaces(), newPaces(), newPaces()
		for range 3 { // in turn, so that a drift of the machine hits all three
			benchEcho(b, rate, echo)
			benchPlain(b, s, rate, plain)
			benchOurs(b, s, rate, ours)
		}
		report(b, s, rate, echo, plain, ours)
	}
}

func report(b *testing.B, s stack, rate int, echo, plain, ours *paces) {
	durable := "synced before the ack"
	if len(s.kafka) > 0 {
		durable = "acks=all on one Apache Kafka node, not synced by itself"
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\n%s, %d msg/s\tp50 ms\tp99 ms\tarrived\t×reference p50\tdurability\n", s.name, rate)
	for _, row := range []struct {
		name    string
		p       *paces
		durable string
	}{
		{"web-socket echo", echo, "none"},
		{"produce + consume", plain, durable},
		{"message delivery", ours, durable + "; copies forwardable again"},
	} {
		fmt.Fprintf(out, "%s\t%.2f\t%.2f\t%d of %d\t%.1f\t%s\n", row.name, row.p.at(50), row.p.at(99), row.p.count(), row.p.due,
			row.p.at(50)/plain.at(50), row.durable)
	}
	_ = out.Flush()
	b.ReportMetric(ours.at(50), "p50-ms")
	b.ReportMetric(ours.at(99), "p99-ms")
	b.ReportMetric(ours.at(50)/plain.at(50), "x-reference")
	b.ReportMetric(0, "ns/op")
}

// paces collects how long messages took from their due moment.
type paces struct {
	mu  sync.Mutex
	h   *hdrhistogram.Histogram // guarded by mu; microseconds
	due int64
}

func newPaces() *paces { return &paces{h: hdrhistogram.New(1, 60_000_000, 3)} }

func (p *paces) heard(stamp []byte) {
	took := time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(stamp)))) //nolint:gosec // our own stamp
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.h.RecordValue(max(1, took.Microseconds()))
}

func (p *paces) at(percent float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(p.h.ValueAtPercentile(percent)) / 1000
}

func (p *paces) count() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.h.TotalCount()
}

// openLoop calls send at each due moment, late ones at once, and then waits for what is under way.
func (p *paces) openLoop(b *testing.B, rate, total int, send func(i int, stamp []byte)) {
	b.Helper()
	before := p.count()
	start := time.Now().Add(100 * time.Millisecond)
	for i := range total {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait) // the pace is what is measured
		}
		stamp := make([]byte, benchText)
		binary.BigEndian.PutUint64(stamp, uint64(due.UnixNano()))
		send(i, stamp)
	}
	p.due += int64(total)
	await(b, 30*time.Second, "what was sent to arrive", func() bool { return p.count()-before >= int64(total) })
}

func benchPlain(b *testing.B, s stack, rate int, p *paces) {
	b.Helper()
	conf := bus.Config{In: s.kafka, Mailboxes: s.kafka, InPartitions: s.partitions(), Prefix: "ref" + newID()[:8] + "-"}
	if len(s.kafka) == 0 {
		brokers, err := embedded.Start(b.Context(), embedded.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = brokers.Close() }()
		conf = brokers.Config()
	}
	made, err := bus.Open(b.Context(), conf) // makes `in`
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = made.Close() }()
	plain := bustest.OpenPlain(b, conf, p.heard)
	defer plain.Close()
	p.openLoop(b, rate, rate*benchSeconds, func(_ int, stamp []byte) { plain.Send(stamp) })
}

// benchEcho is a web-socket server that only sends back, and the same number of sockets as ours.
func benchEcho(b *testing.B, rate int, p *paces) {
	b.Helper()
	upgrader := gws.NewUpgrader(echoing{}, &gws.ServerOption{ReadBufferSize: 512})
	l, err := net.Listen("tcp", "localhost:0") //nolint:noctx // closed below
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, err := upgrader.Upgrade(w, r); err == nil {
			go conn.ReadLoop()
		}
	})}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	conns := make([]*gws.Conn, benchAccounts)
	for i := range conns {
		conn, res, err := gws.NewClient(listening(func(m []byte) { p.heard(m) }), &gws.ClientOption{Addr: "ws://" + l.Addr().String()})
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
		conns[i] = conn
		go conn.ReadLoop()
	}
	p.openLoop(b, rate, rate*benchSeconds, func(i int, stamp []byte) { _ = conns[i%len(conns)].WriteMessage(gws.OpcodeBinary, stamp) })
	for _, conn := range conns {
		_ = conn.NetConn().Close()
	}
}

type echoing struct{ gws.BuiltinEventHandler }

func (echoing) OnMessage(c *gws.Conn, m *gws.Message) {
	defer func() { _ = m.Close() }()
	_ = c.WriteMessage(gws.OpcodeBinary, m.Bytes())
}

type listener struct {
	gws.BuiltinEventHandler
	heard func([]byte)
}

func listening(heard func([]byte)) *listener { return &listener{heard: heard} }

func (l *listener) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer func() { _ = m.Close() }()
	l.heard(m.Bytes())
}

// benchOurs drives the real program in a process of its own.
func benchOurs(b *testing.B, s stack, rate int, p *paces) {
	b.Helper()
	if len(s.kafka) > 0 {
		s = apacheStack(b)
	}
	srv := newServerIn(b, s, filepath.Join(b.TempDir(), "data"))
	people := srv.seed(benchAccounts)
	srv.start()
	defer srv.stop()
	conns := make([]*gws.Conn, len(people))
	var counted atomic.Pointer[paces]
	var ready sync.WaitGroup
	for i, who := range people {
		ready.Add(1)
		conns[i] = benchDevice(b, who, &counted, ready.Done)
	}
	ready.Wait()
	send := func(i int, stamp []byte) {
		who := people[i%len(people)]
		e := message(who.Contacts[rand.IntN(len(who.Contacts))].Conversation, "") //nolint:gosec // dice
		e.Body = stamp
		raw, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Send{Send: &wire.Send{Envelope: e}}})
		if err != nil {
			b.Error(err)
			return
		}
		_ = conns[i%len(people)].WriteMessage(gws.OpcodeBinary, raw)
	}
	// A mailbox's very first record makes its files: every device sends once, beforehand and not counted.
	warm := newPaces()
	counted.Store(warm)
	warm.openLoop(b, 100, len(people), send)
	counted.Store(p)
	p.openLoop(b, rate, rate*benchSeconds, send)
	for _, conn := range conns {
		_ = conn.NetConn().Close()
	}
}

func benchDevice(b *testing.B, who seeded, counted *atomic.Pointer[paces], caughtUp func()) *gws.Conn {
	b.Helper()
	header := http.Header{}
	header.Set("Authorization", "Bearer "+who.Token)
	header.Set("Sec-WebSocket-Protocol", gateway.Subprotocol)
	heard := listening(func(raw []byte) {
		f := &wire.ServerFrame{}
		if proto.Unmarshal(raw, f) != nil {
			return
		}
		switch {
		case f.GetCaughtUp() != nil:
			caughtUp()
		case f.GetNotSent() != nil:
			b.Errorf("not sent: %v", f.GetNotSent())
		}
		if e := f.GetDelivery().GetRecord().GetCopy().GetEnvelope(); e != nil && e.SenderAccount != string(who.Account) {
			counted.Load().heard(e.Body)
		}
	})
	conn, res, err := gws.NewClient(heard, &gws.ClientOption{Addr: who.WSURL, RequestHeader: header})
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	go conn.ReadLoop()
	raw, err := proto.Marshal(&wire.ClientFrame{Frame: &wire.ClientFrame_Hello{Hello: &wire.Hello{Client: "bench"}}})
	if err != nil {
		b.Fatal(err)
	}
	if err := conn.WriteMessage(gws.OpcodeBinary, raw); err != nil {
		b.Fatal(err)
	}
	return conn
}

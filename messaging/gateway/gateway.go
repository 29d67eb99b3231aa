// Package gateway stands between clients and Kafka: a web socket a device, a follower of its mailbox, and a producer to `in`.
// docs/protocol.md is its contract with whoever writes a client.
package gateway

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/lxzan/gws"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
)

// Subprotocol is what a client must ask for in the handshake.
const Subprotocol = "folkmoot.v1"

// Limits of one socket.
const (
	MaxFrame       = 64 << 10 // bytes, from a client
	SendsPerSecond = 20
	SendBurst      = 60
	maxQueued      = 1000 // records waiting for a slow reader before it is dropped to catch-up
	maxReplies     = 64
	maxAskedIDs    = 200
	asksPerSecond  = 2 // AskVerdicts frames
	askBurst       = 20
	pageSize       = 200
	helloWithin    = 10 * time.Second
	writeWithin    = 15 * time.Second
	pingEvery      = 25 * time.Second
	silenceEnds    = 60 * time.Second
	checkEvery     = time.Minute
	appendWithin   = 12 * time.Second
	patience       = 200 // sends refused in a row for being too fast before the socket is closed
)

// Sessions says whose a session token is; identity.Accounts does.
type Sessions interface {
	Session(ctx context.Context, token string) (identity.Session, error)
}

// Gateway holds the open sockets of this process.
type Gateway struct {
	bus           *bus.Bus
	conversations *messaging.Conversations
	mailboxes     *messaging.Mailboxes
	verdicts      *messaging.Verdicts
	sessions      Sessions
	incarnation   int32
	log           *slog.Logger
	meters        meters
	upgrader      *gws.Upgrader

	life    context.Context //nolint:containedctx // ends every socket's work when the gateway closes
	stop    context.CancelFunc
	running sync.WaitGroup // writers and the keeper

	mu      sync.Mutex
	sockets map[identity.DeviceID]*socket // guarded by mu; a socket removes itself when it closes
	paces   map[identity.DeviceID]*pace   // guarded by mu; outlives sockets, so that reconnecting renews nothing
	closing bool                          // guarded by mu
}

// pace is how fast one device may send and ask.
type pace struct {
	sends, asks *rate.Limiter
}

func newPace() *pace {
	return &pace{rate.NewLimiter(SendsPerSecond, SendBurst), rate.NewLimiter(asksPerSecond, askBurst)}
}

// rested says that forgetting it would give nothing away.
func (p *pace) rested() bool { return p.sends.Tokens() >= SendBurst && p.asks.Tokens() >= askBurst }

type meters struct {
	open   prometheus.Gauge
	sends  *prometheus.CounterVec // by result
	frames prometheus.Counter
	behind prometheus.Counter
}

// New makes a gateway that stamps positions of the given incarnation of `in`, and registers its metrics.
func New(b *bus.Bus, conversations *messaging.Conversations, mailboxes *messaging.Mailboxes, verdicts *messaging.Verdicts,
	sessions Sessions, incarnation int32, log *slog.Logger, metrics prometheus.Registerer,
) *Gateway {
	life, stop := context.WithCancel(context.Background())
	g := &Gateway{
		bus: b, conversations: conversations, mailboxes: mailboxes, verdicts: verdicts, sessions: sessions,
		incarnation: incarnation, log: log, life: life, stop: stop, sockets: map[identity.DeviceID]*socket{}, paces: map[identity.DeviceID]*pace{},
		meters: meters{
			open:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "folkmoot_gateway_sockets", Help: "Open web sockets."}),
			sends:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "folkmoot_gateway_sends_total", Help: "Envelopes offered by clients."}, []string{"result"}),
			frames: prometheus.NewCounter(prometheus.CounterOpts{Name: "folkmoot_gateway_deliveries_total", Help: "Mailbox records written to sockets."}),
			behind: prometheus.NewCounter(prometheus.CounterOpts{Name: "folkmoot_gateway_dropped_to_catch_up_total", Help: "Times a reader was too slow for the live queue."}),
		},
	}
	metrics.MustRegister(g.meters.open, g.meters.sends, g.meters.frames, g.meters.behind)
	g.upgrader = gws.NewUpgrader(events{}, &gws.ServerOption{
		ReadMaxPayloadSize: MaxFrame,
		ReadBufferSize:     512,
		SubProtocols:       []string{Subprotocol},
		HandshakeTimeout:   helloWithin,
		Recovery:           gws.Recovery,
		Logger:             quiet{log},
	})
	g.running.Go(g.keep)
	g.running.Go(g.keepChecking)
	return g
}

// Serve turns a request into the socket of a device and returns; the socket lives on by itself.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request, token string, session identity.Session) error {
	conn, err := g.upgrader.Upgrade(w, r)
	if err != nil {
		return err
	}
	s := newSocket(g, conn, token, session)
	conn.Session().Store(socketKey, s)
	if !g.enter(s) {
		s.close(closeGoingAway, "the server is going away; come back in a moment")
	}
	return nil
}

// enter makes s the one socket of its device and starts its reader, unless the gateway is closing.
func (g *Gateway) enter(s *socket) bool {
	g.mu.Lock()
	if g.closing {
		g.mu.Unlock()
		return false
	}
	former := g.sockets[s.session.Device]
	g.sockets[s.session.Device] = s
	if s.pace = g.paces[s.session.Device]; s.pace == nil {
		s.pace = newPace()
		g.paces[s.session.Device] = s.pace
	}
	g.running.Go(s.conn.ReadLoop)
	g.mu.Unlock()
	g.meters.open.Inc()
	if former != nil {
		former.close(closeTakenOver, "another socket of this device took over")
	}
	return true
}

func (g *Gateway) leave(s *socket) {
	g.mu.Lock()
	if g.sockets[s.session.Device] == s {
		delete(g.sockets, s.session.Device)
	}
	entered := s.pace != nil
	g.mu.Unlock()
	if entered {
		g.meters.open.Dec()
	}
}

// End closes the socket of a device that signed out, if this process has it. Other processes see it within a minute.
func (g *Gateway) End(device identity.DeviceID) {
	g.mu.Lock()
	s := g.sockets[device]
	g.mu.Unlock()
	if s != nil {
		s.close(closeSessionEnded, "signed out")
	}
}

// Close sends every client away in a clean way and returns when nothing of theirs runs any more.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closing = true
	g.mu.Unlock()
	for _, s := range g.all() {
		s.close(closeGoingAway, "the server is going away; come back in a moment")
	}
	g.stop()
	g.running.Wait()
}

func (g *Gateway) all() []*socket {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*socket, 0, len(g.sockets))
	for _, s := range g.sockets {
		all = append(all, s)
	}
	return all
}

// keep pings every socket, closes those that are silent, and forgets the pace of devices that have rested.
func (g *Gateway) keep() {
	pings := time.NewTicker(pingEvery)
	defer pings.Stop()
	for {
		select {
		case <-g.life.Done():
			return
		case <-pings.C:
			for _, s := range g.all() {
				if s.silent() {
					s.close(closeTooSlow, "nothing was heard for a minute")
				}
				s.ping()
			}
			g.forgetPaces()
		}
	}
}

func (g *Gateway) forgetPaces() {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.paces, func(device identity.DeviceID, p *pace) bool { return g.sockets[device] == nil && p.rested() })
}

// keepChecking asks each minute again whether sessions still hold. It may be slow; pings do not wait for it.
func (g *Gateway) keepChecking() {
	checks := time.NewTicker(checkEvery)
	defer checks.Stop()
	for {
		select {
		case <-g.life.Done():
			return
		case <-checks.C:
			g.checkSessions()
		}
	}
}

func (g *Gateway) checkSessions() {
	for _, s := range g.all() {
		session, err := g.sessions.Session(g.life, s.token)
		switch {
		case g.life.Err() != nil:
			return
		case sessionOver(err), err == nil && session.Device != s.session.Device:
			s.close(closeSessionEnded, "the session has ended; sign in again")
		}
		s.saveCursor(g.life)
	}
}

// quiet sends what gws has to say to our log.
type quiet struct{ log *slog.Logger }

func (q quiet) Error(v ...any) { q.log.Error("web socket", "error", v) }

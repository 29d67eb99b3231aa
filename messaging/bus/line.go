package bus

import (
	"context"
	"net"
	"sync"

	"github.com/IBM/sarama"
)

// line is one connection to one broker, used for one request at a time. Sarama holds its own lock while it waits
// for an answer, so a line is cut at the connection, never by asking Sarama to close it.
type line struct {
	addr   string
	broker *sarama.Broker
	wire   *wire
}

// wire dials for one line and can cut what it dialled.
type wire struct {
	ctx  context.Context
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu   sync.Mutex
	conn net.Conn // guarded by mu
	cut  bool     // guarded by mu
}

// Dial is what Sarama calls.
func (w *wire) Dial(network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	conn, err := w.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	w.conn = conn
	return conn, nil
}

func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

// newLine begins to connect; the first request waits for it.
func (c *cluster) newLine(addr string) (*line, error) {
	w := &wire{ctx: c.life, dial: c.dial}
	conf := *c.sarama
	conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, w
	l := &line{addr: addr, broker: sarama.NewBroker(addr), wire: w}
	return l, l.broker.Open(&conf)
}

// ask runs one request and cuts the line when ctx ends before the answer.
func (l *line) ask(ctx context.Context, request func(*sarama.Broker) error) error {
	defer context.AfterFunc(ctx, l.wire.hangUp)()
	err := request(l.broker)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (l *line) close() {
	l.wire.hangUp()
	_ = l.broker.Close() // it was cut before: whatever Close says is known
}

package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// place is a partition by its full name on the cluster.
type place struct {
	topic     string
	partition int32
}

// cluster is one Kafka cluster as we use it: who leads what, a few idle lines, the shared producer and the followers.
// Leaders are kept here and not in a sarama.Client, whose lookups cannot be given up and retry at leisure.
type cluster struct {
	conf   Config
	sarama *sarama.Config
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	life   context.Context // ends with the Bus
	gauges *gauges
	// grace is how long a topic that nobody knows may still be on its way: Apache Kafka answers CreateTopics before every broker has heard.
	grace time.Duration

	asking chan struct{} // bounds the lines that are in use at once

	mu      sync.Mutex
	seeds   []string         // guarded by mu, like all below
	brokers map[int32]string // id -> address
	leaders map[place]int32
	idle    map[string][]*line

	hub  *hub
	post *producer
}

const (
	idleLines = 8  // kept open a broker
	mostLines = 32 // in use at once, the followers' apart
)

func newCluster(life context.Context, c Config, seeds []string, g *gauges) *cluster {
	cl := &cluster{
		conf: c, dial: c.Dial, life: life, seeds: seeds, gauges: g,
		asking: make(chan struct{}, mostLines), brokers: map[int32]string{}, leaders: map[place]int32{}, idle: map[string][]*line{},
	}
	if cl.dial == nil {
		cl.dial = (&net.Dialer{}).DialContext
		cl.grace = 5 * time.Second
	}
	cl.sarama = cl.saramaConfig()
	cl.hub = newHub(cl)
	cl.post = newProducer(cl)
	return cl
}

// dialer serves Sarama's own clients.
type dialer struct{ c *cluster }

func (d dialer) Dial(network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.c.life, patience)
	defer cancel()
	return d.c.dial(ctx, network, addr)
}

func (c *cluster) saramaConfig() *sarama.Config {
	s := sarama.NewConfig()
	s.ClientID = "folkmoot"
	s.Version = sarama.V3_6_0_0
	s.Net.MaxOpenRequests = 1 // what an idempotent producer needs to keep order
	s.Net.DialTimeout, s.Net.ReadTimeout, s.Net.WriteTimeout = patience, 2*patience, patience
	s.Net.Proxy.Enable, s.Net.Proxy.Dialer = true, dialer{c}
	s.Metadata.Full = false
	s.Metadata.AllowAutoTopicCreation = false
	s.Metadata.Retry.Max, s.Metadata.Retry.Backoff = 3, 100*time.Millisecond
	s.ChannelBufferSize = 16 // one such buffer a mailbox
	return s
}

func (c *cluster) close() error {
	err := c.post.close()
	c.hub.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lines := range c.idle {
		for _, l := range lines {
			l.close()
		}
	}
	c.idle = nil
	return err
}

// ask runs a request on an idle line to a broker, or on a new one.
func (c *cluster) ask(ctx context.Context, addr string, request func(*sarama.Broker) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.life.Err(); err != nil {
		return unavailable("the bus is closed", err)
	}
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	case <-ctx.Done():
		return unavailable("ask "+addr, ctx.Err())
	}
	l, err := c.takeLine(addr)
	if err != nil {
		return unavailable("connect", err)
	}
	if err := l.ask(ctx, request); err != nil {
		l.close()
		return unavailable("ask "+addr, err)
	}
	c.putLine(l)
	return nil
}

func (c *cluster) takeLine(addr string) (*line, error) {
	c.mu.Lock()
	if free := c.idle[addr]; len(free) > 0 {
		l := free[len(free)-1]
		c.idle[addr] = free[:len(free)-1]
		c.mu.Unlock()
		return l, nil
	}
	c.mu.Unlock()
	return c.newLine(addr)
}

func (c *cluster) putLine(l *line) {
	c.mu.Lock()
	if c.idle != nil && len(c.idle[l.addr]) < idleLines {
		c.idle[l.addr] = append(c.idle[l.addr], l)
		l = nil
	}
	c.mu.Unlock()
	if l != nil {
		l.close()
	}
}

// askAny runs a request on the first broker that answers. An idle line may be dead since a restart, so a broker is asked twice.
func (c *cluster) askAny(ctx context.Context, request func(*sarama.Broker) error) error {
	var last error
	for _, addr := range c.addresses() {
		for range idleLines + 1 {
			had := c.hasIdle(addr)
			if last = c.ask(ctx, addr, request); last == nil {
				return nil
			}
			if !had || ctx.Err() != nil {
				break
			}
		}
	}
	return last
}

func (c *cluster) hasIdle(addr string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.idle[addr]) > 0
}

func (c *cluster) addresses() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	addrs := make([]string, 0, len(c.brokers)+len(c.seeds))
	for _, a := range c.brokers {
		addrs = append(addrs, a)
	}
	return append(addrs, c.seeds...)
}

// metadata asks about topics, or about all there are when none is named, and learns the leaders on the way.
func (c *cluster) metadata(ctx context.Context, topics []string) (*sarama.MetadataResponse, error) {
	var meta *sarama.MetadataResponse
	err := c.askAny(ctx, func(b *sarama.Broker) (err error) {
		meta, err = b.GetMetadata(sarama.NewMetadataRequest(c.sarama.Version, topics))
		return err
	})
	if err != nil {
		return nil, err
	}
	c.learn(meta)
	return meta, nil
}

func (c *cluster) learn(meta *sarama.MetadataResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.brokers)
	for _, b := range meta.Brokers {
		c.brokers[b.ID()] = b.Addr()
	}
	for _, t := range meta.Topics {
		for _, p := range t.Partitions {
			if p.Leader >= 0 {
				c.leaders[place{t.Name, p.ID}] = p.Leader
			}
		}
	}
}

func (c *cluster) forget(p place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.leaders, p)
}

// knownLeader answers from memory.
func (c *cluster) knownLeader(p place) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	addr, ok := c.brokers[c.leaders[p]]
	_, led := c.leaders[p]
	return addr, ok && led
}

// leader finds who leads a partition. A topic that nobody knows is ErrGone, after the grace.
func (c *cluster) leader(ctx context.Context, p place) (string, error) {
	if addr, ok := c.knownLeader(p); ok {
		return addr, nil
	}
	unknownUntil := time.Now().Add(c.grace)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		meta, err := c.metadata(ctx, []string{p.topic})
		if err != nil {
			return "", err
		}
		if addr, ok := c.knownLeader(p); ok {
			return addr, nil
		}
		if absent(meta, p) && time.Now().After(unknownUntil) {
			return "", fmt.Errorf("%s/%d: %w", p.topic, p.partition, ErrGone)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return "", unavailable("find the leader", err)
		}
	}
}

// absent says whether a cluster denies that a partition exists, which is not the same as having no leader for it.
func absent(meta *sarama.MetadataResponse, p place) bool {
	for _, t := range meta.Topics {
		if t.Name == p.topic && !errors.Is(t.Err, sarama.ErrUnknownTopicOrPartition) && !errors.Is(t.Err, sarama.ErrInvalidTopic) {
			return errors.Is(t.Err, sarama.ErrNoError) && p.partition >= int32(len(t.Partitions)) //nolint:gosec // far fewer than 2^31
		}
	}
	return true
}

// atLeader runs a request where a partition is led, and once more elsewhere when the leader has moved or died.
func (c *cluster) atLeader(ctx context.Context, p place, request func(*sarama.Broker) (sarama.KError, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unknownUntil := time.Now().Add(c.grace)
	for {
		addr, err := c.leader(ctx, p)
		if err != nil {
			return err
		}
		said := sarama.ErrNoError
		err = c.ask(ctx, addr, func(b *sarama.Broker) (err error) {
			said, err = request(b)
			return err
		})
		switch {
		case err == nil && !stale(said):
			return judge(said)
		case err == nil && said == sarama.ErrUnknownTopicOrPartition && time.Now().After(unknownUntil):
			return judge(said)
		case ctx.Err() != nil:
			return unavailable("ask the leader", ctx.Err())
		}
		c.forget(p)
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return unavailable("ask the leader", err)
		}
	}
}

// stale says that an answer comes from somebody who does not lead the partition, or not yet.
func stale(err sarama.KError) bool {
	//nolint:exhaustive // the rest are answers
	switch err {
	case sarama.ErrNotLeaderForPartition, sarama.ErrLeaderNotAvailable, sarama.ErrReplicaNotAvailable, sarama.ErrUnknownTopicOrPartition,
		sarama.ErrKafkaStorageError, sarama.ErrOffsetNotAvailable:
		return true
	}
	return false
}

func (c *cluster) answers(ctx context.Context) error {
	return c.askAny(ctx, func(b *sarama.Broker) error {
		_, err := b.GetMetadata(sarama.NewMetadataRequest(c.sarama.Version, []string{c.conf.Prefix + inTopic}))
		return err
	})
}

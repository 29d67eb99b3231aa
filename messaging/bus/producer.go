package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// producer is a cluster's one idempotent producer, shared by all so that what is appended at the same time travels together.
// It is made at the first append, since it wants to talk to the cluster.
type producer struct {
	c       *cluster
	pending atomic.Int64 // bytes handed over and not yet answered

	mu     sync.Mutex
	client sarama.Client        // guarded by mu; nil until the first append
	async  sarama.AsyncProducer // guarded by mu
	closed bool                 // guarded by mu
	posts  sync.WaitGroup       // those who hand over; Close waits, since Sarama's input may not be used after it
	drains sync.WaitGroup
}

func newProducer(c *cluster) *producer { return &producer{c: c} }

func (p *producer) open() (sarama.AsyncProducer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, unavailable("append", errors.New("the bus is closed"))
	}
	if p.async == nil {
		if err := p.start(); err != nil {
			return nil, unavailable("start the producer", err)
		}
	}
	p.posts.Add(1)
	return p.async, nil
}

func (p *producer) start() error {
	conf := *p.c.sarama
	conf.Producer.Idempotent = true
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Partitioner = sarama.NewManualPartitioner
	conf.Producer.MaxMessageBytes = 2 * MaxRecord // also bounds a batch; brokers take 1 MiB and a little by default
	conf.Producer.Timeout = patience
	// Sarama goes on for about as long as Append waits. No linger: what comes while a request is out makes the next batch.
	conf.Producer.Retry.Max = 100
	conf.Producer.Retry.BackoffFunc = func(int, int) time.Duration {
		if p.c.life.Err() != nil {
			return 0 // closing: whoever cannot be sent now is told at once
		}
		return 100 * time.Millisecond
	}
	// Sarama asks about leaders on the connection it produces on, so it asks about all at the start and later only when something fails.
	conf.Metadata.Full, conf.Metadata.RefreshFrequency = true, 0
	conf.Producer.Return.Successes, conf.Producer.Return.Errors = true, true
	client, err := sarama.NewClient(p.c.addresses(), &conf)
	if err != nil {
		return err
	}
	async, err := sarama.NewAsyncProducerFromClient(client)
	if err != nil {
		_ = client.Close()
		return err
	}
	p.client, p.async = client, async
	p.drains.Go(func() {
		for m := range async.Successes() {
			p.answer(m, nil)
		}
	})
	p.drains.Go(func() {
		for e := range async.Errors() {
			p.answer(e.Msg, judge(e.Err))
		}
	})
	return nil
}

// meet tells Sarama of new topics together, before each would be asked about by itself.
func (p *producer) meet(topics []string) error {
	p.mu.Lock()
	client := p.client
	p.mu.Unlock()
	if client == nil {
		return nil // it asks about all when it is made
	}
	return judge(client.RefreshMetadata(topics...))
}

func (p *producer) answer(m *sarama.ProducerMessage, err error) {
	pc := m.Metadata.(*parcel) //nolint:forcetypeassert // nobody else sends on this producer
	p.pending.Add(-pc.bytes)
	pc.told <- verdict{m.Offset, err}
}

func (p *producer) close() error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	async, client := p.async, p.client
	p.mu.Unlock()
	if async == nil || again {
		return nil
	}
	p.posts.Wait()
	async.AsyncClose()
	p.drains.Wait()
	return client.Close()
}

// parcel is a record on its way.
type parcel struct {
	p     *producer
	place place
	bytes int64
	until time.Time
	told  chan verdict // holds one: whoever answers never waits
}

type verdict struct {
	offset int64
	err    error
}

// lost is a parcel that never left.
func lost(err error) *parcel {
	pc := &parcel{told: make(chan verdict, 1), until: time.Now().Add(patience)}
	pc.told <- verdict{err: err}
	return pc
}

func (p *producer) send(ctx context.Context, to place, r Record) *parcel {
	if err := ctx.Err(); err != nil {
		return lost(unavailable("append", err))
	}
	// Sarama's producer takes its time with a topic that is not there, and then keeps a grudge against it: ask first.
	if _, err := p.c.leader(ctx, to); err != nil {
		return lost(err)
	}
	pc := &parcel{p: p, place: to, bytes: int64(r.size()), until: time.Now().Add(patience), told: make(chan verdict, 1)}
	pending := p.pending.Add(pc.bytes)
	if err := p.room(pending); err != nil {
		p.pending.Add(-pc.bytes)
		return lost(err)
	}
	if err := p.handOver(ctx, message(to, r, pc)); err != nil {
		p.pending.Add(-pc.bytes)
		return lost(err)
	}
	return pc
}

func (p *producer) room(pending int64) error {
	if p.c.conf.Room == nil {
		return nil
	}
	if err := p.c.conf.Room(pending); err != nil {
		return unavailable("append", err)
	}
	return nil
}

func (p *producer) handOver(ctx context.Context, m *sarama.ProducerMessage) error {
	async, err := p.open()
	if err != nil {
		return err
	}
	defer p.posts.Done()
	if err := ctx.Err(); err != nil { // making the producer may have taken long, and select does not prefer
		return unavailable("append", err)
	}
	select {
	case async.Input() <- m:
		return nil
	case <-ctx.Done():
		return unavailable("append", ctx.Err())
	case <-time.After(patience):
		return unavailable("append", errors.New("the producer is full"))
	}
}

func message(to place, r Record, pc *parcel) *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{Topic: to.topic, Partition: to.partition, Timestamp: r.At, Metadata: pc, Value: sarama.ByteEncoder(r.Value)}
	if r.Key != nil {
		m.Key = sarama.ByteEncoder(r.Key)
	}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h.Key), Value: h.Value})
	}
	return m
}

// wait returns what became of the parcel. A mailbox dropped by somebody else is noticed after a second: Sarama would try to the end.
func (pc *parcel) wait(ctx context.Context) (int64, error) {
	select {
	case v := <-pc.told:
		return v.offset, v.err
	default:
	}
	look := time.NewTimer(time.Second)
	defer look.Stop()
	late := time.NewTimer(time.Until(pc.until))
	defer late.Stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := make(chan error, 1)
	for {
		select {
		case v := <-pc.told:
			return v.offset, v.err
		case <-look.C:
			go pc.lookForLog(ctx, gone) // ends with ctx
		case err := <-gone:
			return 0, err
		case <-late.C:
			return 0, unavailable("append", fmt.Errorf("no answer in %s", patience))
		case <-ctx.Done():
			return 0, unavailable("append", ctx.Err())
		}
	}
}

func (pc *parcel) lookForLog(ctx context.Context, gone chan<- error) {
	pc.p.c.forget(pc.place)
	if _, err := pc.p.c.leader(ctx, pc.place); errors.Is(err, ErrGone) {
		gone <- err
	}
}

package bustest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"folkmoot/messaging/bus"
)

// Plain produces to `in` and consumes it with Sarama alone: the reference for benchmarks, with nothing of ours between.
type Plain struct {
	t        testing.TB
	producer sarama.AsyncProducer
	consumer sarama.Consumer
	claims   []sarama.PartitionConsumer
	topic    string
	parts    int32
	next     int32
	done     sync.WaitGroup
}

type dialed func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialed) Dial(network, addr string) (net.Conn, error) {
	return d(context.Background(), network, addr)
}

// OpenPlain needs `in` to be there: open a bus on the same settings first. heard gets every value, at once.
func OpenPlain(t testing.TB, conf bus.Config, heard func(value []byte)) *Plain {
	t.Helper()
	c := sarama.NewConfig()
	c.Version = sarama.V3_6_0_0
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	c.Producer.Return.Successes = false
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Metadata.AllowAutoTopicCreation = false
	if conf.Dial != nil {
		c.Net.Proxy.Enable, c.Net.Proxy.Dialer = true, dialed(conf.Dial)
	}
	producer, err := sarama.NewAsyncProducer(conf.In, c)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := sarama.NewConsumer(conf.In, c)
	if err != nil {
		t.Fatal(err)
	}
	p := &Plain{t: t, producer: producer, consumer: consumer, topic: conf.Prefix + "in", parts: conf.InPartitions}
	p.done.Go(func() {
		for err := range producer.Errors() {
			t.Error(err)
		}
	})
	for i := range p.parts {
		claim, err := consumer.ConsumePartition(p.topic, i, sarama.OffsetNewest)
		if err != nil {
			t.Fatal(err)
		}
		p.claims = append(p.claims, claim)
		p.done.Go(func() {
			for m := range claim.Messages() {
				heard(m.Value)
			}
		})
	}
	return p
}

// Close ends both halves.
func (p *Plain) Close() {
	p.producer.AsyncClose()
	for _, claim := range p.claims {
		claim.AsyncClose()
	}
	p.done.Wait()
	if err := p.consumer.Close(); err != nil {
		p.t.Error(err)
	}
}

// Send produces a value to the partitions in turn. Call it from one goroutine.
func (p *Plain) Send(value []byte) {
	p.next = (p.next + 1) % p.parts
	p.producer.Input() <- &sarama.ProducerMessage{Topic: p.topic, Partition: p.next, Value: sarama.ByteEncoder(value), Timestamp: time.Now()}
}

// Package bus carries records on Kafka: the topic `in` and one mailbox an account. It knows topics and mailboxes, never accounts.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rcrowley/go-metrics"
)

// LocalCell is the only cell there is today: a pair of Kafka clusters, one for `in` and one for mailboxes, which may be the same.
const LocalCell = "local"

const inTopic = "in"

// Log addresses one Kafka partition in a cell: a partition of `in`, or a mailbox.
type Log struct {
	Cell, Topic string
	Partition   int32
}

// In is a partition of `in`.
func In(partition int32) Log { return Log{Cell: LocalCell, Topic: inTopic, Partition: partition} }

// Mailbox is the mailbox kept in a topic.
func Mailbox(topic string) Log { return Log{Cell: LocalCell, Topic: topic} }

// Header is a piece of a record that can be read without opening its value.
type Header struct {
	Key   string
	Value []byte
}

// Record is one entry of a log. Records that were read are shared among their readers: do not change them.
type Record struct {
	Offset     int64 // set when read
	At         time.Time
	Key, Value []byte
	Headers    []Header
}

func (r Record) size() int {
	n := len(r.Key) + len(r.Value) + 36
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 10
	}
	return n
}

// MaxRecord bounds a record: key, value and headers together, with a little for Kafka's own framing. Larger ones are ErrTooLarge.
const MaxRecord = 512 << 10

// How long records are kept.
const (
	InLasts      = 7 * 24 * time.Hour
	MailboxLasts = 45 * 24 * time.Hour
)

// Config says where the clusters are and how long they keep things. Only In and Mailboxes must be given.
type Config struct {
	In, Mailboxes []string // bootstrap lists; equal ones are one cluster
	InPartitions  int32    // 32 when unset; must agree with an `in` that exists
	Prefix        string   // put before every topic and group, so that tests can share a cluster

	KeepIn      time.Duration // InLasts when unset
	KeepMailbox time.Duration // MailboxLasts when unset
	// OwnRetention: the brokers never drop a mailbox's records by age; Trim does, and leaves the last one.
	OwnRetention bool

	Dial  func(ctx context.Context, network, addr string) (net.Conn, error) // nil = TCP
	Flush func(context.Context) error                                       // brings mailboxes to disk before offsets are committed; nil = nothing to do
	// Room says whether the disk can take so many bytes more, counting those on their way; asked before every append. nil = it can.
	Room func(pending int64) error

	Logger  *slog.Logger
	Metrics prometheus.Registerer // nil = not registered
}

func (c *Config) settle() {
	if c.InPartitions == 0 {
		c.InPartitions = 32
	}
	if c.KeepIn == 0 {
		c.KeepIn = InLasts
	}
	if c.KeepMailbox == 0 {
		c.KeepMailbox = MailboxLasts
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Bus is the way to Kafka. All its methods may be called at once.
type Bus struct {
	conf      Config
	in, boxes *cluster // the same one when the bootstrap lists are equal
	gauges    *gauges
	stop      context.CancelFunc
}

// Open reaches both clusters, makes `in` if it is absent and checks its partitions.
func Open(ctx context.Context, c Config) (*Bus, error) {
	// Sarama keeps rates and histograms of every topic by itself; with a topic an account they would only grow.
	metrics.UseNilMetrics = true
	c.settle()
	g, err := newGauges(c.Metrics)
	if err != nil {
		return nil, fmt.Errorf("bus metrics: %w", err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &Bus{conf: c, gauges: g, stop: stop}
	b.in = newCluster(life, c, c.In, g)
	b.boxes = b.in
	if !slices.Equal(c.In, c.Mailboxes) {
		b.boxes = newCluster(life, c, c.Mailboxes, g)
	}
	if err := b.settleIn(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// settleIn makes `in` when the cluster is new, and refuses one of another shape: conversations know their partition by number.
func (b *Bus) settleIn(ctx context.Context) error {
	meta, err := b.inMetadata(ctx)
	if errors.Is(err, ErrGone) {
		if err := b.makeIn(ctx); err != nil {
			return err
		}
		meta, err = b.inMetadata(ctx)
	}
	if err != nil {
		return err
	}
	if have := int32(len(meta.Partitions)); have != b.conf.InPartitions { //nolint:gosec // a topic has far fewer than 2^31 partitions
		return fmt.Errorf("topic %s has %d partitions, the settings say %d: conversations are bound to theirs, so set it back to %d", b.conf.Prefix+inTopic, have, b.conf.InPartitions, have)
	}
	// All leaders at once: after a restart everybody comes back together, and asking one by one would hold up their first records.
	_, err = b.boxes.metadata(ctx, nil)
	return err
}

func (b *Bus) inMetadata(ctx context.Context) (*sarama.TopicMetadata, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		meta, err := b.in.metadata(ctx, []string{b.conf.Prefix + inTopic})
		switch {
		case err != nil:
			return nil, err
		case len(meta.Topics) == 1 && errors.Is(meta.Topics[0].Err, sarama.ErrUnknownTopicOrPartition):
			return nil, fmt.Errorf("topic %s: %w", b.conf.Prefix+inTopic, ErrGone)
		case len(meta.Topics) == 1 && errors.Is(meta.Topics[0].Err, sarama.ErrNoError):
			return meta.Topics[0], nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, unavailable("topic in has no leader yet", err)
		}
	}
}

// Close ends followers, and lets appends under way come to their end. Consume ends with its context, before. Closing twice is fine.
func (b *Bus) Close() error {
	b.stop()
	err := b.in.close()
	if b.boxes != b.in {
		err = errors.Join(err, b.boxes.close())
	}
	b.gauges.unregister()
	return err
}

// InPartitions is how many partitions `in` has.
func (b *Bus) InPartitions() int32 { return b.conf.InPartitions }

// InIdentity is Kafka's own id of `in`: another one means that `in` was made anew and its offsets began again.
func (b *Bus) InIdentity(ctx context.Context) (string, error) {
	meta, err := b.inMetadata(ctx)
	if err != nil {
		return "", err
	}
	return meta.Uuid.String(), nil
}

// Ready says whether both clusters answer.
func (b *Bus) Ready(ctx context.Context) error {
	if err := b.in.answers(ctx); err != nil {
		return fmt.Errorf("the cluster of in: %w", err)
	}
	if err := b.boxes.answers(ctx); err != nil {
		return fmt.Errorf("the cluster of mailboxes: %w", err)
	}
	return nil
}

// at finds the cluster and the full name of a log.
func (b *Bus) at(l Log) (*cluster, place, error) {
	if l.Cell != LocalCell || l.Topic == "" {
		return nil, place{}, fmt.Errorf("log %q in cell %q: %w", l.Topic, l.Cell, ErrGone)
	}
	c := b.boxes
	if l.Topic == inTopic {
		c = b.in
	}
	return c, place{b.conf.Prefix + l.Topic, l.Partition}, nil
}

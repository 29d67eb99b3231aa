package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

// topicsAtOnce: one by one the embedded broker makes 150 a second and Apache Kafka 28, since each costs a sync; together a thousand.
const topicsAtOnce = 100

// MakeMailboxes makes the topics that are not there yet and returns when all of them can be written and read.
func (b *Bus) MakeMailboxes(ctx context.Context, topics []string) error {
	settings, copies, err := b.mailboxSettings(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(topics, topicsAtOnce) {
		details := map[string]*sarama.TopicDetail{}
		for _, t := range some {
			details[b.conf.Prefix+t] = &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: copies, ConfigEntries: settings}
		}
		if err := b.boxes.make(ctx, details); err != nil {
			return fmt.Errorf("make mailboxes: %w", err)
		}
	}
	return b.Flush(ctx)
}

func (b *Bus) makeIn(ctx context.Context) error {
	copies, minimum, err := b.in.copies(ctx)
	if err != nil {
		return err
	}
	// Never dropped by age: Trim does that, and not before the router has been there.
	err = b.in.make(ctx, map[string]*sarama.TopicDetail{b.conf.Prefix + inTopic: {
		NumPartitions: b.conf.InPartitions, ReplicationFactor: copies,
		ConfigEntries: settings(map[string]string{"retention.ms": "-1", "segment.bytes": strconv.Itoa(4 << 20), "min.insync.replicas": minimum}),
	}})
	if err != nil {
		return fmt.Errorf("make in: %w", err)
	}
	return b.Flush(ctx)
}

func (b *Bus) mailboxSettings(ctx context.Context) (map[string]*string, int16, error) {
	copies, minimum, err := b.boxes.copies(ctx)
	if err != nil {
		return nil, 0, err
	}
	if b.conf.OwnRetention {
		// Small segments, so that what was trimmed really leaves the disk.
		return settings(map[string]string{"retention.ms": "-1", "segment.bytes": strconv.Itoa(128 << 10)}), copies, nil
	}
	return settings(map[string]string{
		"retention.ms":  strconv.FormatInt(b.conf.KeepMailbox.Milliseconds(), 10),
		"segment.bytes": strconv.Itoa(1 << 20), "segment.index.bytes": strconv.Itoa(64 << 10), "min.insync.replicas": minimum,
	}), copies, nil
}

func settings(m map[string]string) map[string]*string {
	out := map[string]*string{}
	for k, v := range m {
		out[k] = &v
	}
	return out
}

// copies is how many replicas a topic gets, and how many must have a record before it counts as taken.
func (c *cluster) copies(ctx context.Context) (int16, string, error) {
	meta, err := c.metadata(ctx, []string{c.conf.Prefix + inTopic})
	if err != nil {
		return 0, "", err
	}
	if len(meta.Brokers) >= 3 {
		return 3, "2", nil
	}
	return 1, "1", nil
}

func (c *cluster) make(ctx context.Context, topics map[string]*sarama.TopicDetail) error {
	err := c.atController(ctx, func(b *sarama.Broker) ([]sarama.KError, error) {
		resp, err := b.CreateTopics(&sarama.CreateTopicsRequest{Version: 4, TopicDetails: topics, Timeout: patience})
		if err != nil {
			return nil, err
		}
		var said []sarama.KError
		for _, e := range resp.TopicErrors {
			if e.Err != sarama.ErrTopicAlreadyExists {
				said = append(said, e.Err)
			}
		}
		return said, nil
	})
	if err != nil {
		return err
	}
	return c.settled(ctx, topics)
}

// settled waits until the leaders of new topics answer for them: Apache Kafka says "made" first and makes the folders after.
func (c *cluster) settled(ctx context.Context, topics map[string]*sarama.TopicDetail) error {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	names := slices.Collect(maps.Keys(topics))
	if _, err := c.metadata(ctx, names); err != nil {
		return err
	}
	for name, d := range topics {
		for p := range d.NumPartitions {
			if err := c.settle(ctx, place{name, p}); err != nil {
				return err
			}
		}
	}
	return c.post.meet(names)
}

func (c *cluster) settle(ctx context.Context, p place) error {
	for {
		_, err := c.offset(ctx, p, sarama.OffsetNewest)
		if !errors.Is(err, ErrGone) {
			return err
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return unavailable("made, but not to be found yet", ctx.Err())
		}
	}
}

// DropMailboxes deletes topics; one that is not there is fine.
func (b *Bus) DropMailboxes(ctx context.Context, topics []string) error {
	for some := range slices.Chunk(topics, topicsAtOnce) {
		var names []string
		for _, t := range some {
			names = append(names, b.conf.Prefix+t)
		}
		err := b.boxes.atController(ctx, func(broker *sarama.Broker) ([]sarama.KError, error) {
			resp, err := broker.DeleteTopics(&sarama.DeleteTopicsRequest{Version: 4, Topics: names, Timeout: patience})
			if err != nil {
				return nil, err
			}
			var said []sarama.KError
			for _, e := range resp.TopicErrorCodes {
				if e != sarama.ErrUnknownTopicOrPartition {
					said = append(said, e)
				}
			}
			return said, nil
		})
		for _, n := range names {
			b.boxes.forget(place{n, 0})
		}
		if err != nil {
			return fmt.Errorf("drop mailboxes: %w", err)
		}
	}
	return nil
}

// MailboxTopics names every mailbox there is.
func (b *Bus) MailboxTopics(ctx context.Context) ([]string, error) {
	meta, err := b.boxes.metadata(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("list mailboxes: %w", err)
	}
	var topics []string
	for _, t := range meta.Topics {
		name, ours := strings.CutPrefix(t.Name, b.conf.Prefix)
		if ours && name != inTopic && !t.IsInternal && !strings.HasPrefix(name, "__") {
			topics = append(topics, name)
		}
	}
	slices.Sort(topics)
	return topics, nil
}

// Flush brings what was appended to mailboxes to disk, where that is not the brokers' own business.
func (b *Bus) Flush(ctx context.Context) error {
	if b.conf.Flush == nil {
		return nil
	}
	if err := b.conf.Flush(ctx); err != nil {
		return unavailable("bring to disk", err)
	}
	return nil
}

// atController runs a request on the broker that may change topics, which can have moved.
func (c *cluster) atController(ctx context.Context, request func(*sarama.Broker) ([]sarama.KError, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	for {
		said, err := c.askController(ctx, request)
		moved := slices.ContainsFunc(said, func(e sarama.KError) bool { return e == sarama.ErrNotController || e == sarama.ErrRequestTimedOut })
		if err == nil && !moved {
			return firstError(said)
		}
		if err := errors.Join(err, pause(ctx, 100*time.Millisecond)); ctx.Err() != nil {
			return unavailable("ask the controller", err)
		}
	}
}

func firstError(said []sarama.KError) error {
	for _, e := range said {
		if e != sarama.ErrNoError {
			return judge(e)
		}
	}
	return nil
}

func (c *cluster) askController(ctx context.Context, request func(*sarama.Broker) ([]sarama.KError, error)) (said []sarama.KError, err error) {
	meta, err := c.metadata(ctx, []string{c.conf.Prefix + inTopic})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	addr, ok := c.brokers[meta.ControllerID]
	c.mu.Unlock()
	if !ok {
		return nil, unavailable("ask the controller", errors.New("there is none now"))
	}
	err = c.ask(ctx, addr, func(b *sarama.Broker) (err error) {
		said, err = request(b)
		return err
	})
	return said, err
}

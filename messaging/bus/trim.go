package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

// Trim drops what is past its time: of `in` never what the group has not committed, of a mailbox never the last record,
// since the embedded broker would count from 0 again after a crash. Mailboxes that the brokers trim by themselves are left alone.
func (b *Bus) Trim(ctx context.Context, group string, now time.Time, mailboxes []Log) error {
	var failed []error
	for p := range b.conf.InPartitions {
		if err := b.trimIn(ctx, group, p, now.Add(-b.conf.KeepIn)); err != nil {
			failed = append(failed, fmt.Errorf("trim in/%d: %w", p, err))
		}
	}
	if b.conf.OwnRetention {
		for _, m := range mailboxes {
			if err := b.trimMailbox(ctx, m, now.Add(-b.conf.KeepMailbox)); err != nil && !errors.Is(err, ErrGone) {
				failed = append(failed, fmt.Errorf("trim %s: %w", m.Topic, err))
			}
		}
	}
	return errors.Join(failed...)
}

func (b *Bus) trimIn(ctx context.Context, group string, partition int32, before time.Time) error {
	c, p, err := b.at(In(partition))
	if err != nil {
		return err
	}
	done, err := b.Committed(ctx, group, partition)
	if err != nil || done <= 0 {
		return err
	}
	return c.trim(ctx, p, before, done)
}

func (b *Bus) trimMailbox(ctx context.Context, m Log, before time.Time) error {
	c, p, err := b.at(m)
	if err != nil {
		return err
	}
	end, err := c.offset(ctx, p, sarama.OffsetNewest)
	if err != nil {
		return err
	}
	return c.trim(ctx, p, before, end)
}

// trim drops records older than a time, and none from an offset on. The last one always stays.
func (c *cluster) trim(ctx context.Context, p place, before time.Time, keepFrom int64) error {
	start, err := c.offset(ctx, p, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	end, err := c.offset(ctx, p, sarama.OffsetNewest)
	if err != nil {
		return err
	}
	young, err := c.offset(ctx, p, before.UnixMilli())
	if err != nil {
		return err
	}
	if young < 0 { // every record is older
		young = end
	}
	to := min(young, keepFrom, end-1)
	if to <= start {
		return nil
	}
	return c.deleteRecords(ctx, p, to)
}

func (c *cluster) deleteRecords(ctx context.Context, p place, to int64) error {
	return c.atLeader(ctx, p, func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.DeleteRecords(&sarama.DeleteRecordsRequest{
			Version: 1, Timeout: patience,
			Topics: map[string]*sarama.DeleteRecordsRequestTopic{p.topic: {PartitionOffsets: map[int32]int64{p.partition: to}}},
		})
		if err != nil {
			return 0, err
		}
		topic := resp.Topics[p.topic]
		if topic == nil || topic.Partitions[p.partition] == nil {
			return 0, sarama.ErrIncompleteResponse
		}
		return topic.Partitions[p.partition].Err, nil
	})
}

// Committed is the next offset of `in` that a group has not handled for good; -1 when it never committed.
func (b *Bus) Committed(ctx context.Context, group string, partition int32) (int64, error) {
	name, topic := b.conf.Prefix+group, b.conf.Prefix+inTopic
	var resp *sarama.OffsetFetchResponse
	err := b.in.atCoordinator(ctx, name, func(broker *sarama.Broker) (err error) {
		resp, err = broker.FetchOffset(sarama.NewOffsetFetchRequest(b.in.sarama.Version, name, map[string][]int32{topic: {partition}}))
		return err
	})
	if err != nil {
		return -1, err
	}
	said, next := resp.Err, int64(-1)
	if block := resp.GetBlock(topic, partition); block != nil && said == sarama.ErrNoError {
		said, next = block.Err, block.Offset
	}
	if said == sarama.ErrGroupIDNotFound { // Apache Kafka knows no offset of a new group, the embedded broker no such group
		return -1, nil
	}
	return next, judge(said)
}

// atCoordinator runs a request on the broker that keeps a group's offsets.
func (c *cluster) atCoordinator(ctx context.Context, group string, request func(*sarama.Broker) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var found *sarama.FindCoordinatorResponse
		err := c.askAny(ctx, func(b *sarama.Broker) (err error) {
			found, err = b.FindCoordinator(&sarama.FindCoordinatorRequest{Version: 2, CoordinatorKey: group, CoordinatorType: sarama.CoordinatorGroup})
			return err
		})
		if err == nil && found.Err == sarama.ErrNoError && found.Coordinator != nil {
			return c.ask(ctx, found.Coordinator.Addr(), request)
		}
		// The topic of offsets is made when the first group comes, which takes Apache Kafka a moment.
		if pause(ctx, 100*time.Millisecond) != nil {
			return unavailable("find the coordinator", errors.Join(err, ctx.Err()))
		}
	}
}

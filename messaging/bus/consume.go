package bus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// Handle does a batch of one partition. When it returns nil, the batch is done for good.
type Handle func(ctx context.Context, partition int32, batch []Record) error

const (
	commitEvery  = 5 * time.Second
	shortestRest = 100 * time.Millisecond
	longestRest  = 5 * time.Second
	// sessionTimeout: a member that died without a word keeps its partitions that long, unless it comes back under its name.
	sessionTimeout = 10 * time.Second
)

// Consume joins a group on `in` under a lasting member name and gives handle the batches of each partition in order, one goroutine
// a partition, up to maxBatch records and without waiting to fill. When handle fails, all partitions are left, and after
// a pause everything since the last commit comes again. Offsets are committed every few seconds and on leaving, only for batches
// that are done, and only once Config.Flush has brought what they caused to disk. It returns when ctx ends, with nil.
func (b *Bus) Consume(ctx context.Context, group, member string, maxBatch int, handle Handle) error {
	for rest := shortestRest; ctx.Err() == nil; {
		began := time.Now()
		err := b.consumeOnce(ctx, group, member, maxBatch, handle)
		if time.Since(began) > longestRest {
			rest = shortestRest
		}
		if err != nil && ctx.Err() == nil {
			b.conf.Logger.WarnContext(ctx, "consuming stopped and will begin again", "group", group, "error", err)
			_ = pause(ctx, rest/2+rand.N(rest)) //nolint:gosec // jitter is no secret; the loop looks at ctx
			rest = min(2*rest, longestRest)
		}
	}
	return nil
}

// consumeOnce is one membership: it ends at the first failure.
func (b *Bus) consumeOnce(ctx context.Context, group, member string, maxBatch int, handle Handle) error {
	conf := *b.in.sarama
	conf.ChannelBufferSize = 256
	conf.Consumer.Group.InstanceId = member
	conf.Consumer.Group.Session.Timeout = sessionTimeout
	conf.Consumer.Group.Heartbeat.Interval = sessionTimeout / 5
	conf.Consumer.Group.Rebalance.Timeout = 2 * sessionTimeout
	conf.Consumer.Group.Rebalance.Retry.Backoff = 200 * time.Millisecond
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Enable = false
	conf.Consumer.Return.Errors = true
	conf.Consumer.MaxWaitTime = 250 * time.Millisecond
	conf.Consumer.MaxProcessingTime = time.Second // a claim that takes longer is read apart from the others for a while
	conf.Consumer.Fetch.Default = 256 << 10
	conf.Consumer.Retry.Backoff = 100 * time.Millisecond
	members, err := sarama.NewConsumerGroup(b.in.addresses(), b.conf.Prefix+group, &conf)
	if err != nil {
		return unavailable("join "+group, err)
	}
	shift := &shift{b: b, maxBatch: maxBatch, handle: handle}
	var listening sync.WaitGroup
	listening.Go(func() {
		for err := range members.Errors() {
			b.conf.Logger.InfoContext(ctx, "consuming", "group", group, "error", err)
		}
	})
	for err == nil && ctx.Err() == nil {
		err = members.Consume(ctx, []string{b.conf.Prefix + inTopic}, shift)
		if err == nil {
			err = shift.failure()
		}
	}
	err = errors.Join(err, members.Close())
	listening.Wait()
	return err
}

// shift is what one member does between two rebalances, for as many as there are.
type shift struct {
	b        *Bus
	maxBatch int
	handle   Handle

	mu     sync.Mutex
	done   map[int32]int64 // guarded by mu; partition -> the next offset to handle, not yet committed
	failed error           // guarded by mu; the first that handle returned

	keeper sync.WaitGroup // commits while the session lasts
}

func (s *shift) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Setup is called by Sarama when partitions have been given out.
func (s *shift) Setup(session sarama.ConsumerGroupSession) error {
	s.mu.Lock()
	s.done = map[int32]int64{}
	s.mu.Unlock()
	s.keeper.Go(func() {
		for pause(session.Context(), commitEvery) == nil {
			s.commit(session.Context(), session)
		}
	})
	return nil
}

// Cleanup is called by Sarama when all partitions have been left and can still be committed.
func (s *shift) Cleanup(session sarama.ConsumerGroupSession) error {
	s.keeper.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(session.Context()), patience)
	defer cancel()
	s.commit(ctx, session)
	return nil
}

// commit brings mailboxes to disk first: what is committed is never handled again.
func (s *shift) commit(ctx context.Context, session sarama.ConsumerGroupSession) {
	s.mu.Lock()
	done := s.done
	s.done = map[int32]int64{}
	s.mu.Unlock()
	if len(done) == 0 {
		return
	}
	if err := s.b.Flush(ctx); err != nil {
		s.b.conf.Logger.WarnContext(ctx, "offsets are not committed", "error", err)
		s.restore(done)
		return
	}
	for partition, next := range done {
		session.MarkOffset(s.b.conf.Prefix+inTopic, partition, next, "")
	}
	session.Commit()
}

// restore keeps offsets for the next commit, unless newer ones came.
func (s *shift) restore(done map[int32]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for partition, next := range done {
		s.done[partition] = max(next, s.done[partition])
	}
}

// ConsumeClaim is called by Sarama, in a goroutine of its own, for each partition. Sarama ends the session for all claims when one returns.
func (s *shift) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	ctx := session.Context()
	for {
		batch := s.gather(ctx, claim)
		if len(batch) == 0 {
			return nil
		}
		if err := s.handle(ctx, claim.Partition(), batch); err != nil {
			s.fail(session, claim.Partition(), batch, err)
			return nil
		}
		s.finish(claim.Partition(), batch)
	}
}

// fail remembers why the shift ends, unless the session ended under it, which is no fault of its own.
func (s *shift) fail(session sarama.ConsumerGroupSession, partition int32, batch []Record, err error) {
	if session.Context().Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = fmt.Errorf("partition %d from %d: %w", partition, batch[0].Offset, err)
}

func (s *shift) finish(partition int32, batch []Record) {
	s.mu.Lock()
	s.done[partition] = batch[len(batch)-1].Offset + 1
	s.mu.Unlock()
	s.b.gauges.handled.Add(float64(len(batch)))
}

// gather waits for one record and takes along those that are there already. None: the claim is over.
func (s *shift) gather(ctx context.Context, claim sarama.ConsumerGroupClaim) []Record {
	var batch []Record
	select {
	case m, ok := <-claim.Messages():
		if !ok {
			return nil
		}
		batch = append(batch, consumed(m))
	case <-ctx.Done():
		return nil
	}
	for len(batch) < s.maxBatch {
		select {
		case m, ok := <-claim.Messages():
			if !ok {
				return batch
			}
			batch = append(batch, consumed(m))
		default:
			return batch
		}
	}
	return batch
}

func consumed(m *sarama.ConsumerMessage) Record {
	r := Record{Offset: m.Offset, At: m.Timestamp.UTC(), Key: m.Key, Value: m.Value}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, Header{Key: string(h.Key), Value: h.Value})
	}
	return r
}

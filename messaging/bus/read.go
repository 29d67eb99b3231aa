package bus

import (
	"context"
	"fmt"

	"github.com/IBM/sarama"
)

// Page is a stretch of a log. Start is the first offset held, End the next to be written.
type Page struct {
	Records    []Record
	Start, End int64
}

const pageBytes = 1 << 20 // asked for at once

// Read returns up to limit records from an offset on, at once, without waiting for new ones.
// An offset that the log does not hold is an *OutOfRangeError.
func (b *Bus) Read(ctx context.Context, log Log, from int64, limit int) (Page, error) {
	c, p, err := b.at(log)
	if err != nil {
		return Page{}, err
	}
	page, err := c.read(ctx, p, from, limit)
	if err != nil {
		return Page{}, fmt.Errorf("read %s/%d from %d: %w", log.Topic, log.Partition, from, err)
	}
	return page, nil
}

func (c *cluster) read(ctx context.Context, p place, from int64, limit int) (Page, error) {
	if from < 0 {
		return Page{}, c.outOfRange(ctx, p)
	}
	var block *sarama.FetchResponseBlock
	err := c.atLeader(ctx, p, func(b *sarama.Broker) (sarama.KError, error) {
		req := fetchRequest(0)
		req.AddBlock(p.topic, p.partition, from, pageBytes, -1)
		resp, err := b.Fetch(req)
		if err != nil {
			return 0, err
		}
		if block = resp.Blocks[p.topic][p.partition]; block == nil {
			return sarama.KError(resp.ErrorCode), fmt.Errorf("an answer without the partition: %w", sarama.ErrIncompleteResponse)
		}
		if block.Err == sarama.ErrOffsetOutOfRange {
			return sarama.ErrNoError, nil
		}
		return block.Err, nil
	})
	switch {
	case err != nil:
		return Page{}, err
	case block.Err == sarama.ErrOffsetOutOfRange:
		return Page{}, c.outOfRange(ctx, p)
	}
	page := Page{Records: records(block, from), Start: block.LogStartOffset, End: block.HighWaterMarkOffset}
	if len(page.Records) > limit {
		page.Records = page.Records[:limit]
	}
	return page, nil
}

// outOfRange says what the log does hold.
func (c *cluster) outOfRange(ctx context.Context, p place) error {
	start, err := c.offset(ctx, p, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	end, err := c.offset(ctx, p, sarama.OffsetNewest)
	if err != nil {
		return err
	}
	return &OutOfRangeError{Start: start, End: end}
}

// offset finds an offset by time in milliseconds, or by Sarama's words for the oldest and the newest.
func (c *cluster) offset(ctx context.Context, p place, at int64) (int64, error) {
	var offset int64
	err := c.atLeader(ctx, p, func(b *sarama.Broker) (sarama.KError, error) {
		req := sarama.NewOffsetRequest(c.sarama.Version)
		req.AddBlock(p.topic, p.partition, at, 1)
		resp, err := b.GetAvailableOffsets(req)
		if err != nil {
			return 0, err
		}
		block := resp.GetBlock(p.topic, p.partition)
		if block == nil {
			return 0, sarama.ErrIncompleteResponse
		}
		offset = block.Offset
		return block.Err, nil
	})
	return offset, err
}

// fetchRequest is a fetch outside any session: the broker keeps nothing between two of them.
func fetchRequest(waitMillis int32) *sarama.FetchRequest {
	return &sarama.FetchRequest{Version: 12, MaxWaitTime: waitMillis, MinBytes: 1, MaxBytes: fetchBytes, SessionEpoch: -1}
}

// records takes what a broker sent apart. A batch comes whole, so it may begin before the offset asked for.
func records(block *sarama.FetchResponseBlock, from int64) []Record {
	var out []Record
	for _, set := range block.RecordsSet {
		batch := set.RecordBatch
		if batch == nil || batch.Control {
			continue
		}
		for _, r := range batch.Records {
			if offset := batch.FirstOffset + r.OffsetDelta; offset >= from {
				out = append(out, record(batch, r, offset))
			}
		}
	}
	return out
}

func record(batch *sarama.RecordBatch, r *sarama.Record, offset int64) Record {
	at := batch.FirstTimestamp.Add(r.TimestampDelta)
	if batch.LogAppendTime {
		at = batch.MaxTimestamp
	}
	out := Record{Offset: offset, At: at.UTC(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, Header{Key: string(h.Key), Value: h.Value})
	}
	return out
}

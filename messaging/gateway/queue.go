package gateway

import (
	"sync"

	"folkmoot/messaging/bus"
)

// queue holds live records for the writer. The bus puts, never waiting; the writer takes.
type queue struct {
	mu      sync.Mutex
	records []bus.Record  // guarded by mu; at most maxQueued
	wake    chan struct{} // holds a token while there may be records
}

// put is the bus's sink. It says no when the reader is too slow, and then nothing of the batch was taken.
func (q *queue) put(records []bus.Record) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.records) > 0 && len(q.records)+len(records) > maxQueued {
		return false
	}
	q.records = append(q.records, records...)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

func (q *queue) take() []bus.Record {
	q.mu.Lock()
	defer q.mu.Unlock()
	records := q.records
	q.records = nil
	return records
}

package bus

import (
	"context"

	"github.com/IBM/sarama"
)

const (
	// sessionSize: a fetch costs the broker in proportion to the session, even when nothing is new. About fifty was best on both brokers.
	sessionSize = 50
	sessionWait = 500 // milliseconds; a newcomer stays that much longer in the nursery, no more
	nurseryWait = 10  // milliseconds; a newcomer's first fetch waits at most that long for the one before
	fetchBytes  = 4 << 20
	// partitionBytes keeps one busy log from filling an answer. A batch, which is never larger, always fits.
	partitionBytes = 1 << 20
)

// session reads many logs of one leader over one line: an incremental fetch session (KIP-227), in which the broker remembers
// what is read and each fetch names only what changed. A nursery has no memory at the broker and names all each time.
type session struct {
	hub     *hub
	addr    string
	nursery bool
	wake    chan struct{} // holds one

	arrivals []*tail // guarded by hub.mu
	size     int     // guarded by hub.mu; arrivals and members

	// The rest belongs to run.
	line      *line
	members   map[place]*tail
	told      map[place]int64 // the offsets that the broker remembers
	id, epoch int32           // 0: begin a session anew. Sarama cannot name logs to forget, so leavers are dropped that way
}

// add is called with hub.mu held.
func (s *session) add(t *tail) {
	s.arrivals = append(s.arrivals, t)
	s.size++
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *session) run() {
	defer s.hub.disband(s)
	defer s.hangUp()
	for s.gather() {
		if err := s.fetch(); err != nil {
			return
		}
	}
}

func (s *session) hangUp() {
	if s.line != nil {
		s.line.close()
	}
	s.line, s.id, s.epoch = nil, 0, 0
}

// gather takes in who came, lets go who left, and waits while there is nobody.
func (s *session) gather() bool {
	for s.hub.ctx.Err() == nil {
		if s.muster() > 0 {
			return true
		}
		s.hangUp()
		select {
		case <-s.wake:
		case <-s.hub.ctx.Done():
		}
	}
	return false
}

func (s *session) muster() int {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, t := range s.arrivals {
		if !s.nursery {
			t.adopt(true)
		}
		s.members[t.place] = t
	}
	s.arrivals = nil
	for p, t := range s.members {
		if t.dead || (s.nursery && t.isAdopted()) {
			delete(s.members, p)
		}
	}
	s.size = len(s.members)
	return s.size
}

func (s *session) fetch() (err error) {
	if s.line == nil {
		if s.line, err = s.hub.c.newLine(s.addr); err != nil {
			return err
		}
	}
	req := s.request()
	ctx, cancel := context.WithTimeout(s.hub.ctx, patience)
	defer cancel()
	var resp *sarama.FetchResponse
	err = s.line.ask(ctx, func(b *sarama.Broker) (err error) {
		resp, err = b.Fetch(req)
		return err
	})
	if err != nil {
		return err
	}
	s.remember(req, resp)
	for topic, partitions := range resp.Blocks {
		for n, block := range partitions {
			s.take(place{topic, n}, block)
		}
	}
	return nil
}

func (s *session) request() *sarama.FetchRequest {
	if s.nursery {
		req := fetchRequest(nurseryWait)
		for p, t := range s.members {
			req.AddBlock(p.topic, p.partition, t.at(), partitionBytes, -1)
		}
		return req
	}
	req := fetchRequest(sessionWait)
	if len(s.told) > len(s.members)+len(s.members)/8+4 {
		s.epoch = 0
	}
	if s.epoch == 0 {
		s.told = make(map[place]int64, len(s.members))
	}
	req.SessionID, req.SessionEpoch = s.id, s.epoch
	for p, t := range s.members {
		next := t.at()
		if was, known := s.told[p]; !known || was != next {
			req.AddBlock(p.topic, p.partition, next, partitionBytes, -1)
			s.told[p] = next
		}
	}
	return req
}

// remember keeps count as the broker does. A broker that refuses the session, or gives none, is told everything again.
func (s *session) remember(req *sarama.FetchRequest, resp *sarama.FetchResponse) {
	switch {
	case s.nursery:
	case resp.ErrorCode != 0 || resp.SessionID == 0:
		s.id, s.epoch = 0, 0
	default:
		s.id, s.epoch = resp.SessionID, max(req.SessionEpoch+1, 1) // after the largest comes 1
	}
}

func (s *session) take(p place, block *sarama.FetchResponseBlock) {
	t := s.members[p]
	switch {
	case t == nil:
		s.epoch = 0 // a log that all have left has news: without a new session it would be sent again at once, for ever
	case block.Err == sarama.ErrNoError:
		if !t.take(records(block, t.at())) {
			s.hub.drop(t)
		} else if s.nursery && t.at() >= block.HighWaterMarkOffset {
			s.hub.promote(t, s.addr)
		}
	case block.Err == sarama.ErrOffsetOutOfRange:
		delete(s.members, p)
		s.epoch = 0
		s.hub.running.Go(func() { s.hub.tellOutOfRange(t) })
	default:
		delete(s.members, p)
		s.epoch = 0
		s.hub.giveBack(s, t)
	}
}

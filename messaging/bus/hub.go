package bus

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// hub follows a cluster's logs. A log that is newly followed, or behind, is read in its leader's nursery, which waits only a moment
// for news and so takes newcomers quickly; when it has caught up it moves to a session of some fifty, which waits long.
// Lock order: hub.mu, then tail.mu, then Follower.run.
type hub struct {
	c       *cluster
	ctx     context.Context // ends with the hub
	stop    context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	tails     map[place]*tail       // guarded by mu, like all below
	nurseries map[string]*session   // by the leader's address
	sessions  map[string][]*session // by the leader's address
	homeless  []homeless
	placing   bool // somebody looks for their leaders
	closed    bool
}

// homeless is a tail whose leader is to be found.
type homeless struct {
	tail  *tail
	since time.Time
}

func newHub(c *cluster) *hub {
	ctx, stop := context.WithCancel(c.life)
	return &hub{c: c, ctx: ctx, stop: stop, tails: map[place]*tail{}, nurseries: map[string]*session{}, sessions: map[string][]*session{}}
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.running.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tails {
		t.fail(unavailable("follow", errors.New("the bus is closed")))
	}
	clear(h.tails)
}

// join lets a follower share in a log's reading. False: the log is followed from elsewhere, so page until you stand there.
func (h *hub) join(f *Follower) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	next, _ := f.standing()
	if h.closed {
		f.end(unavailable("follow", errors.New("the bus is closed")))
		return true
	}
	if t := h.tails[f.place]; t != nil {
		return t.admit(f)
	}
	if next < 0 {
		return false // Read knows what to say
	}
	t := &tail{place: f.place, next: next, followers: []*Follower{f}}
	h.tails[f.place] = t
	if addr, ok := h.c.knownLeader(t.place); ok {
		h.nurse(addr, t)
	} else {
		h.seekHome(homeless{t, time.Now()})
	}
	return true
}

func (h *hub) leave(f *Follower) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tails[f.place]; t != nil && !t.dismiss(f) {
		h.forget(t)
	}
}

// drop forgets a tail that nobody listens to, unless somebody came meanwhile.
func (h *hub) drop(t *tail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !t.dismiss(nil) {
		h.forget(t)
	}
}

// forget is called with mu held. The session that reads the tail notices by itself.
func (h *hub) forget(t *tail) {
	t.dead = true
	if h.tails[t.place] == t {
		delete(h.tails, t.place)
	}
}

// nurse is called with mu held.
func (h *hub) nurse(addr string, t *tail) {
	n := h.nurseries[addr]
	if n == nil {
		n = h.newSession(addr, true)
		h.nurseries[addr] = n
	}
	n.add(t)
}

// promote moves a tail that has caught up from the nursery to a session, which reads it from its next fetch on.
func (h *hub) promote(t *tail, addr string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.dead || t.session != nil || h.closed {
		return
	}
	at := slices.IndexFunc(h.sessions[addr], func(s *session) bool { return s.size < sessionSize })
	if at < 0 {
		at = len(h.sessions[addr])
		h.sessions[addr] = append(h.sessions[addr], h.newSession(addr, false))
	}
	t.session = h.sessions[addr][at]
	t.session.add(t)
}

// newSession is called with mu held.
func (h *hub) newSession(addr string, nursery bool) *session {
	s := &session{hub: h, addr: addr, nursery: nursery, wake: make(chan struct{}, 1), members: map[place]*tail{}}
	if !h.closed {
		h.running.Go(s.run)
	}
	return s
}

// disband sends the tails of a session whose line broke to look for their leaders again.
func (h *hub) disband(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.nursery {
		delete(h.nurseries, s.addr)
	} else {
		h.sessions[s.addr] = slices.DeleteFunc(h.sessions[s.addr], func(o *session) bool { return o == s })
	}
	for _, t := range s.arrivals {
		s.members[t.place] = t
	}
	for _, t := range s.members {
		h.release(s, t)
	}
}

// giveBack sends one tail to look for its leader again.
func (h *hub) giveBack(s *session, t *tail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.size--
	h.release(s, t)
}

// release is called with mu held. A tail that a session has taken over is no longer its nursery's to send away.
func (h *hub) release(s *session, t *tail) {
	if t.dead || (s.nursery && t.session != nil) || (!s.nursery && t.session != s) {
		return
	}
	t.session = nil
	t.adopt(false)
	h.c.forget(t.place)
	h.seekHome(homeless{t, time.Now()})
}

// seekHome is called with mu held.
func (h *hub) seekHome(l homeless) {
	h.homeless = append(h.homeless, l)
	if !h.placing && !h.closed {
		h.placing = true
		h.running.Go(h.findHomes)
	}
}

// findHomes looks for leaders until everybody has one. While the cluster is away, followers wait here.
func (h *hub) findHomes() {
	wait := 20 * time.Millisecond
	for {
		h.mu.Lock()
		seeking := h.homeless
		h.homeless = nil
		if len(seeking) == 0 || h.ctx.Err() != nil {
			h.placing = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		for some := range slices.Chunk(seeking, 500) {
			h.findSome(some)
		}
		h.mu.Lock()
		left := len(h.homeless)
		h.mu.Unlock()
		if left > 0 && pause(h.ctx, wait) == nil {
			wait = min(2*wait, time.Second)
		}
	}
}

func (h *hub) findSome(seeking []homeless) {
	topics := map[string]bool{}
	for _, l := range seeking {
		topics[l.tail.place.topic] = true
	}
	names := make([]string, 0, len(topics))
	for t := range topics {
		names = append(names, t)
	}
	meta, err := h.c.metadata(h.ctx, names)
	var gone []*tail
	h.mu.Lock()
	for _, l := range seeking {
		addr, ok := h.c.knownLeader(l.tail.place)
		switch {
		case l.tail.dead:
		case err == nil && ok:
			h.nurse(addr, l.tail)
		case err == nil && absent(meta, l.tail.place) && time.Since(l.since) >= h.c.grace:
			h.forget(l.tail)
			gone = append(gone, l.tail)
		default:
			h.homeless = append(h.homeless, l)
		}
	}
	h.mu.Unlock()
	for _, t := range gone {
		t.fail(ErrGone)
	}
}

// tellOutOfRange ends those whose next record the log no longer holds, or does not yet.
func (h *hub) tellOutOfRange(t *tail) {
	h.mu.Lock()
	h.forget(t) // those who come now begin a tail of their own
	h.mu.Unlock()
	why := h.c.outOfRange(h.ctx, t.place)
	t.fail(why)
}

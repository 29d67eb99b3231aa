package bus

import "sync"

// tail is a log that somebody follows: how far it was read, and who listens. A nursery and a session may both read it for a moment,
// so it takes what it has not had and leaves the rest.
type tail struct {
	place place

	mu        sync.Mutex
	next      int64       // guarded by mu
	followers []*Follower // guarded by mu
	adopted   bool        // guarded by mu; a session reads it, so the nursery need not

	session *session // guarded by hub.mu; nil while in a nursery or on the way to one
	dead    bool     // guarded by hub.mu; nobody listens any more
}

// take gives new records to all who listen, and says whether anybody still does.
func (t *tail) take(records []Record) (listened bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(records) > 0 && records[0].Offset < t.next {
		records = records[1:]
	}
	if len(records) > 0 {
		t.next = records[len(records)-1].Offset + 1
		stay := t.followers[:0]
		for _, f := range t.followers {
			if f.give(records) {
				stay = append(stay, f)
			}
		}
		clear(t.followers[len(stay):])
		t.followers = stay
	}
	return len(t.followers) > 0
}

func (t *tail) at() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

func (t *tail) adopt(by bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.adopted = by
}

func (t *tail) isAdopted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.adopted
}

// admit lets a follower in if it stands where the tail does, or further on at an offset that the log is known to hold.
func (t *tail) admit(f *Follower) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, checked := f.standing()
	if next != t.next && (next < t.next || !checked) {
		return false
	}
	t.followers = append(t.followers, f)
	return true
}

func (t *tail) dismiss(f *Follower) (listened bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, g := range t.followers {
		if g == f {
			t.followers = append(t.followers[:i], t.followers[i+1:]...)
			break
		}
	}
	return len(t.followers) > 0
}

// fail ends all who listen.
func (t *tail) fail(why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.followers {
		f.end(why)
	}
	t.followers = nil
}

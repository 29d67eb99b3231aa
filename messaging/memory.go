package messaging

import "sync"

const maxRemembered = 50_000

// memory holds what never changes once it is known, so that the database is asked once. It is dropped whole when it grows past maxRemembered.
type memory[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V // guarded by mu; made at the first keep
}

// find returns what is known of keys, and the keys of which nothing is.
func (m *memory[K, V]) find(keys ...K) (found map[K]V, missing []K) {
	found = make(map[K]V, len(keys))
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		if v, ok := m.known[k]; ok {
			found[k] = v
		} else {
			missing = append(missing, k)
		}
	}
	return found, missing
}

func (m *memory[K, V]) keep(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) > maxRemembered {
		m.known = map[K]V{}
	}
	m.known[k] = v
}

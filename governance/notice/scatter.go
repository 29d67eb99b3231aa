package notice

import "sync"

// Writing here and there in a large array waits for memory each time. So what goes to one part of it is held until there is enough, and then
// written by one goroutine while the part is near.
const (
	maxParts = 1 << 10
	heldEach = 2048 // items a part
)

// parts are locked one by one; whoever holds a lock alone touches that part.
type parts [maxParts]sync.Mutex

// scatter is one goroutine's.
type scatter struct {
	parts *parts
	held  [maxParts][]uint64
	write func(part uint64, items []uint64)
}

func newScatter(p *parts, write func(part uint64, items []uint64)) *scatter {
	return &scatter{parts: p, write: write}
}

func (s *scatter) add(part, item uint64) {
	if len(s.held[part]) == cap(s.held[part]) {
		s.flush(part)
	}
	s.held[part] = append(s.held[part], item)
}

func (s *scatter) flush(part uint64) {
	if s.held[part] == nil {
		s.held[part] = make([]uint64, 0, heldEach)
		return
	}
	s.parts[part].Lock()
	defer s.parts[part].Unlock()
	s.write(part, s.held[part])
	s.held[part] = s.held[part][:0]
}

// flushAll ends the work.
func (s *scatter) flushAll() {
	for part := range uint64(maxParts) {
		s.flush(part)
	}
}

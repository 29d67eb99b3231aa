package notice

import (
	"math/bits"
	"sync"
)

// Writing here and there in a large array waits for memory each time. So what goes to one part of it is held until there is enough, and then
// written by one goroutine while the part is near.
const (
	maxParts = 1 << 10
	heldEach = 2048 // items a part
)

// shiftFor divides so many nodes into parts.
func shiftFor(nodes int) int { return max(0, bits.Len(uint(nodes))-bits.Len(maxParts-1)) }

// parts are locked one by one; whoever holds a lock alone touches that part.
type parts [maxParts]sync.Mutex

// scatter is one goroutine's.
type scatter struct {
	parts  *parts
	held   [maxParts][]uint64
	write  func(part uint64, items []uint64) error
	failed error // the first time that write did
}

func newScatter(p *parts, write func(part uint64, items []uint64) error) *scatter {
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
	if err := s.write(part, s.held[part]); s.failed == nil {
		s.failed = err
	}
	s.held[part] = s.held[part][:0]
}

// flushAll ends the work.
func (s *scatter) flushAll() error {
	for part := range uint64(maxParts) {
		s.flush(part)
	}
	return s.failed
}

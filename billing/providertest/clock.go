package providertest

import (
	"sync"
	"time"
)

// Clock is a time that tests set.
type Clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

// NewClock stands at a moment.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is what it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

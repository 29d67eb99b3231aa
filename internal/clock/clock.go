// Package clock tells the time of a society that practises: the machine's, until somebody moves it on.
package clock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Most is how far ahead of the machine's a clock may be in all.
const Most = 10 * 365 * 24 * time.Hour

// What a clock refuses.
var (
	ErrBackwards = errors.New("a clock only goes forward")
	ErrTooFar    = errors.New("a clock is at most ten years ahead")
)

// Clock runs as the machine's does, so far ahead of it as it was moved. A file keeps how far.
type Clock struct {
	file  string
	mu    sync.Mutex   // held by whoever moves it
	ahead atomic.Int64 // nanoseconds; they only grow
}

// Open goes on as file says, or from the machine's time where there is none yet.
func Open(file string) (*Clock, error) {
	c := &Clock{file: file}
	said, err := os.ReadFile(file) //nolint:gosec // it lies in the data directory
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far the clock was moved: %w", err)
	}
	ahead, err := time.ParseDuration(strings.TrimSpace(string(said)))
	if err != nil || ahead < 0 || ahead > Most {
		return nil, fmt.Errorf("%s does not say how far the clock was moved, as in 336h0m0s: "+
			"write what it was, or start with a new data directory", file)
	}
	c.ahead.Store(int64(ahead))
	return c, nil
}

// Now is what time it is.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Ahead()) }

// Ahead is how far it was moved in all.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// May says why it cannot be moved to a time, if it cannot. ErrBackwards, ErrTooFar.
func (c *Clock) May(to time.Time) error {
	switch {
	case !to.After(c.Now()):
		return ErrBackwards
	case time.Until(to) > Most:
		return ErrTooFar
	}
	return nil
}

// Move has it be a later time at once, and go on from there.
func (c *Clock) Move(to time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.May(to); err != nil {
		return err
	}
	ahead := time.Until(to)
	if err := c.keep(ahead); err != nil {
		return fmt.Errorf("keep how far the clock was moved: %w", err)
	}
	c.ahead.Store(int64(ahead))
	return nil
}

// keep has the file whole on disk before anybody acts on the new time: after a crash it must not be earlier than what was written by it.
func (c *Clock) keep(ahead time.Duration) error {
	folder := filepath.Dir(c.file)
	f, err := os.CreateTemp(folder, filepath.Base(c.file)+"-")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, ahead)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), c.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(folder) //nolint:gosec // the data directory
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

package clock_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"folkmoot/internal/clock"
)

func opened(t *testing.T, file string) *clock.Clock {
	t.Helper()
	c, err := clock.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func move(t *testing.T, c *clock.Clock, to time.Time) {
	t.Helper()
	if err := c.Move(to); err != nil {
		t.Fatal(err)
	}
}

func TestAClockThatWasNeverMovedIsTheMachines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock")
		c := opened(t, file)
		if got, want := c.Now(), time.Now(); !got.Equal(want) || c.Ahead() != 0 {
			t.Errorf("it is %s, want %s", got, want)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it wrote a file: %v", err)
		}
	})
}

func TestAMovedClockRunsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := opened(t, filepath.Join(t.TempDir(), "clock"))
		to := time.Now().Add(40 * 24 * time.Hour)
		move(t, c, to)
		time.Sleep(time.Hour)
		if got, want := c.Now(), to.Add(time.Hour); !got.Equal(want) {
			t.Errorf("an hour later it is %s, want %s", got, want)
		}
	})
}

func TestAMovedClockGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock")
		to := time.Now().Add(7*24*time.Hour + time.Nanosecond)
		move(t, opened(t, file), to.Add(-time.Hour))
		move(t, opened(t, file), to)
		time.Sleep(time.Minute) // the program is down
		if got, want := opened(t, file).Now(), to.Add(time.Minute); !got.Equal(want) {
			t.Errorf("after a restart it is %s, want %s", got, want)
		}
		if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
			t.Errorf("%v lie there, %v", left, err)
		}
	})
}

func TestAClockOnlyGoesForwardAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock")
		c := opened(t, file)
		start := time.Now()
		move(t, c, start.Add(time.Hour))
		for to, want := range map[time.Time]error{
			start:                                       clock.ErrBackwards,
			start.Add(time.Hour):                        clock.ErrBackwards, // that is now
			start.Add(clock.Most + 1):                   clock.ErrTooFar,
			start.AddDate(300, 0, 0):                    clock.ErrTooFar, // more than a Duration holds
			time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC):    clock.ErrBackwards,
			time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC): clock.ErrTooFar,
		} {
			if err := c.Move(to); !errors.Is(err, want) {
				t.Errorf("to %s: %v, want %v", to, err, want)
			}
		}
		if got := opened(t, file).Ahead(); got != time.Hour {
			t.Errorf("what was refused moved it by %s", got)
		}
		move(t, c, start.Add(clock.Most))
	})
}

func TestAClockWhoseFileIsSpoiledDoesNotGuess(t *testing.T) {
	for _, said := range []string{"", "tomorrow", "-1h", "100000h", "12", "1h\n2h"} {
		file := filepath.Join(t.TempDir(), "clock")
		if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := clock.Open(file); err == nil || !strings.Contains(err.Error(), file+" does not say how far the clock was moved") {
			t.Errorf("%q: %v", said, err)
		}
	}
}

func TestAClockThatCannotBeKeptIsNotMoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	c := opened(t, filepath.Join(folder, "clock"))
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := c.Move(time.Now().Add(time.Hour)); err == nil || c.Ahead() != 0 {
		t.Errorf("moved by %s, %v", c.Ahead(), err)
	}
}

func TestNobodySeesAClockGoBack(t *testing.T) {
	c := opened(t, filepath.Join(t.TempDir(), "clock"))
	start := c.Now()
	var people sync.WaitGroup
	for n := range 4 {
		people.Go(func() {
			for step := range 10 {
				err := c.Move(start.Add(time.Duration(4*step+n+1) * time.Hour))
				if err != nil && !errors.Is(err, clock.ErrBackwards) {
					t.Error(err)
				}
			}
		})
		people.Go(func() {
			for last := c.Now(); last.Before(start.Add(40 * time.Hour)); {
				now := c.Now()
				if now.Before(last) {
					t.Errorf("it was %s, and now it is %s", last, now)
				}
				last = now
			}
		})
	}
	people.Wait()
}

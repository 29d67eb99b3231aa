package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// state is how the last run ended. Mailboxes are written without a sync: a killed process loses nothing by that, a stopped machine does.
type state struct {
	Clean bool   `json:"clean"`
	Boot  string `json:"boot"` // the kernel's name for this start of the machine; empty where there is none
	// A tail was lost and nobody has heeded it yet: kept through every start and stop between, of which some fail and some are killed.
	Lost bool `json:"lost,omitempty"`
}

const stateFile = "state.json"

// open notes that a run began, and says whether the machine may have lost what an earlier one wrote.
func open(dir string) (lostTail bool, err error) {
	boot := bootID()
	var last state
	raw, err := os.ReadFile(filepath.Join(dir, stateFile)) //nolint:gosec // our own folder
	switch {
	case errors.Is(err, fs.ErrNotExist):
		last.Clean = true // nothing was here to lose
	case err != nil:
		return false, err
	default:
		if err := json.Unmarshal(raw, &last); err != nil {
			return false, fmt.Errorf("read %s: %w", stateFile, err)
		}
	}
	// Where the kernel names no boot, every unclean stop counts.
	lostTail = last.Lost || !last.Clean && (boot == "" || last.Boot != boot)
	return lostTail, write(dir, state{Boot: boot, Lost: lostTail})
}

// heeded notes, in the middle of a run, that a lost tail does no more harm.
func heeded(dir string) error { return write(dir, state{Boot: bootID()}) }

// closed notes that a run ended well, which is no news of a tail that was lost before it.
func closed(dir string, lostTail bool) error {
	return write(dir, state{Clean: true, Boot: bootID(), Lost: lostTail})
}

// write replaces the file whole, so that a crash leaves the old one or the new one, and after it has returned only the new one.
func write(dir string, s state) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, stateFile)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, stateFile)); err != nil {
		return err
	}
	return syncDir(dir)
}

func bootID() string {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// MaxMailboxes is how many mailboxes this process may keep: kfake holds two files open for each that was ever written, and never closes them.
func MaxMailboxes() int { return max(0, (openFiles()-500)/2) }

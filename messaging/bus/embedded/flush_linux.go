package embedded

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushDir syncs the whole file system: with a file or two a mailbox that is one call instead of thousands.
func flushDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

//go:build !linux

package embedded

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// flushDir syncs what was written lately, file by file, where there is no call for all.
func flushDir(dir string) error {
	lately := time.Now().Add(-10 * time.Minute)
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // a file that went away while we walked needs no sync
		}
		if info, err := d.Info(); err != nil || info.ModTime().Before(lately) {
			return nil //nolint:nilerr // gone in the meantime
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil //nolint:nilerr // gone in the meantime
		}
		defer f.Close()
		return f.Sync()
	})
}

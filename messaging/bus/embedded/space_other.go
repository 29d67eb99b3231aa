//go:build !unix

package embedded

import (
	"math"
	"os"
	"path/filepath"
)

// space is not known here: the disk is taken to be large enough.
func space(string) (free, total int64, err error) { return math.MaxInt64 / 4, math.MaxInt64 / 4, nil }

// openFiles has no limit worth naming here.
func openFiles() int { return 1 << 14 }

// lockDir cannot keep others out here; the file only tells them.
func lockDir(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
}

// syncDir cannot be done here: a folder has no sync of its own.
func syncDir(string) error { return nil }

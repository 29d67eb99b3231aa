package bulletin

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
)

// Contents is a log as anybody reads it.
type Contents struct {
	Checkpoint

	Entries [][]byte // the manifest is the first
}

// FileError says which of a log's files does not hold.
type FileError struct {
	Path string // in the log
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap is why it does not hold.
func (e *FileError) Unwrap() error { return e.Err }

// Verify reads a log from its files: the checkpoint must be signed with the key, by the log that the key names, and every hash in every file
// must be the one that the entries make. It reads the files that Files lists, and no others. FileError around ErrOtherKey, ErrHistory,
// fs.ErrNotExist and others; ErrBadVerifier.
func Verify(files fs.FS, verifier string) (Contents, error) {
	by, err := note.NewVerifier(verifier)
	if err != nil {
		return Contents{}, ErrBadVerifier
	}
	raw, err := fs.ReadFile(files, layout.CheckpointPath)
	if err != nil {
		return Contents{}, notHeld(layout.CheckpointPath, err)
	}
	c, err := readCheckpoint(raw, by)
	if err != nil {
		return Contents{}, &FileError{layout.CheckpointPath, err}
	}
	entries, err := readEntries(files, c.Size)
	if err != nil {
		return Contents{}, err
	}
	hashes := leafHashes(entries)
	if root, err := rootOf(hashes); err != nil || !bytes.Equal(root, c.Root) {
		return Contents{}, &FileError{layout.CheckpointPath, errors.Join(ErrHistory, err)}
	}
	return Contents{c, entries}, checkTiles(files, c.Size, hashes)
}

// notHeld is a FileError without the path that the file system puts into its own errors.
func notHeld(path string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return &FileError{path, err}
}

// readEntries reads every bundle of entries.
func readEntries(files fs.FS, size uint64) (entries [][]byte, err error) {
	for r := range layout.Range(0, size, size) {
		path := layout.EntriesPath(r.Index, r.Partial)
		raw, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, notHeld(path, err)
		}
		var bundle api.EntryBundle
		if err := bundle.UnmarshalText(raw); err != nil || uint(len(bundle.Entries)) != r.N {
			return nil, &FileError{path, errNotAllEntries}
		}
		entries = append(entries, bundle.Entries...)
	}
	return entries, nil
}

func leafHashes(entries [][]byte) [][]byte {
	hashes := make([][]byte, len(entries))
	for i, e := range entries {
		hashes[i] = rfc6962.DefaultHasher.HashLeaf(e)
	}
	return hashes
}

// rootOf is the hash of the tree over leaves' hashes.
func rootOf(hashes [][]byte) ([]byte, error) {
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	for _, h := range hashes {
		if err := tree.Append(h, nil); err != nil {
			return nil, err
		}
	}
	if len(hashes) == 0 {
		return rfc6962.DefaultHasher.EmptyRoot(), nil
	}
	return tree.GetRootHash(nil)
}

// checkTiles holds every tile against the hashes of the leaves: a tile of the level above has the hash of each full tile below.
func checkTiles(files fs.FS, size uint64, hashes [][]byte) error {
	for level := uint64(0); len(hashes) > 0; level++ {
		var above [][]byte
		for i := uint64(0); i*layout.TileWidth < uint64(len(hashes)); i++ {
			tile := hashes[i*layout.TileWidth : min((i+1)*layout.TileWidth, uint64(len(hashes)))]
			path := layout.TilePath(level, i, layout.PartialTileSize(level, i, size))
			raw, err := fs.ReadFile(files, path)
			if err != nil {
				return notHeld(path, err)
			}
			if !bytes.Equal(raw, bytes.Join(tile, nil)) {
				return &FileError{path, errNotTheTree}
			}
			if len(tile) == layout.TileWidth {
				root, err := rootOf(tile)
				if err != nil {
					return &FileError{path, err}
				}
				above = append(above, root)
			}
		}
		hashes = above
	}
	return nil
}

// Files are the paths of all files of a log of that size, with slashes, in no order: what was published of it while it was smaller is not
// among them.
func Files(size uint64) []string {
	all := []string{layout.CheckpointPath}
	for r := range layout.Range(0, size, size) {
		all = append(all, layout.EntriesPath(r.Index, r.Partial))
	}
	for level, width := uint64(0), size; width > 0; level, width = level+1, width/layout.TileWidth {
		for i := uint64(0); i*layout.TileWidth < width; i++ {
			all = append(all, layout.TilePath(level, i, layout.PartialTileSize(level, i, size)))
		}
	}
	return all
}

// CheckVerifier refuses what is no public key of a log. ErrBadVerifier.
func CheckVerifier(verifier string) error {
	if _, err := note.NewVerifier(verifier); err != nil {
		return fmt.Errorf("%w: %w", ErrBadVerifier, err)
	}
	return nil
}

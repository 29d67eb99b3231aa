package bulletin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"k8s.io/klog/v2"

	"folkmoot/governance/ballot"
)

const (
	batchSize       = layout.EntryBundleWidth // entries that are written at once
	batchAge        = 10 * time.Millisecond   // that a smaller batch waits to become one
	checkpointEvery = 100 * time.Millisecond  // the least that the library allows
	lookEvery       = 5 * time.Millisecond    // for the checkpoint: the library tells nobody when it is there
)

// Log is one contest's log, open for writing. One process at a time has it.
type Log struct {
	dir      string
	key      Key
	lock     *os.File
	appender *tessera.Appender
	reader   tessera.LogReader
	shutdown func(context.Context) error
	cancel   context.CancelFunc

	appending sync.Mutex // held by whoever writes
	broken    bool       // guarded by appending

	mu        sync.RWMutex
	published Checkpoint
	entries   []ballot.Digest          // guarded by mu; entry 1 of the log comes first; the last of them may not be published yet
	index     map[ballot.Digest]uint64 // guarded by mu; of all entries
}

// Open opens the log in a directory of a local file system, and makes it when it is not there. Entry 0 is the manifest. It refuses a log that is
// signed with another key, or not the one that it published before, and signs nothing then. The caller closes it.
// ErrOtherKey, ErrOtherContest, ErrHistory, ErrInUse.
func Open(ctx context.Context, dir string, key Key, manifest []byte) (_ *Log, err error) {
	quiet()
	l := &Log{dir: dir, key: key, index: map[ballot.Digest]uint64{}, cancel: func() {}}
	if l.lock, err = lock(dir); err != nil {
		return nil, fmt.Errorf("open the log %s: %w", key.Origin(), err)
	}
	if err := l.open(ctx, manifest); err != nil {
		l.cancel()
		return nil, errors.Join(fmt.Errorf("open the log %s: %w", key.Origin(), err), l.lock.Close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context, manifest []byte) error {
	before, err := l.before(manifest)
	if err != nil {
		return err
	}
	if err := l.start(ctx); err != nil {
		return err
	}
	size, err := l.reader.IntegratedSize(ctx)
	if err != nil {
		return err
	}
	if size == 0 {
		if _, err := l.appender.Add(ctx, tessera.NewEntry(manifest))(); err != nil {
			return err
		}
		size = 1
	}
	if err := l.await(ctx, size); err != nil {
		return err
	}
	return l.load(before, manifest)
}

// before is what is published already: nothing, or this contest's log.
func (l *Log) before(manifest []byte) (Contents, error) {
	files := os.DirFS(l.dir)
	raw, err := fs.ReadFile(files, layout.CheckpointPath)
	if errors.Is(err, fs.ErrNotExist) {
		return Contents{}, nil
	}
	if err != nil {
		return Contents{}, err
	}
	c, err := readCheckpoint(raw, l.key.verifier)
	if err != nil || c.Size == 0 {
		return Contents{}, err
	}
	before, err := Verify(files, l.key.line)
	if err != nil {
		return before, fmt.Errorf("%w: %w", ErrHistory, err)
	}
	if !bytes.Equal(before.Entries[0], manifest) {
		return before, ErrOtherContest
	}
	return before, l.checkState(c.Size)
}

// checkState refuses a log whose own notes are lost or older than what it published, as after half a restore: it would begin anew, and sign that.
func (l *Log) checkState(published uint64) error {
	raw, err := os.ReadFile(filepath.Join(l.dir, ".state", "treeState"))
	var state struct{ Size uint64 }
	if err != nil || json.Unmarshal(raw, &state) != nil || state.Size < published {
		return fmt.Errorf("%w: %d entries are published, and what it notes for itself says less", ErrHistory, published)
	}
	return nil
}

func (l *Log) start(ctx context.Context) error {
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx)) // it lives until Close
	driver, err := posix.New(ctx, posix.Config{Path: l.dir})
	if err != nil {
		return err
	}
	l.appender, l.shutdown, l.reader, err = tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(l.key.signer).
		WithBatching(batchSize, batchAge).
		WithCheckpointInterval(checkpointEvery).
		WithCheckpointRepublishInterval(0)) // a checkpoint's time would say when the last ballot came
	return err
}

// load fills the index from what is published, which must go on from what was published before.
func (l *Log) load(before Contents, manifest []byte) error {
	now, err := Verify(os.DirFS(l.dir), l.key.line)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHistory, err)
	}
	if !bytes.Equal(now.Entries[0], manifest) {
		return ErrOtherContest
	}
	if now.Size < before.Size || !slices.EqualFunc(now.Entries[:before.Size], before.Entries, bytes.Equal) {
		return ErrHistory
	}
	for _, e := range now.Entries[1:] {
		if len(e) != len(ballot.Digest{}) {
			return fmt.Errorf("%w: it has an entry of %d bytes", ErrHistory, len(e))
		}
		l.note(uint64(len(l.entries)+1), ballot.Digest(e))
	}
	l.published = now.Checkpoint
	return nil
}

// note keeps in mind that an entry is written.
func (l *Log) note(at uint64, entry ballot.Digest) {
	if more := at - min(at, uint64(len(l.entries))); more > 0 {
		l.entries = append(l.entries, make([]ballot.Digest, more)...)
	}
	l.entries[at-1], l.index[entry] = entry, at
}

// Append adds entries in the order given, and returns when a published checkpoint covers them all. What the log has already is left out: whoever
// was killed before they could note what they appended may append it again. Entries that it fails on may have been written; append them again.
// ErrBroken when it must be opened anew first.
func (l *Log) Append(ctx context.Context, entries []ballot.Digest) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.broken {
		return ErrBroken
	}
	for batch := range slices.Chunk(l.missing(entries), batchSize) {
		if err := l.add(ctx, batch); err != nil {
			l.broken = true // whether they are written nobody can say but the files
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	return l.await(ctx, l.covers(entries))
}

// missing are the entries that are not written, each once.
func (l *Log) missing(entries []ballot.Digest) (all []ballot.Digest) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	seen := make(map[ballot.Digest]bool, len(entries))
	for _, e := range entries {
		if _, written := l.index[e]; !written && !seen[e] {
			seen[e] = true
			all = append(all, e)
		}
	}
	return all
}

// add writes a batch.
func (l *Log) add(ctx context.Context, batch []ballot.Digest) error {
	futures := make([]tessera.IndexFuture, len(batch))
	for i, e := range batch {
		futures[i] = l.appender.Add(ctx, tessera.NewEntry(e[:]))
	}
	for i, f := range futures {
		at, err := f()
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.note(at.Index, batch[i])
		l.mu.Unlock()
	}
	return nil
}

// covers is the size of the smallest log that has all these entries.
func (l *Log) covers(entries []ballot.Digest) (size uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, e := range entries {
		size = max(size, l.index[e]+1)
	}
	return size
}

// await waits until the log is published with at least that many entries.
func (l *Log) await(ctx context.Context, size uint64) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		raw, err := l.reader.ReadCheckpoint(ctx)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("read the checkpoint of the log %s: %w", l.key.Origin(), err)
		}
		if err == nil {
			c, err := readCheckpoint(raw, l.key.verifier)
			if err != nil {
				return err
			}
			if c.Size >= size {
				l.mu.Lock()
				l.published = c
				l.mu.Unlock()
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// Checkpoint is the newest that is known to be published.
func (l *Log) Checkpoint() Checkpoint {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.published
}

// Entries are the published entries in their order, without the manifest.
func (l *Log) Entries() []ballot.Digest {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.entries[:l.published.Size-1])
}

// Index is where the published log has an entry, from 1.
func (l *Log) Index(entry ballot.Digest) (at uint64, published bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	at, written := l.index[entry]
	return at, written && at < l.published.Size
}

// Has reports whether the published log has an entry.
func (l *Log) Has(entry ballot.Digest) bool {
	_, published := l.Index(entry)
	return published
}

// Proof proves that an entry is in the log: RFC 6962, section 2.1.1.
type Proof struct {
	Checkpoint string   `json:"checkpoint"` // that the proof leads to
	Index      uint64   `json:"index"`      // of the entry, from 1
	Size       uint64   `json:"size"`       // of the log
	Root       []byte   `json:"root"`       // of the log
	Hashes     [][]byte `json:"hashes"`     // from the leaf up
}

// Proof proves that the published log has an entry. ErrNotInLog.
func (l *Log) Proof(ctx context.Context, entry ballot.Digest) (Proof, error) {
	c := l.Checkpoint()
	at, published := l.Index(entry)
	if !published || at >= c.Size {
		return Proof{}, ErrNotInLog
	}
	b, err := client.NewProofBuilder(ctx, c.Size, l.reader.ReadTile)
	if err != nil {
		return Proof{}, fmt.Errorf("prove an entry of the log %s: %w", l.key.Origin(), err)
	}
	hashes, err := b.InclusionProof(ctx, at)
	if err != nil {
		return Proof{}, fmt.Errorf("prove an entry of the log %s: %w", l.key.Origin(), err)
	}
	return Proof{c.Text, at, c.Size, c.Root, hashes}, nil
}

// Close waits for whoever appends, and lets go of the directory.
func (l *Log) Close(ctx context.Context) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	l.broken = true
	err := l.shutdown(ctx)
	l.cancel()
	return errors.Join(err, l.lock.Close())
}

// lock keeps other processes away: each would know only its own entries, and write those of others again. It ends with the process.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // all that is in it is public
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the program names it
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(ErrInUse, err, f.Close())
	}
	return f, nil
}

// quiet has what the library logs said as we say things, and only from warnings on.
var quiet = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(warnings{})) })

// warnings passes warnings and errors on to whatever logger the program has by then.
type warnings struct{ slog.Handler }

func (warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (warnings) Handle(ctx context.Context, r slog.Record) error {
	return slog.Default().Handler().Handle(ctx, r)
}

func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w }

func (w warnings) WithGroup(string) slog.Handler { return w }

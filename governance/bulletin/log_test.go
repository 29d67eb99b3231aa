package bulletin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"go.uber.org/goleak"

	"folkmoot/governance/ballot"
	"folkmoot/governance/bulletin"
)

var manifest = []byte("the manifest\n")

func newKey(t testing.TB, server, election, class string) bulletin.Key {
	t.Helper()
	k, err := bulletin.NewKey([]byte(server), election, class)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(t testing.TB, dir string, key bulletin.Key) *bulletin.Log {
	t.Helper()
	l, err := bulletin.Open(t.Context(), dir, key, manifest)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The page that checks a voter's tracker reads proofs by these names (static/client/vote/log.ts).
func TestAProofIsToldInTheWordsOfTheVotersPage(t *testing.T) {
	raw, err := json.Marshal(bulletin.Proof{Checkpoint: "c", Index: 1, Size: 2, Root: []byte{1}, Hashes: [][]byte{{2}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"checkpoint":"c","index":1,"size":2,"root":"AQ==","hashes":["Ag=="]}`; string(raw) != want {
		t.Errorf("a proof reads %s, not %s", raw, want)
	}
}

func closeLog(t testing.TB, l *bulletin.Log) {
	t.Helper()
	if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t testing.TB, l *bulletin.Log, entries []ballot.Digest) {
	t.Helper()
	if err := l.Append(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

func someEntries(n int) []ballot.Digest {
	all := make([]ballot.Digest, n)
	for i := range all {
		_, _ = rand.Read(all[i][:])
	}
	return all
}

func TestALogBeginsWithTheManifestAndKeepsTheOrderGiven(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir, key := t.TempDir(), newKey(t, "a server's key", "e1", "ordinary")
	l := open(t, dir, key)
	if c := l.Checkpoint(); c.Size != 1 || !strings.HasPrefix(c.Text, "folkmoot/e1/ordinary\n1\n") {
		t.Errorf("a new log's checkpoint is %q", c.Text)
	}
	entries := someEntries(600)
	appendTo(t, l, entries)
	if diff := cmp.Diff(l.Entries(), entries); diff != "" {
		t.Error(diff)
	}
	holds(t, l, entries)
	closeLog(t, l)

	l = open(t, dir, key)
	if diff := cmp.Diff(l.Entries(), entries); diff != "" {
		t.Error("opened again: ", diff)
	}
	holds(t, l, entries[:3])
	closeLog(t, l)
	c, err := bulletin.Verify(os.DirFS(dir), key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	if c.Size != 601 || !bytes.Equal(c.Entries[0], manifest) || !bytes.Equal(c.Entries[600], entries[599][:]) {
		t.Errorf("it reads as %d entries, %q first", c.Size, c.Entries[0])
	}
}

// holds checks the proofs of entries as a voter's browser does.
func holds(t *testing.T, l *bulletin.Log, entries []ballot.Digest) {
	t.Helper()
	for _, e := range entries {
		p, err := l.Proof(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, p.Index, p.Size, rfc6962.DefaultHasher.HashLeaf(e[:]), p.Hashes, p.Root); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.Checkpoint, "\n"+big.NewInt(0).SetUint64(p.Size).String()+"\n") {
			t.Fatalf("the proof is for size %d, and its checkpoint says %q", p.Size, p.Checkpoint)
		}
	}
}

func TestAnEntryIsInTheLogOnce(t *testing.T) {
	l := open(t, t.TempDir(), newKey(t, "a server's key", "e1", "ordinary"))
	defer closeLog(t, l)
	entries := someEntries(5)
	appendTo(t, l, entries[:3])
	appendTo(t, l, []ballot.Digest{entries[1], entries[3], entries[3], entries[0], entries[4]})
	if diff := cmp.Diff(l.Entries(), entries); diff != "" {
		t.Error(diff)
	}
	if at, is := l.Index(entries[4]); at != 5 || !is {
		t.Errorf("the last is at %d, %v", at, is)
	}
	if l.Has(ballot.Digest{1}) {
		t.Error("it has what was never appended")
	}
	if _, err := l.Proof(t.Context(), ballot.Digest{1}); !errors.Is(err, bulletin.ErrNotInLog) {
		t.Errorf("a proof of what is not there: %v", err)
	}
}

func TestALogIsOpenedOnlyAsWhatItIs(t *testing.T) {
	dir, key := t.TempDir(), newKey(t, "a server's key", "e1", "ordinary")
	l := open(t, dir, key)
	if _, err := bulletin.Open(t.Context(), dir, key, manifest); !errors.Is(err, bulletin.ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	appendTo(t, l, someEntries(3))
	closeLog(t, l)
	if err := l.Append(t.Context(), someEntries(1)); !errors.Is(err, bulletin.ErrBroken) {
		t.Errorf("appending to a closed log: %v", err)
	}
	published := read(t, dir, "checkpoint")
	for name, c := range map[string]struct {
		key      bulletin.Key
		manifest []byte
		want     error
	}{
		"another server's key":  {newKey(t, "another", "e1", "ordinary"), manifest, bulletin.ErrOtherKey},
		"another election's":    {newKey(t, "a server's key", "e2", "ordinary"), manifest, bulletin.ErrOtherKey},
		"another class's":       {newKey(t, "a server's key", "e1", "operator"), manifest, bulletin.ErrOtherKey},
		"with another manifest": {key, []byte("another\n"), bulletin.ErrOtherContest},
	} {
		if _, err := bulletin.Open(t.Context(), dir, c.key, c.manifest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got := read(t, dir, "checkpoint"); !bytes.Equal(got, published) {
		t.Error("a log that was refused was signed anew")
	}
	closeLog(t, open(t, dir, key))
}

// TestALogThatLostItsNotesIsNotBegunAnew: half a backup restored, or files changed by hand, and the log would contradict what it published.
func TestALogThatLostItsNotesIsNotBegunAnew(t *testing.T) {
	key := newKey(t, "a server's key", "e1", "ordinary")
	for name, harm := range map[string]func(dir string) error{
		"its notes lost":   func(dir string) error { return os.RemoveAll(filepath.Join(dir, ".state")) },
		"its entries lost": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "tile", "entries")) },
		"an entry changed": func(dir string) error { return change(filepath.Join(dir, "tile", "entries", "000.p", "4"), 40) },
		"a hash changed":   func(dir string) error { return change(filepath.Join(dir, "tile", "0", "000.p", "4"), 40) },
		"its notes set back": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".state", "treeState"), []byte(`{"size":2,"root":""}`), 0o600)
		},
	} {
		dir := t.TempDir()
		l := open(t, dir, key)
		appendTo(t, l, someEntries(3))
		closeLog(t, l)
		published := read(t, dir, "checkpoint")
		if err := harm(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := bulletin.Open(t.Context(), dir, key, manifest); !errors.Is(err, bulletin.ErrHistory) {
			t.Errorf("%s: %v", name, err)
		}
		if got := read(t, dir, "checkpoint"); !bytes.Equal(got, published) {
			t.Errorf("%s: it was signed anew", name)
		}
	}
}

func change(path string, at int) error {
	raw, err := os.ReadFile(path) //nolint:gosec // a log of ours
	if err != nil {
		return err
	}
	raw[at] ^= 1
	return os.WriteFile(path, raw, 0o600) //nolint:gosec // a log of ours
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // a log of ours
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestEveryFileOfALogIsHeldAgainstItsEntries: each file is needed, none but they are read, and no byte of them is free.
func TestEveryFileOfALogIsHeldAgainstItsEntries(t *testing.T) {
	dir, key := t.TempDir(), newKey(t, "a server's key", "e1", "ordinary")
	l := open(t, dir, key)
	appendTo(t, l, someEntries(100)) // whose files the next ones supersede
	appendTo(t, l, someEntries(200))
	closeLog(t, l)
	files := fstest.MapFS{}
	for _, name := range bulletin.Files(301) {
		files[name] = &fstest.MapFile{Data: read(t, dir, name)}
	}
	if _, err := bulletin.Verify(files, key.Verifier()); err != nil {
		t.Fatal(err)
	}
	if _, err := bulletin.Verify(files, newKey(t, "another", "e1", "ordinary").Verifier()); !errors.Is(err, bulletin.ErrOtherKey) {
		t.Errorf("with another key: %v", err)
	}
	for name, file := range files {
		whole := file.Data
		for what, bad := range map[string][]byte{
			"without its end":        whole[:len(whole)-1],
			"with a byte more":       append(slices.Clone(whole), 'x'),
			"with its first changed": append([]byte{whole[0] ^ 1}, whole[1:]...),
			"with its last changed":  append(slices.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1),
		} {
			files[name] = &fstest.MapFile{Data: bad}
			if _, err := bulletin.Verify(files, key.Verifier()); !blames(err) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		delete(files, name)
		if _, err := bulletin.Verify(files, key.Verifier()); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s missing: %v", name, err)
		}
		files[name] = file
		file.Data = whole
	}
}

func blames(err error) bool {
	_, is := errors.AsType[*bulletin.FileError](err)
	return is
}

func TestAKeyNamesItsElectionAndClass(t *testing.T) {
	for _, c := range [][2]string{{"", "ordinary"}, {"e1", ""}, {"e 1", "ordinary"}, {"e+1", "ordinary"}, {"e/1", "ordinary"}} {
		if _, err := bulletin.NewKey([]byte("k"), c[0], c[1]); !errors.Is(err, bulletin.ErrBadName) {
			t.Errorf("%q: %v", c, err)
		}
	}
	if err := bulletin.CheckVerifier(newKey(t, "k", "e1", "ordinary").Verifier()); err != nil {
		t.Error(err)
	}
	if err := bulletin.CheckVerifier("folkmoot/e1/ordinary"); !errors.Is(err, bulletin.ErrBadVerifier) {
		t.Errorf("no key: %v", err)
	}
}

const victim = "FOLKMOOT_LOG_VICTIM"

// TestMain is, in a second process, one that appends until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		_, _ = os.Stdout.WriteString("failed: " + appendForEver(dir).Error() + "\n")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func appendForEver(dir string) error {
	ctx := context.Background()
	key, err := bulletin.NewKey([]byte("a server's key"), "e1", "ordinary")
	if err != nil {
		return err
	}
	l, err := bulletin.Open(ctx, dir, key, manifest)
	if err != nil {
		return err
	}
	for {
		batch := someEntries(20)
		var line strings.Builder
		for _, e := range batch {
			line.WriteString(e.String() + " ")
		}
		_, _ = os.Stdout.WriteString("asked " + line.String() + "\n")
		if err := l.Append(ctx, batch); err != nil {
			return err
		}
		_, _ = os.Stdout.WriteString("kept\n")
	}
}

// TestAKilledProcessLosesNothingItSaidIsPublished: SIGKILL in the middle of appends, then another process appends what the dead one may not have.
func TestAKilledProcessLosesNothingItSaidIsPublished(t *testing.T) {
	dir, key := t.TempDir(), newKey(t, "a server's key", "e1", "ordinary")
	closeLog(t, open(t, dir, key))
	var asked []ballot.Digest
	for round := range 3 {
		older := read(t, dir, "checkpoint")
		tried, kept := untilKilled(t, dir, time.Duration(round)*7*time.Millisecond)
		l := open(t, dir, key)
		for _, e := range slices.Concat(asked, kept) {
			if !l.Has(e) {
				t.Fatalf("%s was published, and is lost", e)
			}
		}
		asked = append(asked, tried...)
		appendTo(t, l, asked)
		if got, want := len(l.Entries()), len(asked); got != want {
			t.Fatalf("%d entries, want %d: something is there twice", got, want)
		}
		prefix(t, dir, key, older, []byte(l.Checkpoint().Text))
		closeLog(t, l)
	}
	if _, err := bulletin.Verify(os.DirFS(dir), key.Verifier()); err != nil {
		t.Error(err)
	}
}

// untilKilled lets another process append, and kills it a while into its fourth batch.
func untilKilled(t *testing.T, dir string, after time.Duration) (asked, kept []ballot.Digest) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), victim+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := lines(t, out, func(batches int) {
		if batches == 4 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	})
	_ = cmd.Wait()
	for _, line := range said {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "kept":
			kept = slices.Clone(asked)
		case "asked":
			for hex := range strings.FieldsSeq(rest) {
				var d ballot.Digest
				if err := d.UnmarshalText([]byte(hex)); err == nil {
					asked = append(asked, d)
				}
			}
		default:
			t.Fatal(line)
		}
	}
	if len(kept) == 0 {
		t.Fatal("the process kept nothing before it was killed")
	}
	return asked, kept
}

// prefix checks that a log only grew from one checkpoint to another, by a proof of consistency.
func prefix(t *testing.T, dir string, key bulletin.Key, older, newer []byte) {
	t.Helper()
	from, to := checkpoint(t, key, older), checkpoint(t, key, newer)
	b, err := client.NewProofBuilder(t.Context(), to.Size, client.FileFetcher{Root: dir}.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := b.ConsistencyProof(t.Context(), from.Size, to.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, from.Size, to.Size, hashes, from.Root, to.Root); err != nil {
		t.Error(err)
	}
}

// BenchmarkLogAppend is bare appends, in batches as the ballot box makes them when many vote.
func BenchmarkLogAppend(b *testing.B) {
	for _, size := range []int{1, 20, 256, 1000} {
		b.Run(big.NewInt(int64(size)).String(), func(b *testing.B) {
			l := open(b, b.TempDir(), newKey(b, "a server's key", "e1", "ordinary"))
			defer closeLog(b, l)
			for b.Loop() {
				appendTo(b, l, someEntries(size))
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}
